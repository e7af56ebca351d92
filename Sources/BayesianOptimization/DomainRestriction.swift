// DR-UCB, Condensa's search for the largest sparsity that keeps the accuracy: eq. 9 (condensa), in three readings.
// Every feasible sample cuts off what lies below it; look at `largestFeasible` and `printedFloor`.

public import Reproducibility

/// Domain-restricted level-set search.
///
/// The next point maximises (1 − γ)·σ(s) − γ·|m(s) − level| over the grid points above the largest
/// feasible sample. Values should be fractions, not per cent: the acquisition weighs σ of a process
/// with amplitude 1 against distances in units of the values.
///
/// Source: condensa, eq. 9.
public struct DomainRestriction: SearchStrategy {
  public static var name: String { "dr-ucb" }
  /// Which reading of the paper.
  public var flavour = LevelSetFlavour.recommended
  /// γ: the weight of the distance to the level.
  public var gamma = 0.95
  /// Whether values known at the ends of the domain are samples from the start; only `recommended` uses them.
  public var freeEndPoints = true
  /// Whether an infeasible sample cuts off what lies above it: a guided bisection.
  public var shrinkAbove = false
  /// Whether σ and the distance are divided by their largest values among the candidates.
  public var normalise = false
  /// Whether the length scale is found by maximum likelihood before each proposal.
  public var fitsLengthScale = false
  /// ℓ in units of the domain's coordinate; nil: the flavour's.
  public var lengthScale: Double?
  /// α; nil: the flavour's.
  public var noise: Double?

  public init() {}
  public init(
    flavour: LevelSetFlavour = .recommended, gamma: Double = 0.95, freeEndPoints: Bool = true,
    shrinkAbove: Bool = false, normalise: Bool = false
  ) {
    self.flavour = flavour
    self.gamma = gamma
    self.freeEndPoints = freeEndPoints
    self.shrinkAbove = shrinkAbove
    self.normalise = normalise
  }

  public var searchesForBestValue: Bool { false }

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    let floor =
      flavour == .asPrinted
      ? printedFloor(problem, samples) : Self.largestFeasible(problem, samples)
    var ceiling = Double.infinity
    if shrinkAbove {
      for sample in samples where !problem.isFeasible(sample) && sample.point > floor {
        ceiling = min(ceiling, sample.point)
      }
    }
    return model.propose(problem, after: samples, seed: seed) { $0 > floor && $0 < ceiling }
  }

  /// The last sample in the printed algorithm, otherwise the largest feasible one.
  public func result(_ problem: SearchProblem, of samples: [SearchSample]) -> SearchSample? {
    flavour == .asPrinted ? samples.last : problem.best(of: samples)
  }

  public func validate() throws(SearchError) { try model.validate() }

  private var model: LevelSetModel {
    LevelSetModel(
      flavour: flavour, gamma: gamma, freeEndPoints: freeEndPoints, normalise: normalise,
      fitsLengthScale: fitsLengthScale, lengthScale: lengthScale, noise: noise)
  }

  static func largestFeasible(_ problem: SearchProblem, _ samples: [SearchSample]) -> Double {
    problem.best(of: samples)?.point ?? problem.lower
  }

  /// The lower end of the domain D by the printed rule: a feasible sample above the one before it.
  private func printedFloor(_ problem: SearchProblem, _ samples: [SearchSample]) -> Double {
    var (floor, previous) = (problem.lower, problem.lower)
    for sample in samples {
      if sample.point > previous && problem.isFeasible(sample) { floor = sample.point }
      previous = sample.point
    }
    return floor
  }
}

/// Implicit level-set search: the same acquisition over the whole domain.
///
/// Source: condensa, eq. 8; Garg et al. 2016.
public struct ImplicitLevelSet: SearchStrategy {
  public static var name: String { "ils-ucb" }
  /// Which model; `as-printed` differs from `recommended` in having no end points and returning the last sample.
  public var flavour = LevelSetFlavour.recommended
  /// γ: the weight of the distance to the level.
  public var gamma = 0.95
  /// Whether values known at the ends of the domain are samples from the start; only `recommended` uses them.
  public var freeEndPoints = true
  /// Whether σ and the distance are divided by their largest values, as in the released code of Garg et al.
  public var normalise = false
  /// Whether the length scale is found by maximum likelihood before each proposal.
  public var fitsLengthScale = false
  /// ℓ in units of the domain's coordinate; nil: the flavour's.
  public var lengthScale: Double?
  /// α; nil: the flavour's.
  public var noise: Double?

  public init() {}
  public init(
    flavour: LevelSetFlavour = .recommended, gamma: Double = 0.95, freeEndPoints: Bool = true,
    normalise: Bool = false
  ) {
    self.flavour = flavour
    self.gamma = gamma
    self.freeEndPoints = freeEndPoints
    self.normalise = normalise
  }

  public var searchesForBestValue: Bool { false }

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    model.propose(problem, after: samples, seed: seed) { _ in true }
  }

  /// The last sample in the printed algorithm, otherwise the largest feasible one.
  public func result(_ problem: SearchProblem, of samples: [SearchSample]) -> SearchSample? {
    flavour == .asPrinted ? samples.last : problem.best(of: samples)
  }

  public func validate() throws(SearchError) { try model.validate() }

  private var model: LevelSetModel {
    LevelSetModel(
      flavour: flavour, gamma: gamma, freeEndPoints: freeEndPoints, normalise: normalise,
      fitsLengthScale: fitsLengthScale, lengthScale: lengthScale, noise: noise)
  }
}
