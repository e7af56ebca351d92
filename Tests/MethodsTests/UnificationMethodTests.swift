// Unification with ADMM and its predecessor on a small network: ties that stay exact under every optimizer, and stages.

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

@Suite("Unification of a small network") struct UnificationMethodTests {
  static let unify = Unify(block: [4, 4], pruned: 0.3, unified: 0.5)

  /// Optimizers with everything that could move tied weights apart.
  static let optimizers = [
    OptimizerChoice(SGD()),
    OptimizerChoice(SGD(momentum: 0.9, nesterov: true, weightDecay: 1e-2)),
    OptimizerChoice(Adam()),
  ]

  private func retrained(
    _ unify: Unify = unify, sharing: SharedTraining? = nil,
    optimizer: OptimizerChoice = optimizers[0]
  ) throws -> CompressionOutcome {
    var method = OneShotRetrain()
    method.scheme = Scheme(unify)
    method.retraining = SmallProblem.recipe
    method.retraining?.optimizer = optimizer
    method.retraining?.schedule = ScheduleChoice(ConstantSchedule(rate: 2e-3))
    method.sharing = sharing
    return try SmallProblem.run(method)
  }

  private func admm(_ change: (inout UnificationADMM) -> Void = { _ in }) -> UnificationADMM {
    var method = UnificationADMM()
    method.scheme = Scheme(Self.unify)
    method.learning?.rounds = 5
    method.learning?.updates = 6
    method.learning?.firstUpdates = 6
    method.learning?.batch = 25
    method.learning?.penalty = 0.02
    method.retraining = SmallProblem.recipe
    change(&method)
    return method
  }

  @Test(
    "tied retraining moves magnitudes and keeps ties, zeros, tags and signs to the bit",
    arguments: optimizers)
  func ties(optimizer: OptimizerChoice) throws {
    let dense = try SmallProblem.dense()
    let start = try Self.unify.compress(
      dense.weightGroup, startingFrom: nil, context: CompressionContext(seed: Seed(1)))
    let outcome = try retrained(optimizer: optimizer)
    let code = try #require(outcome.compressed)
    #expect(try Self.unify.violations(in: code, weights: outcome.network.weightGroup) == [])
    let before = try #require(start["fc1.weight"]?.unified)
    let after = try #require(code["fc1.weight"]?.unified)
    #expect(before.tags == after.tags && before.signs == after.signs)
    #expect(before.count(.unify) > 0 && before.count(.prune) > 0 && before.count(.keep) > 0)
    let first = try #require(start["fc1.weight"]).decompressed()
    let last = try #require(outcome.network.parameter("fc1.weight"))
    for tag in [BlockTag.unify, .keep] {
      let places = before.places(tagged: tag)
      #expect(places.contains { first[$0] != last[$0] }, "\(tag) is trained")
    }
    #expect(before.places(tagged: .prune).allSatisfy { last[$0] == 0 })
  }

