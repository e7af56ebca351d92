// The figure of a comparison at matched size: one line per method, their Pareto front behind them, and points published elsewhere.

import Experiments
import Statistics

extension MatchedComparison {
  /// One panel: the curves with 95 % intervals, the Pareto front, and published points.
  ///
  /// - Parameter published: points of any network and data; those of this comparison are shown.
  func panel(title: String, published: [LiteraturePoint]) -> Figure.Panel {
    let metric = Metric.named(spec.metric)
    let measured = MeasuredColumn.all.first { $0.name == spec.size }
    let size = Metric.named(spec.size)
    let points = measuredPoints
    let published = published.filter { $0.network == network && $0.dataset == dataset }
    var series: [Figure.Series] = []
    let front = points.filter { $0.isOnFront }.sorted { $0.size < $1.size }
    if front.count > 1 {
      series.append(
        Figure.Series(
          "Pareto front", points: front.map { Figure.Point($0.size, Sample($0.values).mean) },
          role: .front))
    }
    if spec.metric == "test-accuracy", !published.isEmpty {
      series.append(
        Figure.Series(
          "published, counted as there",
          points: published.map { Figure.Point($0.ratio, $0.accuracy) }, role: .published))
    }
    for (index, curve) in curves.enumerated() {
      let own = points.filter { $0.curve == index }.sorted { $0.size < $1.size }
      series.append(
        Figure.Series(
          curve.label,
          points: own.map { point in
            let interval = Interval(of: point.values)
            return Figure.Point(
              point.size, Sample(point.values).mean, low: interval?.lower, high: interval?.upper,
              count: point.values.count)
          }))
    }
    return Figure.Panel(
      title: title,
      x: Figure.Axis(
        measured?.label ?? size?.label ?? spec.size, unit: measured == nil ? size?.unit ?? "" : "×",
        isLogarithmic: true),
      y: Figure.Axis(
        metric?.label ?? spec.metric, unit: metric?.unit ?? "", lower: spec.minimumY),
      series: series)
  }
}
