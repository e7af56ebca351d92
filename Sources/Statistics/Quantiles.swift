// Quantiles of a sample and an interval for its median that supposes nothing about the distribution.

import Foundation

extension Sample {
  /// The value below which a share of the values lies, linear between neighbours.
  ///
  /// - Precondition: `share` is in [0, 1].
  public func quantile(_ share: Double) -> Double {
    precondition(share >= 0 && share <= 1, "a share of \(share) is not in [0, 1]")
    let sorted = values.sorted()
    let place = share * Double(count - 1)
    let lower = min(Int(place), count - 1)
    let upper = min(lower + 1, count - 1)
    return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
  }

  /// The middle value.
  public var median: Double { quantile(0.5) }

  /// Two of the values between which the median lies with at least 95 %; all of them if there are too few.
  ///
  /// The number of values below the median is binomial (n, ½); as many as have at most 2.5 % are left out at each end.
  public var medianInterval: ClosedRange<Double> {
    let sorted = values.sorted()
    var leftOut = 0
    var cumulated = 0.0
    // The logarithm of C(n, k)/2ⁿ, so that large n does not overflow.
    var logProbability = -Double(count) * log(2)
    for k in 0..<count {
      cumulated += exp(logProbability)
      if cumulated > 0.025 { break }
      leftOut = k
      logProbability += log(Double(count - k)) - log(Double(k + 1))
    }
    return sorted[leftOut]...sorted[count - 1 - leftOut]
  }
}
