// A running search: ask for a point, evaluate it, tell the value. The state is four values that can be stored at any time.
// Nothing else is remembered: the same problem, strategy, seed and samples give the same next proposal.

public import Reproducibility

/// A one-dimensional search between evaluations.
public struct SearchState: Codable, Hashable, Sendable {
  /// What is searched for.
  public let problem: SearchProblem
  /// How.
  public let strategy: SearchStrategyChoice
  /// The seed of everything random in the strategy.
  public let seed: Seed
  /// The evaluations told so far, in order.
  public private(set) var samples: [SearchSample] = []

  /// A search before its first evaluation.
  ///
  /// - Throws: `SearchError` if problem and strategy do not go together or have an impossible value.
  public init(
    _ problem: SearchProblem, by strategy: SearchStrategyChoice, seed: Seed
  ) throws(SearchError) {
    try problem.validate()
    try strategy.strategy.validate()
    if problem.level == nil && !strategy.strategy.searchesForBestValue {
      throw .unsupportedGoal(strategy: strategy.name)
    }
    self.problem = problem
    self.strategy = strategy
    self.seed = seed
  }

  /// The next point to evaluate; nil when the budget is used up or nothing is left to try.
  ///
  /// Asking again without telling gives the same point.
  public func ask() -> Double? {
    if samples.count >= problem.budget { return nil }
    return strategy.strategy.propose(problem, after: samples, seed: seed)
  }

  /// Adds an evaluation; `value` may be anything, and what is not finite counts as worse than any number.
  ///
  /// The point need not be one that was asked for, so that known evaluations can be told again.
  ///
  /// - Throws: `SearchError` outside the domain or beyond the budget; the state is unchanged then.
  public mutating func tell(_ value: Double, at point: Double) throws(SearchError) {
    guard samples.count < problem.budget else { throw .budgetExhausted(budget: problem.budget) }
    guard problem.contains(point) else {
      throw .outsideDomain(point: point, lower: problem.lower, upper: problem.upper)
    }
    samples.append(SearchSample(point: point, value: value))
  }

  /// What the search returns for the samples told so far: see the strategy.
  public var result: SearchSample? { strategy.strategy.result(problem, of: samples) }

  /// Asks and tells until there is nothing left to ask.
  ///
  /// - Throws: what `evaluate` throws; the samples told before are kept.
  public mutating func run(_ evaluate: (Double) throws -> Double) throws {
    while let point = ask() { try tell(try evaluate(point), at: point) }
  }
}
