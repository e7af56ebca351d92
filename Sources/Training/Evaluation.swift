// Loss and accuracy of a network on part of a data set.

public import Datasets
public import Kernels
public import Networks
import Tensors

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

  public init(
    images: ImageSet, training: [Int], validation: [Int], normalization: Normalization
  ) {
    self.images = images
    self.training = training
    self.validation = validation
    self.normalization = normalization
  }
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
  public func evaluate(
    on images: ImageSet, at indices: [Int], normalization: Normalization, workers: Workers,
    convolution: Pass.ConvolutionPath = .fastest
  ) -> Evaluation {
    let batchSize = 256
    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var input = Tensor.empty
    var labels: [UInt16] = []
    var lossSum = 0.0
    var correct = 0
    let pass = Pass(.evaluation, workers: workers, convolution: convolution)
    for start in stride(from: 0, to: indices.count, by: batchSize) {
      let chosen = indices[start..<min(start + batchSize, indices.count)]
      fillBatch(
        from: images, at: chosen, normalization: normalization, images: &input, labels: &labels)
      let logits = forward(input, activations: &activations, pass: pass)
      let result = loss.evaluate(logits, labels: labels, workers: workers)
      lossSum += result.lossSum
      correct += result.correct
    }
    return Evaluation(
      loss: indices.isEmpty ? 0 : lossSum / Double(indices.count), correct: correct,
      count: indices.count)
  }
}
