// Gaussian processes against Gauss elimination, against numpy and scipy, against finite differences, and on what breaks them.

import BayesianOptimization
import Foundation
import Reproducibility
import Testing

/// Solves a dense system by Gauss elimination with column pivoting.
private func solution(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  var (rows, values) = (matrix, right)
  for pivot in rows.indices {
    let best = (pivot..<rows.count).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) } ?? pivot
    rows.swapAt(pivot, best)
    values.swapAt(pivot, best)
    for row in rows.indices where row != pivot {
      let factor = rows[row][pivot] / rows[pivot][pivot]
      for column in rows.indices { rows[row][column] -= factor * rows[pivot][column] }
      values[row] -= factor * values[pivot]
    }
  }
  return rows.indices.map { values[$0] / rows[$0][$0] }
}

/// A problem drawn from a seed.
private struct Drawn {
  let points: [[Double]]
  let values: [Double]
  let parameters: Hyperparameters
  let covariance: Covariance

  init(seed: UInt64, dimension: Int, count: Int, noise: Double = 1e-3) {
    var stream = RandomStream(Seed(seed).child("drawn"))
    points = (0..<count).map { _ in uniform(dimension, from: &stream) }
    values = uniform(count, -2, 5, from: &stream)
    parameters = Hyperparameters(
      lengthScales: uniform(dimension, 0.3, 1.5, from: &stream),
      amplitude: uniform(1, 0.5, 2, from: &stream)[0], noise: noise)
    covariance = seed % 2 == 0 ? .matern52 : .squaredExponential
  }

  func process(scaling: TargetScaling = .centred) throws -> GaussianProcess {
    try GaussianProcess(
      points: points, values: values, covariance: covariance, hyperparameters: parameters,
      scaling: scaling)
  }
}

@Suite("Gaussian processes") struct GaussianProcessTests {
  struct Oracle: Decodable {
    struct Posterior: Decodable {
      let covariance: Covariance
      let scaling: TargetScaling
      let points: [[Double]]
      let values: [Double]
      let lengthScales: [Double]
      let amplitude: Double
      let noise: Double
      let queries: [[Double]]
      let mean: [Double]
      let deviation: [Double]
      let logMarginalLikelihood: Double
    }

    let posteriors: [Posterior]
  }

  @Test("posterior and likelihood agree with numpy and scipy")
  func storedOracle() throws {
    let cases = try fixture("gaussian-process-oracle", as: Oracle.self).posteriors
    #expect(cases.count == 12)
    for stored in cases {
      let process = try GaussianProcess(
        points: stored.points, values: stored.values, covariance: stored.covariance,
        hyperparameters: .init(
          lengthScales: stored.lengthScales, amplitude: stored.amplitude, noise: stored.noise),
        scaling: stored.scaling)
      let predictions = process.predictions(at: stored.queries)
      for index in stored.queries.indices {
        #expect(isClose(predictions[index].mean, stored.mean[index], 1e-8))
        #expect(isClose(predictions[index].deviation, stored.deviation[index], 1e-8))
      }
      #expect(isClose(process.logMarginalLikelihood, stored.logMarginalLikelihood, 1e-8))
      #expect(process.jitter == 0)
    }
  }

  @Test("the posterior agrees with Gauss elimination", arguments: 0..<12 as Range<UInt64>)
  func elimination(seed: UInt64) throws {
    let dimension = 1 + Int(seed % 3)
    let drawn = Drawn(seed: seed, dimension: dimension, count: 3 + Int(seed))
    let process = try drawn.process()
    func covariance(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for axis in 0..<dimension {
        sum += pow((a[axis] - b[axis]) / drawn.parameters.lengthScales[axis], 2)
      }
      let r = sum.squareRoot()
      let correlation =
        drawn.covariance == .squaredExponential
        ? exp(-sum / 2) : (1 + 5.0.squareRoot() * r + 5 / 3 * sum) * exp(-5.0.squareRoot() * r)
      return pow(drawn.parameters.amplitude, 2) * correlation
    }
    var matrix = drawn.points.map { a in drawn.points.map { covariance(a, $0) } }
    for index in matrix.indices { matrix[index][index] += drawn.parameters.noise }
    let mean = drawn.values.reduce(0, +) / Double(drawn.values.count)
    let weights = solution(matrix, drawn.values.map { $0 - mean })
    var stream = RandomStream(Seed(seed).child("queries"))
    for _ in 0..<10 {
      let query = uniform(dimension, -0.5, 1.5, from: &stream)
      let cross = drawn.points.map { covariance($0, query) }
      let explained = zip(cross, solution(matrix, cross)).reduce(0) { $0 + $1.0 * $1.1 }
      let expectedMean = mean + zip(cross, weights).reduce(0) { $0 + $1.0 * $1.1 }
      let expected = max(0, covariance(query, query) - explained).squareRoot()
      let prediction = process.predictions(at: [query])[0]
      #expect(isClose(prediction.mean, expectedMean, 1e-8))
      #expect(isClose(prediction.deviation, expected, 1e-8))
    }
  }

