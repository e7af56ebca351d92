// The gradient of 3 × 3 filters by Winograd's method: ΔU = Σ (Bᵀ d B)ᵀ(A dy Aᵀ) at 36 points, then Gᵀ ΔU G.
// Few channels: slices of images have their own ΔU. Many channels: each block of sixteen inputs has one owner.
// Transformed tiles lie in panels of sixteen channels, `[point][channels / 16][tile][16]`, as the outer products read them.

/// Transformed inputs and output gradients of some tiles, and the sums of their outer products.
struct WinogradGradient {
  let tiles: WinogradTiles
  let inputs: Int
  let outputs: Int
  /// How many tiles the panels hold.
  let capacity: Int

  /// Floats from one panel of sixteen channels to the next; sixteen more keep them off the same cache lines.
  private var panelStep: Int { capacity * 16 + 16 }
  /// Floats from one point to the next.
  private var inputPlane: Int { panelStep * (inputs / 16) }
  private var outputPlane: Int { panelStep * (outputs / 16) }
  // The bands that a row of tiles is read from.
  private var inputBandCount: Int { tiles.bandCount(channels: inputs, border: 1) }
  private var outputBandCount: Int { tiles.bandCount(channels: outputs, border: 0) }

  /// Floats of memory `fillPanels` needs.
  var bandCount: Int { WinogradTiles.lineCount + inputBandCount + outputBandCount }
  /// Floats of both panels.
  var panelCount: Int { 36 * (inputPlane + outputPlane) }
  /// Floats from one point to the next of the sums of some blocks of sixteen inputs, `[blocks][outputs / 16][16][16]`.
  func sumPlane(inputBlocks: Int) -> Int { inputBlocks * 16 * outputs + 16 }

  /// Transforms the tiles in `range` into the panels, from tile `range.lowerBound - first` on.
  func fillPanels(
    _ images: FloatPointer, _ gradients: FloatPointer, tiles range: Range<Int>, first: Int,
    panels: MutableFloatPointer, memory: MutableFloatPointer
  ) {
    let outputPanels = panels + 36 * inputPlane
    let inputBand = memory + WinogradTiles.lineCount
    let outputBand = inputBand + inputBandCount
    var bandRow = -1
    for tile in range {
      let row = tile / tiles.across
      let column = tile - row &* tiles.across
      if row != bandRow {
        tiles.fillBand(images, row: row, border: 1, channels: inputs, into: inputBand)
        tiles.fillBand(gradients, row: row, border: 0, channels: outputs, into: outputBand)
        bandRow = row
      }
      let offset = (tile &- first) &* 16
      tiles.transformInput(
        inputBand, column: column, channels: inputs, into: panels + offset, plane: inputPlane,
        block: panelStep, lines: memory)
      tiles.transposeOutput(
        outputBand, column: column, channels: outputs, into: outputPanels + offset,
        plane: outputPlane, block: panelStep, lines: memory)
    }
  }

  /// Adds the outer products of the first `count` tiles at one point, for one block of sixteen inputs.
  ///
  /// - Parameter sums: `[outputs / 16][16][16]`.
  func addProducts(
    _ panels: FloatPointer, count: Int, point: Int, inputBlock: Int, to sums: MutableFloatPointer
  ) {
    let left = panels + (point * inputPlane + inputBlock * panelStep)
    let right = panels + (36 * inputPlane + point * outputPlane)
    for first in stride(from: 0, to: count, by: Self.tilesPerProduct) {
      let tileCount = min(Self.tilesPerProduct, count - first)
      let a = left + first &* 16
      var b = right + first &* 16
      var tile = sums
      for _ in 0..<outputs / 16 {
        addOuterProducts(a, step: 16, b, step: 16, count: tileCount, to: tile)
        tile += 256
        b += panelStep
      }
    }
  }

  // As many tiles as leave both panels in the nearest cache.
  private static let tilesPerProduct = 128

  /// The gradients of the filters between one block of sixteen inputs and all outputs, from their sums.
  func finish(
    inputBlock: Int, _ sums: FloatPointer, plane: Int, into gradient: MutableFloatPointer,
    accumulate: Bool = false
  ) {
    for block in 0..<outputs / 16 {
      WinogradFilters.transpose(
        sums + block * 256, plane: plane,
        into: gradient + (block * inputs + inputBlock) * 16 * 9, inputChannels: inputs,
        accumulate: accumulate)
    }
  }
}

