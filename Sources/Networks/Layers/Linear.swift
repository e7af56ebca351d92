// Fully connected layer: y = W x + b, with W as [outputs, inputs].

import Kernels
public import Tensors

/// A fully connected layer: y = W·x + b.
///
/// Initial weights and biases are uniform in ±1/√inputs (the convention of PyTorch's `Linear`) unless `initial` says otherwise.
public struct Linear: Layer {
  public static var name: String { "linear" }
  public static var stem: String { "fc" }

  /// The number of output features.
  public var outputs = 0
  /// Whether a bias is added.
  public var bias = true
  /// How the weights are drawn; nil means uniformly, with the bias.
  public var initial: WeightInitialization?
  public var label: String?

  public init() {}

  public init(
    outputs: Int, bias: Bool = true, initial: WeightInitialization? = nil, label: String? = nil
  ) {
    self.initial = initial
    self.outputs = outputs
    self.bias = bias
    self.label = label
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard outputs > 0 else {
      throw .value(layer: name, field: "outputs", problem: "must be at least 1, not \(outputs)")
    }
    guard input.rank == 1, input[0] > 0 else {
      throw .shape(layer: name, input: input, problem: "it takes a vector; put ‘flatten’ before it")
    }
    return [outputs]
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    weightAndBias([outputs, input[0]], kind: .linear, bias: bias, initial: initial)
  }

  public func multiplyAccumulates(for input: Shape) -> Int { input[0] * outputs }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let first = parameters.startIndex
    tape.output.resize([input.shape[0], outputs])
    let weights = parameters[first]
    let offset = bias ? parameters[first + 1] : Tensor.empty
    var output = tape.output.mutableSpan
    linearForward(
      input.span, weights: weights.span, bias: offset.span, output: &output,
      batch: input.shape[0], inputs: input.shape[1], outputs: outputs, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let batch = input.shape[0]
    var offsetGradient = Tensor.empty
    if bias { swap(&offsetGradient, &gradients[first + 1]) }
    do {
      var weightGradient = gradients[first].mutableSpan
      var biasGradient = offsetGradient.mutableSpan
      linearBackwardWeights(
        outputGradient.span, input: input.span, weightGradient: &weightGradient,
        biasGradient: &biasGradient, batch: batch, inputs: input.shape[1], outputs: outputs,
        workers: pass.workers)
    }
    if bias { swap(&offsetGradient, &gradients[first + 1]) }
    if needsInputGradient {
      let weights = parameters[parameters.startIndex]
      tape.inputGradient.resize(input.shape)
      var inputGradient = tape.inputGradient.mutableSpan
      linearBackwardData(
        outputGradient.span, weights: weights.span,
        inputGradient: &inputGradient, batch: batch, inputs: input.shape[1], outputs: outputs,
        workers: pass.workers)
    }
  }
}
