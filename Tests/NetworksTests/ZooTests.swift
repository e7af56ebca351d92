// The networks of the zoo: published numbers of weights and parameters, names as in other people's files, and outputs that do not
// depend on how layers are computed together.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

/// A network with its published counts.
private struct Published: Sendable, CustomStringConvertible {
  let choice: NetworkChoice
  let input: Shape
  let classes: Int
  /// Elements of weight tensors; nil if nobody counts them.
  let weights: Int?
  /// Elements of all learned parameters; nil if nobody counts them.
  let parameters: Int?
  var description: String { choice.name }
}

private let cifar: Shape = [32, 32, 3]
private let imageNet: Shape = [224, 224, 3]

/// The sources of the numbers: sections 3 of joint-sparsity-quantization and 4 of condensa; torchvision's documentation for the
/// networks for ImageNet; akamaster/pytorch_resnet_cifar10 for shortcuts A; Zaremba et al. 2014 for the language models.
private let published = [
  Published(
    choice: NetworkChoice(ResNet20()), input: cifar, classes: 10, weights: 268_336,
    parameters: 269_722),
  Published(
    choice: NetworkChoice(ResNet20(shortcuts: .convolution)), input: cifar, classes: 10,
    weights: nil, parameters: 272_474),
  Published(
    choice: NetworkChoice(ResNet32()), input: cifar, classes: 10, weights: nil,
    parameters: 464_154),
  Published(
    choice: NetworkChoice(ResNet44()), input: cifar, classes: 10, weights: nil,
    parameters: 658_586),
  Published(
    choice: NetworkChoice(ResNet56()), input: cifar, classes: 10, weights: nil,
    parameters: 853_018),
  Published(
    choice: NetworkChoice(ResNet56(shortcuts: .convolution)), input: cifar, classes: 10,
    weights: nil, parameters: 855_770),
  Published(
    choice: NetworkChoice(ResNet110()), input: cifar, classes: 10, weights: nil,
    parameters: 1_727_962),
  Published(
    choice: NetworkChoice(ResNet50()), input: cifar, classes: 10, weights: 23_467_712,
    parameters: 23_467_712 + 53_120 + 10),
  Published(
    choice: NetworkChoice(VGG16()), input: cifar, classes: 10, weights: nil,
    parameters: 14_728_266),
  Published(
    choice: NetworkChoice(VGG19()), input: cifar, classes: 10, weights: nil,
    parameters: 20_040_522),
  Published(
    choice: NetworkChoice(ImageNetVGG16()), input: imageNet, classes: 1000, weights: nil,
    parameters: 138_365_992),
  Published(
    choice: NetworkChoice(AlexNet()), input: cifar, classes: 10, weights: 2_471_104,
    parameters: 2_472_266),
  Published(
    choice: NetworkChoice(ImageNetAlexNet()), input: imageNet, classes: 1000,
    weights: 61_090_496, parameters: 61_100_840),
  Published(
    choice: NetworkChoice(MobileNet()), input: imageNet, classes: 1000, weights: 4_209_088,
    parameters: nil),
  Published(
    choice: NetworkChoice(SmallLanguageModel()), input: [1], classes: 10_000, weights: nil,
    parameters: 2_000_000 + 643_200 + 2_010_000),
  Published(
    choice: NetworkChoice(MediumLanguageModel()), input: [1], classes: 10_000, weights: nil,
    parameters: 6_500_000 + 6_770_400 + 6_510_000),
]

@Suite struct ZooTests {
  @Test("networks have the published numbers of weights and parameters", arguments: published)
  private func counts(of example: Published) throws {
    let network = try example.choice.build(
      inputShape: example.input, classes: example.classes, seed: Seed(1))
    #expect(network.outputShape == [example.classes])
    let weights = network.information.filter { $0.kind.isWeight }
      .reduce(0) { $0 + $1.shape.elementCount }
    if let expected = example.weights { #expect(weights == expected) }
    if let expected = example.parameters { #expect(network.parameterCount == expected) }
  }

  @Test("multiply–accumulates of residual networks are those counted by hand from their shapes")
  func arithmetic() throws {
    for (choice, blocks) in [(NetworkChoice(ResNet20()), 3), (NetworkChoice(ResNet56()), 9)] {
      let network = try choice.build(inputShape: cifar, seed: Seed(1))
      // Filters of the later stages have four times the weights on a quarter of the pixels; the first ones half of that.
      let square = 16 * 16 * 9 * 32 * 32
      let stem = 3 * 16 * 9 * 32 * 32
      let stages = 2 * blocks * square + 2 * (square / 2 + (2 * blocks - 1) * square)
      #expect(network.denseMultiplyAccumulates == stem + stages + 64 * 10)
    }
  }

  @Test(
    "a table that is also the output's weights is counted once, and gradients of both uses are added"
  )
  func tiedTable() throws {
    var model = SmallLanguageModel()
    model.tied = true
    let network = try NetworkChoice(model).build(inputShape: [1], classes: 50, seed: Seed(1))
    #expect(network.parameterCount == 50 * 200 + 643_200 + 50)
  }

  @Test("a width factor scales every channel")
  func width() throws {
    let half = try NetworkChoice(VGG19(width: 0.5)).build(inputShape: cifar, seed: Seed(1))
    #expect(half.parameter("features.0.weight")?.shape == [32, 3, 3, 3])
    #expect(half.parameter("classifier.weight")?.shape == [10, 256])
    let narrow = try NetworkChoice(LeNet5(width: 0.5)).build(
      inputShape: [28, 28, 1], seed: Seed(1))
    #expect(
      narrow.information.filter { $0.kind.isWeight }.map { $0.shape[0] } == [10, 25, 250, 10])
  }

  @Test("an impossible width is refused", arguments: [0, -3, 65, 1e30, .nan, .infinity])
  func impossibleWidth(width: Double) {
    for choice in [NetworkChoice(VGG19(width: width)), NetworkChoice(LeNet5(width: width))] {
      let error = #expect(throws: NetworkError.self) {
        try choice.build(inputShape: cifar, seed: nil)
      }
      #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("network ‘\(choice.name)’: width: "))
    }
  }

