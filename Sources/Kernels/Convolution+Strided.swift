// Convolutions with 3 × 3 filters at every second pixel, from copies of the images with a border of zeros.
// The data gradient falls into four convolutions without a stride, one for each parity of the input's row and column:
// an even row is reached by the filter's middle row alone, an odd one by its last and its first.

extension ConvolutionGeometry {
  /// Whether the kernels below apply.
  var isStrided: Bool {
    groups == 1 && kernelHeight == 3 && kernelWidth == 3 && stride == 2 && padding == 1
      && inputChannels % 16 == 0 && outputChannels % 16 == 0
  }

  /// Whether the filters' gradient is summed by them too: its sums must fit a near cache.
  var hasStridedFilterGradient: Bool { weightCount <= 200_000 }
}

/// The forward pass.
func convolveStrided(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let shifts = workers.sharedScratch(g.outputChannels + g.weightCount)
  let panels = shifts + g.outputChannels
  shifts.update(repeating: 0, count: g.outputChannels)
  if let bias { shifts.update(from: bias, count: g.outputChannels) }
  let panelCount = 9 * g.inputChannels * 16
  workers.run(g.outputChannels / 16) { block, _ in
    // [tap][input][16]
    let target = panels + block * panelCount
    for output in 0..<16 {
      let source = weights + (block * 16 + output) * g.windowSize
      for c in 0..<g.inputChannels {
        for tap in 0..<9 {
          target[(tap &* g.inputChannels &+ c) &* 16 &+ output] = source[c &* 9 &+ tap]
        }
      }
    }
  }
  let inner = g.padded
  let grid = WindowGrid(
    rows: g.outputHeight, columns: g.outputWidth, step: 2 * g.inputChannels,
    rowStep: 2 * inner.width * g.inputChannels, windowRows: 3,
    windowRowLength: 3 * g.inputChannels, windowRowStep: inner.width * g.inputChannels,
    targetStep: g.outputChannels, targetRowStep: g.outputWidth * g.outputChannels)
  workers.run(g.batch, scratchCount: inner.imageSize) { image, padded in
    copyPadded(x + image * g.imageSize, into: padded, g)
    for block in 0..<g.outputChannels / 16 {
      grid.convolve(
        padded, panel: panels + block * panelCount, bias: shifts + block * 16,
        into: y + image * g.outputSize + block * 16)
    }
  }
}

// The taps of the four parities, in the order in which rising output pixels meet them.
private let tapsByParity = [4, 5, 3, 7, 1, 8, 6, 2, 0]

