// Which kernels compute a convolution: chosen by its sizes alone, so that the same convolution always has the same bits.
// The sums over a batch that several of them share are below.

/// The ways to compute a convolution, in the order in which they are tried.
enum ConvolutionMethod {
  /// One filter for each channel.
  case depthwise
  /// Few channels: taps times pixels, without laying out windows.
  case direct
  /// Filters of 5 × 5 by F(2×2, 5×5), of 3 × 3 by F(4×4, 3×3).
  case winograd5x5, winograd3x3
  /// Filters of 3 × 3 at every second pixel, in the same way as few channels.
  case strided
  /// Filters of one pixel: products of matrices.
  case pointwise
  /// Images of a few pixels: a product of matrices for each pair of pixels.
  case pixelPairs
  /// All others: windows are laid out as rows (im2row) and multiplied.
  case windows
}

extension ConvolutionGeometry {
  /// The kernels for these sizes.
  var method: ConvolutionMethod {
    if isDepthwise { return .depthwise }
    if isDirect { return .direct }
    if isWinograd5x5 { return .winograd5x5 }
    if isWinograd3x3 { return .winograd3x3 }
    if isStrided { return .strided }
    if isPointwise { return .pointwise }
    if isPixelPairs { return .pixelPairs }
    return .windows
  }

  /// The geometry of the same convolution on images that have their border of zeros already.
  var padded: ConvolutionGeometry {
    var g = self
    g.height += 2 * padding
    g.width += 2 * padding
    g.padding = 0
    return g
  }
}

/// The image itself, or a copy of it with its border of zeros in `memory`.
func paddedImage(
  _ image: FloatPointer, memory: MutableFloatPointer, _ g: ConvolutionGeometry
) -> FloatPointer {
  if g.padding == 0 { return image }
  copyPadded(image, into: memory, g)
  return FloatPointer(memory)
}

/// Copies an image into the middle of a larger one, whose border is set to zeros.
///
/// - Parameter target: `[height, width, channels]` of `padded`.
func copyPadded(_ image: FloatPointer, into target: MutableFloatPointer, _ g: ConvolutionGeometry) {
  let border = g.padding * g.inputChannels
  let row = g.width * g.inputChannels
  let paddedRow = row + 2 * border
  target.update(repeating: 0, count: g.padding * paddedRow + border)
  var place = target + g.padding * paddedRow + border
  for y in 0..<g.height {
    place.update(from: image + y * row, count: row)
    (place + row).update(repeating: 0, count: 2 * border)
    place += paddedRow
  }
  place.update(repeating: 0, count: g.padding * paddedRow - border)
}

/// Sums over a batch, each slice of images on its own, added in the order of the slices.
///
/// - Parameters:
///   - gradients: the gradient of the output, for the bias.
///   - partCount: floats of one slice's sums.
///   - spareCount: floats of memory wanted behind the sums.
///   - bias: where the gradient of the bias goes, if it is wanted.
///   - body: overwrites the sums of the images in a range; its last argument is `scratchCount` floats.
/// - Returns: the sums, and the memory behind them.
func sumOverSlices(
  _ gradients: FloatPointer, imagesPerSlice: Int, partCount: Int, spareCount: Int = 0,
  scratchCount: Int, bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers,
  _ body: (Range<Int>, MutableFloatPointer, MutableFloatPointer) -> Void
) -> (sums: MutableFloatPointer, spare: MutableFloatPointer) {
  let sliceCount = ceilingDivision(g.batch, imagesPerSlice)
  let sliceStep = partCount + g.outputChannels
  let parts = workers.sharedScratch(max(1, sliceCount) * sliceStep + spareCount)
  workers.run(sliceCount, scratchCount: max(scratchCount, g.outputChannels)) { slice, scratch in
    let part = parts + slice * sliceStep
    let images = slice * imagesPerSlice..<min(g.batch, (slice + 1) * imagesPerSlice)
    body(images, part, scratch)
    if bias != nil {
      let biasPart = part + partCount
      biasPart.update(repeating: 0, count: g.outputChannels)
      for image in images {
        sumOfRows(
          gradients + image * g.outputSize, into: scratch, rows: g.outputPixels,
          columns: g.outputChannels, stride: g.outputChannels)
        for o in 0..<g.outputChannels { biasPart[o] += scratch[o] }
      }
    }
  }
  if sliceCount == 0 { parts.update(repeating: 0, count: sliceStep) }
  let usedCount = bias == nil ? partCount : sliceStep
  workers.run(sliceCount > 1 ? ceilingDivision(usedCount, elementsPerTask) : 0) { task, _ in
    let elements = task * elementsPerTask..<min(usedCount, (task + 1) * elementsPerTask)
    for slice in 1..<sliceCount {
      let part = parts + slice * sliceStep
      for i in elements { parts[i] += part[i] }
    }
  }
  bias?.update(from: parts + partCount, count: g.outputChannels)
  return (parts, parts + max(1, sliceCount) * sliceStep)
}

/// The gradient of the bias: each image's sum, added in the order of the images.
func sumImages(
  _ gradients: FloatPointer, into bias: MutableFloatPointer, _ g: ConvolutionGeometry,
  workers: Workers
) {
  let width = 64
  workers.run(ceilingDivision(g.outputChannels, width), scratchCount: width) { task, scratch in
    let first = task * width
    let count = min(width, g.outputChannels - first)
    (bias + first).update(repeating: 0, count: count)
    for image in 0..<g.batch {
      sumOfRows(
        gradients + image * g.outputSize + first, into: scratch, rows: g.outputPixels,
        columns: count, stride: g.outputChannels)
      for o in 0..<count { bias[first + o] += scratch[o] }
    }
  }
}
