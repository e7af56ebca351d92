// The table of verdicts in the design, row by row.

import Foundation
import Statistics
import Testing

@Suite("Verdicts")
struct VerdictTests {
  let change = [-0.02, 0.03, -0.01, 0.02, 0.01]

  func verdict(
    _ form: ClaimForm, _ values: [Double], direction: Direction = .higherIsBetter,
    samplingError: Double? = nil, additionalError: Double = 0
  ) -> Verdict {
    Verdict.judge(
      form, values: values, direction: direction, samplingError: samplingError,
      additionalError: additionalError
    ).verdict
  }

  @Test("equality is reproduced by a narrow sample within the tolerance")
  func equals() {
    #expect(verdict(.equals(value: 0, tolerance: 0.1), change) == .reproduced)
    #expect(verdict(.equals(value: 0, tolerance: 0.01), change) == .inconclusive)
    #expect(verdict(.equals(value: 0.5, tolerance: 0.1), change) == .notReproduced)
    #expect(verdict(.equals(value: -0.5, tolerance: 0.1), change) == .notReproduced)
  }

  @Test("a claim of at least asks for the mean above the threshold")
  func atLeast() {
    #expect(verdict(.atLeast(value: -0.1, margin: 0), change) == .reproduced)
    #expect(verdict(.atLeast(value: 0, margin: 0), change) == .inconclusive)
    #expect(verdict(.atLeast(value: 0, margin: 0.1), change) == .reproduced)
    #expect(verdict(.atLeast(value: 0, margin: -0.1), change) == .notReproduced)
  }

  @Test("no worse than follows the direction of the quantity")
  func noWorseThan() {
    let form = ClaimForm.noWorseThan(value: 0, margin: 0.1)
    #expect(verdict(form, change) == .reproduced)
    #expect(verdict(form, change, direction: .lowerIsBetter) == .reproduced)
    let high = change.map { $0 + 5 }
    #expect(verdict(form, high) == .reproduced)
    #expect(verdict(form, high, direction: .lowerIsBetter) == .notReproduced)
    #expect(verdict(form, change.map { $0 - 0.1 }) == .inconclusive)
  }

  @Test("an exact claim is a count, whatever the number of seeds")
  func exact() {
    #expect(verdict(.exact(count: 430_500), [430_500]) == .reproduced)
    #expect(verdict(.exact(count: 430_500), [430_501]) == .notReproduced)
    let mixed = Verdict.judge(.exact(count: 7), values: [7, 8, 7])
    #expect(mixed.verdict == .notReproduced)
    #expect(mixed.reason == "1 of 3 counts differ, the first is 8")
  }

  @Test("fewer than three seeds are inconclusive, however good they look")
  func fewSeeds() {
    #expect(verdict(.equals(value: 0, tolerance: 10), [0]) == .inconclusive)
    #expect(verdict(.equals(value: 0, tolerance: 10), [0, 0.001]) == .inconclusive)
    #expect(verdict(.equals(value: 0, tolerance: 10), [0, 0.001, 0.002]) == .reproduced)
  }

