// Convolutions of images with few channels (the first layer of a network), without laying out windows.
// Sixteen or twenty-four outputs are two or three registers; four pixels, or four filter positions, share each load of them.
// Start with `isDirect`, which says where this pays, then `convolveDirectly`.

extension ConvolutionGeometry {
  /// Outputs a micro-kernel computes at once: two registers or three, whichever leaves less to be filled up.
  var outputBlock: Int {
    ceilingDivision(outputChannels, 16) * 16 < ceilingDivision(outputChannels, 24) * 24 ? 16 : 24
  }

  /// Blocks of outputs, the last filled up with zeros.
  var outputBlockCount: Int { ceilingDivision(outputChannels, outputBlock) }

  /// Whether the direct kernels are the faster ones: few channels, at most half of the outputs filled up.
  var isDirect: Bool {
    groups == 1 && inputChannels <= 4 && kernelHeight * kernelWidth <= 64
      && outputBlockCount * outputBlock <= 2 * outputChannels
  }

  /// Where element `tap` of a window lies, counted from its first element.
  @inline(__always)
  func offset(ofTap tap: Int) -> Int {
    let row = kernelWidth * inputChannels
    return tap / row * width * inputChannels + tap % row
  }

  /// Where element `tap` of a window stands in a filter `[C, R, S]`.
  @inline(__always)
  func filterPosition(ofTap tap: Int) -> Int {
    tap % inputChannels * kernelHeight * kernelWidth + tap / inputChannels
  }

  /// Floats `packDirectly` writes.
  var packedCount: Int { outputBlockCount * (windowSize + 1) * outputBlock }
}

