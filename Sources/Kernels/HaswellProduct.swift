// General products for registers of sixteen lanes, with the very bits of OpenBLAS 0.3 on its core type Haswell, whose own kernels have
// eight lanes. Its sums are known (kernel/x86_64/sgemm_kernel_8x4_haswell_2.c and driver/level3/level3.c of OpenMathLib/OpenBLAS):
// terms are taken in blocks of at most 320, each block is one chain of fused multiply-adds in the order of k, and the blocks are added
// to C one after the other. Two kinds of tiles have two chains, one of even and one of odd k, that are added at the end: `twelve` and `four`.
// `MatrixMultiplicationTests` compares them with OpenBLAS, bit for bit.

/// C ← A·B, or C ← C + A·B.
struct HaswellProduct {
  /// The most columns, and the most terms of a sum, that are taken at once.
  private static let longestBlock = 320
  /// The most rows: beyond some twenty thousand, OpenBLAS begins again with its tiles.
  static let mostRows = 16_384

  let a: BLAS.Operand
  let b: BLAS.Operand
  let c: MutableFloatPointer
  /// The distance between rows of C.
  let stride: Int
  let rows: Int
  let columns: Int
  /// The number of terms of each sum, at least one.
  let inner: Int
  /// Whether the product is added to C.
  let isAdded: Bool

  func compute() {
    let panelCount = ceilingDivision(min(columns, Self.longestBlock), 16) + 1
    let panelFloats = panelCount * 16 * min(inner, Self.longestBlock)
    let rowFloats = a.isTransposed ? 12 * min(inner, Self.longestBlock) : 0
    withUnsafeTemporaryAllocation(
      byteCount: (panelFloats + rowFloats) * 4 + HaswellTiles.memoryCount * 4, alignment: 64
    ) { memory in
      let panels = memory.baseAddress!.assumingMemoryBound(to: Float.self)
      Self.forEachBlock(of: columns) { column, width in
        Self.forEachBlock(of: inner) { k, length in
          pack(column: column, width: width, k: k, length: length, into: panels)
          HaswellTiles(
            product: self, firstColumn: column, width: width, firstTerm: k, length: length,
            panels: FloatPointer(panels), packedRows: panels + panelFloats,
            memory: panels + panelFloats + rowFloats
          ).compute()
        }
      }
    }
  }

  /// Calls `body` with the first index and the length of each block: 320 while twice as many are left, then two of about the same length.
  @inline(__always)
  private static func forEachBlock(of count: Int, _ body: (Int, Int) -> Void) {
    var first = 0
    while first < count {
      let left = count - first
      let length =
        left >= 2 * longestBlock
        ? longestBlock : left > longestBlock ? ceilingDivision(left / 2, 8) * 8 : left
      body(first, length)
      first += length
    }
  }

  /// Lays a block of B out as panels `[length, 16]`, one after the other; what the last of them has too many is undefined. Then follows
  /// a panel of the first eight columns and the last ones in a whole group of eight, if they are the right half of a panel.
  private func pack(
    column: Int, width: Int, k: Int, length: Int, into panels: MutableFloatPointer
  ) {
    for first in Swift.stride(from: 0, to: width, by: 16) {
      PackedMatrix.layOut(
        b.part(row: k, column: column + first), columns: min(16, width - first), inner: length,
        into: panels + first * length)
    }
    if width >= 16, width & 8 == 0 {
      let last = panels + (width & ~15 - 16) * length
      let ends = panels + ceilingDivision(width, 16) * 16 * length
      for term in 0..<length {
        store(load(panels + term * 16), to: ends + term * 16)
        store(load(last + term * 16 + 8), to: ends + term * 16 + 8)
      }
    }
  }
}

/// The tiles of one block of C for one block of terms.
private struct HaswellTiles {
  /// Floats of memory for a tile of twelve rows and two of six.
  static let memoryCount = (12 + 2 * 6) * 16

