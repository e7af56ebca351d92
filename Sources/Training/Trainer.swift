// Training to the end of a recipe: epochs with validation after each, and the state that the recipe keeps. The minibatches are
// in `TrainingSession`.

public import Kernels
public import Networks
public import Reproducibility
import Tensors

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
  ///   - checkpoint: where the state is kept; at most a twelfth of the updates, or ten minutes, are repeated after a kill.
  ///   - savesRegularly: `false` if the state is kept only when the workers are asked to stop, or after ten minutes.
  ///   - report: called after updates with the progress.
  /// - Throws: `TrainingError` if a checkpoint cannot be written, an image in a file cannot be decoded, or a text is too short for
  ///   the recipe's columns.
  public func run(
    checkpoint: CheckpointFile? = nil, savesRegularly: Bool = true,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingOutcome {
    var session = try TrainingSession(self, checkpoint: checkpoint)
    let total = session.updateCount
    let checkpointEvery = max(1, total / 12)
    while session.update < total {
      let stop = [session.updatesPerEpoch, checkpointEvery].map { session.update / $0 * $0 + $0 }
      try session.advance(
        to: min(total, stop.min() ?? total), constraint: constraint, report: report)
      if session.divergedAt != nil { break }
      if session.isEpochComplete { try closeEpoch(&session) }
      // Inside a learning round the state is kept only where a stop was asked for, or after ten minutes.
      if savesRegularly || workers.isStopRequested { try session.save(every: checkpointEvery) }
    }
    return session.outcome(keepingBest: recipe.keep == .bestValidationLoss)
  }

  /// - Throws: `TrainingError` if a text is too short for the recipe's columns, or a normalisation over the batch would see a single
  ///   number.
  func requireUsableBatches() throws(TrainingError) {
    func refuse(_ allowed: String) -> TrainingError {
      .value(field: "batch", value: Double(recipe.batch), allowed: allowed)
    }
    switch data.epochLength {
    case .words(let count):
      if recipe.updatesPerEpoch(over: data.epochLength) == 0 {
        throw refuse("at most \(count / 2) columns of a text of \(count) words")
      }
    case .images(let count):
      let smallest = min(
        recipe.batch, count % recipe.batch == 0 ? recipe.batch : count % recipe.batch)
      let layer = network.layers.first {
        $0.layer is BatchNormalization && $0.inputShape.sizes.dropLast().allSatisfy { $0 == 1 }
      }
      if smallest == 1, let layer {
        throw refuse(
          "a size that leaves no minibatch of one image of \(count), because ‘\(layer.name)’ normalises over the batch"
        )
      }
    }
  }

  /// Writes the epoch's numbers into the history and keeps its parameters if they are the best so far.
  ///
  /// - Throws: `TrainingError` if an image in a file cannot be decoded.
  public func closeEpoch(_ session: inout TrainingSession) throws(TrainingError) {
    session.closeEpoch()
    guard !data.validation.isEmpty else { return }
    let evaluation = try session.network.evaluate(on: data.validation, workers: workers)
    session.record(validation: evaluation)
    session.keepIfBest(validationLoss: evaluation.loss)
  }
}
