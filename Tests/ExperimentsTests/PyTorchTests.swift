// Exported networks in PyTorch, where PARSIMONY_PYTHON names a python that has it: the same
// outputs, and the README's snippet runs.

import Experiments
import Files
import Foundation
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite struct PyTorchTests {
  /// The python of the peers, if it has PyTorch and safetensors.
  static let python: String? = {
    guard let python = ProcessInfo.processInfo.environment["PARSIMONY_PYTHON"] else { return nil }
    let status = try? run([python, "-c", "import torch, safetensors, numpy"], in: nil)
    return status == 0 ? python : nil
  }()

  private static func run(_ arguments: [String], in folder: URL?) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static func repository() -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// A network with a third of its units dead, as a container beside it.
  private static func export(_ choice: NetworkChoice, _ input: Shape, in folder: URL) throws
    -> NetworkExport
  {
    var network = try choice.build(inputShape: input, seed: Seed(1))
    for (index, information) in network.information.enumerated()
    where information.kind != .statistic && information.shape[0] > 10 {
      let size = information.shape.elementCount / information.shape[0]
      for unit in stride(from: 0, to: information.shape[0], by: 3) {
        for place in unit * size..<(unit + 1) * size { network.parameters[index][place] = 0 }
      }
    }
    let file = folder.appending(path: "small.pars")
    try NetworkContainer(network).encoded().write(to: file)
    return try NetworkExport(ForeignNetwork(network: nil, file: file, inputs: .words))
  }

  @Test(
    "PyTorch computes the same from an exported folder, dense and thinned",
    .enabled(if: PyTorchTests.python != nil), arguments: [false, true],
    ["resnet20", "lenet5-caffe"])
  func outputs(isThinned: Bool, name: String) throws {
    let isResidual = name == "resnet20"
    let input: Shape = isResidual ? [32, 32, 3] : [28, 28, 1]
    let choice = isResidual ? NetworkChoice(ResNet20()) : NetworkChoice(LeNet5())
    try withTemporaryFolder { folder in
      var export = try Self.export(choice, input, in: folder)
      if isThinned { try export.thin() }
      _ = try export.write(as: .hub, to: folder)
      var stream = RandomStream(Seed(2))
      let images = Tensor.normal(Shape([2] + input.sizes), from: &stream)
      var channelsFirst: [Float] = []
      let pixels = input[0] * input[1]
      for image in 0..<2 {
        for channel in 0..<input[2] {
          for pixel in 0..<pixels {
            channelsFirst.append(images[(image * pixels + pixel) * input[2] + channel])
          }
        }
      }
      try LittleEndian.data(channelsFirst).write(to: folder.appending(path: "input"))
      let script = Self.repository().appending(path: "Tests/Benchmarks/torch_outputs.py")
      let output = folder.appending(path: "output")
      let status = try Self.run(
        [
          try #require(Self.python), script.path, folder.path,
          folder.appending(path: "input").path, output.path,
        ], in: nil)
      #expect(status == 0)
      let others = LittleEndian.floats(try Data(contentsOf: output))
      var activations = Activations()
      let own = export.network.forward(
        images, activations: &activations,
        pass: Pass(.evaluation, workers: Workers(threadCount: 1), convolution: .direct)
      ).elements
      #expect(own.count == others.count)
      let scale = own.reduce(1) { max($0, abs($1)) }
      for (left, right) in zip(own, others) { #expect(abs(left - right) <= 1e-4 * scale) }
    }
  }

  @Test("the README's snippet loads a thinned file", .enabled(if: PyTorchTests.python != nil))
  func snippet() throws {
    let readme = try String(
      contentsOf: Self.repository().appending(path: "README.md"), encoding: .utf8)
    let parts = readme.components(separatedBy: "```python\n")
    try #require(parts.count == 2)
    let snippet = try #require(parts[1].components(separatedBy: "```").first)
    try withTemporaryFolder { folder in
      var export = try Self.export(NetworkChoice(LeNet300()), [28, 28, 1], in: folder)
      try export.thin()
      _ = try export.write(as: .safetensors, to: folder.appending(path: "small.safetensors"))
      #expect(try Self.run([try #require(Self.python), "-c", snippet], in: folder) == 0)
    }
  }
}
