// Loss and accuracy of a network on part of a data set.

public import Datasets
public import Kernels
public import Networks

/// The images a run works on: which it learns from, which it validates on, and how pixels become inputs.
public struct TrainingData: Sendable {
  /// The images that both splits index.
  public let images: ImageSet
  /// Indices of the images to learn from.
  public let training: [Int]
  /// Indices of the images to validate on; never learned from.
  public let validation: [Int]
  /// From pixels to inputs; computed from the training split only.
  public let normalization: Normalization
  /// How images are varied when they are learned from; nil for not at all.
  public let augmentation: Augmentation?

  public init(
    images: ImageSet, training: [Int], validation: [Int], normalization: Normalization,
    augmentation: Augmentation? = nil
  ) {
    self.images = images
    self.training = training
    self.validation = validation
    self.normalization = normalization
    self.augmentation = augmentation
  }

  /// The same data without validation.
  public var withoutValidation: TrainingData {
    TrainingData(
      images: images, training: training, validation: [], normalization: normalization,
      augmentation: augmentation)
  }

  /// Whether minibatches are made ahead of the step that needs them: where making them is more than copying pixels.
  var isMadeAhead: Bool { augmentation != nil || images.files != nil }
}

/// What a network does on a set of labelled images.
public struct Evaluation: Codable, Hashable, Sendable {
  /// The mean loss.
  public var loss: Double
  /// How many images are classified correctly.
  public var correct: Int
  /// How many images there are.
  public var count: Int

  /// The share of correct images in percent.
  public var accuracy: Double { count == 0 ? 0 : 100 * Double(correct) / Double(count) }

  public init(loss: Double, correct: Int, count: Int) {
    self.loss = loss
    self.correct = correct
    self.count = count
  }
}

extension Network {
  /// The network's loss and accuracy on the images at `indices`, in evaluation mode.
  ///
  /// - Throws: `TrainingError` if an image in a file cannot be decoded.
  public func evaluate(
    on images: ImageSet, at indices: [Int], normalization: Normalization, workers: Workers,
    convolution: Pass.ConvolutionPath = .fastest
  ) throws(TrainingError) -> Evaluation {
    let supply = BatchSupply(
      EvaluationBatches(of: images, at: indices, normalization: normalization, size: 256),
      isAhead: images.files != nil)
    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var batch = Batch()
    var lossSum = 0.0
    var correct = 0
    let pass = Pass(.evaluation, workers: workers, convolution: convolution)
    for number in 0..<supply.count {
      do throws(DatasetError) {
        try supply.take(number, into: &batch)
      } catch {
        throw .data(error)
      }
      let logits = forward(batch.images, activations: &activations, pass: pass)
      let result = loss.evaluate(logits, labels: batch.labels, workers: workers)
      lossSum += result.lossSum
      correct += result.correct
    }
    return Evaluation(
      loss: indices.isEmpty ? 0 : lossSum / Double(indices.count), correct: correct,
      count: indices.count)
  }
}