  @Test(
    "the gradient of the likelihood is that of finite differences",
    arguments: 0..<8 as Range<UInt64>)
  func likelihoodGradient(seed: UInt64) throws {
    let drawn = Drawn(seed: seed, dimension: 1 + Int(seed % 3), count: 9, noise: 0.02)
    let gradient = try drawn.process().logMarginalLikelihoodGradient
    let logarithms = drawn.parameters.logarithms
    #expect(gradient.count == logarithms.count)
    let step = 1e-5
    for index in logarithms.indices {
      func likelihood(_ offset: Double) throws -> Double {
        var moved = logarithms
        moved[index] += offset
        return try GaussianProcess(
          points: drawn.points, values: drawn.values, covariance: drawn.covariance,
          hyperparameters: .init(logarithms: moved)
        ).logMarginalLikelihood
      }
      let difference = (try likelihood(step) - likelihood(-step)) / (2 * step)
      #expect(isClose(gradient[index], difference, 1e-6), "parameter \(index)")
    }
  }

  @Test(
    "the gradient of a prediction is that of finite differences", arguments: 0..<8 as Range<UInt64>)
  func predictionGradient(seed: UInt64) throws {
    let dimension = 1 + Int(seed % 3)
    let drawn = Drawn(seed: seed, dimension: dimension, count: 8)
    let process = try drawn.process(scaling: .standardised)
    var stream = RandomStream(Seed(seed).child("query"))
    let query = uniform(dimension, from: &stream)
    let slope = process.slope(at: query, weights: process.weights)
    let prediction = process.predictions(at: [query])[0]
    #expect(isClose(slope.prediction.mean, prediction.mean, 1e-12))
    #expect(isClose(slope.prediction.deviation, prediction.deviation, 1e-9))
    let step = 1e-5
    for axis in 0..<dimension {
      var (above, below) = (query, query)
      above[axis] += step
      below[axis] -= step
      let ends = process.predictions(at: [above, below])
      let mean = (ends[0].mean - ends[1].mean) / (2 * step)
      let deviation = (ends[0].deviation - ends[1].deviation) / (2 * step)
      #expect(isClose(slope.meanGradient[axis], mean, 1e-6))
      #expect(isClose(slope.deviationGradient[axis], deviation, 1e-5))
    }
  }

  @Test(
    "without noise the mean interpolates, and the deviation at a sample is the root of the noise")
  func interpolation() throws {
    for noise in [1e-6, 1e-8, 1e-10] {
      let points = [0.05, 0.3, 0.55, 0.95]
      let values = [0.9, 0.91, 0.7, 0.1]
      let process = try GaussianProcess(
        points: points.map { [$0] }, values: values,
        hyperparameters: .init(lengthScales: [0.3], noise: noise))
      for (prediction, value) in zip(process.predictions(at: points), values) {
        #expect(abs(prediction.mean - value) < 100 * noise)
        #expect(abs(prediction.deviation / noise.squareRoot() - 1) < 1e-3)
      }
    }
  }

  @Test("the posterior does not depend on the order of samples")
  func order() throws {
    let drawn = Drawn(seed: 4, dimension: 2, count: 12)
    var stream = RandomStream(Seed(5))
    let order = stream.permutation(12)
    let shuffled = try GaussianProcess(
      points: order.map { drawn.points[$0] }, values: order.map { drawn.values[$0] },
      covariance: drawn.covariance, hyperparameters: drawn.parameters)
    let queries = (0..<20).map { _ in uniform(2, from: &stream) }
    let pairs = zip(try drawn.process().predictions(at: queries), shuffled.predictions(at: queries))
    for (straight, other) in pairs {
      #expect(isClose(straight.mean, other.mean, 1e-10))
      #expect(isClose(straight.deviation, other.deviation, 1e-10))
    }
  }

  @Test("without samples the prediction is the prior")
  func prior() throws {
    let process = try GaussianProcess(
      points: [], values: [],
      hyperparameters: .init(lengthScales: [1, 2], amplitude: 3, noise: 0.1))
    #expect(process.predictions(at: [[0.5, 7]]) == [.init(mean: 0, deviation: 3)])
  }

  @Test("repeated points need jitter without noise and none with it, and average their values")
  func repeatedPoints() throws {
    let points = [[0.4], [0.4], [0.4], [0.9]]
    let values = [1.0, 2, 3, 0]
    let exact = try GaussianProcess(
      points: points, values: values, hyperparameters: .init(lengthScales: [1], noise: 0))
    #expect(exact.jitter > 0 && exact.jitter <= 1e-8)
    #expect(abs(exact.predictions(at: [0.4])[0].mean - 2) < 1e-3)
    let noisy = try GaussianProcess(
      points: points, values: values, hyperparameters: .init(lengthScales: [1], noise: 1e-6))
    #expect(noisy.jitter == 0)
    #expect(abs(noisy.predictions(at: [0.4])[0].mean - 2) < 1e-3)
    let fitted = try GaussianProcess.fitted(
      points: points, values: values, dimension: 1, by: .init(), seed: Seed(1))
    #expect(fitted.predictions(at: [0.4])[0].mean.isFinite)
  }

