// Symmetric positive definite systems in Double: A = L·Lᵀ, triangular solves and the inverse, by OpenBLAS' LAPACK.
// Matrices are row-major. LAPACK reads them column-major, so its upper triangle is our lower one.

import COpenBLAS

/// OpenBLAS' sums change with its number of threads, and these matrices are small.
private let oneThread: Void = BLAS.useOneThread()

/// Replaces a symmetric positive definite matrix by its Cholesky factor: A = L·Lᵀ.
///
/// - Parameters:
///   - matrix: `[order, order]`; only its lower triangle is read. Afterwards L, with zeros above the
///     diagonal; unspecified if the factorisation failed.
/// - Returns: nil on success, otherwise the order (from 1) of the first leading minor that is not
///   positive, or not a number.
/// - Precondition: `matrix` has `order²` elements.
public func factorCholesky(_ matrix: inout MutableSpan<Double>, order: Int) -> Int? {
  precondition(order >= 0, "factorCholesky: order is \(order)")
  requireCount(matrix.count, order * order, "factorCholesky", "matrix")
  if order == 0 { return nil }
  _ = oneThread
  let elements = matrix.mutablePointer
  var (size, info) = (Int32(order), Int32(0))
  dpotrf_("U", &size, elements, &size, &info, 1)
  if info != 0 { return Int(info) }
  for row in 0..<order {
    // OpenBLAS compares pivots with zero, which lets a NaN pass.
    if !elements[row * order + row].isFinite { return row + 1 }
    for column in (row + 1)..<max(order, row + 1) { elements[row * order + column] = 0 }
  }
  return nil
}

/// Solves L·X = B, or Lᵀ·X = B, in place of B.
///
/// - Parameters:
///   - factor: `[order, order]`, lower triangular, as `factorCholesky` returns it.
///   - transposed: solves with Lᵀ.
///   - right: B, `[order, columns]`; afterwards X.
/// - Precondition: the spans have these sizes.
public func solveTriangular(
  _ factor: Span<Double>, transposed: Bool = false, _ right: inout MutableSpan<Double>, order: Int,
  columns: Int
) {
  precondition(order >= 0 && columns >= 0, "solveTriangular: \(order) × \(columns)")
  requireCount(factor.count, order * order, "solveTriangular", "factor")
  requireCount(right.count, order * columns, "solveTriangular", "right")
  if order == 0 || columns == 0 { return }
  _ = oneThread
  let transposition = transposed ? ParsimonyCblasTrans : ParsimonyCblasNoTrans
  cblas_dtrsm(
    Int32(ParsimonyCblasRowMajor.rawValue), Int32(ParsimonyCblasLeft.rawValue),
    Int32(ParsimonyCblasLower.rawValue), Int32(transposition.rawValue),
    Int32(ParsimonyCblasNonUnit.rawValue), Int32(order), Int32(columns), 1, factor.pointer,
    Int32(order), right.mutablePointer, Int32(columns))
}

/// Replaces a Cholesky factor L by the inverse of the matrix it belongs to, (L·Lᵀ)⁻¹, both triangles filled.
///
/// - Parameter factor: `[order, order]`, as `factorCholesky` returns it.
/// - Precondition: `factor` has `order²` elements and a diagonal without zeros.
public func invertFromCholesky(_ factor: inout MutableSpan<Double>, order: Int) {
  precondition(order >= 0, "invertFromCholesky: order is \(order)")
  requireCount(factor.count, order * order, "invertFromCholesky", "factor")
  if order == 0 { return }
  _ = oneThread
  let elements = factor.mutablePointer
  var (size, info) = (Int32(order), Int32(0))
  dpotri_("U", &size, elements, &size, &info, 1)
  precondition(info == 0, "invertFromCholesky: element \(info) of the diagonal is zero")
  for row in 0..<order {
    for column in 0..<row { elements[column * order + row] = elements[row * order + column] }
  }
}
