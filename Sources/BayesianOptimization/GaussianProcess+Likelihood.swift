// The log marginal likelihood and its gradient with respect to the logarithms of the parameters, and the gradient of a
// prediction with respect to the point. Source: Rasmussen and Williams 2006, eqs. 2.30 and 5.9.

import Foundation
import Kernels

extension GaussianProcess {
  /// log p(y | points, parameters) of the scaled targets.
  public var logMarginalLikelihood: Double {
    var sum = -0.5 * Double(sampleCount) * log(2 * Double.pi)
    for row in 0..<sampleCount {
      sum -= 0.5 * whitened[row] * whitened[row] + log(factor[row * sampleCount + row])
    }
    return sum
  }

  /// The gradient of `logMarginalLikelihood` in the coordinates of `Hyperparameters.logarithms`.
  ///
  /// ½·tr((w·wᵀ − K⁻¹)·∂K) with w = K⁻¹y. Jitter counts as a constant.
  public var logMarginalLikelihoodGradient: [Double] {
    let lengthScales = hyperparameters.lengthScales
    let variance = hyperparameters.amplitude * hyperparameters.amplitude
    let weights = weights
    var inverse = factor
    var span = inverse.mutableSpan
    invertFromCholesky(&span, order: sampleCount)

    var gradient = [Double](repeating: 0, count: dimension + 2)
    let coordinates = points.coordinates
    // Off the diagonal each pair counts twice, which cancels the ½.
    points.visitPairs(scaledBy: lengthScales) { row, column, squaredDistance in
      let (correlation, slope) = covariance.correlationAndSlope(squaredDistance)
      let sensitivity = weights[row] * weights[column] - inverse[row * sampleCount + column]
      for axis in 0..<dimension {
        let difference =
          (coordinates[row * dimension + axis] - coordinates[column * dimension + axis])
          / lengthScales[axis]
        gradient[axis] -= 2 * sensitivity * variance * slope * difference * difference
      }
      gradient[dimension] += 2 * sensitivity * variance * correlation
    }
    for row in 0..<sampleCount {
      let sensitivity = weights[row] * weights[row] - inverse[row * sampleCount + row]
      gradient[dimension] += sensitivity * variance
      gradient[dimension + 1] += 0.5 * sensitivity * hyperparameters.noise
    }
    return gradient
  }

  /// w = K⁻¹y of the scaled targets: the mean is a sum of covariances with these weights.
  package var weights: [Double] {
    var weights = whitened
    var span = weights.mutableSpan
    solveTriangular(factor.span, transposed: true, &span, order: sampleCount, columns: 1)
    return weights
  }

  /// A prediction and how it changes with the point.
  package struct Slope {
    package var prediction: Prediction
    package var meanGradient: [Double]
    package var deviationGradient: [Double]
  }

  /// The posterior at one point and its gradient; where the deviation is 0 its gradient is given as 0.
  ///
  /// - Parameter weights: `weights`, which the caller computes once.
  package func slope(at point: [Double], weights: [Double]) -> Slope {
    let lengthScales = hyperparameters.lengthScales
    let variance = hyperparameters.amplitude * hyperparameters.amplitude
    let coordinates = points.coordinates
    var whitenedCross = [Double](repeating: 0, count: sampleCount)
    var slopes = whitenedCross
    for row in 0..<sampleCount {
      var squaredDistance = 0.0
      for axis in 0..<dimension {
        let difference = (point[axis] - coordinates[row * dimension + axis]) / lengthScales[axis]
        squaredDistance += difference * difference
      }
      let (correlation, slope) = covariance.correlationAndSlope(squaredDistance)
      whitenedCross[row] = variance * correlation
      slopes[row] = variance * slope
    }
    var span = whitenedCross.mutableSpan
    solveTriangular(factor.span, &span, order: sampleCount, columns: 1)
    var (mean, explained) = (0.0, 0.0)
    for row in 0..<sampleCount {
      mean += whitened[row] * whitenedCross[row]
      explained += whitenedCross[row] * whitenedCross[row]
    }
    var projected = whitenedCross
    var projectedSpan = projected.mutableSpan
    solveTriangular(factor.span, transposed: true, &projectedSpan, order: sampleCount, columns: 1)

    let deviation = max(0, variance - explained).squareRoot()
    var meanGradient = [Double](repeating: 0, count: dimension)
    var deviationGradient = meanGradient
    for axis in 0..<dimension {
      var (meanSum, varianceSum) = (0.0, 0.0)
      for row in 0..<sampleCount {
        let derivative =
          2 * slopes[row] * (point[axis] - coordinates[row * dimension + axis])
          / (lengthScales[axis] * lengthScales[axis])
        meanSum += weights[row] * derivative
        varianceSum -= 2 * projected[row] * derivative
      }
      meanGradient[axis] = scale * meanSum
      deviationGradient[axis] = deviation > 0 ? scale * varianceSum / (2 * deviation) : 0
    }
    return Slope(
      prediction: Prediction(mean: shift + scale * mean, deviation: scale * deviation),
      meanGradient: meanGradient, deviationGradient: deviationGradient)
  }
}
