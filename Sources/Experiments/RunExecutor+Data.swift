// The images of a run: found, verified, split, limited and measured as its spec says.

import Datasets
import Reproducibility
import Training

extension RunExecutor {
  /// The images of a run's data set, split and limited as its spec says.
  struct Material {
    var data: TrainingData
    var test: ImageSet
    var testIndices: [Int]
  }

  func material(_ identity: RunIdentity) throws -> Material {
    guard let spec = identity.run.dataset else { throw RunError.noNetwork }
    let dataset = try catalog.load(spec)
    guard dataset.checksums == identity.datasetChecksums else {
      throw RunError.otherData(dataset: spec.name)
    }
    guard spec.validation < dataset.training.count else {
      throw RunError.nothingToLearnFrom(
        validation: spec.validation, count: dataset.training.count)
    }
    let split = Split.random(
      count: dataset.training.count, validationCount: spec.validation,
      seed: Seed(UInt64(spec.splitSeed)).child("split"))
    let limit = spec.trainingLimit
    let training = limit > 0 ? Array(split.training.prefix(limit)) : split.training
    let validation = limit > 0 ? Array(split.validation.prefix(limit)) : split.validation
    let normalization: Normalization
    switch spec.normalize {
    case .perChannel:
      let sample = try dataset.training.statisticsSample(of: training)
      normalization = .perChannel(of: sample.images, at: sample.indices)
    case .meanImage:
      let sample = try dataset.training.statisticsSample(of: training)
      normalization = .meanImage(of: sample.images, at: sample.indices)
    case .none: normalization = .none
    }
    let testCount =
      spec.testLimit > 0 ? min(spec.testLimit, dataset.test.count) : dataset.test.count
    return Material(
      data: TrainingData(
        images: dataset.training, training: training, validation: validation,
        normalization: normalization, augmentation: spec.augmentation),
      test: dataset.test, testIndices: Array(0..<testCount))
  }
}
