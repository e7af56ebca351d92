// The transforms of Winograd's method F(4×4, 3×3), for tiles of images [H, W, C] with a border of one zero.
// A row of tiles is read from a band, a copy of the pixels under it: memory is read in order, and borders need no special case.

/// Where the 4 × 4 tiles of images of one size lie.
struct WinogradTiles {
  let height: Int
  let width: Int
  /// Tiles in a row, rows in an image, tiles in an image.
  let across: Int
  let down: Int
  var perImage: Int { across * down }

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    across = ceilingDivision(width, 4)
    down = ceilingDivision(height, 4)
  }

  /// Channels that are transformed at once.
  private static var width: Int { WideLanes.scalarCount }
  /// Memory between the transforms of rows and columns.
  static let lineCount = 36 * width
  /// Floats of a band around a row of tiles.
  func bandCount(channels: Int, border: Int) -> Int {
    (4 + 2 * border) * (4 * across + 2 * border) * channels
  }

  /// Copies the pixels under a row of tiles and `border` more around them, zeros outside the image.
  ///
  /// - Parameter row: counted over the images of the batch.
  func fillBand(
    _ images: FloatPointer, row: Int, border: Int, channels: Int, into band: MutableFloatPointer
  ) {
    let image = row / down
    let top = (row - image * down) * 4 - border
    let pixels = images + image * height * width * channels
    let bandRow = (4 * across + 2 * border) * channels
    let filled = width * channels
    var target = band
    for y in top..<top + 4 + 2 * border {
      if y < 0 || y >= height {
        target.update(repeating: 0, count: bandRow)
      } else {
        let first = target + border * channels
        target.update(repeating: 0, count: border * channels)
        first.update(from: pixels + y * filled, count: filled)
        (first + filled).update(repeating: 0, count: bandRow - border * channels - filled)
      }
      target += bandRow
    }
  }

  /// Bᵀ d B of a tile in a band with a border of one, its 36 points `plane` floats apart.
  ///
  /// - Parameters:
  ///   - target: where the tile's first sixteen channels at the first point go; the next sixteen are
  ///     `block` floats further.
  ///   - lines: `lineCount` floats.
  @inline(__always)
  func transformInput(
    _ band: FloatPointer, column: Int, channels: Int, into target: MutableFloatPointer,
    plane: Int, block: Int, lines: MutableFloatPointer
  ) {
    let source = band + 4 &* column &* channels
    let row = (4 &* across &+ 2) &* channels
    var channel = 0
    while channel < channels {
      var line = source + channel
      for y in 0..<6 {
        storeSix(
          transformedInput(loadSix(line, channels, as: WideLanes.self)), lines + y &* Self.width,
          6 &* Self.width)
        line += row
      }
      let panel = channel &>> 4
      var values = target + (panel &* block &+ (channel & 8))
      for x in 0..<6 {
        let column = loadSix(lines + x &* 6 &* Self.width, Self.width, as: WideLanes.self)
        storeSix(transformedInput(column), values, 6 &* plane)
        values += plane
      }
      channel &+= Self.width
    }
  }

  /// A dy Aᵀ of a tile in a band without a border, laid out as by `transformInput`.
  @inline(__always)
  func transposeOutput(
    _ band: FloatPointer, column: Int, channels: Int, into target: MutableFloatPointer,
    plane: Int, block: Int, lines: MutableFloatPointer
  ) {
    let source = band + 4 &* column &* channels
    let row = 4 &* across &* channels
    var channel = 0
    while channel < channels {
      var line = source + channel
      for y in 0..<4 {
        storeSix(
          transposedOutput(loadFour(line, channels)), lines + y &* Self.width, 4 &* Self.width)
        line += row
      }
      let panel = channel &>> 4
      var values = target + (panel &* block &+ (channel & 8))
      for x in 0..<6 {
        let column = loadFour(lines + x &* 4 &* Self.width, Self.width)
        storeSix(transposedOutput(column), values, 6 &* plane)
        values += plane
      }
      channel &+= Self.width
    }
  }

  /// Aᵀ m A of a tile, plus a bias.
  ///
  /// - Parameters:
  ///   - source: the tile's channels at the first of 36 points, `plane` floats apart.
  ///   - target: the first of four by four pixels, whose rows are `row` floats apart.
  ///   - lines: `lineCount` floats.
  @inline(__always)
  func transformOutput(
    _ source: FloatPointer, plane: Int, channels: Int, bias: FloatPointer,
    into target: MutableFloatPointer, row: Int, lines: MutableFloatPointer
  ) {
    var channel = 0
    while channel < channels {
      var values = source + channel
      for x in 0..<6 {
        storeFour(
          transformedOutput(loadSix(values, 6 &* plane, as: WideLanes.self)),
          lines + x &* Self.width, 6 &* Self.width)
        values += plane
      }
      let shift = load(bias + channel, as: WideLanes.self)
      var line = target + channel
      for y in 0..<4 {
        let pixels = transformedOutput(
          loadSix(lines + y &* 6 &* Self.width, Self.width, as: WideLanes.self))
        storeFour(
          (pixels.0 + shift, pixels.1 + shift, pixels.2 + shift, pixels.3 + shift), line, channels)
        line += row
      }
      channel &+= Self.width
    }
  }

  /// Copies sixteen channels of a tile `[4, 4, 16]` to where they belong; pixels outside the image are left out.
  ///
  /// - Parameter target: the first of these channels in the first of all images.
  @inline(__always)
  func copyPatch(
    _ patch: FloatPointer, tile: Int, to target: MutableFloatPointer, channels: Int
  ) {
    let row = tile / across
    let image = row / down
    let top = (row &- image &* down) &* 4
    let left = (tile &- row &* across) &* 4
    for y in 0..<min(4, height &- top) {
      var place = target + ((image &* height &+ top &+ y) &* width &+ left) &* channels
      var source = patch + y &* 64
      for _ in 0..<min(4, width &- left) {
        SixteenLanes(source).store(to: place)
        source += 16
        place += channels
      }
    }
  }

  /// Copies the pixels of a band without a border to where they belong; those outside are left out.
  func emptyBand(
    _ band: FloatPointer, row: Int, channels: Int, into images: MutableFloatPointer
  ) {
    let image = row / down
    let top = (row - image * down) * 4
    let target = images + (image * height + top) * width * channels
    let rows = min(4, height - top)
    let filled = width * channels
    if width == 4 * across {
      target.update(from: band, count: rows * filled)
    } else {
      for y in 0..<rows {
        (target + y * filled).update(from: band + y * 4 * across * channels, count: filled)
      }
    }
  }
}

