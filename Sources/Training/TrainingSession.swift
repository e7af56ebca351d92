// The one loop over minibatches, which can stop after any update and go on: whoever runs it decides what happens in between.
// Masks, penalties and pulls enter through `UpdateConstraint`; a loss that is not finite ends it as diverged.

import Datasets
public import Kernels
public import Networks
import Reproducibility
public import Tensors

/// Scales the gradients at `places` by one factor, so that their common Euclidean norm is at most `limit`.
///
/// Source: Pascanu, Mikolov and Bengio 2013.
public func clip(_ gradients: inout [Tensor], at places: [Int], to limit: Double, workers: Workers)
{
  // Sharing pays for large tensors only, and leaves the sums of small ones as they were.
  func isLarge(_ place: Int) -> Bool { gradients[place].count > 1 << 20 }
  let norm = places.reduce(0.0) {
    let gradient = gradients[$1]
    return $0
      + (isLarge($1) ? sumOfSquares(gradient.span, workers: workers) : sumOfSquares(gradient.span))
  }.squareRoot()
  guard norm > limit else { return }
  for index in places {
    var span = gradients[index].mutableSpan
    scale(&span, by: Float(limit / norm), workers: workers)
  }
}

/// What a method adds to plain training: other weights in the passes, a change of the gradients before an update, or of the
/// parameters after it.
public protocol UpdateConstraint: Sendable {
  /// The parameters with which the passes of a minibatch are made; nil for those that are updated.
  func presented(_ parameters: [Tensor]) -> [Tensor]?
  /// Changes the gradients of one minibatch; `parameters` are those that are updated.
  func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers)
  /// Changes the parameters after the optimizer's step of the given learning rate.
  func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers)
}

extension UpdateConstraint {
  public func presented(_ parameters: [Tensor]) -> [Tensor]? { nil }
  public func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers) {}
  public func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {}
}

/// Where a training run stands; reported often.
public struct TrainingProgress: Codable, Hashable, Sendable {
  /// Updates done.
  public var update: Int
  /// Updates in all.
  public var total: Int
  /// The mean loss of the current epoch so far.
  public var loss: Double
  /// The update at which this process took over from a checkpoint; 0 if it started from the beginning.
  public var resumedAt: Int

  public init(update: Int, total: Int, loss: Double, resumedAt: Int) {
    self.update = update
    self.total = total
    self.loss = loss
    self.resumedAt = resumedAt
  }
}

/// A training run between two updates.
public struct TrainingSession {
  /// What is run.
  private let trainer: Trainer
  /// Where the state is kept.
  private let checkpoint: CheckpointFile?
  /// The network with the parameters that are updated.
  public var network: Network
  /// Optimizer, counters, history and the best state; the parameters are those of `network`.
  public var state: TrainingState
  /// If a loss or a parameter was not finite: the update, counted from 1.
  public private(set) var divergedAt: Int?
  /// The update at which this process took over from a checkpoint; 0 if it started from the beginning.
  public let resumedAt: Int

  private let earlierSeconds: Double
  private let startSeconds: Double
  private var pace = CheckpointPace()
  private var activations = Activations()
  private var loss = SoftmaxCrossEntropy()
  private var gradients: [Tensor] = []
  private let supply: BatchSupply
  private var batch = Batch()
  private var lastRate = 0.0

  /// The state of `trainer`'s run in the checkpoint, or before the first update if there is none.
  ///
  /// - Parameters:
  ///   - methodBuffers: how many tensors of each parameter's shape a method keeps behind those of the optimizer; zero at first.
  ///   - checkpoint: where the state is kept.
  /// - Throws: `TrainingError` for a size of the minibatches that text or network cannot be trained with.
  public init(
    _ trainer: Trainer, methodBuffers: Int = 0, checkpoint: CheckpointFile? = nil
  ) throws(TrainingError) {
    try trainer.requireUsableBatches()
    let (data, recipe) = (trainer.data, trainer.recipe)
    self.trainer = trainer
    self.checkpoint = checkpoint
    let bufferCount = trainer.recipe.optimizer.optimizer.bufferCount + methodBuffers
    var network = trainer.network
    var state = TrainingState(
      parameters: network.parameters,
      buffers: network.information.map { parameter in
        (0..<bufferCount).map { _ in Tensor(parameter.shape) }
      })
    if let stored = checkpoint?.load(like: state) { state = stored }
    network.parameters = state.parameters
    let carried = state.carried
    (state.parameters, state.carried) = ([], [])  // one owner while training
    self.network = network
    self.state = state
    resumedAt = state.counters.update
    if !carried.isEmpty { activations.states = carried }
    supply = data.training.trainingBatches(
      recipe, augmentation: data.augmentation, seed: trainer.seed)
    earlierSeconds = state.counters.processorSeconds
    startSeconds = ProcessClock.processorSeconds
  }

