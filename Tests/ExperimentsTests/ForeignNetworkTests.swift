// Networks of others on data sets: what fits is evaluated, and everything else is refused with a reason, not with a trap.

import Datasets
import Experiments
import Foundation
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// Debian's Bible, which every machine that runs the tests has.
private let catalog = DatasetCatalog.standard(
  environment: ProcessInfo.processInfo.environment,
  workingDirectory: FileManager.default.temporaryDirectory)

private func has(_ name: String) -> Bool {
  (try? catalog.status(of: name).usableSplits.isEmpty == false) ?? false
}

@Suite struct ForeignNetworkTests {
  private func problem(
    _ network: String, on dataset: String, _ inputs: ForeignNetwork.Inputs, split: String? = nil,
    file: URL = URL(fileURLWithPath: "/no/such/file")
  ) throws -> String {
    let foreign = ForeignNetwork(
      network: try NetworkChoice(option: network), file: file, inputs: inputs)
    do {
      _ = try foreign.evaluate(
        on: dataset, split: split, catalog: catalog, workers: Workers(threadCount: 1))
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test("means and deviations that are no numbers in Float are refused before anything is read")
  func numbers() throws {
    func problem(_ mean: Double, _ deviation: Double) throws -> String {
      try self.problem(
        "lenet300-100", on: "nothing", .standardized(means: [mean], deviations: [deviation]))
    }
    #expect(try problem(1e300, 1) == "mean 1e+300: expected the mean of pixels / 255, from 0 to 1")
    #expect(try problem(0, 1e-50).hasPrefix("deviation 1e-50: expected a positive"))
    #expect(try problem(0, 0).hasPrefix("deviation 0.0: expected a positive"))
    #expect(try problem(0, .nan).hasPrefix("deviation nan: expected a positive"))
    #expect(try problem(0, 1).contains("nothing"))
  }

  @Test("a network that a command line names is read as in a spec")
  func names() throws {
    let choice = try NetworkChoice(option: "{resnet20: {shortcuts: B}}")
    #expect(choice == NetworkChoice(ResNet20(shortcuts: .convolution)))
    let error = #expect(throws: SpecErrors.self) { try NetworkChoice(option: "resnet2") }
    #expect(error?.description.contains("resnet20") == true)
    #expect(throws: SpecErrors.self) { try NetworkChoice(option: "{resnet20: [}") }
  }

  @Test(
    "a tied language model in PyTorch's form is evaluated, and told more badly with other words",
    .enabled(if: has("bible-kjv"), "bible-kjv-text is not on this machine"))
  func languageModel() throws {
    let name = "{layers: [{embedding: {words: 6885, features: 4, label: encoder}}, "
    let tied = name + "{tied-linear: {to: encoder, words: 6885, label: decoder}}]}"
    let network = try NetworkChoice(option: tied).build(
      inputShape: [1], classes: 6885, seed: Seed(2))
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "model.safetensors")
      let tensors = zip(network.information, network.parameters).map {
        StoredTensor($0.name, $1)
      }
      let table = try #require(network.parameter("encoder.weight"))
      try SafetensorsFile(tensors + [StoredTensor("decoder.weight", table)]).encoded()
        .write(to: file)
      let foreign = ForeignNetwork(
        network: try NetworkChoice(option: tied), file: file, inputs: .words)
      let result = try foreign.evaluate(
        on: "bible-kjv", split: nil, catalog: catalog, workers: Workers(threadCount: 2))
      // Four products of weights below a tenth: logits deviate by √4 · .1² / 3 = .007, so that all words are told alike.
      #expect(abs(result.perplexity / 6885 - 1) < 0.01)
      #expect(
        try problem(tied, on: "bible-kjv", .normalized(.none), file: file).contains("is a text"))
      #expect(
        try problem(tied, on: "bible-kjv", .words, split: "some", file: file).contains("split"))
      let short = tied.replacing("words: 6885, features", with: "words: 6884, features")
      #expect(
        try problem(short, on: "bible-kjv", .words, file: file)
          .contains("there is no parameter ‘encoder.weight’ of shape"))
      let infinite = Tensor([6885, 4], repeating: .infinity)
      try SafetensorsFile([
        StoredTensor("encoder.weight", infinite), StoredTensor("decoder.bias", Tensor([6885])),
      ]).encoded().write(to: file)
      #expect(
        try problem(tied, on: "bible-kjv", .words, file: file)
          .contains("with impossible values: encoder.weight["))
    }
  }

  @Test(
    "networks that do not fit the images are refused",
    .enabled(if: has("mnist"), "MNIST is not on this machine"))
  func misfits() throws {
    let none = ForeignNetwork.Inputs.normalized(.none)
    #expect(
      try problem("{layers: [flatten, {linear: {outputs: 5}}]}", on: "mnist", none)
        .contains("10 classes"))
    #expect(try problem("{layers: []}", on: "mnist", none).contains("at least one layer"))
    #expect(try problem("lenet300-100", on: "mnist", .words).contains("has images"))
    #expect(
      try problem(
        "lenet300-100", on: "mnist", .standardized(means: [0, 0], deviations: [1, 1])
      ).contains("one or 1 of each; found 2 and 2"))
  }
}
