// The predecessor of unification with ADMM: the blocks that cost least are fixed, the others are trained and pulled towards blocks
// that would cost less, and so on with growing shares (micro-structured-unification, sections 1.1 and 1.5).

public import Compression
import Kernels
import Networks
import Reproducibility
import Tensors
public import Training

/// Unification in stages without ADMM: stage k of n fixes k/n of the blocks, then the rest is trained on.
///
/// With a tolerance the stages end before the first whose validation accuracy falls further than that below the dense
/// network's: the order of the patents.
///
/// Source: micro-structured-unification, section 1.5.
public struct ProgressiveUnification: SchemeMethod {
  public static var name: String { "progressive-unification" }

  /// What the network is projected on in the end; contains `unify`.
  public var scheme: Scheme? = Scheme(Chain())
  /// n.
  public var stages = 5
  /// The training after each stage's projection.
  public var retraining: TrainingRecipe? = TrainingRecipe()
  /// Whether the magnitudes of unified blocks are trained then, or stay; nil means trained.
  public var sharing: SharedTraining?
  /// λ_U: the weight of Σ D over the blocks that are not fixed yet, added to the loss.
  public var unificationLoss = 0.0
  /// How many points of validation accuracy may be lost; nil for all.
  public var tolerance: Double?

  public init() {}

  public func updateCount(over length: EpochLength) -> Int {
    stages * (retraining?.updateCount(over: length) ?? 0)
  }

  public var needsValidation: Bool { tolerance != nil }

  public func validate() throws {
    try scheme?.validate()
    try requireUnify(scheme, of: Self.name)
    try requireSomethingToTrain(scheme, sharing: sharing)
    try requireRepetitions(stages, field: "stages")
    for (field, value) in [("tolerance", tolerance), ("unificationLoss", unificationLoss)] {
      if let value, !(value >= 0 && value.isFinite) {
        throw TrainingError.value(field: field, value: value, allowed: "0 or more")
      }
    }
  }
}

extension ProgressiveUnification: AlternatingMethod {
  /// Stage after stage. Zero blocks cost nothing to prune and unified ones nothing to unify, so later stages fix them again; as
  /// pruning comes first, a unified block of small magnitude may still be pruned.
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    guard let scheme, let retraining else { return outcome }
    let total = updateCount(over: driver.data.epochLength)
    let level = try tolerance.map { try driver.validationAccuracy(of: dense) - $0 }
    for stage in 1...max(1, stages) {
      let earlier = outcome
      let share = Double(stage) / Double(stages)
      let goal = scheme.withShares(times: share)
      let compressed = try goal.compress(
        outcome.network.weightGroup,
        context: CompressionContext(seed: driver.seed.child("scheme").child(stage)))
      try outcome.network.setWeights(compressed.decompressed())
      outcome.compressed = compressed
      try driver.retrain(
        retraining,
        holding: UnificationLoss(
          weight: unificationLoss, of: compressed, network: outcome.network,
          support: SupportConstraint(
            compressed, parameters: outcome.network.parameterNames,
            sharing: sharing ?? .tied)),
        &outcome, total: total, seed: driver.seed.child("retraining").child(stage),
        checkpoint: driver.checkpoint?.part("stage-\(stage)"), report: report)
      if outcome.divergedAt != nil { break }
      try requireFeasible(outcome, of: goal)
      outcome.history.append(
        HistoryRow(step: outcome.updates, metric: "stage-share", value: share))
      guard let level else { continue }
      let accuracy = try driver.validationAccuracy(of: outcome.network)
      outcome.history.append(
        HistoryRow(step: outcome.updates, metric: "stage-accuracy", value: accuracy))
      if accuracy < level {
        // The stage before is returned, the dense network before the first; what this one cost stays counted.
        outcome.network = earlier.network
        outcome.compressed = earlier.compressed
        outcome.keptUpdate = earlier.keptUpdate
        break
      }
    }
    return outcome
  }
}

extension Scheme {
  /// The same scheme with the shares of `unify` times a factor.
  fileprivate func withShares(times factor: Double) -> Scheme {
    if let chain = operation as? Chain {
      return Scheme(Chain(chain.schemes.map { $0.withShares(times: factor) }))
    }
    guard var unify = operation as? Unify else { return self }
    unify.pruned *= factor
    unify.unified *= factor
    return Scheme(unify)
  }
}

/// Training under a support that adds λ_U · Σ D over the kept blocks to the loss.
///
/// Source: micro-structured-unification, section 1.5 (J_U).
private struct UnificationLoss: UpdateConstraint {
  /// λ_U.
  let weight: Float
  /// The blocks of each parameter; nil where it has none.
  let blocks: [UnifiedValues?]
  let support: SupportConstraint

  init(
    weight: Double, of compressed: CompressedGroup, network: Network, support: SupportConstraint
  ) {
    self.weight = Float(weight)
    blocks = network.information.map { weight > 0 ? compressed[$0.name]?.unified : nil }
    self.support = support
  }

  func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers) {
    for (index, blocks) in blocks.enumerated() {
      blocks?.addDistortionGradient(of: parameters[index], times: weight, to: &gradients[index])
    }
    support.adjust(&gradients, parameters: parameters, workers: workers)
  }

  func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    support.restore(&parameters, rate: rate, workers: workers)
  }
}
