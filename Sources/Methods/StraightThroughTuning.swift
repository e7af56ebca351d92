// Fine-tuning of a quantized network: the passes see the quantized weights, their gradients go straight through to the latent
// ones, and the codebooks follow by some rounds of Lloyd's rule. Zeros and bits stay (joint-sparsity-quantization, section 2.5).

import Compression
import Kernels
import Networks
import Reproducibility
import Tensors
import Training

/// The quantized weights of every pass, and the zeros that stay.
struct StraightThrough: UpdateConstraint {
  /// One codebook per parameter; nil where it is free.
  var codebooks: [Codebook?]
  /// One mask of zeros and ones per parameter; nil where all elements are free.
  let masks: [Tensor?]

  init(_ compressed: CompressedGroup, network: Network) {
    codebooks = network.information.map { parameter in
      guard let code = compressed[parameter.name], case .codebook(let values) = code.values else {
        return nil
      }
      return Codebook(levels: values.levels, reservesZero: true)
    }
    masks = network.information.map { parameter in
      guard let code = compressed[parameter.name], code.isSparse else { return nil }
      return Tensor(parameter.shape, elements: code.mask.map { $0 ? 1 : 0 })
    }
  }

  func presented(_ parameters: [Tensor]) -> [Tensor]? {
    var result = parameters
    for index in result.indices {
      guard let codebook = codebooks[index] else { continue }
      var span = result[index].mutableSpan
      codebook.quantize(&span)
    }
    return result
  }

  func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    for index in parameters.indices {
      guard let mask = masks[index] else { continue }
      var span = parameters[index].mutableSpan
      multiplyElementwise(&span, by: mask.span)
    }
  }

  /// Moves every level to the mean of the latent weights nearest to it, `rounds` times or until nothing changes.
  mutating func reestimate(_ parameters: [Tensor], rounds: Int) {
    for index in parameters.indices {
      guard let codebook = codebooks[index] else { continue }
      let values = parameters[index]
      codebooks[index] = codebook.reestimated(from: values.span, rounds: rounds)
    }
  }
}

extension StraightThrough {
  /// The codebooks by the names of their parameters.
  func codebooks(of names: [ParameterName]) -> [ParameterName: Codebook] {
    var result: [ParameterName: Codebook] = [:]
    for (name, codebook) in zip(names, codebooks) { result[name] = codebook }
    return result
  }
}

/// Training of latent weights through their quantized copy.
struct StraightThroughTuning {
  /// Zeros, bits and first levels.
  let compressed: CompressedGroup
  let recipe: TrainingRecipe
  let data: TrainingData
  let seed: Seed
  let workers: Workers
  let checkpoint: CheckpointFile?

  /// How often codebooks are re-estimated in an epoch, and by how many rounds; at its end by more.
  private static let estimatesPerEpoch = 20
  private static let rounds = 5
  private static let closingRounds = 100

  /// Trains the latent weights of `network`, which are not quantized.
  ///
  /// - Throws: `TrainingError` if a checkpoint cannot be written.
  func run(
    on network: Network, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    let trainer = Trainer(
      network: network, recipe: recipe, data: data, seed: seed, workers: workers)
    var session = try TrainingSession(trainer, checkpoint: checkpoint)
    var constraint = StraightThrough(compressed, network: network)
    let names = network.information.map { $0.name }
    if let stored = session.state.counters.numbers {
      constraint.codebooks = Self.codebooks(stored, key: Self.levelsKey, like: constraint)
    }
    let perEpoch = session.updatesPerEpoch
    let interval = max(1, perEpoch / Self.estimatesPerEpoch)
    while session.update < session.updateCount {
      let inEpoch = session.update % perEpoch
      let stop = session.update - inEpoch + min(perEpoch, (inEpoch / interval + 1) * interval)
      try session.advance(to: stop, constraint: constraint, report: report)
      if session.divergedAt != nil { break }
      constraint.reestimate(
        session.network.parameters,
        rounds: session.isEpochComplete ? Self.closingRounds : Self.rounds)
      Self.store(constraint, key: Self.levelsKey, in: &session)
      guard session.isEpochComplete else { continue }
      session.closeEpoch()
      try validate(&session, constraint, names: names)
      try session.save(every: perEpoch)
    }
    var outcome = CompressionOutcome(network: session.network)
    let isBest = recipe.keep == .bestValidationLoss && !session.state.best.isEmpty
    if isBest, let stored = session.state.counters.numbers {
      outcome.network.parameters = session.state.best
      constraint.codebooks = Self.codebooks(stored, key: Self.bestKey, like: constraint)
    }
    let code = compressed.recoded(
      outcome.network.weightGroup, codebooks: constraint.codebooks(of: names))
    try outcome.network.setWeights(code.decompressed())
    outcome.compressed = code
    outcome.history = session.state.counters.history
    outcome.processorSeconds = session.processorSeconds
    outcome.updates = session.update
    outcome.keptUpdate = isBest ? session.state.counters.bestUpdate : session.update
    outcome.divergedAt = session.divergedAt
    return outcome
  }

  /// Evaluates the quantized weights and keeps the latent ones if these are the best so far.
  private func validate(
    _ session: inout TrainingSession, _ constraint: StraightThrough, names: [ParameterName]
  ) throws {
    guard !data.validation.isEmpty else { return }
    var copy = session.network
    let code = compressed.recoded(copy.weightGroup, codebooks: constraint.codebooks(of: names))
    try copy.setWeights(code.decompressed())
    let evaluation = try copy.evaluate(on: data.validation, workers: workers)
    session.record(validation: evaluation)
    if session.keepIfBest(validationLoss: evaluation.loss) {
      Self.store(constraint, key: Self.bestKey, in: &session)
    }
  }

  // MARK: State

  private static let levelsKey = "levels"
  private static let bestKey = "best-levels"

  /// Writes the levels into the state, as the bits of their floats.
  private static func store(
    _ constraint: StraightThrough, key: String, in session: inout TrainingSession
  ) {
    var numbers = session.state.counters.numbers ?? [:]
    for (index, codebook) in constraint.codebooks.enumerated() {
      numbers["\(key).\(index)"] = codebook.map { $0.levels.map { Int($0.bitPattern) } }
    }
    session.state.counters.numbers = numbers
  }

  private static func codebooks(
    _ numbers: [String: [Int]], key: String, like constraint: StraightThrough
  ) -> [Codebook?] {
    constraint.codebooks.enumerated().map { index, codebook in
      guard codebook != nil, let levels = numbers["\(key).\(index)"] else { return codebook }
      return Codebook(
        levels: levels.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) },
        reservesZero: true)
    }
  }
}
