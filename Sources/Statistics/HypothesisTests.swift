// One-sided t tests against a margin, equivalence by two of them (TOST, Schuirmann 1987), paired differences,
// and the sampling error of an accuracy. `Verdict.swift` turns them into words.

/// A t test of one sample's mean.
public struct TTest: Hashable, Sendable {
  /// The mean of the values.
  public let mean: Double
  /// The standard error of the mean.
  public let standardError: Double
  /// n − 1.
  public let degreesOfFreedom: Double
  /// The distance from the margin in standard errors; infinite for zero error, NaN if that distance is zero too.
  public let statistic: Double
  /// The probability of such a mean or a more extreme one if the null hypothesis holds.
  public let pValue: Double

  /// On which side of the margin the alternative lies.
  public enum Alternative: Hashable, Sendable {
    /// The mean is greater than the margin; the null hypothesis says at most.
    case greater
    /// The mean is less than the margin; the null hypothesis says at least.
    case less
    /// The mean differs from the margin; the null hypothesis says equal.
    case different
  }

  /// Tests whether the mean of `values` lies on the given side of `margin`, or elsewhere; nil for fewer than two values.
  ///
  /// Without any spread the values are compared: a mean strictly on that side has p = 0, any other p = 1.
  ///
  /// - Parameter additionalError: an independent standard error, added in quadrature.
  public init?(
    _ values: [Double], against margin: Double, alternative: Alternative,
    additionalError: Double = 0
  ) {
    guard values.count > 1 else { return nil }
    let sample = Sample(values)
    guard let error = sample.standardError(adding: additionalError) else { return nil }
    mean = sample.mean
    standardError = error
    degreesOfFreedom = Double(values.count - 1)
    let distance =
      switch alternative {
      case .greater: mean - margin
      case .less: margin - mean
      case .different: abs(mean - margin)
      }
    statistic = (mean - margin) / error
    if error == 0 {
      pValue = distance > 0 ? 0 : 1
    } else {
      let student = StudentDistribution(degreesOfFreedom: degreesOfFreedom)
      let tail = student.probability(above: distance / error)
      pValue = alternative == .different ? min(1, 2 * tail) : tail
    }
  }

  /// Tests the mean of the differences `first − second`, pair by pair; nil for fewer than two pairs.
  ///
  /// - Precondition: both samples have the same number of values.
  public init?(
    paired first: [Double], minus second: [Double], against margin: Double = 0,
    alternative: Alternative, additionalError: Double = 0
  ) {
    self.init(
      differences(first, second), against: margin, alternative: alternative,
      additionalError: additionalError)
  }
}

/// P-values of several tests, adjusted so that the probability of any false rejection among them keeps its bound.
///
/// Source: Holm 1979. The smallest p-value is multiplied by the number of tests, the next by one less, and so on; none is
/// smaller than one before it, none larger than 1.
public func holmAdjusted(_ pValues: [Double]) -> [Double] {
  let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
  var result = pValues
  var largest = 0.0
  for (rank, index) in order.enumerated() {
    largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
    result[index] = largest
  }
  return result
}

/// The differences `first − second`, pair by pair.
///
/// - Precondition: both have the same number of values.
public func differences(_ first: [Double], _ second: [Double]) -> [Double] {
  precondition(
    first.count == second.count, "cannot pair \(first.count) values with \(second.count)")
  return zip(first, second).map { $0 - $1 }
}

/// Two one-sided tests of equivalence: is the mean within a tolerance of a value?
public struct EquivalenceTest: Hashable, Sendable {
  /// Whether the mean is above `value − tolerance`.
  public let aboveLower: TTest
  /// Whether the mean is below `value + tolerance`.
  public let belowUpper: TTest

  /// The larger of the two p-values, which is the p-value of the whole test.
  public var pValue: Double { max(aboveLower.pValue, belowUpper.pValue) }

  /// Tests whether the mean of `values` lies within `tolerance` of `value`; nil for fewer than two values.
  ///
  /// - Parameter additionalError: an independent standard error, added in quadrature.
  public init?(
    _ values: [Double], equals value: Double, tolerance: Double, additionalError: Double = 0
  ) {
    guard
      let above = TTest(
        values, against: value - tolerance, alternative: .greater,
        additionalError: additionalError),
      let below = TTest(
        values, against: value + tolerance, alternative: .less, additionalError: additionalError)
    else { return nil }
    aboveLower = above
    belowUpper = below
  }
}

/// Sampling errors of accuracies, which are counts of successes.
public enum Binomial {
  /// The standard error √(p(1 − p)/n) of a rate observed on `count` independent trials.
  ///
  /// - Precondition: `rate` is in [0, 1] and `count` positive.
  public static func standardError(rate: Double, count: Int) -> Double {
    precondition(rate >= 0 && rate <= 1, "a rate of \(rate) is not in [0, 1]")
    precondition(count > 0, "a rate of \(count) trials has no error")
    return (rate * (1 - rate) / Double(count)).squareRoot()
  }

  /// The standard error of the difference of two rates on the same trials (McNemar's pairs).
  ///
  /// - Parameters:
  ///   - onlyFirst: trials at which only the first succeeded.
  ///   - onlySecond: trials at which only the second succeeded.
  ///   - count: all trials.
  /// - Precondition: the two counts are not negative and at most `count` together.
  public static func pairedStandardError(onlyFirst: Int, onlySecond: Int, count: Int) -> Double {
    precondition(
      onlyFirst >= 0 && onlySecond >= 0 && count > 0 && onlyFirst + onlySecond <= count,
      "\(onlyFirst) and \(onlySecond) of \(count) trials are not discordant pairs")
    let discordant = Double(onlyFirst + onlySecond)
    let difference = Double(onlyFirst - onlySecond)
    let trials = Double(count)
    return (discordant - difference * difference / trials).squareRoot() / trials
  }
}
