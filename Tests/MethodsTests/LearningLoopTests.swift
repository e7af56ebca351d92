// Properties of learning-compression on a network and on a closed-form learner (condensa, section 7.2).

import Compression
import Datasets
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

private func group(seed: UInt64) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("weights"))
  return WeightGroup([
    .init(name: "a.weight", tensor: .uniform([6, 5], bound: 2, from: &stream), kind: .linear),
    .init(name: "b.weight", tensor: .uniform([4, 6], bound: 1, from: &stream), kind: .linear),
  ])
}

private func recipe(rounds: Int) -> LearningRecipe {
  var recipe = LearningRecipe()
  recipe.rounds = rounds
  recipe.penalty = 0.05
  recipe.penaltyFactor = 1.3
  return recipe
}

private func loop(
  _ scheme: Scheme, rounds: Int = 12, multipliers: Bool = true
) -> LearningLoop {
  LearningLoop(
    scheme: scheme, recipe: recipe(rounds: rounds), updatesMultipliers: multipliers,
    context: CompressionContext(seed: Seed(3)))
}

@Suite struct LearningLoopTests {
  @Test("after a round λ is zero on surviving weights and λ − μw on pruned ones", arguments: 0..<10)
  func multipliers(seed: UInt64) throws {
    var learner = Quadratic(group(seed: seed))
    var before: [ParameterName: Tensor] = [:]
    var compared = 0
    _ = try loop(Scheme(Prune(density: 0.3))).run(&learner) { _ in
    } observe: { round in
      for (name, multipliers) in round.multipliers where round.round > 0 {
        guard let copy = round.copy[name], let weight = round.weights[name],
          let old = before[name]
        else { continue }
        for i in copy.elements.indices {
          let scale = abs(old.elements[i]) + Float(round.penalty) * abs(weight.elements[i])
          let expected =
            copy.elements[i] != 0
            ? 0 : old.elements[i] - Float(round.penalty) * weight.elements[i]
          // Two roundings of numbers of this size.
          #expect(abs(multipliers.elements[i] - expected) <= 4e-7 * scale, "seed \(seed)")
          compared += 1
        }
      }
      before = round.multipliers
    }
    #expect(compared == 11 * (6 * 5 + 4 * 6), "every weight after every learning step")
  }

  @Test("w and Δ(Θ) meet as μ grows", arguments: 0..<5)
  func convergence(seed: UInt64) throws {
    var learner = Quadratic(group(seed: seed))
    let result = try loop(Scheme(Prune(density: 0.4)), rounds: 60).run(&learner)
    let residuals = result.history.filter { $0.metric == "primal-residual" }.map { $0.value }
    let first = try #require(residuals.first)
    let last = try #require(residuals.last)
    #expect(residuals.count == 59)
    #expect(last < 1e-3 * first, "seed \(seed): \(first) → \(last)")
  }

  @Test("without multipliers the loop is the quadratic-penalty method: λ stays zero")
  func quadraticPenalty() throws {
    var learner = Quadratic(group(seed: 1))
    _ = try loop(Scheme(Prune(density: 0.3)), multipliers: false).run(&learner) { _ in
    } observe: { round in
      for multipliers in round.multipliers.values {
        #expect(multipliers.elements.allSatisfy { $0 == 0 })
      }
      #expect(round.shifted == round.weights)
    }
  }

  @Test("the result is a fixed point of the scheme", arguments: 0..<5)
  func fixedPoint(seed: UInt64) throws {
    let scheme = Scheme(Prune(density: 0.3).then(CastToFloat16()))
    var learner = Quadratic(group(seed: seed))
    let result = try loop(scheme).run(&learner)
    let again = try scheme.compress(
      result.compressed.decompressed(), context: CompressionContext(seed: Seed(3)))
    #expect(again.decompressed() == result.compressed.decompressed(), "seed \(seed)")
    #expect(again.members.map { $0.code.mask } == result.compressed.members.map { $0.code.mask })
  }

  @Test("round 0 is direct compression, and one round is nothing else")
  func direct() throws {
    let weights = group(seed: 4)
    let scheme = Scheme(Prune(density: 0.3))
    var learner = Quadratic(weights)
    let result = try loop(scheme, rounds: 1).run(&learner)
    let projection = try scheme.compress(weights, context: CompressionContext(seed: Seed(3)))
    #expect(result.compressed == projection)
    #expect(result.updates == 0)
    #expect(learner.weights == weights)
  }

  @Test("with μ = 0 and λ = 0 the penalised gradient is the loss's own")
  func noPull() {
    var stream = RandomStream(Seed(9))
    let weights = [Tensor.uniform([33], bound: 1, from: &stream)]
    let target = Tensor.uniform([33], bound: 1, from: &stream)
    let gradient = Tensor.uniform([33], bound: 1, from: &stream)
    var gradients = [gradient]
    PenaltyConstraint(penalty: 0, pulls: [(target, Tensor([33]))]).adjust(
      &gradients, parameters: weights, workers: Workers(threadCount: 1))
    #expect(gradients == [gradient])
    PenaltyConstraint(penalty: 2, pulls: [nil]).adjust(
      &gradients, parameters: weights, workers: Workers(threadCount: 1))
    #expect(gradients == [gradient])
  }

  @Test("clipping scales all gradients by one factor, and only above the limit")
  func clipping() {
    var gradients = [Tensor([2], elements: [3, 0]), Tensor([1], elements: [4])]
    clip(
      &gradients, at: Array(gradients.indices), to: 5, workers: Workers(threadCount: 1))
    #expect(gradients[0].elements == [3, 0] && gradients[1].elements == [4])
    clip(
      &gradients, at: Array(gradients.indices), to: 2.5, workers: Workers(threadCount: 1))
    #expect(gradients[0].elements == [1.5, 0] && gradients[1].elements == [2])
  }

  @Test("a run that is interrupted in any round ends with the same bits", arguments: 1..<8)
  func resumed(round: Int) throws {
    let scheme = Scheme(Prune(density: 0.3).then(CastToFloat16()))
    var whole = Quadratic(group(seed: 6))
    let expected = try loop(scheme, rounds: 8).run(&whole)
    try withTemporaryFolder { folder in
      let file = CheckpointFile(url: folder.appending(path: "run.safetensors"), identity: "run")
      var first = Quadratic(group(seed: 6))
      first.failingRound = round
      #expect(throws: Quadratic.Interrupted.self) {
        try loop(scheme, rounds: 8).run(&first, checkpoint: file.part("learning"))
      }
      var second = Quadratic(group(seed: 6))
      var rounds: [Int] = []
      let result = try loop(scheme, rounds: 8).run(
        &second, checkpoint: file.part("learning")
      ) { _ in
      } observe: {
        rounds.append($0.round)
      }
      #expect(rounds == (round == 1 ? Array(0..<8) : Array(round..<8)))
      #expect(result.compressed == expected.compressed)
      #expect(result.history == expected.history)
      #expect(result.keptUpdate == expected.keptUpdate)
      #expect(second.weights == whole.weights)
      file.remove()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }
}