  /// Updates done.
  public var update: Int { state.counters.update }

  /// Updates of one epoch.
  public var updatesPerEpoch: Int {
    trainer.recipe.updatesPerEpoch(over: trainer.data.epochLength)
  }

  /// Updates of the whole run.
  public var updateCount: Int {
    trainer.recipe.updateCount(over: trainer.data.epochLength)
  }

  /// Whether an epoch, or the run, has just ended.
  public var isEpochComplete: Bool { update % updatesPerEpoch == 0 || update == updateCount }

  /// Processor seconds, including those of processes that were killed before.
  public var processorSeconds: Double {
    earlierSeconds + ProcessClock.processorSeconds - startSeconds
  }

  /// The place of the method's first buffer among those of a parameter.
  public var firstMethodBuffer: Int { trainer.recipe.optimizer.optimizer.bufferCount }

  /// Makes updates until `stop` of them are done, or a loss or, at the end, a parameter is not finite.
  ///
  /// A checkpoint is written on the way where the last one is ten minutes old, or where the workers were asked to stop, so what a
  /// method keeps in the state must be that of the newest update when this is called.
  ///
  /// - Parameter report: called after every update with the progress.
  /// - Throws: `TrainingError` if an image in a file cannot be decoded or a checkpoint cannot be written; `.stopped` after a request
  ///   to stop.
  public mutating func advance(
    to stop: Int, constraint: (any UpdateConstraint)?, report: (TrainingProgress) -> Void
  ) throws(TrainingError) {
    let (recipe, seed, workers) = (trainer.recipe, trainer.seed, trainer.workers)
    let length = trainer.data.epochLength
    let total = updateCount
    let optimizer = recipe.optimizer.optimizer
    let withoutDecay = recipe.decaysBiases == false ? optimizer.withoutWeightDecay : optimizer
    let kinds = network.information.map { $0.kind }
    let learned = kinds.indices.filter { kinds[$0].isLearned }

    while update < min(stop, total) {
      do throws(DatasetError) {
        try supply.take(update, into: &batch)
      } catch {
        throw .data(error)
      }
      var updated = constraint?.presented(network.parameters) ?? []
      let isPresented = !updated.isEmpty
      if isPresented { swap(&network.parameters, &updated) }
      var pass = Pass(.training, workers: workers, seed: seed.child("dropout").child(update))
      pass.read(batch)
      let logits = network.forward(batch.inputs, activations: &activations, pass: pass)
      let lossSum = loss.differentiate(logits, labels: batch.labels, workers: workers)
      network.backward(
        loss.gradient, input: batch.inputs, activations: &activations, gradients: &gradients,
        pass: pass)
      if isPresented { swap(&network.parameters, &updated) }
      if let limit = recipe.gradientNormLimit {
        clip(&gradients, at: learned, to: limit, workers: workers)
      }
      constraint?.adjust(&gradients, parameters: network.parameters, workers: workers)
      let rate = recipe.rate(update: update, over: length)
      for index in kinds.indices where !kinds[index].isLearned {
        swap(&network.parameters[index], &gradients[index])
      }
      for index in learned {
        let isAdded = kinds[index] == .bias || kinds[index] == .shift
        (isAdded ? withoutDecay : optimizer).update(
          &network.parameters[index], gradient: gradients[index], buffers: &state.buffers[index],
          rate: rate, step: update + 1, workers: workers)
      }
      constraint?.restore(&network.parameters, rate: rate, workers: workers)

      state.counters.update += 1
      state.counters.epochLossSum += lossSum
      state.counters.epochImageCount += batch.labels.count
      lastRate = rate
      if !lossSum.isFinite {
        divergedAt = update
        record("diverged", 1)
        return
      }
      report(
        TrainingProgress(
          update: update, total: total,
          loss: state.counters.epochLossSum / Double(state.counters.epochImageCount),
          resumedAt: resumedAt))
      // Not at a stop: whoever runs the session has something to do there first.
      if update < min(stop, total), pace.isOverdue || workers.isStopRequested { try save() }
    }
    // The last loss was that of the parameters before their update.
    if !network.parameters.allSatisfy({ $0.isFinite }) {
      divergedAt = update
      record("diverged", 1)
    }
  }

