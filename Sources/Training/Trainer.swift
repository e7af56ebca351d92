// The one loop over batches. Constraints (masks, penalties) enter through `UpdateConstraint`;
// the loop keeps history, checkpoints itself, and ends as `diverged` when a loss is not finite.

import Datasets
public import Kernels
public import Networks
public import Reproducibility
public import Tensors

/// Scales all `gradients` by one factor, so that their common Euclidean norm is at most `limit`.
///
/// Source: Pascanu, Mikolov and Bengio 2013.
public func clip(_ gradients: inout [Tensor], to limit: Double) {
  let norm = gradients.reduce(0.0) { $0 + sumOfSquares($1.span) }.squareRoot()
  guard norm > limit else { return }
  for index in gradients.indices {
    var span = gradients[index].mutableSpan
    scale(&span, by: Float(limit / norm))
  }
}

/// What a method adds to plain training: a change of the gradients before an update, or of the parameters after it.
public protocol UpdateConstraint: Sendable {
  /// Changes the gradients of one minibatch; `parameters` are those they were taken at.
  func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers)
  /// Changes the parameters after the optimizer's step.
  func restore(_ parameters: inout [Tensor], workers: Workers)
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

/// How a training run ended.
public struct TrainingOutcome: Sendable {
  /// The network with the parameters that the recipe keeps.
  public var network: Network
  /// What was measured on the way.
  public var history: [HistoryRow]
  /// Processor seconds, including those of processes that were killed before.
  public var processorSeconds: Double
  /// Updates done.
  public var updates: Int
  /// The update whose state was kept.
  public var keptUpdate: Int
  /// If a loss was not finite: the update, counted from 1.
  public var divergedAt: Int?
}

/// Trains a network by minibatches.
public struct Trainer: Sendable {
  /// The network to start from.
  public var network: Network
  /// How it is trained.
  public var recipe: TrainingRecipe
  /// What it is trained on.
  public var data: TrainingData
  /// The source of the batches' order and of dropout.
  public var seed: Seed
  /// What a method adds.
  public var constraint: (any UpdateConstraint)?
  /// The threads.
  public var workers: Workers

  public init(
    network: Network, recipe: TrainingRecipe, data: TrainingData, seed: Seed,
    constraint: (any UpdateConstraint)? = nil, workers: Workers
  ) {
    self.network = network
    self.recipe = recipe
    self.data = data
    self.seed = seed
    self.constraint = constraint
    self.workers = workers
  }

