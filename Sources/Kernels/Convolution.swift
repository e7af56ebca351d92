// Convolutions over activations [N, H, W, C] with filters [K, C, R, S], and the choice of a path for their sizes.
// The general path lays each window out as a row (im2row) and multiplies with OpenBLAS, a few images at a time.

/// Convolves a batch of images with a bank of filters and adds a bias.
///
/// - Parameters:
///   - input: `[batch, height, width, inputChannels]`.
///   - weights: `[outputChannels, inputChannels, kernelHeight, kernelWidth]`.
///   - bias: `[outputChannels]`, or empty for none.
///   - output: `[batch, outputHeight, outputWidth, outputChannels]`.
/// - Precondition: the spans have these sizes.
public func convolutionForward(
  _ input: Span<Float>, weights: Span<Float>, bias: Span<Float>,
  output: inout MutableSpan<Float>, geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(input.count, geometry.inputCount, "convolutionForward", "input")
  requireCount(weights.count, geometry.weightCount, "convolutionForward", "weights")
  requireCount(bias.count, bias.isEmpty ? 0 : geometry.outputChannels, "convolutionForward", "bias")
  requireCount(output.count, geometry.outputCount, "convolutionForward", "output")
  let g = geometry
  let hasBias = !bias.isEmpty
  let x = input.pointer
  let b = bias.pointer
  let y = output.mutablePointer
  if g.isDirect {
    let packed = workers.sharedScratch(g.packedCount)
    packDirectly(weights.pointer, bias: hasBias ? b : nil, into: packed, g)
    workers.run(g.batch) { image, _ in
      convolveDirectly(
        x + image * g.imageSize, packed: packed, into: y + image * g.outputSize, g)
    }
    return
  }
  if g.isWinograd {
    let plan = WinogradPlan(g)
    let shifts = workers.sharedScratch(plan.outputs + plan.packingCount)
    shifts.update(repeating: 0, count: plan.outputs)
    if hasBias { shifts.update(from: b, count: g.outputChannels) }
    let filters = plan.packForward(weights.pointer, memory: shifts + plan.outputs)
    let size = plan.imagesPerBlock
    workers.run(ceilingDivision(g.batch, size), scratchCount: plan.scratchCount) { task, scratch in
      let first = task * size
      plan.forward(
        x + first * g.imageSize, count: min(size, g.batch - first), filters: filters,
        bias: shifts, into: y + first * g.outputSize, scratch: scratch)
    }
    return
  }
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights.pointer, into: filters, g)
  let size = g.imagesPerBlock
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.outputPixels * g.windowSize
  ) { task, rows in
    let first = task * size
    let count = min(size, g.batch - first)
    layOutWindows(x + first * g.imageSize, images: count, into: rows, g)
    let target = y + first * g.outputSize
    BLAS.multiplySlice(
      .init(start: rows, stride: g.windowSize),
      .init(start: filters, stride: g.windowSize, isTransposed: true),
      into: target, stride: g.outputChannels, rows: count * g.outputPixels,
      columns: g.outputChannels, inner: g.windowSize)
    if hasBias {
      addToRows(
        b, target, rows: count * g.outputPixels, columns: g.outputChannels,
        stride: g.outputChannels)
    }
  }
}

