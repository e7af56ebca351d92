// Means, intervals and tests on samples whose results are known from scipy 1.17.1 or by hand.

import Statistics
import Testing

/// Accuracies as five seeds might give them.
private let accuracies = [99.02, 98.95, 99.11, 99.04, 98.99]
private let rivals = [98.97, 98.99, 99.0, 98.95, 98.93]

/// scipy prints 16 digits of numbers near 100, whose differences keep 12.
private let scipyTolerance = 1e-11

@Suite("Samples and intervals")
struct SampleTests {
  @Test("the 95 % interval of five values is scipy's")
  func interval() throws {
    let interval = try #require(Interval(of: accuracies))
    #expect(abs(interval.lower - 98.94781122551603) < scipyTolerance)
    #expect(abs(interval.upper - 99.09618877448398) < scipyTolerance)
    #expect(abs(interval.mean - 99.022) < 1e-13)
    #expect(interval.count == 5)
    #expect(interval.contains(99.05))
    #expect(!interval.contains(99.1))
  }

  @Test("one value has no interval and no deviation, two have one")
  func fewValues() throws {
    #expect(Interval(of: [3]) == nil)
    #expect(Interval(of: []) == nil)
    #expect(Sample([3]).standardDeviation == nil)
    // s/√2 = 1 for the values 0 and 2, and t(.975, 1) = tan(.475 π).
    let interval = try #require(Interval(of: [0, 2]))
    #expect(interval.mean == 1)
    #expect(abs(interval.halfWidth - 12.706204736174698) < 1e-9)
  }

  @Test("equal values have their own mean and no spread", arguments: [0.1, 99.1, 1e-300])
  func equalValues(value: Double) throws {
    for count in 2...9 {
      let sample = Sample([Double](repeating: value, count: count))
      #expect(sample.mean == value)
      #expect(sample.standardDeviation == 0)
      #expect(sample.hasZeroSpread)
    }
  }

  @Test("a large offset does not spoil the deviation")
  func offset() throws {
    let deviation = try #require(Sample([1e9 + 1, 1e9 + 2, 1e9 + 3]).standardDeviation)
    #expect(deviation == 1)
  }

  @Test("an additional error widens the interval in quadrature")
  func additionalError() throws {
    let narrow = try #require(Interval(of: [1, 2, 3, 4, 5]))
    // The standard error is √(2.5/5); adding one as large multiplies the width by √2.
    let wide = try #require(Interval(of: [1, 2, 3, 4, 5], additionalError: 0.5.squareRoot()))
    #expect(abs(wide.halfWidth / narrow.halfWidth - 2.0.squareRoot()) < 1e-14)
    let fixed = try #require(Interval(of: [2, 2, 2], additionalError: 1))
    #expect(abs(fixed.halfWidth - 4.302652729749462) < 1e-9)  // t(.975, 2)
  }

  @Test("an interval at another confidence uses that quantile")
  func confidence() throws {
    let interval = try #require(Interval(of: [0, 1, 2], confidence: 0.9))
    // s = 1, and t(.95, 2) = .9/√(2·.95·.05).
    let expected = 0.9 / (2 * 0.95 * 0.05).squareRoot() / 3.0.squareRoot()
    #expect(abs(interval.halfWidth - expected) < 1e-12)
  }
}

@Suite("Hypothesis tests")
struct HypothesisTests {
  @Test("one-sided tests are scipy's")
  func oneSided() throws {
    let above = try #require(TTest(accuracies, against: 98.9, alternative: .greater))
    #expect(abs(above.statistic - 4.565735250247217) < 1e-9)
    #expect(abs(above.pValue - 0.005146994305340418) < 1e-11)
    #expect(above.degreesOfFreedom == 4)
    let below = try #require(TTest(accuracies, against: 99.1, alternative: .less))
    #expect(abs(below.statistic + 2.91907663540354) < 1e-9)
    #expect(abs(below.pValue - 0.02164169609323085) < 1e-11)
  }

  @Test("a two-sided test is scipy's, and twice the smaller one-sided one")
  func twoSided() throws {
    let first = [97.8, 97.9, 98.1, 97.7, 98.0]
    let second = [97.6, 97.9, 97.8, 97.8, 97.7]
    let test = try #require(TTest(paired: first, minus: second, alternative: .different))
    #expect(abs(test.statistic - 1.7232808737106928) < 1e-9)
    #expect(abs(test.pValue - 0.1599347988374152) < 1e-10)
    let swapped = try #require(TTest(paired: second, minus: first, alternative: .different))
    #expect(swapped.statistic == -test.statistic && swapped.pValue == test.pValue)
    let equal = try #require(TTest([1, 1], against: 1, alternative: .different))
    #expect(equal.pValue == 1)
    #expect(try #require(TTest([1, 1], against: 2, alternative: .different)).pValue == 0)
    // scipy: t.ppf(.975, 4) · s · √(1 + 1/5).
    let predicted = try #require(Interval(predictedBy: first))
    #expect(abs(predicted.mean - 97.9) < 1e-12)
    #expect(abs(predicted.halfWidth - 0.4808943986628426) < 1e-9)
    #expect(Interval(predictedBy: [1]) == nil)
  }

