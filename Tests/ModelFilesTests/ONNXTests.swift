// ONNX models against onnxruntime, where PARSIMONY_PYTHON names a python that has it: every network
// of the zoo, dense and thinned.

import Files
import Foundation
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite struct ONNXTests {
  /// The python of the peers, if it has onnxruntime.
  static let python: String? = {
    guard let python = ProcessInfo.processInfo.environment["PARSIMONY_PYTHON"] else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", "import onnxruntime, numpy"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? python : nil
  }()

  private static let names = NetworkChoice.alternatives.map { $0.name }.filter { $0 != "layers" }

  /// A network of the zoo, narrow where it can be, with values like those of a trained one.
  private static func network(_ name: String) throws -> Network {
    let type = try #require(NetworkChoice.alternative(named: name) as? any NetworkRecipe.Type)
    guard case .object(var fields) = try CanonicalJSON.tree(type.init()) else {
      throw CocoaError(.coderInvalidValue)
    }
    if fields["width"] != nil { fields["width"] = .number(0.25) }
    let choice = try CanonicalJSON.decode(
      NetworkChoice.self, from: CanonicalJSON.encode(JSONValue.object([name: .object(fields)])))
    let isText = type.usualInput.rank == 1 && type.usualInput[0] == 1
    var network = try choice.build(
      inputShape: type.usualInput, classes: isText ? 60 : 10, seed: Seed(3))
    var stream = RandomStream(Seed(4).child(name))
    for (index, information) in network.information.enumerated() {
      // Such that no layer's outputs die behind a rectifier.
      let bounds: (Float, Float)
      switch (information.kind, information.name.role) {
      case (.statistic, "running_var"): bounds = (0.5, 2)
      case (.statistic, _): bounds = (-0.2, 0.2)
      case (.scale, _): bounds = (0.3, 0.9)
      case (.shift, _): bounds = (-0.1, 0.5)
      default: continue
      }
      for place in 0..<information.shape.elementCount {
        network.parameters[index][place] = stream.uniform(bounds.0, bounds.1)
      }
    }
    return network
  }

  /// `[N, H, W, C]` as `[N, C, H, W]`.
  private static func channelsFirst(_ images: Tensor) -> [Float] {
    let (count, height, width, channels) = (
      images.shape[0], images.shape[1], images.shape[2], images.shape[3]
    )
    var result: [Float] = []
    result.reserveCapacity(images.count)
    for image in 0..<count {
      for channel in 0..<channels {
        for pixel in 0..<height * width {
          result.append(images[(image * height * width + pixel) * channels + channel])
        }
      }
    }
    return result
  }

  /// The outputs of the network, and those of its ONNX model.
  private static func outputs(_ network: Network) throws -> (own: [Float], other: [Float]) {
    try withTemporaryFolder { try outputs(network, in: $0) }
  }

  private static func outputs(
    _ network: Network, in folder: URL
  ) throws -> (own: [Float], other: [Float]) {
    let (model, input, output) = (
      folder.appending(path: "model.onnx"), folder.appending(path: "input"),
      folder.appending(path: "output")
    )
    var stream = RandomStream(Seed(5))
    var pass = Pass(.evaluation, workers: Workers(threadCount: 1), convolution: .direct)
    let examples: Tensor
    let shape: [Int]
    let isText = network.layers.contains { $0.layer is Embedding }
    if isText {
      pass.sequences = 3
      let words = (0..<12).map { _ in Float(Int(stream.uniform(0, 59))) }
      examples = Tensor([12, 1], elements: words)
      shape = [4, 3]
      try LittleEndian.data(words.map { Int64($0) }).write(to: input)
    } else {
      examples = .normal(Shape([2] + network.inputShape.sizes), from: &stream)
      let sizes = network.inputShape.sizes
      shape = sizes.count == 3 ? [2, sizes[2], sizes[0], sizes[1]] : [2] + sizes
      let values = sizes.count == 3 ? channelsFirst(examples) : examples.elements
      try LittleEndian.data(values).write(to: input)
    }
    try ONNXFile.data(of: network).write(to: model)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Benchmarks/onnx_outputs.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      try #require(python), script.path, model.path, input.path,
      shape.map { "\($0)" }.joined(separator: ","), isText ? "i8" : "f4", output.path,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    var activations = Activations()
    return (
      network.forward(examples, activations: &activations, pass: pass).elements,
      LittleEndian.floats(try Data(contentsOf: output))
    )
  }

  private static func requireSame(_ network: Network, _ comment: Comment) throws {
    let (own, other) = try outputs(network)
    #expect(own.count == other.count, comment)
    let half = own.count / 2
    #expect(!own.prefix(half).elementsEqual(own.suffix(half)), "outputs do not depend on inputs")
    let scale = own.reduce(1) { max($0, abs($1)) }
    for (left, right) in zip(own, other) {
      #expect(abs(left - right) <= 1e-4 * scale, comment)
    }
  }

  @Test(
    "onnxruntime computes the same for every network of the zoo",
    .enabled(if: ONNXTests.python != nil), arguments: ONNXTests.names)
  func zoo(name: String) throws {
    try Self.requireSame(try Self.network(name), "\(name)")
  }

  @Test(
    "onnxruntime computes the same for thinned networks with shortcuts",
    .enabled(if: ONNXTests.python != nil), arguments: ["resnet20", "lenet5-caffe"])
  func thinned(name: String) throws {
    var network = try Self.network(name)
    for (index, information) in network.information.enumerated()
    where [.convolution, .scale, .shift, .bias].contains(information.kind) {
      let size = information.shape.elementCount / information.shape[0]
      for unit in stride(from: 0, to: information.shape[0], by: 3) {
        for place in unit * size..<(unit + 1) * size { network.parameters[index][place] = 0 }
      }
    }
    let thinned = try network.foldingConstants().thinned()
    #expect(thinned.report.hasRemovals)
    try Self.requireSame(thinned.network, "\(name)")
  }

  @Test("a model is the same bytes for the same network, and holds every value")
  func bytes() throws {
    let network = try Self.network("lenet5-caffe")
    let data = try ONNXFile.data(of: network)
    #expect(try ONNXFile.data(of: network) == data)
    for tensor in network.parameters {
      #expect(data.range(of: LittleEndian.data(tensor.elements)) != nil)
    }
  }
}