  @Test("a LeNet-5 without a width is encoded as before there was one")
  func encodedWidth() throws {
    let plain = try CanonicalJSON.encode(NetworkChoice(LeNet5(activation: .relu)))
    #expect(String(decoding: plain, as: UTF8.self) == #"{"lenet5-caffe":{"activation":"relu"}}"#)
    let narrow = NetworkChoice(LeNet5(width: 0.5))
    #expect(
      try CanonicalJSON.decode(NetworkChoice.self, from: CanonicalJSON.encode(narrow)) == narrow)
  }

  @Test("normalisations without names keep theirs when those before them are folded")
  func foldingWithoutNames() throws {
    let network = try Network(
      [
        Convolution(filters: 3, kernel: 3), BatchNormalization(), Rectifier(), BatchNormalization(),
        Flatten(), Linear(outputs: 2),
      ], inputShape: [4, 4, 1], seed: Seed(4))
    let folded = try network.foldingNormalizations()
    #expect(folded.layers.map { $0.name } == ["bn1", "relu1", "bn2", "flatten1", "fc1"])
    var stream = RandomStream(Seed(5))
    let input = Tensor.normal([2, 4, 4, 1], from: &stream)
    func outputs(_ network: Network) -> Tensor {
      var activations = Activations()
      return network.forward(
        input, activations: &activations, pass: Pass(.evaluation, workers: Workers(threadCount: 1)))
    }
    let difference = zip(outputs(network).elements, outputs(folded).elements).map { abs($0 - $1) }
    #expect(difference.count == 4 && difference.allSatisfy { $0 < 1e-5 })
  }

  @Test(
    "layers computed together give the same bits as one after the other",
    arguments: [Shortcut.zeroPadded, .convolution])
  func fusing(shortcuts: Shortcut) throws {
    let layers = ResNet20(shortcuts: shortcuts, width: 0.5).layers(for: [16, 16, 3], classes: 10)
    let workers = Workers(threadCount: 2)
    var stream = RandomStream(Seed(5))
    let input = Tensor.normal([6, 16, 16, 3], from: &stream)
    let pass = Pass(.training, workers: workers)
    func run(fusing: Bool) throws -> (Tensor, [Tensor]) {
      let network = try Network(layers, inputShape: [16, 16, 3], seed: Seed(9), fusing: fusing)
      var activations = Activations()
      var loss = SoftmaxCrossEntropy()
      var gradients: [Tensor] = []
      for _ in 0..<2 {
        let logits = network.forward(input, activations: &activations, pass: pass)
        _ = loss.differentiate(logits, labels: [0, 1, 2, 3, 4, 5], workers: workers)
        network.backward(
          loss.gradient, input: input, activations: &activations, gradients: &gradients, pass: pass)
      }
      let logits = network.forward(
        input, activations: &activations, pass: Pass(.evaluation, workers: workers))
      return (logits, gradients)
    }
    let (together, alone) = (try run(fusing: true), try run(fusing: false))
    #expect(together.0 == alone.0)
    #expect(together.1 == alone.1)
  }

  @Test("folded normalisations compute what they computed on their own")
  func folding() throws {
    var network = try NetworkChoice(ResNet20(shortcuts: .convolution, width: 0.5)).build(
      inputShape: [16, 16, 3], seed: Seed(9))
    var stream = RandomStream(Seed(6))
    for (index, parameter) in network.information.enumerated() where !parameter.kind.isWeight {
      let values = Tensor.uniform(parameter.shape, bound: 0.5, from: &stream)
      let isPositive = parameter.name.role == "running_var" || parameter.kind == .scale
      network.parameters[index] =
        isPositive ? Tensor(values.shape, elements: values.elements.map { 1 + $0 }) : values
    }
    let folded = try network.foldingNormalizations()
    #expect(!folded.layers.contains { $0.layer is BatchNormalization })
    let input = Tensor.normal([3, 16, 16, 3], from: &stream)
    let pass = Pass(.evaluation, workers: Workers(threadCount: 2))
    var (first, second) = (Activations(), Activations())
    let expected = network.forward(input, activations: &first, pass: pass)
    let found = folded.forward(input, activations: &second, pass: pass)
    let scale = expected.elements.map { abs($0) }.max() ?? 1
    for place in 0..<expected.count {
      #expect(abs(found[place] - expected[place]) <= 2e-5 * scale)
    }
  }
}
