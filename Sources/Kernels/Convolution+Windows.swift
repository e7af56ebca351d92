// The general path: each window is laid out as a row (im2row) and multiplied with OpenBLAS, a few images at a time.
// Groups of channels are convolved one after the other, each between its own channels of the images.

/// The forward pass.
func convolveByWindows(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights, into: filters, g, workers)
  let size = g.imagesPerBlock
  let outputs = g.outputChannels / g.groups
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.outputPixels * g.windowSize
  ) { task, rows in
    let first = task * size
    let count = min(size, g.batch - first)
    let target = y + first * g.outputSize
    for group in 0..<g.groups {
      layOutWindows(x + first * g.imageSize, images: count, group: group, into: rows, g)
      BLAS.multiplySlice(
        .init(start: rows, stride: g.windowSize),
        .init(
          start: filters + group * outputs * g.windowSize, stride: g.windowSize,
          isTransposed: true),
        into: target + group * outputs, stride: g.outputChannels, rows: count * g.outputPixels,
        columns: outputs, inner: g.windowSize)
    }
    if let bias {
      addToRows(
        bias, target, rows: count * g.outputPixels, columns: g.outputChannels,
        stride: g.outputChannels)
    }
  }
}

/// The gradient of the input.
func differentiateInputByWindows(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights, into: filters, g, workers)
  let size = g.imagesPerBlock
  let outputs = g.outputChannels / g.groups
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.outputPixels * g.windowSize
  ) { task, rows in
    let first = task * size
    let count = min(size, g.batch - first)
    let target = dx + first * g.imageSize
    for group in 0..<g.groups {
      BLAS.multiplySlice(
        .init(start: dy + first * g.outputSize + group * outputs, stride: g.outputChannels),
        .init(start: filters + group * outputs * g.windowSize, stride: g.windowSize),
        into: rows, stride: g.windowSize, rows: count * g.outputPixels, columns: g.windowSize,
        inner: outputs)
      if group == 0 { target.update(repeating: 0, count: count * g.imageSize) }
      if g.groups == 1 {
        addWindows(rows, images: count, to: target, g)
      } else {
        addGroupWindows(rows, images: count, to: target + group * (g.inputChannels / g.groups), g)
      }
    }
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersByWindows(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let size = g.imagesPerBlock
  let outputs = g.outputChannels / g.groups
  let sums = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: g.weightCount,
    scratchCount: size * g.outputPixels * g.windowSize, bias: bias, g, workers: workers
  ) { images, part, rows in
    for first in stride(from: images.lowerBound, to: images.upperBound, by: size) {
      let count = min(size, images.upperBound - first)
      for group in 0..<g.groups {
        layOutWindows(x + first * g.imageSize, images: count, group: group, into: rows, g)
        BLAS.multiplySlice(
          .init(
            start: dy + first * g.outputSize + group * outputs, stride: g.outputChannels,
            isTransposed: true),
          .init(start: rows, stride: g.windowSize),
          into: part + group * outputs * g.windowSize, stride: g.windowSize, rows: outputs,
          columns: g.windowSize, inner: count * g.outputPixels,
          accumulate: first > images.lowerBound)
      }
    }
  }.sums
  filterOrdered(sums, into: dw, g, workers)
}

/// Filter gradients from `[K, R, S, C]`, the order of a window's elements, to `[K, C, R, S]`.
func filterOrdered(
  _ gradients: FloatPointer, into ordered: MutableFloatPointer, _ g: ConvolutionGeometry,
  _ workers: Workers
) {
  let positions = g.kernelHeight * g.kernelWidth
  let channels = g.inputChannels / g.groups
  forEachFilter(g, workers) { o in
    let source = gradients + o * g.windowSize
    let target = ordered + o * g.windowSize
    for c in 0..<channels {
      for p in 0..<positions { target[c &* positions &+ p] = source[p &* channels &+ c] }
    }
  }
}

