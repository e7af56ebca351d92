// OpenBLAS as Parsimony uses it: one thread per call, on a pinned core type, because its sums change with either.

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

  /// Limits OpenBLAS to one thread per call. `Workers` calls it once when it starts.
  static func useOneThread() { openblas_set_num_threads(1) }
}
