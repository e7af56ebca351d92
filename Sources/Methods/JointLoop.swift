// The training of the joint method: epochs of minibatches with a proximal pull, both projections after each, and the copy that
// is returned: W quantized at the bits of V (joint-sparsity-quantization, section 2.1). Look first at `run`.

import Compression
import Kernels
import Networks
import Reproducibility
import Tensors
import Training

/// One stage of the joint method on a network.
struct JointLoop {
  /// The budget of the stage.
  let budget: BitBudget
  /// Penalty, training and what else does not change from stage to stage.
  let method: JointADMM
  /// What it learns from.
  let data: TrainingData
  /// The source of the order of the minibatches.
  let seed: Seed
  /// The threads.
  let workers: Workers
  /// Where the state is kept between epochs.
  let checkpoint: CheckpointFile?

  /// Names of what the state keeps besides tensors.
  private enum Number {
    static let bits = "bits"
    static let bestBits = "best-bits"
  }

  /// Trains from the checkpoint if there is one, else from `start`.
  ///
  /// - Returns: the kept epoch's W, sparse and not quantized, from which a next stage starts; and the outcome, which is W at the
  ///   bits of V.
  /// - Throws: `CompressionError` for weights that are not finite or a budget they cannot meet, `TrainingError` if a checkpoint
  ///   cannot be written.
  func run(
    on start: Network, report: (TrainingProgress) -> Void
  ) throws -> (latent: Network, outcome: CompressionOutcome) {
    let trainer = Trainer(
      network: start, recipe: method.training, data: data, seed: seed, workers: workers)
    var session = try TrainingSession(trainer, methodBuffers: 3, checkpoint: checkpoint)
    let projector = try budget.projector(for: start.weightGroup)
    var splitting: BudgetSplitting
    // The newest copy that could be returned.
    var code: CompressedGroup
    if let bits = session.state.counters.numbers?[Number.bits] {
      let projected: WeightGroup
      (splitting, projected) = restored(from: session, bits: bits, projector: projector)
      code = try projector.coded(projected, bits: bits)
    } else {
      splitting = BudgetSplitting(projector, weights: start.weightGroup)
      code = try project(&session, &splitting)
      store(splitting, in: &session)
    }
    let names = session.network.information.map { $0.name }
    let checkpointEvery = max(1, method.training.epochs / 12) * session.updatesPerEpoch

    while session.update < session.updateCount {
      let epoch = session.update / session.updatesPerEpoch
      try session.advance(
        to: (epoch + 1) * session.updatesPerEpoch,
        constraint: ProximalPull(
          penalty: method.penalty, targets: splitting.targets, parameters: names),
        report: report)
      if session.divergedAt != nil { break }
      session.closeEpoch()
      let isFrozen = method.freezeBitsAfter.map { epoch + 1 > $0 } ?? false
      code = try project(&session, &splitting, frozen: isFrozen)
      store(splitting, in: &session)
      try session.save(every: checkpointEvery)
    }

    var network = session.network
    let isBest = method.training.keep == .bestValidationLoss && !session.state.best.isEmpty
    if isBest, let bits = session.state.counters.numbers?[Number.bestBits] {
      network.parameters = session.state.best
      code = try projector.coded(network.weightGroup, bits: bits)
    }
    requireBudget(code, projector: projector)
    var outcome = CompressionOutcome(network: network)
    try outcome.network.setWeights(code.decompressed())
    outcome.compressed = code
    outcome.history = session.state.counters.history
    outcome.processorSeconds = session.processorSeconds
    outcome.updates = session.update
    outcome.keptUpdate = isBest ? session.state.counters.bestUpdate : session.update
    outcome.divergedAt = session.divergedAt
    return (network, outcome)
  }

