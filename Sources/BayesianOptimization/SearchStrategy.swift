// The one interface of all one-dimensional searches: propose the next point from the samples told so far.
// Proposals are pure functions, so resuming a search is telling its samples again.

public import Reproducibility

/// A way of choosing the points of a one-dimensional search that a spec can name.
public protocol SearchStrategy: Alternative {
  /// The next point to evaluate; nil if there is nothing left to try.
  ///
  /// A pure function of the strategy's fields, the problem, the samples in their order, and the seed.
  func propose(_ problem: SearchProblem, after samples: [SearchSample], seed: Seed) -> Double?

  /// What the search returns after these samples.
  func result(_ problem: SearchProblem, of samples: [SearchSample]) -> SearchSample?

  /// Whether the strategy can look for a best value; every one can look for a level.
  var searchesForBestValue: Bool { get }

  /// - Throws: `SearchError` for an impossible value.
  func validate() throws(SearchError)
}

extension SearchStrategy {
  public func result(_ problem: SearchProblem, of samples: [SearchSample]) -> SearchSample? {
    problem.best(of: samples)
  }

  public var searchesForBestValue: Bool { true }

  public func validate() throws(SearchError) {}
}

/// A search strategy in a spec: `{dr-ucb: {gamma: 0.95}}`.
public struct SearchStrategyChoice: Choice {
  /// The chosen strategy.
  public let strategy: any SearchStrategy

  public init(_ strategy: some SearchStrategy) { self.strategy = strategy }

  public init?(choosing alternative: any Alternative) {
    guard let strategy = alternative as? any SearchStrategy else { return nil }
    self.strategy = strategy
  }

  public var chosen: any Alternative { strategy }

  public static var alternatives: [any Alternative.Type] {
    [
      DomainRestriction.self, ImplicitLevelSet.self, ConfidenceBound.self,
      ExpectedImprovement.self, Bisection.self, GridSearch.self, RandomSearch.self,
    ]
  }
}

/// Uniform in the open domain of a problem.
func uniformPoint(_ problem: SearchProblem, seed: Seed) -> Double {
  var stream = RandomStream(seed)
  while true {
    let point = problem.lower + (problem.upper - problem.lower) * stream.uniformDouble()
    if point > problem.lower && point < problem.upper { return point }
  }
}

func requireShare(_ field: String, _ value: Double) throws(SearchError) {
  guard value >= 0, value <= 1 else {
    throw .value(field: field, value: value, allowed: "0 to 1")
  }
}

func requirePositive(_ field: String, _ value: Double?) throws(SearchError) {
  if let value, !(value > 0 && value.isFinite) {
    throw .value(field: field, value: value, allowed: "more than 0")
  }
}
