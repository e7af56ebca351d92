// Softmax cross-entropy, the loss of every classifier here: −log softmax(z)[label], averaged over the batch.

public import Kernels
public import Tensors

/// The loss of a batch and what follows from it; buffers are reused.
public struct SoftmaxCrossEntropy: Sendable {
  /// The loss of each example of the last batch.
  public private(set) var losses: [Float] = []
  /// The predicted class of each example of the last batch.
  public private(set) var predictions: [UInt16] = []
  /// The derivative of the mean loss by the logits of the last batch.
  public private(set) var gradient = Tensor.empty

  public init() {}

  /// Computes the losses and the gradient of their mean.
  ///
  /// - Parameters:
  ///   - logits: `[N, classes]`.
  ///   - labels: N classes.
  /// - Returns: the sum of the losses, added in order in Double.
  public mutating func differentiate(_ logits: Tensor, labels: [UInt16], workers: Workers)
    -> Double
  {
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    prepare(rows)
    gradient.resize(logits.shape)
    var derivative = Tensor.empty
    swap(&derivative, &gradient)
    do {
      var lossSpan = losses.mutableSpan
      var gradientSpan = derivative.mutableSpan
      softmaxCrossEntropy(
        logits.span, labels: labels.span, losses: &lossSpan, gradient: &gradientSpan, rows: rows,
        classes: classes, scale: 1 / Float(rows), workers: workers)
    }
    swap(&derivative, &gradient)
    return losses.reduce(0.0) { $0 + Double($1) }
  }

  /// Computes the losses and predictions without a gradient.
  ///
  /// - Returns: the sum of the losses and the number of examples whose largest logit is the label's.
  public mutating func evaluate(_ logits: Tensor, labels: [UInt16], workers: Workers) -> (
    lossSum: Double, correct: Int
  ) {
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    prepare(rows)
    do {
      var lossSpan = losses.mutableSpan
      softmaxLosses(
        logits.span, labels: labels.span, losses: &lossSpan, rows: rows, classes: classes,
        workers: workers)
    }
    do {
      var predictionSpan = predictions.mutableSpan
      argumentOfMaximum(
        logits.span, rows: rows, classes: classes, into: &predictionSpan, workers: workers)
    }
    var correct = 0
    for index in 0..<rows where predictions[index] == labels[index] { correct += 1 }
    return (losses.reduce(0.0) { $0 + Double($1) }, correct)
  }

  private mutating func prepare(_ rows: Int) {
    if losses.count != rows {
      losses = [Float](repeating: 0, count: rows)
      predictions = [UInt16](repeating: 0, count: rows)
    }
  }
}