  /// Both projections of the session's weights, with their numbers for the history.
  ///
  /// - Returns: the copy that would be returned: W quantized at the bits of V.
  private func project(
    _ session: inout TrainingSession, _ splitting: inout BudgetSplitting, frozen: Bool = false
  ) throws -> CompressedGroup {
    let projection = try splitting.project(session.network.weightGroup, frozen: frozen)
    try session.network.setWeights(projection.weights)
    if method.clearsMomentum == true {
      for index in session.state.buffers.indices {
        for number in 0..<session.firstMethodBuffer {
          session.state.buffers[index][number] = Tensor(
            session.network.information[index].shape)
        }
      }
    }
    session.record("squared-residual", projection.squaredResidual)
    session.record("dual-norm", splitting.dualNorm)
    session.record("budget-bits", Double(projection.cost))
    session.record("quantization-gap", projection.gap)
    if !projection.isFeasible { session.record("over-budget", 1) }
    let names = splitting.projector.names(in: projection.weights)
    for (layer, name) in names.enumerated() {
      session.record("bits.\(name.text)", Double(projection.bits[layer]))
      session.record("nonzeros.\(name.text)", Double(projection.nonzeros[layer]))
    }
    let code = try splitting.projector.coded(projection.weights, bits: projection.bits)
    try validate(&session, projection, code)
    return code
  }

  /// Evaluates W and its copy; keeps them if the copy is the best so far.
  private func validate(
    _ session: inout TrainingSession, _ projection: BudgetSplitting.Projection,
    _ code: CompressedGroup
  ) throws {
    guard !data.validation.isEmpty else { return }
    var copy = session.network
    let sparse = try evaluate(copy)
    session.record(validation: sparse, suffix: "-sparse")
    try copy.setWeights(code.decompressed())
    let quantized = try evaluate(copy)
    session.record(validation: quantized)
    if projection.isFeasible, session.keepIfBest(validationLoss: quantized.loss) {
      session.state.counters.numbers = (session.state.counters.numbers ?? [:])
        .merging([Number.bestBits: projection.bits]) { _, new in new }
    }
  }

  private func evaluate(_ network: Network) throws(TrainingError) -> Evaluation {
    try network.evaluate(on: data.validation, workers: workers)
  }

  // MARK: State

  /// Puts V, U, the projected W and the bits into the state, so that it is whole at every update of the epoch that follows.
  private func store(_ splitting: BudgetSplitting, in session: inout TrainingSession) {
    let first = session.firstMethodBuffer
    for (index, parameter) in session.network.information.enumerated() {
      session.state.buffers[index][first + 2] = session.network.parameters[index]
      guard let dual = splitting.dual[parameter.name], let copy = splitting.copy[parameter.name]
      else { continue }
      session.state.buffers[index][first] = copy
      session.state.buffers[index][first + 1] = dual
    }
    session.state.counters.numbers = (session.state.counters.numbers ?? [:])
      .merging([Number.bits: splitting.bits]) { _, new in new }
  }

  /// V and U, and W as it was last projected.
  private func restored(
    from session: TrainingSession, bits: [Int], projector: BudgetProjector
  ) -> (splitting: BudgetSplitting, projected: WeightGroup) {
    let first = session.firstMethodBuffer
    var copy = session.network.weightGroup
    var projected = session.network
    var dual: [ParameterName: Tensor] = [:]
    let names = Set(projector.names(in: copy))
    for (index, parameter) in session.network.information.enumerated()
    where names.contains(parameter.name) {
      copy.replace(parameter.name, with: session.state.buffers[index][first])
      dual[parameter.name] = session.state.buffers[index][first + 1]
    }
    projected.parameters = session.state.buffers.map { $0[first + 2] }
    return (
      BudgetSplitting(projector, bits: bits, copy: copy, dual: dual), projected.weightGroup
    )
  }

  /// What is returned has been counted itself and is within the budget.
  private func requireBudget(_ compressed: CompressedGroup, projector: BudgetProjector) {
    let cost = projector.places.reduce(0) { sum, place in
      let code = compressed.members[place].code
      return sum + code.nonzeroCount * code.values.bitsPerValue
    }
    precondition(
      cost <= projector.budget, "the returned weights take \(cost) of \(projector.budget) bits")
  }
}
