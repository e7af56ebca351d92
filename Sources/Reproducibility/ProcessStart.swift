// Starting the process again with OpenBLAS pinned: it reads its core type from the environment when it is loaded,
// so setting the variable inside the running process would do nothing.

public import Foundation
import Kernels

/// What has to be settled before anything is computed.
public enum ProcessStart {
  /// This program's file.
  public static var executable: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  }

  /// Replaces this process by itself with the pinned core type, unless it is pinned already.
  ///
  /// Returns only if nothing had to be done or if it failed; `BLAS.isPinned` then tells which.
  public static func pinBLAS() {
    let marker = "PARSIMONY_REEXECUTED"
    guard !BLAS.isPinned, ProcessInfo.processInfo.environment[marker] == nil else { return }
    setenv("OPENBLAS_CORETYPE", BLAS.pinnedCore, 1)
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    setenv(marker, "1", 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv(executable.path, arguments)
  }
}
