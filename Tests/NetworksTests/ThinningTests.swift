// Thinning: the same function from a smaller network (condensa, section 6, decisions 8 and 9), and what it refuses.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

private let image: Shape = [28, 28, 1]

/// Sets rows (`[out, …]`: filters or neurons) of every parameter of a layer to zero.
private func silence(_ units: [Int], of layer: String, in network: inout Network) {
  for (index, information) in network.information.enumerated()
  where information.name.layer == layer {
    let width = information.shape.elementCount / information.shape[0]
    for unit in units {
      for place in unit * width..<(unit + 1) * width { network.parameters[index][place] = 0 }
    }
  }
}

/// Sets what a layer reads of some of its inputs (`[out, in, …]`) to zero.
private func ignore(_ inputs: [Int], by layer: String, in network: inout Network) {
  for (index, information) in network.information.enumerated()
  where information.name == ParameterName(layer: layer, role: "weight") {
    let count = information.shape[1]
    let size = information.shape.elementCount / information.shape[0] / count
    for block in 0..<information.shape[0] * count where inputs.contains(block % count) {
      for place in block * size..<(block + 1) * size { network.parameters[index][place] = 0 }
    }
  }
}

/// `count` different numbers below `limit`, ascending.
private func chosen(_ count: Int, below limit: Int, from stream: inout RandomStream) -> [Int] {
  var rest = Array(0..<limit)
  return (0..<count).map { _ in rest.remove(at: stream.integer(below: rest.count)) }.sorted()
}

/// Whether two networks compute the same: max |Δlogit| ≤ 1e-5 · max(1, max |logit|), on the direct path.
private func expectSameFunction(
  _ network: Network, _ other: Network, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var stream = RandomStream(Seed(9).child(what))
  let input = Tensor.normal(Shape([5] + network.inputShape.sizes), from: &stream)
  let pass = Pass(.evaluation, workers: Workers(threadCount: 1), convolution: .direct)
  var (first, second) = (Activations(), Activations())
  let before = network.forward(input, activations: &first, pass: pass)
  let after = other.forward(input, activations: &second, pass: pass)
  #expect(before.shape == after.shape, "\(what)", sourceLocation: sourceLocation)
  let largest = before.elements.map { abs($0) }.max() ?? 0
  let difference = zip(before.elements, after.elements).map { abs($0 - $1) }.max() ?? 0
  #expect(
    difference <= 1e-5 * max(1, largest), "\(what): \(difference)", sourceLocation: sourceLocation)
}

private func expectIdempotent(
  _ thinned: Network, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let again = try thinned.thinned()
  #expect(!again.report.hasRemovals, "\(what)", sourceLocation: sourceLocation)
  #expect(again.network.parameters == thinned.parameters, "\(what)", sourceLocation: sourceLocation)
}

@Suite struct ThinningTests {
  @Test("LeNet-300-100 loses exactly its zero neurons, and computes the same", arguments: 0..<4)
  func lenet300(seed: UInt64) throws {
    var stream = RandomStream(Seed(seed).child("masks"))
    let recipe = LeNet300(activation: seed.isMultiple(of: 2) ? .relu : .tanh)
    var network = try NetworkChoice(recipe).build(inputShape: image, seed: Seed(seed))
    let (first, second) = (1 + stream.integer(below: 290), 1 + stream.integer(below: 90))
    silence(chosen(first, below: 300, from: &stream), of: "fc1", in: &network)
    silence(chosen(second, below: 100, from: &stream), of: "fc2", in: &network)
    silence([3], of: "fc3", in: &network)
    let (thinned, report) = try network.thinned()
    let (left, right) = (300 - first, 100 - second)
    #expect(thinned.parameterCount == 785 * left + (left + 1) * right + (right + 1) * 10)
    #expect(report.multiplyAccumulatesAfter == 784 * left + left * right + right * 10)
    #expect(report.multiplyAccumulatesBefore == 266_200 && report.parametersBefore == 266_610)
    #expect(report.layers.map { $0.name } == ["fc1", "fc2", "fc3"])
    #expect(report.layers.map { $0.removedAsZero } == [first, second, 0])
    #expect(report.layers[2].kept == [KeptUnits(reason: .networkOutput, units: [3])])
    #expect(thinned.information.map { $0.name } == network.information.map { $0.name })
    expectSameFunction(network, thinned, "seed \(seed)")
    try expectIdempotent(thinned, "seed \(seed)")
  }

