// The search of the sparsity in a spec (condensa, section 1.3): stage 1 finds s_acc, the largest sparsity whose learned result
// loses at most ε of validation accuracy; stage 2 finds s*, the best sparsity up to s_acc by an objective.

import Methods
public import BayesianOptimization
import Foundation
import Networks
public import Reproducibility

/// What stage 2 optimises; a function of the directly compressed, thinned network.
public protocol SearchObjective: Alternative {
  /// Whether more sparsity is always at least as good, so that s* = s_acc without sampling.
  var isMonotone: Bool { get }
  /// The batch whose time is measured; nil if nothing is.
  var measuredBatch: Int? { get }
  /// Whether larger values are better.
  var direction: SearchProblem.Direction { get }
  /// The value for a measured time.
  func value(secondsPerBatch: Double) -> Double
  /// - Throws: `SearchError` for an impossible value.
  func validate() throws(SearchError)
}

extension SearchObjective {
  public var isMonotone: Bool { false }
  public var measuredBatch: Int? { nil }
  public var direction: SearchProblem.Direction { .minimise }
  public func value(secondsPerBatch: Double) -> Double { secondsPerBatch }
  public func validate() throws(SearchError) {}
}

/// The bytes of the non-zero values: fewer with every weight that goes.
public struct PayloadObjective: SearchObjective {
  public static var name: String { "payload-bytes" }
  public init() {}
  public var isMonotone: Bool { true }
}

/// Multiply–accumulates that are left: fewer with every weight that goes.
public struct ArithmeticObjective: SearchObjective {
  public static var name: String { "multiply-accumulates" }
  public init() {}
  public var isMonotone: Bool { true }
}

/// Seconds for a batch on this processor, one thread.
public struct LatencyObjective: SearchObjective {
  public static var name: String { "latency" }
  /// Images in the batch.
  public var batch = 1
  public init() {}
  public var measuredBatch: Int? { batch }
  public func validate() throws(SearchError) { try requireBatch(batch) }
}

/// Images per second on this processor, one thread.
public struct ThroughputObjective: SearchObjective {
  public static var name: String { "throughput" }
  /// Images in the batch.
  public var batch = 64
  public init() {}
  public var measuredBatch: Int? { batch }
  public var direction: SearchProblem.Direction { .maximise }
  public func value(secondsPerBatch: Double) -> Double { Double(batch) / secondsPerBatch }
  public func validate() throws(SearchError) { try requireBatch(batch) }
}

private func requireBatch(_ batch: Int) throws(SearchError) {
  guard (1...65_536).contains(batch) else {
    throw .value(field: "batch", value: Double(batch), allowed: "1 to 65,536")
  }
}

/// An objective in a spec: `{latency: {batch: 1}}`.
public struct SearchObjectiveChoice: Choice {
  /// The chosen objective.
  public let objective: any SearchObjective

  public init(_ objective: some SearchObjective) { self.objective = objective }

  public init?(choosing alternative: any Alternative) {
    guard let objective = alternative as? any SearchObjective else { return nil }
    self.objective = objective
  }

  public var chosen: any Alternative { objective }

  public static var alternatives: [any Alternative.Type] {
    [
      PayloadObjective.self, ArithmeticObjective.self, LatencyObjective.self,
      ThroughputObjective.self,
    ]
  }
}

/// How the density of a method's scheme is found.
public struct SparsitySearch: Defaulted {
  /// ε: how much validation accuracy may be lost, as a share of the images.
  public var tolerance = 0.02
  /// How stage 1 proposes sparsities.
  public var strategy = SearchStrategyChoice(DomainRestriction())
  /// Learned runs of stage 1.
  public var samples = 10
  /// What stage 2 optimises.
  public var objective = SearchObjectiveChoice(PayloadObjective())
  /// How stage 2 proposes sparsities.
  public var objectiveStrategy = SearchStrategyChoice(ConfidenceBound())
  /// Evaluations of the objective.
  public var objectiveSamples = 10
  /// Whether the objective is measured on learned networks; otherwise on directly compressed ones, which need no training.
  public var learnsObjective = false
  /// Whether s_acc ± one step of the grid are evaluated after the search, for the record only.
  public var checksNeighbours = true

  public init() {}

  /// - Throws: `SearchError` for an impossible value or a strategy that cannot do what it is asked.
  public func validate() throws(SearchError) {
    guard tolerance >= 0, tolerance < 1 else {
      throw .value(
        field: "tolerance", value: tolerance,
        allowed: "0 (no loss) or more, less than 1: a share of the validation images")
    }
    _ = try SearchState(
      SearchProblem(level: 0.5, budget: samples), by: strategy, seed: Seed(0))
    if !objective.objective.isMonotone {
      try objective.objective.validate()
      _ = try SearchState(
        SearchProblem(bestUpTo: 0.5, budget: objectiveSamples), by: objectiveStrategy,
        seed: Seed(0))
    }
  }
}

/// What a search found, in a record.
public struct SearchReport: Codable, Hashable, Sendable {
  /// How a search ended.
  public enum Outcome: String, Codable, Hashable, Sendable {
    /// s_acc lies between a feasible and an infeasible sparsity.
    case found
    /// No sample reaches the level; the dense network is returned.
    case nothingFeasible = "nothing-feasible"
    /// The sparsest network that can be asked for reaches the level.
    case everythingPasses = "everything-passes"
  }

  /// One evaluation.
  public struct Sample: Codable, Hashable, Sendable {
    /// Which part of the search asked for it.
    public enum Stage: String, Codable, Hashable, Sendable {
      /// Stage 1: the value is validation accuracy.
      case accuracy
      /// A neighbour of s_acc, for the record only: validation accuracy.
      case neighbour
      /// Stage 2: the value is the objective's.
      case objective
      /// A learned run at a sparsity that stage 2 prefers: validation accuracy.
      case final
    }

    /// Which part of the search asked for it.
    public var stage: Stage
    /// The sparsity.
    public var sparsity: Double
    /// What was found; nil if training diverged.
    public var value: Double?
    /// Whether a learned result reaches the level.
    public var isFeasible: Bool?
    /// The digest of the run that gave it; nil for values that were measured.
    public var run: String?
  }

  /// How it ended.
  public var outcome: Outcome
  /// Validation accuracy of the dense network, a share.
  public var denseAccuracy: Double
  /// The least accuracy that is feasible.
  public var level: Double
  /// Every evaluation, in order.
  public var samples: [Sample]
  /// The largest feasible sparsity of stage 1; 0 if there is none.
  public var largestFeasible: Double
  /// The sparsity of the returned network.
  public var chosen: Double
  /// Whether a measured time decided: the record then depends on its measurements.json.
  public var dependsOnMeasuredTime: Bool
}

extension RunDescription {
  /// The run that a search evaluates at a sparsity: the same method at the density 1 − s, without the test images.
  ///
  /// The density is rounded to nine digits, so that 1 − 0.9 is 0.1.
  func sample(sparsity: Double) -> RunDescription {
    var result = self
    result.search = nil
    result.evaluation = .validation
    result.method = method?.withDensity(((1 - sparsity) * 1e9).rounded() / 1e9)
    return result
  }
}
