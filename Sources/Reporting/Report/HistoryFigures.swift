// Histories as lines: what metrics did from step to step, mean and interval over seeds, one line per row of the table.

import Experiments
import Foundation
import Reproducibility
import Statistics
import Training

extension ExperimentResults {
  /// The figure that a spec asks for: one panel per data set and metric; nil if no stored history has any of the metrics.
  func figure(_ spec: HistoryFigureSpec, name: String) -> Figure? {
    let drawn = spec.drawnPanels
    var panels: [Figure.Panel] = []
    for dataset in datasets {
      let shown = rows(on: dataset, where: spec.where)
      let histories = shown.map { SeedHistories(of: $0) }
      let found = drawn.map { panel in
        let series = zip(shown, histories).compactMap { row, history -> Figure.Series? in
          let points = history.points(of: panel.metric, intervals: spec.intervals)
          return points.isEmpty
            ? nil : Figure.Series(row.label(among: shown), points: points)
        }
        let metric = Metric.named(panel.metric)
        let label = panel.label.isEmpty ? metric?.label ?? panel.metric : panel.label
        return Figure.Panel(
          title: datasets.count > 1 ? dataset : "", x: Figure.Axis(spec.stepLabel),
          y: Figure.Axis(label, unit: metric?.unit ?? "", isLogarithmic: panel.logarithmic),
          series: series)
      }
      // A metric that is not stored leaves its place empty, so that the others stay in theirs.
      if found.contains(where: { !$0.series.isEmpty }) { panels += found }
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: name, title: "\(experiment.name), profile \(experiment.profile)",
      caption: spec.caption, panels: panels, panelsPerRow: drawn.count > 1 ? drawn.count : nil)
  }
}

/// The histories of a row's finished runs.
private struct SeedHistories {
  /// One element per seed: metric → step → value.
  private let seeds: [[String: [Int: Double]]]

  init(of row: ResultRow) {
    seeds = row.finished.map { run in
      var values: [String: [Int: Double]] = [:]
      for entry in run.history() { values[entry.metric, default: [:]][entry.step] = entry.value }
      return values
    }
  }

  /// One point per step that every seed has.
  func points(of metric: String, intervals: Bool) -> [Figure.Point] {
    let steps = Set(seeds.flatMap { $0[metric]?.keys.map { $0 } ?? [] }).sorted()
    return steps.compactMap { step in
      let values = seeds.compactMap { $0[metric]?[step] }
      guard values.count == seeds.count, !values.isEmpty else { return nil }
      let mean = Sample(values).mean
      guard intervals else { return Figure.Point(Double(step), mean, count: values.count) }
      let interval = Interval(of: values)
      return Figure.Point(
        Double(step), mean, low: interval?.lower, high: interval?.upper, count: values.count)
    }
  }
}