  @Test(
    "a flat objective gives its value back, without blowing up rounding", arguments: [0, 0.1, 1e6])
  func flatObjective(value: Double) throws {
    let points = [[0.1], [0.35], [0.6], [0.85]]
    let values = [value, value, value.nextUp, value]
    let process = try GaussianProcess.fitted(
      points: points, values: values, dimension: 1, by: .init(), seed: Seed(2))
    #expect(process.scale == 1)
    #expect(isClose(process.predictions(at: [0.5])[0].mean, value, 1e-12))
    #expect(process.predictions(at: [0.5])[0].deviation > 0)
  }

  @Test("fitted predictions follow a change of units by a million")
  func units() throws {
    let drawn = Drawn(seed: 6, dimension: 2, count: 10)
    func fitted(_ factor: Double, _ offset: Double) throws -> GaussianProcess {
      try GaussianProcess.fitted(
        points: drawn.points, values: drawn.values.map { factor * $0 + offset }, dimension: 2,
        by: .init(), seed: Seed(3))
    }
    let queries = [[0.2, 0.3], [0.9, 0.1], [0.5, 0.5]]
    let plain = try fitted(1, 0).predictions(at: queries)
    let scaled = try fitted(1e6, 3e5).predictions(at: queries)
    for (small, large) in zip(plain, scaled) {
      #expect(isClose(large.mean, 1e6 * small.mean + 3e5, 1e-5))
      #expect(isClose(large.deviation, 1e6 * small.deviation, 1e-5))
    }
  }

  @Test("a fit finds the likelihood's maximum and repeats itself bit by bit")
  func fit() throws {
    let points = (0..<12).map { [Double($0) / 11] }
    let values = points.map { sin(9 * $0[0]) + 0.3 * $0[0] }
    var settings = GaussianProcessFit()
    settings.lengthScale = .flat(start: 1)
    settings.amplitude = .flat(start: 1)
    settings.noise = .fixed(1e-4)
    let fitted = try GaussianProcess.fitted(
      points: points, values: values, dimension: 1, by: settings, seed: Seed(4))
    #expect(fitted.hyperparameters.noise == 1e-4)
    let gradient = fitted.logMarginalLikelihoodGradient
    #expect(abs(gradient[0]) < 1e-2 && abs(gradient[1]) < 1e-2, "\(gradient)")
    for factor in [0.2, 0.5, 0.9, 1.1, 2, 5] {
      var other = fitted.hyperparameters
      other.lengthScales[0] *= factor
      let rival = try GaussianProcess(
        points: points, values: values, hyperparameters: other, scaling: .standardised)
      #expect(rival.logMarginalLikelihood < fitted.logMarginalLikelihood)
    }
    let again = try GaussianProcess.fitted(
      points: points, values: values, dimension: 1, by: settings, seed: Seed(4))
    #expect(again == fitted)
  }

  @Test("a strong prior draws the length scale towards its median")
  func priorPull() throws {
    let points = (0..<6).map { [Double($0) / 5] }
    let values = points.map { sin(9 * $0[0]) }
    func lengthScale(_ prior: LogNormalPrior) throws -> Double {
      var settings = GaussianProcessFit()
      settings.lengthScale = prior
      return try GaussianProcess.fitted(
        points: points, values: values, dimension: 1, by: settings, seed: Seed(4)
      ).hyperparameters.lengthScales[0]
    }
    let free = try lengthScale(.flat(start: 1))
    let drawn = try lengthScale(.init(median: 3, logDeviation: 0.3))
    let held = try lengthScale(.init(median: 3, logDeviation: 0.001))
    #expect(free < drawn && drawn < held && abs(held - 3) < 0.05)
  }

  @Test("what cannot be modelled is an error that says which number")
  func failures() throws {
    let parameters = Hyperparameters(lengthScales: [1], noise: 1e-6)
    func failure(_ points: [[Double]], _ values: [Double], _ parameters: Hyperparameters)
      -> GaussianProcessError?
    {
      do {
        _ = try GaussianProcess(points: points, values: values, hyperparameters: parameters)
        return nil
      } catch { return error }
    }
    #expect(failure([[0], [1]], [1, .nan], parameters) == .notFinite(sample: 1))
    #expect(failure([[.infinity], [1]], [1, 2], parameters) == .notFinite(sample: 0))
    #expect(failure([[0], [1]], [1, 1e200], parameters) == .notFinite(sample: 1))
    for impossible in [
      Hyperparameters(lengthScales: [0], noise: 0), .init(lengthScales: [1], noise: -1),
      .init(lengthScales: [1], amplitude: 0, noise: 0),
    ] {
      #expect(failure([[0]], [1], impossible) == .hyperparameters(impossible))
    }
  }
}