  let product: HaswellProduct
  /// The first column of the block, and how many it has.
  let firstColumn: Int
  let width: Int
  /// The first term of the block, and how many it has.
  let firstTerm: Int
  let length: Int
  /// The block of B.
  let panels: FloatPointer
  /// Room for twelve rows of a transposed A.
  let packedRows: MutableFloatPointer
  /// Room for `memoryCount` floats.
  let memory: MutableFloatPointer

  /// Columns in whole groups of eight: only they have tiles of two chains.
  private var eights: Int { width & ~7 }
  private var c: MutableFloatPointer { product.c + firstColumn }
  private var stride: Int { product.stride }
  /// Whether C has the sums of earlier terms already.
  private var isAdded: Bool { product.isAdded || firstTerm > 0 }

  func compute() {
    let rows = product.rows
    // OpenBLAS takes the last rows of its first block of columns in fours.
    let hasEights = firstColumn > 0
    var row = 0
    while row + 12 <= rows {
      twelve(Left(self, row: row, count: 12), row)
      row += 12
    }
    if hasEights, row + 8 <= rows {
      single(EightRows.self, Left(self, row: row, count: 8), row)
      row += 8
    }
    while row + 4 <= rows {
      four(Left(self, row: row, count: 4), row)
      row += 4
    }
    switch rows - row {
    case 3: single(ThreeRows.self, Left(self, row: row, count: 3), row)
    case 2: single(TwoRows.self, Left(self, row: row, count: 2), row)
    case 1: single(OneRow.self, Left(self, row: row, count: 1), row)
    default: break
    }
  }

  /// Rows of A: where they start, and how far apart rows and terms are.
  private struct Left {
    let start: FloatPointer
    let row: Int
    let term: Int

    /// Rows of a transposed matrix are copied, so that each is read from one page only once.
    init(_ tiles: HaswellTiles, row first: Int, count: Int) {
      let a = tiles.product.a
      guard a.isTransposed else {
        start = a.start + first * a.stride + tiles.firstTerm
        row = a.stride
        term = 1
        return
      }
      var source = a.start + tiles.firstTerm * a.stride + first
      var target = tiles.packedRows
      for _ in 0..<tiles.length {
        if count == 12 {
          store(load(source), to: target)
          store(load(source + 8, as: SIMD4<Float>.self), to: target + 8)
        } else {
          target.update(from: source, count: count)
        }
        source += a.stride
        target += 12
      }
      start = FloatPointer(tiles.packedRows)
      row = 1
      term = 12
    }
  }

  // MARK: Rows of tiles

  /// Twelve rows: one chain, but for half of the rows at the first and at the last group of eight columns.
  private func twelve(_ left: Left, _ row: Int) {
    guard width >= 16 else { return single(TwelveRows.self, left, row) }
    let first = memory + 12 * 16
    let firstTarget = c + row * stride
    let last: MutableFloatPointer
    var lastTarget = firstTarget + eights - 8
    if eights & 8 == 0 {
      // Both are in the upper rows, so that one tile has them.
      let ends = ceilingDivision(width, 16) * 16
      sums(SixRows.self, left.start, left, column: ends, hasTwoChains: true)
        .store(to: first, columns: 16)
      last = first + 8
    } else {
      sums(SixRows.self, left.start, left, column: 0, hasTwoChains: true)
        .store(to: first, columns: 16)
      last = first + 6 * 16
      lastTarget += 6 * stride
      sums(SixRows.self, left.start + 6 * left.row, left, column: eights - 8, hasTwoChains: true)
        .store(to: last, columns: 16)
    }
    finish(first, with: firstTarget, rows: 6)
    finish(last, with: lastTarget, rows: 6)
    single(TwelveRows.self, left, row)
    copy(first, to: firstTarget, rows: 6)
    copy(last, to: lastTarget, rows: 6)
  }

  /// Four rows: two chains in whole groups of eight columns.
  private func four(_ left: Left, _ row: Int) {
    let target = c + row * stride
    var column = 0
    while column + 16 <= width {
      write(
        sums(FourRows.self, left.start, left, column: column, hasTwoChains: true),
        to: target + column)
      column += 16
    }
    guard column < width else { return }
    let tile = memory + 12 * 16
    if column < eights {
      sums(FourRows.self, left.start, left, column: column, hasTwoChains: true)
        .store(to: tile, columns: 16)
      finish(tile, with: target + column, rows: 4)
    }
    narrow(FourRows.self, left, row, column: column)
    if column < eights { copy(tile, to: target + column, rows: 4) }
  }

