// Convolutions with 3 × 3 filters by Winograd's method F(4×4, 3×3): 36 products for sixteen outputs instead of 144.
// Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A; the data gradient is the same with filters turned by 180°, so it shares all of this.
// Start with `convolveByWinograd3x3`; a float differs from the direct sum by some 10⁻⁶ of the terms' magnitude.

extension ConvolutionGeometry {
  /// Whether the 3 × 3 Winograd kernels apply and pay: tiles are not filled up to more than twice the image.
  var isWinograd3x3: Bool {
    allowsWinograd && groups == 1 && kernelHeight == 3 && kernelWidth == 3 && stride == 1
      && padding == 1 && inputChannels % 16 == 0 && outputChannels % 16 == 0
      && height >= 4 && width >= 4
      && 8 * WinogradTiles(height: height, width: width).perImage <= height * width
  }

  /// Whether transformed filters take more than eight megabytes.
  var hasManyChannels: Bool { 36 * inputChannels * outputChannels > 2_000_000 }
}

/// Convolves a batch, or (with turned filters) sends the gradient of its output back to its input.
///
/// - Parameters:
///   - images: the input, or the gradient of the output.
///   - bias: one number for each output channel, or nil for none.
///   - target: the output, or the gradient of the input; overwritten.
func convolveByWinograd3x3(
  _ images: FloatPointer, weights: FloatPointer, bias: FloatPointer?,
  into target: MutableFloatPointer, forInputGradient: Bool, _ g: ConvolutionGeometry,
  workers: Workers
) {
  let filters = WinogradFilters(
    inputChannels: g.inputChannels, outputChannels: g.outputChannels,
    forInputGradient: forInputGradient)
  let tiles = WinogradTiles(height: g.height, width: g.width)
  if g.hasManyChannels {
    tiles.convolveByOwners(
      images, weights: weights, filters, bias: bias, into: target, batch: g.batch, workers)
    return
  }
  let plan = Winograd3x3(tiles: tiles, inputs: filters.inner, outputs: filters.columns)
  let plane = filters.plane(blocks: filters.blockCount)
  let shifts = workers.sharedScratch(plan.outputs + 36 * plane)
  let points = shifts + plan.outputs
  shifts.update(repeating: 0, count: plan.outputs)
  if let bias { shifts.update(from: bias, count: plan.outputs) }
  workers.run(filters.blockCount) { block, _ in
    filters.transform(
      block: block, of: weights, into: points + block * plan.inputs * 16, plane: plane)
  }
  let rowCount = g.batch * tiles.down
  let size = plan.rowsPerTask(of: rowCount)
  workers.run(ceilingDivision(rowCount, size), scratchCount: plan.scratchCount) { task, scratch in
    plan.convolve(
      images, filters: points, plane: plane, bias: shifts, into: target,
      rows: task * size..<min(rowCount, (task + 1) * size), scratch: scratch)
  }
}

/// Sizes of the transformed arrays of one pass, `[point][tile][channel]`.
struct Winograd3x3 {
  let tiles: WinogradTiles
  /// Channels that are read and written, both multiples of sixteen.
  let inputs: Int
  let outputs: Int
  /// Tiles transformed together, so that both transformed arrays stay in a near cache.
  let tilesPerBlock: Int
  /// Floats from one point's tiles to the next; sixteen more keep them off the same cache lines.
  private let inputPlane: Int
  private let outputPlane: Int

  init(tiles: WinogradTiles, inputs: Int, outputs: Int) {
    self.tiles = tiles
    self.inputs = inputs
    self.outputs = outputs
    tilesPerBlock = max(6, min(24, 1536 / (inputs + outputs) / 6 * 6))
    inputPlane = tilesPerBlock * inputs + 16
    outputPlane = tilesPerBlock * outputs + 16
  }

  // The bands that tiles are read from and written to.
  private var inputBandCount: Int { tiles.bandCount(channels: inputs, border: 1) }
  private var outputBandCount: Int { tiles.bandCount(channels: outputs, border: 0) }

