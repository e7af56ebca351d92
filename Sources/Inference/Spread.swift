// The middle and the quartiles of measured values; a mean would be moved by the one pass that the system interrupted.

/// Minimum, quartiles and median of measured values.
public struct Spread: Codable, Hashable, Sendable {
  /// The smallest value.
  public var minimum: Double
  /// A quarter of the values lie below it.
  public var lowerQuartile: Double
  /// Half of the values lie below it.
  public var median: Double
  /// Three quarters of the values lie below it.
  public var upperQuartile: Double

  /// The spread of `values`; between neighbouring values, quantiles are interpolated linearly.
  ///
  /// - Precondition: there is at least one value.
  public init(of values: [Double]) {
    precondition(!values.isEmpty, "a spread needs at least one value")
    let sorted = values.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let lower = Int(place)
      let upper = min(lower + 1, sorted.count - 1)
      return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
    }
    minimum = sorted[0]
    lowerQuartile = quantile(0.25)
    median = quantile(0.5)
    upperQuartile = quantile(0.75)
  }
}
