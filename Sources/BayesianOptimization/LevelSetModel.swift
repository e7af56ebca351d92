// The Gaussian process of the level-set searches and the maximiser of condensa, eq. 8, on a grid.
// The authors published neither; the three settings differ in what is known, printed or recalled about them.

import Reproducibility

/// Which reading of the published level-set search is run.
public enum LevelSetFlavour: String, Codable, Hashable, Sendable, CaseIterable {
  /// The repaired search: ℓ 1, α 10⁻⁶, centred targets, free end points if switched on, samples above
  /// the largest feasible one, which is returned.
  case recommended
  /// The algorithm as printed, with the same model but no end points: the domain shrinks only if a
  /// feasible sample lies above the sample before it, and the last sample is returned, feasible or not.
  case asPrinted = "as-printed"
  /// The recalled settings of the paper in the repaired search: ℓ 1, α 0.1, standardised targets, no
  /// end points.
  case paperLiteral = "paper-literal"

  var usesEndPoints: Bool { self == .recommended }
  var noise: Double { self == .paperLiteral ? 0.1 : 1e-6 }
  var scaling: TargetScaling { self == .paperLiteral ? .standardised : .centred }
}

/// The part that DR-UCB and ILS-UCB share.
struct LevelSetModel {
  var flavour: LevelSetFlavour
  var gamma: Double
  var freeEndPoints: Bool
  var normalise: Bool
  var fitsLengthScale: Bool
  var lengthScale: Double?
  var noise: Double?

  /// Maximises eq. 8 over the candidates that `isAllowed` accepts; the first sample is uniformly random.
  ///
  /// If the samples cannot be modelled, the middle candidate is returned: a search survives any value.
  func propose(
    _ problem: SearchProblem, after samples: [SearchSample], seed: Seed,
    where isAllowed: (Double) -> Bool
  ) -> Double? {
    guard let level = problem.level else { return nil }
    if samples.isEmpty { return uniformPoint(problem, seed: seed.child(0)) }
    let allowed = problem.candidates.filter(isAllowed)
    guard !allowed.isEmpty else { return nil }
    guard let process = process(problem, samples, seed: seed) else {
      return allowed[allowed.count / 2]
    }
    let height = problem.oriented(level)
    let predictions = process.predictions(at: allowed)
    let scores =
      normalise
      ? Acquisition.normalisedLevelSet(predictions, level: height, gamma: gamma)
      : predictions.map { Acquisition.levelSet($0, level: height, gamma: gamma) }
    return Acquisition.highest(scores).map { allowed[$0] } ?? allowed[allowed.count / 2]
  }

  private func process(
    _ problem: SearchProblem, _ samples: [SearchSample], seed: Seed
  ) -> GaussianProcess? {
    let (points, values) = problem.observations(
      samples, freeEndPoints: freeEndPoints && flavour.usesEndPoints)
    let rows = points.map { [$0] }
    if fitsLengthScale {
      var fit = GaussianProcessFit()
      fit.lengthScale = .flat(start: lengthScale ?? 1)
      fit.amplitude = .fixed(1)
      fit.noise = .fixed(noise ?? flavour.noise)
      fit.scaling = flavour.scaling
      return try? GaussianProcess.fitted(
        points: rows, values: values, dimension: 1, by: fit, seed: seed)
    }
    let parameters = Hyperparameters(
      lengthScales: [lengthScale ?? 1], amplitude: 1, noise: noise ?? flavour.noise)
    return try? GaussianProcess(
      points: rows, values: values, hyperparameters: parameters, scaling: flavour.scaling)
  }

  func validate() throws(SearchError) {
    try requireShare("gamma", gamma)
    try requirePositive("lengthScale", lengthScale)
    if let noise, !(noise >= 0 && noise.isFinite) {
      throw .value(field: "noise", value: noise, allowed: "0 or more")
    }
  }
}
