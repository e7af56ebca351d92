// The one driver of all compression methods: project, learn and project in rounds if the method has them, retrain if it wants.
// What it returns is always a feasible copy Δ(Θ), never the free weights w. The rounds themselves are in `LearningLoop`.

public import Compression
public import Kernels
public import Networks
public import Reproducibility
public import Training

/// How compressing one network ended.
public struct CompressionOutcome: Sendable {
  /// The returned network: the decompressed, feasible copy.
  public var network: Network
  /// Its code; nil if the method compresses nothing.
  public var compressed: CompressedGroup?
  /// What was measured on the way; step 0 is direct compression.
  public var history: [HistoryRow]
  /// Processor seconds of the training.
  public var processorSeconds: Double
  /// Minibatch updates made.
  public var updates: Int
  /// The update whose state was kept.
  public var keptUpdate: Int
  /// If a loss was not finite: the update.
  public var divergedAt: Int?
  /// The validation accuracy in percent at the last projection before retraining; nil if there was neither.
  public var hardAccuracy: Double?

  /// An outcome of which only the network is known yet.
  public init(network: Network) {
    self.network = network
    history = []
    processorSeconds = 0
    updates = 0
    keptUpdate = 0
  }

  /// The outcome of training without compression.
  public init(training: TrainingOutcome) {
    network = training.network
    history = training.history
    processorSeconds = training.processorSeconds
    updates = training.updates
    keptUpdate = training.keptUpdate
    divergedAt = training.divergedAt
  }

  /// Goes on with a further phase, which started from this outcome: its network and code take the place of these, its updates
  /// are counted on.
  mutating func append(_ phase: CompressionOutcome) {
    network = phase.network
    compressed = phase.compressed ?? compressed
    history += phase.history.map {
      HistoryRow(step: $0.step + updates, metric: $0.metric, value: $0.value)
    }
    processorSeconds += phase.processorSeconds
    keptUpdate = updates + phase.keptUpdate
    divergedAt = phase.divergedAt.map { $0 + updates }
    updates += phase.updates
  }
}

/// Compresses a trained network by a method.
public struct CompressionDriver: Sendable {
  /// The data that learning and validation use.
  public var data: TrainingData
  /// The source of everything random in the method.
  public var seed: Seed
  /// The threads.
  public var workers: Workers
  /// Where the learning's state is kept.
  public var checkpoint: CheckpointFile?

  public init(data: TrainingData, seed: Seed, workers: Workers, checkpoint: CheckpointFile? = nil) {
    self.data = data
    self.seed = seed
    self.workers = workers
    self.checkpoint = checkpoint
  }

  /// What operators draw from when dense weights are projected.
  public var projectionContext: CompressionContext {
    CompressionContext(seed: seed.child("scheme"))
  }

  /// Runs `method` on `dense`.
  ///
  /// - Throws: `CompressionError` if the scheme refuses the weights, `TrainingError` if a checkpoint cannot be written
  ///   or an image in a file cannot be decoded.
  public func run(
    _ method: any CompressionMethod, on dense: Network,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    if let method = method as? any AlternatingMethod {
      return try method.learn(dense, with: self, report: report)
    }
    let context = projectionContext
    if let scheme = method.scheme, let recipe = method.learning {
      try learn(method, scheme, recipe, on: dense, context: context, &outcome, report: report)
    } else {
      try project(method, dense, context: context, &outcome)
    }
    try requireFeasible(outcome, of: method.scheme)
    guard let retraining = method.retraining, outcome.divergedAt == nil else { return outcome }
    outcome.hardAccuracy = hardAccuracy(of: outcome, by: method)
    let total = outcome.updates + retraining.updateCount(over: data.epochLength)
    try retrain(
      retraining,
      holding: outcome.compressed.map {
        SupportConstraint(
          $0, parameters: outcome.network.parameterNames, sharing: method.sharing ?? .tied)
      }, &outcome, total: total, seed: seed.child("retraining"), checkpoint: checkpoint,
      report: report)
    try requireFeasible(outcome, of: method.scheme)
    return outcome
  }

