// Unification with ADMM and tied retraining against the shared vectors, on a closed-form loss.

import Compression
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// The cases of one kind in the file that CompressionTests keeps.
private func cases(_ kind: String) throws -> [JSONValue] {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../CompressionTests/Fixtures/micro-structured.json")
  let whole = try CanonicalJSON.decode(JSONValue.self, from: Data(contentsOf: file))
  let found = (whole["cases"]?.items ?? []).filter { $0["kind"] == .string(kind) }
  try #require(!found.isEmpty, "no case of kind \(kind)")
  return found
}

/// Float results of Double traces (style, section 9).
private let tolerance: Float = 1e-6

private func expectClose(
  _ found: [Float], _ expected: [Float], _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (value, wanted) in zip(found, expected) {
    #expect(
      abs(value - wanted) <= tolerance * max(1, abs(wanted)), "\(what)",
      sourceLocation: sourceLocation)
  }
}

private let name: ParameterName = "w.weight"

@Suite("Unification with ADMM against the vectors") struct UnificationVectorsOfMethods {
  private func recipe(_ input: JSONValue) throws -> LearningRecipe {
    var recipe = LearningRecipe()
    recipe.rounds = Int(try input.number("iterations")) + 1
    recipe.hardens = true
    guard let rho = input["rho"]?.number else {
      recipe.penalty = try input.number("rho0")
      recipe.penaltyFactor = try input.number("rho_multiplier")
      // The limit is passed once, so it lies below the last ρ.
      recipe.penaltyLimit = try input.number("rho_cap") * 0.99
      recipe.rescalesDual = try input.at("dual_rescaled") == .boolean(true)
      return recipe
    }
    recipe.penalty = rho
    recipe.penaltyFactor = 1
    return recipe
  }

