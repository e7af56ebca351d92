// A killed run of any method goes on with the same bits, on networks whose state is more than their weights: running statistics of
// normalizations that follow a weight or none, dropout, and what an LSTM carries through a text.

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

/// A network with its data.
enum Subject: String, CaseIterable {
  case batchNormalization, dropout, text

  /// The words of the text are those before them plus one, but for one in eight.
  private static func words(_ count: Int, _ name: String) -> [Int32] {
    var stream = RandomStream(Seed(43).child(name))
    var words: [Int32] = [1]
    while words.count < count {
      let isAny = stream.integer(below: 8) == 0
      words.append(isAny ? Int32(stream.integer(below: 7)) : (words[words.count - 1] + 1) % 7)
    }
    return words
  }

  var data: TrainingData {
    guard self == .text else { return SmallProblem.data() }
    func part(_ count: Int, _ name: String) -> Examples {
      .words(Self.words(count, name), vocabularyCount: 7)
    }
    return TrainingData(training: part(2400, "training"), validation: part(601, "validation"))
  }

  func network() throws -> Network {
    let layers: [any Layer]
    switch self {
    case .batchNormalization:
      // The second normalization reads a pooling, so that no weight has its scale and shift for companions.
      layers = [
        Convolution(filters: 4, kernel: 3), BatchNormalization(), Rectifier(),
        MaximumPooling(window: 2, stride: 2), BatchNormalization(), Flatten(), Linear(outputs: 12),
        Rectifier(), Linear(outputs: 4),
      ]
    case .dropout:
      layers = [
        Convolution(filters: 4, kernel: 3), Flatten(), Dropout(rate: 0.2), Linear(outputs: 12),
        Rectifier(), Dropout(rate: 0.2), Linear(outputs: 4),
      ]
    case .text:
      layers = [
        Embedding(words: 7, features: 12), Dropout(rate: 0.1), LSTM(units: 8, layers: 1),
        Linear(outputs: 7),
      ]
    }
    return try Network(layers, inputShape: self == .text ? [1] : [8, 8, 1], seed: Seed(32))
  }

  func run(
    _ method: any CompressionMethod, checkpoint: CheckpointFile? = nil,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> CompressionOutcome {
    try CompressionDriver(
      data: data, seed: Seed(5), workers: Workers(threadCount: 1), checkpoint: checkpoint
    ).run(method, on: network(), report: report)
  }

  /// Every method, short enough for a test and long enough for three checkpoints or more.
  var methods: [any CompressionMethod] {
    let kinds: [WeightKind] = [.linear, .convolution, .recurrent]
    var recipe = SmallProblem.recipe
    recipe.steps = 9
    recipe.keep = .bestValidationLoss
    if self == .text { recipe.batch = 8 }
    var last = recipe
    last.keep = .last
    var learning = LearningRecipe()
    (learning.rounds, learning.updates, learning.firstUpdates) = (5, 6, 6)
    learning.batch = recipe.batch
    learning.penalty = 0.02

    var prune = Prune(density: 0.3)
    prune.kinds = kinds
    let pruning = Scheme(prune.then(CastToFloat16()))
    var unify = Unify(block: [2, 2], pruned: 0.3, unified: 0.5)
    unify.only = self == .text ? "fc1.weight" : nil
    let unification = Scheme(unify)
    var budget = BitBudget()
    budget.ratio = 12
    var random = RandomPrune(density: 0.3)
    random.kinds = kinds

    var learningCompression = LearningCompression()
    (learningCompression.scheme, learningCompression.learning) = (pruning, learning)
    learningCompression.retraining = recipe
    var quadratic = QuadraticPenalty()
    (quadratic.scheme, quadratic.learning) = (pruning, learning)
    var admm = UnificationADMM()
    (admm.scheme, admm.retraining) = (unification, recipe)
    admm.learning = learning
    admm.learning?.hardens = true
    var progressive = ProgressiveUnification()
    (progressive.scheme, progressive.stages, progressive.retraining) = (unification, 3, recipe)
    progressive.unificationLoss = 0.01
    var joint = JointADMM()
    joint.scheme = Scheme(budget)
    joint.training = recipe
    joint.training.epochs = 5
    joint.stages = [6]
    joint.fineTuning = recipe
    var oneShot = OneShotRetrain()
    (oneShot.scheme, oneShot.retraining) = (pruning, recipe)
    var iterative = IterativeMagnitude()
    (iterative.scheme, iterative.steps, iterative.retraining) = (pruning, 3, recipe)
    var gradual = GradualMagnitude()
    (gradual.scheme, gradual.steps, gradual.pruningShare) = (pruning, 4, 0.5)
    gradual.retraining = last
    var stepwise = StepwiseRetrain()
    (stepwise.scheme, stepwise.retraining) = (pruning, recipe)
    var support = RandomSupport()
    (support.scheme, support.retraining) = (Scheme(random), recipe)
    var continued = DenseContinued()
    continued.retraining = recipe
    return [
      learningCompression, quadratic, admm, progressive, joint, oneShot, iterative, gradual,
      stepwise, support, continued,
    ]
  }
}

@Suite("Resuming") struct ResumingTests {
  @Test("every method that trains is among those that are killed", arguments: Subject.allCases)
  func allMethods(subject: Subject) {
    let killed = Set(subject.methods.map { type(of: $0).name })
    let known = Set(MethodChoice.alternatives.map { $0.name })
    #expect(known.subtracting(killed) == ["one-shot"], "one-shot trains nothing")
  }

