// The gradients of batch normalisation, out of place or in the memory of the output's gradient: every register is read before it is
// written. `BatchNormalizationGradient.swift` computes them.

/// The gradients of `batchNormalizationForward`, with its own statistics.
///
/// - Parameters:
///   - outputGradient: `[rows, channels]`.
///   - input: what the forward pass read.
///   - output: what it wrote; read only after a residual and `rectifies`, and else it may be empty.
///   - mean: the batch mean it wrote, `[channels]`.
///   - inverseDeviation: as it wrote it, `[channels]`.
///   - scale: γ, `[channels]`.
///   - shift: β, `[channels]`.
///   - inputGradient: `[rows, channels]`, overwritten.
///   - residualGradient: `[rows, channels]`, overwritten, or empty if there was no residual.
///   - scaleGradient: `[channels]`, overwritten.
///   - shiftGradient: `[channels]`, overwritten.
///   - rectifies: as in the forward pass.
/// - Precondition: the spans have these sizes.
///
/// Source: Ioffe and Szegedy, Batch Normalization (2015), section 3.
public func batchNormalizationBackward(
  _ outputGradient: Span<Float>, input: Span<Float>, output: Span<Float>, mean: Span<Float>,
  inverseDeviation: Span<Float>, scale: Span<Float>, shift: Span<Float>,
  inputGradient: inout MutableSpan<Float>, residualGradient: inout MutableSpan<Float>,
  scaleGradient: inout MutableSpan<Float>, shiftGradient: inout MutableSpan<Float>, rows: Int,
  channels: Int, rectifies: Bool, workers: Workers
) {
  let name: StaticString = "batchNormalizationBackward"
  requireCount(outputGradient.count, rows * channels, name, "outputGradient")
  requireRows(input.count, inputGradient.count, residualGradient.count, rows, channels, name)
  requireChannels(mean.count, inverseDeviation.count, channels, name)
  requireChannels(scale.count, shift.count, channels, name)
  requireChannels(scaleGradient.count, shiftGradient.count, channels, name)
  let hasResidual = !residualGradient.isEmpty
  if hasResidual && rectifies { requireCount(output.count, input.count, name, "output") }
  let pass = BatchNormalizationGradient(
    outputGradient: outputGradient.pointer, input: input.pointer, output: output.pointer,
    inputGradient: inputGradient.mutablePointer,
    residualGradient: hasResidual ? residualGradient.mutablePointer : nil, rows: rows,
    rectifies: rectifies, pattern: ChannelPattern(channels: channels))
  pass.compute(
    mean.pointer, inverseDeviation.pointer, scale.pointer, shift.pointer,
    scaleGradient: scaleGradient.mutablePointer, shiftGradient: shiftGradient.mutablePointer,
    workers)
}

/// The gradients of `batchNormalizationForward` without a residual, the input's in place of the output's.
///
/// - Parameter gradient: `[rows, channels]`: the output's gradient, replaced by the input's.
/// - Precondition: the spans have the sizes of `batchNormalizationBackward` above.
public func batchNormalizationBackward(
  inPlace gradient: inout MutableSpan<Float>, input: Span<Float>, mean: Span<Float>,
  inverseDeviation: Span<Float>, scale: Span<Float>, shift: Span<Float>,
  scaleGradient: inout MutableSpan<Float>, shiftGradient: inout MutableSpan<Float>, rows: Int,
  channels: Int, rectifies: Bool, workers: Workers
) {
  let name: StaticString = "batchNormalizationBackward"
  requireRows(input.count, gradient.count, 0, rows, channels, name)
  requireChannels(mean.count, inverseDeviation.count, channels, name)
  requireChannels(scale.count, shift.count, channels, name)
  requireChannels(scaleGradient.count, shiftGradient.count, channels, name)
  let place = gradient.mutablePointer
  let pass = BatchNormalizationGradient(
    outputGradient: place, input: input.pointer, output: input.pointer, inputGradient: place,
    residualGradient: nil, rows: rows, rectifies: rectifies,
    pattern: ChannelPattern(channels: channels))
  pass.compute(
    mean.pointer, inverseDeviation.pointer, scale.pointer, shift.pointer,
    scaleGradient: scaleGradient.mutablePointer, shiftGradient: shiftGradient.mutablePointer,
    workers)
}

/// The gradients of `batchNormalizationForward` with a residual, the residual's in place of the output's.
///
/// - Parameters:
///   - gradient: `[rows, channels]`: the output's gradient, replaced by the residual's.
///   - inputGradient: `[rows, channels]`, overwritten.
/// - Precondition: the spans have the sizes of `batchNormalizationBackward` above.
public func batchNormalizationBackward(
  residualInPlace gradient: inout MutableSpan<Float>, input: Span<Float>, output: Span<Float>,
  mean: Span<Float>, inverseDeviation: Span<Float>, scale: Span<Float>, shift: Span<Float>,
  inputGradient: inout MutableSpan<Float>, scaleGradient: inout MutableSpan<Float>,
  shiftGradient: inout MutableSpan<Float>, rows: Int, channels: Int, rectifies: Bool,
  workers: Workers
) {
  let name: StaticString = "batchNormalizationBackward"
  requireCount(gradient.count, rows * channels, name, "gradient")
  requireRows(input.count, inputGradient.count, 0, rows, channels, name)
  if rectifies { requireCount(output.count, input.count, name, "output") }
  requireChannels(mean.count, inverseDeviation.count, channels, name)
  requireChannels(scale.count, shift.count, channels, name)
  requireChannels(scaleGradient.count, shiftGradient.count, channels, name)
  let place = gradient.mutablePointer
  let pass = BatchNormalizationGradient(
    outputGradient: place, input: input.pointer, output: output.pointer,
    inputGradient: inputGradient.mutablePointer, residualGradient: place, rows: rows,
    rectifies: rectifies, pattern: ChannelPattern(channels: channels))
  pass.compute(
    mean.pointer, inverseDeviation.pointer, scale.pointer, shift.pointer,
    scaleGradient: scaleGradient.mutablePointer, shiftGradient: shiftGradient.mutablePointer,
    workers)
}
