// Searches on a stored curve in the place of training: what a strategy finds on a published profile, over many seeds
// (condensa, section 2.6). One run repeats one strategy; its samples are rows of its history.

public import BayesianOptimization
import Foundation
public import Reproducibility
import Statistics
import SwiftCSV

/// A curve of accuracy against sparsity, from two columns of a CSV file.
public struct Curve: Defaulted {
  /// The word for the curve in tables.
  public var name = "curve"
  /// The file, relative to the spec.
  public var file = ""
  /// The column with the sparsity.
  public var x = ""
  /// Whether that column holds the density, one minus the sparsity; nil means false.
  public var xIsDensity: Bool?
  /// The column with the accuracy.
  public var y = ""
  /// Only rows with these values, by column.
  public var `where`: [String: String] = [:]
  /// What accuracies are multiplied by to become shares.
  public var scale = 0.01
  /// The points, sparsity and accuracy as a share, by ascending sparsity; read from the file.
  public var points: [[Double]]?

  public init() {}

  /// Reads the points.
  ///
  /// - Parameter spec: the file that names the curve's.
  /// - Throws: `CurveError`.
  mutating func read(relativeTo spec: URL) throws(CurveError) {
    let url = spec.deletingLastPathComponent().appending(path: file).standardizedFileURL
    guard !file.isEmpty, let data = try? Data(contentsOf: url) else {
      throw .unreadable(path: file)
    }
    let table: NamedCSV
    do {
      table = try NamedCSV(
        string: String(decoding: data, as: UTF8.self), delimiter: .comma, loadColumns: false)
    } catch {
      throw .notCSV(path: file, problem: "\(error)")
    }
    for name in [x, y] + `where`.keys.sorted() where !table.header.contains(name) {
      throw .noColumn(path: file, name: name, known: table.header)
    }
    var found: [[Double]] = []
    for (number, row) in table.rows.enumerated()
    where `where`.allSatisfy({ row[$0.key] == $0.value }) {
      guard let horizontal = row[x].flatMap(Double.init), let vertical = row[y].flatMap(Double.init)
      else { throw .badLine(path: file, line: number + 2) }
      found.append([xIsDensity == true ? 1 - horizontal : horizontal, vertical * scale])
    }
    found.sort { $0[0] < $1[0] }
    guard found.count >= 2, zip(found, found.dropFirst()).allSatisfy({ $0[0] < $1[0] }) else {
      throw .noFunction(path: file, count: found.count)
    }
    points = found
  }

  /// The accuracy at a sparsity: linear between points, constant beyond them.
  public func accuracy(at sparsity: Double) -> Double {
    let points = points ?? []
    guard let first = points.first, let last = points.last else { return .nan }
    if sparsity <= first[0] { return first[1] }
    if sparsity >= last[0] { return last[1] }
    let index = points.firstIndex { $0[0] >= sparsity } ?? points.count - 1
    let (left, right) = (points[index - 1], points[index])
    if right[0] == sparsity { return right[1] }
    return left[1] + (right[1] - left[1]) * (sparsity - left[0]) / (right[0] - left[0])
  }

  /// The smallest sparsity at which the curve falls below `level`; nil if it never does.
  public func firstCrossing(of level: Double) -> Double? {
    let points = points ?? []
    guard let first = points.first else { return nil }
    if first[1] < level { return first[0] }
    for (left, right) in zip(points, points.dropFirst()) where right[1] < level {
      return left[0] + (right[0] - left[0]) * (left[1] - level) / (left[1] - right[1])
    }
    return nil
  }
}

/// What is wrong with the file of a curve.
public enum CurveError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is not there, or empty.
  case unreadable(path: String)
  /// It is not a table.
  case notCSV(path: String, problem: String)
  /// It has no such column.
  case noColumn(path: String, name: String, known: [String])
  /// A line has another number of fields than the header, or no number where one is needed.
  case badLine(path: String, line: Int)
  /// There are fewer than two points, or two for one sparsity.
  case noFunction(path: String, count: Int)

  public var description: String {
    switch self {
    case .unreadable(let path):
      return "file: ‘\(path)’ cannot be read; it is sought beside the spec"
    case .notCSV(let path, let problem): return "\(path): not a table: \(problem)"
    case .noColumn(let path, let name, let known):
      return "\(path) has no column ‘\(name)’; it has \(known.joined(separator: ", "))"
    case .badLine(let path, let line): return "\(path):\(line): not a row of numbers"
    case .noFunction(let path, let count):
      return
        "\(path): \(count) rows are selected, and a curve needs two or more at different sparsities"
    }
  }
}

/// A strategy repeated with many seeds on a curve.
public struct CurveSearch: Defaulted {
  /// The curve.
  public var curve = Curve()
  /// The least accuracy that is feasible, in the curve's own unit.
  public var level = 0.0
  /// The accuracy at sparsity 0, if a strategy may know it without a sample.
  public var dense: Double?
  /// The accuracy at sparsity 1, if a strategy may know it without a sample.
  public var chance: Double?
  /// How sparsities are proposed.
  public var strategy = SearchStrategyChoice(DomainRestriction())
  /// Evaluations in each search.
  public var samples = 10
  /// Searches, each with a seed of its own.
  public var repetitions = 200
  /// Every evaluation is the share of correct images among this many drawn with the curve's probability; 0 for the exact value.
  public var images = 0