/// The gradient of the input.
func differentiateInputStrided(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let shifts = workers.sharedScratch(16 + g.weightCount)
  let panels = shifts + 16
  shifts.update(repeating: 0, count: 16)
  let panelCount = 9 * g.outputChannels * 16
  workers.run(g.inputChannels / 16) { block, _ in
    // [parities of row and column][tap][output][16]
    let source = weights + block * 16 * 9
    for (place, tap) in tapsByParity.enumerated() {
      let target = panels + block * panelCount + place * g.outputChannels * 16
      for o in 0..<g.outputChannels {
        for c in 0..<16 { target[o &* 16 &+ c] = source[o &* g.windowSize &+ c &* 9 &+ tap] }
      }
    }
  }
  // One row and column of zeros below and on the right.
  let row = (g.outputWidth + 1) * g.outputChannels
  workers.run(g.batch, scratchCount: (g.outputHeight + 1) * row) { image, padded in
    let source = dy + image * g.outputSize
    let sourceRow = g.outputWidth * g.outputChannels
    for y in 0..<g.outputHeight {
      (padded + y * row).update(from: source + y * sourceRow, count: sourceRow)
      (padded + y * row + sourceRow).update(repeating: 0, count: g.outputChannels)
    }
    (padded + g.outputHeight * row).update(repeating: 0, count: row)
    for block in 0..<g.inputChannels / 16 {
      var panel = panels + block * panelCount
      for parity in 0..<4 {
        let (oddRow, oddColumn) = (parity / 2, parity % 2)
        let grid = WindowGrid(
          rows: (g.height + 1 - oddRow) / 2, columns: (g.width + 1 - oddColumn) / 2,
          step: g.outputChannels, rowStep: row, windowRows: 1 + oddRow,
          windowRowLength: (1 + oddColumn) * g.outputChannels, windowRowStep: row,
          targetStep: 2 * g.inputChannels, targetRowStep: 2 * g.width * g.inputChannels)
        grid.convolve(
          padded, panel: panel, bias: shifts,
          into: dx + image * g.imageSize + (oddRow * g.width + oddColumn) * g.inputChannels
            + block * 16)
        panel += (1 + oddRow) * (1 + oddColumn) * g.outputChannels * 16
      }
    }
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersStrided(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let inner = g.padded
  let inputBlocks = g.inputChannels / 16
  let outputBlocks = g.outputChannels / 16
  let sums = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: g.weightCount,
    scratchCount: inner.imageSize, bias: bias, g, workers: workers
  ) { images, part, padded in
    // [tap][inputs / 16][outputs / 16][16][16]
    part.update(repeating: 0, count: g.weightCount)
    for image in images {
      copyPadded(x + image * g.imageSize, into: padded, g)
      for row in 0..<g.outputHeight {
        let slopes = dy + image * g.outputSize + row * g.outputWidth * g.outputChannels
        var tile = part
        for tap in 0..<9 {
          let pixels =
            padded + ((2 * row + tap / 3) * inner.width + tap % 3) * g.inputChannels
          for i in 0..<inputBlocks {
            for o in 0..<outputBlocks {
              addOuterProducts(
                pixels + i &* 16, step: 2 &* g.inputChannels, slopes + o &* 16,
                step: g.outputChannels, count: g.outputWidth, to: tile)
              tile += 256
            }
          }
        }
      }
    }
  }.sums
  for tap in 0..<9 {
    for c in 0..<g.inputChannels {
      let source = sums + ((tap * inputBlocks + c / 16) * outputBlocks * 16 + c % 16) * 16
      for o in 0..<g.outputChannels {
        dw[(o &* g.inputChannels &+ c) &* 9 &+ tap] = source[(o &>> 4) &* 256 &+ (o & 15)]
      }
    }
  }
}

/// Where the windows of a convolution start, what they read, and where their outputs go, in floats.
struct WindowGrid {
  /// Windows below and beside each other.
  var rows: Int
  var columns: Int
  /// From one window to the next, and from one row of windows to the next.
  var step: Int
  var rowStep: Int
  /// Rows of a window, how long they are, and how far apart.
  var windowRows: Int
  var windowRowLength: Int
  var windowRowStep: Int
  /// From one output pixel to the next, and from one row of them to the next.
  var targetStep: Int
  var targetRowStep: Int

  /// Sixteen outputs of every window: the bias, then the window's elements in order.
  ///
  /// - Parameter panel: `[element][16]`.
  func convolve(
    _ source: FloatPointer, panel: FloatPointer, bias: FloatPointer,
    into target: MutableFloatPointer
  ) {
    var cursor = Cursor(source: source, target: target, column: 0, rest: rows * columns)
    while cursor.rest > 0 {
      // Six windows; behind the last one it is computed again.
      let first = cursor
      let second = following(first)
      let third = following(second)
      let fourth = following(third)
      let fifth = following(fourth)
      let sixth = following(fifth)
      cursor = following(sixth)
      if cursor.rest == sixth.rest { cursor.rest = 0 }
      let start = SixteenLanes(bias)
      var (sum0, sum1, sum2, sum3, sum4, sum5) = (start, start, start, start, start, start)
      var factor = panel
      var offset = 0
      for _ in 0..<windowRows {
        for element in offset..<offset &+ windowRowLength {
          let factors = SixteenLanes(factor)
          sum0.addProduct(first.source[element], factors)
          sum1.addProduct(second.source[element], factors)
          sum2.addProduct(third.source[element], factors)
          sum3.addProduct(fourth.source[element], factors)
          sum4.addProduct(fifth.source[element], factors)
          sum5.addProduct(sixth.source[element], factors)
          factor += 16
        }
        offset &+= windowRowStep
      }
      sum0.store(to: first.target)
      sum1.store(to: second.target)
      sum2.store(to: third.target)
      sum3.store(to: fourth.target)
      sum4.store(to: fifth.target)
      sum5.store(to: sixth.target)
    }
  }

  private struct Cursor {
    var source: FloatPointer
    var target: MutableFloatPointer
    var column: Int
    /// Windows from this one on.
    var rest: Int
  }

  // The next window, or the last one again.
  @inline(__always)
  private func following(_ cursor: Cursor) -> Cursor {
    if cursor.rest == 1 { return cursor }
    var next = cursor
    next.rest &-= 1
    next.column &+= 1
    if next.column == columns {
      next.column = 0
      next.source += rowStep &- (columns &- 1) &* step
      next.target += targetRowStep &- (columns &- 1) &* targetStep
    } else {
      next.source += step
      next.target += targetStep
    }
    return next
  }
}
