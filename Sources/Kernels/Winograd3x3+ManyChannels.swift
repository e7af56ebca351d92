// The same convolution where transformed filters would not fit a cache: a group of images is transformed by all threads, then
// each block of sixteen output channels has one owner, who transforms its filters and multiplies all tiles while they are near.

extension WinogradTiles {
  /// Floats of transformed images that a group may have, some ten megabytes.
  private static let groupSize = 2_500_000
  /// Tiles that are multiplied before their sums are transformed.
  private static let tilesPerBlock = 126

  /// Convolves a batch as `convolveByWinograd3x3` does.
  func convolveByOwners(
    _ images: FloatPointer, weights: FloatPointer, _ filters: WinogradFilters, bias: FloatPointer?,
    into target: MutableFloatPointer, batch: Int, _ workers: Workers
  ) {
    let inputs = filters.inner
    let groupCount = max(1, ceilingDivision(batch * 36 * perImage * inputs, Self.groupSize))
    let imagesPerGroup = ceilingDivision(batch, groupCount)
    let inputPlane = imagesPerGroup * perImage * inputs + 16
    let shifts = workers.sharedScratch(filters.columns + 36 * inputPlane)
    let inputPlanes = shifts + filters.columns
    shifts.update(repeating: 0, count: filters.columns)
    if let bias { shifts.update(from: bias, count: filters.columns) }
    for first in stride(from: 0, to: batch, by: max(1, imagesPerGroup)) {
      let count = min(imagesPerGroup, batch - first)
      workers.run(
        count * down, scratchCount: Self.lineCount + bandCount(channels: inputs, border: 1)
      ) { row, scratch in
        transformRow(
          first * down + row, of: images, channels: inputs,
          into: inputPlanes + row * across * inputs, plane: inputPlane, scratch: scratch)
      }
      let firstTile = first * perImage
      workers.run(filters.blockCount, scratchCount: ownerScratchCount(filters)) { block, scratch in
        convolve(
          firstTile..<firstTile + count * perImage, planes: inputPlanes, plane: inputPlane,
          weights: weights, filters, block: block, bias: shifts + block * 16, into: target,
          scratch: scratch)
      }
    }
  }

  // Bᵀ d B of one row of tiles, [tile][channel] at each point.
  private func transformRow(
    _ row: Int, of images: FloatPointer, channels: Int, into planes: MutableFloatPointer,
    plane: Int, scratch: MutableFloatPointer
  ) {
    let band = scratch + Self.lineCount
    fillBand(images, row: row, border: 1, channels: channels, into: band)
    for column in 0..<across {
      transformInput(
        band, column: column, channels: channels, into: planes + column * channels, plane: plane,
        block: 16, lines: scratch)
    }
  }

  // Floats from one point's sums to the next.
  private var outputPlane: Int { Self.tilesPerBlock * 16 + 16 }

  // One patch of outputs, filters of one block, and sums.
  private func ownerScratchCount(_ filters: WinogradFilters) -> Int {
    Self.lineCount + 256 + 36 * (filters.plane(blocks: 1) + outputPlane)
  }

  // Sixteen output channels of the tiles whose transforms are in `planes`.
  private func convolve(
    _ range: Range<Int>, planes: FloatPointer, plane: Int, weights: FloatPointer,
    _ filters: WinogradFilters, block: Int, bias: FloatPointer, into target: MutableFloatPointer,
    scratch: MutableFloatPointer
  ) {
    let patch = scratch + Self.lineCount
    let points = patch + 256
    let pointStep = filters.plane(blocks: 1)
    let sums = points + 36 * pointStep
    filters.transform(block: block, of: weights, into: points, plane: pointStep)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.tilesPerBlock) {
      let count = min(Self.tilesPerBlock, range.upperBound - first)
      let firstRow = (first - range.lowerBound) * filters.inner
      for point in 0..<36 {
        multiplyTiles(
          planes + (point * plane + firstRow), count: count, inner: filters.inner,
          panel: points + point * pointStep, into: sums + point * outputPlane, columns: 16)
      }
      for t in 0..<count {
        transformOutput(
          sums + t &* 16, plane: outputPlane, channels: 16, bias: bias, into: patch, row: 64,
          lines: scratch)
        copyPatch(patch, tile: first + t, to: target + block * 16, channels: filters.columns)
      }
    }
  }
}