/// The gradient of a convolution's input.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, outputChannels]`.
///   - weights: `[outputChannels, inputChannels, kernelHeight, kernelWidth]`.
///   - inputGradient: `[batch, height, width, inputChannels]`, overwritten.
/// - Precondition: the spans have these sizes.
public func convolutionBackwardData(
  _ outputGradient: Span<Float>, weights: Span<Float>, inputGradient: inout MutableSpan<Float>,
  geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "convolutionBackwardData", "outputGradient")
  requireCount(weights.count, geometry.weightCount, "convolutionBackwardData", "weights")
  requireCount(
    inputGradient.count, geometry.inputCount, "convolutionBackwardData", "inputGradient")
  let g = geometry
  let dy = outputGradient.pointer
  let dx = inputGradient.mutablePointer
  if g.isWinograd {
    let plan = WinogradPlan(g)
    let filters = plan.packBackward(
      weights.pointer, memory: workers.sharedScratch(plan.packingCount))
    let size = plan.imagesPerBlock
    workers.run(ceilingDivision(g.batch, size), scratchCount: plan.scratchCount) { task, scratch in
      let first = task * size
      plan.backwardData(
        dy + first * g.outputSize, count: min(size, g.batch - first), filters: filters,
        into: dx + first * g.imageSize, scratch: scratch)
    }
    return
  }
  let filters = workers.sharedScratch(g.weightCount)
  windowOrdered(weights.pointer, into: filters, g)
  let size = g.imagesPerBlock
  workers.run(
    ceilingDivision(g.batch, size), scratchCount: size * g.outputPixels * g.windowSize
  ) { task, rows in
    let first = task * size
    let count = min(size, g.batch - first)
    BLAS.multiplySlice(
      .init(start: dy + first * g.outputSize, stride: g.outputChannels),
      .init(start: filters, stride: g.windowSize),
      into: rows, stride: g.windowSize, rows: count * g.outputPixels, columns: g.windowSize,
      inner: g.outputChannels)
    addWindows(rows, images: count, into: dx + first * g.imageSize, g)
  }
}

/// The gradients of a convolution's filters and bias, summed over the batch.
///
/// Slices of images have their own sums, which are added in the order of the slices.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, outputChannels]`.
///   - input: `[batch, height, width, inputChannels]`.
///   - weightGradient: `[outputChannels, inputChannels, kernelHeight, kernelWidth]`, overwritten.
///   - biasGradient: `[outputChannels]`, overwritten, or empty for none.
/// - Precondition: the spans have these sizes.
public func convolutionBackwardWeights(
  _ outputGradient: Span<Float>, input: Span<Float>, weightGradient: inout MutableSpan<Float>,
  biasGradient: inout MutableSpan<Float>, geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "convolutionBackwardWeights", "outputGradient")
  requireCount(input.count, geometry.inputCount, "convolutionBackwardWeights", "input")
  requireCount(
    weightGradient.count, geometry.weightCount, "convolutionBackwardWeights", "weightGradient")
  requireCount(
    biasGradient.count, biasGradient.isEmpty ? 0 : geometry.outputChannels,
    "convolutionBackwardWeights", "biasGradient")
  let g = geometry
  let hasBias = !biasGradient.isEmpty
  let dy = outputGradient.pointer
  let x = input.pointer
  let dw = weightGradient.mutablePointer
  let db = biasGradient.mutablePointer
  let sliceSize = g.imagesPerSlice
  let plan = g.isWinograd ? WinogradPlan(g) : nil
  let blockSize = plan?.imagesPerBlock ?? g.imagesPerBlock
  let sliceCount = ceilingDivision(g.batch, sliceSize)
  let weightPartCount = g.isDirect ? g.directSumCount : plan?.filterCount ?? g.weightCount
  let partCount = weightPartCount + g.outputChannels
  let parts = workers.sharedScratch(
    max(1, sliceCount) * partCount + (plan?.packingCount ?? 0))
  let scratchCount =
    g.isDirect
    ? (g.outputWidth + 1) * g.outputChannels + 32
    : plan?.scratchCount ?? max(blockSize * g.outputPixels * g.windowSize, g.outputChannels)
  workers.run(sliceCount, scratchCount: scratchCount) { slice, scratch in
    let weightPart = parts + slice * partCount
    let biasPart = weightPart + weightPartCount
    let images = slice * sliceSize..<min(g.batch, (slice + 1) * sliceSize)
    if g.isDirect {
      weightPart.update(repeating: 0, count: weightPartCount)
      for image in images {
        addFilterGradientsDirectly(
          x + image * g.imageSize, dy + image * g.outputSize, to: weightPart, lastRow: scratch, g)
      }
    } else if let plan {
      weightPart.update(repeating: 0, count: weightPartCount)
      for first in stride(from: images.lowerBound, to: images.upperBound, by: blockSize) {
        plan.addFilterGradients(
          x + first * g.imageSize, dy + first * g.outputSize,
          count: min(blockSize, images.upperBound - first), to: weightPart, scratch: scratch)
      }
    } else {
      for first in stride(from: images.lowerBound, to: images.upperBound, by: blockSize) {
        let count = min(blockSize, images.upperBound - first)
        layOutWindows(x + first * g.imageSize, images: count, into: scratch, g)
        BLAS.multiplySlice(
          .init(
            start: dy + first * g.outputSize, stride: g.outputChannels, isTransposed: true),
          .init(start: scratch, stride: g.windowSize),
          into: weightPart, stride: g.windowSize, rows: g.outputChannels, columns: g.windowSize,
          inner: count * g.outputPixels, accumulate: first > images.lowerBound)
      }
    }
    if hasBias {
      biasPart.update(repeating: 0, count: g.outputChannels)
      for image in images {
        sumOfRows(
          dy + image * g.outputSize, into: scratch, rows: g.outputPixels,
          columns: g.outputChannels, stride: g.outputChannels)
        for o in 0..<g.outputChannels { biasPart[o] += scratch[o] }
      }
    }
  }
  if sliceCount == 0 { parts.update(repeating: 0, count: partCount) }
  let usedCount = hasBias ? partCount : weightPartCount
  workers.run(sliceCount > 1 ? ceilingDivision(usedCount, elementsPerTask) : 0) { task, _ in
    let elements = task * elementsPerTask..<min(usedCount, (task + 1) * elementsPerTask)
    for slice in 1..<sliceCount {
      let part = parts + slice * partCount
      for i in elements { parts[i] += part[i] }
    }
  }
  if g.isDirect {
    unpackDirectly(parts, into: dw, g)
  } else if let plan {
    plan.unpack(parts, into: dw, memory: parts + max(1, sliceCount) * partCount)
  } else {
    filterOrdered(parts, into: dw, g)
  }
  if hasBias { db.update(from: parts + weightPartCount, count: g.outputChannels) }
}

