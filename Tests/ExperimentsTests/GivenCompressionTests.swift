// Networks that others trained, made small and handed on: sizes that were asked for, files that say
// what they are, and refusals.

import Compression
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

@Suite struct GivenCompressionTests {
  private let choice = NetworkChoice(LeNet300())

  /// A safetensors file of a network with random parameters.
  private func file(in folder: URL) throws -> URL {
    let network = try choice.build(inputShape: [28, 28, 1], seed: Seed(1))
    let url = folder.appending(path: "weights.safetensors")
    let tensors = zip(network.information, network.parameters).map { StoredTensor($0.name, $1) }
    try SafetensorsFile(tensors).encoded().write(to: url)
    return url
  }

  private func scheme(_ text: String) throws -> Scheme { try Scheme(option: text) }

  private func compression(
    in folder: URL, _ goal: CompressionGoal,
    scheme text: String = "{chain: [prune: {density: 0.1}, k-means: {bits: 3}]}"
  ) throws -> GivenCompression {
    let source = ForeignNetwork(
      network: choice, file: try file(in: folder), inputs: .normalized(.none))
    return GivenCompression(source: source, scheme: try scheme(text), goal: goal)
  }

  private func run(_ compression: GivenCompression) throws -> GivenCompression.Result {
    try compression.run(
      dataset: nil, split: nil, catalog: DatasetCatalog(searchRoots: []),
      workers: Workers(threadCount: 1))
  }

  @Test(
    "a file has at most the bytes that were asked for, and not much less",
    arguments: [6000, 20_000])
  func bytes(limit: Int) throws {
    try withTemporaryFolder { folder in
      let result = try run(compression(in: folder, .bytes(limit)))
      #expect(result.file.count <= limit)
      #expect(result.file.count > limit * 9 / 10)
      let read = try NetworkContainer(data: result.file, path: "a file")
      #expect(read.network.parameters == result.container.network.parameters)
      #expect(read.about["inputs"] == "none")
      #expect(read.about["source"]?.contains("weights.safetensors") == true)
    }
  }

  @Test("a ratio is that of the file")
  func ratio() throws {
    try withTemporaryFolder { folder in
      let result = try run(compression(in: folder, .ratio(50)))
      #expect(result.file.count <= result.cost.denseBytes / 50)
      #expect(result.multiplyAccumulatesAfter < result.multiplyAccumulatesBefore / 10)
    }
  }

  @Test("thinned files with side values in half precision are smaller")
  func smaller() throws {
    try withTemporaryFolder { folder in
      var compression = try compression(in: folder, .scheme)
      let plain = try run(compression)
      compression.halvesSideValues = true
      let half = try run(compression)
      #expect(half.file.count < plain.file.count)
      #expect(half.container.about["side-values"] == "float16")
      for tensor in half.container.network.parameters {
        #expect(tensor.elements.allSatisfy { Float(Float16($0)) == $0 })
      }
    }
  }

  @Test("what cannot be decided is refused")
  func refusals() throws {
    try withTemporaryFolder { folder in
      #expect(throws: GivenCompressionError.noDensity(scheme: "k-means")) {
        try run(compression(in: folder, .ratio(5), scheme: "{k-means: {bits: 3}}"))
      }
      #expect(throws: GivenCompressionError.noData(field: "--tolerance")) {
        try run(compression(in: folder, .tolerance(1)))
      }
      #expect(throws: GivenCompressionError.self) {
        try run(compression(in: folder, .bytes(10)))
      }
      #expect(throws: SpecErrors.self) { try scheme("{prone: {density: 0.1}}") }
    }
  }

  @Test(
    "how inputs are made is read back as it was written",
    arguments: [
      ForeignNetwork.Inputs.words, .normalized(.perChannel), .normalized(.meanImage),
      .normalized(.none), .standardized(means: [0.485, 0.456], deviations: [0.25, 1e-7]),
    ])
  func inputs(inputs: ForeignNetwork.Inputs) {
    #expect(ForeignNetwork.Inputs(text: inputs.text) == inputs)
    #expect(ForeignNetwork.Inputs(text: inputs.text + " x") == nil)
  }

  @Test("a folder for a hub has tensors, layers and a card with the result and its interval")
  func hub() throws {
    try withTemporaryFolder { folder in
      var export = try NetworkExport(
        ForeignNetwork(network: choice, file: try file(in: folder), inputs: .words))
      export.result = (9173, 10_000, "mnist")
      let written = try export.write(as: .hub, to: folder.appending(path: "hub"))
      #expect(
        written.map { $0.lastPathComponent } == ["config.json", "model.safetensors", "README.md"])
      let card = try String(contentsOf: written[2], encoding: .utf8)
      #expect(card.hasPrefix("---\n"))
      #expect(card.contains("model-index:"))
      // (p̂ + z²/2n ± z √(p̂ q̂/n + z²/4n²)) / (1 + z²/n), by hand.
      #expect(card.contains("accuracy 91.73 % (95 % interval 91.17 to 92.25"))
      let file = try SafetensorsFile(contentsOf: written[1])
      #expect(file.metadata["format"] == "pt")
      #expect(
        try export.network.filled(from: file, path: "").parameters == export.network.parameters)
    }
  }

  @Test("thinned safetensors have smaller shapes under the same names")
  func thinned() throws {
    try withTemporaryFolder { folder in
      let source = folder.appending(path: "small.pars")
      var network = try choice.build(inputShape: [28, 28, 1], seed: Seed(2))
      let index = try #require(network.information.firstIndex { $0.name == "fc1.weight" })
      for place in 0..<784 * 100 { network.parameters[index][place] = 0 }
      try NetworkContainer(network).encoded().write(to: source)
      var export = try NetworkExport(ForeignNetwork(network: nil, file: source, inputs: .words))
      try export.thin()
      let target = folder.appending(path: "thin.safetensors")
      _ = try export.write(as: .safetensors, to: target)
      let file = try SafetensorsFile(contentsOf: target)
      #expect(try file.tensor(named: "fc1.weight").shape == [200, 784])
      #expect(try file.tensor(named: "fc2.weight").shape == [100, 200])
    }
  }
}