  /// Writes the training loss of the epoch and the last learning rate into the history.
  public mutating func closeEpoch() {
    record(
      "training-loss",
      state.counters.epochLossSum / Double(max(1, state.counters.epochImageCount)))
    record("learning-rate", lastRate)
    state.counters.epochLossSum = 0
    state.counters.epochImageCount = 0
  }

  /// Writes what a network does on the validation examples into the history.
  ///
  /// - Parameter suffix: follows the names of the metrics, where it is another network than the one returned: `-sparse`.
  public mutating func record(validation evaluation: Evaluation, suffix: String = "") {
    record("validation-loss" + suffix, evaluation.loss)
    record("validation-accuracy" + suffix, evaluation.accuracy)
    if trainer.data.validation.isText {
      record("validation-perplexity" + suffix, evaluation.perplexity)
    }
  }

  /// Keeps the parameters as they are now, if the recipe keeps the best and their validation loss is the lowest so far.
  ///
  /// - Returns: whether they are kept.
  @discardableResult
  public mutating func keepIfBest(validationLoss loss: Double) -> Bool {
    guard trainer.recipe.keep == .bestValidationLoss, loss < state.counters.bestLoss else {
      return false
    }
    state.counters.bestLoss = loss
    state.counters.bestUpdate = update
    state.best = network.parameters
    return true
  }

  /// Adds a number to the history.
  public mutating func record(_ metric: String, _ value: Double) {
    state.counters.history.append(HistoryRow(step: update, metric: metric, value: value))
  }

  /// Writes the checkpoint at every `interval`th update of the run but its last, and at other stops where that costs less than a
  /// hundredth of the time since the last one, or where the workers were asked to stop.
  ///
  /// - Throws: `TrainingError` if it cannot be written; `.stopped` after a request to stop.
  public mutating func save(every interval: Int) throws(TrainingError) {
    guard update < updateCount,
      update % interval == 0 || pace.isCheap || trainer.workers.isStopRequested
    else { return }
    try save()
  }

  /// Writes the checkpoint, if the run has one.
  ///
  /// - Throws: `TrainingError` if it cannot be written; `.stopped` if the workers were asked to stop.
  private mutating func save() throws(TrainingError) {
    if let checkpoint {
      let start = ProcessClock.monotonicSeconds
      state.counters.processorSeconds = processorSeconds
      var stored = state
      stored.parameters = network.parameters
      stored.carried = activations.states
      try checkpoint.save(stored)
      pace.saved(from: start)
    }
    if trainer.workers.isStopRequested { throw .stopped(update: update) }
  }

  /// How the run ended, if it ends here.
  ///
  /// - Parameter keepingBest: whether the best state is returned instead of the last, if there is one and nothing diverged.
  public func outcome(keepingBest: Bool) -> TrainingOutcome {
    let keepsBest = keepingBest && !state.best.isEmpty && divergedAt == nil
    var returned = network
    if keepsBest { returned.parameters = state.best }
    return TrainingOutcome(
      network: returned, history: state.counters.history, processorSeconds: processorSeconds,
      updates: update, keptUpdate: keepsBest ? state.counters.bestUpdate : update,
      divergedAt: divergedAt)
  }
}

/// When a checkpoint is worth its time. It decides what a kill costs, never what a run gives.
private struct CheckpointPace {
  private static let longest = 600.0
  private static let shortest = 30.0
  private var lastSave = ProcessClock.monotonicSeconds
  private var cost = 0.0

  private var elapsed: Double { ProcessClock.monotonicSeconds - lastSave }

  /// Whether the last checkpoint is ten minutes old.
  var isOverdue: Bool { elapsed >= Self.longest }

  /// Whether another checkpoint takes less than a hundredth of the time since the last one.
  var isCheap: Bool { elapsed >= max(Self.shortest, 100 * cost) }

  /// Notes that a checkpoint has been written since `start`.
  mutating func saved(from start: Double) {
    lastSave = ProcessClock.monotonicSeconds
    cost = lastSave - start
  }
}
