// A matrix laid out once for many products with few rows each: OpenBLAS would lay it out again for every one of them.
// Panels of sixteen columns stay in the first-level cache while up to six rows at a time pass along them.

/// The right factor of `a·b`, `[inner, columns]`, as panels `[inner, 16]`, the last filled up with zeros.
struct PackedMatrix {
  /// Columns of a panel.
  static let panelWidth = 16
  /// How far along `inner` a panel is followed before the next rows come: 16 KB.
  private static let longestRun = 256
  /// The most rows that pass along a panel together.
  #if AVX512
    private static let mostRows = 12
  #else
    private static let mostRows = 6
  #endif

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
    let operand = BLAS.Operand(
      start: matrix, stride: isTransposed ? inner : columns, isTransposed: isTransposed)
    let width = Self.panelWidth
    workers.run(ceilingDivision(columns, width)) { panel, _ in
      let first = panel * width
      let count = min(width, columns - first)
      let target = memory + first * inner
      if count < width { target.update(repeating: 0, count: width * inner) }
      Self.layOut(operand.part(row: 0, column: first), columns: count, inner: inner, into: target)
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
    let blockCount = ceilingDivision(rows, Self.mostRows)
    for column in Swift.stride(from: 0, to: stride, by: Self.panelWidth) {
      let panel = panels + column * inner
      for run in 0..<runCount {
        let first = run * runLength
        let length = min(runLength, inner - first)
        var row = 0
        for block in 0..<blockCount {
          // Blocks that differ by at most one row: 5 and 5 instead of 6 and 4.
          let count = (rows - row) / (blockCount - block)
          multiplyRows(
            count, a + row * aStride + first, step: aStride, panel + first * Self.panelWidth,
            inner: length, into: product + row * stride + column, columns: stride,
            continues: run > 0)
          row += count
        }
      }
    }
  }

  /// Lays at most sixteen columns of `inner` terms out as a panel `[inner, 16]`, whose other columns stay as they are.
  static func layOut(
    _ matrix: BLAS.Operand, columns: Int, inner: Int, into panel: MutableFloatPointer
  ) {
    if matrix.isTransposed {
      transpose(matrix.start, step: matrix.stride, rows: columns, count: inner, into: panel)
      return
    }
    var source = matrix.start
    var target = panel
    for _ in 0..<inner {
      if columns == panelWidth {
        SixteenLanes(source).store(to: target)
      } else {
        target.update(from: source, count: columns)
      }
      source += matrix.stride
      target += panelWidth
    }
  }

  /// Writes at most sixteen rows of `count` floats, `step` apart, as columns of a panel `[count, 16]`.
  private static func transpose(
    _ source: FloatPointer, step: Int, rows: Int, count: Int, into panel: MutableFloatPointer
  ) {
    var row = 0
    while row + 4 <= rows {
      let first = source + row * step
      let (second, third, fourth) = (first + step, first + 2 * step, first + 3 * step)
      var target = panel + row
      var k = 0
      while k + 4 <= count {
        let r0 = load(first + k, as: SIMD4<Float>.self)
        let r1 = load(second + k, as: SIMD4<Float>.self)
        let r2 = load(third + k, as: SIMD4<Float>.self)
        let r3 = load(fourth + k, as: SIMD4<Float>.self)
        store(SIMD4(r0[0], r1[0], r2[0], r3[0]), to: target)
        store(SIMD4(r0[1], r1[1], r2[1], r3[1]), to: target + 16)
        store(SIMD4(r0[2], r1[2], r2[2], r3[2]), to: target + 32)
        store(SIMD4(r0[3], r1[3], r2[3], r3[3]), to: target + 48)
        target += 64
        k += 4
      }
      while k < count {
        store(SIMD4(first[k], second[k], third[k], fourth[k]), to: target)
        target += 16
        k += 1
      }
      row += 4
    }
    while row < rows {
      for k in 0..<count { panel[k * 16 + row] = source[row * step + k] }
      row += 1
    }
  }
}
