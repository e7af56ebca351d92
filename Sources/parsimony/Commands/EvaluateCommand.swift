// parsimony evaluate: loss and accuracy of a network that others trained, on the test images of a data set.

import ArgumentParser
import Experiments
import Foundation
import Kernels
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Loss and accuracy of a safetensors file of a known network on a data set.",
    discussion: """
      The file must have exactly the network's tensors, with PyTorch's names and layouts:
        parsimony evaluate resnet20.safetensors --network resnet20 --dataset cifar10 \\
          --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225
      """)

  @Argument(help: "The safetensors file.") var file: String

  @Option(help: "The network, as a spec names it: resnet20, or '{resnet20: {shortcuts: B}}'.")
  var network: String

  @Option(help: "The data set.") var dataset: String

  @Option(help: "The split of the data set; its publisher's if none is given.") var split: String?

  @Option(help: "The channels' means of pixels / 255 that the network was trained with.")
  var mean: String

  @Option(help: "The channels' standard deviations that the network was trained with.")
  var deviation: String

  @Option(help: "Threads; the result does not depend on them.") var threads = 2

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads \(threads): expected 1 or more") }
    _ = try numbers(mean, "--mean")
    _ = try numbers(deviation, "--deviation")
  }

  func run() throws {
    let foreign = ForeignNetwork(
      network: network, file: URL(fileURLWithPath: file), means: try numbers(mean, "--mean"),
      deviations: try numbers(deviation, "--deviation"))
    let result = try foreign.evaluate(
      on: dataset, split: split, catalog: workplace.catalog,
      workers: Workers(threadCount: threads))
    print("\(result.correct) of \(result.count) correct, \(percent(result.accuracy)) %")
    print("loss \(String(format: "%.4f", result.loss))")
  }

  private func percent(_ value: Double) -> String { String(format: "%.2f", value) }

  private func numbers(_ text: String, _ option: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let number = Double(word) else {
        throw ValidationError("\(option): ‘\(word)’ is not a number")
      }
      return number
    }
  }
}
