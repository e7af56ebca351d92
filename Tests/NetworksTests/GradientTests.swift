// Forward and backward passes of every layer against the Double reference and its central differences.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

private struct Case: CustomStringConvertible, Sendable {
  let description: String
  let layers: [any Layer]
  let input: Shape
}

private let cases: [Case] = [
  Case(
    description: "linear with rectifier",
    layers: [Flatten(), Linear(outputs: 9), Rectifier(), Linear(outputs: 4)],
    input: [3, 3, 2]),
  Case(
    description: "linear with tanh, without bias",
    layers: [Flatten(), Linear(outputs: 8, bias: false), HyperbolicTangent(), Linear(outputs: 3)],
    input: [2, 3, 1]),
  Case(
    description: "5×5 convolution with pooling",
    layers: [
      Convolution(filters: 4, kernel: 5), MaximumPooling(), Flatten(), Linear(outputs: 3),
    ], input: [10, 10, 1]),
  Case(
    description: "two convolutions",
    layers: [
      Convolution(filters: 5, kernel: 3), Rectifier(), Convolution(filters: 6, kernel: 3),
      MaximumPooling(), Flatten(), Linear(outputs: 4),
    ], input: [8, 8, 2]),
  Case(
    description: "stride and padding",
    layers: [
      Convolution(filters: 4, kernel: 3, stride: 2, padding: 1, bias: false),
      Convolution(filters: 3, kernel: 3, padding: 1), Flatten(), Linear(outputs: 3),
    ], input: [7, 7, 3]),
  Case(
    description: "overlapping pooling",
    layers: [
      Convolution(filters: 3, kernel: 3), MaximumPooling(window: 3, stride: 2), Flatten(),
      Linear(outputs: 3),
    ], input: [9, 9, 1]),
  Case(
    description: "batch normalisation with rectifier, pooling with a border",
    layers: [
      Convolution(filters: 4, kernel: 3, padding: 1, bias: false), BatchNormalization(),
      Rectifier(), MaximumPooling(window: 3, stride: 2, padding: 1), Flatten(), Linear(outputs: 5),
      BatchNormalization(), HyperbolicTangent(), Linear(outputs: 3),
    ], input: [6, 6, 2]),
  Case(
    description: "groups and depth-wise filters",
    layers: [
      Convolution(filters: 6, kernel: 3, padding: 1, groups: 2), Rectifier(),
      Convolution(filters: 6, kernel: 3, stride: 2, padding: 1, bias: false, groups: 6),
      BatchNormalization(), Rectifier(), Convolution(filters: 4, kernel: 1),
      GlobalAveragePooling(), Linear(outputs: 3),
    ], input: [8, 8, 4]),
  Case(
    description: "average pooling",
    layers: [
      Convolution(filters: 3, kernel: 3, padding: 1), AveragePooling(window: 2, stride: 2),
      AveragePooling(window: 3, stride: 1), Flatten(), Linear(outputs: 3),
    ], input: [8, 8, 2]),
  Case(
    description: "an addition without rectifier, of the network's input too",
    layers: [
      Convolution(filters: 2, kernel: 3, padding: 1, label: "a"), Addition(of: "input"),
      Convolution(filters: 2, kernel: 3, padding: 1), Addition(of: "a"), Addition(of: "a"),
      Rectifier(), Flatten(), Linear(outputs: 3),
    ], input: [5, 5, 2]),
  Case(
    description: "residual blocks with padded shortcuts", layers: residual(.zeroPadded),
    input: [8, 8, 3]),
  Case(
    description: "residual blocks with convolution shortcuts", layers: residual(.convolution),
    input: [8, 8, 3]),
]

/// Two residual blocks, the second of half the size and twice the channels.
private func residual(_ shortcut: Shortcut) -> [any Layer] {
  let side: [any Layer] =
    shortcut == .zeroPadded
    ? [Subsampling(stride: 2, channels: 8, from: "start", label: "side")]
    : [
      Convolution(filters: 8, kernel: 1, stride: 2, bias: false, from: "start"),
      BatchNormalization(label: "side"),
    ]
  return [
    Convolution(filters: 4, kernel: 3, padding: 1, bias: false), BatchNormalization(),
    Rectifier(label: "in"), Convolution(filters: 4, kernel: 3, padding: 1, bias: false),
    BatchNormalization(), Addition(of: "in"), Rectifier(label: "start"),
    Convolution(filters: 8, kernel: 3, stride: 2, padding: 1, bias: false), BatchNormalization(),
    Rectifier(), Convolution(filters: 8, kernel: 3, padding: 1, bias: false),
    BatchNormalization(label: "body"),
  ] + side + [
    Addition(of: "side", from: "body"), Rectifier(), GlobalAveragePooling(), Linear(outputs: 3),
  ]
}

/// A float gradient against a Double one: rounding of a few hundred terms, style section 9.
private let gradientTolerance = 1e-4

@Suite struct GradientTests {
  @Test("gradients are those of the Double reference, by central differences", arguments: cases)
  private func gradients(of example: Case) throws {
    let network = try Network(example.layers, inputShape: example.input, seed: Seed(7))
    var stream = RandomStream(Seed(7).child("inputs"))
    let count = 5
    let input = Tensor.normal(Shape([count] + example.input.sizes), from: &stream)
    let classes = network.outputShape[0]
    try expectGradients(
      of: network, input: input, labels: (0..<count).map { UInt16($0 % classes) }, "\(example)")
  }

