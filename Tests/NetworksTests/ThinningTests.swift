// Thinning of chains of layers: the same function from a smaller network (condensa, section 6, decisions 8 and 9).

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

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

  @Test("a network without zeros stays as it is")
  func nothingToDo() throws {
    let network = try NetworkChoice(LeNet5()).build(inputShape: image, seed: Seed(3))
    let (thinned, report) = try network.thinned()
    #expect(!report.hasRemovals && report.refusals.isEmpty)
    #expect(thinned.parameters == network.parameters)
    #expect(report.parametersAfter == 431_080 && report.multiplyAccumulatesAfter == 2_293_000)
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
}
