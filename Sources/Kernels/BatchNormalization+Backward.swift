// The gradients of batch normalisation (Ioffe and Szegedy 2015, section 3), in the memory of the output's gradient: every register is
// read before it is written. `BatchNormalizationGradient.swift` computes them.

/// The gradients of `batchNormalizationForward` without a residual, the input's in place of the output's.
///
/// - Parameters:
///   - gradient: `[rows, channels]`: the output's gradient, replaced by the input's.
///   - input: what the forward pass read.
///   - mean: the batch mean it wrote, `[channels]`.
///   - inverseDeviation: as it wrote it, `[channels]`.
///   - scale: γ, `[channels]`.
///   - shift: β, `[channels]`.
///   - scaleGradient: `[channels]`, overwritten.
///   - shiftGradient: `[channels]`, overwritten.
///   - rectifies: as in the forward pass.
/// - Precondition: the spans have these sizes.
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
///   - output: what the forward pass wrote; read only if it rectifies.
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