  @Test("every round of the trajectories on ½‖W − A‖², the dual rescaled and not", arguments: 0..<3)
  func trajectories(index: Int) throws {
    let vector = try cases("admm")[index]
    let input = try vector.at("input")
    let rows = try input.at("A").items
    let goal = Tensor([rows.count, rows[0].floats.count], elements: rows.flatMap { $0.floats })
    let block = try input.at("block").items.compactMap { $0.number.map { Int($0) } }
    let unify = Unify(
      block: Shape(block), pruned: try input.number("p"), unified: try input.number("u"),
      inner: false)
    var learner = Quadratic(WeightGroup([.init(name: name, tensor: goal, kind: .linear)]))
    let recipe = try recipe(input)
    var rounds: [LearningRound] = []
    let result = try LearningLoop(
      scheme: Scheme(unify), recipe: recipe, context: CompressionContext(seed: Seed(1))
    ).run(&learner) { _ in
    } observe: {
      rounds.append($0)
    }
    let expected = try vector.at("expected")
    #expect(rounds.count == recipe.rounds)
    if let start = expected["Z0"] {
      expectClose(try #require(rounds[0].copy[name]).elements, start.items[0].floats, "Z0")
    }
    for (round, step) in zip(rounds.dropFirst(), expected["steps"]?.items ?? []) {
      expectClose(try #require(round.weights[name]).elements, try step.at("W").items[0].floats, "W")
      expectClose(try #require(round.copy[name]).elements, try step.at("Z").items[0].floats, "Z")
      let dual = try #require(round.multipliers[name]).elements.map { -$0 / Float(round.penalty) }
      expectClose(dual, try step.at("U").items[0].floats, "U of round \(round.round)")
    }
    if let penalties = expected["rho"] {
      expectClose(rounds.dropFirst().map { Float($0.penalty) }, penalties.floats, "ρ")
    }
    let residuals = result.history.filter { $0.metric == "primal-residual" }
      .map { Float($0.value) }
    let primal =
      try expected["primal"]?.floats
      ?? expected.at("steps").items.map { Float(try $0.number("primal")) }
    expectClose(residuals, primal, "‖W − Z‖")
    if let final = expected["W_final"] {
      let end = try #require(rounds.last)
      expectClose(try #require(end.weights[name]).elements, final.items[0].floats, "last W")
      expectClose(
        try #require(end.copy[name]).elements, try expected.at("Z_final").items[0].floats, "last Z")
    }
    // The relative residual is the primal one over ‖W‖, and the code returned is the projection of the last W.
    let last = learner.weights.members[0].tensor
    let size = sumOfSquares(last.span).squareRoot()
    let relative = try #require(result.history.last { $0.metric == "relative-residual" }?.value)
    #expect(abs(relative - Double(try #require(residuals.last)) / size) <= 1e-6)
    #expect(
      try result.compressed
        == Scheme(unify).compress(learner.weights, context: CompressionContext(seed: Seed(1))))
  }

  @Test("λ is continuous across a change of ρ exactly when the dual is rescaled")
  func continuity() throws {
    for vector in try cases("admm") {
      let input = try vector.at("input")
      guard input["rho0"] != nil else { continue }
      let rows = try input.at("A").items
      let goal = Tensor([1, rows[0].floats.count], elements: rows[0].floats)
      var learner = Recorder(
        Quadratic(WeightGroup([.init(name: name, tensor: goal, kind: .linear)])))
      var after: [[Float]] = []
      let recipe = try recipe(input)
      _ = try LearningLoop(
        scheme: Scheme(Unify(block: [1, 2], pruned: 0.25, unified: 0.25, inner: false)),
        recipe: recipe, context: CompressionContext(seed: Seed(1))
      ).run(&learner) { _ in
      } observe: {
        after.append($0.multipliers[name]?.elements ?? [])
      }
      // Before round 2, 3, … the multipliers are those after the round before, times the growth of ρ if U stays.
      for round in 2..<recipe.rounds {
        let growth = Float(recipe.penalty(round: round) / recipe.penalty(round: round - 1))
        let factor = recipe.rescalesDual == true ? 1 : growth
        let used = learner.multipliers[round - 1]
        expectClose(used, after[round - 1].map { $0 * factor }, "λ in round \(round)")
        #expect(used.contains { $0 != 0 })
      }
    }
  }

  @Test("the gradients of tied and frozen retraining")
  func retraining() throws {
    let vector = try cases("retraining")[0]
    let input = try vector.at("input")
    let magnitude = Float(try input.number("c"))
    let signs = try input.at("signs").floats
    let rate = try input.number("lr")
    let weights = WeightGroup([
      .init(
        name: name, tensor: Tensor([1, 4], elements: signs.map { $0 * magnitude }), kind: .linear)
    ])
    let code = try Unify(block: [1, 4], unified: 1, inner: false).compress(
      weights, startingFrom: nil, context: CompressionContext(seed: Seed(1)))
    let workers = Workers(threadCount: 1)
    func step(_ sharing: SharedTraining, rate: Double) throws -> [Float] {
      let constraint = SupportConstraint(code, parameters: [name], sharing: sharing)
      var parameters = weights.members.map { $0.tensor }
      var gradients = [Tensor([1, 4], elements: try input.at("grad").floats)]
      constraint.adjust(&gradients, parameters: parameters, workers: workers)
      var buffers: [Tensor] = []
      SGD().update(
        &parameters[0], gradient: gradients[0], buffers: &buffers, rate: rate, step: 1,
        workers: workers)
      constraint.restore(&parameters, rate: rate, workers: workers)
      return parameters[0].elements
    }
    let expected = try vector.at("expected")
    expectClose(
      try step(.frozen, rate: rate), try expected.at("frozen", "w_new").floats, "frozen")
    let mean = Float(try expected.number("tied_mean", "c_new"))
    expectClose(try step(.tied, rate: rate), signs.map { $0 * mean }, "tied, mean")
    // Training c itself moves n times as far: dL/dc is a sum.
    let sum = Float(try expected.number("tied", "c_new"))
    expectClose(try step(.tied, rate: 4 * rate), signs.map { $0 * sum }, "tied, sum")
  }
}

/// A learner that remembers the multipliers it was given.
private struct Recorder: Learner {
  var inner: Quadratic
  var multipliers: [[Float]] = []

  init(_ inner: Quadratic) { self.inner = inner }

  var weights: WeightGroup { inner.weights }

  var state: [Tensor] {
    get { inner.state }
    set { inner.state = newValue }
  }

  mutating func learn(
    _ step: LearningStep, recipe: LearningRecipe, report: (TrainingProgress) -> Void
  ) throws -> LearningReport {
    multipliers.append(step.multipliers[name]?.elements ?? [])
    return try inner.learn(step, recipe: recipe, report: report)
  }

  func validate(_ weights: WeightGroup) throws -> Evaluation? { try inner.validate(weights) }
}
