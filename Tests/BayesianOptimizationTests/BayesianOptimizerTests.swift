// Bayesian optimisation of functions with known optima, and its state.

import BayesianOptimization
import Foundation
import Reproducibility
import Testing

@Suite("Bayesian optimisation") struct BayesianOptimizerTests {
  /// The best feasible value after `evaluations` of a test function.
  private func optimised(
    _ function: TestFunction, evaluations: Int, seed: UInt64
  ) -> BayesianOptimizer {
    var optimizer = BayesianOptimizer(
      .init(bounds: function.bounds, constraintCount: function.constraintCount),
      seed: Seed(seed))
    for _ in 0..<evaluations {
      let point = optimizer.ask()
      optimizer.tell(
        function.value(point), constraints: function.constraints(point), at: point)
    }
    return optimizer
  }

  private func medianRegret(_ function: TestFunction, evaluations: Int) -> Double {
    let regrets = (0..<10 as Range<UInt64>).map { seed in
      (optimised(function, evaluations: evaluations, seed: seed).best?.value ?? .infinity)
        - function.minimum
    }
    return quantile(regrets.sorted(), 0.5)
  }

  @Test("Branin's function is minimised to .01 in 30 evaluations, in the median of ten seeds")
  func branin() {
    let regret = medianRegret(.branin, evaluations: 30)
    #expect(regret >= -1e-9 && regret <= 0.01, "median regret \(regret)")
  }

  @Test(
    "Gramacy's constrained problem is solved to .02 in 40 evaluations, in the median of ten seeds")
  func gramacy() {
    let regret = medianRegret(.gramacy, evaluations: 40)
    #expect(regret >= -1e-9 && regret <= 0.02, "median regret \(regret)")
  }

  @Test("Forrester's function, with its local minimum, is minimised to .001 in 20 evaluations")
  func forrester() {
    let regret = medianRegret(.forrester, evaluations: 20)
    #expect(regret >= -1e-9 && regret <= 0.001, "median regret \(regret)")
  }

  @Test("the known minima are minima", arguments: [TestFunction.branin, .gramacy, .forrester])
  func knownMinima(function: TestFunction) {
    var stream = RandomStream(Seed(7).child(function.name))
    var best = Double.infinity
    for _ in 0..<200_000 {
      let point = function.bounds.map {
        $0.lowerBound + ($0.upperBound - $0.lowerBound) * stream.uniformDouble()
      }
      if function.constraints(point).allSatisfy({ $0 <= 0 }) {
        best = min(best, function.value(point))
      }
    }
    #expect(best >= function.minimum && best < function.minimum + 0.01)
  }

  @Test("maximising is minimising the negative")
  func direction() {
    let function = TestFunction.branin
    var up = BayesianOptimizer(.init(bounds: function.bounds, direction: .maximise), seed: Seed(1))
    var down = BayesianOptimizer(.init(bounds: function.bounds), seed: Seed(1))
    for _ in 0..<8 {
      #expect(up.ask() == down.ask())
      let point = down.ask()
      up.tell(-function.value(point), at: point)
      down.tell(function.value(point), at: point)
    }
    #expect(up.best?.point == down.best?.point)
  }

  @Test("a stored state asks for the same point")
  func roundTrip() throws {
    var optimizer = optimised(.gramacy, evaluations: 7, seed: 3)
    let point = optimizer.ask()
    optimizer.tell(.nan, constraints: [0, .infinity], at: point)
    let bytes = try CanonicalJSON.encode(optimizer)
    let stored = try CanonicalJSON.decode(BayesianOptimizer.self, from: bytes)
    #expect(stored == optimizer && stored.ask() == optimizer.ask())
    #expect(!(stored.samples.last?.isFeasible ?? true))
  }

  @Test("flat, repeated and diverged samples give a point within the bounds")
  func awkwardSamples() {
    for value in [1, 0, 1e6, 1e300, Double.nan] {
      var optimizer = BayesianOptimizer(
        .init(bounds: [-2...3, 10...11], constraintCount: 1), seed: Seed(2))
      for _ in 0..<7 { optimizer.tell(value, constraints: [value], at: [0, 10.5]) }
      for _ in 0..<2 {
        let point = optimizer.ask()
        #expect((-2...3).contains(point[0]) && (10...11).contains(point[1]))
        optimizer.tell(value, constraints: [value], at: point)
      }
    }
  }

  @Test("the first points are a Latin hypercube")
  func design() {
    var settings = BayesianOptimizer.Settings()
    settings.initialCount = 8
    var optimizer = BayesianOptimizer(
      .init(bounds: [0...1, 0...8]), settings: settings, seed: Seed(4))
    for _ in 0..<8 { optimizer.tell(0, at: optimizer.ask()) }
    #expect(Set(optimizer.samples.map { Int($0.point[0] * 8) }) == Set(0..<8))
    #expect(Set(optimizer.samples.map { Int($0.point[1]) }) == Set(0..<8))
  }

  @Test("a sample outside the bounds is our own mistake")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var optimizer = BayesianOptimizer(.init(bounds: [0...1]), seed: Seed(0))
      optimizer.tell(1, at: [1.5])
    }
  }
}
