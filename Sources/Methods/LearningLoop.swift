// The loop of learning-compression (condensa, section 2.1): learn with the penalty, project the shifted weights, evaluate the
// compressed copy, update the multipliers. What it returns is always a compressed copy, the one with the best validation loss.

public import Compression
import Kernels
import Reproducibility
public import Tensors
public import Training

/// Where the loop stands after a round; reported to its observer.
public struct LearningRound: Sendable {
  /// The round, 0 for direct compression.
  public var round: Int
  /// μ of the round.
  public var penalty: Double
  /// w after the learning step.
  public var weights: WeightGroup
  /// What was projected: w − λ/μ for the compressed weights, w for everything else.
  public var shifted: WeightGroup
  /// Δ(Θ): the compressed copy.
  public var copy: WeightGroup
  /// λ after the round.
  public var multipliers: [ParameterName: Tensor]
  /// The compressed copy on the validation images.
  public var validation: Evaluation?
}

/// What the loop returns.
public struct LearningResult: Sendable {
  /// Θ of the round with the lowest validation loss; without validation images, of the last.
  public var compressed: CompressedGroup
  /// The learner's state when it was projected.
  public var keptState: [Tensor]
  /// Minibatches done before its projection.
  public var keptUpdate: Int
  /// Minibatches done.
  public var updates: Int
  /// One row per metric and round; the step counts minibatches.
  public var history: [HistoryRow]
  /// Processor seconds, including those of processes that were killed before.
  public var processorSeconds: Double
  /// If a loss was not finite: the minibatch, over all rounds.
  public var divergedAt: Int?
}

/// Learning-compression of the weights of a learner.
public struct LearningLoop: Sendable {
  /// Π.
  public var scheme: Scheme
  /// Rounds, rates and penalties.
  public var recipe: LearningRecipe
  /// Whether λ is updated; without multipliers the loop is the quadratic-penalty method.
  public var updatesMultipliers: Bool
  /// What the scheme may use besides the weights.
  public var context: CompressionContext

  public init(
    scheme: Scheme, recipe: LearningRecipe, updatesMultipliers: Bool = true,
    context: CompressionContext
  ) {
    self.scheme = scheme
    self.recipe = recipe
    self.updatesMultipliers = updatesMultipliers
    self.context = context
  }

  /// Everything that changes from round to round.
  private struct State {
    var compressed: CompressedGroup
    var copy: WeightGroup
    var shifted: WeightGroup
    var multipliers: [ParameterName: Tensor]
    var best: CompressedGroup
    var bestShifted: WeightGroup
    var bestLearner: [Tensor]
    var counters = TrainingState.Counters()
  }

  /// Runs the rounds, from the checkpoint if there is one.
  ///
  /// - Parameters:
  ///   - learner: holds w; afterwards it is where the last round left it.
  ///   - checkpoint: where the state is kept between rounds.
  ///   - report: called often with the progress over all rounds.
  ///   - observe: called after every round.
  /// - Throws: `CompressionError` if the scheme refuses the weights, and the learner's errors.
  public func run(
    _ learner: inout some Learner, checkpoint: CheckpointFile? = nil,
    report: (TrainingProgress) -> Void = { _ in }, observe: (LearningRound) -> Void = { _ in }
  ) throws -> LearningResult {
    let startSeconds = ProcessClock.processorSeconds
    var state = try resumed(&learner, from: checkpoint) ?? begun(learner, observe: observe)
    let earlierSeconds = state.counters.processorSeconds
    let resumedAt = state.counters.update
    var divergedAt: Int?

    while case let round = (state.counters.round ?? 0) + 1, round < recipe.rounds,
      !isSettled(state, learner.weights)
    {
      let penalty = recipe.penalty(round: round)
      if recipe.rescalesDual == false, round > 1 {
        let growth = Float(penalty / recipe.penalty(round: round - 1))
        for (name, multipliers) in state.multipliers {
          var grown = multipliers
          var span = grown.mutableSpan
          scale(&span, by: growth)
          state.multipliers[name] = grown
        }
      }
      let updatesBefore = state.counters.update
      var step = LearningStep(
        round: round, penalty: penalty, target: state.copy, multipliers: state.multipliers)
      step.checkpoint = checkpoint?.part("round-\(round)")
      let learned = try learner.learn(step, recipe: recipe) { progress in
        report(
          TrainingProgress(
            update: updatesBefore + progress.update, total: recipe.updateCount,
            loss: progress.loss, resumedAt: resumedAt))
      }
      state.counters.update += learned.updates
      record(&state, "training-loss", learned.trainingLoss)
      if let step = learned.divergedAt {
        divergedAt = updatesBefore + step
        record(&state, "diverged", 1)
        break
      }
      try project(&state, learner: learner, round: round, penalty: penalty, observe: observe)
      state.counters.processorSeconds =
        earlierSeconds + ProcessClock.processorSeconds - startSeconds
      if let checkpoint { try save(state, learner: learner, to: checkpoint) }
      step.checkpoint?.remove()
    }
    if recipe.hardens == true, divergedAt == nil, recipe.rounds > 1 {
      try harden(&state, learner: learner)
    }
    return LearningResult(
      compressed: state.best, keptState: state.bestLearner,
      keptUpdate: state.counters.bestUpdate, updates: state.counters.update,
      history: state.counters.history,
      processorSeconds: earlierSeconds + ProcessClock.processorSeconds - startSeconds,
      divergedAt: divergedAt)
  }

