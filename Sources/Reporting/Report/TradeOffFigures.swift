// One metric against another: a point per row of the table, a line per method or other swept value.

import Experiments
import Reproducibility
import Statistics

extension ExperimentResults {
  /// The figure that a spec asks for: one panel per data set, and per value of `panels` if it has that; nil if it selects no row.
  func figure(_ spec: FigureSpec, name: String) throws(ReportError) -> Figure? {
    let measured = MeasuredColumn.all.first { $0.name == spec.x }
    let horizontalAxis =
      measured.map { ($0.label, "×") } ?? Metric.named(spec.x).map { ($0.label, $0.unit) }
    guard let (label, unit) = horizontalAxis, let y = Metric.named(spec.y) else {
      throw .result(
        path: experiment.file,
        problem: "report.figures.\(spec.name): no metric called ‘\(spec.x)’ or ‘\(spec.y)’")
    }
    var panels: [Figure.Panel] = []
    for dataset in datasets {
      let shown = rows(on: dataset, where: spec.where)
      let parts = spec.panels.map { coordinate in
        Self.groups(shown.filter { !$0.run.isDense }) { $0.value(of: coordinate) }
      }
      for (part, members) in parts ?? [("", shown)] where !members.isEmpty {
        let titles = [datasets.count > 1 ? dataset : "", part].filter { !$0.isEmpty }
        let series = Self.groups(members) { $0.value(of: spec.lines) }.map { line, rows in
          let points = rows.compactMap { row -> Figure.Point? in
            let horizontal = row.measuredOrStored(spec.x)
            let vertical = row.values(of: spec.y)
            guard !horizontal.isEmpty, !vertical.isEmpty else { return nil }
            let interval = Interval(of: vertical)
            return Figure.Point(
              Sample(horizontal).mean, Sample(vertical).mean, low: interval?.lower,
              high: interval?.upper, count: vertical.count)
          }
          return Figure.Series(line, points: points.sorted { $0.x < $1.x })
        }
        panels.append(
          Figure.Panel(
            title: titles.joined(separator: ", "),
            x: Figure.Axis(label, unit: unit, isLogarithmic: spec.logarithmic),
            y: Figure.Axis(y.label, unit: y.unit, lower: spec.minimumY), series: series))
      }
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: name, title: "\(experiment.name), profile \(experiment.profile)",
      caption: spec.caption, panels: panels)
  }

  /// Rows by a name, in the order in which the names come up first.
  private static func groups(
    _ rows: [ResultRow], by name: (ResultRow) -> String
  ) -> [(String, [ResultRow])] {
    var names: [String] = []
    var result: [String: [ResultRow]] = [:]
    for row in rows {
      let key = name(row)
      if result[key] == nil { names.append(key) }
      result[key, default: []].append(row)
    }
    return names.map { ($0, result[$0] ?? []) }
  }
}

extension ResultRow {
  /// The method, or a swept value of the row in words; the method where the row does not have it.
  fileprivate func value(of coordinate: String) -> String {
    coordinate == "method" ? method : coordinates[coordinate]?.summary ?? method
  }
}
