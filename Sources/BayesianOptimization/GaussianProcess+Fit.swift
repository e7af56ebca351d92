// Maximum a posteriori fit of the parameters: log marginal likelihood plus log-normal priors, maximised from several starts.
// Inputs are expected in the unit cube and targets are standardised, so one choice of priors serves every unit.

import Foundation
import Kernels
public import Reproducibility

/// What is believed about a positive parameter: its logarithm is normally distributed.
public struct LogNormalPrior: Codable, Hashable, Sendable {
  /// The median, where the first start of a fit lies.
  public var median: Double
  /// The standard deviation of the logarithm: 0 fixes the parameter at the median, infinity says
  /// nothing (maximum likelihood).
  public var logDeviation: Double

  public init(median: Double, logDeviation: Double) {
    self.median = median
    self.logDeviation = logDeviation
  }

  /// A parameter that is not fitted.
  public static func fixed(_ value: Double) -> Self { .init(median: value, logDeviation: 0) }

  /// A parameter about which nothing is believed; fits start at `start`.
  public static func flat(start: Double) -> Self { .init(median: start, logDeviation: .infinity) }

  var isFixed: Bool { logDeviation == 0 }

  /// The log density of the logarithm, up to a constant, and its derivative.
  func logDensity(_ logarithm: Double) -> (value: Double, slope: Double) {
    let standard = (logarithm - log(median)) / logDeviation
    return (-0.5 * standard * standard, -standard / logDeviation)
  }
}

/// How the parameters of a Gaussian process are found.
///
/// The default length-scale prior has its median at half the unit interval times √d, so that the
/// prior's complexity does not grow with the number d of coordinates (as proposed by Hvarfner,
/// Hellsten and Nardi 2024, with a shorter median because our problems have few coordinates), and a
/// factor e as one standard deviation. Amplitude 1 is the standard deviation of the standardised
/// targets. The noise prior favours nearly deterministic objectives and lets the data disagree.
public struct GaussianProcessFit: Codable, Hashable, Sendable {
  /// The covariance.
  public var covariance = Covariance.matern52
  /// Of each length scale, for one coordinate; the median is multiplied by √d.
  public var lengthScale = LogNormalPrior(median: 0.5, logDeviation: 1)
  /// Of the amplitude, in units of the scaled targets.
  public var amplitude = LogNormalPrior(median: 1, logDeviation: 1)
  /// Of the noise variance, in squared units of the scaled targets.
  public var noise = LogNormalPrior(median: 1e-5, logDeviation: 2)
  /// What is done to the targets.
  public var scaling = TargetScaling.standardised
  /// The number of local searches: one from the medians, the others from draws of the priors.
  public var startCount = 3

  public init() {}

  /// The range of every logarithm: what data in the unit cube with standardised targets can tell.
  static let lengthScaleRange = (lower: log(0.005), upper: log(100.0))
  static let amplitudeRange = (lower: log(0.02), upper: log(50.0))
  static let noiseRange = (lower: log(1e-8), upper: log(4.0))
}

extension GaussianProcess {
  /// A Gaussian process whose parameters maximise their posterior density.
  ///
  /// A pure function of its arguments. Fixed parameters are kept as given, even out of range.
  ///
  /// - Parameters:
  ///   - points: one row of coordinates in [0, 1] per sample.
  ///   - values: the targets, in the same order.
  ///   - seed: of the starts after the first.
  /// - Throws: `GaussianProcessError` for samples that cannot be modelled.
  /// - Precondition: as for `init`; there is at least one coordinate.
  public static func fitted(
    points: [[Double]], values: [Double], dimension: Int, by fit: GaussianProcessFit, seed: Seed
  ) throws(GaussianProcessError) -> GaussianProcess {
    precondition(dimension >= 1, "a fit needs at least one coordinate, not \(dimension)")
    precondition(
      points.count == values.count, "\(points.count) points cannot have \(values.count) values")
    let table = PointTable(points, dimension: dimension)
    let targets = try ScaledTargets(values, scaling: fit.scaling, at: table)
    let posterior = LogPosterior(table, targets, fit)
    guard !posterior.free.isEmpty, !points.isEmpty else {
      return try GaussianProcess(table, targets, fit.covariance, posterior.medians)
    }
    var stream = RandomStream(seed.child("hyperparameter-starts"))
    var best: (value: Double, logarithms: [Double])?
    for start in 0..<max(1, fit.startCount) {
      let found = posterior.maximum(from: posterior.start(start, from: &stream))
      if found.value.isFinite, found.value < best?.value ?? .infinity {
        best = (found.value, posterior.logarithms(found.point))
      }
    }
    let parameters = best.map { Hyperparameters(logarithms: $0.logarithms) } ?? posterior.medians
    return try GaussianProcess(
      table, targets, fit.covariance, posterior.restoringFixed(parameters))
  }
}