  @Test("a tolerance below the sampling error is inconclusive, a threshold is not affected")
  func samplingError() {
    #expect(
      verdict(.equals(value: 0, tolerance: 0.1), change, samplingError: 0.2) == .inconclusive)
    #expect(verdict(.equals(value: 0, tolerance: 0.1), change, samplingError: 0.1) == .reproduced)
    #expect(
      verdict(.noWorseThan(value: 0, margin: 0.1), change, samplingError: 0.2) == .inconclusive)
    #expect(verdict(.atLeast(value: -1, margin: 0), change, samplingError: 0.2) == .reproduced)
  }

  @Test("an additional error can turn a verdict into inconclusive")
  func additionalError() {
    let form = ClaimForm.atLeast(value: -0.1, margin: 0)
    #expect(verdict(form, change, additionalError: 0.01) == .reproduced)
    #expect(verdict(form, change, additionalError: 0.2) == .inconclusive)
    // Zero spread is no certainty when the test set adds its own error.
    #expect(verdict(form, [0, 0, 0], additionalError: 0.2) == .inconclusive)
  }

  @Test("zero spread compares the value, ends included")
  func zeroSpread() {
    let same = [2.5, 2.5, 2.5]
    #expect(verdict(.equals(value: 2, tolerance: 0.5), same) == .reproduced)
    #expect(verdict(.equals(value: 2, tolerance: 0.4), same) == .notReproduced)
    #expect(verdict(.atLeast(value: 2.5, margin: 0), same) == .reproduced)
    #expect(verdict(.atLeast(value: 2.6, margin: 0), same) == .notReproduced)
  }

  @Test("a diverged value is inconclusive")
  func diverged() {
    #expect(verdict(.equals(value: 0, tolerance: 1), [0, .nan, 0]) == .inconclusive)
    #expect(verdict(.atLeast(value: 0, margin: 1), [0, .infinity, 0]) == .inconclusive)
  }

  @Test(
    "circumstances take precedence in the documented order; limits stand beside what the test says")
  func precedence() {
    var circumstances = Circumstances(
      needsData: "a", notRun: "b", unverified: "c",
      limits: [
        Limit(.scaledDown, because: "20 % of the updates"), Limit(.otherHardware, because: "d"),
      ])
    let form = ClaimForm.equals(value: 0, tolerance: 1)
    func judged(_ values: [Double]) -> Judgement {
      Verdict.judge(form, values: values, circumstances: circumstances)
    }
    #expect(judged([0, 0, 0]) == Judgement(.needsData, because: "a"))
    circumstances.needsData = nil
    #expect(judged([0, 0, 0]) == Judgement(.notRun, because: "b"))
    circumstances.notRun = nil
    #expect(judged([]).verdict == .notRun)
    #expect(judged([0, 0, 0]) == Judgement(.unverifiedClaim, because: "c"))
    circumstances.unverified = nil
    #expect(
      judged([0, 0, 0]).words == "reproduced · scaled down: 20 % of the updates · other hardware")
    #expect(judged([3, 4, 5]).words.hasPrefix("not reproduced · scaled down"))
    #expect(judged([0, 4]).words.hasPrefix("inconclusive · scaled down"))
    circumstances.limits = []
    #expect(judged([0, 0, 0]).words == "reproduced" && judged([0, 0, 0]).limits == [])
  }

  @Test("what nobody published is met or not met, never reproduced")
  func ownExpectation() {
    let circumstances = Circumstances(limits: [Limit(.ownExpectation, because: "inferred")])
    func judged(_ values: [Double]) -> Judgement {
      Verdict.judge(
        .equals(value: 0, tolerance: 1), values: values, circumstances: circumstances)
    }
    #expect(judged([0, 0, 0]).words == "met · own expectation")
    #expect(judged([3, 4, 5]).words == "not met · own expectation")
    #expect(judged([0, 4]).words == "inconclusive · own expectation")
    #expect(judged([0, 0, 0]).reasons.hasSuffix("own expectation: inferred"))
  }

  @Test("reasons are sentences with the numbers in them")
  func reasons() {
    let judged = Verdict.judge(.equals(value: 0, tolerance: 0.1), values: change)
    #expect(judged.reason.hasPrefix("0.006 ± 0.02575 is within 0.1 of 0 (p = 0.0"))
    let wrong = Verdict.judge(.atLeast(value: 1, margin: 0), values: change)
    #expect(
      wrong.reason == "the 95 % interval 0.006 ± 0.02575 lies wholly outside: not above 1")
    let same = Verdict.judge(
      .equals(value: -1234.5678, tolerance: 0), values: [-3e-6, -3e-6, -3e-6])
    #expect(same.reason == "all 3 seeds give −3.0e-6, not within 0 of −1235")
    let few = Verdict.judge(.equals(value: 0, tolerance: 1), values: [0])
    #expect(few.reason == "one seed; a test needs 3")
  }

  @Test("claim forms survive JSON, one key per case")
  func coding() throws {
    let forms: [ClaimForm] = [
      .equals(value: 1, tolerance: 0.5), .atLeast(value: 2, margin: 0),
      .noWorseThan(value: 3, margin: 0.1), .exact(count: 4),
    ]
    let data = try JSONEncoder().encode(forms)
    #expect(try JSONDecoder().decode([ClaimForm].self, from: data) == forms)
    let text = #"{"atLeast":{"value":99,"margin":0.2}}"#
    let form = try JSONDecoder().decode(ClaimForm.self, from: Data(text.utf8))
    #expect(form == .atLeast(value: 99, margin: 0.2))
  }

  @Test("every verdict has its own words")
  func words() {
    #expect(Set(Verdict.allCases.map { $0.words }).count == Verdict.allCases.count)
  }

  /// Under the null hypothesis, five normal seeds at the very edge of the tolerance, a level-.05 test says
  /// reproduced in 5 % of cases.
  @Test("the test keeps its level at the edge of the tolerance")
  func level() {
    var state: UInt64 = 20_260_101
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
    }
    let trials = 4000
    var reproducedCount = 0
    for _ in 0..<trials {
      let values = (0..<5).map { _ in -0.1 + 0.05 * NormalDistribution.quantile(uniform()) }
      if verdict(.noWorseThan(value: 0, margin: 0.1), values) == .reproduced {
        reproducedCount += 1
      }
    }
    // Binomial standard error of 4,000 trials at .05 is .0034; four of them.
    #expect(abs(Double(reproducedCount) / Double(trials) - 0.05) < 0.0138)
  }
}
