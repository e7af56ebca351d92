// Convolutions of images of a few pixels with many channels: one product of matrices for each pair of an input and an output pixel.
// At 2 × 2 pixels a window of 3 × 3 is more than half border, which laying out windows multiplies all the same.

extension ConvolutionGeometry {
  /// Whether images are so small, and filters so large, that pairs of pixels pay.
  var isPixelPairs: Bool {
    groups == 1 && stride == 1 && height * width <= 4 && outputPixels <= 4
      && inputChannels >= 32 && outputChannels >= 32
  }

  /// The tap between an input and an output pixel, as `r · S + s`, or nil if the window does not reach so far.
  fileprivate func tap(from input: Int, to output: Int) -> Int? {
    let r = input / width - output / outputWidth + padding
    let s = input % width - output % outputWidth + padding
    if r < 0 || r >= kernelHeight || s < 0 || s >= kernelWidth { return nil }
    return r * kernelWidth + s
  }

  fileprivate var taps: Int { kernelHeight * kernelWidth }
}

// Channels of the result that one task computes.
private let columnsPerTask = 128

/// The forward pass.
func convolvePixelPairs(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights, into: filters, g, workers)
  let blockCount = ceilingDivision(g.outputChannels, columnsPerTask)
  workers.run(g.outputPixels * blockCount) { task, _ in
    let output = task / blockCount
    let first = task % blockCount * columnsPerTask
    let count = min(columnsPerTask, g.outputChannels - first)
    let target = y + output * g.outputChannels + first
    var isFirst = true
    for input in 0..<g.height * g.width {
      guard let tap = g.tap(from: input, to: output) else { continue }
      BLAS.multiplySlice(
        .init(start: x + input * g.inputChannels, stride: g.imageSize),
        .init(
          start: filters + first * g.windowSize + tap * g.inputChannels, stride: g.windowSize,
          isTransposed: true),
        into: target, stride: g.outputSize, rows: g.batch, columns: count,
        inner: g.inputChannels, accumulate: !isFirst)
      isFirst = false
    }
    if isFirst { fillRows(target, rows: g.batch, columns: count, stride: g.outputSize) }
    if let bias {
      addToRows(bias + first, target, rows: g.batch, columns: count, stride: g.outputSize)
    }
  }
}

/// The gradient of the input.
func differentiateInputOfPixelPairs(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights, into: filters, g, workers)
  let blockCount = ceilingDivision(g.inputChannels, columnsPerTask)
  workers.run(g.height * g.width * blockCount) { task, _ in
    let input = task / blockCount
    let first = task % blockCount * columnsPerTask
    let count = min(columnsPerTask, g.inputChannels - first)
    let target = dx + input * g.inputChannels + first
    var isFirst = true
    for output in 0..<g.outputPixels {
      guard let tap = g.tap(from: input, to: output) else { continue }
      BLAS.multiplySlice(
        .init(start: dy + output * g.outputChannels, stride: g.outputSize),
        .init(start: filters + tap * g.inputChannels + first, stride: g.windowSize),
        into: target, stride: g.imageSize, rows: g.batch, columns: count,
        inner: g.outputChannels, accumulate: !isFirst)
      isFirst = false
    }
    if isFirst { fillRows(target, rows: g.batch, columns: count, stride: g.imageSize) }
  }
}

/// The gradients of the filters and, unless it is nil, of the bias; each element is summed by one task.
func differentiateFiltersOfPixelPairs(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let sums = workers.sharedScratch(g.weightCount)
  let blockCount = ceilingDivision(g.outputChannels, columnsPerTask)
  workers.run(g.taps * blockCount) { task, _ in
    let tap = task / blockCount
    let first = task % blockCount * columnsPerTask
    let count = min(columnsPerTask, g.outputChannels - first)
    let target = sums + first * g.windowSize + tap * g.inputChannels
    var isFirst = true
    for output in 0..<g.outputPixels {
      for input in 0..<g.height * g.width where g.tap(from: input, to: output) == tap {
        BLAS.multiplySlice(
          .init(
            start: dy + output * g.outputChannels + first, stride: g.outputSize,
            isTransposed: true),
          .init(start: x + input * g.inputChannels, stride: g.imageSize),
          into: target, stride: g.windowSize, rows: count, columns: g.inputChannels,
          inner: g.batch, accumulate: !isFirst)
        isFirst = false
      }
    }
    if isFirst { fillRows(target, rows: count, columns: g.inputChannels, stride: g.windowSize) }
  }
  filterOrdered(sums, into: dw, g, workers)
  if let bias { sumImages(dy, into: bias, g, workers: workers) }
}

// Zeros, where no pixel contributes.
private func fillRows(_ matrix: MutableFloatPointer, rows: Int, columns: Int, stride: Int) {
  for r in 0..<rows { (matrix + r * stride).update(repeating: 0, count: columns) }
}
