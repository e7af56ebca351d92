// From an image [H, W, C] to a vector in channel-major order, the order in which PyTorch flattens,
// so that the columns of the next layer's weights mean the same in every file.

import Kernels
public import Tensors

/// Turns an image into a vector, channel by channel, each row-major.
public struct Flatten: Layer {
  public static var name: String { "flatten" }
  public static var stem: String { "flatten" }

  public init() {}

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape { [input.elementCount] }

  /// Pixels and channels of one example; a vector has one channel.
  private func layout(_ input: Tensor) -> (pixels: Int, channels: Int) {
    guard input.shape.rank == 4 else { return (input.count / max(1, input.shape[0]), 1) }
    return (input.shape[1] * input.shape[2], input.shape[3])
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let (pixels, channels) = layout(input)
    tape.output.resize([input.shape[0], pixels * channels])
    var output = tape.output.mutableSpan
    channelsFirst(
      input.span, output: &output, batch: input.shape[0], pixels: pixels, channels: channels,
      workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let (pixels, channels) = layout(input)
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    channelsLast(
      outputGradient.span, output: &inputGradient, batch: input.shape[0], pixels: pixels,
      channels: channels, workers: pass.workers)
  }
}
