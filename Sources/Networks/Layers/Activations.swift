// Element-wise activations: the rectifier max(x, 0) and the hyperbolic tangent.

import Kernels
public import Tensors

/// max(x, 0), element by element.
public struct Rectifier: Layer {
  public static var name: String { "relu" }
  public static var stem: String { "relu" }

  public init() {}

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    tape.output.resize(input.shape)
    var output = tape.output.mutableSpan
    rectify(input.span, output: &output, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: Tensor, input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape,
    gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let output = tape.output
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    rectifyBackward(
      outputGradient.span, output: output.span, inputGradient: &inputGradient,
      workers: pass.workers)
  }
}

/// tanh x, element by element.
public struct HyperbolicTangent: Layer {
  public static var name: String { "tanh" }
  public static var stem: String { "tanh" }

  public init() {}

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    tape.output.resize(input.shape)
    var output = tape.output.mutableSpan
    hyperbolicTangent(input.span, output: &output, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: Tensor, input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape,
    gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let output = tape.output
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    hyperbolicTangentBackward(
      outputGradient.span, output: output.span, inputGradient: &inputGradient,
      workers: pass.workers)
  }
}
