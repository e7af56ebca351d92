// Pruning during training instead of before it: in a few steps with training after each (Han, Pool, Tran and Dally 2015), or often
// and along a cubic curve while one training goes on (Zhu and Gupta 2017, arXiv 1710.01878). Controls of every comparison.

public import Compression
import Foundation
import Networks
import Reproducibility
import Tensors
public import Training

/// Prune some, train, prune some more: step k of n keeps the share d^(k/n) of the units, where d is the scheme's density.
///
/// Operators without a density (number formats) act in the last step only.
///
/// Source: Han, Pool, Tran and Dally 2015, section 3; equal shares of the survivors go in every step.
public struct IterativeMagnitude: SchemeMethod {
  public static var name: String { "iterative-magnitude" }

  /// What the network is projected on in the end; has a density.
  public var scheme: Scheme? = Scheme(Chain())
  /// n.
  public var steps = 5
  /// The training after each step, with the support held.
  public var retraining: TrainingRecipe? = TrainingRecipe()

  public init() {}

  public func updateCount(over length: EpochLength) -> Int {
    steps * (retraining?.updateCount(over: length) ?? 0)
  }

  public func validate() throws {
    try scheme?.validate()
    try requireDensity(of: scheme, method: Self.name)
    try requireRepetitions(steps, field: "steps")
  }
}

/// Pruning while training goes on: after j of n steps the share 1 − s(1 − (1 − j/n)³) of the units is left, where 1 − s is the scheme's
/// density; the steps lie at equal distances in the first `pruningShare` of the updates.
///
/// A pruned weight is zero from then on, and its momentum is left alone, as in all masked training here.
///
/// Source: Zhu and Gupta 2017 (arXiv 1710.01878), eq. 1 with an initial sparsity of 0.
public struct GradualMagnitude: SchemeMethod {
  public static var name: String { "gradual-magnitude" }

  /// What the network is projected on in the end; has a density.
  public var scheme: Scheme? = Scheme(Chain())
  /// n: how often the network is pruned.
  public var steps = 20
  /// The share of the updates in which it is pruned; afterwards the support is held.
  public var pruningShare = 0.7
  /// The training; its last state is returned.
  public var retraining: TrainingRecipe? = TrainingRecipe()

  public init() {}

  public func validate() throws {
    try scheme?.validate()
    try requireDensity(of: scheme, method: Self.name)
    try requireRepetitions(steps, field: "steps")
    guard pruningShare > 0, pruningShare <= 1 else {
      throw TrainingError.value(
        field: "pruningShare", value: pruningShare, allowed: "more than 0 and at most 1")
    }
    guard retraining?.keep != .bestValidationLoss else {
      throw MethodError.value(
        field: "retraining.keep",
        problem: "must be ‘last’, because earlier states are not pruned enough")
    }
  }

  /// s_t: the share of the units that is pruned after `step` of the steps.
  ///
  /// Source: Zhu and Gupta 2017, eq. 1.
  static func sparsity(after step: Int, of steps: Int, final: Double) -> Double {
    let left = 1 - Double(step) / Double(steps)
    return final * (1 - left * left * left)
  }
}

private func requireDensity(of scheme: Scheme?, method: String) throws(MethodError) {
  guard scheme?.hasDensity == true else {
    throw .value(field: "scheme", problem: "\(method) needs an operator with a density, like prune")
  }
}

/// Refuses numbers of steps or stages that are none.
func requireRepetitions(_ count: Int, field: String) throws(TrainingError) {
  guard (1...1000).contains(count) else {
    throw .value(field: field, value: Double(count), allowed: "1 or more, to 1000")
  }
}

extension IterativeMagnitude: AlternatingMethod {
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    var outcome = CompressionOutcome(network: dense)
    guard let scheme, let retraining else { return outcome }
    let total = updateCount(over: driver.data.epochLength)
    for step in 1...max(1, steps) {
      let share = Double(step) / Double(steps)
      let goal = step < steps ? scheme.pruning { pow($0, share) } : scheme
      let compressed = try goal.compress(
        outcome.network.weightGroup,
        context: CompressionContext(seed: driver.seed.child("scheme").child(step)))
      try outcome.network.setWeights(compressed.decompressed())
      outcome.compressed = compressed
      if step == steps, !driver.data.validation.isEmpty {
        outcome.hardAccuracy = try driver.validationAccuracy(of: outcome.network)
      }
      try driver.retrain(
        retraining,
        holding: SupportConstraint(compressed, parameters: outcome.network.parameterNames),
        &outcome, total: total, seed: driver.seed.child("retraining").child(step),
        checkpoint: driver.checkpoint?.part("step-\(step)"), report: report)
      if outcome.divergedAt != nil { break }
    }
    try requireFeasible(outcome, of: scheme)
    return outcome
  }
}

