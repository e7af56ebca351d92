// The two products that convolutions are made of, for sixteen columns: a few rows times a panel, and sums of outer products.
// Each sum is one chain in the order of k: how many rows are computed at once changes the time, never the bits. Six rows fill
// twelve registers of eight lanes, which hides the latency of a fused multiply-add; where registers have sixteen lanes there are
// twice as many, and twelve or sixteen rows fill them.

import COpenBLAS

/// Some rows of sixteen sums, in registers.
protocol RowGroup {
  /// How many rows there are.
  static var count: Int { get }
  /// Zeros.
  init()
  /// Rows from memory, `columns` floats apart.
  init(_ source: FloatPointer, columns: Int)
  /// Where the rows' own values lie.
  associatedtype Values
  /// Values that lie `step` floats apart.
  static func values(from start: FloatPointer, step: Int) -> Values
  /// The values `count` floats further on.
  static func advance(_ values: inout Values, by count: Int)
  /// Adds `factors` to each row, times the row's own value; the values lie `step` floats apart.
  mutating func addProducts(_ values: Values, step: Int, _ factors: SixteenLanes)
  /// Adds other sums, row by row.
  mutating func add(_ other: Self)
  /// Writes the rows, `columns` floats apart.
  func store(to target: MutableFloatPointer, columns: Int)
}

/// Rows of a product: `c[i, j] ← Σₖ a[i, k] · panel[k, j]` for sixteen columns `j`.
///
/// - Parameters:
///   - step: floats from one row of `a` to the next; `k` runs along a row.
///   - panel: `[inner, 16]`.
///   - target: the first of the rows of sixteen, `columns` floats apart.
///   - continues: whether the sums begin with what stands in `target`.
@inline(__always)
func multiplyRows<Rows: RowGroup>(
  _ kind: Rows.Type, _ a: FloatPointer, step: Int, _ panel: FloatPointer, inner: Int,
  into target: MutableFloatPointer, columns: Int, continues: Bool = false
) {
  var sums = continues ? Rows(FloatPointer(target), columns: columns) : Rows()
  var values = Rows.values(from: a, step: step)
  var factors = panel
  for _ in 0..<inner {
    sums.addProducts(values, step: step, SixteenLanes(factors))
    Rows.advance(&values, by: 1)
    factors += 16
  }
  sums.store(to: target, columns: columns)
}

/// The same for one to twelve rows.
func multiplyRows(
  _ count: Int, _ a: FloatPointer, step: Int, _ panel: FloatPointer, inner: Int,
  into target: MutableFloatPointer, columns: Int, continues: Bool
) {
  @inline(__always)
  func multiply<Rows: RowGroup>(_ kind: Rows.Type) {
    multiplyRows(
      kind, a, step: step, panel, inner: inner, into: target, columns: columns,
      continues: continues)
  }
  switch count {
  case 1: multiply(OneRow.self)
  case 2: multiply(TwoRows.self)
  case 3: multiply(ThreeRows.self)
  case 4: multiply(FourRows.self)
  case 5: multiply(FiveRows.self)
  case 6: multiply(SixRows.self)
  case 7: multiply(RowPair<FiveRows, TwoRows>.self)
  case 8: multiply(EightRows.self)
  case 9: multiply(RowPair<FiveRows, FourRows>.self)
  case 10: multiply(RowPair<FiveRows, FiveRows>.self)
  case 11: multiply(RowPair<SixRows, FiveRows>.self)
  case 12: multiply(TwelveRows.self)
  default: preconditionFailure("multiplyRows: \(count) rows, allowed: 1 to 12")
  }
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
  var (left, right) = (Rows.values(from: a, step: 1), b)
  for _ in 0..<count {
    sums.addProducts(left, step: 1, SixteenLanes(right))
    Rows.advance(&left, by: aStep)
    right += bStep
  }
  sums.store(to: tile, columns: 16)
}

// MARK: Groups of rows

/// Rows with one pointer to all their values.
protocol PointedRowGroup: RowGroup where Values == FloatPointer {}

extension PointedRowGroup {
  @inline(__always)
  static func values(from start: FloatPointer, step: Int) -> FloatPointer { start }

  @inline(__always)
  static func advance(_ values: inout FloatPointer, by count: Int) { values += count }
}

struct OneRow: PointedRowGroup {
  static var count: Int { 1 }
  private var sum = SixteenLanes()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer, columns: Int) { sum = SixteenLanes(source) }

  @inline(__always)
  mutating func addProducts(_ values: FloatPointer, step: Int, _ factors: SixteenLanes) {
    sum.addProduct(values[0], factors)
  }

  @inline(__always) mutating func add(_ other: OneRow) { sum.add(other.sum) }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    sum.store(to: target)
  }
}

struct FiveRows: PointedRowGroup {
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

  @inline(__always) mutating func add(_ other: FiveRows) {
    sum0.add(other.sum0)
    sum1.add(other.sum1)
    sum2.add(other.sum2)
    sum3.add(other.sum3)
    sum4.add(other.sum4)
  }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    sum0.store(to: target)
    sum1.store(to: target + columns)
    sum2.store(to: target + 2 &* columns)
    sum3.store(to: target + 3 &* columns)
    sum4.store(to: target + 4 &* columns)
  }
}

/// One group of rows above another. Each has a pointer of its own, of which the compiler does not know how far it lies from the other:
/// it would go from row to row by additions that wait for each other.
struct RowPair<Upper: RowGroup, Lower: RowGroup>: RowGroup {
  typealias Values = (upper: Upper.Values, lower: Lower.Values)

  @inline(__always) static var count: Int { Upper.count &+ Lower.count }
  private var upper = Upper()
  private var lower = Lower()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer, columns: Int) {
    upper = Upper(source, columns: columns)
    lower = Lower(source + Upper.count &* columns, columns: columns)
  }

  @inline(__always)
  static func values(from start: FloatPointer, step: Int) -> Values {
    (
      Upper.values(from: start, step: step),
      Lower.values(from: parsimony_opaque(start + Upper.count &* step), step: step)
    )
  }

  @inline(__always)
  static func advance(_ values: inout Values, by count: Int) {
    Upper.advance(&values.upper, by: count)
    Lower.advance(&values.lower, by: count)
  }

  @inline(__always)
  mutating func addProducts(_ values: Values, step: Int, _ factors: SixteenLanes) {
    upper.addProducts(values.upper, step: step, factors)
    lower.addProducts(values.lower, step: step, factors)
  }

  @inline(__always) mutating func add(_ other: RowPair) {
    upper.add(other.upper)
    lower.add(other.lower)
  }

  @inline(__always) func store(to target: MutableFloatPointer, columns: Int) {
    upper.store(to: target, columns: columns)
    lower.store(to: target + Upper.count &* columns, columns: columns)
  }
}

typealias TwoRows = RowPair<OneRow, OneRow>
typealias ThreeRows = RowPair<TwoRows, OneRow>
typealias FourRows = RowPair<TwoRows, TwoRows>
typealias SixRows = RowPair<FiveRows, OneRow>
typealias EightRows = RowPair<FiveRows, ThreeRows>
typealias TwelveRows = RowPair<SixRows, SixRows>
#if AVX512
  typealias SixteenRows = RowPair<SixRows, RowPair<FiveRows, FiveRows>>
#endif
