// General products of dense row-major matrices, split into fixed blocks of the result.
// The blocks depend on the shape alone; each element is computed by one OpenBLAS call.

/// How a product is split: enough blocks for four threads where there is work for them.
struct BlockPlan {
  /// Products with fewer multiply-adds than this are one block.
  static let smallestSplitWork = 200_000

  let width: Int
  let count: Int

  /// Splits `length` rows or columns of a product with `work` multiply-adds into blocks whose width
  /// is a multiple of `multiple`.
  init(_ length: Int, work: Int, multiple: Int = 16) {
    if work < Self.smallestSplitWork || length < 2 * multiple {
      width = length
      count = length == 0 ? 0 : 1
    } else {
      width = ceilingDivision(ceilingDivision(length, 4), multiple) * multiple
      count = ceilingDivision(length, width)
    }
  }

  /// The first row or column of a block, and how many it has.
  @inline(__always)
  func block(_ index: Int, of length: Int) -> (first: Int, count: Int) {
    (index * width, min(width, length - index * width))
  }
}

/// Multiplies two matrices: C ← A·B, or C ← C + A·B.
///
/// - Parameters:
///   - a: `[rows, inner]`, or `[inner, rows]` when transposed.
///   - b: `[inner, columns]`, or `[columns, inner]` when transposed.
///   - c: `[rows, columns]`.
///   - accumulate: adds to `c` instead of overwriting it.
/// - Precondition: the spans have these sizes.
public func multiply(
  _ a: Span<Float>, _ b: Span<Float>, into c: inout MutableSpan<Float>, rows: Int, columns: Int,
  inner: Int, transposeA: Bool = false, transposeB: Bool = false, accumulate: Bool = false,
  workers: Workers
) {
  precondition(
    rows >= 0 && columns >= 0 && inner >= 0,
    "multiply: negative size in \(rows) × \(inner) × \(columns)")
  requireCount(a.count, rows * inner, "multiply", "a")
  requireCount(b.count, inner * columns, "multiply", "b")
  requireCount(c.count, rows * columns, "multiply", "c")
  let left = a.pointer
  let right = b.pointer
  let product = c.mutablePointer
  let work = rows * columns * inner
  if columns >= rows {
    let plan = BlockPlan(columns, work: work)
    workers.run(plan.count) { index, _ in
      let (first, count) = plan.block(index, of: columns)
      BLAS.multiplySlice(
        .init(start: left, stride: transposeA ? rows : inner, isTransposed: transposeA),
        .init(
          start: right + (transposeB ? first * inner : first),
          stride: transposeB ? inner : columns, isTransposed: transposeB),
        into: product + first, stride: columns, rows: rows, columns: count, inner: inner,
        accumulate: accumulate)
    }
  } else {
    let plan = BlockPlan(rows, work: work)
    workers.run(plan.count) { index, _ in
      let (first, count) = plan.block(index, of: rows)
      BLAS.multiplySlice(
        .init(
          start: left + (transposeA ? first : first * inner),
          stride: transposeA ? rows : inner, isTransposed: transposeA),
        .init(start: right, stride: transposeB ? inner : columns, isTransposed: transposeB),
        into: product + first * columns, stride: columns, rows: count, columns: columns,
        inner: inner, accumulate: accumulate)
    }
  }
}
