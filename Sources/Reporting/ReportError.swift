// What can go wrong while a report is written. A missing result is no error: it is a cell that says so.

/// Why a report, a figure or a picture could not be written.
public enum ReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// gnuplot is not installed.
  case gnuplotMissing
  /// The typeface is not installed, so gnuplot would silently take another.
  case fontMissing(String)
  /// gnuplot ended with an error.
  case gnuplotFailed(script: String, status: Int, message: String)
  /// A file could not be written or read back.
  case file(path: String, problem: String)
  /// A stored result cannot be used.
  case result(path: String, problem: String)

  public var description: String {
    switch self {
    case .gnuplotMissing:
      "gnuplot is not installed; on Debian and Ubuntu: apt-get install gnuplot-nox fonts-liberation"
    case .fontMissing(let font):
      "the typeface ‘\(font)’ is not installed; on Debian and Ubuntu: apt-get install fonts-liberation"
    case .gnuplotFailed(let script, let status, let message):
      "\(script): gnuplot ended with status \(status): \(message)"
    case .file(let path, let problem), .result(let path, let problem): "\(path): \(problem)"
    }
  }
}
