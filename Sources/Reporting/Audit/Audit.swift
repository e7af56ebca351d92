// The checklist that reviewers of compression papers use, answered from specs and records: enough data sets and sizes, size and
// arithmetic, controls that cost as much, seeds, and test images that decided nothing.

public import Experiments
import Foundation
import Training

/// The answer to one item of the checklist.
public struct AuditFinding: Hashable, Sendable {
  /// What an answer can be.
  public enum Outcome: String, Hashable, Sendable {
    case pass, fail
    /// The item says nothing about this experiment.
    case notApplicable = "not applicable"
  }

  /// The experiment and its profile; empty for the paper as a whole.
  public var place: String
  /// What is asked.
  public var item: String
  /// The answer.
  public var outcome: Outcome
  /// What it rests on.
  public var detail: String

  init(_ place: String, _ item: String, _ outcome: Outcome, _ detail: String) {
    self.place = place
    self.item = item
    self.outcome = outcome
    self.detail = detail
  }
}

extension Report {
  /// The checklist of a paper: one item for the paper as a whole, the others for every experiment with records.
  ///
  /// Source: after Blalock, Gonzalez Ortiz, Frankle and Guttag 2020 (arXiv 2003.03033), sections 5 and 6 and their checklist.
  ///
  /// - Throws: `ReportError` if a spec or a record cannot be read.
  public func audit(_ paper: PaperFolder, profiles: [String]? = nil) throws(ReportError)
    -> [AuditFinding]
  {
    let all = try results(of: paper, profiles: profiles, fallback: Self.defaultProfile)
    let stored = all.filter { $0.hasRecords }
    var pairs: Set<String> = []
    for results in stored {
      for row in results.rows where row.run.compresses && !row.finished.isEmpty {
        pairs.insert("\(row.run.networkName) on \(row.dataset)")
      }
    }
    var findings = [
      AuditFinding(
        "", "three pairs of network and data set", pairs.count >= 3 ? .pass : .fail,
        pairs.isEmpty ? "nothing stored" : pairs.sorted().joined(separator: ", "))
    ]
    for results in stored { findings += Self.findings(in: results) }
    return findings
  }

  private static func findings(in results: ExperimentResults) -> [AuditFinding] {
    let place = "\(results.experiment.name), \(results.experiment.profile)"
    let compressed = results.rows.filter {
      $0.run.compresses && !$0.isSuperseded && !$0.finished.isEmpty
    }
    guard !compressed.isEmpty else {
      return [
        AuditFinding(
          place, "results of compressed networks", .notApplicable,
          "the experiment compresses no network, or nothing is stored")
      ]
    }
    return [
      operatingPoints(compressed, place), sizeAndArithmetic(results, compressed, place),
      controls(results, place), updates(results, place), seeds(results, place),
      testImages(results, place), initialAccuracy(results, place),
    ]
  }

  private static func operatingPoints(_ rows: [ResultRow], _ place: String) -> AuditFinding {
    var sizes: [String: Set<String>] = [:]
    for row in rows {
      let values = row.values(of: "common-ratio") + row.values(of: "payload-ratio")
      guard let first = values.first else { continue }
      // Sizes that differ by less than 2 % are one.
      sizes["\(row.method) on \(row.dataset)", default: []].insert(
        "\(Int((log(first) / log(1 + SizeTarget.tolerance)).rounded()))")
    }
    let most = sizes.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
    let count = most?.value.count ?? 0
    return AuditFinding(
      place, "five operating points", count >= 5 ? .pass : .fail,
      "\(count) sizes of \(most?.key ?? "any method")")
  }

  private static let sizeColumns: Set<String> = [
    "payload-ratio", "common-ratio", "indexed-ratio", "weight-ratio", "stored-values-ratio",
    "file-bytes",
  ]
  private static let arithmeticColumns: Set<String> = [
    "arithmetic-ratio", "multiplication-ratio", "multiply-accumulates", "multiplications",
    "speedup-batch-1", "speedup-batch-64",
  ]

