// Average pooling over activations [N, H, W, C], by windows or over whole images. Nothing is kept for the backward pass.
// A window's sum runs over its rows from the top, each from the left; an image's over its pixels in order.

/// The mean of each window.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - output: `[batch, outputHeight, outputWidth, channels]`.
/// - Precondition: the spans have these sizes and there is no padding.
public func averagePoolingForward(
  _ input: Span<Float>, output: inout MutableSpan<Float>, geometry: PoolingGeometry,
  workers: Workers
) {
  requireCount(input.count, geometry.inputCount, "averagePoolingForward", "input")
  requireCount(output.count, geometry.outputCount, "averagePoolingForward", "output")
  requireNoPadding(geometry)
  let (x, y) = (input.pointer, output.mutablePointer)
  let share = 1 / Float(geometry.window * geometry.window)
  let channels = geometry.channels
  forEachWindow(geometry, workers) { corner, target in
    let sum = y + target
    sum.update(from: x + corner, count: channels)
    for cell in 1..<max(geometry.window * geometry.window, 1) {
      addElements(x + corner + geometry.offset(ofCell: cell), to: sum, count: channels)
    }
    for c in 0..<channels { sum[c] *= share }
  }
}

/// The gradient of `averagePoolingForward`: each output's gradient goes to the cells of its window in equal shares.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, channels]`.
///   - inputGradient: `[batch, height, width, channels]`, overwritten.
/// - Precondition: the spans have these sizes and there is no padding.
public func averagePoolingBackward(
  _ outputGradient: Span<Float>, inputGradient: inout MutableSpan<Float>,
  geometry: PoolingGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "averagePoolingBackward", "outputGradient")
  requireCount(inputGradient.count, geometry.inputCount, "averagePoolingBackward", "inputGradient")
  requireNoPadding(geometry)
  let (dy, dx) = (outputGradient.pointer, inputGradient.mutablePointer)
  let share = 1 / Float(geometry.window * geometry.window)
  let channels = geometry.channels
  let imageSize = geometry.height * geometry.width * channels
  forEachWindow(
    geometry, workers,
    beforeImage: { (dx + $0 * imageSize).update(repeating: 0, count: imageSize) }
  ) { corner, source in
    for cell in 0..<geometry.window * geometry.window {
      let target = dx + corner + geometry.offset(ofCell: cell)
      for c in 0..<channels { target[c].addProduct(share, dy[source + c]) }
    }
  }
}

/// The mean over the pixels of each image.
///
/// - Parameters:
///   - input: `[batch, pixels, channels]`.
///   - output: `[batch, channels]`.
/// - Precondition: the spans have these sizes and there are pixels and channels.
public func globalAveragePoolingForward(
  _ input: Span<Float>, output: inout MutableSpan<Float>, batch: Int, pixels: Int, channels: Int,
  workers: Workers
) {
  precondition(
    pixels >= 1 && channels >= 1,
    "globalAveragePoolingForward: \(pixels) pixels of \(channels) channels have no mean")
  requireCount(input.count, batch * pixels * channels, "globalAveragePoolingForward", "input")
  requireCount(output.count, batch * channels, "globalAveragePoolingForward", "output")
  let (x, y) = (input.pointer, output.mutablePointer)
  let share = 1 / Float(pixels)
  let size = max(1, elementsPerTask / (pixels * channels))
  workers.run(ceilingDivision(batch, size)) { task, _ in
    for n in task * size..<min(batch, (task + 1) * size) {
      let sum = y + n * channels
      sumOfRows(
        x + n * pixels * channels, into: sum, rows: pixels, columns: channels, stride: channels)
      for c in 0..<channels { sum[c] *= share }
    }
  }
}

/// The gradient of `globalAveragePoolingForward`: every pixel gets its share.
///
/// - Parameters:
///   - outputGradient: `[batch, channels]`.
///   - inputGradient: `[batch, pixels, channels]`, overwritten.
/// - Precondition: the spans have these sizes and there are pixels and channels.
public func globalAveragePoolingBackward(
  _ outputGradient: Span<Float>, inputGradient: inout MutableSpan<Float>, batch: Int, pixels: Int,
  channels: Int, workers: Workers
) {
  let name: StaticString = "globalAveragePoolingBackward"
  precondition(
    pixels >= 1 && channels >= 1, "\(name): \(pixels) pixels of \(channels) channels have no mean")
  requireCount(outputGradient.count, batch * channels, name, "outputGradient")
  requireCount(inputGradient.count, batch * pixels * channels, name, "inputGradient")
  let (dy, dx) = (outputGradient.pointer, inputGradient.mutablePointer)
  let share = 1 / Float(pixels)
  let size = max(1, elementsPerTask / (pixels * channels))
  workers.run(ceilingDivision(batch, size)) { task, _ in
    for n in task * size..<min(batch, (task + 1) * size) {
      let first = dx + n * pixels * channels
      for c in 0..<channels { first[c] = share * dy[n * channels + c] }
      for pixel in 1..<pixels {
        (first + pixel * channels).update(from: first, count: channels)
      }
    }
  }
}

extension PoolingGeometry {
  /// Where a cell of a window lies, counted from the window's first element.
  @inline(__always)
  func offset(ofCell cell: Int) -> Int {
    (cell / window * width + cell % window) * channels
  }
}

private func requireNoPadding(_ geometry: PoolingGeometry) {
  precondition(geometry.padding == 0, "average pooling: a padding of \(geometry.padding)")
}

// Calls `body` with the first input element of each window and the first element of its output; an image is one thread's.
@inline(__always)
private func forEachWindow(
  _ geometry: PoolingGeometry, _ workers: Workers, beforeImage prepare: (Int) -> Void = { _ in },
  _ body: (_ corner: Int, _ output: Int) -> Void
) {
  let size = geometry.imagesPerTask
  let rowSize = geometry.width * geometry.channels
  workers.run(ceilingDivision(geometry.batch, size)) { task, _ in
    for n in task * size..<min(geometry.batch, (task + 1) * size) {
      prepare(n)
      for row in 0..<geometry.outputHeight {
        let corner = (n * geometry.height + row * geometry.stride) * rowSize
        let output = (n * geometry.outputHeight + row) * geometry.outputWidth * geometry.channels
        for column in 0..<geometry.outputWidth {
          body(
            corner + column * geometry.stride * geometry.channels,
            output + column * geometry.channels)
        }
      }
    }
  }
}
