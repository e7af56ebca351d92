// Convolutions with filters of one pixel: products of the activations with the filters as they stand.
// With a stride, the pixels that are read are gathered first; the data gradient spreads them out again.

extension ConvolutionGeometry {
  /// Whether filters cover one pixel and there is no border.
  var isPointwise: Bool {
    groups == 1 && kernelHeight == 1 && kernelWidth == 1 && padding == 0
  }
}

/// The forward pass.
func convolvePointwise(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let size = g.imagesPerProduct
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.gatheredSize
  ) { task, memory in
    let first = task * size
    let count = min(size, g.batch - first)
    let rows = count * g.outputPixels
    let target = y + first * g.outputSize
    BLAS.multiplySlice(
      .init(
        start: gather(x + first * g.imageSize, images: count, memory: memory, g),
        stride: g.inputChannels),
      .init(start: weights, stride: g.inputChannels, isTransposed: true), into: target,
      stride: g.outputChannels, rows: rows, columns: g.outputChannels, inner: g.inputChannels)
    if let bias {
      addToRows(
        bias, target, rows: rows, columns: g.outputChannels, stride: g.outputChannels)
    }
  }
}

/// The gradient of the input.
func differentiateInputPointwise(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let size = g.imagesPerProduct
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.gatheredSize
  ) { task, memory in
    let first = task * size
    let count = min(size, g.batch - first)
    let target = dx + first * g.imageSize
    BLAS.multiplySlice(
      .init(start: dy + first * g.outputSize, stride: g.outputChannels),
      .init(start: weights, stride: g.inputChannels), into: g.stride == 1 ? target : memory,
      stride: g.inputChannels, rows: count * g.outputPixels, columns: g.inputChannels,
      inner: g.outputChannels)
    if g.stride > 1 { scatter(memory, images: count, into: target, g) }
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersPointwise(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let size = g.imagesPerProduct
  let sums = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: g.weightCount,
    scratchCount: size * g.gatheredSize, bias: bias, g, workers: workers
  ) { images, part, memory in
    for first in stride(from: images.lowerBound, to: images.upperBound, by: size) {
      let count = min(size, images.upperBound - first)
      BLAS.multiplySlice(
        .init(start: dy + first * g.outputSize, stride: g.outputChannels, isTransposed: true),
        .init(
          start: gather(x + first * g.imageSize, images: count, memory: memory, g),
          stride: g.inputChannels),
        into: part, stride: g.inputChannels, rows: g.outputChannels, columns: g.inputChannels,
        inner: count * g.outputPixels, accumulate: first > images.lowerBound)
    }
  }.sums
  dw.update(from: sums, count: g.weightCount)
}

extension ConvolutionGeometry {
  // Images multiplied at once: enough rows to pay for packing the filters, and at most a megabyte or so.
  fileprivate var imagesPerProduct: Int { max(1, min(64, 1024 / outputPixels)) }

  // Floats of one image's gathered pixels; none without a stride.
  fileprivate var gatheredSize: Int { stride == 1 ? 0 : outputPixels * inputChannels }
}

// The pixels that are read, `[images · outputPixels, channels]`: the images themselves without a stride.
private func gather(
  _ images: FloatPointer, images count: Int, memory: MutableFloatPointer,
  _ g: ConvolutionGeometry
) -> FloatPointer {
  if g.stride == 1 { return images }
  var target = memory
  for image in 0..<count {
    for row in 0..<g.outputHeight {
      var source = images + image * g.imageSize + row * g.stride * g.width * g.inputChannels
      for _ in 0..<g.outputWidth {
        target.update(from: source, count: g.inputChannels)
        target += g.inputChannels
        source += g.stride * g.inputChannels
      }
    }
  }
  return FloatPointer(memory)
}

// The gradients of the pixels that are read, and zeros for all others.
private func scatter(
  _ gradients: FloatPointer, images count: Int, into images: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  images.update(repeating: 0, count: count * g.imageSize)
  var source = gradients
  for image in 0..<count {
    for row in 0..<g.outputHeight {
      var target = images + image * g.imageSize + row * g.stride * g.width * g.inputChannels
      for _ in 0..<g.outputWidth {
        target.update(from: source, count: g.inputChannels)
        source += g.inputChannels
        target += g.stride * g.inputChannels
      }
    }
  }
}
