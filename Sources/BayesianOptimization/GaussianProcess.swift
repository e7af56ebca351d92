// Gaussian-process regression: condition on samples, then ask for the posterior mean and latent standard deviation.
// K + αI = L·Lᵀ is factorised once; z = L⁻¹y gives the mean, V = L⁻¹k the variance. Source: Rasmussen and Williams 2006, alg. 2.1.

import Foundation
import Kernels

/// What is done to the targets before they are modelled, and undone in every prediction.
public enum TargetScaling: String, Codable, Hashable, Sendable, CaseIterable {
  /// The mean is subtracted.
  case centred
  /// The mean is subtracted and the result divided by the standard deviation (with n in the denominator).
  case standardised
}

/// Why samples cannot be modelled.
public enum GaussianProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A coordinate or target of a sample is not finite, or too large to be squared.
  case notFinite(sample: Int)
  /// A length scale or the amplitude is not positive and finite, or the noise is negative.
  case hyperparameters(Hyperparameters)
  /// The covariance matrix is not positive definite, even with this much added to its diagonal.
  case notPositiveDefinite(minor: Int, jitter: Double)

  public var description: String {
    switch self {
    case .notFinite(let sample):
      return "sample \(sample) has a number that is not finite or too large"
    case .hyperparameters(let parameters):
      return "no Gaussian process has the parameters \(parameters)"
    case .notPositiveDefinite(let minor, let jitter):
      return "the covariance of the first \(minor) samples is singular, even with \(jitter) added"
    }
  }
}

/// A Gaussian process conditioned on samples.
public struct GaussianProcess: Hashable, Sendable {
  /// A normal distribution of the function's value at one point; noise is not included.
  public struct Prediction: Hashable, Sendable {
    /// The posterior mean, in units of the targets.
    public var mean: Double
    /// The posterior standard deviation of the latent function, in units of the targets.
    public var deviation: Double

    public init(mean: Double, deviation: Double) {
      self.mean = mean
      self.deviation = deviation
    }
  }

  /// The covariance.
  public let covariance: Covariance
  /// Its parameters, in units of the scaled targets.
  public let hyperparameters: Hyperparameters
  /// What was added to the diagonal besides the noise to make the factorisation possible; usually 0.
  public let jitter: Double
  /// The number of samples.
  public let sampleCount: Int
  /// What was subtracted from the targets.
  public let shift: Double
  /// What the centred targets were divided by.
  public let scale: Double

  let points: PointTable
  /// L, `[sampleCount, sampleCount]`.
  let factor: [Double]
  /// z = L⁻¹y of the scaled targets y.
  let whitened: [Double]

  /// The number of coordinates.
  public var dimension: Int { hyperparameters.lengthScales.count }

  /// Conditions on samples; without any, predictions are those of the prior.
  ///
  /// Equal points are fine: if noise does not make the covariance matrix positive definite, jitter
  /// grows from 10⁻¹²·a² by factors of ten to 10⁻²·a².
  ///
  /// - Parameters:
  ///   - points: one row of coordinates per sample.
  ///   - values: the targets, in the same order.
  ///   - scaling: what is done to the targets first; flat targets are only centred.
  /// - Throws: `GaussianProcessError` for numbers that cannot be modelled.
  /// - Precondition: there are as many values as points, and each point has one coordinate per length
  ///   scale.
  public init(
    points: [[Double]], values: [Double], covariance: Covariance = .matern52,
    hyperparameters: Hyperparameters, scaling: TargetScaling = .centred
  ) throws(GaussianProcessError) {
    precondition(
      points.count == values.count, "\(points.count) points cannot have \(values.count) values")
    let table = PointTable(points, dimension: hyperparameters.lengthScales.count)
    let targets = try ScaledTargets(values, scaling: scaling, at: table)
    try self.init(table, targets, covariance, hyperparameters)
  }

  init(
    _ points: PointTable, _ targets: ScaledTargets, _ covariance: Covariance,
    _ hyperparameters: Hyperparameters
  ) throws(GaussianProcessError) {
    try hyperparameters.requirePossible()
    let count = points.count
    let variance = hyperparameters.amplitude * hyperparameters.amplitude
    var matrix = [Double](repeating: 0, count: count * count)
    points.visitPairs(scaledBy: hyperparameters.lengthScales) { row, column, squaredDistance in
      matrix[row * count + column] =
        variance * covariance.correlationAndSlope(squaredDistance).correlation
    }
    for row in 0..<count { matrix[row * count + row] = variance + hyperparameters.noise }
    let (factor, jitter) = try Self.factored(matrix, count, variance: variance)
    var whitened = targets.values
    var solution = whitened.mutableSpan
    solveTriangular(factor.span, &solution, order: count, columns: 1)
    self.covariance = covariance
    self.hyperparameters = hyperparameters
    self.jitter = jitter
    sampleCount = count
    shift = targets.shift
    scale = targets.scale
    self.points = points
    self.factor = factor
    self.whitened = whitened
  }