// Filter gradients from [K, R, S, C], the order of a window's elements, to [K, C, R, S].
private func filterOrdered(
  _ gradients: FloatPointer, into ordered: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let positions = g.kernelHeight * g.kernelWidth
  for o in 0..<g.outputChannels {
    let source = gradients + o * g.windowSize
    let target = ordered + o * g.windowSize
    for c in 0..<g.inputChannels {
      for p in 0..<positions { target[c * positions + p] = source[p * g.inputChannels + c] }
    }
  }
}

// Filters from [K, C, R, S] to [K, R, S, C], the order of a window's elements.
private func windowOrdered(
  _ weights: FloatPointer, into ordered: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let positions = g.kernelHeight * g.kernelWidth
  for o in 0..<g.outputChannels {
    let source = weights + o * g.windowSize
    let target = ordered + o * g.windowSize
    for c in 0..<g.inputChannels {
      for p in 0..<positions { target[p * g.inputChannels + c] = source[c * positions + p] }
    }
  }
}

// The windows of some images as rows [images · outputPixels, R · S · C], zeros outside the image.
private func layOutWindows(
  _ images: FloatPointer, images count: Int, into rows: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let channels = g.inputChannels
  let span = g.kernelWidth * channels
  var target = rows
  for n in 0..<count {
    let image = images + n * g.imageSize
    for row in 0..<g.outputHeight {
      for column in 0..<g.outputWidth {
        let left = column * g.stride - g.padding
        let isInside = left >= 0 && left + g.kernelWidth <= g.width
        for r in 0..<g.kernelHeight {
          let y = row * g.stride - g.padding + r
          if y < 0 || y >= g.height {
            target.update(repeating: 0, count: span)
          } else if isInside {
            copy(image + (y * g.width + left) * channels, to: target, count: span)
          } else {
            for s in 0..<g.kernelWidth {
              let x = left + s
              if x < 0 || x >= g.width {
                (target + s * channels).update(repeating: 0, count: channels)
              } else {
                copy(
                  image + (y * g.width + x) * channels, to: target + s * channels, count: channels)
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
  _ rows: FloatPointer, images count: Int, into images: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let channels = g.inputChannels
  let span = g.kernelWidth * channels
  images.update(repeating: 0, count: count * g.imageSize)
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
            addRow(
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

@inline(__always)
private func addRow(_ source: FloatPointer, to target: MutableFloatPointer, count: Int) {
  var i = 0
  while i + 8 <= count {
    store(load(target + i) + load(source + i), to: target + i)
    i += 8
  }
  while i < count {
    target[i] += source[i]
    i += 1
  }
}
