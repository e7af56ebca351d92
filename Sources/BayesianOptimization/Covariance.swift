// Stationary covariances as functions of the scaled squared distance r² = Σ ((x_d − y_d)/ℓ_d)², with amplitude 1.
// Look at `correlationAndSlope`: everything else in the room multiplies by the amplitude and applies the chain rule.

import Foundation

/// A stationary covariance with one length scale per coordinate.
public enum Covariance: String, Codable, Hashable, Sendable, CaseIterable {
  /// (1 + √5·r + 5r²/3)·exp(−√5·r): twice differentiable sample paths.
  case matern52 = "matern-5/2"
  /// exp(−r²/2): infinitely differentiable sample paths.
  case squaredExponential = "rbf"

  /// The covariance of two values at scaled squared distance r², for amplitude 1.
  public func correlation(scaledSquaredDistance: Double) -> Double {
    correlationAndSlope(scaledSquaredDistance).correlation
  }

  /// The correlation and its derivative with respect to r².
  @inline(__always)
  func correlationAndSlope(_ squaredDistance: Double) -> (correlation: Double, slope: Double) {
    switch self {
    case .matern52:
      let fiveSquares = 5 * squaredDistance
      let distance = fiveSquares.squareRoot()
      let decay = exp(-distance)
      return ((1 + distance + fiveSquares / 3) * decay, -5 / 6 * (1 + distance) * decay)
    case .squaredExponential:
      let value = exp(-0.5 * squaredDistance)
      return (value, -0.5 * value)
    }
  }
}

/// The parameters of a Gaussian process with a stationary covariance.
public struct Hyperparameters: Codable, Hashable, Sendable {
  /// ℓ, one per coordinate, in units of the coordinates.
  public var lengthScales: [Double]
  /// a: the prior standard deviation, in units of the scaled targets.
  public var amplitude: Double
  /// α: the variance added to the diagonal, in squared units of the scaled targets.
  public var noise: Double

  public init(lengthScales: [Double], amplitude: Double = 1, noise: Double) {
    self.lengthScales = lengthScales
    self.amplitude = amplitude
    self.noise = noise
  }

  /// (log ℓ₁, …, log ℓ_d, log a, log α): the coordinates of all gradients.
  public var logarithms: [Double] { (lengthScales + [amplitude, noise]).map { log($0) } }

  /// The parameters with these logarithms, in the order of `logarithms`.
  ///
  /// - Precondition: there are at least three logarithms.
  public init(logarithms: [Double]) {
    precondition(logarithms.count >= 3, "\(logarithms.count) logarithms: at least 3 are needed")
    let values = logarithms.map { exp($0) }
    self.init(
      lengthScales: Array(values.dropLast(2)), amplitude: values[values.count - 2],
      noise: values[values.count - 1])
  }
}
