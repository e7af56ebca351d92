// What the pull of learning-compression costs: a learning step against as many plain steps of the same optimizer
// (condensa, eq. 3). The penalty is one pass over the weights; the rest of both is the same code.

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
    let network = try choice.build(inputShape: [28, 28, 1], seed: Seed(4))
    var stream = RandomStream(Seed(5))
    let count = Self.batch * Self.updates
    let images = ImageSet(
      name: "random", imageShape: [28, 28, 1],
      pixels: (0..<count * 784).map { _ in UInt8(stream.integer(below: 256)) },
      labels: (0..<count).map { UInt8($0 % 10) }, classCount: 10)
    let data = TrainingData(
      images: images, training: Array(0..<count), validation: [], normalization: .none)
    var recipe = TrainingRecipe()
    recipe.optimizer = OptimizerChoice(SGD(momentum: 0.95, nesterov: true))
    recipe.batch = Self.batch
    recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 1e-4))
    let names = network.information.map { $0.name }
    let weights = network.weightGroup
    var multipliers: [ParameterName: Tensor] = [:]
    for member in weights.members { multipliers[member.name] = Tensor(member.tensor.shape) }
    let step = LearningStep(round: 1, penalty: 1e-3, target: weights, multipliers: multipliers)
    let workers = Workers(threadCount: threads)
    let trainers = [nil, step.constraint(for: names)].map { constraint in
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
      what: "\(name), learning step with penalty", threads: threads, rate: rates[1],
      unit: "images/s", peer: "the same steps without", peerRate: rates[0])
  }
}
