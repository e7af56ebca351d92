// Average pooling: the mean of each window and channel, or of the whole image.

import Kernels
public import Tensors

/// Takes the mean of every window, per channel; windows that do not fit are left out.
public struct AveragePooling: Layer {
  public static var name: String { "average-pooling" }
  public static var stem: String { "avgpool" }

  /// The height and width of a window, in pixels.
  public var window = 2
  /// The distance between neighbouring windows, in pixels.
  public var stride = 2
  public var label: String?

  public init() {}

  public init(window: Int, stride: Int) {
    self.window = window
    self.stride = stride
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard (1...16).contains(window) else {
      throw .value(layer: name, field: "window", problem: "must be 1 to 16, not \(window)")
    }
    guard stride >= 1 else {
      throw .value(layer: name, field: "stride", problem: "must be at least 1, not \(stride)")
    }
    guard input.rank == 3, input[0] >= window, input[1] >= window else {
      throw .shape(
        layer: name, input: input,
        problem: "it takes an image [height, width, channels] of at least \(window)×\(window)")
    }
    return [(input[0] - window) / stride + 1, (input[1] - window) / stride + 1, input[2]]
  }

  private func geometry(_ input: Tensor) -> PoolingGeometry {
    PoolingGeometry(
      batch: input.shape[0], height: input.shape[1], width: input.shape[2],
      channels: input.shape[3], window: window, stride: stride)
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let geometry = self.geometry(input)
    tape.output.resize([
      input.shape[0], geometry.outputHeight, geometry.outputWidth, input.shape[3],
    ])
    var output = tape.output.mutableSpan
    averagePoolingForward(input.span, output: &output, geometry: geometry, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    averagePoolingBackward(
      outputGradient.span, inputGradient: &inputGradient, geometry: geometry(input),
      workers: pass.workers)
  }
}

/// Takes the mean of every channel over the whole image: `[H, W, C]` becomes `[C]` (Lin et al. 2014, arXiv 1312.4400).
public struct GlobalAveragePooling: Layer {
  public static var name: String { "global-average-pooling" }
  public static var stem: String { "avgpool" }

  public var label: String?

  public init() {}

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    guard input.rank == 3 else {
      throw .shape(
        layer: label ?? Self.name, input: input,
        problem: "it takes an image [height, width, channels]")
    }
    return [input[2]]
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    tape.output.resize([input.shape[0], input.shape[3]])
    var output = tape.output.mutableSpan
    globalAveragePoolingForward(
      input.span, output: &output, batch: input.shape[0], pixels: input.shape[1] * input.shape[2],
      channels: input.shape[3], workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    globalAveragePoolingBackward(
      outputGradient.span, inputGradient: &inputGradient, batch: input.shape[0],
      pixels: input.shape[1] * input.shape[2], channels: input.shape[3], workers: pass.workers)
  }
}
