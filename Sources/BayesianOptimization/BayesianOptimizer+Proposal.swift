// The next point of a Bayesian optimisation: a Latin hypercube first, then the maximum of the acquisition over fitted models.
// The acquisition is a logarithm with an analytic gradient; the best of many random points are refined by quasi-Newton steps.

import Foundation
import Kernels
import Reproducibility

extension BayesianOptimizer {
  /// The next point to evaluate: a pure function of problem, settings, seed and samples.
  ///
  /// If the samples cannot be modelled, the point is a random one.
  public func ask() -> [Double] {
    let initialCount = max(1, settings.initialCount ?? 2 * problem.dimension + 1)
    let number = samples.count
    let stepSeed = seed.child("step").child(number)
    if number < initialCount { return scaled(latinHypercubePoint(number, of: initialCount)) }
    var stream = RandomStream(stepSeed.child("candidates"))
    guard let surrogate = surrogate(seed: stepSeed) else {
      return scaled((0..<problem.dimension).map { _ in stream.uniformDouble() })
    }
    return scaled(maximum(of: surrogate, from: &stream))
  }

  /// A point of the unit cube in the problem's units, exactly within the bounds.
  private func scaled(_ unit: [Double]) -> [Double] {
    unit.indices.map { axis in
      let width = problem.upper[axis] - problem.lower[axis]
      let coordinate = problem.lower[axis] + width * unit[axis]
      return min(max(coordinate, problem.lower[axis]), problem.upper[axis])
    }
  }

  private func unit(_ point: [Double]) -> [Double] {
    point.indices.map { axis in
      (point[axis] - problem.lower[axis]) / (problem.upper[axis] - problem.lower[axis])
    }
  }

  /// Point `number` of a Latin hypercube of `count` points in the unit cube.
  private func latinHypercubePoint(_ number: Int, of count: Int) -> [Double] {
    let design = seed.child("design")
    return (0..<problem.dimension).map { axis in
      var order = RandomStream(design.child("axis").child(axis))
      let part = order.permutation(count)[number]
      var stream = RandomStream(design.child(number).child(axis))
      return (Double(part) + stream.uniformDouble()) / Double(count)
    }
  }

  /// The models of cost and constraints; nil if one of them cannot be had.
  private func surrogate(seed: Seed) -> Surrogate? {
    let points = samples.map { unit($0.point) }
    /// A model in which what is not finite has the worst number known, at least `floor`.
    func model(_ values: [Double?], _ name: String, floor: Double? = nil) -> GaussianProcess? {
      var worst = values.compactMap { $0 }.max() ?? 1
      if let floor { worst = max(worst, floor) }
      return try? GaussianProcess.fitted(
        points: points, values: values.map { $0 ?? worst }, dimension: problem.dimension,
        by: settings.fit, seed: seed.child(name))
    }
    let costs = samples.map { sample in sample.value.map { cost($0) } }
    guard let objective = model(costs, "objective") else { return nil }
    var constraints: [GaussianProcess] = []
    for index in 0..<problem.constraintCount {
      let values = samples.map { $0.constraints[index] }
      guard let constraint = model(values, "constraint-\(index)", floor: 1e-3) else { return nil }
      constraints.append(constraint)
    }
    return Surrogate(
      objective: objective, constraints: constraints, best: best?.value.map { cost($0) })
  }

  /// The maximum of the acquisition in the unit cube.
  private func maximum(of surrogate: Surrogate, from stream: inout RandomStream) -> [Double] {
    let dimension = problem.dimension
    var candidates: [[Double]] = []
    for _ in 0..<max(1, settings.candidateCount) * dimension {
      candidates.append((0..<dimension).map { _ in stream.uniformDouble() })
    }
    if let incumbent = best.map({ unit($0.point) }) {
      // Closer and closer round the incumbent, where improvements are likely late in a search.
      for number in 0..<40 * dimension {
        let reach = pow(10, -1 - 3 * Double(number) / Double(40 * dimension))
        candidates.append(
          incumbent.map { min(max($0 + reach * Double(stream.normal()), 0), 1) })
      }
    }
    let scores = surrogate.scores(at: candidates)
    let order = candidates.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var (point, score) = (candidates[order[0]], scores[order[0]])
    for start in order.prefix(max(0, settings.localSearchCount)) {
      let found = minimizeWithinBounds(
        from: candidates[start], lower: [Double](repeating: 0, count: dimension),
        upper: [Double](repeating: 1, count: dimension), tolerance: 1e-8, evaluationLimit: 60
      ) { candidate in
        let (value, gradient) = surrogate.score(at: candidate)
        return (-value, gradient.map { -$0 })
      }
      if -found.value > score { (point, score) = (found.point, -found.value) }
    }
    return point
  }
}

