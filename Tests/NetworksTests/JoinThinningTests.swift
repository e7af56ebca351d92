// Thinning where channels are passed on: through the joins of residual networks, and through depth-wise filters.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

@Suite struct JoinThinningTests {
  /// A residual network with moved statistics, so that normalisations do something.
  private static func residual(_ shortcuts: Shortcut, seed: UInt64) throws -> Network {
    var network = try NetworkChoice(ResNet20(shortcuts: shortcuts, width: 0.5)).build(
      inputShape: [16, 16, 3], seed: Seed(seed))
    var stream = RandomStream(Seed(seed).child("statistics"))
    for (index, parameter) in network.information.enumerated() where !parameter.kind.isWeight {
      let offset: Float = parameter.name.role == "running_var" || parameter.kind == .scale ? 1 : 0
      let values = Tensor.uniform(parameter.shape, bound: 0.5, from: &stream).elements
      network.parameters[index] = Tensor(parameter.shape, elements: values.map { offset + $0 })
    }
    return network
  }

  @Test(
    "residual networks lose channels inside blocks at once, and joined ones when no side has them",
    arguments: [Shortcut.zeroPadded, .convolution])
  func residual(shortcuts: Shortcut) throws {
    var network = try Self.residual(shortcuts, seed: 3)
    for layer in ["layer1.0.conv1", "layer1.0.bn1"] { silence([1, 5], of: layer, in: &network) }
    // Channel 2 of the first stage is zero on every side of its joins; channel 3 only in the blocks' own parts.
    for layer in ["conv1", "bn1"] { silence([2], of: layer, in: &network) }
    for block in 0..<3 { silence([2, 3], of: "layer1.\(block).bn2", in: &network) }
    let (thinned, report) = try network.thinned()
    func units(_ name: String) -> Int? { report.layers.first { $0.name == name }?.unitsAfter }
    #expect(units("layer1.0.conv1") == 6)
    #expect(units("conv1") == 7)
    #expect(units("layer1.2.conv2") == 7)
    #expect(thinned.parameter("layer2.0.conv1.weight")?.shape == [16, 7, 3, 3])
    #expect(thinned.parameter("layer1.1.bn2.running_mean")?.shape == [7])
    expectSameFunction(network, thinned, "shortcuts \(shortcuts)")
    try expectIdempotent(thinned, "shortcuts \(shortcuts)")
  }

  @Test("residual networks with random silent channels compute the same", arguments: 0..<6)
  func randomResidual(seed: UInt64) throws {
    let shortcuts: Shortcut = seed.isMultiple(of: 2) ? .zeroPadded : .convolution
    var network = try Self.residual(shortcuts, seed: seed)
    var stream = RandomStream(Seed(seed).child("silence"))
    for named in network.layers where named.layer is Convolution {
      let count = named.outputShape[2]
      let units = chosen(stream.integer(below: count), below: count, from: &stream)
      silence(units, of: named.name, in: &network)
      // With `keep`, the normalisation behind a silent filter still emits its shift.
      if stream.integer(below: 4) > 0,
        let norm = network.layers.first(where: {
          $0.layer is BatchNormalization && network.layers[$0.source - 1].name == named.name
        })
      {
        silence(units, of: norm.name, in: &network)
      }
    }
    let (thinned, report) = try network.thinned()
    #expect(report.hasRemovals)
    expectSameFunction(network, thinned, "seed \(seed)")
    try expectIdempotent(thinned, "seed \(seed)")
  }

  @Test("depth-wise filters go with the channels around them")
  func depthwise() throws {
    var network = try Network(
      [
        Convolution(filters: 6, kernel: 3, padding: 1), Rectifier(),
        Convolution(filters: 6, kernel: 3, padding: 1, bias: false, groups: 6), Rectifier(),
        Convolution(filters: 5, kernel: 1), GlobalAveragePooling(), Linear(outputs: 4),
      ], inputShape: [8, 8, 2], seed: Seed(4))
    silence([0, 4], of: "conv1", in: &network)
    silence([2], of: "conv2", in: &network)
    let (thinned, _) = try network.thinned()
    #expect(thinned.parameter("conv1.weight")?.shape == [3, 2, 3, 3])
    #expect(thinned.parameter("conv2.weight")?.shape == [3, 1, 3, 3])
    #expect(thinned.parameter("conv3.weight")?.shape == [5, 3, 1, 1])
    expectSameFunction(network, thinned, "depth-wise")
    try expectIdempotent(thinned, "depth-wise")
  }
}
