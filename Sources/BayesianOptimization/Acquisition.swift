// Acquisitions: how much a sample at a point promises, given the posterior there. All are to be maximised.
// Plain functions of a prediction; improvements and probabilities are also given as logarithms, which do not underflow.

import Foundation

/// Acquisition functions of a Gaussian process's prediction.
///
/// Sources: confidence bounds Srinivas et al. 2010; expected improvement Jones, Schonlau and Welch 1998, its
/// logarithm Ament et al. 2023; constrained improvement Gardner et al. 2014; straddle Bryan et al. 2005; level-set
/// bound condensa, eq. 8.
public enum Acquisition {
  /// m + κσ.
  public static func upperConfidenceBound(
    _ prediction: GaussianProcess.Prediction, kappa: Double
  ) -> Double {
    prediction.mean + kappa * prediction.deviation
  }

  /// m − κσ, which is minimised rather than maximised: the optimistic value of a quantity that should be small.
  public static func lowerConfidenceBound(
    _ prediction: GaussianProcess.Prediction, kappa: Double
  ) -> Double {
    prediction.mean - kappa * prediction.deviation
  }

  /// E[max(0, f − best)] for f normal; max(0, m − best) where σ is 0.
  public static func expectedImprovement(
    _ prediction: GaussianProcess.Prediction, over best: Double
  ) -> Double {
    if prediction.deviation <= 0 { return max(0, prediction.mean - best) }
    return exp(logExpectedImprovement(prediction, over: best))
  }

  /// The logarithm of `expectedImprovement`, finite wherever σ > 0 and ((m − best)/σ)² is.
  public static func logExpectedImprovement(
    _ prediction: GaussianProcess.Prediction, over best: Double
  ) -> Double {
    if prediction.deviation <= 0 { return log(max(0, prediction.mean - best)) }
    let standard = (prediction.mean - best) / prediction.deviation
    return log(prediction.deviation) + NormalTail.logImprovement(standard).value
  }

  /// log P(f ≥ level).
  public static func logProbability(
    of prediction: GaussianProcess.Prediction, atLeast level: Double
  ) -> Double {
    if prediction.deviation <= 0 { return prediction.mean >= level ? 0 : -.infinity }
    return NormalTail.logProbability(
      atMost: (prediction.mean - level) / prediction.deviation
    ).value
  }

  /// The logarithm of expected improvement times the probability that every constraint is at most 0.
  ///
  /// - Parameters:
  ///   - best: the best feasible value so far; nil if there is none, then feasibility alone counts.
  ///   - constraints: predictions of independent constraint functions.
  public static func logConstrainedImprovement(
    _ prediction: GaussianProcess.Prediction, over best: Double?,
    constraints: [GaussianProcess.Prediction]
  ) -> Double {
    var sum = best.map { logExpectedImprovement(prediction, over: $0) } ?? 0
    for constraint in constraints {
      let slack = GaussianProcess.Prediction(
        mean: -constraint.mean, deviation: constraint.deviation)
      sum += logProbability(of: slack, atLeast: 0)
    }
    return sum
  }

  /// κσ − |m − level|.
  public static func straddle(
    _ prediction: GaussianProcess.Prediction, level: Double, kappa: Double
  ) -> Double {
    kappa * prediction.deviation - abs(prediction.mean - level)
  }

  /// (1 − γ)·σ − γ·|m − level|: implicit level-set search. Source: condensa, eq. 8.
  public static func levelSet(
    _ prediction: GaussianProcess.Prediction, level: Double, gamma: Double
  ) -> Double {
    (1 - gamma) * prediction.deviation - gamma * abs(prediction.mean - level)
  }

  /// `levelSet` at each of some points, with σ and |m − level| divided by their largest values among them.
  ///
  /// Garg et al. 2016 weigh them like this; condensa, eq. 8, does not. A maximum of 0 divides nothing.
  public static func normalisedLevelSet(
    _ predictions: [GaussianProcess.Prediction], level: Double, gamma: Double
  ) -> [Double] {
    var (largestDeviation, largestDistance) = (0.0, 0.0)
    for prediction in predictions {
      largestDeviation = max(largestDeviation, prediction.deviation)
      largestDistance = max(largestDistance, abs(prediction.mean - level))
    }
    let deviationUnit = largestDeviation > 0 ? largestDeviation : 1
    let distanceUnit = largestDistance > 0 ? largestDistance : 1
    return predictions.map { prediction in
      let distance = abs(prediction.mean - level) / distanceUnit
      return (1 - gamma) * prediction.deviation / deviationUnit - gamma * distance
    }
  }

  /// The position of the largest score, the first among equals; nil if there is no number among them.
  public static func highest(_ scores: [Double]) -> Int? {
    var best: Int?
    for (index, score) in scores.enumerated() where !score.isNaN {
      if let current = best, scores[current] >= score { continue }
      best = index
    }
    return best
  }
}