/// The function that a fit maximises, in the logarithms of the parameters that are not fixed.
private struct LogPosterior {
  let table: PointTable
  let targets: ScaledTargets
  let fit: GaussianProcessFit
  let priors: [LogNormalPrior]
  let ranges: [(lower: Double, upper: Double)]
  /// The indices of the parameters that are fitted.
  let free: [Int]

  init(_ table: PointTable, _ targets: ScaledTargets, _ fit: GaussianProcessFit) {
    self.table = table
    self.targets = targets
    self.fit = fit
    var lengthScale = fit.lengthScale
    if !lengthScale.isFixed { lengthScale.median *= Double(table.dimension).squareRoot() }
    let priors =
      [LogNormalPrior](repeating: lengthScale, count: table.dimension) + [fit.amplitude, fit.noise]
    self.priors = priors
    ranges =
      [(lower: Double, upper: Double)](
        repeating: GaussianProcessFit.lengthScaleRange, count: table.dimension)
      + [GaussianProcessFit.amplitudeRange, GaussianProcessFit.noiseRange]
    free = priors.indices.filter { !priors[$0].isFixed }
  }

  var medians: Hyperparameters {
    Hyperparameters(
      lengthScales: (0..<table.dimension).map { priors[$0].median },
      amplitude: priors[table.dimension].median, noise: priors[table.dimension + 1].median)
  }

  /// The parameters with fixed ones exactly as given, not as exp(log) rounds them.
  func restoringFixed(_ parameters: Hyperparameters) -> Hyperparameters {
    var restored = parameters
    let exact = medians
    for index in restored.lengthScales.indices where priors[index].isFixed {
      restored.lengthScales[index] = exact.lengthScales[index]
    }
    if fit.amplitude.isFixed { restored.amplitude = exact.amplitude }
    if fit.noise.isFixed { restored.noise = exact.noise }
    return restored
  }

  /// All logarithms for given free ones.
  func logarithms(_ freeOnes: [Double]) -> [Double] {
    var logarithms = priors.map { log($0.median) }
    for (position, index) in free.enumerated() { logarithms[index] = freeOnes[position] }
    return logarithms
  }

  /// The medians for the first start, draws from the priors (or the range, if flat) for the others.
  func start(_ number: Int, from stream: inout RandomStream) -> [Double] {
    free.map { index in
      if number == 0 { return log(priors[index].median) }
      let range = ranges[index]
      guard priors[index].logDeviation.isFinite else {
        return range.lower + (range.upper - range.lower) * stream.uniformDouble()
      }
      return log(priors[index].median) + priors[index].logDeviation * Double(stream.normal())
    }
  }

  func maximum(from start: [Double]) -> BoundedMinimum {
    minimizeWithinBounds(
      from: start, lower: free.map { ranges[$0].lower }, upper: free.map { ranges[$0].upper },
      tolerance: 1e-7, evaluationLimit: 80, objective: negated)
  }

  /// The negative log posterior density and its gradient.
  private func negated(_ freeOnes: [Double]) -> (value: Double, gradient: [Double]) {
    let logarithms = logarithms(freeOnes)
    guard
      let process = try? GaussianProcess(
        table, targets, fit.covariance, restoringFixed(Hyperparameters(logarithms: logarithms)))
    else { return (.infinity, freeOnes) }
    var value = process.logMarginalLikelihood
    let likelihoodGradient = process.logMarginalLikelihoodGradient
    var gradient: [Double] = []
    for index in free {
      let prior = priors[index].logDensity(logarithms[index])
      value += prior.value
      gradient.append(-likelihoodGradient[index] - prior.slope)
    }
    return (-value, gradient)
  }
}
