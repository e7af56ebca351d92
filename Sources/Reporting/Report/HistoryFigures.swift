// Histories as lines: what a metric did from step to step, mean and interval over seeds, one line per row of the table.

import Experiments
import Foundation
import Reproducibility
import Statistics
import Training

extension ExperimentResults {
  /// The figure that a spec asks for: one panel per data set; nil if no stored history has the metric.
  func figure(_ spec: HistoryFigureSpec, name: String) -> Figure? {
    var panels: [Figure.Panel] = []
    for dataset in datasets {
      let shown = rows.filter { row in
        row.dataset == dataset && !row.isSuperseded
          && spec.where.allSatisfy { name, allowed in
            allowed.contains { row.matches([name: $0]) }
          }
      }
      let series = shown.compactMap { row -> Figure.Series? in
        let points = Self.points(spec, of: row)
        return points.isEmpty
          ? nil : Figure.Series(row.label(among: shown), points: points)
      }
      guard !series.isEmpty else { continue }
      let metric = Metric.named(spec.metric)
      let label = spec.label.isEmpty ? metric?.label ?? spec.metric : spec.label
      panels.append(
        Figure.Panel(
          title: datasets.count > 1 ? dataset : "", x: Figure.Axis(spec.stepLabel),
          y: Figure.Axis(label, unit: metric?.unit ?? "", isLogarithmic: spec.logarithmic),
          series: series))
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: name, title: "\(experiment.name), profile \(experiment.profile)",
      caption: spec.caption, panels: panels)
  }

  /// One point per step that every seed has.
  private static func points(_ spec: HistoryFigureSpec, of row: ResultRow) -> [Figure.Point] {
    let histories = row.finished.map { run in
      var values: [String: [Int: Double]] = [:]
      for entry in run.history() { values[entry.metric, default: [:]][entry.step] = entry.value }
      return values
    }
    let steps = Set(histories.flatMap { $0[spec.metric]?.keys.map { $0 } ?? [] }).sorted()
    func mean(_ metric: String, at step: Int) -> Double? {
      let values = histories.compactMap { $0[metric]?[step] }
      return values.count == histories.count && !values.isEmpty ? Sample(values).mean : nil
    }
    return steps.compactMap { step in
      guard let value = mean(spec.metric, at: step) else { return nil }
      guard spec.intervals else { return Figure.Point(Double(step), value) }
      let interval = Interval(of: histories.compactMap { $0[spec.metric]?[step] })
      return Figure.Point(Double(step), value, low: interval?.lower, high: interval?.upper)
    }
  }
}
