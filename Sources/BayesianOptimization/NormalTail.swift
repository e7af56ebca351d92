// Logarithms of the normal distribution that stay exact in the far lower tail, where the values themselves underflow.
// Both come from the continued fraction of Mills' ratio, Φ(−t)/φ(t) = 1/(t + 1/(t + 2/(t + 3/…))), without cancellation.

import Foundation
import Statistics

enum NormalTail {
  /// Below minus this the continued fraction is used: 60 levels are exact to 1e-15 there.
  private static let farTail = 5.0
  private static let halfLogTwoPi = 0.5 * log(2 * Double.pi)

  /// The first two denominators of the continued fraction at t: t + 1/second, and t + 2/….
  private static func denominators(_ t: Double) -> (first: Double, second: Double) {
    var second = t
    for level in stride(from: 60.0, through: 2, by: -1) { second = t + level / second }
    return (t + 1 / second, second)
  }

  /// log Φ(z) and its derivative φ(z)/Φ(z).
  static func logProbability(atMost z: Double) -> (value: Double, slope: Double) {
    if z < -farTail {
      let first = denominators(-z).first
      return (-0.5 * z * z - halfLogTwoPi - log(first), first)
    }
    let probability = NormalDistribution.probability(atMost: z)
    let value = z > 1 ? log1p(-NormalDistribution.probability(atMost: -z)) : log(probability)
    return (value, NormalDistribution.density(z) / probability)
  }

  /// log h(z) for h(z) = φ(z) + z·Φ(z), the expected improvement in standard units, and its derivative Φ(z)/h(z).
  ///
  /// In the tail h = φ·(1 − t·M) with t = −z and Mills' ratio M, and 1 − t·M is one over the product
  /// of the first two denominators.
  static func logImprovement(_ z: Double) -> (value: Double, slope: Double) {
    if z < -farTail {
      let (first, second) = denominators(-z)
      return (-0.5 * z * z - halfLogTwoPi - log(first) - log(second), second)
    }
    let probability = NormalDistribution.probability(atMost: z)
    let improvement = NormalDistribution.density(z) + z * probability
    return (log(improvement), probability / improvement)
  }
}
