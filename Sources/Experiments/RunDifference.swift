// Where two stored runs differ: spec, environment, metrics, layers, and the first point where their curves part.

import Reproducibility
import Training

/// The differences of two runs, section by section.
public struct RunDifference: Sendable {
  /// One section of the comparison.
  public struct Section: Sendable, Hashable {
    /// What is compared.
    public let title: String
    /// One line per difference; empty if there is none.
    public let lines: [String]
  }

  /// Spec, environment, metrics, layers, history.
  public let sections: [Section]

  public init(_ left: StoredRun, _ right: StoredRun) {
    func lines(_ first: some Encodable, _ second: some Encodable) -> [String] {
      guard let a = try? CanonicalJSON.tree(first), let b = try? CanonicalJSON.tree(second) else {
        return ["cannot be compared"]
      }
      return JSONValue.differences(a, b).map { "\($0.path): \($0.left) → \($0.right)" }
    }
    var sections = [
      Section(
        title: "spec",
        lines: lines(left.record.identity, right.record.identity)
          + (left.record.seed == right.record.seed
            ? [] : ["seed: \(left.record.seed) → \(right.record.seed)"])),
      Section(
        title: "environment",
        lines: lines(left.attempt?.environment, right.attempt?.environment)),
      Section(title: "metrics", lines: lines(left.record.metrics, right.record.metrics)),
      Section(title: "layers", lines: lines(left.record.layers, right.record.layers)),
    ]
    sections.append(
      Section(title: "history", lines: Self.firstParting(left.history(), right.history())))
    self.sections = sections
  }

  /// The first row in which two histories differ, in words.
  static func firstParting(_ left: [HistoryRow], _ right: [HistoryRow]) -> [String] {
    for (a, b) in zip(left, right) where a != b {
      if a.step == b.step, a.metric == b.metric {
        return ["the curves part at step \(a.step): \(a.metric) \(a.value) → \(b.value)"]
      }
      return ["different rows at step \(a.step) (\(a.metric)) and step \(b.step) (\(b.metric))"]
    }
    if left.count != right.count { return ["\(left.count) rows → \(right.count) rows"] }
    return []
  }
}
