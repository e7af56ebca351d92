// Element-wise activations: the rectifier max(x, 0) and the hyperbolic tangent. Their derivatives follow from their outputs.

import Kernels
import Tensors

/// A function of each element on its own, whose derivative follows from its output.
protocol ElementwiseActivation: Layer {
  /// Computes the outputs.
  func compute(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers)
  /// Computes the derivative of the loss by the inputs.
  func differentiate(
    _ outputGradient: Span<Float>, output: Span<Float>, inputGradient: inout MutableSpan<Float>,
    workers: Workers)
}

extension ElementwiseActivation {
  /// The shape stays.
  public func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  /// Computes `tape.output`.
  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    tape.output.resize(input.shape)
    var output = tape.output.mutableSpan
    compute(input.span, output: &output, workers: pass.workers)
  }

  /// Computes `tape.inputGradient`, if it is needed.
  public func backward(
    _ outputGradient: Tensor, input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape,
    gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let output = tape.output
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    differentiate(
      outputGradient.span, output: output.span, inputGradient: &inputGradient,
      workers: pass.workers)
  }
}

/// max(x, 0), element by element.
public struct Rectifier: ElementwiseActivation {
  public static var name: String { "relu" }
  public static var stem: String { "relu" }

  public init() {}

  func compute(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers) {
    rectify(input, output: &output, workers: workers)
  }

  func differentiate(
    _ outputGradient: Span<Float>, output: Span<Float>, inputGradient: inout MutableSpan<Float>,
    workers: Workers
  ) {
    rectifyBackward(
      outputGradient, output: output, inputGradient: &inputGradient, workers: workers)
  }
}

/// tanh x, element by element.
public struct HyperbolicTangent: ElementwiseActivation {
  public static var name: String { "tanh" }
  public static var stem: String { "tanh" }

  public init() {}

  func compute(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers) {
    hyperbolicTangent(input, output: &output, workers: workers)
  }

  func differentiate(
    _ outputGradient: Span<Float>, output: Span<Float>, inputGradient: inout MutableSpan<Float>,
    workers: Workers
  ) {
    hyperbolicTangentBackward(
      outputGradient, output: output, inputGradient: &inputGradient, workers: workers)
  }
}
