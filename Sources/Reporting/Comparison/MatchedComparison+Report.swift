// A comparison at matched size as parts of a report: tables whose cells know the runs next to their size, everything as CSV, and one
// figure over all data sets.

import Experiments
import Statistics

extension ExperimentResults {
  /// What a report shows of a comparison at matched size.
  ///
  /// - Parameters:
  ///   - suffix: what the names of this profile's files end in.
  ///   - missingData: why data sets are not on this machine, by name.
  /// - Throws: `ReportError` if the published points cannot be read.
  func matched(
    _ spec: MatchedSpec, suffix: String, missingData: [String: String]
  ) throws(ReportError) -> [ReportPart] {
    var parts: [ReportPart] = []
    var panels: [Figure.Panel] = []
    let name = spec.name + suffix
    let published = spec.literature ? try Literature.points(for: experiment) : []
    for comparison in MatchedComparison.all(spec, in: self, missingData: missingData) {
      let place = datasets.count > 1 ? "\(name)-\(comparison.dataset)" : name
      parts.append(.comparison(comparison.table(name: place), sources: comparison.sources))
      if let table = comparison.differenceTable(name: "\(place)-differences") {
        parts.append(.comparison(table, sources: comparison.differenceSources))
      }
      parts.append(.values(comparison.valuesTable(name: "\(place)-values")))
      panels.append(
        comparison.panel(
          title: datasets.count > 1 ? comparison.dataset : "", published: published))
    }
    guard !panels.isEmpty else { return parts }
    parts.append(
      .figure(
        Figure(
          name: name, title: "\(experiment.name), profile \(experiment.profile)",
          caption: spec.caption, panels: panels, width: .twoColumns)))
    return parts
  }
}

extension MatchedComparison {
  /// What the rows of the table were computed from.
  fileprivate var sources: [RowSource] {
    referenceRows.map { RowSource(rows: [$0], cells: [:]) }
      + curves.indices.map { source(of: $0, firstColumn: 2) }
  }

  /// What the rows of the table of differences were computed from.
  fileprivate var differenceSources: [RowSource] {
    curves.indices.filter { $0 != baseline }.map { source(of: $0, firstColumn: 1) }
  }

  /// A curve's rows; every reading belongs to the row whose mean size is next to it.
  private func source(of curve: Int, firstColumn: Int) -> RowSource {
    let rows = curveRows[curve]
    let sized = rows.compactMap { row -> (row: ResultRow, size: Double)? in
      let sizes = row.measuredOrStored(spec.size)
      return sizes.isEmpty ? nil : (row, Sample(sizes).mean)
    }
    var cells: [Int: ResultRow] = [:]
    for (column, size) in spec.at.enumerated() {
      cells[firstColumn + column] =
        sized.min { abs($0.size - size) < abs($1.size - size) }?.row
    }
    return RowSource(rows: rows, cells: cells)
  }
}
