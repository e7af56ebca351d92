// What a handful of per-seed values says about their mean: standard deviation and t-interval.
// Start with `Interval`, which is what tables and error bars show.

/// Values of one quantity, usually one per seed, in the order of the seeds.
public struct Sample: Hashable, Sendable {
  /// The values.
  public let values: [Double]

  /// - Precondition: there is at least one value.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "a sample needs at least one value")
    self.values = values
  }

  /// The number of values.
  public var count: Int { values.count }

  /// Whether all values are the same number.
  public var hasZeroSpread: Bool { values.allSatisfy { $0 == values[0] } }

  /// The arithmetic mean, corrected once for rounding; equal values have exactly that mean.
  public var mean: Double {
    if hasZeroSpread { return values[0] }
    var sum = 0.0
    for value in values { sum += value }
    let first = sum / Double(count)
    var rest = 0.0
    for value in values { rest += value - first }
    return first + rest / Double(count)
  }

  /// The standard deviation with n − 1 in the denominator; nil for a single value.
  public var standardDeviation: Double? {
    if count < 2 { return nil }
    let centre = mean
    var sum = 0.0
    for value in values { sum += (value - centre) * (value - centre) }
    return (sum / Double(count - 1)).squareRoot()
  }

  /// The standard error of the mean, s/√n, with an independent error added in quadrature; nil for a single value.
  ///
  /// - Parameter additionalError: an error that more seeds would not reduce, such as the test set's own.
  public func standardError(adding additionalError: Double = 0) -> Double? {
    guard let deviation = standardDeviation else { return nil }
    return (deviation * deviation / Double(count) + additionalError * additionalError).squareRoot()
  }
}

/// A two-sided t-interval for a mean.
public struct Interval: Hashable, Sendable, Codable {
  /// The mean of the values.
  public var mean: Double
  /// Half the interval's width.
  public var halfWidth: Double
  /// The number of values.
  public var count: Int

  /// The lower end.
  public var lower: Double { mean - halfWidth }
  /// The upper end.
  public var upper: Double { mean + halfWidth }

  /// An interval that was computed elsewhere.
  public init(mean: Double, halfWidth: Double, count: Int) {
    self.mean = mean
    self.halfWidth = halfWidth
    self.count = count
  }

  /// The t-interval of `values`; nil for fewer than two, which have no interval.
  ///
  /// - Parameters:
  ///   - confidence: the probability of covering the mean.
  ///   - additionalError: an independent standard error, added in quadrature.
  public init?(of values: [Double], confidence: Double = 0.95, additionalError: Double = 0) {
    guard values.count > 1 else { return nil }
    let sample = Sample(values)
    guard let error = sample.standardError(adding: additionalError) else { return nil }
    let student = StudentDistribution(degreesOfFreedom: Double(values.count - 1))
    self.init(
      mean: sample.mean, halfWidth: student.quantile(0.5 + confidence / 2) * error,
      count: values.count)
  }

  /// The interval in which one further value of the same kind as `values` lies; nil for fewer than two values.
  ///
  /// - Parameter confidence: the probability of covering it, if the values are normal: t·s·√(1 + 1/n) about the mean.
  public init?(predictedBy values: [Double], confidence: Double = 0.95) {
    guard values.count > 1 else { return nil }
    let sample = Sample(values)
    guard let deviation = sample.standardDeviation else { return nil }
    let student = StudentDistribution(degreesOfFreedom: Double(values.count - 1))
    let spread = deviation * (1 + 1 / Double(values.count)).squareRoot()
    self.init(
      mean: sample.mean, halfWidth: student.quantile(0.5 + confidence / 2) * spread,
      count: values.count)
  }

  /// Whether `value` lies in the interval, its ends included.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
