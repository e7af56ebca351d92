// Confidence bounds and expected improvement: the classical acquisitions, for a best value (condensa, eq. 7) and, in the form
// each takes there, for a level. Both model the values by a fitted Gaussian process on the unit interval.

import Foundation
public import Reproducibility

/// The largest upper confidence bound m + κσ (the smallest m − κσ when minimising).
///
/// In a search for a level it is the straddle heuristic, the largest κσ − |m − level| (Bryan et al. 2005).
public struct ConfidenceBound: SearchStrategy {
  public static var name: String { "confidence-bound" }
  /// κ: the number of standard deviations.
  public var kappa = 2.576
  /// The number of random samples before the first model in a search for a best value; a level needs one.
  public var initialCount = 3
  /// Whether values known at the ends of the domain are samples from the start.
  public var freeEndPoints = true
  /// ℓ as a share of the domain; nil: fitted.
  public var lengthScale: Double?
  /// α relative to the variance of the values; nil: fitted.
  public var noise: Double?

  public init() {}
  public init(kappa: Double) { self.kappa = kappa }

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    model.propose(problem, after: samples, seed: seed) { candidates, predictions in
      predictions.map { prediction in
        guard let level = problem.level else {
          return Acquisition.upperConfidenceBound(prediction, kappa: kappa)
        }
        return Acquisition.straddle(prediction, level: problem.oriented(level), kappa: kappa)
      }
    }
  }

  public func validate() throws(SearchError) {
    guard kappa >= 0, kappa.isFinite else {
      throw .value(field: "kappa", value: kappa, allowed: "0 or more")
    }
    try model.validate()
  }

  private var model: ValueModel {
    ValueModel(
      initialCount: initialCount, freeEndPoints: freeEndPoints, lengthScale: lengthScale,
      noise: noise)
  }
}

/// The largest expected improvement over the best sample.
///
/// In a search for a level the point itself is what improves, and reaching the level is a constraint:
/// the largest (s − best feasible)·P(value reaches the level) (Gardner et al. 2014 with a known objective).
public struct ExpectedImprovement: SearchStrategy {
  public static var name: String { "expected-improvement" }
  /// The number of random samples before the first model in a search for a best value; a level needs one.
  public var initialCount = 3
  /// Whether values known at the ends of the domain are samples from the start.
  public var freeEndPoints = true
  /// ℓ as a share of the domain; nil: fitted.
  public var lengthScale: Double?
  /// α relative to the variance of the values; nil: fitted.
  public var noise: Double?

  public init() {}

  public func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed
  ) -> Double? {
    let best = problem.best(of: samples)
    return model.propose(problem, after: samples, seed: seed) { candidates, predictions in
      guard let level = problem.level else {
        let incumbent = best?.value.map { problem.oriented($0) } ?? 0
        return predictions.map {
          Acquisition.logExpectedImprovement($0, over: incumbent)
        }
      }
      let floor = best?.point ?? problem.lower
      let height = problem.oriented(level)
      return zip(candidates, predictions).map { candidate, prediction in
        log(max(0, candidate - floor))
          + Acquisition.logProbability(of: prediction, atLeast: height)
      }
    }
  }

  public func validate() throws(SearchError) { try model.validate() }

  private var model: ValueModel {
    ValueModel(
      initialCount: initialCount, freeEndPoints: freeEndPoints, lengthScale: lengthScale,
      noise: noise)
  }
}

/// The part that both share: initial samples, a model on the unit interval, the maximum over the candidates.
private struct ValueModel {
  var initialCount: Int
  var freeEndPoints: Bool
  var lengthScale: Double?
  var noise: Double?

  /// The candidate with the highest score among those that have not been sampled.
  ///
  /// If the samples cannot be modelled, the middle one of them is returned.
  ///
  /// - Parameter scores: of candidates and the predictions there, turned so that larger values are better.
  func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed,
    scores: ([Double], [GaussianProcess.Prediction]) -> [Double]
  ) -> Double? {
    let sampled = Set(samples.map { $0.point })
    let candidates = problem.candidates.filter { !sampled.contains($0) }
    guard !candidates.isEmpty else { return nil }
    let randomCount = problem.level == nil ? initialCount : 1
    if samples.count < randomCount {
      return stratified(samples.count, of: randomCount, candidates, seed: seed)
    }
    let (points, values) = problem.observations(samples, freeEndPoints: freeEndPoints)
    let width = problem.upper - problem.lower
    func share(_ point: Double) -> Double { (point - problem.lower) / width }
    var fit = GaussianProcessFit()
    if let lengthScale { fit.lengthScale = .fixed(lengthScale) }
    if let noise { fit.noise = .fixed(noise) }
    guard
      let process = try? GaussianProcess.fitted(
        points: points.map { [share($0)] }, values: values, dimension: 1, by: fit,
        seed: seed.child("fit").child(samples.count))
    else { return candidates[candidates.count / 2] }
    let predictions = process.predictions(at: candidates.map { share($0) })
    let best = Acquisition.highest(scores(candidates, predictions))
    return candidates[best ?? candidates.count / 2]
  }

  /// One random candidate from each of `count` equal parts, the parts in random order.
  private func stratified(
    _ number: Int, of count: Int, _ candidates: [Double], seed: Seed
  ) -> Double {
    var order = RandomStream(seed.child("strata"))
    let part = order.permutation(count)[number]
    var stream = RandomStream(seed.child("first").child(number))
    let position = (Double(part) + stream.uniformDouble()) / Double(count)
    return candidates[min(candidates.count - 1, Int(position * Double(candidates.count)))]
  }

  func validate() throws(SearchError) {
    guard initialCount >= 1 else {
      throw .value(field: "initialCount", value: Double(initialCount), allowed: "1 or more")
    }
    try requirePositive("lengthScale", lengthScale)
    try requirePositive("noise", noise)
  }
}
