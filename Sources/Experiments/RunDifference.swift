// Where two stored runs differ: spec, environment, metrics, layers, and the first point where their curves part.

import Files
import Foundation
import Reproducibility
import Training

/// The differences of two runs, section by section.
public struct RunDifference: Sendable {
  /// One section of the comparison.
  public struct Section: Sendable, Hashable, Encodable {
    /// What is compared.
    public let title: String
    /// What differs; empty if nothing does.
    public let differences: [Difference]
  }

  /// One difference.
  public struct Difference: Sendable, Hashable, Encodable {
    /// What differs, or where.
    public let what: String
    /// The first run's.
    public let left: String
    /// The second run's.
    public let right: String

    /// The difference in one line.
    public var line: String { "\(what): \(left) → \(right)" }
  }

  /// Spec, environment, metrics, layers, history.
  public let sections: [Section]

  public init(_ left: StoredRun, _ right: StoredRun) {
    func differences(_ first: some Encodable, _ second: some Encodable) -> [Difference] {
      guard let a = try? CanonicalJSON.tree(first), let b = try? CanonicalJSON.tree(second) else {
        return [Difference(what: "all", left: "cannot be compared", right: "cannot be compared")]
      }
      return JSONValue.differences(a, b).map {
        Difference(what: $0.path, left: $0.left, right: $0.right)
      }
    }
    var spec = differences(left.record.identity, right.record.identity)
    if left.record.seed != right.record.seed {
      spec.append(
        Difference(what: "seed", left: "\(left.record.seed)", right: "\(right.record.seed)"))
    }
    sections = [
      Section(title: "spec", differences: spec),
      Section(
        title: "environment",
        differences: differences(left.attempt?.environment, right.attempt?.environment)),
      Section(
        title: "metrics", differences: differences(left.record.metrics, right.record.metrics)),
      Section(title: "layers", differences: differences(left.record.layers, right.record.layers)),
      Section(
        title: "history",
        differences: Self.firstParting(left.history(), right.history()).map { [$0] } ?? []),
    ]
  }

  /// The first row in which two histories differ; nil if they do not.
  static func firstParting(_ left: [HistoryRow], _ right: [HistoryRow]) -> Difference? {
    for (a, b) in zip(left, right) where a != b {
      if a.step == b.step, a.metric == b.metric {
        return Difference(
          what: "the curves part at step \(a.step), \(a.metric)", left: "\(a.value)",
          right: "\(b.value)")
      }
      return Difference(
        what: "different rows", left: "step \(a.step) (\(a.metric))",
        right: "step \(b.step) (\(b.metric))")
    }
    guard left.count != right.count else { return nil }
    return Difference(what: "rows", left: "\(left.count)", right: "\(right.count)")
  }
}

extension RunDifference {
  /// The sections as indented lines.
  public var text: String {
    sections.map { section in
      let lines = section.differences.map { $0.line }
      return "\(section.title):\n"
        + (lines.isEmpty ? ["the same"] : lines).map { "  \($0)\n" }.joined()
    }.joined()
  }

  /// The sections as tables; names are those of the two runs.
  public func markdown(from left: String, to right: String) -> String {
    let cell = Escaped.markdown
    var text = "# \(cell(left)) against \(cell(right))\n"
    for section in sections {
      text += "\n## \(cell(section.title))\n\n"
      if section.differences.isEmpty {
        text += "The same.\n"
        continue
      }
      text += "| what | first | second |\n| --- | --- | --- |\n"
      for difference in section.differences {
        text +=
          "| \(cell(difference.what)) | \(cell(difference.left)) | \(cell(difference.right)) |\n"
      }
    }
    return text
  }

  /// The sections as JSON.
  public var json: String {
    get throws {
      String(decoding: try CanonicalJSON.encode(sections, indented: true), as: UTF8.self)
    }
  }
}
