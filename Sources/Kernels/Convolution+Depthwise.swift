// Convolutions with one filter for each channel (groups == channels), eight channels in a register.
// Each image is copied with its border of zeros and channels filled up to whole registers, so that no window is special.

extension ConvolutionGeometry {
  /// Whether each channel has its own filter and nothing else.
  var isDepthwise: Bool { groups > 1 && groups == inputChannels && groups == outputChannels }
}

/// The forward pass.
func convolveDepthwise(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let plan = DepthwisePlan(g)
  let filters = workers.sharedScratch(plan.filterCount)
  plan.pack(weights, bias: bias, into: filters, isTurned: false)
  workers.run(g.batch, scratchCount: plan.paddedCount) { image, padded in
    plan.pad(x + image * g.imageSize, into: padded)
    plan.convolve(padded, filters: filters, into: y + image * g.outputSize)
  }
}

/// The gradient of the input: without a stride the convolution with the filters turned by 180°.
func differentiateInputDepthwise(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let isSquare = g.kernelHeight == g.kernelWidth
  if g.stride == 1 && isSquare && g.padding < g.kernelHeight {
    var turned = g
    turned.height = g.outputHeight
    turned.width = g.outputWidth
    turned.padding = g.kernelHeight - 1 - g.padding
    let plan = DepthwisePlan(turned)
    let filters = workers.sharedScratch(plan.filterCount)
    plan.pack(weights, bias: nil, into: filters, isTurned: true)
    workers.run(g.batch, scratchCount: plan.paddedCount) { image, padded in
      plan.pad(dy + image * g.outputSize, into: padded)
      plan.convolve(padded, filters: filters, into: dx + image * g.imageSize)
    }
    return
  }
  let plan = DepthwisePlan(g)
  let filters = workers.sharedScratch(plan.filterCount)
  plan.pack(weights, bias: nil, into: filters, isTurned: false)
  workers.run(g.batch, scratchCount: plan.paddedCount) { image, padded in
    plan.spread(dy + image * g.outputSize, filters: filters, over: padded)
    plan.crop(padded, into: dx + image * g.imageSize)
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersDepthwise(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let plan = DepthwisePlan(g)
  let partCount = plan.taps * plan.channels
  let sums = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: partCount, scratchCount: plan.paddedCount,
    bias: bias, g, workers: workers
  ) { images, part, padded in
    part.update(repeating: 0, count: partCount)
    for image in images {
      plan.pad(x + image * g.imageSize, into: padded)
      plan.addFilterGradients(padded, dy + image * g.outputSize, to: part)
    }
  }.sums
  for c in 0..<g.inputChannels {
    for tap in 0..<plan.taps { dw[c * plan.taps + tap] = sums[tap * plan.channels + c] }
  }
}

/// Sizes of the padded images and packed filters of a depth-wise convolution.
private struct DepthwisePlan {
  let geometry: ConvolutionGeometry
  /// Channels, filled up to whole registers.
  let channels: Int
  let taps: Int
  /// Floats of a row of a padded image.
  private let row: Int

  init(_ g: ConvolutionGeometry) {
    geometry = g
    channels = ceilingDivision(g.inputChannels, 8) * 8
    taps = g.kernelHeight * g.kernelWidth
    row = (g.width + 2 * g.padding) * channels
  }

  var paddedCount: Int { (geometry.height + 2 * geometry.padding) * row }
  var filterCount: Int { (taps + 1) * channels }

  /// The bias and then each tap of all filters, `[1 + tap][channels]`.
  func pack(
    _ weights: FloatPointer, bias: FloatPointer?, into filters: MutableFloatPointer, isTurned: Bool
  ) {
    filters.update(repeating: 0, count: filterCount)
    if let bias { filters.update(from: bias, count: geometry.inputChannels) }
    for c in 0..<geometry.inputChannels {
      for tap in 0..<taps {
        filters[(tap + 1) * channels + c] = weights[c * taps + (isTurned ? taps - 1 - tap : tap)]
      }
    }
  }

  /// Copies an image into the middle of a padded one.
  func pad(_ image: FloatPointer, into padded: MutableFloatPointer) {
    let g = geometry
    if channels == g.inputChannels {
      copyPadded(image, into: padded, g)
      return
    }
    padded.update(repeating: 0, count: paddedCount)
    for y in 0..<g.height {
      for x in 0..<g.width {
        (padded + (y + g.padding) * row + (x + g.padding) * channels).update(
          from: image + (y * g.width + x) * g.inputChannels, count: g.inputChannels)
      }
    }
  }

  /// Copies the middle of a padded image.
  func crop(_ padded: FloatPointer, into image: MutableFloatPointer) {
    let g = geometry
    for y in 0..<g.height {
      let source = padded + (y + g.padding) * row + g.padding * channels
      let target = image + y * g.width * g.inputChannels
      if channels == g.inputChannels {
        target.update(from: source, count: g.width * channels)
      } else {
        for x in 0..<g.width {
          (target + x * g.inputChannels).update(
            from: source + x * channels, count: g.inputChannels)
        }
      }
    }
  }

  /// Outputs of a padded image: the bias, then the taps in order.
  func convolve(
    _ padded: FloatPointer, filters: FloatPointer, into output: MutableFloatPointer
  ) {
    let g = geometry
    for y in 0..<g.outputHeight {
      for channel in stride(from: 0, to: g.inputChannels, by: 8) {
        let count = min(8, g.inputChannels - channel)
        let source = padded + (y * g.stride * row + channel)
        let target = output + (y * g.outputWidth * g.inputChannels + channel)
        if g.kernelHeight == 3 && g.kernelWidth == 3 {
          convolveRowOfThree(source, filters + channel, into: target, count: count)
        } else {
          convolveRow(source, filters + channel, into: target, count: count)
        }
      }
    }
  }

  private func convolveRow(
    _ source: FloatPointer, _ filters: FloatPointer, into target: MutableFloatPointer, count: Int
  ) {
    let g = geometry
    for x in 0..<g.outputWidth {
      let window = source + x &* g.stride &* channels
      var sum = load(filters)
      var filter = filters + channels
      for r in 0..<g.kernelHeight {
        for s in 0..<g.kernelWidth {
          sum.addProduct(load(window + (r &* row &+ s &* channels)), load(filter))
          filter += channels
        }
      }
      storeSome(sum, to: target + x &* g.inputChannels, count)
    }
  }

  // The same with nine taps in registers.
  private func convolveRowOfThree(
    _ source: FloatPointer, _ filters: FloatPointer, into target: MutableFloatPointer, count: Int
  ) {
    let shift = load(filters)
    let tap0 = load(filters + channels)
    let tap1 = load(filters + 2 * channels)
    let tap2 = load(filters + 3 * channels)
    let tap3 = load(filters + 4 * channels)
    let tap4 = load(filters + 5 * channels)
    let tap5 = load(filters + 6 * channels)
    let tap6 = load(filters + 7 * channels)
    let tap7 = load(filters + 8 * channels)
    let tap8 = load(filters + 9 * channels)
    let step = geometry.stride * channels
    var above = source
    var place = target
    for _ in 0..<geometry.outputWidth {
      let middle = above + row
      let below = middle + row
      var sum = shift.addingProduct(load(above), tap0)
      sum.addProduct(load(above + channels), tap1)
      sum.addProduct(load(above + 2 &* channels), tap2)
      sum.addProduct(load(middle), tap3)
      sum.addProduct(load(middle + channels), tap4)
      sum.addProduct(load(middle + 2 &* channels), tap5)
      sum.addProduct(load(below), tap6)
      sum.addProduct(load(below + channels), tap7)
      sum.addProduct(load(below + 2 &* channels), tap8)
      storeSome(sum, to: place, count)
      above += step
      place += geometry.inputChannels
    }
  }

  /// The gradient of a padded image: each window's output gradient times its taps, added up.
  func spread(
    _ gradient: FloatPointer, filters: FloatPointer, over padded: MutableFloatPointer
  ) {
    let g = geometry
    padded.update(repeating: 0, count: paddedCount)
    for y in 0..<g.outputHeight {
      for channel in stride(from: 0, to: g.inputChannels, by: 8) {
        let count = min(8, g.inputChannels - channel)
        for x in 0..<g.outputWidth {
          let slope = loadSome(
            gradient + ((y &* g.outputWidth &+ x) &* g.inputChannels &+ channel), count)
          let window = padded + (y &* g.stride &* row &+ x &* g.stride &* channels &+ channel)
          var filter = filters + (channels &+ channel)
          for r in 0..<g.kernelHeight {
            for s in 0..<g.kernelWidth {
              let place = window + (r &* row &+ s &* channels)
              store(load(place).addingProduct(slope, load(filter)), to: place)
              filter += channels
            }
          }
        }
      }
    }
  }

  /// Adds the gradients of a padded image's filters to `sums`, `[tap][channels]`.
  func addFilterGradients(
    _ padded: FloatPointer, _ gradient: FloatPointer, to sums: MutableFloatPointer
  ) {
    let g = geometry
    for channel in stride(from: 0, to: g.inputChannels, by: 8) {
      let count = min(8, g.inputChannels - channel)
      for r in 0..<g.kernelHeight {
        // Three columns of taps share each gradient that is read.
        for s in stride(from: 0, to: g.kernelWidth, by: 3) {
          let second = s + 1 < g.kernelWidth ? channels : 0
          let third = s + 2 < g.kernelWidth ? 2 * channels : 0
          var (sum0, sum1, sum2) = (Lanes(), Lanes(), Lanes())
          for y in 0..<g.outputHeight {
            var source = padded + ((y &* g.stride &+ r) &* row &+ s &* channels &+ channel)
            var slope = gradient + (y &* g.outputWidth &* g.inputChannels &+ channel)
            for _ in 0..<g.outputWidth {
              let value = loadSome(slope, count)
              sum0.addProduct(load(source), value)
              sum1.addProduct(load(source + second), value)
              sum2.addProduct(load(source + third), value)
              source += g.stride &* channels
              slope += g.inputChannels
            }
          }
          let target = sums + ((r &* g.kernelWidth &+ s) &* channels &+ channel)
          store(load(target) + sum0, to: target)
          if second > 0 { store(load(target + second) + sum1, to: target + second) }
          if third > 0 { store(load(target + third) + sum2, to: target + third) }
        }
      }
    }
  }
}