  /// Trains from the checkpoint if there is one, else from the beginning.
  ///
  /// - Parameters:
  ///   - checkpoint: where the state is kept; at most a twelfth of the updates is repeated after a kill.
  ///   - report: called after updates with the progress.
  /// - Throws: `TrainingError` if a checkpoint cannot be written.
  public func run(
    checkpoint: CheckpointFile? = nil, report: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingOutcome {
    let imageCount = data.training.count
    let perEpoch = recipe.updatesPerEpoch(imageCount: imageCount)
    let total = recipe.updateCount(imageCount: imageCount)
    let optimizer = recipe.optimizer.optimizer
    let checkpointEvery = max(1, total / 12)

    var network = self.network
    var state = TrainingState(
      parameters: network.parameters,
      buffers: network.information.map { parameter in
        (0..<optimizer.bufferCount).map { _ in Tensor(parameter.shape) }
      })
    if let stored = checkpoint?.load(like: state) { state = stored }
    network.parameters = state.parameters
    state.parameters = []  // one owner while training
    let resumedAt = state.counters.update
    let earlierSeconds = state.counters.processorSeconds
    let startSeconds = ProcessClock.processorSeconds
    var divergedAt: Int?

    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var gradients: [Tensor] = []
    var input = Tensor.empty
    var labels: [UInt8] = []
    var order: [Int] = []

    while state.counters.update < total {
      let update = state.counters.update
      let (epoch, position) = update.quotientAndRemainder(dividingBy: perEpoch)
      if position == 0 || order.isEmpty {
        order = EpochOrder.indices(of: data.training, epoch: epoch, seed: seed.child("order"))
      }
      let chosen = order[position * recipe.batch..<min((position + 1) * recipe.batch, imageCount)]
      fillBatch(
        from: data.images, at: chosen, normalization: data.normalization, images: &input,
        labels: &labels)

      let pass = Pass(.training, workers: workers, seed: seed.child("dropout").child(update))
      let logits = network.forward(input, activations: &activations, pass: pass)
      let lossSum = loss.differentiate(logits, labels: labels, workers: workers)
      network.backward(
        loss.gradient, input: input, activations: &activations, gradients: &gradients, pass: pass)
      if let limit = recipe.gradientNormLimit { clip(&gradients, to: limit) }
      constraint?.adjust(&gradients, parameters: network.parameters, workers: workers)
      let rate = recipe.rate(update: update, imageCount: imageCount)
      for index in network.parameters.indices {
        optimizer.update(
          &network.parameters[index], gradient: gradients[index], buffers: &state.buffers[index],
          rate: rate, step: update + 1, workers: workers)
      }
      constraint?.restore(&network.parameters, workers: workers)

      state.counters.update += 1
      state.counters.epochLossSum += lossSum
      state.counters.epochImageCount += labels.count
      if !lossSum.isFinite {
        divergedAt = state.counters.update
        state.counters.history.append(
          HistoryRow(step: state.counters.update, metric: "diverged", value: 1))
        break
      }
      report(
        TrainingProgress(
          update: state.counters.update, total: total,
          loss: state.counters.epochLossSum / Double(state.counters.epochImageCount),
          resumedAt: resumedAt))
      if state.counters.update % perEpoch == 0 || state.counters.update == total {
        closeEpoch(&state, network: network, rate: rate)
      }
      if let checkpoint, state.counters.update % checkpointEvery == 0,
        state.counters.update < total
      {
        state.counters.processorSeconds =
          earlierSeconds + ProcessClock.processorSeconds - startSeconds
        var stored = state
        stored.parameters = network.parameters
        try checkpoint.save(stored)
      }
    }

    let keepsBest =
      recipe.keep == .bestValidationLoss && !state.best.isEmpty && divergedAt == nil
    if keepsBest { network.parameters = state.best }
    return TrainingOutcome(
      network: network, history: state.counters.history,
      processorSeconds: earlierSeconds + ProcessClock.processorSeconds - startSeconds,
      updates: state.counters.update,
      keptUpdate: keepsBest ? state.counters.bestUpdate : state.counters.update,
      divergedAt: divergedAt)
  }

  /// Writes the epoch's numbers into the history and keeps its parameters if they are the best so far.
  private func closeEpoch(_ state: inout TrainingState, network: Network, rate: Double) {
    let step = state.counters.update
    let trainingLoss = state.counters.epochLossSum / Double(max(1, state.counters.epochImageCount))
    state.counters.history.append(
      HistoryRow(step: step, metric: "training-loss", value: trainingLoss))
    state.counters.history.append(HistoryRow(step: step, metric: "learning-rate", value: rate))
    state.counters.epochLossSum = 0
    state.counters.epochImageCount = 0
    guard !data.validation.isEmpty else { return }
    let evaluation = network.evaluate(
      on: data.images, at: data.validation, normalization: data.normalization, workers: workers)
    state.counters.history.append(
      HistoryRow(step: step, metric: "validation-loss", value: evaluation.loss))
    state.counters.history.append(
      HistoryRow(step: step, metric: "validation-accuracy", value: evaluation.accuracy))
    if recipe.keep == .bestValidationLoss, evaluation.loss < state.counters.bestLoss {
      state.counters.bestLoss = evaluation.loss
      state.counters.bestUpdate = step
      state.best = network.parameters
    }
  }
}
