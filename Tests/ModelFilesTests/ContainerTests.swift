// Containers: every value comes back bit for bit, thinned files compute the same, and no damaged
// file does anything but fail.

import Files
import Foundation
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Testing

@Suite struct ContainerTests {
  /// Values of one kind in every weight: what the coder must tell apart.
  enum Filling: String, CaseIterable, Sendable {
    case dense, sparse, levels, symmetricLevels, halves, blocks, empty, odd
  }

  private static let networks: [(name: String, choice: NetworkChoice, input: Shape)] = [
    ("lenet5", NetworkChoice(LeNet5(width: 0.3)), [28, 28, 1]),
    ("resnet20", NetworkChoice(ResNet20(shortcuts: .zeroPadded, width: 0.25)), [32, 32, 3]),
    ("lenet300", NetworkChoice(LeNet300()), [8, 8, 1]),
  ]

  private static func filled(_ network: Network, _ filling: Filling, seed: UInt64) -> Network {
    var stream = RandomStream(Seed(seed).child(filling.rawValue))
    var result = network
    let oddities: [Float] = [
      -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1,
      Float(bitPattern: 0x7FC0_1234), Float(bitPattern: 0xFF80_0001),
    ]
    for (index, information) in network.information.enumerated() {
      let columns = max(1, information.shape.elementCount / max(1, information.shape.sizes[0]))
      for place in 0..<information.shape.elementCount {
        let value = stream.normal()
        let isKept = stream.uniform(0, 1) < 0.1
        let level = Float(Int(stream.uniform(-4, 4)))
        result.parameters[index][place] =
          switch filling {
          case .dense: value
          case .sparse: isKept ? value : 0
          case .levels: isKept ? level * level + level : 0
          case .symmetricLevels: isKept ? level : 0
          case .halves: Float(Float16(value))
          case .blocks:
            // Blocks of 4×4 share a magnitude that depends on their place.
            (place / columns / 4 + place % columns / 4) % 3 == 0
              ? 0 : (value < 0 ? -1 : 1) * Float(1 + place / columns / 4 + place % columns / 4)
          case .empty: 0
          case .odd: oddities[Int(stream.uniform(0, Float(oddities.count)))]
          }
      }
    }
    return result
  }

  private static func bits(_ network: Network) -> [[UInt32]] {
    network.parameters.map { $0.elements.map { $0.bitPattern } }
  }

  @Test(
    "every value comes back bit for bit, with the graph and what was said",
    arguments: Filling.allCases, 0..<3)
  func roundTrip(filling: Filling, subject: Int) throws {
    let (name, choice, input) = Self.networks[subject]
    let network = Self.filled(
      try choice.build(inputShape: input, seed: Seed(1)), filling, seed: UInt64(subject))
    let cuts = Dictionary(
      network.information.filter { $0.kind.isWeight }.compactMap { information in
        TensorCut(order: "O_IHW", sizes: [4, 4]).map { (information.name, $0) }
      }
    ) { first, _ in first }
    let about = ["scheme": "{prune: {density: 0.1}}", "note": "größer als \"üblich\" ⊂ \u{1F600}"]
    for cuts in [[:], cuts] {
      let data = try NetworkContainer(network, about: about, cuts: cuts).encoded()
      #expect(try NetworkContainer(network, about: about, cuts: cuts).encoded() == data, "\(name)")
      let read = try NetworkContainer(data: data, path: "a file")
      #expect(Self.bits(read.network) == Self.bits(network), "\(name), \(filling)")
      #expect(read.about == about && read.cuts == cuts && read.mode == .exact)
      #expect(read.network.information == network.information)
      #expect(read.network.layers.map { $0.name } == network.layers.map { $0.name })
    }
  }

  @Test("layers keep names that neither label nor number gives, and all their fields")
  func names() throws {
    let network = try NetworkChoice(ResNet20(shortcuts: .convolution, width: 0.25))
      .build(inputShape: [32, 32, 3], seed: Seed(2)).foldingNormalizations()
    let read = try NetworkContainer(
      data: NetworkContainer(network).encoded(), path: "a file")
    #expect(read.network.layers.map { $0.name } == network.layers.map { $0.name })
    #expect(Self.bits(read.network) == Self.bits(network))
    #expect(try Self.outputs(read.network) == Self.outputs(network))
  }

  private static func outputs(_ network: Network) throws -> [Float] {
    var stream = RandomStream(Seed(9))
    let batch = Tensor.normal(Shape([8] + network.inputShape.sizes), from: &stream)
    var activations = Activations()
    return network.forward(
      batch, activations: &activations, pass: Pass(.evaluation, workers: Workers(threadCount: 1))
    ).elements
  }

