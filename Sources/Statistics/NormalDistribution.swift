// The standard normal distribution: density, distribution function and quantile.
// Tails are relative-accurate: nothing is computed as one minus something close to one.

import Foundation

/// The standard normal distribution.
public enum NormalDistribution {
  /// The density at `x`.
  public static func density(_ x: Double) -> Double {
    exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
  }

  /// The probability of a value at most `x`; accurate relative to itself in the lower tail.
  public static func probability(atMost x: Double) -> Double {
    0.5 * erfc(-x / 2.0.squareRoot())
  }

  /// The value that is not exceeded with the given probability.
  ///
  /// - Precondition: `0 < probability < 1`.
  public static func quantile(_ probability: Double) -> Double {
    symmetricQuantile(
      probability,
      upperTail: { 0.5 * erfc($0 / 2.0.squareRoot()) },
      centre: { 0.5 * erf($0 / 2.0.squareRoot()) },
      density: { density($0) })
  }
}

/// The quantile of a distribution that is symmetric about zero, by Newton steps in logarithms that bisection safeguards.
///
/// In (log x, log tail) a power tail is a line, and so is the centre in (log x, log mass); Newton's
/// iteration is at home in both.
///
/// - Parameters:
///   - probability: in (0, 1).
///   - upperTail: P(X > x) for x > 0.
///   - centre: P(0 < X ≤ x) for x > 0.
///   - density: at x > 0.
func symmetricQuantile(
  _ probability: Double, upperTail: (Double) -> Double, centre: (Double) -> Double,
  density: (Double) -> Double
) -> Double {
  precondition(
    probability > 0 && probability < 1, "quantile: \(probability) is not a probability in (0, 1)")
  let offset = probability - 0.5
  if offset == 0 { return 0 }
  let usesCentre = abs(offset) < 0.25
  let target = usesCentre ? abs(offset) : (offset < 0 ? probability : 1 - probability)
  let mass = usesCentre ? centre : upperTail
  let rising: Double = usesCentre ? 1 : -1
  // Bounds on log x: the numbers that Double can hold.
  var (lower, upper) = (-745.0, 709.0)
  var position = 0.0
  for _ in 0..<200 {
    let x = exp(position)
    let current = mass(x)
    let error = log(current) - log(target)
    if error == 0 { break }
    if error * rising < 0 { lower = position } else { upper = position }
    let slope = rising * x * density(x) / current
    var next = position - error / slope
    if !(next > lower && next < upper) { next = 0.5 * (lower + upper) }
    let isConverged = abs(next - position) <= 1e-16 * max(1, abs(position))
    position = next
    if isConverged { break }
  }
  return offset < 0 ? -exp(position) : exp(position)
}