  @Test("frozen retraining moves kept weights only", arguments: optimizers)
  func frozen(optimizer: OptimizerChoice) throws {
    let outcome = try retrained(sharing: .frozen, optimizer: optimizer)
    let code = try #require(outcome.compressed?["fc1.weight"]?.unified)
    let first = try #require(
      try Self.unify.compress(
        try SmallProblem.dense().weightGroup, startingFrom: nil,
        context: CompressionContext(seed: Seed(1)))["fc1.weight"]
    ).decompressed()
    let last = try #require(outcome.network.parameter("fc1.weight"))
    #expect(code.places(tagged: .unify).allSatisfy { first[$0] == last[$0] })
    #expect(code.places(tagged: .keep).contains { first[$0] != last[$0] })
  }

  @Test("rounds bring weights and blocks together; the hard projection is retrained")
  func rounds() throws {
    // A penalty that Adam can follow in six updates a round.
    func strong(_ method: inout UnificationADMM) {
      method.learning?.penalty = 0.3
      method.learning?.rate = ScheduleChoice(ConstantSchedule(rate: 0.01))
      method.learning?.endRate = nil
    }
    let outcome = try SmallProblem.run(admm(strong))
    let code = try #require(outcome.compressed)
    #expect(try Self.unify.violations(in: code, weights: outcome.network.weightGroup) == [])
    #expect(code.decompressed() == outcome.network.weightGroup)
    #expect(outcome.updates == 4 * 6 + 18)
    let residuals = outcome.history.filter { $0.metric == "relative-residual" }.map { $0.value }
    #expect(residuals.count == 4)
    #expect(try #require(residuals.last) < 0.5 * (try #require(residuals.first)))
    let hard = outcome.history.filter { $0.metric == "validation-accuracy-hardened" }
    #expect(hard.map { $0.step } == [24])
    #expect(outcome.hardAccuracy == hard.first?.value)
    let gaps = outcome.history.filter { $0.metric == "selection-gap" }
    #expect(gaps.count == 1 && gaps[0].step == 24 && gaps[0].value >= 0)
    // Without retraining the result is the hard projection itself, tags and all.
    let bare = try SmallProblem.run(
      admm {
        strong(&$0)
        $0.retraining = nil
      })
    #expect(bare.hardAccuracy == nil && bare.updates == 24)
    let tags = try #require(bare.compressed?["fc1.weight"]?.unified).tags
    #expect(try #require(code["fc1.weight"]?.unified).tags == tags)
  }

  @Test("a residual that is small enough ends the rounds")
  func stops() throws {
    let early = try SmallProblem.run(admm { $0.learning?.stopResidual = 0.9 })
    let whole = try SmallProblem.run(admm())
    #expect(early.updates < whole.updates)
    let residuals = early.history.filter { $0.metric == "relative-residual" }.map { $0.value }
    #expect(residuals.dropLast().allSatisfy { $0 >= 0.9 })
    #expect(try #require(residuals.last) < 0.9)
  }

  @Test("one, two and four threads give the same bits")
  func threads() throws {
    let one = try SmallProblem.run(admm())
    for count in [2, 4] {
      let other = try SmallProblem.run(admm(), threads: count)
      #expect(other.network.parameters == one.network.parameters)
      #expect(other.history == one.history)
    }
  }

  private func progressive(
    _ change: (inout ProgressiveUnification) -> Void = { _ in }
  ) -> ProgressiveUnification {
    var method = ProgressiveUnification()
    method.scheme = Scheme(Self.unify)
    method.stages = 3
    method.retraining = SmallProblem.recipe
    change(&method)
    return method
  }

  @Test("stages fix growing shares and end at the scheme's own")
  func stages() throws {
    let outcome = try SmallProblem.run(progressive())
    #expect(outcome.updates == 3 * 18)
    let code = try #require(outcome.compressed)
    #expect(try Self.unify.violations(in: code, weights: outcome.network.weightGroup) == [])
    let shares = outcome.history.filter { $0.metric == "stage-share" }
    #expect(shares.map { $0.value } == [1.0 / 3, 2.0 / 3, 1])
    #expect(shares.map { $0.step } == [18, 36, 54])
  }

  @Test("the loss of blocks brings the kept ones nearer to one magnitude")
  func loss() throws {
    func distortion(_ weight: Double) throws -> Double {
      let outcome = try SmallProblem.run(
        progressive {
          $0.stages = 1
          $0.scheme = Scheme(Unify(block: [4, 4], unified: 0.2))
          $0.unificationLoss = weight
        })
      // What unifying all blocks would cost relative to the weights, the fixed ones cost nothing.
      let weights = outcome.network.weightGroup
      let all = try Unify(block: [4, 4], unified: 1).choices(in: weights)
      let weight = try #require(weights["fc1.weight"])
      let size = sumOfSquares(weight.span)
      return all.reduce(0) { $0 + $1.cost } / size
    }
    let (without, with) = (try distortion(0), try distortion(1))
    #expect(with < 0.5 * without, "\(without) → \(with)")
  }

  @Test("the stage before the first that loses too much is returned, at worst the dense network")
  func tolerance() throws {
    // Pruning all of fc1 costs more than any tolerance below the gap to guessing; a tiny share costs nothing.
    let hard = progressive {
      $0.scheme = Scheme(Unify(block: [4, 4], pruned: 1))
      $0.stages = 2
      $0.retraining?.schedule = ScheduleChoice(ConstantSchedule(rate: 1e-9))
      $0.tolerance = 1
    }
    let dense = try SmallProblem.dense()
    let trained = try CompressionDriver(
      data: SmallProblem.data(), seed: Seed(7), workers: Workers(threadCount: 1)
    ).run(trainedDense(), on: dense).network
    let driver = CompressionDriver(
      data: SmallProblem.data(), seed: Seed(5), workers: Workers(threadCount: 1))
    let outcome = try driver.run(hard, on: trained)
    let accuracies = outcome.history.filter { $0.metric == "stage-accuracy" }.map { $0.value }
    let level =
      try trained.evaluate(
        on: driver.data.validation, workers: driver.workers
      ).accuracy - 1
    #expect(accuracies.dropLast().allSatisfy { $0 >= level })
    #expect(try #require(accuracies.last) < level)
    #expect(outcome.updates == 18 * accuracies.count, "what was tried is counted")
    let zeros = try #require(outcome.network.parameter("fc1.weight")).elements.count { $0 == 0 }
    let share = Double(accuracies.count - 1) / 2
    #expect(zeros == Int(share * 144 * 12))
  }

  private func trainedDense() -> DenseContinued {
    var method = DenseContinued()
    method.retraining = SmallProblem.recipe
    method.retraining?.epochs = 10
    return method
  }

  @Test("methods refuse what they cannot do, and say why")
  func refusals() throws {
    func refuses(_ method: some CompressionMethod, _ words: String) {
      do {
        try method.validate()
        Issue.record("\(words): accepted")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
      }
    }
    let all = Scheme(Unify(block: [4, 4], pruned: 0.4, unified: 0.6))
    refuses(admm { $0.scheme = Scheme(Prune(density: 0.1)) }, "needs a scheme with unify")
    refuses(progressive { $0.scheme = Scheme(Prune(density: 0.1)) }, "needs a scheme with unify")
    refuses(
      admm {
        $0.scheme = all
        $0.sharing = .frozen
      }, "leaves nothing to train")
    refuses(
      progressive {
        $0.scheme = all
        $0.sharing = .frozen
      }, "leaves nothing to train")
    var control = OneShotRetrain()
    control.scheme = all
    control.sharing = .frozen
    refuses(control, "leaves nothing to train")
    control.sharing = .tied
    try control.validate()
    refuses(
      admm { $0.scheme = Scheme(Unify(block: [4, 4], pruned: 0.6, unified: 0.6)) }, "unified")
    refuses(progressive { $0.stages = 0 }, "stages")
    refuses(progressive { $0.tolerance = -1 }, "tolerance")
    refuses(progressive { $0.unificationLoss = .nan }, "unificationLoss")
    for unify in [
      Unify(block: [64, 256], unified: 1), Unify(block: [4, 4], unified: 1, only: "nothing"),
    ] {
      #expect(throws: CompressionError.self) {
        _ = try SmallProblem.run(admm { $0.scheme = Scheme(unify) }).updates
      }
    }
  }
}