  @Test("Holm's adjusted p-values are those of R's p.adjust")
  func holm() {
    let adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005])
    for (found, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) {
      #expect(abs(found - expected) < 1e-15)
    }
    #expect(holmAdjusted([0.6, 0.7]) == [1, 1])
    #expect(holmAdjusted([]).isEmpty)
    #expect(holmAdjusted([0.2]) == [0.2])
  }

  @Test("the two sides of a test share one probability")
  func sides() throws {
    let above = try #require(TTest(accuracies, against: 99, alternative: .greater))
    let below = try #require(TTest(accuracies, against: 99, alternative: .less))
    #expect(abs(above.pValue + below.pValue - 1) < 1e-14)
    #expect(above.statistic == below.statistic)
  }

  @Test("a paired test is scipy's, and looks at differences only")
  func paired() throws {
    let test = try #require(TTest(paired: accuracies, minus: rivals, alternative: .greater))
    #expect(abs(test.statistic - 2.092457497388829) < 1e-9)
    #expect(abs(test.pValue - 0.052269999889182905) < 1e-10)
    #expect(differences([3, 5], [1, 8]) == [2, -3])
  }

  @Test("equivalence is both one-sided tests, and the worse decides")
  func equivalence() throws {
    let test = try #require(EquivalenceTest(accuracies, equals: 99, tolerance: 0.1))
    #expect(abs(test.aboveLower.pValue - 0.005146994305340418) < 1e-11)
    #expect(abs(test.belowUpper.pValue - 0.02164169609323085) < 1e-11)
    #expect(test.pValue == test.belowUpper.pValue)
  }

  @Test("equivalence at level .05 is the 90 % interval inside the tolerance", arguments: 0..<40)
  func duality(step: Int) throws {
    let tolerance = 0.005 * Double(step)
    let test = try #require(EquivalenceTest(accuracies, equals: 99, tolerance: tolerance))
    let interval = try #require(Interval(of: accuracies, confidence: 0.9))
    let isInside = interval.lower > 99 - tolerance && interval.upper < 99 + tolerance
    #expect((test.pValue < 0.05) == isInside)
  }

  @Test("without spread values are compared, and one value cannot be tested")
  func degenerate() throws {
    #expect(try #require(TTest([2, 2], against: 1, alternative: .greater)).pValue == 0)
    #expect(try #require(TTest([2, 2], against: 2, alternative: .greater)).pValue == 1)
    #expect(try #require(TTest([2, 2], against: 1, alternative: .less)).pValue == 1)
    #expect(TTest([2], against: 1, alternative: .greater) == nil)
    #expect(EquivalenceTest([2], equals: 2, tolerance: 1) == nil)
  }

  @Test("binomial errors follow their formulas")
  func binomial() {
    #expect(abs(Binomial.standardError(rate: 0.99, count: 10_000) - 0.000994987437106620) < 1e-17)
    #expect(Binomial.standardError(rate: 1, count: 10) == 0)
    // 30 and 20 discordant of 10,000: √(50 − 100/10,000)/10,000.
    let paired = Binomial.pairedStandardError(onlyFirst: 30, onlySecond: 20, count: 10_000)
    #expect(abs(paired - 49.99.squareRoot() / 10_000) < 1e-17)
    #expect(Binomial.pairedStandardError(onlyFirst: 7, onlySecond: 0, count: 7) == 0)
  }

  @Test("samples of different sizes cannot be paired, an empty one has no mean")
  func refused() async {
    await #expect(processExitsWith: .failure) { _ = differences([1], [1, 2]) }
    await #expect(processExitsWith: .failure) { _ = Sample([]) }
  }

  @Test("quantiles are linear between neighbours")
  func quantiles() {
    let sample = Sample([4, 1, 3, 2])
    #expect(sample.quantile(0) == 1 && sample.quantile(1) == 4)
    #expect(sample.median == 2.5)
    #expect(abs(sample.quantile(0.1) - 1.3) < 1e-12)
    #expect(Sample([7]).quantile(0.3) == 7)
  }

  @Test(
    "the median's interval leaves out what tables of the sign test leave out",
    // n, and the largest k with Σ_{i≤k} C(n, i)/2ⁿ ≤ .025, by exact integer arithmetic; 0 if there is none.
    arguments: [(5, 0), (6, 0), (9, 1), (10, 1), (20, 5), (25, 7), (50, 17), (200, 85)])
  func medianInterval(count: Int, leftOut: Int) {
    let sample = Sample((1...count).map { Double($0) })
    #expect(sample.medianInterval == Double(leftOut + 1)...Double(count - leftOut))
  }
}
