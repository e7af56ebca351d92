// Methods side by side where they cost the same: one curve per method, read at given sizes, every difference from a baseline taken
// seed by seed. Tables and figure of it are in the extensions.

import Experiments
import Reproducibility
import Statistics

/// Methods on one network and one data set, from the same dense weights, at matched size.
struct MatchedComparison: Sendable {
  /// What the spec asks for.
  let spec: MatchedSpec
  /// The network.
  let network: String
  /// The data set.
  let dataset: String
  /// One curve per method and variant.
  let curves: [TradeOffCurve]
  /// The curve that others are compared with, as a position among `curves`.
  let baseline: Int?
  /// Networks without a size of their own: the dense one, and the dense one trained on.
  let references: [TradeOffCurve]
  /// The rows of the experiments that each curve consists of.
  let curveRows: [[ResultRow]]
  /// The rows of the references.
  let referenceRows: [ResultRow]
  /// Curves that cannot be read at any size, with the reason.
  let missing: [String: String]

  /// A comparison of the given rows, which start from the same dense network.
  ///
  /// - Parameters:
  ///   - rows: each with the name of its experiment.
  ///   - state: why a row has no values.
  init(
    _ spec: MatchedSpec, dataset: String, rows: [(experiment: String, row: ResultRow)],
    state: (ResultRow) -> String
  ) {
    self.spec = spec
    network = rows.first?.row.run.networkName ?? ""
    self.dataset = dataset
    let sized = rows.filter { $0.row.run.compresses }
    let names = Self.distinguishing(sized.map { $0.row }, along: spec.along)
    let showsExperiment = Set(sized.map { $0.experiment }).count > 1
    var labels: [String] = []
    var members: [String: [ResultRow]] = [:]
    for (experiment, row) in sized {
      let values = names.compactMap { row.coordinates[$0]?.summary }
      let label = ([row.method] + values + (showsExperiment ? [experiment] : []))
        .joined(separator: ", ")
      if members[label] == nil { labels.append(label) }
      members[label, default: []].append(row)
    }
    func curve(_ label: String, _ rows: [ResultRow]) -> TradeOffCurve {
      TradeOffCurve(
        label: label,
        points: rows.map {
          TradeOffCurve.Point(
            sizes: $0.measuredOrStoredBySeed(spec.size), values: $0.valuesBySeed(of: spec.metric))
        })
    }
    curves = labels.map { curve($0, members[$0] ?? []) }
    curveRows = labels.map { members[$0] ?? [] }
    baseline =
      spec.baseline.isEmpty
      ? nil : labels.firstIndex { (members[$0] ?? []).contains { $0.matches(spec.baseline) } }
    referenceRows = rows.filter { !$0.row.run.compresses }.map { $0.row }
    references = rows.filter { !$0.row.run.compresses }.map { experiment, row in
      curve(
        row.run.isDense || !showsExperiment ? row.method : "\(row.method), \(experiment)", [row])
    }
    var missing: [String: String] = [:]
    for label in labels {
      let rows = members[label] ?? []
      if rows.allSatisfy({ $0.finished.isEmpty }), let first = rows.first {
        missing[label] = state(first)
      } else if curve(label, rows).points.allSatisfy({ $0.sizes.isEmpty }) {
        missing[label] = "size not stored"
      }
    }
    self.missing = missing
  }

  /// The swept values that tell rows of one method apart, besides those that walk along a curve.
  private static func distinguishing(_ rows: [ResultRow], along: [String]) -> [String] {
    Set(rows.flatMap { $0.coordinates.keys }).sorted().filter { !along.contains($0) }
  }

  /// What every curve reaches at `size`.
  func readings(at size: Double) -> [TradeOffCurve.Reading] {
    curves.map { $0.reading(at: size) }
  }

  /// The curve whose values are better than those of every other one at a size, by the paired interval with each; nil if there is
  /// none.
  func best(of readings: [TradeOffCurve.Reading]) -> Int? {
    let isHigherBetter = Metric.named(spec.metric)?.direction != .lower
    let present = readings.indices.filter { !readings[$0].values.isEmpty }
    guard present.count > 1 else { return nil }
    return present.first { candidate in
      present.allSatisfy { other in
        if other == candidate { return true }
        let found = Self.differences(readings[candidate], readings[other])
        guard let interval = Interval(of: found) else { return false }
        return isHigherBetter ? interval.lower > 0 : interval.upper < 0
      }
    }
  }

  /// The differences of two readings on the seeds that both have.
  static func differences(
    _ first: TradeOffCurve.Reading, _ second: TradeOffCurve.Reading
  ) -> [Double] {
    first.values.keys.filter { second.values[$0] != nil }.sorted().map {
      (first.values[$0] ?? 0) - (second.values[$0] ?? 0)
    }
  }

  /// A row of a curve by its means over seeds.
  struct MeasuredPoint: Hashable, Sendable {
    /// The curve's position.
    var curve: Int
    /// The mean size.
    var size: Double
    /// The values in the order of the seeds.
    var values: [Double]
    /// Whether no other row of any curve is both at least as small and at least as good.
    var isOnFront = false
  }

  /// Every row of every curve that has a size and a value, curve by curve.
  var measuredPoints: [MeasuredPoint] {
    var points: [MeasuredPoint] = []
    for (index, curve) in curves.enumerated() {
      for point in curve.points {
        let seeds = point.values.keys.filter { point.sizes[$0] != nil }.sorted()
        guard !seeds.isEmpty else { continue }
        points.append(
          MeasuredPoint(
            curve: index, size: Sample(seeds.map { point.sizes[$0] ?? 0 }).mean,
            values: seeds.map { point.values[$0] ?? 0 }))
      }
    }
    let sign: Double = Metric.named(spec.metric)?.direction == .lower ? -1 : 1
    for index in paretoFront(points.map { ($0.size, sign * Sample($0.values).mean) }) {
      points[index].isOnFront = true
    }
    return points
  }
}

extension MatchedComparison {
  /// The comparisons that a spec asks of an experiment, one per data set.
  ///
  /// - Parameter missingData: why data sets are not on this machine, by name.
  static func all(
    _ spec: MatchedSpec, in results: ExperimentResults, missingData: [String: String]
  ) -> [MatchedComparison] {
    results.datasets.compactMap { dataset in
      let rows = results.rows.filter { row in
        row.dataset == dataset && !row.isSuperseded
          && (!row.run.compresses || row.matches(any: spec.where))
      }
      guard !rows.isEmpty else { return nil }
      return MatchedComparison(
        spec, dataset: dataset, rows: rows.map { (results.experiment.name, $0) },
        state: { results.state(of: $0, missingData: missingData) })
    }
  }
}
