// What constraints on training cost: steps with the pull of learning-compression (condensa, eq. 3), and steps of tied retraining
// (micro-structured-unification, section 2), against as many plain steps of the same optimizer. All else is the same code.

import Compression
import Datasets
import Inference
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import Training

extension Bench {
  /// Updates in one measured learning step.
  private static let updates = 10

  /// The rate of training with the penalty, with that of training without it as its peer.
  func learningStep(_ name: String, _ choice: NetworkChoice, threads: Int) throws -> BenchRow {
    try constrainedStep("\(name), learning step with penalty", choice, threads: threads) {
      network in
      let weights = network.weightGroup
      var multipliers: [ParameterName: Tensor] = [:]
      for member in weights.members { multipliers[member.name] = Tensor(member.tensor.shape) }
      return LearningStep(round: 1, penalty: 1e-3, target: weights, multipliers: multipliers)
        .constraint(for: network.information.map { $0.name })
    }
  }

  /// The rate of tied retraining with all blocks of 4 × 4 unified, with that of training without ties as its peer.
  func tiedStep(_ name: String, _ choice: NetworkChoice, threads: Int) throws -> BenchRow {
    try constrainedStep("\(name), tied step, 4×4 blocks", choice, threads: threads) { network in
      let code = try Unify(block: [4, 4], unified: 1).compress(
        network.weightGroup, startingFrom: nil, context: CompressionContext(seed: Seed(7)))
      return SupportConstraint(code, parameters: network.information.map { $0.name })
    }
  }

  private func constrainedStep(
    _ what: String, _ choice: NetworkChoice, threads: Int,
    constraint: (Network) throws -> any UpdateConstraint
  ) throws -> BenchRow {
    let network = try choice.build(inputShape: [28, 28, 1], seed: Seed(4))
    var stream = RandomStream(Seed(5))
    let count = Self.batch * Self.updates
    let images = ImageSet(
      name: "random", imageShape: [28, 28, 1],
      pixels: (0..<count * 784).map { _ in UInt8(stream.integer(below: 256)) },
      labels: (0..<count).map { UInt16($0 % 10) }, classCount: 10)
    let data = TrainingData(
      images: images, training: Array(0..<count), validation: [], normalization: .none)
    var recipe = TrainingRecipe()
    recipe.optimizer = OptimizerChoice(SGD(momentum: 0.95, nesterov: true))
    recipe.batch = Self.batch
    recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 1e-4))
    let workers = Workers(threadCount: threads)
    let trainers = [nil, try constraint(network)].map { constraint in
      Trainer(
        network: network, recipe: recipe, data: data, seed: Seed(6), constraint: constraint,
        workers: workers)
    }
    var failure: (any Error)?
    let rates = medians(2) { index in
      do { _ = try trainers[index].run() } catch { failure = error }
    }.map { Double(count) / $0 }
    if let failure { throw failure }
    return BenchRow(
      what: what, threads: threads, rate: rates[1],
      unit: "images/s", peer: "the same steps without", peerRate: rates[0])
  }
}
