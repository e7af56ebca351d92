// Cross-entropy of soft-max probabilities, its gradient, and the predicted class.
// Rows are independent: a row's sum runs over eight lanes, then pairwise. Start with `softmaxRow`.

/// How many rows one task handles.
private let rowsPerTask = 32

/// The loss of each row, `−log softmax(logits)[label]`, and the gradient of their scaled sum.
///
/// - Parameters:
///   - logits: `[rows, classes]`.
///   - labels: `[rows]`, each below `classes`.
///   - losses: `[rows]`, unscaled.
///   - gradient: `[rows, classes]`: `scale · (softmax(logits) − oneHot(label))`.
///   - scale: `1 / rows` for the gradient of the mean loss.
/// - Precondition: the spans have these sizes and labels are below `classes`.
public func softmaxCrossEntropy(
  _ logits: Span<Float>, labels: Span<UInt16>, losses: inout MutableSpan<Float>,
  gradient: inout MutableSpan<Float>, rows: Int, classes: Int, scale: Float, workers: Workers
) {
  requireCount(logits.count, rows * classes, "softmaxCrossEntropy", "logits")
  requireCount(labels.count, rows, "softmaxCrossEntropy", "labels")
  requireCount(losses.count, rows, "softmaxCrossEntropy", "losses")
  requireCount(gradient.count, rows * classes, "softmaxCrossEntropy", "gradient")
  requireLabels(labels, below: classes)
  let z = logits.pointer
  let label = labels.pointer
  let loss = losses.mutablePointer
  let dz = gradient.mutablePointer
  workers.run(ceilingDivision(rows, rowsPerTask)) { task, _ in
    for row in task * rowsPerTask..<min(rows, (task + 1) * rowsPerTask) {
      let target = dz + row * classes
      let class_ = Int(label[row])
      let (rowLoss, sum) = softmaxRow(
        z + row * classes, label: class_, classes: classes, exponentials: target)
      loss[row] = rowLoss
      let factor = scale / sum
      for c in 0..<classes { target[c] *= factor }
      target[class_] -= scale
    }
  }
}

/// The loss of each row, `−log softmax(logits)[label]`.
///
/// - Parameters:
///   - logits: `[rows, classes]`.
///   - labels: `[rows]`, each below `classes`.
///   - losses: `[rows]`.
/// - Precondition: the spans have these sizes and labels are below `classes`.
public func softmaxLosses(
  _ logits: Span<Float>, labels: Span<UInt16>, losses: inout MutableSpan<Float>, rows: Int,
  classes: Int, workers: Workers
) {
  requireCount(logits.count, rows * classes, "softmaxLosses", "logits")
  requireCount(labels.count, rows, "softmaxLosses", "labels")
  requireCount(losses.count, rows, "softmaxLosses", "losses")
  requireLabels(labels, below: classes)
  let z = logits.pointer
  let label = labels.pointer
  let loss = losses.mutablePointer
  workers.run(ceilingDivision(rows, rowsPerTask), scratchCount: classes) { task, scratch in
    for row in task * rowsPerTask..<min(rows, (task + 1) * rowsPerTask) {
      loss[row] =
        softmaxRow(
          z + row * classes, label: Int(label[row]), classes: classes, exponentials: scratch
        ).loss
    }
  }
}

/// The class with the largest logit of each row; the first of equals.
///
/// - Parameters:
///   - logits: `[rows, classes]`.
///   - predictions: `[rows]`.
/// - Precondition: the spans have these sizes and `1 ≤ classes ≤ 65,536`.
public func argumentOfMaximum(
  _ logits: Span<Float>, rows: Int, classes: Int, into predictions: inout MutableSpan<UInt16>
) {
  precondition(
    (1...65_536).contains(classes),
    "argumentOfMaximum: \(classes) classes, at most 65,536 fit two bytes")
  requireCount(logits.count, rows * classes, "argumentOfMaximum", "logits")
  requireCount(predictions.count, rows, "argumentOfMaximum", "predictions")
  for row in 0..<rows {
    var best = 0
    for c in 1..<max(classes, 1) where logits[row * classes + c] > logits[row * classes + best] {
      best = c
    }
    predictions[row] = UInt16(best)
  }
}

private func requireLabels(_ labels: Span<UInt16>, below classes: Int) {
  var largest: UInt16 = 0
  for i in labels.indices { largest = max(largest, labels[i]) }
  precondition(
    labels.isEmpty || Int(largest) < classes, "label \(largest) with only \(classes) classes")
}

// The loss of one row and the sum of its exponentials e^(z − max z), which are written out.
@inline(__always)
private func softmaxRow(
  _ z: FloatPointer, label: Int, classes: Int, exponentials: MutableFloatPointer
) -> (loss: Float, sum: Float) {
  var largest = z[0]
  for c in 1..<max(classes, 1) where z[c] > largest { largest = z[c] }
  let shift = Lanes(repeating: largest)
  // Read before anything is written: the gradient may share the logits' memory.
  let labelled = z[label] - largest
  var sums = Lanes()
  var c = 0
  while c + 8 <= classes {
    let e = exponential(load(z + c) - shift)
    sums += e
    store(e, to: exponentials + c)
    c += 8
  }
  if c < classes {
    let e = exponential(load(z + c, count: classes - c, filler: -.infinity) - shift)
    sums += e
    store(e, to: exponentials + c, count: classes - c)
  }
  let sum = pairwiseSum(sums)
  return (naturalLogarithm(sum) - labelled, sum)
}
