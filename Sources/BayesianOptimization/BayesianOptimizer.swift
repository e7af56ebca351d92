// Bayesian optimisation of several coordinates, with constraints: ask for a point, tell what was found there.
// The state is settings, seed and samples; a proposal is a pure function of them (see BayesianOptimizer+Proposal).

public import Reproducibility

/// Minimises or maximises an expensive function of several coordinates within bounds.
///
/// The next point maximises the logarithm of expected improvement times the probability that all
/// constraints hold (Gardner et al. 2014), and until a feasible point is known that probability alone.
public struct BayesianOptimizer: Codable, Hashable, Sendable {
  /// What is optimised.
  public struct Problem: Codable, Hashable, Sendable {
    /// The lower bound of each coordinate.
    public var lower: [Double]
    /// The upper bound of each coordinate.
    public var upper: [Double]
    /// Which values are better.
    public var direction: SearchProblem.Direction
    /// The number of constraint values told with every sample; each holds where it is at most 0.
    public var constraintCount: Int

    /// - Precondition: there is at least one coordinate, every range has a width, and `constraintCount ≥ 0`.
    public init(
      bounds: [ClosedRange<Double>], direction: SearchProblem.Direction = .minimise,
      constraintCount: Int = 0
    ) {
      precondition(!bounds.isEmpty, "an optimisation needs at least one coordinate")
      for (index, range) in bounds.enumerated() {
        precondition(
          range.upperBound > range.lowerBound && (range.upperBound - range.lowerBound).isFinite,
          "coordinate \(index) cannot range over \(range)")
      }
      precondition(constraintCount >= 0, "there cannot be \(constraintCount) constraints")
      lower = bounds.map { $0.lowerBound }
      upper = bounds.map { $0.upperBound }
      self.direction = direction
      self.constraintCount = constraintCount
    }

    /// The number of coordinates.
    public var dimension: Int { lower.count }
  }

  /// How it is optimised.
  public struct Settings: Codable, Hashable, Sendable {
    /// The number of points of a Latin hypercube before the first model; nil: two per coordinate and one.
    public var initialCount: Int?
    /// How every model is fitted.
    public var fit = GaussianProcessFit()
    /// The number of random points among which local searches start, per coordinate.
    public var candidateCount = 300
    /// The number of local searches of the acquisition.
    public var localSearchCount = 4

    public init() {}
  }

  /// One evaluation.
  public struct Sample: Codable, Hashable, Sendable {
    /// Where.
    public var point: [Double]
    /// What was found; nil if it was not finite, which counts as worse than any number.
    public var value: Double?
    /// The constraints; nil for one that was not finite, which counts as violated.
    public var constraints: [Double?]

    /// Whether there is a value and every constraint holds.
    public var isFeasible: Bool {
      value != nil && constraints.allSatisfy { constraint in constraint.map { $0 <= 0 } ?? false }
    }
  }

  /// What is optimised.
  public let problem: Problem
  /// How.
  public let settings: Settings
  /// The seed of everything random.
  public let seed: Seed
  /// The evaluations told so far, in order.
  public private(set) var samples: [Sample] = []

  public init(_ problem: Problem, settings: Settings = Settings(), seed: Seed) {
    self.problem = problem
    self.settings = settings
    self.seed = seed
  }

  /// Adds an evaluation; numbers may be anything.
  ///
  /// - Precondition: the point has the problem's coordinates, within the bounds, and there are as many
  ///   constraint values as constraints.
  public mutating func tell(_ value: Double, constraints: [Double] = [], at point: [Double]) {
    precondition(
      point.count == problem.dimension,
      "a sample with \(point.count) coordinates, expected \(problem.dimension)")
    precondition(
      constraints.count == problem.constraintCount,
      "a sample with \(constraints.count) constraints, expected \(problem.constraintCount)")
    for (index, coordinate) in point.enumerated() {
      precondition(
        problem.lower[index] <= coordinate && coordinate <= problem.upper[index],
        "coordinate \(index) is \(coordinate), outside its bounds")
    }
    samples.append(
      Sample(
        point: point, value: value.isFinite ? value : nil,
        constraints: constraints.map { $0.isFinite ? $0 : nil }))
  }

  /// The feasible sample with the best value, the earliest among equals; nil if none is feasible.
  public var best: Sample? {
    var best: Sample?
    for sample in samples where sample.isFeasible {
      guard let value = sample.value else { continue }
      if let current = best?.value, cost(value) >= cost(current) { continue }
      best = sample
    }
    return best
  }

  /// A value turned so that smaller is better.
  func cost(_ value: Double) -> Double { problem.direction == .minimise ? value : -value }
}