  @Test(
    "so are those of a language model, whose table may be its output's weights",
    arguments: [false, true])
  func languageModel(isTied: Bool) throws {
    let words = 6
    let last: any Layer =
      isTied
      ? TiedLinear(to: "table", words: words)
      : Linear(outputs: words, initial: .tenth)
    let network = try Network(
      [
        Embedding(words: words, features: 4, label: "table"), LSTM(units: 4, layers: 2), last,
      ], inputShape: [1], seed: Seed(8))
    let (steps, sequences) = (3, 2)
    let read: [Float] = [0, 3, 5, 3, 1, 0]
    try expectGradients(
      of: network, input: Tensor([steps * sequences, 1], elements: read),
      labels: [3, 5, 1, 3, 2, 2], sequences: sequences, "tied: \(isTied)")
  }

  @Test("recurrent layers go on where the last batch ended, unless sequences begin")
  func carriedState() throws {
    let network = try Network(
      [Embedding(words: 9, features: 3), LSTM(units: 5, layers: 2), Linear(outputs: 4)],
      inputShape: [1], seed: Seed(2))
    let words: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    let workers = Workers(threadCount: 2)
    func output(_ words: ArraySlice<Float>, _ activations: inout Activations, starts: Bool)
      -> Tensor
    {
      network.forward(
        Tensor([words.count, 1], elements: Array(words)), activations: &activations,
        pass: Pass(.evaluation, workers: workers, sequences: 2, startsSequences: starts))
    }
    var (whole, parts) = (Activations(), Activations())
    let expected = output(words[...], &whole, starts: true)
    _ = output(words[..<4], &parts, starts: true)
    var restored = Activations()
    restored.states = parts.states
    let second = output(words[4...], &restored, starts: false)
    #expect(second.elements == Array(expected.elements[16...]))
    #expect(output(words[4...], &parts, starts: true) != second)
  }

  /// Compares loss and gradients with the Double reference.
  private func expectGradients(
    of network: Network, input: Tensor, labels: [UInt16], sequences: Int? = nil, _ what: String
  ) throws {
    let count = labels.count
    let workers = Workers(threadCount: 2)
    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var gradients: [Tensor] = []
    let pass = Pass(.training, workers: workers, sequences: sequences)
    let logits = network.forward(input, activations: &activations, pass: pass)
    let mean = loss.differentiate(logits, labels: labels, workers: workers) / Double(count)
    network.backward(
      loss.gradient, input: input, activations: &activations, gradients: &gradients, pass: pass)

    var reference = ReferenceNetwork(network)
    reference.sequences = sequences ?? 1
    let size = network.inputShape.elementCount
    let examples = (0..<count).map { index in
      input.elements[index * size..<(index + 1) * size].map(Double.init)
    }
    let classes = labels.map { Int($0) }
    #expect(abs(reference.loss(examples, labels: classes) - mean) < 1e-5, "\(what)")
    let step = 1e-5
    for (index, information) in network.information.enumerated() where information.kind.isLearned {
      // A large network is looked at here and there.
      let places = Array(
        stride(from: 0, to: gradients[index].count, by: 1 + gradients[index].count / 40))
      let differences = places.map { place -> Double in
        let value = reference.parameters[index][place]
        reference.parameters[index][place] = value + step
        let above = reference.loss(examples, labels: classes)
        reference.parameters[index][place] = value - step
        let below = reference.loss(examples, labels: classes)
        reference.parameters[index][place] = value
        return (above - below) / (2 * step)
      }
      // The scale of the whole tensor, so that near-zero entries are not held to a relative error of their own.
      let scale = differences.map { abs($0) }.max() ?? 0
      for (place, difference) in zip(places, differences) {
        let error = abs(Double(gradients[index][place]) - difference)
        #expect(
          error <= gradientTolerance * max(scale, 1e-3),
          "\(what), \(information.name)[\(place)]")
      }
    }
  }

  @Test("dropout's backward pass uses the mask of its forward pass, and evaluation changes nothing")
  func dropout() throws {
    let network = try Network(
      [Flatten(), Dropout(rate: 0.4), Linear(outputs: 2)], inputShape: [50, 40, 1], seed: Seed(1))
    var stream = RandomStream(Seed(2))
    let input = Tensor.uniform([1, 50, 40, 1], bound: 1, from: &stream)
    let workers = Workers(threadCount: 1)
    let layer = Dropout(rate: 0.4)
    var tape = Tape()
    let pass = Pass(.training, workers: workers, seed: Seed(3))
    let flat = input.reshaped([1, 2000])
    layer.forward(flat, parameters: [][...], tape: &tape, pass: pass)
    let kept = tape.output.nonzeroCount
    #expect((1100...1300).contains(kept), "0.6 of 2,000 units, five standard deviations")
    for index in 0..<2000 where tape.output[index] != 0 {
      #expect(abs(tape.output[index] - flat[index] / 0.6) < 1e-5)
    }
    var none: [Tensor] = []
    var ones = Tensor([1, 2000], repeating: 1)
    let output = tape.output
    layer.backward(
      &ones, input: flat, parameters: [][...], tape: &tape, gradients: &none, first: 0,
      needsInputGradient: true, pass: pass)
    for index in 0..<2000 {
      #expect((tape.inputGradient[index] != 0) == (output[index] != 0))
    }
    var activations = Activations()
    let evaluated = network.forward(
      input, activations: &activations, pass: Pass(.evaluation, workers: workers))
    let plain = try Network(
      [Flatten(), Linear(outputs: 2)], inputShape: [50, 40, 1], seed: Seed(1))
    var same = plain
    same.parameters = network.parameters
    var others = Activations()
    let expected = same.forward(
      input, activations: &others, pass: Pass(.evaluation, workers: workers))
    #expect(evaluated.elements == expected.elements)
  }
}