  /// Rows of one chain.
  @inline(__always)
  private func single<Rows: RowGroup>(_ kind: Rows.Type, _ left: Left, _ row: Int) {
    var column = 0
    while column + 16 <= width {
      write(
        sums(kind, left.start, left, column: column, hasTwoChains: false),
        to: c + row * stride + column)
      column += 16
    }
    if column < width { narrow(kind, left, row, column: column) }
  }

  /// Fewer than sixteen columns at the end.
  @inline(__always)
  private func narrow<Rows: RowGroup>(_ kind: Rows.Type, _ left: Left, _ row: Int, column: Int) {
    sums(kind, left.start, left, column: column, hasTwoChains: false)
      .store(to: memory, columns: 16)
    var count = width - column
    var (tile, target) = (memory, c + row * stride + column)
    if count >= 8 {
      finish(tile, with: target, rows: Rows.count)
      copy(tile, to: target, rows: Rows.count)
      (tile, target, count) = (tile + 8, target + 8, count - 8)
    }
    for i in 0..<Rows.count {
      for j in 0..<count {
        target[i * stride + j] = tile[i * 16 + j] + (isAdded ? target[i * stride + j] : 0)
      }
    }
  }

  // MARK: Tiles

  /// The sums of rows from `start` on, for the sixteen columns of a panel.
  @inline(__always)
  private func sums<Rows: RowGroup>(
    _ kind: Rows.Type, _ start: FloatPointer, _ left: Left, column: Int, hasTwoChains: Bool
  ) -> Rows {
    // With distances that the compiler knows, it needs no additions for them.
    product.a.isTransposed
      ? sums(kind, start, row: 1, term: 12, column: column, hasTwoChains: hasTwoChains)
      : sums(kind, start, row: left.row, term: 1, column: column, hasTwoChains: hasTwoChains)
  }

  @inline(__always)
  private func sums<Rows: RowGroup>(
    _ kind: Rows.Type, _ start: FloatPointer, row: Int, term: Int, column: Int, hasTwoChains: Bool
  ) -> Rows {
    var (even, odd) = (Rows(), Rows())
    var values = Rows.values(from: start, step: row)
    var factors = panels + column * length
    var termsLeft = length
    if hasTwoChains {
      for _ in 0..<(length >> 3 &* 4) {
        even.addProducts(values, step: row, SixteenLanes(factors))
        Rows.advance(&values, by: term)
        odd.addProducts(values, step: row, SixteenLanes(factors + 16))
        Rows.advance(&values, by: term)
        factors += 32
      }
      // Terms beyond a multiple of eight belong to the chain of even ones.
      termsLeft &= 7
    }
    for _ in 0..<termsLeft {
      even.addProducts(values, step: row, SixteenLanes(factors))
      Rows.advance(&values, by: term)
      factors += 16
    }
    if hasTwoChains { even.add(odd) }
    return even
  }

  /// Writes a tile of sixteen columns into C.
  @inline(__always)
  private func write<Rows: RowGroup>(_ sums: Rows, to target: MutableFloatPointer) {
    var sums = sums
    sums.add(isAdded ? Rows(FloatPointer(target), columns: stride) : Rows())
    sums.store(to: target, columns: stride)
  }

  /// Adds eight columns of C, as they stand, to a tile.
  private func finish(_ tile: MutableFloatPointer, with target: MutableFloatPointer, rows: Int) {
    for row in 0..<rows {
      let old = isAdded ? load(target + row * stride) : Lanes()
      store(load(tile + row * 16) + old, to: tile + row * 16)
    }
  }

  /// Writes eight columns of a tile into C.
  private func copy(_ tile: MutableFloatPointer, to target: MutableFloatPointer, rows: Int) {
    for row in 0..<rows { store(load(tile + row * 16), to: target + row * stride) }
  }
}
