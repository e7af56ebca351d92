// Which minibatch comes when, and what is in it: pure functions of a number, so that a batch may be made before it is needed.

public import Reproducibility

/// Makes minibatches by number.
public protocol BatchProducer: Sendable {
  /// How many minibatches there are.
  var count: Int { get }
  /// Puts minibatch `number` into `batch`. What it becomes depends on the number alone; only memory is reused.
  mutating func produce(_ number: Int, into batch: inout Batch) throws(DatasetError)
}

/// The minibatches of a training run: every epoch visits all images once, in an order of its own, each varied as the epoch says.
///
/// The order of epoch e comes from the run's seed and its child `order`, the variation of the image at index i from the child
/// `augmentation`, then e, then i.
public struct TrainingBatches: BatchProducer {
  /// Minibatches in the whole run.
  public let count: Int
  /// Minibatches in an epoch.
  public let perEpoch: Int
  private let images: ImageSet
  private let training: [Int]
  private let normalization: Normalization
  private let augmentation: Augmentation?
  private let size: Int
  private let seed: Seed
  private var order: (epoch: Int, indices: [Int])?

  /// - Parameters:
  ///   - training: the indices of the images to learn from.
  ///   - augmentation: how images are varied; nil for not at all.
  ///   - size: images in a minibatch; the last of an epoch may have fewer.
  ///   - count: minibatches in the whole run.
  ///   - seed: the seed of the run.
  /// - Precondition: `size` is positive.
  public init(
    of images: ImageSet, at training: [Int], normalization: Normalization,
    augmentation: Augmentation?, size: Int, count: Int, seed: Seed
  ) {
    precondition(size > 0, "no minibatch has \(size) images")
    self.images = images
    self.training = training
    self.normalization = normalization
    self.augmentation = augmentation
    self.size = size
    self.count = count
    self.seed = seed
    perEpoch = (training.count + size - 1) / size
  }

  public mutating func produce(_ number: Int, into batch: inout Batch) throws(DatasetError) {
    precondition(perEpoch > 0, "\(images.name): there is no image to learn from")
    let (epoch, position) = number.quotientAndRemainder(dividingBy: perEpoch)
    let indices: [Int]
    if let order, order.epoch == epoch {
      indices = order.indices
    } else {
      indices = EpochOrder.indices(of: training, epoch: epoch, seed: seed.child("order"))
      order = (epoch, indices)
    }
    let variation = augmentation.map {
      ImageVariation($0, epoch: epoch, seed: seed.child("augmentation"))
    }
    try images.fill(
      &batch, at: indices[position * size..<min((position + 1) * size, indices.count)],
      normalization: normalization, variation: variation)
  }
}

/// The minibatches of one pass over images, in their order and without variation.
public struct EvaluationBatches: BatchProducer {
  private let images: ImageSet
  private let indices: [Int]
  private let normalization: Normalization
  private let size: Int

  /// - Parameter size: images in a minibatch; the last may have fewer.
  /// - Precondition: `size` is positive.
  public init(of images: ImageSet, at indices: [Int], normalization: Normalization, size: Int) {
    precondition(size > 0, "no minibatch has \(size) images")
    self.images = images
    self.indices = indices
    self.normalization = normalization
    self.size = size
  }

  public var count: Int { (indices.count + size - 1) / size }

  public mutating func produce(_ number: Int, into batch: inout Batch) throws(DatasetError) {
    try images.fill(
      &batch, at: indices[number * size..<min((number + 1) * size, indices.count)],
      normalization: normalization)
  }
}
