// A problem that methods solve in milliseconds: a small network, images of four brightnesses, a short recipe.

import Compression
import Datasets
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// A small network, its data and a recipe.
enum SmallProblem {
  static func data() -> TrainingData {
    var stream = RandomStream(Seed(31))
    let labels = (0..<200).map { UInt16($0 % 4) }
    let pixels = labels.flatMap { label in
      (0..<64).map { _ in UInt8(50 * Int(label) + stream.integer(below: 60)) }
    }
    let images = ImageSet(
      name: "test", imageShape: [8, 8, 1], pixels: pixels, labels: labels, classCount: 4)
    let split = Split.random(count: 200, validationCount: 50, seed: Seed(1))
    return TrainingData(
      images: images, training: split.training, validation: split.validation,
      normalization: .perChannel(of: images, at: split.training))
  }

  static func dense() throws -> Network {
    try Network(
      [
        Convolution(filters: 4, kernel: 3), Flatten(), Linear(outputs: 12), Rectifier(),
        Linear(outputs: 4),
      ],
      inputShape: [8, 8, 1], seed: Seed(32))
  }

  static let recipe: TrainingRecipe = {
    var recipe = TrainingRecipe()
    recipe.optimizer = OptimizerChoice(SGD(momentum: 0.9))
    recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 0.02))
    recipe.epochs = 3
    recipe.batch = 25
    return recipe
  }()

  static func run(
    _ method: any CompressionMethod, threads: Int = 1, seed: UInt64 = 5,
    checkpoint: CheckpointFile? = nil, report: (TrainingProgress) -> Void = { _ in }
  ) throws -> CompressionOutcome {
    try CompressionDriver(
      data: data(), seed: Seed(seed), workers: Workers(threadCount: threads), checkpoint: checkpoint
    ).run(method, on: dense(), report: report)
  }
}
