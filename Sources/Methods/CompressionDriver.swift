// The one driver of all compression methods: project, learn, project again. What it returns is always a feasible copy Δ(Θ),
// never the free weights w. Method-specific rounds (learning-compression, ADMM) plug in between the two projections.

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

  /// Runs `method` on `dense`.
  ///
  /// - Throws: `CompressionError` if the scheme refuses the weights, `TrainingError` if a checkpoint cannot be written.
  public func run(
    _ method: any CompressionMethod, on dense: Network,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    let context = CompressionContext(seed: seed.child("scheme"))

    // Direct compression: Θ = Π(w), round 0 of every method.
    let start = ProcessClock.processorSeconds
    if let scheme = method.scheme {
      let compressed = try scheme.compress(
        dense.weightGroup, startingFrom: nil, context: context)
      try outcome.network.setWeights(compressed.decompressed())
      outcome.compressed = compressed
    }
    if !data.validation.isEmpty {
      let evaluation = outcome.network.evaluate(
        on: data.images, at: data.validation, normalization: data.normalization, workers: workers)
      outcome.history = [
        HistoryRow(step: 0, metric: "validation-loss", value: evaluation.loss),
        HistoryRow(step: 0, metric: "validation-accuracy", value: evaluation.accuracy),
      ]
    }
    outcome.processorSeconds = ProcessClock.processorSeconds - start
    guard let retraining = method.retraining else { return outcome }

    let trainer = Trainer(
      network: outcome.network, recipe: retraining, data: data, seed: seed.child("retraining"),
      constraint: outcome.compressed.map { SupportConstraint($0, network: dense) },
      workers: workers)
    let trained = try trainer.run(checkpoint: checkpoint, report: report)
    outcome.network = trained.network
    outcome.history += trained.history
    outcome.processorSeconds += trained.processorSeconds
    outcome.updates = trained.updates
    outcome.keptUpdate = trained.keptUpdate
    outcome.divergedAt = trained.divergedAt
    if let compressed = outcome.compressed, trained.divergedAt == nil {
      // The support stays; the values return to the scheme's number format.
      let refitted = try compressed.refitted(to: trained.network.weightGroup)
      try outcome.network.setWeights(refitted.decompressed())
      outcome.compressed = refitted
    }
    return outcome
  }
}