/// Filters from `[K, C, R, S]` to `[K, R, S, C]`, the order of a window's elements.
func windowOrdered(
  _ weights: FloatPointer, into ordered: MutableFloatPointer, _ g: ConvolutionGeometry,
  _ workers: Workers
) {
  let positions = g.kernelHeight * g.kernelWidth
  let channels = g.inputChannels / g.groups
  forEachFilter(g, workers) { o in
    let source = weights + o * g.windowSize
    let target = ordered + o * g.windowSize
    for c in 0..<channels {
      for p in 0..<positions { target[p &* channels &+ c] = source[c &* positions &+ p] }
    }
  }
}

// As many filters a task as make it worth while.
private func forEachFilter(
  _ g: ConvolutionGeometry, _ workers: Workers, _ body: (Int) -> Void
) {
  let size = max(1, elementsPerTask / g.windowSize)
  workers.run(ceilingDivision(g.outputChannels, size)) { task, _ in
    for o in task * size..<min(g.outputChannels, (task + 1) * size) { body(o) }
  }
}

// The windows of some images as rows [images · outputPixels, R · S · C], zeros outside the image.
private func layOutWindows(
  _ images: FloatPointer, images count: Int, group: Int, into rows: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let pixel = g.inputChannels
  let channels = pixel / g.groups
  let span = g.kernelWidth * channels
  let isWhole = g.groups == 1
  var target = rows
  for n in 0..<count {
    let image = images + n * g.imageSize + group * channels
    for row in 0..<g.outputHeight {
      for column in 0..<g.outputWidth {
        let left = column * g.stride - g.padding
        let isInside = left >= 0 && left + g.kernelWidth <= g.width && isWhole
        for r in 0..<g.kernelHeight {
          let y = row * g.stride - g.padding + r
          if y < 0 || y >= g.height {
            target.update(repeating: 0, count: span)
          } else if isInside {
            copy(image + (y * g.width + left) * pixel, to: target, count: span)
          } else {
            for s in 0..<g.kernelWidth {
              let x = left + s
              if x < 0 || x >= g.width {
                (target + s * channels).update(repeating: 0, count: channels)
              } else {
                copy(image + (y * g.width + x) * pixel, to: target + s * channels, count: channels)
              }
            }
          }
          target += span
        }
      }
    }
  }
}

// Adds rows of window gradients to the images they came from, in the order of the windows.
private func addWindows(
  _ rows: FloatPointer, images count: Int, to images: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let channels = g.inputChannels
  let span = g.kernelWidth * channels
  var source = rows
  for n in 0..<count {
    let image = images + n * g.imageSize
    for row in 0..<g.outputHeight {
      for column in 0..<g.outputWidth {
        let left = column * g.stride - g.padding
        let firstColumn = max(0, left)
        let lastColumn = min(g.width, left + g.kernelWidth)
        for r in 0..<g.kernelHeight {
          let y = row * g.stride - g.padding + r
          if y >= 0 && y < g.height && firstColumn < lastColumn {
            addElements(
              source + (firstColumn - left) * channels,
              to: image + (y * g.width + firstColumn) * channels,
              count: (lastColumn - firstColumn) * channels)
          }
          source += span
        }
      }
    }
  }
}

// The same for one of several groups of channels, `images` starting at its first channel.
private func addGroupWindows(
  _ rows: FloatPointer, images count: Int, to images: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let channels = g.inputChannels / g.groups
  var source = rows
  for n in 0..<count {
    for row in 0..<g.outputHeight {
      for column in 0..<g.outputWidth {
        for r in 0..<g.kernelHeight {
          for s in 0..<g.kernelWidth {
            let y = row * g.stride - g.padding + r
            let x = column * g.stride - g.padding + s
            if y >= 0 && y < g.height && x >= 0 && x < g.width {
              let pixel = images + ((n * g.height + y) * g.width + x) * g.inputChannels
              addElements(source, to: pixel, count: channels)
            }
            source += channels
          }
        }
      }
    }
  }
}

@inline(__always)
private func copy(_ source: FloatPointer, to target: MutableFloatPointer, count: Int) {
  var i = 0
  while i + 8 <= count {
    store(load(source + i), to: target + i)
    i += 8
  }
  while i < count {
    target[i] = source[i]
    i += 1
  }
}
