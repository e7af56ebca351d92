// parsimony evaluate: loss and accuracy of a network that others trained, on the test images or words of a data set.

import ArgumentParser
import Experiments
import Foundation
import Kernels
import Networks
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Loss and accuracy of a safetensors file of a known network on a data set.",
    discussion: """
      The file must have exactly the network's tensors, with PyTorch's names and layouts:
        parsimony evaluate resnet20.safetensors --network resnet20 --dataset cifar10 \\
          --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225
        parsimony evaluate model.safetensors --network '{lstm-200: {tied: true}}' --dataset wikitext2
      Images are normalized as the network was trained: with --mean and --deviation, or with --normalize as in a spec.
      """)

  @Argument(help: "The safetensors file.") var file: String

  @Option(help: "The network, as a spec names it: resnet20, or '{resnet20: {shortcuts: B}}'.")
  var network: String

  @Option(help: "The data set.") var dataset: String

  @Option(help: "The split of the data set; its publisher's if none is given.") var split: String?

  @Option(help: "The channels' means of pixels / 255 that the network was trained with.")
  var mean: String?

  @Option(help: "The channels' standard deviations that the network was trained with.")
  var deviation: String?

  @Option(
    help: "Statistics of the data set's training images instead: per-channel, mean-image, none.")
  var normalize: String?

  @Option(help: "Threads; the result does not depend on them.") var threads = 2

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard (1...64).contains(threads) else {
      throw ValidationError("--threads \(threads): expected 1 to 64")
    }
    _ = try inputs()
  }

  func run() throws {
    let foreign = ForeignNetwork(
      network: try NetworkChoice(option: network), file: URL(fileURLWithPath: file),
      inputs: try inputs())
    let result = try foreign.evaluate(
      on: dataset, split: split, catalog: workplace.catalog,
      workers: Workers(threadCount: threads))
    print("\(result.correct) of \(result.count) correct, \(percent(result.accuracy)) %")
    print("loss \(String(format: "%.4f", result.loss))")
    if foreign.inputs == .words {
      print("perplexity \(String(format: "%.2f", result.perplexity))")
    }
  }

  private func inputs() throws -> ForeignNetwork.Inputs {
    switch (mean, deviation, normalize) {
    case (nil, nil, nil): return .words
    case (nil, nil, let name?):
      guard let kind = DatasetSpec.Normalize(rawValue: name) else {
        let known = DatasetSpec.Normalize.allCases.map { $0.rawValue }.joined(separator: ", ")
        throw ValidationError("--normalize \(name): expected one out of \(known)")
      }
      return .normalized(kind)
    case (let mean?, let deviation?, nil):
      return .standardized(
        means: try numbers(mean, "--mean"), deviations: try numbers(deviation, "--deviation"))
    default:
      throw ValidationError("give both --mean and --deviation, or --normalize, or, for words, none")
    }
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
