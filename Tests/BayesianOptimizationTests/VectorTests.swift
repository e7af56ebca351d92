// The shared vectors of Condensa's sparsity search, every case through the public API.

import BayesianOptimization
import Foundation
import Reproducibility
import Testing

@Suite("Shared vectors of the sparsity search") struct VectorTests {
  struct Case: Decodable, CustomTestStringConvertible, Sendable {
    let id: String
    let kind: String
    let input: JSONValue
    let expected: JSONValue
    var testDescription: String { id }
  }

  struct File: Decodable {
    let count: Int
    let cases: [Case]
  }

  /// What the file says about Gaussian processes.
  static let tolerance = 1e-8

  static func cases(_ kind: String) throws -> [Case] {
    try fixture("condensa-bayesopt", as: File.self).cases.filter { $0.kind == kind }
  }

  private func process(_ input: JSONValue) throws -> GaussianProcess {
    let points = try #require(input["X"]?.doubles)
    return try GaussianProcess(
      points: points.map { [$0] }, values: try #require(input["y"]?.doubles),
      hyperparameters: .init(
        lengthScales: [try #require(input["length_scale"]?.double)],
        noise: try #require(input["alpha"]?.double)))
  }

  @Test("every case of the file is of a kind that is checked here")
  func nothingIsOverlooked() throws {
    let file = try fixture("condensa-bayesopt", as: File.self)
    let checked: Set = ["matern52", "gp_posterior", "acquisition_argmax", "search_baseline"]
    #expect(file.cases.count == file.count && file.count == 18)
    #expect(Set(file.cases.map { $0.kind }) == checked)
  }

  @Test("the Matérn covariance has the stored values", arguments: try Self.cases("matern52"))
  func matern(_ vector: Case) throws {
    let ratio = try #require(vector.input["r_over_length"]?.double)
    let expected = try #require(vector.expected["k"]?.double)
    let value = Covariance.matern52.correlation(scaledSquaredDistance: ratio * ratio)
    #expect(abs(value - expected) <= Self.tolerance)
  }

  @Test(
    "posterior mean and deviation are the stored ones", arguments: try Self.cases("gp_posterior"))
  func posterior(_ vector: Case) throws {
    let queries = try #require(vector.input["xs"]?.doubles)
    let means = try #require(vector.expected["mean"]?.doubles)
    let deviations = try #require(vector.expected["std"]?.doubles)
    let predictions = try process(vector.input).predictions(at: queries)
    #expect(predictions.count == means.count && means.count == deviations.count)
    for (prediction, (mean, deviation)) in zip(predictions, zip(means, deviations)) {
      #expect(abs(prediction.mean - mean) <= Self.tolerance)
      #expect(abs(prediction.deviation - deviation) <= Self.tolerance)
    }
  }

  @Test(
    "the level-set acquisition is largest at the stored grid point",
    arguments: try Self.cases("acquisition_argmax"))
  func argmax(_ vector: Case) throws {
    let level = try #require(vector.input["L"]?.double)
    let gamma = try #require(vector.input["gamma"]?.double)
    let domain = try #require(vector.input["domain"]?.string)
    let floor = domain.hasPrefix("0.5 <") ? 0.5 : -1
    #expect(floor == 0.5 || domain == "0 <= s <= 1", "unknown domain \(domain)")
    let grid = (0...1000).map { Double($0) / 1000 }.filter { $0 > floor }
    let scores = try process(vector.input).predictions(at: grid).map {
      Acquisition.levelSet($0, level: level, gamma: gamma)
    }
    let best = try #require(Acquisition.highest(scores))
    #expect(grid[best] == vector.expected["argmax"]?.double)
  }

  @Test("bisection on the published curve takes the stored ten steps")
  func bisection() throws {
    let vector = try #require(
      try Self.cases("search_baseline").first { $0.id == "bisection-ten-evaluations" })
    let curve = try PublishedCurve()
    let state = try curve.search(Bisection(), seed: 0)
    let rounded = try #require(vector.expected["samples_rounded"]?.doubles)
    #expect(state.samples.count == 10)
    for (sample, expected) in zip(state.samples, rounded) {
      #expect(abs(sample.point - expected) <= 5.0001e-6)
    }
    #expect(state.result?.point == vector.expected["s_acc"]?.double)
  }

  @Test("ten random samples find on the published curve what the stored repeats find")
  func random() throws {
    let vector = try #require(
      try Self.cases("search_baseline").first { $0.id == "random-ten-evaluations" })
    let found = try PublishedCurve().found(RandomSearch(), seeds: 0..<2000)
    let tolerance = try #require(vector.expected["tolerance"]?.double)
    for (key, share) in [("median", 0.5), ("p10", 0.1), ("p90", 0.9)] {
      let expected = try #require(vector.expected[key]?.double)
      #expect(abs(quantile(found, share) - expected) <= tolerance, "\(key)")
    }
  }
}
