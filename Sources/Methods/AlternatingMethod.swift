// Methods whose learning is a loop of their own: the driver hands them the dense network and gets a feasible outcome back.

import Compression
import Networks
import Reproducibility
import Training

/// A method that alternates learning and projecting in its own way.
protocol AlternatingMethod: CompressionMethod {
  /// Learns from `dense` and returns a feasible network with its code.
  ///
  /// - Parameter driver: data, seed, threads and checkpoints.
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome
}

extension JointADMM: AlternatingMethod {
  /// Stage after stage, then the fine-tuning; the updates of all of them are counted on.
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    var latent = dense
    let total = updateCount(over: driver.data.epochLength)
    for (index, budget) in budgets.enumerated() {
      let earlier = outcome.updates
      let loop = JointLoop(
        budget: budget, method: self, data: driver.data,
        seed: driver.seed.child("learning").child(index), workers: driver.workers,
        checkpoint: driver.checkpoint?.part("stage-\(index)"))
      let stage = try loop.run(on: latent) { report($0.shifted(by: earlier, total: total)) }
      latent = stage.latent
      outcome.append(stage.outcome)
      if outcome.divergedAt != nil { return outcome }
    }
    guard let fineTuning, let compressed = outcome.compressed else { return outcome }
    let earlier = outcome.updates
    let tuning = StraightThroughTuning(
      compressed: compressed, recipe: fineTuning, data: driver.data,
      seed: driver.seed.child("fine-tuning"), workers: driver.workers,
      checkpoint: driver.checkpoint?.part("fine-tuning"))
    outcome.append(
      try tuning.run(on: latent) { report($0.shifted(by: earlier, total: total)) })
    return outcome
  }
}

extension StepwiseRetrain: AlternatingMethod {
  /// Operator after operator, each on what the training before it left; what earlier ones decided stays.
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    guard let scheme, let retraining else { return outcome }
    let steps = (scheme.operation as? Chain)?.schemes ?? [scheme]
    let total = updateCount(over: driver.data.epochLength)
    for (index, step) in steps.enumerated() {
      let context = CompressionContext(seed: driver.seed.child("scheme").child(index))
      let code = try step.compress(outcome.network.weightGroup, context: context)
      let compressed = outcome.compressed?.followed(by: code) ?? code
      try outcome.network.setWeights(compressed.decompressed())
      outcome.compressed = compressed
      try driver.retrain(
        retraining,
        holding: SupportConstraint(compressed, parameters: outcome.network.parameterNames),
        &outcome,
        total: total, seed: driver.seed.child("retraining").child(index),
        checkpoint: driver.checkpoint?.part("step-\(index)"), report: report)
      if outcome.divergedAt != nil { break }
    }
    return outcome
  }
}
