// Shapes, names, counts and mistakes of networks.

import Networks
import Reproducibility
import Tensors
import Testing

@Suite struct NetworkTests {
  @Test("the zoo has the published numbers of weights")
  func weightCounts() throws {
    let shape: Shape = [28, 28, 1]
    func weights(_ network: Network) -> Int {
      network.information.filter { $0.kind != .bias }.reduce(0) { $0 + $1.shape.elementCount }
    }
    let lenet300 = try NetworkChoice(LeNet300()).build(inputShape: shape, seed: Seed(1))
    #expect(weights(lenet300) == 266_200)
    #expect(lenet300.parameterCount == 266_610)
    let lenet5 = try NetworkChoice(LeNet5()).build(inputShape: shape, seed: Seed(1))
    #expect(weights(lenet5) == 430_500)
    #expect(lenet5.parameterCount == 431_080)
    #expect(lenet5.costs.reduce(0) { $0 + $1.denseMultiplyAccumulates } == 2_293_000)
    #expect(
      lenet5.information.map { $0.name.text } == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias",
      ])
  }

  @Test("LeNet-5 has rectifiers after its convolutions only if asked for")
  func activations() {
    func rectifiers(_ recipe: LeNet5) -> Int {
      recipe.layers(for: [28, 28, 1], classes: 10).filter { $0 is Rectifier }.count
    }
    #expect(rectifiers(LeNet5()) == 1)
    #expect(rectifiers(LeNet5(activation: .relu)) == 3)
  }

  @Test("a layer that cannot take its input is named")
  func shapes() {
    #expect(
      throws: NetworkError.shape(
        layer: "conv2", input: [2, 2, 4], problem: "the image is smaller than the 5×5 filter")
    ) {
      try Network(
        [Convolution(filters: 4, kernel: 5), Convolution(filters: 4, kernel: 5)],
        inputShape: [6, 6, 1], seed: Seed(1))
    }
    #expect(throws: NetworkError.self) {
      try Network([Linear(outputs: 3)], inputShape: [6, 6, 1], seed: Seed(1))
    }
    #expect(throws: NetworkError.duplicateName("a")) {
      try Network(
        [Flatten(), Linear(outputs: 3, label: "a"), Linear(outputs: 3, label: "a")],
        inputShape: [2, 2, 1], seed: Seed(1))
    }
  }

  @Test("layers that no passes can be made through are refused")
  func impossibleLayers() {
    func problem(_ layers: [any Layer], input: Shape = [8, 8, 2]) -> String {
      do {
        _ = try Network(layers, inputShape: input, seed: Seed(1))
        return "none"
      } catch {
        return "\(error)"
      }
    }
    let branches: [any Layer] = [
      Convolution(filters: 4, kernel: 3, label: "a"),
      Convolution(filters: 4, kernel: 3, from: "input", label: "b"),
    ]
    #expect(problem(branches) == "no layer takes the output of ‘a’")
    #expect(
      problem([Convolution(filters: 4, kernel: 3, label: "input")]).contains("network's input"))
    #expect(
      problem([AveragePooling(window: 17, stride: 1)], input: [20, 20, 2]).contains("1 to 16"))
    #expect(problem([AveragePooling(window: 8, stride: 1)]) == "none")
    #expect(problem([Subsampling(stride: 1, channels: 0, shown: [])]).contains("at least 1, not 0"))
    #expect(problem([LSTM(units: 1, layers: 1_000_000_000)], input: [3]).contains("1 to 1000"))
    var normalization = BatchNormalization()
    normalization.epsilon = 1e-60
    #expect(problem([normalization]).contains("epsilon"))
  }

  @Test("a network must fit the classes of images, or the words of a text")
  func requirements() throws {
    func problem(_ layers: [any Layer], input: Shape, classes: Int, ofText: Bool) throws -> String {
      let network = try Network(layers, inputShape: input, seed: nil)
      do {
        try network.require(classes: classes, ofText: ofText)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(try problem([], input: [4], classes: 4, ofText: false) == "\(NetworkError.empty)")
    let linear = Linear(outputs: 5)
    #expect(try problem([linear], input: [4], classes: 5, ofText: false) == "none")
    #expect(
      try problem([linear], input: [4], classes: 4, ofText: false).contains("4 classes"))
    let words = [Embedding(words: 4, features: 3), linear] as [any Layer]
    #expect(try problem(words, input: [1], classes: 5, ofText: true).contains("has 4 words"))
    let looksUp: [any Layer] = [Linear(outputs: 1), Embedding(words: 5, features: 3), linear]
    #expect(
      try problem(looksUp, input: [1], classes: 5, ofText: true).contains("words of a text"))
  }

  @Test("initial parameters depend on the seed and on nothing else")
  func initialisation() throws {
    func parameters(_ seed: UInt64) throws -> [Tensor] {
      try NetworkChoice(LeNet300()).build(inputShape: [28, 28, 1], seed: Seed(seed)).parameters
    }
    #expect(try parameters(1) == parameters(1))
    #expect(try parameters(1) != parameters(2))
    let weight = try parameters(1)[0]
    let bound = 1 / Float(784).squareRoot()
    #expect(weight.elements.allSatisfy { abs($0) <= bound })
    let variance = weight.elements.reduce(0) { $0 + $1 * $1 } / Float(weight.count)
    // The variance of a uniform distribution, from 235,200 draws.
    #expect(abs(variance / (bound * bound / 3) - 1) < 0.02)
  }

  @Test("parameters are replaced by name, with the right shape only")
  func replacement() throws {
    var network = try Network(
      [Flatten(), Linear(outputs: 2)], inputShape: [1, 2, 1], seed: Seed(1))
    try network.setParameters([("fc1.bias", Tensor([2], elements: [1, 2]))])
    #expect(network.parameter("fc1.bias")?.elements == [1, 2])
    #expect(throws: NetworkError.missingParameter(name: "fc9.bias")) {
      try network.setParameters([("fc9.bias", Tensor([2]))])
    }
    #expect(throws: NetworkError.parameterShape(name: "fc1.bias", expected: [2], found: [3])) {
      try network.setParameters([("fc1.bias", Tensor([3]))])
    }
  }

  @Test("arithmetic shrinks with the share of non-zero weights")
  func costs() throws {
    var network = try Network(
      [Flatten(), Linear(outputs: 2)], inputShape: [1, 4, 1], seed: Seed(1))
    try network.setParameters([("fc1.weight", Tensor([2, 4], elements: [1, 0, 0, 2, 0, 0, 0, 0]))])
    #expect(network.costs.last?.denseMultiplyAccumulates == 8)
    #expect(network.costs.last?.multiplyAccumulates == 2)
  }

  @Test("zeros of a table are skipped where it serves as weights too")
  func tiedCosts() throws {
    var network = try Network(
      [Embedding(words: 3, features: 2, label: "table"), TiedLinear(to: "table", words: 3)],
      inputShape: [1], seed: Seed(1))
    try network.setParameters([
      ("table.weight", Tensor([3, 2], elements: [1, 0, 0, 0, 0, 2]))
    ])
    #expect(network.costs.map { $0.denseMultiplyAccumulates } == [0, 6])
    #expect(network.costs.map { $0.multiplyAccumulates } == [0, 2])
  }

  @Test("depth-wise filters are drawn by the outputs that read an input, one each")
  func depthwiseInitialisation() throws {
    func deviation(groups: Int?) throws -> Float {
      let network = try Network(
        [
          Convolution(
            filters: 512, kernel: 3, bias: false, groups: groups, initial: .fanOutNormal)
        ], inputShape: [3, 3, 512], seed: Seed(1))
      let weights = network.parameters[0].elements
      return (weights.reduce(0) { $0 + $1 * $1 } / Float(weights.count)).squareRoot()
    }
    // √(2 / 9) and √(2 / (512 · 9)), from 4,608 draws and more.
    #expect(abs(try deviation(groups: 512) / 0.4714 - 1) < 0.05)
    #expect(abs(try deviation(groups: nil) / 0.02083 - 1) < 0.05)
  }
}
