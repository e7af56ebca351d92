// A fully connected layer that uses the table of an embedding as its weights (Press and Wolf 2017, arXiv 1608.05859).

import Kernels
public import Tensors

/// y = W·x + b, where W `[words, features]` belongs to an embedding before it.
public struct TiedLinear: Layer {
  public static var name: String { "tied-linear" }
  public static var stem: String { "fc" }

  /// The name of the embedding.
  public var to = ""
  /// The number of words.
  public var words = 0
  public var label: String?

  public init() {}

  public init(to: String, words: Int, label: String? = nil) {
    self.to = to
    self.words = words
    self.label = label
  }

  public var borrowedParameter: ParameterName? { ParameterName(layer: to, role: "weight") }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard words > 0 else {
      throw .value(layer: name, field: "words", problem: "must be at least 1, not \(words)")
    }
    guard input.rank == 1, input[0] > 0 else {
      throw .shape(layer: name, input: input, problem: "it takes a vector")
    }
    return [words]
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    [
      ParameterDeclaration(
        role: "bias", shape: [words], kind: .bias, initialValues: .constant(0))
    ]
  }

  public func multiplyAccumulates(for input: Shape) -> Int { input[0] * words }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let (offset, weights) = (parameters[parameters.startIndex], parameters[parameters.endIndex - 1])
    tape.output.resize([input.shape[0], words])
    var output = tape.output.mutableSpan
    linearForward(
      input.span, weights: weights.span, bias: offset.span, output: &output,
      batch: input.shape[0], inputs: input.shape[1], outputs: words, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let weights = parameters[parameters.endIndex - 1]
    tape.borrowedGradient.resize(weights.shape)
    do {
      var weightGradient = tape.borrowedGradient.mutableSpan
      var offsetGradient = gradients[first].mutableSpan
      linearBackwardWeights(
        outputGradient.span, input: input.span, weightGradient: &weightGradient,
        biasGradient: &offsetGradient, batch: input.shape[0], inputs: input.shape[1],
        outputs: words, workers: pass.workers)
    }
    if needsInputGradient {
      tape.inputGradient.resize(input.shape)
      var inputGradient = tape.inputGradient.mutableSpan
      linearBackwardData(
        outputGradient.span, weights: weights.span, inputGradient: &inputGradient,
        batch: input.shape[0], inputs: input.shape[1], outputs: words, workers: pass.workers)
    }
  }
}
