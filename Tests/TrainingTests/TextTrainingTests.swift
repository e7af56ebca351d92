// Training on a running text: what recurrent layers have read goes on from minibatch to minibatch, over a kill too, and every number
// of threads gives the same bits.

import Datasets
import Foundation
import Kernels
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

private let vocabularyCount = 7

/// A text in which each word is the one behind that two places before, but for one in eight, which is any word.
private func text(_ count: Int, _ name: String) -> [Int32] {
  var stream = RandomStream(Seed(41).child(name))
  var words: [Int32] = [1, 2]
  while words.count < count {
    let isAny = stream.integer(below: 8) == 0
    let following = (words[words.count - 2] + 1) % 7
    words.append(isAny ? Int32(stream.integer(below: vocabularyCount)) : following)
  }
  return words
}

private func trainer(
  threads: Int = 1, batch: Int = 8, training: [Int32] = text(4000, "training")
) throws -> Trainer {
  var recipe = TrainingRecipe()
  recipe.optimizer = OptimizerChoice(Adam())
  recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 0.02))
  recipe.epochs = 3
  recipe.batch = batch
  recipe.steps = 9
  recipe.gradientNormLimit = 1
  return Trainer(
    network: try Network(
      [
        Embedding(words: vocabularyCount, features: 12, label: "encoder"), Dropout(rate: 0.05),
        LSTM(units: 20, layers: 2, dropout: 0.05), Linear(outputs: vocabularyCount),
      ], inputShape: [1], seed: Seed(2)),
    recipe: recipe,
    data: TrainingData(
      training: .words(training, vocabularyCount: vocabularyCount),
      validation: .words(text(1201, "validation"), vocabularyCount: vocabularyCount)),
    seed: Seed(3), workers: Workers(threadCount: threads))
}

@Suite("Training on text") struct TextTrainingTests {
  @Test("the next word is learned; one, two and four threads give the same bits")
  func threads() throws {
    let one = try trainer().run()
    for count in [2, 4] {
      let other = try trainer(threads: count).run()
      #expect(other.network.parameters == one.network.parameters, "\(count) threads")
      #expect(other.history == one.history, "\(count) threads")
    }
    let perplexities = one.history.filter { $0.metric == "validation-perplexity" }.map { $0.value }
    #expect(perplexities.count == 3)
    // Guessing has 7; who knows the rule and its exceptions has exp of the entropy, 1.7; the last word alone tells nothing.
    #expect(try #require(perplexities.last) < 3.5)
    #expect(one.updates == 3 * ((4000 / 8 - 1 + 8) / 9))
  }

  @Test("a run that is cut off and resumed gives the same bits, because it remembers what it read")
  func resume() throws {
    let undisturbed = try trainer().run()
    try withTemporaryFolder { folder in
      let checkpoint = CheckpointFile(
        url: folder.appendingPathComponent("state.safetensors"), identity: "run")
      for (cut, forgets) in [(1, false), (7, false), (55, false), (56, false), (7, true)] {
        checkpoint.remove()
        let whole = try trainer()
        var session = try TrainingSession(whole, checkpoint: checkpoint)
        try session.advance(to: cut, constraint: nil) { _ in }
        if session.isEpochComplete { try whole.closeEpoch(&session) }
        try session.save(every: 1)
        if forgets {
          var stored = try #require(
            checkpoint.load(
              like: TrainingState(
                parameters: session.network.parameters, buffers: session.state.buffers)))
          #expect(stored.carried.flatMap { $0 }.count == 4, "two layers with two tensors")
          stored.carried = []
          try checkpoint.save(stored)
        }
        let resumed = try whole.run(checkpoint: checkpoint)
        let isSame = resumed.network.parameters == undisturbed.network.parameters
        #expect(isSame != forgets, "cut after \(cut)")
        if !forgets { #expect(resumed.history == undisturbed.history) }
      }
    }
  }

  @Test("evaluation goes on from piece to piece: the loss is that of one pass over whole columns")
  func evaluation() throws {
    let network = try trainer().network
    let words = text(1205, "other")
    let workers = Workers(threadCount: 1)
    let found = try network.evaluate(
      on: .words(words, vocabularyCount: vocabularyCount), workers: workers)
    var whole = TextBatches(of: words, columns: Evaluation.textColumns, steps: 119)
    #expect(whole.count == 1)
    var batch = Batch()
    whole.produce(0, into: &batch)
    var activations = Activations()
    let logits = network.forward(
      batch.inputs, activations: &activations,
      pass: Pass(.evaluation, workers: workers, sequences: batch.sequences))
    var loss = SoftmaxCrossEntropy()
    let expected = loss.evaluate(logits, labels: batch.labels, workers: workers)
    #expect(found.count == 1190 && found.correct == expected.correct)
    #expect(abs(found.loss - expected.lossSum / 1190) < 1e-5)
    #expect(found.perplexity == exp(found.loss))
  }

  @Test("a text too short for its columns is refused, not passed over")
  func tooShort() throws {
    let short = try trainer(batch: 600, training: text(1199, "short"))
    #expect(
      throws: TrainingError.value(
        field: "batch", value: 600, allowed: "at most 599 columns of a text of 1199 words")
    ) { try short.run() }
    #expect(try trainer(batch: 599, training: text(1199, "short")).run().updates == 3)
  }
}