  /// Direct compression, Θ = Π(w): round 0 of every method.
  private func project(
    _ method: any CompressionMethod, _ dense: Network, context: CompressionContext,
    _ outcome: inout CompressionOutcome
  ) throws {
    let start = ProcessClock.processorSeconds
    if let scheme = method.scheme {
      let compressed = try scheme.compress(
        dense.weightGroup, startingFrom: nil, context: context)
      try outcome.network.setWeights(compressed.decompressed())
      outcome.compressed = compressed
    }
    if !data.validation.isEmpty {
      let evaluation = try outcome.network.evaluate(on: data.validation, workers: workers)
      outcome.history = [
        HistoryRow(step: 0, metric: "validation-loss", value: evaluation.loss),
        HistoryRow(step: 0, metric: "validation-accuracy", value: evaluation.accuracy),
      ]
    }
    outcome.processorSeconds = ProcessClock.processorSeconds - start
    if let gap = try method.scheme?.selectionGap(in: dense.weightGroup) {
      outcome.history.append(HistoryRow(step: 0, metric: "selection-gap", value: gap))
    }
  }

  /// The validation accuracy of what is about to be retrained, if it is the last projection that is retrained.
  private func hardAccuracy(
    of outcome: CompressionOutcome, by method: any CompressionMethod
  ) -> Double? {
    guard method.scheme != nil else { return nil }
    if let learning = method.learning, learning.hardens != true { return nil }
    return outcome.history.last { $0.metric.hasPrefix("validation-accuracy") }?.value
  }

  /// The validation accuracy of a network in percent.
  ///
  /// - Throws: `TrainingError` if an image in a file cannot be decoded.
  func validationAccuracy(of network: Network) throws(TrainingError) -> Double {
    try network.evaluate(on: data.validation, workers: workers).accuracy
  }

  /// Rounds of learning and projecting.
  private func learn(
    _ method: any CompressionMethod, _ scheme: Scheme, _ recipe: LearningRecipe, on dense: Network,
    context: CompressionContext, _ outcome: inout CompressionOutcome,
    report: (TrainingProgress) -> Void
  ) throws {
    var learner = NetworkLearner(
      network: dense, data: data, seed: seed.child("learning"), workers: workers)
    let total = method.updateCount(over: data.epochLength)
    let loop = LearningLoop(
      scheme: scheme, recipe: recipe, updatesMultipliers: method.updatesMultipliers,
      context: context)
    let result = try loop.run(&learner, checkpoint: checkpoint?.part("learning")) { progress in
      report(progress.shifted(by: 0, total: total))
    }
    learner.state = result.keptState
    outcome.network = learner.network
    try outcome.network.setWeights(result.compressed.decompressed())
    outcome.compressed = result.compressed
    outcome.history = result.history
    outcome.processorSeconds = result.processorSeconds
    outcome.updates = result.updates
    outcome.keptUpdate = result.keptUpdate
    outcome.divergedAt = result.divergedAt
  }

  /// Training of the outcome's network; afterwards its values return to the scheme's number format.
  ///
  /// - Parameters:
  ///   - constraint: what holds the outcome's code while it is trained.
  ///   - total: the updates of the whole method, for progress.
  ///   - seed: the source of the order of the minibatches.
  func retrain(
    _ recipe: TrainingRecipe, holding constraint: (any UpdateConstraint)?,
    _ outcome: inout CompressionOutcome, total: Int, seed: Seed, checkpoint: CheckpointFile?,
    report: (TrainingProgress) -> Void
  ) throws {
    let earlier = outcome.updates
    let trainer = Trainer(
      network: outcome.network, recipe: recipe, data: data, seed: seed, constraint: constraint,
      workers: workers)
    let trained = try trainer.run(checkpoint: checkpoint) { progress in
      report(progress.shifted(by: earlier, total: total))
    }
    outcome.append(CompressionOutcome(training: trained))
    if let compressed = outcome.compressed, trained.divergedAt == nil {
      let refitted = try compressed.refitted(to: trained.network.weightGroup)
      try outcome.network.setWeights(refitted.decompressed())
      outcome.compressed = refitted
    }
  }
}

extension TrainingProgress {
  /// This progress as part of a longer run.
  func shifted(by updates: Int, total: Int) -> TrainingProgress {
    TrainingProgress(
      update: update + updates, total: total, loss: loss,
      resumedAt: resumedAt == 0 ? 0 : resumedAt + updates)
  }
}