  public init() {}

  /// A result this close below the target counts as having found it.
  public static let closeness = 0.01

  /// - Throws: `SearchError` for an impossible value.
  public func validate() throws(SearchError) {
    for (field, value, range) in [
      ("samples", samples, 1...1000), ("repetitions", repetitions, 3...100_000),
      ("images", images, 0...1_000_000),
    ] where !range.contains(value) {
      throw .value(
        field: field, value: Double(value),
        allowed: "\(range.lowerBound) to \(range.upperBound)")
    }
    _ = try SearchState(problem, by: strategy, seed: Seed(0))
    guard curve.firstCrossing(of: level * curve.scale) != nil else {
      throw .value(
        field: "level", value: level, allowed: "an accuracy that the curve falls below")
    }
  }

  /// What each repetition looks for.
  var problem: SearchProblem {
    SearchProblem(
      level: level * curve.scale, valueAtLower: dense.map { $0 * curve.scale },
      valueAtUpper: chance.map { $0 * curve.scale }, budget: samples)
  }
}

/// What the repetitions of a search on a curve found.
struct CurveSearchResult {
  /// The result of each repetition; 0 where it found nothing feasible.
  var results: [Double] = []
  /// The points of each repetition in order.
  var points: [[Double]] = []
  /// For each repetition the largest truly feasible point after each sample; 0 before the first.
  var best: [[Double]] = []

  let search: CurveSearch
  /// The first crossing of the level.
  let target: Double

  /// Runs all repetitions.
  init(_ search: CurveSearch, seed: Seed) throws(SearchError) {
    self.search = search
    let level = search.level * search.curve.scale
    target = search.curve.firstCrossing(of: level) ?? 1
    for repetition in 0..<search.repetitions {
      let own = seed.child("repetition").child(repetition)
      var state = try SearchState(search.problem, by: search.strategy, seed: own.child("search"))
      var noise = RandomStream(own.child("noise"))
      var (points, best): ([Double], [Double]) = ([], [])
      while let point = state.ask() {
        let exact = search.curve.accuracy(at: point)
        let value =
          search.images == 0
          ? exact : Self.share(of: search.images, probability: exact, from: &noise)
        try state.tell(value, at: point)
        points.append(point)
        // What counts is the curve, not what the noise said; the island beyond the first crossing is no success.
        let isFound = exact >= level && point <= target
        best.append(max(best.last ?? 0, isFound ? point : 0))
      }
      results.append(state.result?.point ?? 0)
      self.points.append(points)
      self.best.append(best)
    }
  }

  /// The share of `count` images that are correct when each is with probability `probability`.
  private static func share(
    of count: Int, probability: Double, from stream: inout RandomStream
  ) -> Double {
    var correct = 0
    for _ in 0..<count where stream.uniformDouble() < probability { correct += 1 }
    return Double(correct) / Double(count)
  }

  /// The metrics of the record.
  var metrics: [String: Double] {
    let level = search.level * search.curve.scale
    let count = Double(results.count)
    func share(_ isCounted: (Double) -> Bool) -> Double {
      100 * Double(results.filter(isCounted).count) / count
    }
    let isOnIsland = { (result: Double) in
      result > target && search.curve.accuracy(at: result) >= level
    }
    let isClose = { (result: Double) in
      result <= target && result >= target - CurveSearch.closeness
    }
    let samplesNeeded = best.map { best in
      Double((best.firstIndex(where: isClose) ?? search.samples) + 1)
    }
    let sample = Sample(results)
    return [
      "searched-sparsity": sample.median,
      "searched-sparsity-low": sample.medianInterval.lowerBound,
      "searched-sparsity-high": sample.medianInterval.upperBound,
      "searched-sparsity-p10": sample.quantile(0.1),
      "searched-sparsity-p90": sample.quantile(0.9),
      "target-sparsity": target,
      "found-share": share(isClose),
      "island-share": share(isOnIsland),
      "infeasible-share": share { $0 == 0 || search.curve.accuracy(at: $0) < level },
      "samples-to-target": Sample(samplesNeeded).median,
    ]
  }

  /// One row per sample for the searches together, then every point that was tried.
  var history: [(step: Int, metric: String, value: Double)] {
    var rows: [(step: Int, metric: String, value: Double)] = []
    for sample in 0..<search.samples {
      // A search that had nothing left to ask keeps what it has.
      let reached = best.compactMap { $0.indices.contains(sample) ? $0[sample] : $0.last }
      guard !reached.isEmpty else { continue }
      for (name, share) in [("median", 0.5), ("p10", 0.1), ("p90", 0.9)] {
        rows.append((sample + 1, "best-sparsity-\(name)", Sample(reached).quantile(share)))
      }
    }
    for (repetition, points) in points.enumerated() {
      for (sample, point) in points.enumerated() {
        rows.append((repetition * search.samples + sample + 1, "point", point))
      }
    }
    return rows
  }
}
