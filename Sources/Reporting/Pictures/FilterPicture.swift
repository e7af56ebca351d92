// Filters as a picture: the dense network's on the left, the compressed one's on the right, one tile per filter and channel; of a
// matrix the first rows and columns are one tile.
// Blue is negative, white is small, red is positive; an exact zero is grey, which no other value is.

public import Files
public import Tensors

/// A picture of filters before and after compression.
public struct FilterPicture: Hashable, Sendable {
  /// Pixels along one side of a weight.
  public var scale: Int
  /// Pixels between tiles and around each half.
  public var margin: Int
  /// Tiles in a row of one half; nil for a half about as wide as high.
  public var columnCount: Int?
  /// The most tiles shown of one tensor, taken from the first.
  public var tileLimit: Int
  /// The most rows and columns shown of a matrix, taken from the first.
  public var matrixLimit = 64

  /// A picture with the given measures.
  ///
  /// - Precondition: `scale`, `tileLimit` and, if given, `columnCount` are positive, and `margin` is not negative.
  public init(scale: Int = 12, margin: Int = 6, columnCount: Int? = nil, tileLimit: Int = 64) {
    precondition(
      scale > 0 && margin >= 0 && tileLimit > 0 && (columnCount ?? 1) > 0,
      "a filter picture cannot have scale \(scale), margin \(margin), \(tileLimit) tiles")
    self.scale = scale
    self.margin = margin
    self.columnCount = columnCount
    self.tileLimit = tileLimit
  }

  /// The colour of a weight that is exactly zero, and nothing else: a grey between the map's colours and the background.
  public static let zeroColour: [UInt8] = [138, 138, 138]
  /// The colour around the tiles.
  public static let background: [UInt8] = [255, 255, 255]
  /// The colour of the line that separates the halves and frames the tiles.
  package static let line: [UInt8] = [64, 64, 64]

  /// The picture of two tensors of one shape.
  ///
  /// Each tensor's colours are scaled by the largest magnitude of `before`, so that the halves can be compared.
  ///
  /// - Parameters:
  ///   - before: `[out, in, height, width]`, or a matrix.
  ///   - after: the same shape.
  /// - Precondition: both have the same shape, of rank four or two and without a zero.
  public func bitmap(before: Tensor, after: Tensor) -> Bitmap {
    precondition(
      before.shape == after.shape, "cannot show \(before.shape) beside \(after.shape)")
    if before.shape.rank == 2, before.shape.elementCount > 0 {
      var picture = self
      picture.scale = max(1, scale / 2)
      return picture.bitmap(before: corner(of: before), after: corner(of: after))
    }
    precondition(
      before.shape.rank == 4 && before.shape.elementCount > 0,
      "filters are [out, in, height, width], not \(before.shape)")
    let (height, width) = (before.shape[2], before.shape[3])
    let tileCount = min(tileLimit, before.shape[0] * before.shape[1])
    let columns = min(tileCount, columnCount ?? Self.squareColumns(tileCount))
    let rows = (tileCount + columns - 1) / columns
    // A tile is framed by one pixel, inside the margin's spacing.
    let tileWidth = width * scale + 2
    let tileHeight = height * scale + 2
    let halfWidth = columns * tileWidth + (columns - 1) * margin
    let gap = 4 * margin + 1
    var canvas = Canvas(
      width: 2 * halfWidth + gap + 2 * margin,
      height: rows * tileHeight + (rows - 1) * margin + 2 * margin)
    let largest = before.elements.reduce(Float(0)) {
      $1.isFinite ? max($0, abs($1)) : $0
    }
    for (half, tensor) in [before, after].enumerated() {
      let left = margin + half * (halfWidth + gap)
      for tile in 0..<tileCount {
        let x = left + (tile % columns) * (tileWidth + margin)
        let y = margin + (tile / columns) * (tileHeight + margin)
        canvas.fill(x, y, tileWidth, tileHeight, Self.line)
        for row in 0..<height {
          for column in 0..<width {
            let weight = tensor[(tile * height + row) * width + column]
            canvas.fill(
              x + 1 + column * scale, y + 1 + row * scale, scale, scale,
              Self.colour(weight, largest: largest))
          }
        }
      }
    }
    canvas.fill(margin + halfWidth + 2 * margin, margin, 1, canvas.height - 2 * margin, Self.line)
    return Bitmap(
      width: canvas.width, height: canvas.height, channels: 3, pixels: canvas.pixels)
  }

  /// The first rows and columns of a matrix, as one filter.
  private func corner(of matrix: Tensor) -> Tensor {
    let (rows, columns) = (min(matrixLimit, matrix.shape[0]), min(matrixLimit, matrix.shape[1]))
    let elements = (0..<rows).flatMap { row in
      (0..<columns).map { matrix[row * matrix.shape[1] + $0] }
    }
    return Tensor([1, 1, rows, columns], elements: elements)
  }

  /// The colour of a weight: white near zero, deep blue at −largest, deep red at +largest; exact zeros are grey.
  package static func colour(_ weight: Float, largest: Float) -> [UInt8] {
    if weight == 0 { return zeroColour }
    guard weight.isFinite, largest > 0 else { return [0, 0, 0] }
    // The square root spreads the many small weights over the map.
    let strength = min(1, abs(weight) / largest).squareRoot()
    let end: [Float] = weight < 0 ? [0, 68, 136] : [170, 34, 0]
    return end.map { channel in UInt8((255 + (channel - 255) * strength).rounded()) }
  }

  /// The number of columns of the smallest arrangement that is at least as wide as high.
  private static func squareColumns(_ count: Int) -> Int {
    var columns = 1
    while columns * columns < count { columns += 1 }
    return columns
  }

  private struct Canvas {
    let width: Int
    let height: Int
    var pixels: [UInt8]

    init(width: Int, height: Int) {
      self.width = width
      self.height = height
      pixels = []
      pixels.reserveCapacity(width * height * 3)
      for _ in 0..<width * height { pixels += FilterPicture.background }
    }

    mutating func fill(_ left: Int, _ top: Int, _ width: Int, _ height: Int, _ colour: [UInt8]) {
      for y in top..<top + height {
        for x in left..<left + width {
          let position = (y * self.width + x) * 3
          pixels[position] = colour[0]
          pixels[position + 1] = colour[1]
          pixels[position + 2] = colour[2]
        }
      }
    }
  }
}
