// Changing the order of activations between [N, H, W, C] and [N, C, H, W].
// Kernels work on the first; the flattened order of a fully connected layer's inputs is the second, as in PyTorch.

/// Reorders activations from `[batch, pixels, channels]` to `[batch, channels, pixels]`.
///
/// - Precondition: both spans have `batch · pixels · channels` elements.
public func channelsFirst(
  _ input: Span<Float>, output: inout MutableSpan<Float>, batch: Int, pixels: Int, channels: Int,
  workers: Workers
) {
  let size = pixels * channels
  requireCount(input.count, batch * size, "channelsFirst", "input")
  requireCount(output.count, batch * size, "channelsFirst", "output")
  transposeImages(
    input.pointer, output.mutablePointer, batch: batch, rows: pixels, columns: channels, workers)
}

/// Reorders activations from `[batch, channels, pixels]` to `[batch, pixels, channels]`.
///
/// - Precondition: both spans have `batch · pixels · channels` elements.
public func channelsLast(
  _ input: Span<Float>, output: inout MutableSpan<Float>, batch: Int, pixels: Int, channels: Int,
  workers: Workers
) {
  let size = pixels * channels
  requireCount(input.count, batch * size, "channelsLast", "input")
  requireCount(output.count, batch * size, "channelsLast", "output")
  transposeImages(
    input.pointer, output.mutablePointer, batch: batch, rows: channels, columns: pixels, workers)
}

private func transposeImages(
  _ x: FloatPointer, _ y: MutableFloatPointer, batch: Int, rows: Int, columns: Int,
  _ workers: Workers
) {
  let size = rows * columns
  let imagesPerTask = max(1, elementsPerTask / max(size, 1))
  workers.run(ceilingDivision(batch, imagesPerTask)) { task, _ in
    for n in task * imagesPerTask..<min(batch, (task + 1) * imagesPerTask) {
      let source = x + n * size
      let target = y + n * size
      for c in 0..<columns {
        for r in 0..<rows { target[c * rows + r] = source[r * columns + c] }
      }
    }
  }
}
