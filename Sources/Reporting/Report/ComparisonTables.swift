// Paired differences between rows of an experiment, with Holm's correction over the pairs of one table.

import Experiments
import Foundation
import Reproducibility
import Statistics

extension ExperimentResults {
  /// The table of differences that a spec asks for, and what each of its rows was computed from.
  ///
  /// Differences are taken seed by seed on the seeds that both rows have finished. A row is decided if the two-sided t test says so
  /// after Holm's correction over all rows of the table at 5 %.
  func comparison(
    _ spec: ComparisonSpec, name: String
  ) throws(ReportError) -> (table: Table, sources: [RowSource]) {
    guard let metric = Metric.named(spec.metric) else {
      throw .result(
        path: experiment.file,
        problem: "report.comparisons.\(spec.name): there is no metric called ‘\(spec.metric)’")
    }
    let digits = metric.digits
    let unit = metric.unit
    let (first, second) = (Self.words(spec.of), Self.words(spec.minus))
    // A profile may leave out rows that others have.
    let compared = spec.pairs.compactMap { Compared($0, of: spec, in: self) }
    let hasReferences = compared.contains { $0.reference != nil || $0.referenceMinus != nil }
    var columns = [
      Table.Column("pair"), .number(first, unit: unit), .number(second, unit: unit),
      .number("difference", unit: unit == "%" ? "points" : unit), .number("n"), .number("p"),
      .number("p, Holm"), Table.Column("verdict"),
    ]
    if hasReferences {
      columns += [
        Table.Column("\(spec.referenceLabel), \(first)"),
        Table.Column("\(spec.referenceLabel), \(second)"),
      ]
    }
    var table = Table(name: name, title: spec.title, columns: columns)
    let tested = compared.filter { $0.test != nil }
    let adjusted = holmAdjusted(tested.compactMap { $0.test?.pValue })
    var next = 0
    for pair in compared {
      var cells: [Table.Cell] = [
        .text(pair.label), .mean(of: pair.first, digits: digits),
        .mean(of: pair.second, digits: digits),
      ]
      if let test = pair.test {
        let corrected = adjusted[next]
        next += 1
        cells += [
          .mean(of: pair.differences, digits: digits, isSigned: true),
          .count(pair.differences.count), .text(Self.text(pValue: test.pValue)),
          .text(Self.text(pValue: corrected)),
          .text(
            corrected >= Verdict.significance
              ? "undecided" : test.mean > 0 ? "higher" : "lower"),
        ]
      } else {
        let isEmpty = pair.first.isEmpty && pair.second.isEmpty
        let outcome = isEmpty ? "not run" : "too few seeds"
        let reason = isEmpty ? "no seed of both rows is stored" : "a test needs two seeds or more"
        cells += [
          .mean(of: pair.differences, digits: digits, isSigned: true),
          .count(pair.differences.count), .missing, .missing,
          .absent(outcome, because: reason),
        ]
      }
      if hasReferences {
        cells.append(Self.prediction(pair.reference, by: pair.first, digits: digits))
        cells.append(Self.prediction(pair.referenceMinus, by: pair.second, digits: digits))
      }
      table.append(cells)
    }
    table.notes = [
      "Differences are taken seed by seed; ± is half the width of the 95 % t-interval. Decided is what a two-sided paired t test "
        + "rejects at 5 % after Holm's correction over the \(tested.count) tested rows; all else is undecided.",
      "Compared: \(metric.label), \(metric.meaning).",
    ]
    if hasReferences {
      table.notes.append(
        "A reference is one run made elsewhere; it is inside if it lies in the 95 % prediction interval for one further run of "
          + "ours, t·s·√(1 + 1/n) about the mean.")
    }
    // The third column is the second row's own value.
    let sources = compared.map { pair in
      RowSource(rows: [pair.firstRow, pair.secondRow], cells: [2: pair.secondRow])
    }
    return (table, sources)
  }

  /// The values of a rule, for a heading.
  private static func words(_ rule: [String: JSONValue]) -> String {
    let method = rule["method"].map { [$0.summary] } ?? []
    let others = rule.keys.sorted().filter { $0 != "method" }.compactMap { rule[$0]?.summary }
    let words = (method + others).joined(separator: ", ")
    return words.isEmpty ? "value" : words
  }

  private static func text(pValue: Double) -> String {
    pValue < 0.001 ? "< 0.001" : NumberText.fixed(pValue, digits: 3)
  }

  private static func prediction(
    _ value: Double?, by values: [Double], digits: Int
  ) -> Table.Cell {
    guard let value else { return .missing }
    let text = NumberText.fixed(value, digits: digits)
    guard let interval = Interval(predictedBy: values) else { return .text(text) }
    let range =
      NumberText.fixed(interval.lower, digits: digits) + "…"
      + NumberText.fixed(interval.upper, digits: digits)
    return .text("\(text) \(interval.contains(value) ? "inside" : "outside") \(range)")
  }
}

/// What is stored of the two rows of a pair.
private struct Compared {
  let label: String
  let firstRow: ResultRow
  let secondRow: ResultRow
  /// The first row's values on the common seeds.
  let first: [Double]
  /// The second row's values on them.
  let second: [Double]
  let reference: Double?
  let referenceMinus: Double?

  /// Nil if the experiment does not have both rows.
  init?(_ pair: ComparedPair, of spec: ComparisonSpec, in results: ExperimentResults) {
    func row(_ rule: [String: JSONValue]) -> ResultRow? {
      results.rows.first { !$0.isSuperseded && $0.matches(rule) }
    }
    guard let left = row(spec.rule(ofFirst: pair)), let right = row(spec.rule(ofSecond: pair))
    else { return nil }
    let ours = left.valuesBySeed(of: spec.metric)
    let theirs = right.valuesBySeed(of: spec.metric)
    let isComparable = spec.referenceDataset.map { $0 == left.dataset } ?? true
    let seeds = ours.keys.filter { theirs[$0] != nil }.sorted()
    label = pair.label
    firstRow = left
    secondRow = right
    first = seeds.compactMap { ours[$0] }
    second = seeds.compactMap { theirs[$0] }
    reference = isComparable ? pair.reference : nil
    referenceMinus = isComparable ? pair.referenceMinus : nil
  }

  var differences: [Double] { Statistics.differences(first, second) }

  /// Nil for fewer than two seeds.
  var test: TTest? { TTest(differences, against: 0, alternative: .different) }
}
