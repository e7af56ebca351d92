// Element-wise activations: the rectifier max(x, 0) and the hyperbolic tangent. Their derivatives follow from their outputs.

import Kernels
import Tensors

/// A function of each element on its own, whose derivative follows from its output.
protocol ElementwiseActivation: Layer {
  /// Computes the outputs.
  func compute(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers)
  /// Replaces the derivative of the loss by the outputs with that by the inputs.
  func differentiate(_ gradient: inout MutableSpan<Float>, output: Span<Float>, workers: Workers)
}

extension ElementwiseActivation {
  /// An element's gradient depends on its own place alone.
  public static var differentiatesInPlace: Bool { true }

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
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    do {
      let output = tape.output
      var span = outputGradient.mutableSpan
      differentiate(&span, output: output.span, workers: pass.workers)
    }
    swap(&tape.inputGradient, &outputGradient)
  }
}

/// max(x, 0), element by element.
public struct Rectifier: ElementwiseActivation {
  public static var name: String { "relu" }
  public static var stem: String { "relu" }

  public var label: String?

  public init() {}
  public init(label: String) { self.label = label }

  func compute(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers) {
    rectify(input, output: &output, workers: workers)
  }

  func differentiate(_ gradient: inout MutableSpan<Float>, output: Span<Float>, workers: Workers) {
    rectifyBackward(inPlace: &gradient, output: output, workers: workers)
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

  func differentiate(_ gradient: inout MutableSpan<Float>, output: Span<Float>, workers: Workers) {
    hyperbolicTangentBackward(inPlace: &gradient, output: output, workers: workers)
  }
}