extension GradualMagnitude: AlternatingMethod {
  func learn(
    _ dense: Network, with driver: CompressionDriver, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    guard let scheme, let retraining else { return CompressionOutcome(network: dense) }
    let trainer = Trainer(
      network: dense, recipe: retraining, data: driver.data,
      seed: driver.seed.child("learning"), workers: driver.workers)
    // The masks are kept with the training's state: a kept weight may be zero by chance.
    var session = try TrainingSession(trainer, methodBuffers: 1, checkpoint: driver.checkpoint)
    let context = CompressionContext(seed: driver.seed.child("scheme"))
    let total = session.updateCount
    let end = max(1, Int(pruningShare * Double(total)))
    let times = (0..<steps).map { $0 * end / steps }
    let checkpointEvery = max(1, total / 12)
    var constraint = session.update > 0 ? session.maskConstraint : nil

    while session.update < total {
      // A checkpoint is written before the pruning that is due at its update.
      let due = times.lastIndex(of: session.update)
      if let due {
        // The last step asks for the scheme's own density, which 1 − (1 − density) is not to the last bit.
        let goal = scheme.pruning { density in
          due + 1 < steps
            ? 1 - Self.sparsity(after: due + 1, of: steps, final: 1 - density) : density
        }
        let code = try goal.compress(session.network.weightGroup, context: context)
        try session.network.setWeights(code.decompressed())
        session.setMasks(of: code)
        constraint = session.maskConstraint
        let weights = code.members.filter { $0.name.role == "weight" }
        session.record("kept-weights", Double(weights.reduce(0) { $0 + $1.code.nonzeroCount }))
      }
      let stop =
        [session.updatesPerEpoch, checkpointEvery].map { session.update / $0 * $0 + $0 }
        + times.filter { $0 > session.update } + [total]
      try session.advance(to: stop.min() ?? total, constraint: constraint, report: report)
      if session.divergedAt != nil { break }
      if session.isEpochComplete { try trainer.closeEpoch(&session) }
      try session.save(every: checkpointEvery)
    }
    var outcome = CompressionOutcome(training: session.outcome(keepingBest: false))
    guard outcome.divergedAt == nil else { return outcome }
    // As many weights are left as the scheme wants, so this is their number format only.
    let code = try scheme.compress(outcome.network.weightGroup, context: context)
    try outcome.network.setWeights(code.decompressed())
    outcome.compressed = code
    try requireFeasible(outcome, of: scheme)
    return outcome
  }
}

extension TrainingSession {
  /// Keeps the masks of a code in the method's buffers: 1 where a parameter is trained, 0 where it is pruned.
  fileprivate mutating func setMasks(of code: CompressedGroup) {
    for (index, parameter) in network.information.enumerated() {
      var mask = Tensor(
        parameter.shape, elements: [Float](repeating: 1, count: parameter.shape.elementCount))
      if let values = code[parameter.name], values.isSparse {
        mask = Tensor(parameter.shape, elements: values.mask.map { $0 ? 1 : 0 })
      }
      state.buffers[index][firstMethodBuffer] = mask
    }
  }

  /// The support that the masks in the method's buffers describe.
  fileprivate var maskConstraint: SupportConstraint {
    SupportConstraint(masks: state.buffers.map { $0[firstMethodBuffer] })
  }
}

extension Scheme {
  /// The operators of this scheme that have a density, with their densities changed; the others are left out.
  fileprivate func pruning(_ change: (Double) -> Double) -> Scheme {
    let changed = operators.compactMap { operation -> Scheme? in
      guard var operation = operation as? any DensityOperator else { return nil }
      operation.density = change(operation.density)
      return Scheme(operation)
    }
    return changed.count == 1 ? changed[0] : Scheme(Chain(changed))
  }
}
