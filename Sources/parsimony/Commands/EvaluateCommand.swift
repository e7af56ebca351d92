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
    abstract: "Loss and accuracy of a container, or of a safetensors file, on a data set.",
    discussion: """
      A container (.pars) knows its network, and usually how its inputs are made:
        parsimony evaluate small.pars --dataset cifar10
      A safetensors file must have exactly the network's tensors, with PyTorch's names and layouts:
        parsimony evaluate resnet20.safetensors --network resnet20 --dataset cifar10 \\
          --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225
        parsimony evaluate model.safetensors --network '{lstm-200: {tied: true}}' --dataset wikitext2
      Images are normalized as the network was trained: with --mean and --deviation, or with --normalize as in a spec.
      """)

  @Argument(help: "The container, or the safetensors file.") var file: String

  @Option(
    help: "The network of a safetensors file, as a spec names it: '{resnet20: {shortcuts: B}}'.")
  var network: String?

  @Option(help: "The data set.") var dataset: String

  @Option(help: "The split of the data set; its publisher's if none is given.") var split: String?

  @OptionGroup var normalization: NormalizationOptions

  @Option(help: "Threads; the result does not depend on them.") var threads = 2

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard (1...64).contains(threads) else {
      throw ValidationError("--threads \(threads): expected 1 to 64")
    }
    _ = try normalization.inputs()
  }

  func run() throws {
    let url = URL(fileURLWithPath: file)
    let foreign = ForeignNetwork(
      network: try chosenNetwork(network, for: url), file: url,
      inputs: try normalization.inputs(of: url))
    let result = try foreign.evaluate(
      on: dataset, split: split, catalog: workplace.catalog,
      workers: Workers(threadCount: threads))
    print("\(result.correct) of \(result.count) correct, \(percent(result.accuracy)) %")
    print("loss \(String(format: "%.4f", result.loss))")
    if foreign.inputs == .words {
      print("perplexity \(String(format: "%.2f", result.perplexity))")
    }
  }

  private func percent(_ value: Double) -> String { String(format: "%.2f", value) }
}
