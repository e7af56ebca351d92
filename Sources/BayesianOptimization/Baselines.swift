// The searches without a model: bisection, an even grid, uniform random points. Every report compares with them.

public import Reproducibility

/// The midpoint of what is left: a feasible sample becomes the lower end, an infeasible one the upper end.
public struct Bisection: SearchStrategy {
  public static var name: String { "bisection" }

  public init() {}

  public var searchesForBestValue: Bool { false }

  /// Nil only when no number lies between the ends any more.
  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    var (lower, upper) = (problem.lower, problem.upper)
    for sample in samples {
      if problem.isFeasible(sample) {
        lower = max(lower, sample.point)
      } else if sample.point > lower {
        upper = min(upper, sample.point)
      }
    }
    let middle = lower + (upper - lower) / 2
    return middle > lower && middle < upper ? middle : nil
  }
}

/// As many evenly spaced points as the budget allows, in ascending order.
public struct GridSearch: SearchStrategy {
  public static var name: String { "grid" }

  public init() {}

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    guard samples.count < problem.budget else { return nil }
    // The upper end itself is the last point if it belongs to the domain.
    let parts = problem.includesUpper ? problem.budget : problem.budget + 1
    if samples.count + 1 == parts { return problem.upper }
    let share = Double(samples.count + 1) / Double(parts)
    return problem.lower + (problem.upper - problem.lower) * share
  }
}

/// Uniform random points; the point with number i depends on the seed and i alone.
public struct RandomSearch: SearchStrategy {
  public static var name: String { "random" }

  public init() {}

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    uniformPoint(problem, seed: seed.child(samples.count))
  }
}