// MARK: Transforms of one line

private typealias Four = (WideLanes, WideLanes, WideLanes, WideLanes)

// Aᵀ·m
@inline(__always)
private func transformedOutput(_ m: Six<WideLanes>) -> Four {
  let sum1 = m.1 + m.2
  let sum2 = m.3 + m.4
  let difference1 = m.1 - m.2
  let difference2 = m.3 - m.4
  return (
    m.0 + sum1 + sum2, difference1.addingProduct(difference2, constant(2)),
    sum1.addingProduct(sum2, constant(4)),
    (difference1 + m.5).addingProduct(difference2, constant(8))
  )
}

// A·y
@inline(__always)
private func transposedOutput(_ y: Four) -> Six<WideLanes> {
  let even1 = y.0 + y.2
  let odd1 = y.1 + y.3
  let even2 = y.0.addingProduct(y.2, constant(4))
  let odd2 = (y.1 + y.1).addingProduct(y.3, constant(8))
  return (y.0, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, y.3)
}

@inline(__always)
private func loadFour(_ first: FloatPointer, _ step: Int) -> Four {
  let second = first + step
  let third = second + step
  return (
    load(first, as: WideLanes.self), load(second, as: WideLanes.self),
    load(third, as: WideLanes.self), load(third + step, as: WideLanes.self)
  )
}

@inline(__always)
private func storeFour(_ values: Four, _ first: MutableFloatPointer, _ step: Int) {
  let second = first + step
  let third = second + step
  store(values.0, to: first)
  store(values.1, to: second)
  store(values.2, to: third)
  store(values.3, to: third + step)
}
