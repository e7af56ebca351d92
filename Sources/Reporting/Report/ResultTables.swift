// An experiment's rows as a table, and as the points of a figure.

import Experiments
import Foundation
import Reproducibility
import Statistics

extension ExperimentResults {
  /// The table that a spec asks for.
  ///
  /// - Parameter missingData: why data sets are not on this machine, by name.
  func table(_ spec: TableSpec, name: String, missingData: [String: String]) throws(ReportError)
    -> Table
  {
    let coordinates = coordinateNames
    let showsVersion = Set(rows.compactMap { $0.numericsVersion }).count > 1
    var columns = [Table.Column("data set"), Table.Column("method")]
    columns += coordinates.map { Table.Column.number($0) }
    if showsVersion { columns.append(.number("numerics")) }
    for column in spec.columns { columns.append(try heading(column)) }
    var table = Table(name: name, title: spec.title, columns: columns)
    var previous = ""
    for row in rows {
      var cells = [Table.Cell.text(row.datasetInWords), Table.Cell.text(row.method)]
      for coordinate in coordinates {
        cells.append(row.coordinates[coordinate].map { .text($0.summary) } ?? .missing)
      }
      if showsVersion {
        cells.append(row.numericsVersion.map { Table.Cell.count($0) } ?? .missing)
      }
      var isFirst = true
      for column in spec.columns {
        if row.finished.isEmpty && isFirst && column != "seeds" {
          cells.append(
            .absent(
              state(of: row, missingData: missingData),
              because: reason(of: row, missingData: missingData)))
        } else {
          cells.append(cell(column, of: row))
        }
        isFirst = false
      }
      table.append(cells, startsGroup: row.dataset != previous)
      previous = row.dataset
    }
    table.notes = notes(missingData: missingData)
    var empty: [String] = []
    for name in emptyColumns(spec) { empty.append(try heading(name).heading) }
    if !empty.isEmpty {
      let subject = empty.count == 1 ? "no stored result holds" : "no stored result holds any of"
      table.notes.append("Nothing to show: \(subject) \(empty.joined(separator: "; ")).")
    }
    return table
  }

  /// Columns without a value in any finished row, because what they show was not counted or measured when the runs ended.
  private func emptyColumns(_ spec: TableSpec) -> [String] {
    let finished = rows.filter { !$0.finished.isEmpty }
    guard !finished.isEmpty else { return [] }
    return spec.columns.filter { name in
      finished.allSatisfy { cell(name, of: $0).content == .missing }
    }
  }

  /// Why a row has no values.
  func state(of row: ResultRow, missingData: [String: String]) -> String {
    if !row.divergedSeeds.isEmpty { return "diverged" }
    if !row.failures.isEmpty { return "failed" }
    if !experiment.waits.isEmpty { return "not run" }
    return missingData[row.dataset] == nil ? "not run" : "needs data"
  }

  /// Why a row, or some of its seeds, have no values, in a sentence without a full stop.
  func reason(of row: ResultRow, missingData: [String: String]) -> String {
    if !row.divergedSeeds.isEmpty { return "the loss was not finite" }
    if let failure = row.failures.first { return failure.problem }
    if !experiment.waits.isEmpty { return "waits for \(experiment.waits)" }
    return missingData[row.dataset] ?? "no record is stored"
  }

  private func heading(_ name: String) throws(ReportError) -> Table.Column {
    switch name {
    case "file-bytes": return .number("file", unit: "B")
    case "seeds": return .number("seeds")
    case "processor-seconds": return .number("CPU time per run", unit: "s")
    default:
      if let column = MeasuredColumn.all.first(where: { $0.name == name }) {
        return .number(column.label, unit: "×")
      }
      guard let metric = Metric.named(name) else {
        throw .result(
          path: experiment.file, problem: "report.tables: there is no metric called ‘\(name)’")
      }
      return .number(metric.label, unit: metric.unit)
    }
  }

  private func cell(_ name: String, of row: ResultRow) -> Table.Cell {
    switch name {
    case "seeds":
      let wanted = row.seeds.count
      return .text(
        row.finished.count == wanted ? "\(wanted)" : "\(row.finished.count) of \(wanted)")
    case "file-bytes":
      let sizes = row.finished.compactMap { $0.attempt?.networkFileBytes }.map { Double($0) }
      return sizes.isEmpty ? .missing : .number(Sample(sizes).mean, digits: 0)
    case "processor-seconds":
      let seconds = row.finished.compactMap { $0.attempt?.processorSeconds }
      return seconds.isEmpty ? .missing : .number(Sample(seconds).mean, digits: 1)
    default:
      if MeasuredColumn.all.contains(where: { $0.name == name }) {
        let ratios = row.measuredOrStored(name)
        return ratios.isEmpty ? .missing : .mean(of: ratios, digits: 2)
      }
      let values = row.values(of: name)
      guard let metric = Metric.named(name), !values.isEmpty else { return .missing }
      let isSigned = name.hasSuffix("-change")
      let isMeasured = metric.unit == "%" || metric.unit == "points" || metric.unit == "nats"
      // What the spec fixes by arithmetic has next to no spread, and then no interval worth showing.
      let halfWidth = Interval(of: values)?.halfWidth ?? 0
      if !isMeasured && halfWidth < 0.5 * pow(10, -Double(metric.digits)) {
        return .number(Sample(values).mean, digits: metric.digits, isSigned: isSigned)
      }
      return .mean(of: values, digits: metric.digits, isSigned: isSigned)
    }
  }

  /// What a reader must know of this table: what is missing and why.
  private func notes(missingData: [String: String]) -> [String] {
    var result = [
      "± is half the width of the 95 % t-interval over seeds; a row with one seed has none."
    ]
    if !experiment.waits.isEmpty { result.append("Not run yet: \(experiment.waits).") }
    for dataset in datasets {
      if let reason = missingData[dataset],
        rows.contains(where: { $0.dataset == dataset && !$0.missingSeeds.isEmpty })
      {
        result.append("\(dataset) needs data: \(reason)")
      }
    }
    for omission in experiment.omissions {
      let values = omission.where.keys.sorted().map { name in
        "\(name) \((omission.where[name] ?? []).map { $0.summary }.joined(separator: " or "))"
      }
      result.append("Left out: \(values.joined(separator: ", ")), because \(omission.because).")
    }
    for row in rows where !row.isSuperseded {
      if !row.divergedSeeds.isEmpty {
        result.append("Diverged, not in the means: \(row.label), \(seeds(row.divergedSeeds)).")
      }
      for failure in row.failures {
        result.append("Failed: \(row.label), seed \(failure.seed): \(failure.problem)")
      }
      let failed = Set(row.failures.map { $0.seed })
      let missing = row.missingSeeds.filter { !failed.contains($0) }
      if !missing.isEmpty && hasRecords && !row.finished.isEmpty {
        result.append("Not run: \(row.label), \(seeds(missing)).")
      }
    }
    if rows.contains(where: { $0.isSuperseded }) {
      result.append(
        "Rows of an older numerics version are kept beside the newer ones; no row mixes versions.")
    }
    if staleCount > 0 {
      result.append("\(staleCount) stored records belong to no run of the spec as it is now.")
    }
    return result
  }

  private func seeds(_ numbers: [Int]) -> String {
    (numbers.count == 1 ? "seed " : "seeds ") + numbers.map { "\($0)" }.joined(separator: ", ")
  }
}
