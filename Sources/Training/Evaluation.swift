// Loss and accuracy of a network on examples.

import Datasets
import Foundation
public import Kernels
public import Networks
package import Tensors

/// What a network does on labelled images, or on a text.
public struct Evaluation: Codable, Hashable, Sendable {
  /// The columns into which a text is cut to be read; what is left over at its end is not.
  public static let textColumns = 10

  /// The mean loss.
  public var loss: Double
  /// How many images are classified correctly, or words told.
  public var correct: Int
  /// How many images there are, or words that were to be told.
  public var count: Int

  /// The share of correct answers in percent.
  public var accuracy: Double { count == 0 ? 0 : 100 * Double(correct) / Double(count) }

  /// exp(loss): among how many equally likely words the next one is guessed.
  public var perplexity: Double { exp(loss) }

  public init(loss: Double, correct: Int, count: Int) {
    self.loss = loss
    self.correct = correct
    self.count = count
  }
}

extension Network {
  /// The network's loss and accuracy on examples, in evaluation mode.
  ///
  /// - Throws: `TrainingError` if an image in a file cannot be decoded.
  public func evaluate(
    on examples: Examples, workers: Workers, convolution: Pass.ConvolutionPath = .fastest
  ) throws(TrainingError) -> Evaluation {
    let supply = examples.evaluationBatches
    var activations = Activations()
    var loss = SoftmaxCrossEntropy()
    var batch = Batch()
    var lossSum = 0.0
    var (correct, count) = (0, 0)
    var pass = Pass(.evaluation, workers: workers, convolution: convolution)
    for number in 0..<supply.count {
      do throws(DatasetError) {
        try supply.take(number, into: &batch)
      } catch {
        throw .data(error)
      }
      pass.read(batch)
      let logits = forward(batch.inputs, activations: &activations, pass: pass)
      let result = loss.evaluate(logits, labels: batch.labels, workers: workers)
      lossSum += result.lossSum
      correct += result.correct
      count += batch.labels.count
    }
    return Evaluation(
      loss: count == 0 ? 0 : lossSum / Double(count), correct: correct, count: count)
  }
}

extension Network {
  /// Calls `body` with the outputs of every batch of examples, in their order.
  ///
  /// - Throws: `TrainingError` if an image in a file cannot be decoded.
  package func forEachOutput(
    on examples: Examples, workers: Workers, _ body: (Tensor) -> Void
  ) throws(TrainingError) {
    let supply = examples.evaluationBatches
    var activations = Activations()
    var batch = Batch()
    var pass = Pass(.evaluation, workers: workers)
    for number in 0..<supply.count {
      do throws(DatasetError) {
        try supply.take(number, into: &batch)
      } catch {
        throw .data(error)
      }
      pass.read(batch)
      body(forward(batch.inputs, activations: &activations, pass: pass))
    }
  }
}

extension Pass {
  /// Takes over how a minibatch of text is to be read.
  mutating func read(_ batch: Batch) {
    sequences = batch.sequences
    startsSequences = batch.startsSequences
  }
}
