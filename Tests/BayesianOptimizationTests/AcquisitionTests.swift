// Acquisitions against quadrature and scipy, in the far tail, and where the deviation is 0.

import BayesianOptimization
import Foundation
import Testing

@Suite("Acquisitions") struct AcquisitionTests {
  typealias Prediction = GaussianProcess.Prediction

  struct Tails: Decodable {
    struct Tail: Decodable {
      let z: Double
      let logProbability: Double
      let logImprovement: Double
    }

    let tails: [Tail]
  }

  @Test("logarithms of probability and improvement agree with scipy down to a million deviations")
  func tails() throws {
    let tails = try fixture("gaussian-process-oracle", as: Tails.self).tails
    #expect(tails.contains { $0.z == -40 } && tails.contains { $0.z == -1e6 })
    for tail in tails {
      let prediction = Prediction(mean: tail.z, deviation: 1)
      let improvement = Acquisition.logExpectedImprovement(prediction, over: 0)
      let probability = Acquisition.logProbability(of: prediction, atLeast: 0)
      #expect(abs(improvement - tail.logImprovement) <= 1e-12 * max(1, abs(improvement)))
      #expect(abs(probability - tail.logProbability) <= 1e-12 * abs(probability))
    }
  }

  @Test("the logarithm of improvement is finite and rising", arguments: [-40, -1e3, -1e6])
  func farTail(z: Double) {
    let here = Acquisition.logExpectedImprovement(.init(mean: z, deviation: 1), over: 0)
    let nearer = Acquisition.logExpectedImprovement(.init(mean: z * 0.999, deviation: 1), over: 0)
    #expect(here.isFinite && nearer > here)
  }

  @Test("expected improvement is the integral it stands for", arguments: [-2, -0.3, 0, 0.7, 3])
  func integral(gap: Double) {
    let prediction = Prediction(mean: 1 + gap, deviation: 0.8)
    var sum = 0.0
    let parts = 200_000
    for part in 0..<parts {  // the middle rule over ten deviations either side
      let u = -10 + 20 * (Double(part) + 0.5) / Double(parts)
      let value = prediction.mean + prediction.deviation * u
      sum += max(0, value - 1) * exp(-0.5 * u * u) * 20 / Double(parts)
    }
    let expected = sum / (2 * Double.pi).squareRoot()
    #expect(abs(Acquisition.expectedImprovement(prediction, over: 1) - expected) < 1e-8)
  }

  @Test("at a known point improvement is what the mean improves, and a level is reached or not")
  func certainty() {
    let known = Prediction(mean: 2, deviation: 0)
    #expect(Acquisition.expectedImprovement(known, over: 1.5) == 0.5)
    #expect(Acquisition.expectedImprovement(known, over: 3) == 0)
    #expect(Acquisition.logExpectedImprovement(known, over: 3) == -.infinity)
    #expect(Acquisition.logProbability(of: known, atLeast: 2) == 0)
    #expect(Acquisition.logProbability(of: known, atLeast: 2.1) == -.infinity)
  }

  @Test("bounds, straddle and the level-set acquisition are their formulas")
  func formulas() {
    let prediction = Prediction(mean: 0.7, deviation: 0.2)
    #expect(isClose(Acquisition.upperConfidenceBound(prediction, kappa: 2), 1.1, 1e-15))
    #expect(isClose(Acquisition.lowerConfidenceBound(prediction, kappa: 2), 0.3, 1e-15))
    #expect(isClose(Acquisition.straddle(prediction, level: 1, kappa: 2), 0.1, 1e-15))
    let score = Acquisition.levelSet(prediction, level: 0.9, gamma: 0.75)
    #expect(isClose(score, 0.25 * 0.2 - 0.75 * 0.2, 1e-15))
    let other = Prediction(mean: 0.5, deviation: 0.4)
    let normalised = Acquisition.normalisedLevelSet([prediction, other], level: 0.9, gamma: 0.75)
    #expect(isClose(normalised[0], 0.25 * 0.5 - 0.75 * 0.5, 1e-12))
    #expect(isClose(normalised[1], 0.25 - 0.75, 1e-12))
  }

  @Test("constrained improvement multiplies by the probabilities that constraints hold")
  func constrained() {
    let prediction = Prediction(mean: 1, deviation: 0.5)
    let limits = [Prediction(mean: -0.2, deviation: 0.4), Prediction(mean: 0.3, deviation: 0.6)]
    let product =
      Acquisition.expectedImprovement(prediction, over: 1.1)
      * 0.5 * erfc(-0.5 / 2.0.squareRoot()) * 0.5 * erfc(0.5 / 2.0.squareRoot())
    let value = Acquisition.logConstrainedImprovement(prediction, over: 1.1, constraints: limits)
    #expect(isClose(value, log(product), 1e-12))
    let feasibility = Acquisition.logConstrainedImprovement(
      prediction, over: nil, constraints: [limits[0]])
    #expect(isClose(feasibility, log(0.5 * erfc(-0.5 / 2.0.squareRoot())), 1e-12))
  }

  @Test("the highest score is the first among equals, and numbers win over none")
  func highest() {
    #expect(Acquisition.highest([1, 3, 3, 2]) == 1)
    #expect(Acquisition.highest([.nan, -.infinity, .nan]) == 1)
    #expect(Acquisition.highest([.nan]) == nil)
    #expect(Acquisition.highest([]) == nil)
  }
}
