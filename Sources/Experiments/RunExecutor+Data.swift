// The images or the text of a run: found, verified, split, limited and measured as its spec says.

import Datasets
import Reproducibility
import Training

extension RunExecutor {
  /// The data of a run, split and limited as its spec says.
  struct Material {
    var data: TrainingData
    /// What is looked at once, at the end.
    var test: Examples
  }

  func material(_ identity: RunIdentity) throws -> Material {
    guard let spec = identity.run.dataset else { throw RunError.noNetwork }
    let entry = try catalog.entry(for: spec)
    return entry.isText
      ? try text(spec, identity.datasetChecksums)
      : try images(spec, identity.datasetChecksums)
  }

  private func images(_ spec: DatasetSpec, _ checksums: [String: Digest]) throws -> Material {
    let dataset = try catalog.load(spec)
    guard dataset.checksums == checksums else { throw RunError.otherData(dataset: spec.name) }
    guard spec.validation < dataset.training.count else {
      throw RunError.nothingToLearnFrom(
        validation: spec.validation, count: dataset.training.count)
    }
    let split = Split.random(
      count: dataset.training.count, validationCount: spec.validation,
      seed: Seed(UInt64(spec.splitSeed)).child("split"))
    let training = split.training.limited(to: spec.trainingLimit)
    let normalization = try spec.normalize.normalization(of: dataset.training, at: training)
    return Material(
      data: TrainingData(
        images: dataset.training, training: training,
        validation: split.validation.limited(to: spec.trainingLimit),
        normalization: normalization, augmentation: spec.augmentation),
      test: .images(
        dataset.test, at: Array(0..<dataset.test.count).limited(to: spec.testLimit),
        normalization: normalization))
  }

  private func text(
    _ spec: DatasetSpec, _ checksums: [String: Digest]
  ) throws -> Material {
    let dataset = try catalog.loadText(spec.name)
    guard dataset.checksums == checksums else { throw RunError.otherData(dataset: spec.name) }
    func part(_ words: [Int32], _ limit: Int) -> Examples {
      .words(words.limited(to: limit), vocabularyCount: dataset.text.vocabulary.count)
    }
    let text = dataset.text
    return Material(
      data: TrainingData(
        training: part(text.training, spec.trainingLimit),
        validation: part(spec.validation == 0 ? [] : text.validation, spec.trainingLimit)),
      test: part(text.test, spec.testLimit))
  }
}

extension DatasetSpec.Normalize {
  /// The normalization that it means, with the statistics of the images at `indices`.
  ///
  /// - Throws: `DatasetError` if one of them cannot be decoded.
  func normalization(of images: ImageSet, at indices: [Int]) throws(DatasetError) -> Normalization {
    switch self {
    case .perChannel:
      let sample = try images.statisticsSample(of: indices)
      return .perChannel(of: sample.images, at: sample.indices)
    case .meanImage:
      let sample = try images.statisticsSample(of: indices)
      return .meanImage(of: sample.images, at: sample.indices)
    case .none: return .none
    }
  }
}

extension Array {
  /// The first `limit` elements, or all for 0.
  fileprivate func limited(to limit: Int) -> [Element] {
    limit > 0 ? Array(prefix(limit)) : self
  }
}