  @Test("LeNet-5 loses filters with the columns behind flatten", arguments: 0..<4)
  func lenet5(seed: UInt64) throws {
    var stream = RandomStream(Seed(seed).child("masks"))
    let recipe = LeNet5(activation: seed.isMultiple(of: 2) ? .none : .relu)
    var network = try NetworkChoice(recipe).build(inputShape: image, seed: Seed(seed))
    let counts = [20, 50, 500].map { 1 + stream.integer(below: $0 - 1) }
    for (layer, (count, limit)) in zip(["conv1", "conv2", "fc1"], zip(counts, [20, 50, 500])) {
      silence(chosen(count, below: limit, from: &stream), of: layer, in: &network)
    }
    silence([0], of: "fc2", in: &network)
    let (thinned, report) = try network.thinned()
    let (a, b, c) = (20 - counts[0], 50 - counts[1], 500 - counts[2])
    #expect(thinned.parameterCount == 26 * a + (25 * a + 1) * b + (16 * b + 1) * c + (c + 1) * 10)
    #expect(report.layers.map { $0.unitsAfter } == [a, b, c, 10])
    #expect(
      report.multiplyAccumulatesAfter == 576 * 25 * a + 64 * 25 * a * b + 16 * b * c + 10 * c)
    #expect(
      thinned.costs.reduce(0) { $0 + $1.denseMultiplyAccumulates }
        == report.multiplyAccumulatesAfter)
    expectSameFunction(network, thinned, "seed \(seed)")
    try expectIdempotent(thinned, "seed \(seed)")
  }

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

  /// A network with random layers, and with silenced and ignored units in every layer.
  private static func random(_ seed: UInt64) throws -> Network {
    var stream = RandomStream(Seed(seed).child("network"))
    var layers: [any Layer] = []
    for _ in 0..<1 + stream.integer(below: 3) {
      layers.append(
        Convolution(
          filters: 2 + stream.integer(below: 6), kernel: 3, stride: 1 + stream.integer(below: 2),
          padding: 1, bias: stream.integer(below: 2) == 0))
      let after: [any Layer] = [
        Rectifier(), HyperbolicTangent(), MaximumPooling(window: 2, stride: 1), Dropout(rate: 0.3),
      ]
      for _ in 0..<stream.integer(below: 3) { layers.append(after[stream.integer(below: 4)]) }
    }
    layers.append(Flatten())
    for _ in 0..<stream.integer(below: 3) {
      layers.append(
        Linear(outputs: 2 + stream.integer(below: 8), bias: stream.integer(below: 2) == 0))
      layers.append(Rectifier())
    }
    layers.append(Linear(outputs: 3))
    var network = try Network(layers, inputShape: [17, 15, 3], seed: Seed(seed))
    for information in network.information where information.name.role == "weight" {
      let (outputs, inputs) = (information.shape[0], information.shape[1])
      let silent = chosen(stream.integer(below: outputs), below: outputs, from: &stream)
      silence(silent, of: information.name.layer, in: &network)
      let ignored = chosen(stream.integer(below: inputs), below: inputs, from: &stream)
      ignore(ignored, by: information.name.layer, in: &network)
    }
    return network
  }

  @Test("random networks compute the same and keep nothing without a reason", arguments: 0..<60)
  func randomNetworks(seed: UInt64) throws {
    let network = try Self.random(seed)
    let (thinned, report) = try network.thinned()
    expectSameFunction(network, thinned, "seed \(seed)")
    try expectIdempotent(thinned, "seed \(seed)")
    // What is left has no unit that is zero: those that stayed are in the report.
    for layer in report.layers {
      let rows = try #require(thinned.parameter(ParameterName(layer: layer.name, role: "weight")))
      let bias = thinned.parameter(ParameterName(layer: layer.name, role: "bias"))
      let width = rows.count / rows.shape[0]
      let zeros = (0..<rows.shape[0]).filter { unit in
        (bias?[unit] ?? 0) == 0 && (0..<width).allSatisfy { rows[unit * width + $0] == 0 }
      }
      let explained = layer.kept.filter { $0.reason == .networkOutput || $0.reason == .lastUnit }
      #expect(zeros.count <= explained.reduce(0) { $0 + $1.units.count }, "seed \(seed)")
      #expect(rows.shape[0] == layer.unitsAfter, "seed \(seed)")
      #expect(
        layer.unitsBefore - layer.unitsAfter == layer.removedAsZero + layer.removedAsUnread,
        "seed \(seed)")
    }
    #expect(report.parametersAfter == thinned.parameters.reduce(0) { $0 + $1.count })
  }

  @Test("the columns behind flatten are those of the removed channel, in channel-major order")
  func flattenOrder() throws {
    var network = try Network(
      [Convolution(filters: 3, kernel: 1), Flatten(), Linear(outputs: 1)], inputShape: [1, 2, 1],
      seed: Seed(1))
    try network.setParameters([
      ("conv1.weight", Tensor([3, 1, 1, 1], elements: [1, 0, 2])),
      ("conv1.bias", Tensor([3], elements: [3, 0, 4])),
      ("fc1.weight", Tensor([1, 6], elements: [10, 11, 20, 21, 30, 31])),
    ])
    let thinned = try network.thinned().network
    #expect(thinned.parameter("fc1.weight")?.elements == [10, 11, 30, 31])
    #expect(thinned.parameter("conv1.weight")?.elements == [1, 2])
    #expect(thinned.parameter("conv1.bias")?.elements == [3, 4])
  }

  @Test("a channel stays if one of its pixels is read")
  func partlyRead() throws {
    var network = try Network(
      [Convolution(filters: 2, kernel: 1), Flatten(), Linear(outputs: 1)], inputShape: [1, 2, 1],
      seed: Seed(1))
    ignore([0, 2, 3], by: "fc1", in: &network)
    let (thinned, report) = try network.thinned()
    #expect(thinned.parameter("fc1.weight")?.shape == [1, 2])
    #expect(report.layers[0].removedAsUnread == 1 && report.layers[0].removedAsZero == 0)
    expectSameFunction(network, thinned, "partly read")
  }

  /// 4 → 3 → 3 → 2 with all weights and biases one.
  private func ones() throws -> Network {
    var network = try Network(
      [Linear(outputs: 3), Rectifier(), Linear(outputs: 3), Rectifier(), Linear(outputs: 2)],
      inputShape: [4], seed: Seed(1))
    network.parameters = network.parameters.map { Tensor($0.shape, repeating: 1) }
    return network
  }

  @Test("what only a removed unit read goes too")
  func cascade() throws {
    var network = try ones()
    // fc2's unit 0 is read by nothing, and fc1's unit 2 by it alone.
    ignore([0], by: "fc3", in: &network)
    let weights: [Float] = [1, 1, 1, 1, 1, 0, 1, 1, 0]
    try network.setParameters([("fc2.weight", Tensor([3, 3], elements: weights))])
    let (thinned, report) = try network.thinned()
    #expect(report.layers.map { $0.removedAsUnread } == [1, 1, 0])
    #expect(thinned.parameter("fc2.weight")?.elements == [1, 1, 1, 1])
    expectSameFunction(network, thinned, "backward cascade")

    // fc1's unit 0 is zero, and fc2's unit 1 has a weight on it alone.
    network = try ones()
    silence([0], of: "fc1", in: &network)
    try network.setParameters([
      ("fc2.weight", Tensor([3, 3], elements: [1, 1, 1, 5, 0, 0, 1, 1, 1])),
      ("fc2.bias", Tensor([3], elements: [1, 0, 1])),
    ])
    let forward = try network.thinned()
    #expect(forward.report.layers.map { $0.removedAsZero } == [1, 1, 0])
    expectSameFunction(network, forward.network, "forward cascade")
    try expectIdempotent(forward.network, "forward cascade")
  }

  @Test("a unit without weights but with a bias is refused")
  func bias() throws {
    var network = try ones()
    silence([0, 1], of: "fc1", in: &network)
    try network.setParameters([("fc1.bias", Tensor([3], elements: [0, 0.5, 1]))])
    let (thinned, report) = try network.thinned()
    #expect(thinned.parameter("fc1.bias")?.elements == [0.5, 1])
    #expect(report.layers[0].kept == [KeptUnits(reason: .bias, units: [1])])
    #expect(report.refusals.map { $0.layer } == ["fc1"])
    expectSameFunction(network, thinned, "bias")
  }

  @Test("an emptied layer keeps one unit, and says so")
  func emptied() throws {
    var network = try ones()
    silence([0, 1, 2], of: "fc1", in: &network)
    let (thinned, report) = try network.thinned()
    #expect(report.layers[0].unitsAfter == 1)
    #expect(report.layers[0].kept == [KeptUnits(reason: .lastUnit, units: [0])])
    #expect(report.layers[1].kept == [KeptUnits(reason: .bias, units: [0, 1, 2])])
    expectSameFunction(network, thinned, "emptied")
    try expectIdempotent(thinned, "emptied")
  }

  @Test("a network of zeros keeps one unit a layer and all outputs")
  func allZero() throws {
    var network = try ones()
    network.parameters = network.parameters.map { Tensor($0.shape) }
    let (thinned, report) = try network.thinned()
    #expect(report.layers.map { $0.unitsAfter } == [1, 1, 2])
    #expect(report.layers[2].kept == [KeptUnits(reason: .networkOutput, units: [0, 1])])
    #expect(thinned.inputShape == [4] && thinned.outputShape == [2])
    try expectIdempotent(thinned, "all zero")
  }

  @Test("a network without zeros stays as it is")
  func nothingToDo() throws {
    let network = try NetworkChoice(LeNet5()).build(inputShape: image, seed: Seed(3))
    let (thinned, report) = try network.thinned()
    #expect(!report.hasRemovals && report.refusals.isEmpty)
    #expect(thinned.parameters == network.parameters)
    #expect(report.parametersAfter == 431_080 && report.multiplyAccumulatesAfter == 2_293_000)
  }

  @Test("a unit that a later layer makes something else of is refused, with the layer's name")
  func laterLayer() throws {
    var network = try Network(
      [Linear(outputs: 3), Rectifier(), Bump(), Linear(outputs: 2)], inputShape: [4], seed: Seed(1))
    silence([1], of: "fc1", in: &network)
    let (thinned, report) = try network.thinned()
    #expect(!report.hasRemovals)
    #expect(report.layers[0].kept == [KeptUnits(reason: .laterLayer(name: "bump1"), units: [1])])
    #expect(report.refusals.count == 1)
    expectSameFunction(network, thinned, "bump")
  }

  @Test("layers with parameters of each unit decide by them and lose their rows")
  func scaleAndShift() throws {
    func build() throws -> Network {
      var network = try Network(
        [
          Convolution(filters: 4, kernel: 3), ScaleAndShift(), Rectifier(), Flatten(),
          Linear(outputs: 2),
        ],
        inputShape: [4, 4, 2], seed: Seed(2))
      try network.setParameters([
        ("norm1.scale", Tensor([4], elements: [1, 2, 0, 3])),
        ("norm1.shift", Tensor([4], elements: [1, 1, 0, 1])),
      ])
      return network
    }
    // Scale and shift of unit 2 are zero: it goes, whatever its filter is.
    let network = try build()
    let (thinned, report) = try network.thinned()
    #expect(report.layers[0].removedAsZero == 1 && report.layers[0].unitsAfter == 3)
    #expect(thinned.parameter("norm1.scale")?.elements == [1, 2, 3])
    #expect(thinned.parameter("norm1.shift")?.shape == [3])
    #expect(thinned.parameter("fc1.weight")?.shape == [2, 12])
    expectSameFunction(network, thinned, "zero mode")
    // The filter of unit 0 is zero, its shift is not: it is refused.
    var shifted = try build()
    silence([0], of: "conv1", in: &shifted)
    let kept = try shifted.thinned()
    #expect(
      kept.report.layers[0].kept == [KeptUnits(reason: .laterLayer(name: "norm1"), units: [0])])
    #expect(kept.report.layers[0].unitsAfter == 3)
    expectSameFunction(shifted, kept.network, "keep mode")
  }

  @Test("values that are not finite are refused", arguments: [Float.nan, .infinity])
  func notFinite(value: Float) throws {
    var network = try ones()
    network.parameters[2][4] = value
    #expect(throws: ThinningError.notFinite(parameter: "fc2.weight")) { try network.thinned() }
  }

  @Test("a thinned network spells out as layers that build it again")
  func spelledOut() throws {
    var network = try NetworkChoice(LeNet5(activation: .relu)).build(
      inputShape: image, seed: Seed(4))
    silence([0, 7], of: "conv1", in: &network)
    silence([1, 2, 3], of: "conv2", in: &network)
    let thinned = try network.thinned().network
    let text = try CanonicalJSON.encode(thinned.spelledOut)
    let choice = try CanonicalJSON.decode(NetworkChoice.self, from: text)
    #expect(choice == thinned.spelledOut)
    let built = try choice.build(inputShape: image, seed: Seed(5))
    #expect(built.information.map { $0.name } == thinned.information.map { $0.name })
    #expect(built.information.map { $0.shape } == thinned.information.map { $0.shape })
  }

  @Test("a thinned network learns like any other")
  func learns() throws {
    var network = try NetworkChoice(LeNet5()).build(inputShape: image, seed: Seed(6))
    silence(Array(0..<10), of: "conv1", in: &network)
    silence(Array(0..<400), of: "fc1", in: &network)
    var thinned = try network.thinned().network
    var stream = RandomStream(Seed(7))
    let input = Tensor.normal([16, 28, 28, 1], from: &stream)
    let labels = (0..<16).map { UInt16($0 % 10) }
    let workers = Workers(threadCount: 1)
    let pass = Pass(.training, workers: workers)
    var activations = Activations()
    var gradients: [Tensor] = []
    var loss = SoftmaxCrossEntropy()
    var losses: [Double] = []
    for _ in 0..<12 {
      let logits = thinned.forward(input, activations: &activations, pass: pass)
      losses.append(loss.differentiate(logits, labels: labels, workers: workers))
      thinned.backward(
        loss.gradient, input: input, activations: &activations, gradients: &gradients, pass: pass)
      for index in thinned.parameters.indices {
        for place in 0..<thinned.parameters[index].count {
          thinned.parameters[index][place] -= 0.2 * gradients[index][place]
        }
      }
    }
    #expect(losses[11] < 0.9 * losses[0], "\(losses)")
  }

  @Test("a report survives JSON")
  func codable() throws {
    var network = try ones()
    silence([0], of: "fc1", in: &network)
    silence([1], of: "fc3", in: &network)
    let report = try network.thinned().report
    let data = try CanonicalJSON.encode(report)
    #expect(try CanonicalJSON.decode(ThinningReport.self, from: data) == report)
  }
}