/// The gradient of the filters in `[K, C, 3, 3]`, and of the bias unless it is nil; both are overwritten.
func differentiateFiltersByWinograd3x3(
  _ gradients: FloatPointer, input images: FloatPointer, into weightGradient: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  if g.hasManyChannels {
    sumByOwners(gradients, input: images, into: weightGradient, g, workers)
    if let bias { sumImages(gradients, into: bias, g, workers: workers) }
  } else {
    sumBySlices(gradients, input: images, into: weightGradient, bias: bias, g, workers)
  }
}

// Each slice of images has its own sums, which are added in the order of the slices.
private func sumBySlices(
  _ gradients: FloatPointer, input images: FloatPointer, into weightGradient: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, _ workers: Workers
) {
  let tiles = WinogradTiles(height: g.height, width: g.width)
  // Panels of some 160 KB, of whole rows of tiles where they hold one.
  let fitting = max(8, 40_000 / (36 * (g.inputChannels + g.outputChannels)))
  let plan = WinogradGradient(
    tiles: tiles, inputs: g.inputChannels, outputs: g.outputChannels,
    capacity: fitting - (fitting > tiles.across ? fitting % tiles.across : 0))
  let inputBlocks = plan.inputs / 16
  let blockSize = 16 * plan.outputs
  let plane = plan.sumPlane(inputBlocks: inputBlocks)
  // Four slices at least, so that four threads have work, and no more than a megabyte of them.
  let sliceCount = max(4, 250_000 / (36 * plane))
  let panelStart = plan.bandCount
  let sums = sumOverSlices(
    gradients, imagesPerSlice: max(g.smallestSlice, ceilingDivision(g.batch, sliceCount)),
    partCount: 36 * plane, scratchCount: panelStart + plan.panelCount, bias: bias, g,
    workers: workers
  ) { range, part, scratch in
    part.update(repeating: 0, count: 36 * plane)
    let end = range.upperBound * tiles.perImage
    for first in stride(from: range.lowerBound * tiles.perImage, to: end, by: plan.capacity) {
      let count = min(plan.capacity, end - first)
      plan.fillPanels(
        images, gradients, tiles: first..<first + count, first: first,
        panels: scratch + panelStart, memory: scratch)
      for point in 0..<36 {
        for block in 0..<inputBlocks {
          plan.addProducts(
            scratch + panelStart, count: count, point: point, inputBlock: block,
            to: part + (point &* plane &+ block &* blockSize))
        }
      }
    }
  }.sums
  workers.run(inputBlocks) { block, _ in
    plan.finish(inputBlock: block, sums + block * blockSize, plane: plane, into: weightGradient)
  }
}

// Floats of transformed tiles that a group may have, some twenty megabytes.
private let groupSize = 5_000_000

// A group of images is transformed by all threads; then each block of sixteen inputs has one owner,
// who sums its products at all points and adds the result to that of the groups before.
private func sumByOwners(
  _ gradients: FloatPointer, input images: FloatPointer, into weightGradient: MutableFloatPointer,
  _ g: ConvolutionGeometry, _ workers: Workers
) {
  let tiles = WinogradTiles(height: g.height, width: g.width)
  let floatsPerImage = 36 * tiles.perImage * (g.inputChannels + g.outputChannels)
  let groupCount = max(1, ceilingDivision(g.batch * floatsPerImage, groupSize))
  let imagesPerGroup = ceilingDivision(g.batch, groupCount)
  let plan = WinogradGradient(
    tiles: tiles, inputs: g.inputChannels, outputs: g.outputChannels,
    capacity: imagesPerGroup * tiles.perImage)
  let panels = workers.sharedScratch(plan.panelCount)
  let plane = plan.sumPlane(inputBlocks: 1)
  for group in 0..<groupCount {
    let first = min(g.batch, group * imagesPerGroup) * tiles.perImage
    let count = min(plan.capacity, g.batch * tiles.perImage - first)
    let size = max(8, tiles.across)
    workers.run(ceilingDivision(count, size), scratchCount: plan.bandCount) { task, memory in
      let start = first + task * size
      plan.fillPanels(
        images, gradients, tiles: start..<min(first + count, start + size), first: first,
        panels: panels, memory: memory)
    }
    workers.run(plan.inputs / 16, scratchCount: 36 * plane) { block, sums in
      sums.update(repeating: 0, count: 36 * plane)
      for point in 0..<36 {
        plan.addProducts(
          panels, count: count, point: point, inputBlock: block, to: sums + point * plane)
      }
      plan.finish(
        inputBlock: block, sums, plane: plane, into: weightGradient, accumulate: group > 0)
    }
  }
}
