// OpenBLAS as Parsimony uses it: one thread per call, on a pinned core type, because its sums change with either.
// Look first at `multiplySlice`, through which all products go; kernels split the work themselves. Where registers have sixteen lanes
// it does not call the library, but computes the same bits.

import COpenBLAS

/// The linear-algebra library behind the kernels.
public enum BLAS {
  /// The core type every run is computed with; OpenBLAS reads `OPENBLAS_CORETYPE` when it is loaded.
  public static let pinnedCore = "Haswell"

  /// The core type OpenBLAS chose in this process.
  public static var coreName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  /// Whether results computed in this process are comparable with stored ones.
  public static var isPinned: Bool { coreName == pinnedCore }

  /// Stops the process, saying what to set, unless OpenBLAS runs on the pinned core type.
  ///
  /// - Precondition: `isPinned`.
  public static func requirePinnedCore() {
    precondition(
      isPinned,
      """
      OpenBLAS computes for core type \(coreName), results need \(pinnedCore): set \
      OPENBLAS_CORETYPE=\(pinnedCore) before the process starts
      """)
  }

  /// Limits OpenBLAS to one thread per call. `Workers` calls it once when it starts.
  static func useOneThread() { openblas_set_num_threads(1) }

  /// One matrix of a product: where it starts, how far apart its stored rows are, and whether it is
  /// read transposed.
  struct Operand {
    var start: UnsafePointer<Float>
    var stride: Int
    var isTransposed = false

    /// The matrix from this row and column on, as it is read.
    func part(row: Int, column: Int) -> Operand {
      var part = self
      part.start += isTransposed ? column * stride + row : row * stride + column
      return part
    }
  }

  /// C ← A·B, or C ← C + A·B, on the calling thread.
  static func multiplySlice(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int,
    columns: Int, inner: Int, accumulate: Bool = false
  ) {
    if rows == 0 || columns == 0 { return }
    #if AVX512
      let kernel = Kernel.sixteenLanes
    #else
      let kernel = Kernel.openBLAS
    #endif
    multiplySlice(
      by: kernel, a, b, into: c, stride: stride, rows: rows, columns: columns, inner: inner,
      accumulate: accumulate)
  }

  /// The same by one kernel; where that one does not know the sums of OpenBLAS, by OpenBLAS.
  private static func multiplySlice(
    by kernel: Kernel, _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride: Int,
    rows: Int, columns: Int, inner: Int, accumulate: Bool
  ) {
    switch kernel {
    case .sixteenLanes where inner > 0 && rows <= HaswellProduct.mostRows:
      HaswellProduct(
        a: a, b: b, c: c, stride: stride, rows: rows, columns: columns, inner: inner,
        isAdded: accumulate
      ).compute()
    case .sixteenLanes, .openBLAS:
      let asStored = Int32(ParsimonyCblasNoTrans.rawValue)
      let transposed = Int32(ParsimonyCblasTrans.rawValue)
      cblas_sgemm(
        Int32(ParsimonyCblasRowMajor.rawValue), a.isTransposed ? transposed : asStored,
        b.isTransposed ? transposed : asStored, Int32(rows), Int32(columns), Int32(inner), 1,
        a.start, Int32(max(a.stride, 1)), b.start, Int32(max(b.stride, 1)), accumulate ? 1 : 0, c,
        Int32(stride))
    }
  }

  /// What computes a product: the bits are the same.
  package enum Kernel {
    /// The library.
    case openBLAS
    /// `HaswellProduct`.
    case sixteenLanes
  }

  /// C ← A·B, or C ← C + A·B, by one plain call of a kernel: what `multiply` is measured against, and tests compare.
  ///
  /// - Parameters: those of `multiply`.
  package static func plainProduct(
    by kernel: Kernel, _ a: Span<Float>, _ b: Span<Float>, into c: inout MutableSpan<Float>,
    rows: Int, columns: Int, inner: Int, transposeA: Bool = false, transposeB: Bool = false,
    accumulate: Bool = false
  ) {
    requireCount(a.count, rows * inner, "plainProduct", "a")
    requireCount(b.count, inner * columns, "plainProduct", "b")
    requireCount(c.count, rows * columns, "plainProduct", "c")
    multiplySlice(
      by: kernel,
      .init(start: a.pointer, stride: transposeA ? rows : inner, isTransposed: transposeA),
      .init(start: b.pointer, stride: transposeB ? inner : columns, isTransposed: transposeB),
      into: c.mutablePointer, stride: columns, rows: rows, columns: columns, inner: inner,
      accumulate: accumulate)
  }
}
