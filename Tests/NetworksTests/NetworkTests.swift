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
}