  /// The Cholesky factor of the matrix, with as little jitter as it takes.
  private static func factored(
    _ matrix: [Double], _ count: Int, variance: Double
  ) throws(GaussianProcessError) -> (factor: [Double], jitter: Double) {
    var jitter = 0.0
    var failedMinor = 0
    for exponent in -13...(-2) {
      if exponent > -13 { jitter = variance * pow(10, Double(exponent)) }
      var factor = matrix
      for row in 0..<count { factor[row * count + row] += jitter }
      var span = factor.mutableSpan
      guard let minor = factorCholesky(&span, order: count) else { return (factor, jitter) }
      failedMinor = minor
    }
    throw .notPositiveDefinite(minor: failedMinor, jitter: jitter)
  }

  /// The posterior at each of some points.
  ///
  /// - Precondition: each point has `dimension` coordinates.
  public func predictions(at points: [[Double]]) -> [Prediction] {
    predictions(at: PointTable(points, dimension: dimension))
  }

  /// The posterior at points with one coordinate.
  ///
  /// - Precondition: `dimension` is 1.
  public func predictions(at points: [Double]) -> [Prediction] {
    precondition(dimension == 1, "points with one coordinate in \(dimension) dimensions")
    return predictions(at: PointTable(coordinates: points, dimension: 1))
  }

  private func predictions(at targets: PointTable) -> [Prediction] {
    let columns = targets.count
    let amplitude = hyperparameters.amplitude
    let variance = amplitude * amplitude
    var cross = points.squaredDistances(to: targets, scaledBy: hyperparameters.lengthScales)
    for index in cross.indices {
      cross[index] = variance * covariance.correlationAndSlope(cross[index]).correlation
    }
    var span = cross.mutableSpan
    solveTriangular(factor.span, &span, order: sampleCount, columns: columns)
    var means = [Double](repeating: 0, count: columns)
    var explained = means
    for row in 0..<sampleCount {
      let target = whitened[row]
      let start = row * columns
      for column in 0..<columns {
        let value = cross[start + column]
        means[column] += target * value
        explained[column] += value * value
      }
    }
    return means.indices.map { column in
      let latent = max(0, variance - explained[column]).squareRoot()
      return Prediction(mean: shift + scale * means[column], deviation: scale * latent)
    }
  }
}

extension Hyperparameters {
  fileprivate func requirePossible() throws(GaussianProcessError) {
    let isPossible =
      !lengthScales.isEmpty && lengthScales.allSatisfy { $0 > 0 && $0.isFinite } && amplitude > 0
      && amplitude.isFinite && noise >= 0 && noise.isFinite
    if !isPossible { throw .hyperparameters(self) }
  }
}

/// Points as rows of one array.
struct PointTable: Hashable, Sendable {
  let coordinates: [Double]
  let dimension: Int

  var count: Int { coordinates.count / dimension }

  init(coordinates: [Double], dimension: Int) {
    self.coordinates = coordinates
    self.dimension = dimension
  }

  init(_ points: [[Double]], dimension: Int) {
    for (index, point) in points.enumerated() {
      precondition(
        point.count == dimension,
        "point \(index) has \(point.count) coordinates, expected \(dimension)")
    }
    self.init(coordinates: points.flatMap { $0 }, dimension: max(1, dimension))
  }

  /// Calls `body` with the scaled squared distance of every pair below the diagonal.
  @inline(__always)
  func visitPairs(scaledBy lengthScales: [Double], _ body: (Int, Int, Double) -> Void) {
    for row in 0..<count {
      for column in 0..<row {
        var sum = 0.0
        for axis in 0..<dimension {
          let difference =
            (coordinates[row * dimension + axis] - coordinates[column * dimension + axis])
            / lengthScales[axis]
          sum += difference * difference
        }
        body(row, column, sum)
      }
    }
  }

  /// `[count, targets.count]`: the scaled squared distance of every point to every target.
  func squaredDistances(to targets: PointTable, scaledBy lengthScales: [Double]) -> [Double] {
    let columns = targets.count
    var distances = [Double](repeating: 0, count: count * columns)
    for row in 0..<count {
      for axis in 0..<dimension {
        let coordinate = coordinates[row * dimension + axis]
        let inverse = 1 / lengthScales[axis]
        for column in 0..<columns {
          let difference =
            (coordinate - targets.coordinates[column * dimension + axis]) * inverse
          distances[row * columns + column] += difference * difference
        }
      }
    }
    return distances
  }
}

/// Targets with mean zero, and what undoes that.
struct ScaledTargets: Hashable, Sendable {
  let values: [Double]
  let shift: Double
  let scale: Double

  init(
    _ values: [Double], scaling: TargetScaling, at points: PointTable
  ) throws(GaussianProcessError) {
    let count = Double(max(1, values.count))
    let largest = 1e150  // the root of what Double can hold, less room for sums
    for (index, value) in values.enumerated() where !(abs(value) < largest) {
      throw .notFinite(sample: index)
    }
    for (index, coordinate) in points.coordinates.enumerated() where !(abs(coordinate) < largest) {
      throw .notFinite(sample: index / points.dimension)
    }
    let shift = values.reduce(0, +) / count
    let centred = values.map { $0 - shift }
    let magnitude = values.reduce(0) { max($0, abs($1)) }
    let deviation = (centred.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    // A spread that is rounding and nothing else must not be blown up to 1.
    let isFlat = deviation <= 1e-13 * magnitude
    self.shift = shift
    scale = scaling == .centred || isFlat ? 1 : deviation
    let divisor = scale
    self.values = centred.map { $0 / divisor }
  }
}