  @Test("a thinned file computes the same without dead and constant units", arguments: 0..<5)
  func thinned(seed: UInt64) throws {
    var network = try NetworkChoice(LeNet5(width: 0.5)).build(
      inputShape: [28, 28, 1], seed: Seed(seed))
    var stream = RandomStream(Seed(seed).child("dead"))
    // Half of the units of every hidden layer lose their weights and keep their biases.
    for layer in ["conv1", "conv2", "fc1"] {
      let name = ParameterName(layer: layer, role: "weight")
      let index = try #require(network.information.firstIndex { $0.name == name })
      let shape = network.information[index].shape
      let size = shape.elementCount / shape[0]
      for row in 0..<shape[0] where stream.uniform(0, 1) < 0.5 {
        for place in row * size..<(row + 1) * size { network.parameters[index][place] = 0 }
      }
    }
    let container = try NetworkContainer(thinning: network)
    let read = try NetworkContainer(data: container.encoded(), path: "a file")
    #expect(read.mode == .thinned)
    #expect(read.network.parameterCount < network.parameterCount / 2)
    for (before, after) in zip(try Self.outputs(network), try Self.outputs(read.network)) {
      #expect(abs(before - after) < 1e-4)
    }
    #expect(try container.encoded().count < NetworkContainer(network).encoded().count / 2)
  }

  // MARK: - Hostile files

  private static func smallFile() throws -> Data {
    let network = Self.filled(
      try NetworkChoice(LeNet300()).build(inputShape: [4, 4, 1], seed: Seed(1)), .levels, seed: 4)
    return try NetworkContainer(network, about: ["scheme": "none"]).encoded()
  }

  @Test("a file that ends early is refused wherever it ends, with that offset at most")
  func truncated() throws {
    let data = try Self.smallFile()
    for count in stride(from: 0, to: data.count, by: 7) {
      let error = try #require(
        #expect(throws: ModelFileError.self, "\(count) bytes") {
          try NetworkContainer(data: data.prefix(count), path: "a file")
        })
      guard case .truncated(let offset, _) = error.problem else {
        Issue.record("\(count) bytes: \(error)")
        continue
      }
      #expect(offset <= count)
    }
    #expect(throws: ModelFileError.self) {
      try NetworkContainer(data: data + [0], path: "a file")
    }
  }

  @Test("a flipped bit is found, wherever it is")
  func flipped() throws {
    let data = try Self.smallFile()
    for index in stride(from: 0, to: data.count, by: 3) {
      var damaged = data
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(throws: ModelFileError.self, "byte \(index)") {
        try NetworkContainer(data: damaged, path: "a file")
      }
    }
  }

  @Test("a later version is told from damage")
  func version() throws {
    var data = try Self.smallFile()
    data[4] = 2
    let error = #expect(throws: ModelFileError.self) {
      try NetworkContainer(data: data, path: "a file")
    }
    #expect(error?.problem == .newerVersion(found: 2, known: 1))
    data[4] = 0
    #expect(throws: ModelFileError.self) { try NetworkContainer(data: data, path: "a file") }
  }

  @Test("a block whose size is a lie is refused before anything is allocated")
  func lyingSize() throws {
    var data = Data("PARS".utf8 + [1, UInt8(ascii: "H")])
    data.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3F, 0, 0, 0, 0])
    let error = #expect(throws: ModelFileError.self) {
      try NetworkContainer(data: data, path: "a file")
    }
    guard case .truncated = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// A file of the given header and payload of tensors, its checksums right.
  private static func file(header: String, payload: [UInt8]) -> Data {
    ContainerForgery.file(header: header, payload: payload)
  }

  @Test(
    "shapes beyond all memory, and beyond what the bytes can hold, are refused",
    arguments: [
      #"{"graph":{"input":[1099511627776],"layers":[{"linear":{"outputs":10}}]},"mode":"exact"}"#,
      #"{"graph":{"input":[16384],"layers":[{"linear":{"outputs":1099511627776}}]},"mode":"exact"}"#,
      #"{"graph":{"input":[16384],"layers":[{"linear":{"outputs":16384}}]},"mode":"exact"}"#,
      #"{"graph":{"input":[-1],"layers":["relu"]},"mode":"exact"}"#,
      #"{"graph":{"input":[4],"layers":["no-layer"]},"mode":"exact"}"#,
      #"{"graph":{"input":[4],"layers":[{"linear":{"outputs":2}}],"names":[]},"mode":"exact"}"#,
      #"{"graph":{"input":[4],"layers":[]},"mode":"else"}"#,
      "[[[[[[[[", "",
    ])
  func impossibleGraph(header: String) throws {
    let data = Self.file(header: header, payload: [1, 2, 3, 4])
    #expect(throws: ModelFileError.self) { try NetworkContainer(data: data, path: "a file") }
  }

  @Test("random bytes behind a right header fail, or are values", arguments: 0..<200)
  func randomPayload(seed: UInt64) throws {
    var stream = RandomStream(Seed(seed).child("payload"))
    let payload = (0..<Int(stream.uniform(0, 400))).map { _ in
      UInt8(stream.uniform(0, 256))
    }
    let header =
      #"{"graph":{"input":[16],"layers":[{"linear":{"outputs":64}},{"linear":{"outputs":8}}]},"mode":"exact"}"#
    let data = Self.file(header: header, payload: payload)
    do throws(ModelFileError) {
      let network = try NetworkContainer(data: data, path: "a file").network
      #expect(network.parameters.map { $0.count } == [1024, 64, 512, 8])
    } catch {
      #expect(error.path == "a file")
    }
  }

  @Test("the checksum is the one of gzip and PNG")
  func checksum() {
    #expect(Checksum.crc32(Data("123456789".utf8)) == 0xCBF4_3926)
    #expect(Checksum.crc32(Data()) == 0)
  }
}