  /// Floats a task needs.
  var scratchCount: Int {
    WinogradTiles.lineCount + inputBandCount + outputBandCount + 36 * (inputPlane + outputPlane)
  }

  /// Rows of tiles that one task computes: whole blocks, and about thirty-two tasks a batch.
  func rowsPerTask(of count: Int) -> Int {
    var (unit, rest) = (tiles.across, tilesPerBlock)
    while rest != 0 { (unit, rest) = (rest, unit % rest) }
    let rows = tilesPerBlock / unit
    return rows * max(1, ceilingDivision(ceilingDivision(count, rows), 32))
  }

  /// The outputs of some rows of tiles of a batch.
  ///
  /// - Parameter filters: `[outputs / 16][inputs][16]` at each of 36 points, `plane` floats apart.
  func convolve(
    _ images: FloatPointer, filters: FloatPointer, plane: Int, bias: FloatPointer,
    into target: MutableFloatPointer, rows: Range<Int>, scratch: MutableFloatPointer
  ) {
    let inputBand = scratch + WinogradTiles.lineCount
    let outputBand = inputBand + inputBandCount
    let inputPlanes = outputBand + outputBandCount
    let outputPlanes = inputPlanes + 36 * inputPlane
    let across = tiles.across
    let end = rows.upperBound * across
    for first in stride(from: rows.lowerBound * across, to: end, by: tilesPerBlock) {
      let count = min(tilesPerBlock, end - first)
      var (row, column) = (first / across, first % across)
      for t in 0..<count {
        if column == 0 || t == 0 {
          tiles.fillBand(images, row: row, border: 1, channels: inputs, into: inputBand)
        }
        tiles.transformInput(
          inputBand, column: column, channels: inputs, into: inputPlanes + t &* inputs,
          plane: inputPlane, block: 16, lines: scratch)
        (row, column) = column == across - 1 ? (row + 1, 0) : (row, column + 1)
      }
      for point in 0..<36 {
        let source = inputPlanes + point * inputPlane
        let sums = outputPlanes + point * outputPlane
        for block in 0..<outputs / 16 {
          multiplyTiles(
            source, count: count, inner: inputs,
            panel: filters + (point &* plane &+ block &* inputs &* 16), into: sums + block &* 16,
            columns: outputs)
        }
      }
      (row, column) = (first / across, first % across)
      for t in 0..<count {
        tiles.transformOutput(
          outputPlanes + t &* outputs, plane: outputPlane, channels: outputs, bias: bias,
          into: outputBand + 4 &* column &* outputs, row: 4 &* across &* outputs, lines: scratch)
        if column == across - 1 {
          tiles.emptyBand(outputBand, row: row, channels: outputs, into: target)
        }
        (row, column) = column == across - 1 ? (row + 1, 0) : (row, column + 1)
      }
    }
  }
}

/// Sixteen columns of the products of `count` tiles, `[count, inner]`, with one panel of filters.
///
/// The last six tiles may overlap the six before them: the same sums are written again.
func multiplyTiles(
  _ a: FloatPointer, count: Int, inner: Int, panel: FloatPointer, into c: MutableFloatPointer,
  columns: Int
) {
  @inline(__always)
  func multiply<Rows: RowGroup>(_ kind: Rows.Type, from tile: Int) {
    multiplyRows(
      kind, a + tile &* inner, step: inner, panel, inner: inner, into: c + tile &* columns,
      columns: columns)
  }
  if count < SixRows.count {
    for tile in 0..<count { multiply(OneRow.self, from: tile) }
    return
  }
  var tile = 0
  #if AVX512
    while tile &+ TwelveRows.count <= count {
      multiply(TwelveRows.self, from: tile)
      tile &+= TwelveRows.count
    }
  #endif
  while tile < count {
    multiply(SixRows.self, from: min(tile, count &- SixRows.count))
    tile &+= SixRows.count
  }
}
