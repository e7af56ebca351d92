// A run that is asked to stop keeps its state at that update: stopped again and again, in every loop that trains, it ends with
// the bits of a run that nobody disturbed.

import Compression
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import TestSupport
import Testing
import Training

@Suite("Stopping") struct StopTests {
  /// One method per loop over minibatches.
  static var methods: [any CompressionMethod] {
    let scheme = Scheme(Prune(density: 0.2).then(CastToFloat16()))
    var bestKept = SmallProblem.recipe
    bestKept.keep = .bestValidationLoss

    var joint = JointADMM()
    joint.scheme = Scheme(BitBudget(totalBits: 500))
    joint.stages = [8]
    joint.training = bestKept
    joint.fineTuning = bestKept

    var learning = LearningCompression()
    learning.scheme = scheme
    var rounds = LearningRecipe()
    rounds.rounds = 4
    rounds.updates = 7
    rounds.firstUpdates = 11
    rounds.batch = 25
    rounds.penalty = 0.05
    learning.learning = rounds
    learning.retraining = SmallProblem.recipe

    var gradual = GradualMagnitude()
    gradual.scheme = scheme
    gradual.steps = 4
    gradual.retraining = SmallProblem.recipe

    var iterative = IterativeMagnitude()
    iterative.scheme = scheme
    iterative.steps = 3
    iterative.retraining = bestKept

    var stepwise = StepwiseRetrain()
    stepwise.scheme = scheme
    stepwise.retraining = bestKept
    return [joint, learning, gradual, iterative, stepwise]
  }

  @Test("a run stopped every few updates ends with the same bits", arguments: 0..<5, [3, 8, 13])
  func sameBits(number: Int, stride: Int) throws {
    let method = Self.methods[number]
    let expected = try SmallProblem.run(method)
    try withTemporaryFolder { folder in
      let file = CheckpointFile(url: folder.appending(path: "run.safetensors"), identity: "run")
      let data = SmallProblem.data()
      let dense = try SmallProblem.dense()
      var stops: [Int] = []
      var resumptions: Set<Int> = []
      var result: CompressionOutcome?
      while result == nil, stops.count < 200 {
        let workers = Workers(threadCount: 1)
        let driver = CompressionDriver(
          data: data, seed: Seed(5), workers: workers, checkpoint: file)
        var made = 0
        do {
          result = try driver.run(method, on: dense) { progress in
            made += 1
            if progress.resumedAt > 0 { resumptions.insert(progress.resumedAt) }
            if made == stride { workers.requestStop() }
          }
        } catch TrainingError.stopped(let update) {
          stops.append(update)
        }
      }
      let ended = try #require(result, "stopped \(stops.count) times and never ended")
      #expect(!stops.isEmpty && !resumptions.isEmpty, "it was never stopped")
      #expect(ended.network.parameters == expected.network.parameters)
      #expect(ended.compressed == expected.compressed)
      #expect(ended.history == expected.history)
      #expect(ended.keptUpdate == expected.keptUpdate)
      #expect(ended.updates == expected.updates)
    }
  }

  @Test("the state is kept at the update in progress, not at the last checkpoint before it")
  func losesNothing() throws {
    try withTemporaryFolder { folder in
      let file = CheckpointFile(url: folder.appending(path: "run.safetensors"), identity: "run")
      var recipe = SmallProblem.recipe
      recipe.epochs = 40  // 240 updates: every 20th is kept anyway
      func trainer(_ workers: Workers) throws -> Trainer {
        Trainer(
          network: try SmallProblem.dense(), recipe: recipe, data: SmallProblem.data(),
          seed: Seed(7), workers: workers)
      }
      let workers = Workers(threadCount: 1)
      #expect(throws: TrainingError.stopped(update: 51)) {
        try trainer(workers).run(checkpoint: file) { progress in
          if progress.update == 51 { workers.requestStop() }
        }
      }
      var first: TrainingProgress?
      let rest = try trainer(Workers(threadCount: 1)).run(checkpoint: file) {
        first = first ?? $0
      }
      #expect(first?.resumedAt == 51 && first?.update == 52)
      let whole = try trainer(Workers(threadCount: 1)).run()
      #expect(rest.network.parameters == whole.network.parameters)
      #expect(rest.history == whole.history)
    }
  }
}
