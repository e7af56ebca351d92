// Maximum pooling: the largest value of each window and channel.

import Kernels
public import Tensors

/// Takes the largest value of every window, per channel; windows that do not fit are left out.
public struct MaximumPooling: Layer {
  public static var name: String { "max-pooling" }
  public static var stem: String { "pool" }

  /// The height and width of a window, in pixels.
  public var window = 2
  /// The distance between neighbouring windows, in pixels.
  public var stride = 2
  /// Pixels on every side that never win; nil means none.
  public var padding: Int?
  public var label: String?

  public init() {}

  public init(window: Int, stride: Int, padding: Int? = nil) {
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard window >= 1, window <= 15 else {
      throw .value(layer: name, field: "window", problem: "must be 1 to 15, not \(window)")
    }
    guard stride >= 1 else {
      throw .value(layer: name, field: "stride", problem: "must be at least 1, not \(stride)")
    }
    if let padding, !(0...window / 2).contains(padding) {
      throw .value(
        layer: name, field: "padding", problem: "must be 0 to half a window, not \(padding)")
    }
    let border = 2 * (padding ?? 0)
    guard input.rank == 3, input[0] + border >= window, input[1] + border >= window else {
      throw .shape(
        layer: name, input: input,
        problem: "it takes an image [height, width, channels] of at least \(window)×\(window)")
    }
    let geometry = self.geometry(batch: 1, input: input)
    return [geometry.outputHeight, geometry.outputWidth, input[2]]
  }

  private func geometry(batch: Int, input: Shape) -> PoolingGeometry {
    PoolingGeometry(
      batch: batch, height: input[0], width: input[1], channels: input[2], window: window,
      stride: stride, padding: padding ?? 0)
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let geometry = self.geometry(
      batch: input.shape[0], input: [input.shape[1], input.shape[2], input.shape[3]])
    let shape: Shape = [
      input.shape[0], geometry.outputHeight, geometry.outputWidth, input.shape[3],
    ]
    tape.output.resize(shape)
    if tape.choices.count != shape.elementCount {
      tape.choices = [UInt8](repeating: 0, count: shape.elementCount)
    }
    var choices: [UInt8] = []
    swap(&choices, &tape.choices)
    do {
      var output = tape.output.mutableSpan
      var choiceSpan = choices.mutableSpan
      maximumPoolingForward(
        input.span, output: &output, choices: &choiceSpan, geometry: geometry,
        workers: pass.workers)
    }
    swap(&choices, &tape.choices)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let geometry = self.geometry(
      batch: input.shape[0], input: [input.shape[1], input.shape[2], input.shape[3]])
    let choices = tape.choices
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    maximumPoolingBackward(
      outputGradient.span, choices: choices.span, inputGradient: &inputGradient,
      geometry: geometry, workers: pass.workers)
  }
}