/// The forward pass; images with a border are copied first.
func convolveDirectly(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let packed = workers.sharedScratch(g.packedCount)
  packDirectly(weights, bias: bias, into: packed, g)
  let inner = g.padded
  workers.run(g.batch, scratchCount: g.padding == 0 ? 0 : inner.imageSize) { image, scratch in
    let source = paddedImage(x + image * g.imageSize, memory: scratch, g)
    convolveImage(source, packed: packed, into: y + image * g.outputSize, inner)
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersDirectly(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let inner = g.padded
  let rowCount = (g.outputWidth + 1) * g.outputChannels + 32
  let sums = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: g.directSumCount,
    scratchCount: rowCount + (g.padding == 0 ? 0 : inner.imageSize), bias: bias, g,
    workers: workers
  ) { images, part, scratch in
    part.update(repeating: 0, count: g.directSumCount)
    for image in images {
      let source = paddedImage(x + image * g.imageSize, memory: scratch + rowCount, g)
      addImageGradients(source, dy + image * g.outputSize, to: part, lastRow: scratch, inner)
    }
  }.sums
  unpackDirectly(sums, into: dw, g)
}

// Packs bias and filters as `[block][1 + tap][outputBlock]`, zeros where a block has no output.
private func packDirectly(
  _ weights: FloatPointer, bias: FloatPointer?, into packed: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let block = g.outputBlock
  packed.update(repeating: 0, count: g.packedCount)
  for output in 0..<g.outputChannels {
    let target = packed + output / block * (g.windowSize + 1) * block + output % block
    if let bias { target[0] = bias[output] }
    for tap in 0..<g.windowSize {
      target[(tap + 1) * block] = weights[output * g.windowSize + g.filterPosition(ofTap: tap)]
    }
  }
}

// One image's convolution from packed filters: each output is its bias, then its taps in order.
private func convolveImage(
  _ image: FloatPointer, packed: FloatPointer, into output: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  if g.outputBlock == 16 {
    convolve(image, packed: packed, into: output, g, by: SixteenLanes.self)
  } else {
    convolve(image, packed: packed, into: output, g, by: TwentyFourLanes.self)
  }
}

@inline(__always)
private func convolve<Registers: LaneGroup>(
  _ image: FloatPointer, packed: FloatPointer, into output: MutableFloatPointer,
  _ g: ConvolutionGeometry, by kind: Registers.Type
) {
  let block = Registers.width
  let step = g.stride * g.inputChannels
  let windowRow = g.kernelWidth * g.inputChannels
  let imageRow = g.width * g.inputChannels
  for blockIndex in 0..<g.outputBlockCount {
    let filters = packed + blockIndex * (g.windowSize + 1) * block
    let firstOutput = blockIndex * block
    let outputCount = min(block, g.outputChannels - firstOutput)
    for row in 0..<g.outputHeight {
      let source = image + row * g.stride * imageRow
      let target = output + row * g.outputWidth * g.outputChannels + firstOutput
      var column = 0
      while column < g.outputWidth {
        // The last four pixels may overlap the previous ones: the same sums are written again.
        let first = max(0, min(column, g.outputWidth - 4))
        let last = g.outputWidth - 1
        let pixel0 = source + first * step
        let pixel1 = source + min(first + 1, last) * step
        let pixel2 = source + min(first + 2, last) * step
        let pixel3 = source + min(first + 3, last) * step
        var sum0 = Registers(filters)
        var (sum1, sum2, sum3) = (sum0, sum0, sum0)
        var filter = filters + block
        var rowStart = 0
        for _ in 0..<g.kernelHeight {
          for tap in rowStart..<rowStart + windowRow {
            let weights = Registers(filter)
            sum0.addProduct(pixel0[tap], weights)
            sum1.addProduct(pixel1[tap], weights)
            sum2.addProduct(pixel2[tap], weights)
            sum3.addProduct(pixel3[tap], weights)
            filter += block
          }
          rowStart += imageRow
        }
        let place = target + first * g.outputChannels
        sum0.store(to: place, count: outputCount)
        if first + 1 <= last { sum1.store(to: place + g.outputChannels, count: outputCount) }
        if first + 2 <= last { sum2.store(to: place + 2 * g.outputChannels, count: outputCount) }
        if first + 3 <= last { sum3.store(to: place + 3 * g.outputChannels, count: outputCount) }
        column += 4
      }
    }
  }
}

// Adds one image's filter gradients to `sums`, `[block][tap rounded up to four][outputBlock]`.
// `lastRow` is memory for one row of output gradients and a register more.
private func addImageGradients(
  _ image: FloatPointer, _ gradient: FloatPointer, to sums: MutableFloatPointer,
  lastRow: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  if g.outputBlock == 16 {
    addGradients(image, gradient, to: sums, lastRow: lastRow, g, by: SixteenLanes.self)
  } else {
    addGradients(image, gradient, to: sums, lastRow: lastRow, g, by: TwentyFourLanes.self)
  }
}

@inline(__always)
private func addGradients<Registers: LaneGroup>(
  _ image: FloatPointer, _ gradient: FloatPointer, to sums: MutableFloatPointer,
  lastRow: MutableFloatPointer, _ g: ConvolutionGeometry, by kind: Registers.Type
) {
  let block = Registers.width
  let step = g.stride * g.inputChannels
  let imageRow = g.width * g.inputChannels
  let gradientRow = g.outputWidth * g.outputChannels
  // A register may reach beyond the last pixel's outputs: the last row is read from a longer copy.
  lastRow.update(from: gradient + (g.outputHeight - 1) * gradientRow, count: gradientRow)
  (lastRow + gradientRow).update(repeating: 0, count: block)
  var target = sums
  for blockIndex in 0..<g.outputBlockCount {
    for firstTap in stride(from: 0, to: g.windowSize, by: 4) {
      let last = g.windowSize - 1
      let offset0 = g.offset(ofTap: firstTap)
      let offset1 = g.offset(ofTap: min(firstTap + 1, last))
      let offset2 = g.offset(ofTap: min(firstTap + 2, last))
      let offset3 = g.offset(ofTap: min(firstTap + 3, last))
      var (sum0, sum1, sum2, sum3) = (Registers(), Registers(), Registers(), Registers())
      for row in 0..<g.outputHeight {
        var slope = FloatPointer(lastRow)
        if row < g.outputHeight - 1 { slope = gradient + row * gradientRow }
        slope += blockIndex * block
        var pixel = image + row * g.stride * imageRow
        for _ in 0..<g.outputWidth {
          let slopes = Registers(slope)
          sum0.addProduct(pixel[offset0], slopes)
          sum1.addProduct(pixel[offset1], slopes)
          sum2.addProduct(pixel[offset2], slopes)
          sum3.addProduct(pixel[offset3], slopes)
          slope += g.outputChannels
          pixel += step
        }
      }
      sum0.add(to: target)
      sum1.add(to: target + block)
      sum2.add(to: target + 2 * block)
      sum3.add(to: target + 3 * block)
      target += 4 * block
    }
  }
}

extension ConvolutionGeometry {
  /// Floats of one slice's sums in `addImageGradients`.
  var directSumCount: Int {
    outputBlockCount * ceilingDivision(windowSize, 4) * 4 * outputBlock
  }
}

// Filter gradients from the sums of `addImageGradients` to `[K, C, R, S]`.
private func unpackDirectly(
  _ sums: FloatPointer, into gradient: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let block = g.outputBlock
  let tapCount = ceilingDivision(g.windowSize, 4) * 4
  for output in 0..<g.outputChannels {
    let source = sums + output / block * tapCount * block + output % block
    for tap in 0..<g.windowSize {
      gradient[output * g.windowSize + g.filterPosition(ofTap: tap)] = source[tap * block]
    }
  }
}