  /// Round 0: direct compression.
  private func begun(
    _ learner: some Learner, observe: (LearningRound) -> Void
  ) throws -> State {
    let weights = learner.weights
    let compressed = try scheme.compress(weights, context: context)
    var multipliers: [ParameterName: Tensor] = [:]
    for name in compressed.compressedWeightNames {
      multipliers[name] = weights[name].map { Tensor($0.shape) }
    }
    var state = State(
      compressed: compressed, copy: compressed.decompressed(), shifted: weights,
      multipliers: multipliers, best: compressed, bestShifted: weights,
      bestLearner: learner.state)
    try close(&state, learner: learner, round: 0, penalty: 0, previous: nil, observe: observe)
    return state
  }

  /// The projection after a learning step, its evaluation, and the update of the multipliers.
  private func project(
    _ state: inout State, learner: some Learner, round: Int, penalty: Double,
    observe: (LearningRound) -> Void
  ) throws {
    // The signs are those of condensa, eqs. 4 and 5.
    var shifted = learner.weights
    if updatesMultipliers {
      for (name, multipliers) in state.multipliers {
        guard var weight = shifted[name] else { continue }
        var span = weight.mutableSpan
        axpy(-1 / Float(penalty), multipliers.span, &span)
        shifted.replace(name, with: weight)
      }
    }
    let previous = state.copy
    state.shifted = shifted
    state.compressed = try scheme.compress(
      shifted, startingFrom: state.compressed, context: context)
    state.copy = state.compressed.decompressed()
    if updatesMultipliers {
      for name in state.multipliers.keys {
        guard let weight = learner.weights[name], let target = state.copy[name],
          var multipliers = state.multipliers[name]
        else { continue }
        var difference = weight
        var differenceSpan = difference.mutableSpan
        axpy(-1, target.span, &differenceSpan)
        var span = multipliers.mutableSpan
        axpy(-Float(penalty), difference.span, &span)
        state.multipliers[name] = multipliers
      }
    }
    try close(
      &state, learner: learner, round: round, penalty: penalty, previous: previous,
      observe: observe)
  }

  /// Evaluates the copy, keeps it if it is the best so far, and writes the round's numbers into the history.
  private func close(
    _ state: inout State, learner: some Learner, round: Int, penalty: Double,
    previous: WeightGroup?, observe: (LearningRound) -> Void
  ) throws {
    let validation = try learner.validate(state.copy)
    state.counters.round = round
    if validation.map({ $0.loss < state.counters.bestLoss }) ?? true || round == 0 {
      keep(&state, learner: learner)
      state.counters.bestLoss = validation?.loss ?? .infinity
    }
    if let validation {
      record(&state, "validation-loss", validation.loss)
      record(&state, "validation-accuracy", validation.accuracy)
    }
    let names = state.compressed.compressedWeightNames
    if let previous {
      record(&state, "penalty", penalty)
      record(
        &state, "primal-residual",
        Self.distance(learner.weights, state.copy, names).squareRoot())
      record(
        &state, "dual-residual",
        penalty * Self.distance(previous, state.copy, names).squareRoot())
      if recipe.hardens == true || recipe.stopResidual != nil {
        record(
          &state, "relative-residual", Self.largestRelativeResidual(learner.weights, state))
      }
      let squares = names.reduce(0.0) { sum, name in
        sum + (state.multipliers[name].map { sumOfSquares($0.span) } ?? 0)
      }
      record(&state, "multiplier-norm", squares.squareRoot())
    }
    record(&state, "emptied-layers", Double(state.compressed.emptiedMembers.count))
    observe(
      LearningRound(
        round: round, penalty: penalty, weights: learner.weights, shifted: state.shifted,
        copy: state.copy, multipliers: state.multipliers, validation: validation))
  }

