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
]

/// A float gradient against a Double one: rounding of a few hundred terms, style section 9.
private let gradientTolerance = 1e-4

@Suite struct GradientTests {
  @Test("gradients are those of the Double reference, by central differences", arguments: cases)
  private func gradients(of example: Case) throws {
    let seed = Seed(7)
    let network = try Network(example.layers, inputShape: example.input, seed: seed)
    var stream = RandomStream(seed.child("inputs"))
    let count = 5
    let input = Tensor.normal(Shape([count] + example.input.sizes), from: &stream)
    let classes = network.outputShape[0]
    let labels = (0..<count).map { UInt16($0 % classes) }
    let workers = Workers(threadCount: 2)
    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var gradients: [Tensor] = []
    let pass = Pass(.training, workers: workers)
    let logits = network.forward(input, activations: &activations, pass: pass)
    let mean = loss.differentiate(logits, labels: labels, workers: workers) / Double(count)
    network.backward(
      loss.gradient, input: input, activations: &activations, gradients: &gradients, pass: pass)

    var reference = ReferenceNetwork(network)
    let size = example.input.elementCount
    let examples = (0..<count).map { index in
      input.elements[index * size..<(index + 1) * size].map(Double.init)
    }
    #expect(abs(reference.loss(examples, labels: labels) - mean) < 1e-5)
    let step = 1e-5
    for index in gradients.indices {
      // The scale of the whole tensor, so that near-zero entries are not held to a relative error of their own.
      var differences: [Double] = []
      for place in 0..<gradients[index].count {
        let value = reference.parameters[index][place]
        reference.parameters[index][place] = value + step
        let above = reference.loss(examples, labels: labels)
        reference.parameters[index][place] = value - step
        let below = reference.loss(examples, labels: labels)
        reference.parameters[index][place] = value
        differences.append((above - below) / (2 * step))
      }
      let scale = differences.map { abs($0) }.max() ?? 0
      for place in differences.indices {
        let error = abs(Double(gradients[index][place]) - differences[place])
        #expect(
          error <= gradientTolerance * max(scale, 1e-3),
          "\(example), \(network.information[index].name)[\(place)]")
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
    let ones = Tensor([1, 2000], repeating: 1)
    let output = tape.output
    layer.backward(
      ones, input: flat, parameters: [][...], tape: &tape, gradients: &none, first: 0,
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
