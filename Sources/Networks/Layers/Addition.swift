// The join of a residual block: the sum of two activations of one shape, and perhaps the rectifier behind it.

import Kernels
public import Tensors

/// Adds the output of an earlier layer to its input (He et al. 2016, eq. 1).
public struct Addition: Layer {
  public static var name: String { "add" }
  public static var stem: String { "add" }
  public static var fusesAdditionAndRectifier: Bool { true }
  public static var differentiatesInPlace: Bool { true }

  /// The name of the layer whose output is added; `input` for the network's input.
  public var of = ""
  public var from: String?
  public var label: String?

  public init() {}

  public init(of: String, from: String? = nil, label: String? = nil) {
    self.of = of
    self.from = from
    self.label = label
  }

  public var addend: String? { of }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let addend = tape.addend
    if tape.rectifies {
      tape.output.resize(input.shape)
      var output = tape.output.mutableSpan
      rectifySum(input.span, addend.span, output: &output, workers: pass.workers)
    } else {
      tape.output = input
      var output = tape.output.mutableSpan
      add(addend.span, to: &output, workers: pass.workers)
    }
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    if tape.rectifies {
      let output = tape.output
      var span = outputGradient.mutableSpan
      rectifyBackward(inPlace: &span, output: output.span, workers: pass.workers)
    }
    tape.addendGradient = outputGradient
    swap(&tape.inputGradient, &outputGradient)
  }
}