  @Test(
    "a run killed at its first, a middle and its last checkpoint ends with the same bits",
    arguments: Subject.allCases)
  func resumed(subject: Subject) throws {
    for method in subject.methods { try expectResumable(method, on: subject) }
  }

  /// Runs a method, keeps what lies on the disk after every checkpoint, and goes on from three of these states.
  private func expectResumable(_ method: any CompressionMethod, on subject: Subject) throws {
    let name = Comment(rawValue: "\(type(of: method).name) on \(subject)")
    try withTemporaryFolder { folder in
      let whole = folder.appending(path: "whole")
      try FileManager.default.createDirectory(at: whole, withIntermediateDirectories: true)
      var states: [URL] = []
      var written: [String: Date] = [:]
      func keepState() {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: whole.path)) ?? []
        var now: [String: Date] = [:]
        for file in files {
          let path = whole.appending(path: file).path
          now[file] =
            (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        }
        guard now != written else { return }
        written = now
        states.append(folder.appending(path: "state-\(states.count)"))
        try? FileManager.default.copyItem(at: whole, to: states[states.count - 1])
      }
      func checkpoint(in place: URL) -> CheckpointFile {
        CheckpointFile(url: place.appending(path: "run.safetensors"), identity: "run")
      }
      let expected = try subject.run(method, checkpoint: checkpoint(in: whole)) { _ in keepState() }
      keepState()
      #expect(states.count >= 3, name)
      for state in Set([0, states.count / 2, states.count - 1]).map({ states[$0] }) {
        var updates = 0
        let result = try subject.run(method, checkpoint: checkpoint(in: state)) { _ in updates += 1
        }
        #expect(updates < expected.updates, "\(name): something was kept")
        #expect(result.network.parameters == expected.network.parameters, name)
        #expect(result.compressed == expected.compressed, name)
        #expect(result.history == expected.history, name)
        #expect(result.keptUpdate == expected.keptUpdate, name)
        #expect(result.hardAccuracy == expected.hardAccuracy, name)
      }
    }
  }

  @Test("what learning rounds return is what was validated: weights and statistics of one round")
  func keptStatistics() throws {
    let subject = Subject.batchNormalization
    var method = LearningCompression()
    method.scheme = Scheme(Prune(density: 0.3))
    var learning = LearningRecipe()
    (learning.rounds, learning.updates, learning.firstUpdates, learning.batch) = (6, 6, 6, 25)
    learning.rate = ScheduleChoice(ConstantSchedule(rate: 0.3))  // the last round is not the best
    method.learning = learning
    let outcome = try subject.run(method)
    let losses = outcome.history.filter { $0.metric == "validation-loss" }
    let best = try #require(losses.min { $0.value < $1.value })
    #expect(best.step == outcome.keptUpdate && best.step < outcome.updates)
    let again = try outcome.network.evaluate(
      on: subject.data.validation, workers: Workers(threadCount: 1))
    #expect(again.loss == best.value)
  }
}
