// The shortcut without weights of residual networks: every `stride`-th pixel, with channels of zeros on both sides.
// He et al., Deep Residual Learning (2015), section 4.2, option A.

/// The sizes of a zero-padded subsampling.
public struct SubsamplingGeometry: Hashable, Sendable {
  /// Images in a batch.
  public var batch: Int
  /// Rows of an input image.
  public var height: Int
  /// Columns of an input image.
  public var width: Int
  /// Channels of the input.
  public var channels: Int
  /// Channels of the output.
  public var outputChannels: Int
  /// Pixels from one that is kept to the next, in both directions.
  public var stride: Int

  /// The geometry with these sizes.
  ///
  /// - Precondition: all are positive and no channel is lost.
  public init(
    batch: Int, height: Int, width: Int, channels: Int, outputChannels: Int, stride: Int
  ) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && channels > 0 && stride > 0,
      "SubsamplingGeometry: sizes must be positive")
    precondition(
      outputChannels >= channels,
      "SubsamplingGeometry: \(outputChannels) output channels for \(channels)")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.outputChannels = outputChannels
    self.stride = stride
  }

  /// Rows of an output image.
  public var outputHeight: Int { ceilingDivision(height, stride) }
  /// Columns of an output image.
  public var outputWidth: Int { ceilingDivision(width, stride) }
  /// Zero channels before those of the input; the others come after them.
  public var leadingChannels: Int { (outputChannels - channels) / 2 }
  /// Elements of a whole input batch.
  public var inputCount: Int { batch * height * width * channels }
  /// Elements of a whole output batch.
  public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
}

/// Keeps every `stride`-th pixel of both directions and puts zero channels around it.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - output: `[batch, outputHeight, outputWidth, outputChannels]`, overwritten.
/// - Precondition: the spans have these sizes.
public func subsamplingForward(
  _ input: Span<Float>, output: inout MutableSpan<Float>, geometry: SubsamplingGeometry,
  workers: Workers
) {
  requireCount(input.count, geometry.inputCount, "subsamplingForward", "input")
  requireCount(output.count, geometry.outputCount, "subsamplingForward", "output")
  let (x, y) = (input.pointer, output.mutablePointer)
  let (channels, leading) = (geometry.channels, geometry.leadingChannels)
  let trailing = geometry.outputChannels - channels - leading
  forEachKeptRow(geometry, workers) { input, output in
    for column in 0..<geometry.outputWidth {
      let source = x + input + column * geometry.stride * channels
      let target = y + output + column * geometry.outputChannels
      target.update(repeating: 0, count: leading)
      (target + leading).update(from: source, count: channels)
      (target + leading + channels).update(repeating: 0, count: trailing)
    }
  }
}

/// The gradient of `subsamplingForward`: that of each kept pixel, zero elsewhere.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, outputChannels]`.
///   - inputGradient: `[batch, height, width, channels]`, overwritten.
/// - Precondition: the spans have these sizes.
public func subsamplingBackward(
  _ outputGradient: Span<Float>, inputGradient: inout MutableSpan<Float>,
  geometry: SubsamplingGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "subsamplingBackward", "outputGradient")
  requireCount(inputGradient.count, geometry.inputCount, "subsamplingBackward", "inputGradient")
  let (dy, dx) = (outputGradient.pointer, inputGradient.mutablePointer)
  let (channels, leading) = (geometry.channels, geometry.leadingChannels)
  let rowSize = geometry.width * channels
  forEachKeptRow(geometry, workers) { input, output in
    // This row and those that are left out until the next one.
    let below = geometry.height - input / rowSize % geometry.height
    (dx + input).update(repeating: 0, count: min(geometry.stride, below) * rowSize)
    for column in 0..<geometry.outputWidth {
      let source = dy + output + column * geometry.outputChannels + leading
      let target = dx + input + column * geometry.stride * channels
      target.update(from: source, count: channels)
    }
  }
}

// Calls `body` with the first input and the first output element of each row that is kept.
@inline(__always)
private func forEachKeptRow(
  _ geometry: SubsamplingGeometry, _ workers: Workers, _ body: (_ input: Int, _ output: Int) -> Void
) {
  let rowCount = geometry.batch * geometry.outputHeight
  let size = max(1, elementsPerTask / (geometry.outputWidth * geometry.outputChannels))
  workers.run(ceilingDivision(rowCount, size)) { task, _ in
    for output in task * size..<min(rowCount, (task + 1) * size) {
      let (n, row) = output.quotientAndRemainder(dividingBy: geometry.outputHeight)
      body(
        (n * geometry.height + row * geometry.stride) * geometry.width * geometry.channels,
        output * geometry.outputWidth * geometry.outputChannels)
    }
  }
}
