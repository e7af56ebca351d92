// Convolutions of images with few channels (the first layer of a network), without laying out windows.
// Twenty-four outputs are three registers; four pixels, or four filter positions, share each load of them.
// Start with `isDirect`, which says where this pays, then `convolveDirectly`.

extension ConvolutionGeometry {
  /// Outputs a micro-kernel computes at once.
  static let outputBlock = 24

  /// Blocks of outputs, the last filled up with zeros.
  var outputBlockCount: Int { ceilingDivision(outputChannels, Self.outputBlock) }

  /// Whether the direct kernels are the faster ones: few channels, no border, little filling up.
  var isDirect: Bool {
    padding == 0 && inputChannels <= 4 && kernelHeight * kernelWidth <= 64
      && outputBlockCount * Self.outputBlock * 5 <= outputChannels * 6
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
  var packedCount: Int { outputBlockCount * (windowSize + 1) * Self.outputBlock }
}

/// Packs bias and filters as `[block][1 + tap][24]`, zeros where a block has no output.
func packDirectly(
  _ weights: FloatPointer, bias: FloatPointer?, into packed: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let block = ConvolutionGeometry.outputBlock
  packed.update(repeating: 0, count: g.packedCount)
  for output in 0..<g.outputChannels {
    let target = packed + output / block * (g.windowSize + 1) * block + output % block
    if let bias { target[0] = bias[output] }
    for tap in 0..<g.windowSize {
      target[(tap + 1) * block] = weights[output * g.windowSize + g.filterPosition(ofTap: tap)]
    }
  }
}

/// One image's convolution from packed filters: each output is its bias, then its taps in order.
func convolveDirectly(
  _ image: FloatPointer, packed: FloatPointer, into output: MutableFloatPointer,
  _ g: ConvolutionGeometry
) {
  let block = ConvolutionGeometry.outputBlock
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
        let bias0 = load(filters)
        let bias1 = load(filters + 8)
        let bias2 = load(filters + 16)
        var (sum00, sum01, sum02) = (bias0, bias1, bias2)
        var (sum10, sum11, sum12) = (bias0, bias1, bias2)
        var (sum20, sum21, sum22) = (bias0, bias1, bias2)
        var (sum30, sum31, sum32) = (bias0, bias1, bias2)
        var filter = filters + block
        var rowStart = 0
        for _ in 0..<g.kernelHeight {
          for tap in rowStart..<rowStart + windowRow {
            let weight0 = load(filter)
            let weight1 = load(filter + 8)
            let weight2 = load(filter + 16)
            var value = Lanes(repeating: pixel0[tap])
            sum00.addProduct(value, weight0)
            sum01.addProduct(value, weight1)
            sum02.addProduct(value, weight2)
            value = Lanes(repeating: pixel1[tap])
            sum10.addProduct(value, weight0)
            sum11.addProduct(value, weight1)
            sum12.addProduct(value, weight2)
            value = Lanes(repeating: pixel2[tap])
            sum20.addProduct(value, weight0)
            sum21.addProduct(value, weight1)
            sum22.addProduct(value, weight2)
            value = Lanes(repeating: pixel3[tap])
            sum30.addProduct(value, weight0)
            sum31.addProduct(value, weight1)
            sum32.addProduct(value, weight2)
            filter += block
          }
          rowStart += imageRow
        }
        let sums = (
          (sum00, sum01, sum02), (sum10, sum11, sum12), (sum20, sum21, sum22),
          (sum30, sum31, sum32)
        )
        let place = target + first * g.outputChannels
        storeOutputs(sums.0, to: place, count: outputCount)
        if first + 1 <= last {
          storeOutputs(sums.1, to: place + g.outputChannels, count: outputCount)
        }
        if first + 2 <= last {
          storeOutputs(sums.2, to: place + 2 * g.outputChannels, count: outputCount)
        }
        if first + 3 <= last {
          storeOutputs(sums.3, to: place + 3 * g.outputChannels, count: outputCount)
        }
        column += 4
      }
    }
  }
}

