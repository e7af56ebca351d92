// Dropout (Srivastava et al. 2014), inverted: kept units are scaled while training, evaluation changes nothing.

import Kernels
import Reproducibility
public import Tensors

/// Sets each unit to zero with probability `rate` while training, and scales the others by 1/(1 − rate).
public struct Dropout: Layer {
  public static var name: String { "dropout" }
  public static var stem: String { "dropout" }
  public static var differentiatesInPlace: Bool { true }

  /// The probability that a unit is dropped, in [0, 1).
  public var rate = 0.5
  public var label: String?

  public init() {}
  public init(rate: Double) { self.rate = rate }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    guard rate >= 0, rate < 1 else {
      throw .value(
        layer: label ?? Self.name, field: "rate", problem: "must be in [0, 1), not \(rate)")
    }
    return input
  }

  private func isActive(_ pass: Pass) -> Bool { pass.mode == .training && rate > 0 }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    guard isActive(pass) else {
      tape.output = input
      return
    }
    tape.output.resize(input.shape)
    var output = tape.output.mutableSpan
    dropout(
      input.span, output: &output, keeping: Float(1 - rate), key: pass.seed.value,
      workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    if isActive(pass) {
      var span = outputGradient.mutableSpan
      dropoutBackward(
        inPlace: &span, keeping: Float(1 - rate), key: pass.seed.value, workers: pass.workers)
    }
    swap(&tape.inputGradient, &outputGradient)
  }
}