/// The fitted models and the acquisition over them, in the unit cube; costs are to be minimised.
private struct Surrogate {
  let objective: GaussianProcess
  let constraints: [GaussianProcess]
  /// The lowest feasible cost; nil if nothing is feasible, then feasibility alone counts.
  let best: Double?
  private let objectiveWeights: [Double]
  private let constraintWeights: [[Double]]

  init(objective: GaussianProcess, constraints: [GaussianProcess], best: Double?) {
    self.objective = objective
    self.constraints = constraints
    self.best = best
    objectiveWeights = objective.weights
    constraintWeights = constraints.map { $0.weights }
  }

  /// The deviation that stands for 0, where logarithms and quotients have no value.
  private func smallestDeviation(_ process: GaussianProcess) -> Double {
    1e-9 * process.scale * process.hyperparameters.amplitude
  }

  /// The acquisition at many points.
  func scores(at points: [[Double]]) -> [Double] {
    let costs = objective.predictions(at: points)
    let limits = constraints.map { $0.predictions(at: points) }
    return points.indices.map { index in
      var sum = 0.0
      if best != nil { sum += objectiveTerm(costs[index]).value }
      for (constraint, predictions) in zip(constraints, limits) {
        sum += constraintTerm(predictions[index], of: constraint).value
      }
      return sum
    }
  }

  /// The acquisition and its gradient at one point.
  func score(at point: [Double]) -> (value: Double, gradient: [Double]) {
    var value = 0.0
    var gradient = [Double](repeating: 0, count: point.count)
    func add(_ term: Term, _ slope: GaussianProcess.Slope) {
      value += term.value
      for axis in point.indices {
        gradient[axis] +=
          term.byMean * slope.meanGradient[axis] + term.byDeviation * slope.deviationGradient[axis]
      }
    }
    if best != nil {
      let slope = objective.slope(at: point, weights: objectiveWeights)
      add(objectiveTerm(slope.prediction), slope)
    }
    for (constraint, weights) in zip(constraints, constraintWeights) {
      let slope = constraint.slope(at: point, weights: weights)
      add(constraintTerm(slope.prediction, of: constraint), slope)
    }
    return (value, gradient)
  }

  /// A part of the acquisition with its derivatives by mean and deviation.
  private struct Term {
    var value: Double
    var byMean: Double
    var byDeviation: Double
  }

  /// log EI below the best feasible cost.
  private func objectiveTerm(_ prediction: GaussianProcess.Prediction) -> Term {
    guard let best else { return Term(value: 0, byMean: 0, byDeviation: 0) }
    let deviation = max(prediction.deviation, smallestDeviation(objective))
    let standard = (best - prediction.mean) / deviation
    let improvement = NormalTail.logImprovement(standard)
    return Term(
      value: log(deviation) + improvement.value, byMean: -improvement.slope / deviation,
      byDeviation: (1 - standard * improvement.slope) / deviation)
  }

  /// log P(constraint ≤ 0).
  private func constraintTerm(
    _ prediction: GaussianProcess.Prediction, of constraint: GaussianProcess
  ) -> Term {
    let deviation = max(prediction.deviation, smallestDeviation(constraint))
    let standard = -prediction.mean / deviation
    let probability = NormalTail.logProbability(atMost: standard)
    return Term(
      value: probability.value, byMean: -probability.slope / deviation,
      byDeviation: -standard * probability.slope / deviation)
  }
}