  /// Keeps the newest copy as the one that is returned.
  private func keep(_ state: inout State, learner: some Learner) {
    state.best = state.compressed
    state.bestShifted = state.shifted
    state.bestLearner = learner.state
    state.counters.bestUpdate = state.counters.update
  }

  /// The projection of the weights themselves takes the place of the best copy.
  ///
  /// Source: micro-structured-unification, section 2.
  private func harden(_ state: inout State, learner: some Learner) throws {
    state.shifted = learner.weights
    if let gap = try scheme.selectionGap(in: learner.weights) {
      record(&state, "selection-gap", gap)
    }
    state.compressed = try scheme.compress(
      learner.weights, startingFrom: state.compressed, context: context)
    state.copy = state.compressed.decompressed()
    keep(&state, learner: learner)
    guard let validation = try learner.validate(state.copy) else { return }
    record(&state, "validation-loss-hardened", validation.loss)
    record(&state, "validation-accuracy-hardened", validation.accuracy)
  }

  /// Whether weights and copy are as near as the recipe asks; never before the first learning step.
  private func isSettled(_ state: State, _ weights: WeightGroup) -> Bool {
    guard let limit = recipe.stopResidual, state.counters.round ?? 0 > 0 else { return false }
    return Self.largestRelativeResidual(weights, state) < limit
  }

  /// The largest ‖w − Δ(Θ)‖ / ‖w‖ of the compressed layers; 0 for layers of zeros that stay zero.
  private static func largestRelativeResidual(_ weights: WeightGroup, _ state: State) -> Double {
    state.compressed.compressedWeightNames.reduce(0.0) { largest, name in
      guard let weight = weights[name], let target = state.copy[name] else { return largest }
      let size = sumOfSquares(weight.span)
      let distance = weight.squaredDistance(to: target)
      return max(largest, size > 0 ? (distance / size).squareRoot() : distance > 0 ? .infinity : 0)
    }
  }

  private func record(_ state: inout State, _ metric: String, _ value: Double) {
    state.counters.history.append(
      HistoryRow(step: state.counters.update, metric: metric, value: value))
  }

  /// Σ over the named weights of the squared differences.
  private static func distance(
    _ left: WeightGroup, _ right: WeightGroup, _ names: [ParameterName]
  ) -> Double {
    names.reduce(0.0) { sum, name in
      guard let a = left[name], let b = right[name] else { return sum }
      return sum + a.squaredDistance(to: b)
    }
  }

  // MARK: Checkpoints

  // A code is not stored but the weights that were projected: the projection is deterministic. A file holds the learner's state and
  // then the projected weights, for the last round and for the best; multipliers stand beside the projected weights.

  private func save(
    _ state: State, learner: some Learner, to checkpoint: CheckpointFile
  ) throws(TrainingError) {
    let names = state.shifted.names
    var stored = TrainingState(
      parameters: learner.state + names.compactMap { state.shifted[$0] },
      buffers: learner.state.map { _ in [] }
        + names.map { name in state.multipliers[name].map { [$0] } ?? [] })
    stored.best = state.bestLearner + names.compactMap { state.bestShifted[$0] }
    stored.counters = state.counters
    try checkpoint.save(stored)
  }

  private func resumed(
    _ learner: inout some Learner, from checkpoint: CheckpointFile?
  ) throws -> State? {
    guard let checkpoint else { return nil }
    let (weights, count) = (learner.weights, learner.state.count)
    let tagged = Set(try scheme.compress(weights, context: context).compressedWeightNames)
    let projected = weights.names.compactMap { name in weights[name].map { (name, $0) } }
    let expected = TrainingState(
      parameters: learner.state + projected.map { $0.1 },
      buffers: learner.state.map { _ in [] }
        + projected.map { tagged.contains($0.0) ? [$0.1] : [] })
    guard let stored = checkpoint.load(like: expected), !stored.best.isEmpty else { return nil }
    learner.state = Array(stored.parameters.prefix(count))
    var (shifted, bestShifted) = (weights, weights)
    var multipliers: [ParameterName: Tensor] = [:]
    for (index, (name, _)) in projected.enumerated() {
      shifted.replace(name, with: stored.parameters[count + index])
      bestShifted.replace(name, with: stored.best[count + index])
      if tagged.contains(name) { multipliers[name] = stored.buffers[count + index][0] }
    }
    let compressed = try scheme.compress(shifted, context: context)
    return State(
      compressed: compressed, copy: compressed.decompressed(), shifted: shifted,
      multipliers: multipliers, best: try scheme.compress(bestShifted, context: context),
      bestShifted: bestShifted, bestLearner: Array(stored.best.prefix(count)),
      counters: stored.counters)
  }
}
