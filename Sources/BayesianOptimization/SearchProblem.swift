// What a one-dimensional search looks for: the largest feasible point (condensa, eq. 6) or the best value (eq. 7).
// Strategies see only this and the samples told so far.

/// One evaluation.
public struct SearchSample: Codable, Hashable, Sendable {
  /// Where.
  public var point: Double
  /// What was found there; nil if the evaluation diverged, which counts as worse than any number.
  public var value: Double?

  /// A value that is not finite is stored as nil.
  public init(point: Double, value: Double) {
    self.point = point
    self.value = value.isFinite ? value : nil
  }
}

/// What a search may know about itself that is wrong, as data.
public enum SearchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field has an impossible value.
  case value(field: String, value: Double, allowed: String)
  /// The strategy searches for something else.
  case unsupportedGoal(strategy: String)
  /// A sample lies outside the domain.
  case outsideDomain(point: Double, lower: Double, upper: Double)
  /// More samples than the budget allows.
  case budgetExhausted(budget: Int)

  public var description: String {
    switch self {
    case .value(let field, let value, let allowed):
      return "\(field): \(value) is not possible; allowed: \(allowed)"
    case .unsupportedGoal(let strategy):
      return "‘\(strategy)’ only searches for a level: it cannot look for a best value"
    case .outsideDomain(let point, let lower, let upper):
      return "a sample at \(point) does not lie between \(lower) and \(upper)"
    case .budgetExhausted(let budget):
      return "all \(budget) samples of the search have been told"
    }
  }
}

/// A one-dimensional search with a budget of evaluations.
public struct SearchProblem: Codable, Hashable, Sendable {
  /// Which values are better.
  public enum Direction: String, Codable, Hashable, Sendable { case maximise, minimise }

  /// The level that separates feasible from infeasible values: the largest feasible point is wanted.
  /// Nil: the point with the best value is wanted.
  public var level: Double?
  /// Which values are better: with `maximise` a value at or above the level is feasible.
  public var direction = Direction.maximise
  /// The lower end of the domain, which is not part of it.
  public var lower = 0.0
  /// The upper end of the domain.
  public var upper = 1.0
  /// Whether the upper end itself may be proposed.
  public var includesUpper = false
  /// Model-based strategies propose multiples of one over this number.
  public var pointsPerUnit = 1000
  /// A value that is known at the lower end without an evaluation, such as the dense network's accuracy.
  public var valueAtLower: Double?
  /// A value that is known at the upper end without an evaluation, such as the accuracy of guessing.
  public var valueAtUpper: Double?
  /// The number of evaluations.
  public var budget = 10

  /// A search for the largest point in (0, 1) whose value reaches `level`.
  public init(
    level: Double, direction: Direction = .maximise, valueAtLower: Double? = nil,
    valueAtUpper: Double? = nil, budget: Int = 10
  ) {
    self.level = level
    self.direction = direction
    self.valueAtLower = valueAtLower
    self.valueAtUpper = valueAtUpper
    self.budget = budget
  }

  /// A search for the best value in (0, upper], the second stage of condensa.
  public init(bestUpTo upper: Double, direction: Direction = .maximise, budget: Int = 10) {
    self.direction = direction
    self.upper = upper
    includesUpper = true
    self.budget = budget
  }

  /// - Throws: `SearchError` for an impossible value.
  public func validate() throws(SearchError) {
    for (field, value) in [
      ("level", level), ("valueAtLower", valueAtLower), ("valueAtUpper", valueAtUpper),
      ("lower", lower),
    ] {
      if let value, !value.isFinite {
        throw .value(field: field, value: value, allowed: "a finite number")
      }
    }
    guard upper > lower, upper.isFinite else {
      throw .value(field: "upper", value: upper, allowed: "more than \(lower)")
    }
    guard pointsPerUnit >= 1 else {
      throw .value(field: "pointsPerUnit", value: Double(pointsPerUnit), allowed: "1 or more")
    }
    guard budget >= 1 else {
      throw .value(field: "budget", value: Double(budget), allowed: "1 or more")
    }
    guard !candidates.isEmpty else {
      throw .value(
        field: "pointsPerUnit", value: Double(pointsPerUnit),
        allowed: "enough for a point between \(lower) and \(upper)")
    }
  }

  /// The points that model-based strategies choose from, in ascending order.
  public var candidates: [Double] {
    let density = Double(pointsPerUnit)
    let first = Int((lower * density).rounded(.down))
    let last = Int((upper * density).rounded(.up))
    var points = (first...max(first, last)).map { Double($0) / density }
    points.removeAll { $0 <= lower || $0 >= upper }
    if includesUpper { points.append(upper) }
    return points
  }

  /// Whether a point may be sampled.
  public func contains(_ point: Double) -> Bool {
    point > lower && (point < upper || (includesUpper && point == upper))
  }

  /// Whether a sample reaches the level; without a level, whether it has a value.
  public func isFeasible(_ sample: SearchSample) -> Bool {
    guard let value = sample.value else { return false }
    guard let level else { return true }
    return oriented(value) >= oriented(level)
  }

  /// The feasible sample at the largest point, or without a level the sample with the best value; the
  /// earlier one among equals.
  public func best(of samples: [SearchSample]) -> SearchSample? {
    var best: SearchSample?
    for sample in samples where isFeasible(sample) {
      if let current = best, merit(of: sample) <= merit(of: current) { continue }
      best = sample
    }
    return best
  }

  private func merit(of sample: SearchSample) -> Double {
    level != nil ? sample.point : oriented(sample.value ?? 0)
  }

  /// A value turned so that larger is better.
  func oriented(_ value: Double) -> Double { direction == .maximise ? value : -value }

  /// What a model is conditioned on: points and values turned so that larger is better.
  ///
  /// A sample that diverged gets the worst value known. Where nothing known is below the level, that
  /// is as far below it as the best value lies above, at least a tenth of the level.
  ///
  /// - Parameter freeEndPoints: whether values known at the ends of the domain are included.
  func observations(
    _ samples: [SearchSample], freeEndPoints: Bool
  ) -> (points: [Double], values: [Double]) {
    var points: [Double] = []
    var known: [Double?] = []
    if freeEndPoints {
      for (end, value) in [(lower, valueAtLower), (upper, valueAtUpper)] {
        if let value {
          points.append(end)
          known.append(oriented(value))
        }
      }
    }
    for sample in samples {
      points.append(sample.point)
      known.append(sample.value.map { oriented($0) })
    }
    let finite = known.compactMap { $0 }
    var worst = finite.min() ?? 0
    if let level {
      let height = oriented(level)
      if worst >= height || finite.isEmpty {
        worst = height - max((finite.max() ?? height) - height, 0.1 * abs(height), 1e-6)
      }
    }
    return (points, known.map { $0 ?? worst })
  }
}