/// Adds one image's filter gradients to `sums`, `[block][tap rounded up to four][24]`.
///
/// - Parameter lastRow: memory for one row of output gradients and a register more.
func addFilterGradientsDirectly(
  _ image: FloatPointer, _ gradient: FloatPointer, to sums: MutableFloatPointer,
  lastRow: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let block = ConvolutionGeometry.outputBlock
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
      var (sum00, sum01, sum02) = (Lanes(), Lanes(), Lanes())
      var (sum10, sum11, sum12) = (Lanes(), Lanes(), Lanes())
      var (sum20, sum21, sum22) = (Lanes(), Lanes(), Lanes())
      var (sum30, sum31, sum32) = (Lanes(), Lanes(), Lanes())
      for row in 0..<g.outputHeight {
        var slope = FloatPointer(lastRow)
        if row < g.outputHeight - 1 { slope = gradient + row * gradientRow }
        slope += blockIndex * block
        var pixel = image + row * g.stride * imageRow
        for _ in 0..<g.outputWidth {
          let slope0 = load(slope)
          let slope1 = load(slope + 8)
          let slope2 = load(slope + 16)
          var value = Lanes(repeating: pixel[offset0])
          sum00.addProduct(value, slope0)
          sum01.addProduct(value, slope1)
          sum02.addProduct(value, slope2)
          value = Lanes(repeating: pixel[offset1])
          sum10.addProduct(value, slope0)
          sum11.addProduct(value, slope1)
          sum12.addProduct(value, slope2)
          value = Lanes(repeating: pixel[offset2])
          sum20.addProduct(value, slope0)
          sum21.addProduct(value, slope1)
          sum22.addProduct(value, slope2)
          value = Lanes(repeating: pixel[offset3])
          sum30.addProduct(value, slope0)
          sum31.addProduct(value, slope1)
          sum32.addProduct(value, slope2)
          slope += g.outputChannels
          pixel += step
        }
      }
      addOutputs((sum00, sum01, sum02), to: target)
      addOutputs((sum10, sum11, sum12), to: target + block)
      addOutputs((sum20, sum21, sum22), to: target + 2 * block)
      addOutputs((sum30, sum31, sum32), to: target + 3 * block)
      target += 4 * block
    }
  }
}

extension ConvolutionGeometry {
  /// Floats of one slice's sums in `addFilterGradientsDirectly`.
  var directSumCount: Int {
    outputBlockCount * ceilingDivision(windowSize, 4) * 4 * Self.outputBlock
  }
}

/// Filter gradients from the sums of `addFilterGradientsDirectly` to `[K, C, R, S]`.
func unpackDirectly(
  _ sums: FloatPointer, into gradient: MutableFloatPointer, _ g: ConvolutionGeometry
) {
  let block = ConvolutionGeometry.outputBlock
  let tapCount = ceilingDivision(g.windowSize, 4) * 4
  for output in 0..<g.outputChannels {
    let source = sums + output / block * tapCount * block + output % block
    for tap in 0..<g.windowSize {
      gradient[output * g.windowSize + g.filterPosition(ofTap: tap)] = source[tap * block]
    }
  }
}

@inline(__always)
private func storeOutputs(
  _ sums: (Lanes, Lanes, Lanes), to target: MutableFloatPointer, count: Int
) {
  if count == 24 {
    store(sums.0, to: target)
    store(sums.1, to: target + 8)
    store(sums.2, to: target + 16)
  } else if count == 20 {
    store(sums.0, to: target)
    store(sums.1, to: target + 8)
    UnsafeMutableRawPointer(target + 16).storeBytes(
      of: sums.2.lowHalf, as: SIMD4<Float>.self)
  } else {
    store(sums.0, to: target, count: min(8, count))
    store(sums.1, to: target + 8, count: max(0, min(8, count - 8)))
    store(sums.2, to: target + 16, count: max(0, count - 16))
  }
}

@inline(__always)
private func addOutputs(_ sums: (Lanes, Lanes, Lanes), to target: MutableFloatPointer) {
  store(load(target) + sums.0, to: target)
  store(load(target + 8) + sums.1, to: target + 8)
  store(load(target + 16) + sums.2, to: target + 16)
}