  private static func sizeAndArithmetic(
    _ results: ExperimentResults, _ rows: [ResultRow], _ place: String
  ) -> AuditFinding {
    let shown = Set(results.experiment.report.tables.flatMap { $0.columns })
    let missing = [("size", sizeColumns), ("arithmetic or time", arithmeticColumns)].filter {
      shown.isDisjoint(with: $0.1)
    }.map { $0.0 }
    return AuditFinding(
      place, "size and arithmetic", missing.isEmpty ? .pass : .fail,
      missing.isEmpty
        ? "the tables show both" : "no table shows \(missing.joined(separator: " or "))")
  }

  private static func controls(_ results: ExperimentResults, _ place: String) -> AuditFinding {
    let finished = Set(results.rows.filter { !$0.finished.isEmpty }.map { $0.method })
    let wanted = ["one-shot-retrain", "dense-continued"]
    let missing = wanted.filter { !finished.contains($0) }
    let isPlain = finished.isSubset(of: ["dense", "one-shot"])
    if isPlain {
      return AuditFinding(place, "controls", .notApplicable, "nothing is trained")
    }
    return AuditFinding(
      place, "controls", missing.isEmpty ? .pass : .fail,
      missing.isEmpty
        ? wanted.joined(separator: " and ") : "no finished \(missing.joined(separator: ", "))")
  }

  private static func updates(_ results: ExperimentResults, _ place: String) -> AuditFinding {
    var counts: [String: Double] = [:]
    for row in results.rows where !row.run.isDense {
      guard let most = row.values(of: "updates").max(), most > 0 else { continue }
      counts[row.method] = max(counts[row.method] ?? 0, most)
    }
    guard let most = counts.values.max(), let least = counts.values.min(), counts.count > 1 else {
      return AuditFinding(place, "equal updates", .notApplicable, "fewer than two methods train")
    }
    let words = counts.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value))" }
    return AuditFinding(
      place, "equal updates", least >= 0.9 * most ? .pass : .fail,
      words.joined(separator: ", "))
  }

  private static func seeds(_ results: ExperimentResults, _ place: String) -> AuditFinding {
    let rows = results.rows.filter { !$0.isSuperseded }
    let short = rows.filter { $0.finished.count + $0.divergedSeeds.count < 3 }
    let counts = Set(rows.map { $0.finished.count }).sorted().map { "\($0)" }
    return AuditFinding(
      place, "three seeds and intervals", short.isEmpty ? .pass : .fail,
      short.isEmpty
        ? "seeds per row: \(counts.joined(separator: ", "))"
        : "\(short.count) of \(rows.count) rows have fewer, first \(short[0].label)")
  }

  private static func testImages(_ results: ExperimentResults, _ place: String) -> AuditFinding {
    // Runs store test numbers once, in their metrics; a history of them could be selected from.
    for row in results.rows {
      for run in row.finished where run.history().contains(where: { $0.metric.hasPrefix("test-") })
      {
        return AuditFinding(
          place, "test images met once", .fail, "the history of \(run.record.name) holds them")
      }
    }
    return AuditFinding(
      place, "test images met once", .pass,
      "once at the end of every run; what is selected is selected on validation images")
  }

  private static func initialAccuracy(
    _ results: ExperimentResults, _ place: String
  ) -> AuditFinding {
    let dense = results.rows.filter { $0.run.isDense }
    let isGiven = !dense.isEmpty && dense.allSatisfy { !$0.values(of: "test-accuracy").isEmpty }
    let shows = results.experiment.report.tables.contains {
      $0.columns.contains("test-accuracy") || $0.columns.contains("test-accuracy-change")
    }
    return AuditFinding(
      place, "accuracy before compression", isGiven && shows ? .pass : .fail,
      isGiven ? (shows ? "a row of the table" : "no table shows it") : "no finished dense network")
  }
}
