// Student's t distribution for any positive number of degrees of freedom.
// Probabilities are incomplete beta functions by continued fraction (DLMF 8.17.22), with the normalising
// ratio of gamma functions from its own asymptotic series, so large degrees of freedom lose no digits.

import Foundation

/// Student's t distribution.
public struct StudentDistribution: Hashable, Sendable {
  /// The degrees of freedom ν.
  public let degreesOfFreedom: Double

  /// - Precondition: `degreesOfFreedom` is positive and finite.
  public init(degreesOfFreedom: Double) {
    precondition(
      degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
      "Student's distribution with \(degreesOfFreedom) degrees of freedom does not exist")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The density at `t`.
  public func density(_ t: Double) -> Double {
    let exponent = -0.5 * (degreesOfFreedom + 1) * log1p(t * t / degreesOfFreedom)
    return gammaRatio(degreesOfFreedom / 2) / (Double.pi * degreesOfFreedom).squareRoot()
      * exp(exponent)
  }

  /// The probability of a value at most `t`; accurate relative to itself in the lower tail.
  public func probability(atMost t: Double) -> Double {
    t < 0 ? probability(above: -t) : 1 - probability(above: t)
  }

  /// The probability of a value above `t`; accurate relative to itself in the upper tail.
  public func probability(above t: Double) -> Double {
    if t.isNaN { return .nan }
    if t < 0 { return 1 - probability(above: -t) }
    if t == .infinity { return 0 }
    let usesCentre = t * t < 1 + 2 / degreesOfFreedom
    return usesCentre ? 0.5 - centralMass(t) : upperTail(t)
  }

  /// The value that is not exceeded with the given probability.
  ///
  /// - Precondition: `0 < probability < 1`.
  public func quantile(_ probability: Double) -> Double {
    symmetricQuantile(
      probability, upperTail: { self.probability(above: $0) },
      centre: { $0 * $0 < 3 ? centralMass($0) : 0.5 - self.upperTail($0) },
      density: { density($0) })
  }

  /// P(T > t) for t > 0, as ½·I_x(ν/2, ½) with x = ν / (ν + t²).
  private func upperTail(_ t: Double) -> Double {
    let half = degreesOfFreedom / 2
    let ratio = t * t / degreesOfFreedom
    // t²/ν can overflow for t beyond 1e154; there the logarithm is twice that of t/√ν.
    let logarithm =
      ratio.isFinite ? log1p(ratio) : 2 * (log(t) - 0.5 * log(degreesOfFreedom))
    let front =
      exp(-half * logarithm) * gammaRatio(half) / Double.pi.squareRoot()
      * (ratio.isFinite ? (ratio / (1 + ratio)).squareRoot() : 1)
    return 0.5 * front / half * betaFraction(half, 0.5, x: 1 / (1 + ratio))
  }

  /// P(0 < T ≤ t) for t ≥ 0, as ½·I_x(½, ν/2) with x = t² / (ν + t²).
  private func centralMass(_ t: Double) -> Double {
    let half = degreesOfFreedom / 2
    let ratio = t * t / degreesOfFreedom
    let root = t / degreesOfFreedom.squareRoot() / (1 + ratio).squareRoot()
    let front =
      root * exp(-half * log1p(ratio)) * gammaRatio(half) / Double.pi.squareRoot()
    return front * betaFraction(0.5, half, x: ratio / (1 + ratio))
  }
}

/// Γ(x + ½) / Γ(x), for x > 0.
///
/// The series in 1/x is used from 25 on, where its first omitted term is below 1e-16; smaller arguments are
/// raised by the recurrence first.
func gammaRatio(_ x: Double) -> Double {
  var argument = x
  var factor = 1.0
  while argument < 25 {
    factor *= argument / (argument + 0.5)
    argument += 1
  }
  let inverse = 1 / argument
  let square = inverse * inverse
  let inner = 17.0 / 14336 + square * (-31.0 / 18432 + square * (691.0 / 180224))
  let series = inverse * (-1.0 / 8 + square * (1.0 / 192 + square * (-1.0 / 640 + square * inner)))
  return factor * argument.squareRoot() * exp(series)
}

/// The continued fraction of the incomplete beta function, by Lentz's method as modified by Thompson and Barnett.
///
/// I_x(a, b) = xᵃ(1 − x)ᵇ / (a·B(a, b)) times this value; it converges quickly for x < (a + 1)/(a + b + 2).
private func betaFraction(_ a: Double, _ b: Double, x: Double) -> Double {
  let smallest = 1e-300
  func away(_ value: Double) -> Double { abs(value) < smallest ? smallest : value }
  var numerator = 1.0
  var denominator = 1 / away(1 - (a + b) * x / (a + 1))
  var result = denominator
  for step in 1..<100_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    denominator = 1 / away(1 + even * denominator)
    numerator = away(1 + even / numerator)
    result *= denominator * numerator
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    denominator = 1 / away(1 + odd * denominator)
    numerator = away(1 + odd / numerator)
    let change = denominator * numerator
    result *= change
    if abs(change - 1) < 1e-16 { break }
  }
  return result
}
