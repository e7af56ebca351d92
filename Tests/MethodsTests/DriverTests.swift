// The compression driver: what it returns is feasible, its controls do what their names say, its bits repeat.

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

private let scheme = Scheme(Prune(density: 0.2).then(CastToFloat16()))

private let recipe = SmallProblem.recipe

private func dense() throws -> Network { try SmallProblem.dense() }

private func run(_ method: any CompressionMethod, threads: Int = 1, seed: UInt64 = 5) throws
  -> CompressionOutcome
{ try SmallProblem.run(method, threads: threads, seed: seed) }

private func oneShot() -> OneShot {
  var method = OneShot()
  method.scheme = scheme
  return method
}

private func retrained() -> OneShotRetrain {
  var method = OneShotRetrain()
  method.scheme = scheme
  method.retraining = recipe
  return method
}

@Suite struct DriverTests {
  @Test("one-shot is the scheme's projection of the dense network, and nothing else")
  func direct() throws {
    let outcome = try run(oneShot())
    let projection = try scheme.compress(
      dense().weightGroup, context: CompressionContext(seed: Seed(5).child("scheme")))
    #expect(outcome.network.weightGroup == projection.decompressed())
    #expect(outcome.updates == 0)
    #expect(outcome.history.map { $0.step } == [0, 0])
  }

  @Test(
    "retraining moves the surviving weights, keeps the support and returns to the number format")
  func feasible() throws {
    let before = try run(oneShot())
    let after = try run(retrained())
    #expect(after.updates == 18)
    let start = try #require(before.compressed)
    let end = try #require(after.compressed)
    for member in start.members {
      let code = try #require(end[member.name])
      #expect(code.mask == member.code.mask, "\(member.name)")
      let tensor = try #require(after.network.parameter(member.name))
      for index in 0..<tensor.count {
        if !code.mask[index] { #expect(tensor[index] == 0) }
        #expect(tensor[index] == Float(Float16(tensor[index])), "representable in half precision")
      }
    }
    #expect(before.network.parameters != after.network.parameters)
    // Projecting again changes nothing: the answer is a feasible point.
    let again = try end.refitted(to: after.network.weightGroup)
    #expect(again.decompressed() == after.network.weightGroup)
    let first = before.history.last { $0.metric == "validation-loss" }?.value ?? 0
    let last = after.history.last { $0.metric == "validation-loss" }?.value ?? .infinity
    #expect(last < first, "retraining helps")
  }

  @Test("the random control keeps as many weights, but others, and its seed decides which")
  func random() throws {
    var method = RandomSupport()
    method.scheme = Scheme(RandomPrune(density: 0.2).then(CastToFloat16()))
    method.retraining = recipe
    let magnitude = try #require(try run(retrained()).compressed)
    let random = try #require(try run(method).compressed)
    let other = try #require(try run(method, seed: 6).compressed)
    for member in magnitude.members {
      let code = try #require(random[member.name])
      #expect(code.mask.filter { $0 }.count == member.code.mask.filter { $0 }.count)
    }
    #expect(magnitude.members.map { $0.code.mask } != random.members.map { $0.code.mask })
    #expect(random.members.map { $0.code.mask } != other.members.map { $0.code.mask })
  }

  @Test("dense-continued trains all weights and compresses nothing")
  func continued() throws {
    var method = DenseContinued()
    method.retraining = recipe
    let outcome = try run(method)
    #expect(outcome.compressed == nil)
    #expect(outcome.updates == 18)
    #expect(outcome.network.parameters.allSatisfy { $0.nonzeroCount == $0.count })
    #expect(outcome.network.parameters != (try dense().parameters))
  }

  @Test("one, two and four threads give the same bits")
  func threads() throws {
    let one = try run(retrained())
    for count in [2, 4] {
      let other = try run(retrained(), threads: count)
      #expect(other.network.parameters == one.network.parameters)
      #expect(other.history == one.history)
    }
  }

  @Test("a scheme that keeps nothing is refused and names the field")
  func refusal() {
    var method = OneShot()
    method.scheme = Scheme(Prune(density: 0).then(CastToFloat16()))
    #expect(throws: CompressionError.self) { try method.validate() }
    method.scheme = Scheme(Prune(density: 0.0001))
    #expect(throws: CompressionError.self) { try run(method) }
  }

  private func learning() -> LearningCompression {
    var method = LearningCompression()
    method.scheme = scheme
    var rounds = LearningRecipe()
    rounds.rounds = 5
    rounds.updates = 4
    rounds.firstUpdates = 10
    rounds.batch = 25
    rounds.penalty = 0.05
    method.learning = rounds
    method.retraining = recipe
    return method
  }

  @Test("learning-compression returns a feasible network and reports every round")
  func learningCompression() throws {
    let outcome = try run(learning())
    #expect(outcome.updates == 10 + 3 * 4 + 18)
    let rounds = outcome.history.filter { $0.metric == "validation-loss" }.prefix(5)
    #expect(rounds.map { $0.step } == [0, 10, 14, 18, 22])
    for metric in ["primal-residual", "dual-residual", "penalty", "training-loss"] {
      let steps = outcome.history.filter { $0.metric == metric }.prefix(4).map { $0.step }
      #expect(steps == [10, 14, 18, 22], "\(metric)")
    }
    let compressed = try #require(outcome.compressed)
    #expect(compressed.decompressed() == outcome.network.weightGroup)
    let weights = outcome.network.weightGroup.members
    let kept = weights.reduce(0) { $0 + $1.tensor.nonzeroCount }
    let all = weights.reduce(0) { $0 + $1.tensor.count }
    #expect(kept <= Int(0.2 * Double(all)))
  }
}
