// parsimony export: a run's network, a container or weights, in a form that others read.

import ArgumentParser
import Experiments
import Foundation
import Networks

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "A network as safetensors, as ONNX, or as a folder for model hubs; dense or thinned.",
    discussion: """
      The network comes from a run's folder, a container, or a safetensors file with --network:
        parsimony export small.pars --format onnx --thinned -o small.onnx
        parsimony export results/condensa/lenet5-memory/standard/… --format hub -o lenet5
      Tensors have PyTorch's names and layouts, images in ONNX are [N, C, H, W].
      """)

  @Argument(help: "A run's folder, a container, or a safetensors file.") var source: String

  @Option(help: "The network of a safetensors file, as a spec names it.") var network: String?

  @Option(help: "safetensors, onnx or hub.") var format: String

  @Flag(help: "Leave out units that cannot matter; shapes get smaller.") var thinned = false

  @Option(name: .shortAndLong, help: "The file, or for a hub the folder, to be written.")
  var output: String

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard NetworkExport.Format(rawValue: format) != nil else {
      let known = NetworkExport.Format.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw ValidationError("--format \(format): expected one out of \(known)")
    }
  }

  func run() throws {
    guard let format = NetworkExport.Format(rawValue: format) else { return }
    let url = URL(fileURLWithPath: source)
    var export: NetworkExport
    if FileManager.default.fileExists(atPath: url.appending(path: "record.json").path) {
      guard network == nil else {
        throw ValidationError("\(source) is a run and knows its network; leave --network out")
      }
      export = try NetworkExport(run: url, cache: workplace.networks, catalog: workplace.catalog)
    } else {
      export = try NetworkExport(
        ForeignNetwork(
          network: try chosenNetwork(network, for: url), file: url, inputs: .words))
    }
    if thinned { try export.thin() }
    for file in try export.write(as: format, to: URL(fileURLWithPath: output)) {
      print(Library.shortPath(file))
    }
  }
}
