// A matrix laid out once for many products with few rows each: OpenBLAS would lay it out again for every one of them.
// Panels of sixteen columns stay in the first-level cache while up to six rows at a time pass along them.

/// The right factor of `a·b`, `[inner, columns]`, as panels `[inner, 16]`, the last filled up with zeros.
struct PackedMatrix {
  /// Columns of a panel.
  static let panelWidth = 16
  /// How far along `inner` a panel is followed before the next rows come: 16 KB.
  private static let longestRun = 256

  let inner: Int
  let columns: Int
  private let panels: MutableFloatPointer

  /// Floats that a matrix of this size takes.
  static func count(inner: Int, columns: Int) -> Int {
    inner * ceilingDivision(columns, panelWidth) * panelWidth
  }

  /// Lays a matrix out in `memory` of `count` floats.
  ///
  /// - Parameter matrix: `[inner, columns]`, or `[columns, inner]` if it is transposed.
  init(
    _ matrix: FloatPointer, isTransposed: Bool, inner: Int, columns: Int,
    in memory: MutableFloatPointer, _ workers: Workers
  ) {
    self.inner = inner
    self.columns = columns
    panels = memory
    let width = Self.panelWidth
    workers.run(ceilingDivision(columns, width)) { panel, _ in
      let first = panel * width
      let count = min(width, columns - first)
      let target = memory + first * inner
      if count < width { target.update(repeating: 0, count: width * inner) }
      if isTransposed {
        Self.transpose(matrix + first * inner, rows: count, columns: inner, into: target)
      } else {
        for k in 0..<inner {
          (target + k * width).update(from: matrix + k * columns + first, count: count)
        }
      }
    }
  }

  /// The distance between rows of a product: `columns` rounded up to whole panels.
  var stride: Int { ceilingDivision(columns, Self.panelWidth) * Self.panelWidth }

  /// Overwrites `product`, `[rows, stride]`, with `a` times this matrix; each element is the sum over `inner` from its first to its
  /// last term, in Float with fused multiply-add.
  ///
  /// - Parameters:
  ///   - a: `[rows, inner]`, its rows `aStride` apart.
  func multiply(
    _ a: FloatPointer, stride aStride: Int, rows: Int, into product: MutableFloatPointer
  ) {
    let stride = self.stride
    let runCount = max(1, ceilingDivision(inner, Self.longestRun))
    let runLength = ceilingDivision(inner, runCount)
    let blockCount = ceilingDivision(rows, 6)
    for column in Swift.stride(from: 0, to: stride, by: Self.panelWidth) {
      let panel = panels + column * inner
      for run in 0..<runCount {
        let first = run * runLength
        let length = min(runLength, inner - first)
        var row = 0
        for block in 0..<blockCount {
          // Blocks that differ by at most one row: 5 and 5 instead of 6 and 4.
          let count = (rows - row) / (blockCount - block)
          let tile = Tile(
            a: a + row * aStride + first, aStride: aStride,
            panel: panel + first * Self.panelWidth, length: length,
            target: product + row * stride + column, stride: stride, isFirst: run == 0)
          switch count {
          case 6: tile.compute(6)
          case 5: tile.compute(5)
          case 4: tile.compute(4)
          case 3: tile.compute(3)
          case 2: tile.compute(2)
          default: tile.compute(1)
          }
          row += count
        }
      }
    }
  }

  // `[rows, columns]` with at most sixteen rows to `[columns, 16]`, a run at a time, so that what is written stays in the cache.
  private static func transpose(
    _ source: FloatPointer, rows: Int, columns: Int, into target: MutableFloatPointer
  ) {
    for first in Swift.stride(from: 0, to: columns, by: longestRun) {
      let count = min(longestRun, columns - first)
      for row in 0..<rows {
        let numbers = source + row * columns + first
        var place = target + first * panelWidth + row
        for k in 0..<count {
          place.pointee = numbers[k]
          place += panelWidth
        }
      }
    }
  }
}

/// Up to six rows of `a` times one panel.
private struct Tile {
  let a: FloatPointer
  let aStride: Int
  let panel: MutableFloatPointer
  let length: Int
  let target: MutableFloatPointer
  let stride: Int
  /// Whether sums start from zero instead of what stands in `target`.
  let isFirst: Bool

  @inline(__always)
  func compute(_ rows: Int) {
    var (s0, s1, s2) = (start(0, rows), start(1, rows), start(2, rows))
    var (s3, s4, s5) = (start(3, rows), start(4, rows), start(5, rows))
    var (factors, weights) = (a, panel)
    for _ in 0..<length {
      let low = load(weights)
      let high = load(weights + 8)
      s0.add(factors, low, high)
      if rows > 1 { s1.add(factors + aStride, low, high) }
      if rows > 2 { s2.add(factors + 2 &* aStride, low, high) }
      if rows > 3 { s3.add(factors + 3 &* aStride, low, high) }
      if rows > 4 { s4.add(factors + 4 &* aStride, low, high) }
      if rows > 5 { s5.add(factors + 5 &* aStride, low, high) }
      factors += 1
      weights += 16
    }
    s0.store(to: target)
    if rows > 1 { s1.store(to: target + stride) }
    if rows > 2 { s2.store(to: target + 2 * stride) }
    if rows > 3 { s3.store(to: target + 3 * stride) }
    if rows > 4 { s4.store(to: target + 4 * stride) }
    if rows > 5 { s5.store(to: target + 5 * stride) }
  }

  @inline(__always)
  private func start(_ row: Int, _ rows: Int) -> TileRow {
    if isFirst || row >= rows { return TileRow(low: Lanes(), high: Lanes()) }
    let source = target + row * stride
    return TileRow(low: load(source), high: load(source + 8))
  }
}

private struct TileRow {
  var low: Lanes
  var high: Lanes

  @inline(__always)
  mutating func add(_ factor: FloatPointer, _ low: Lanes, _ high: Lanes) {
    let repeated = Lanes(repeating: factor.pointee)
    self.low.addProduct(repeated, low)
    self.high.addProduct(repeated, high)
  }

  @inline(__always)
  func store(to target: MutableFloatPointer) {
    Kernels.store(low, to: target)
    Kernels.store(high, to: target + 8)
  }
}
