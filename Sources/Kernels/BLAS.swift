// OpenBLAS as Parsimony uses it: one thread per call, on a pinned core type, because its sums change with either.
// Look first at `multiplySlice`, the only place that calls the library; kernels split the work themselves.

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
  }

  /// C ← A·B, or C ← C + A·B, on the calling thread.
  static func multiplySlice(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int,
    columns: Int, inner: Int, accumulate: Bool = false
  ) {
    if rows == 0 || columns == 0 { return }
    let asStored = Int32(ParsimonyCblasNoTrans.rawValue)
    let transposed = Int32(ParsimonyCblasTrans.rawValue)
    cblas_sgemm(
      Int32(ParsimonyCblasRowMajor.rawValue), a.isTransposed ? transposed : asStored,
      b.isTransposed ? transposed : asStored, Int32(rows), Int32(columns), Int32(inner), 1,
      a.start, Int32(max(a.stride, 1)), b.start, Int32(max(b.stride, 1)), accumulate ? 1 : 0, c,
      Int32(stride))
  }

  /// C = A·B by one plain call of OpenBLAS: what `multiply` is measured against, and nothing else.
  ///
  /// - Parameters:
  ///   - a: `[rows, inner]`, row-major.
  ///   - b: `[inner, columns]`, row-major.
  ///   - c: `[rows, columns]`, overwritten.
  public static func plainProduct(
    _ a: Span<Float>, _ b: Span<Float>, into c: inout MutableSpan<Float>, rows: Int, columns: Int,
    inner: Int
  ) {
    precondition(a.count == rows * inner, "plainProduct: a has \(a.count) elements")
    precondition(b.count == inner * columns, "plainProduct: b has \(b.count) elements")
    precondition(c.count == rows * columns, "plainProduct: c has \(c.count) elements")
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          cblas_sgemm(
            101, 111, 111, Int32(rows), Int32(columns), Int32(inner), 1, a.baseAddress,
            Int32(inner), b.baseAddress, Int32(columns), 0, c.baseAddress, Int32(columns))
        }
      }
    }
  }
}
