// The two products that convolutions are made of, for sixteen columns: a few rows times a panel, and sums of outer products.
// Each sum is one chain in the order of k: how many rows are computed at once changes the time, never the bits. Six rows fill
// twelve registers of eight lanes, which hides the latency of a fused multiply-add; where registers have sixteen lanes there are
// twice as many, and twelve or sixteen rows fill them.

/// Some rows of sixteen sums, in registers.
protocol RowGroup {
  /// How many rows there are.
  static var count: Int { get }
  /// Zeros.
  init()
  /// Rows from memory, `columns` floats apart.
  init(_ source: FloatPointer, columns: Int)
  /// Adds `factors` to each row, times the row's own one of `values`, which lie `step` floats apart.
  mutating func addProducts(_ values: FloatPointer, step: Int, _ factors: SixteenLanes)
  /// Writes the rows, `columns` floats apart.
  func store(to target: MutableFloatPointer, columns: Int)
}

/// Rows of a product: `c[i, j] ← Σₖ a[i, k] · panel[k, j]` for sixteen columns `j`.
///
/// - Parameters:
///   - step: floats from one row of `a` to the next; `k` runs along a row.
///   - panel: `[inner, 16]`.
///   - target: the first of the rows of sixteen, `columns` floats apart.
@inline(__always)
func multiplyRows<Rows: RowGroup>(
  _ kind: Rows.Type, _ a: FloatPointer, step: Int, _ panel: FloatPointer, inner: Int,
  into target: MutableFloatPointer, columns: Int
) {
  var sums = Rows()
  var factors = panel
  for k in 0..<inner {
    sums.addProducts(a + k, step: step, SixteenLanes(factors))
    factors += 16
  }
  sums.store(to: target, columns: columns)
}

/// Outer products summed: `tile[i, j] += Σₜ a[t, i] · b[t, j]` for sixteen rows `i` and sixteen columns `j`.
///
/// - Parameters:
///   - a: the first of `count` groups of sixteen, `aStep` floats apart; likewise `b`.
///   - tile: `[16, 16]`.
@inline(__always)
func addOuterProducts(
  _ a: FloatPointer, step aStep: Int, _ b: FloatPointer, step bStep: Int, count: Int,
  to tile: MutableFloatPointer
) {
  #if AVX512
    addRows(SixteenRows.self, a, aStep, b, bStep, count, to: tile)
  #else
    addRows(SixRows.self, a, aStep, b, bStep, count, to: tile)
    addRows(FiveRows.self, a + 6, aStep, b, bStep, count, to: tile + 96)
    addRows(FiveRows.self, a + 11, aStep, b, bStep, count, to: tile + 176)
  #endif
}

@inline(__always)
private func addRows<Rows: RowGroup>(
  _ kind: Rows.Type, _ a: FloatPointer, _ aStep: Int, _ b: FloatPointer, _ bStep: Int,
  _ count: Int, to tile: MutableFloatPointer
) {
  var sums = Rows(tile, columns: 16)
  var (left, right) = (a, b)
  for _ in 0..<count {
    sums.addProducts(left, step: 1, SixteenLanes(right))
    left += aStep
    right += bStep
  }
  sums.store(to: tile, columns: 16)
}

// MARK: Groups of rows

struct OneRow: RowGroup {
  static var count: Int { 1 }
  private var sum = SixteenLanes()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer, columns: Int) { sum = SixteenLanes(source) }

  @inline(__always)
  mutating func addProducts(_ values: FloatPointer, step: Int, _ factors: SixteenLanes) {
    sum.addProduct(values[0], factors)
  }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    sum.store(to: target)
  }
}

struct FiveRows: RowGroup {
  static var count: Int { 5 }
  private var sum0 = SixteenLanes()
  private var sum1 = SixteenLanes()
  private var sum2 = SixteenLanes()
  private var sum3 = SixteenLanes()
  private var sum4 = SixteenLanes()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer, columns: Int) {
    sum0 = SixteenLanes(source)
    sum1 = SixteenLanes(source + columns)
    sum2 = SixteenLanes(source + 2 &* columns)
    sum3 = SixteenLanes(source + 3 &* columns)
    sum4 = SixteenLanes(source + 4 &* columns)
  }

  @inline(__always)
  mutating func addProducts(_ values: FloatPointer, step: Int, _ factors: SixteenLanes) {
    sum0.addProduct(values[0], factors)
    sum1.addProduct(values[step], factors)
    sum2.addProduct(values[2 &* step], factors)
    sum3.addProduct(values[3 &* step], factors)
    sum4.addProduct(values[4 &* step], factors)
  }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    sum0.store(to: target)
    sum1.store(to: target + columns)
    sum2.store(to: target + 2 &* columns)
    sum3.store(to: target + 3 &* columns)
    sum4.store(to: target + 4 &* columns)
  }
}

/// One group of rows above another.
struct RowPair<Upper: RowGroup, Lower: RowGroup>: RowGroup {
  @inline(__always) static var count: Int { Upper.count &+ Lower.count }
  private var upper = Upper()
  private var lower = Lower()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer, columns: Int) {
    upper = Upper(source, columns: columns)
    lower = Lower(source + Upper.count &* columns, columns: columns)
  }

  @inline(__always)
  mutating func addProducts(_ values: FloatPointer, step: Int, _ factors: SixteenLanes) {
    upper.addProducts(values, step: step, factors)
    lower.addProducts(values + Upper.count &* step, step: step, factors)
  }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    upper.store(to: target, columns: columns)
    lower.store(to: target + Upper.count &* columns, columns: columns)
  }
}

typealias SixRows = RowPair<FiveRows, OneRow>
#if AVX512
  typealias TwelveRows = RowPair<SixRows, SixRows>
  typealias SixteenRows = RowPair<SixRows, RowPair<FiveRows, FiveRows>>
#endif
