// Cross-entropy of soft-max probabilities, its gradient, and the predicted class, of ten classes or of a vocabulary.
// Rows are independent: a row's sum runs over eight lanes, 1024 classes at a time, then pairwise. Start with `softmaxRow`.

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
  requireCount(gradient.count, rows * classes, "softmaxCrossEntropy", "gradient")
  requireLabels(labels, losses.count, rows: rows, classes: classes, "softmaxCrossEntropy")
  differentiate(
    logits.pointer, labels.pointer, losses.mutablePointer, gradient.mutablePointer, rows, classes,
    scale, workers)
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
  requireLabels(labels, losses.count, rows: rows, classes: classes, "softmaxLosses")
  computeLosses(
    logits.pointer, labels.pointer, losses.mutablePointer, rows, classes, workers)
}

/// The class with the largest logit of each row; the first of equals.
///
/// - Parameters:
///   - logits: `[rows, classes]`.
///   - predictions: `[rows]`.
/// - Precondition: the spans have these sizes and `1 ≤ classes ≤ 65,536`.
public func argumentOfMaximum(
  _ logits: Span<Float>, rows: Int, classes: Int, into predictions: inout MutableSpan<UInt16>,
  workers: Workers
) {
  precondition(
    (1...65_536).contains(classes),
    "argumentOfMaximum: \(classes) classes, at most 65,536 fit two bytes")
  requireCount(logits.count, rows * classes, "argumentOfMaximum", "logits")
  requireCount(predictions.count, rows, "argumentOfMaximum", "predictions")
  let z = logits.pointer
  let prediction = predictions.mutablePointer
  forEachRow(rows, classes, workers) { row, _ in
    let start = z + row * classes
    let largest = largestLogit(start, classes)
    // Only a first element that is not a number is not found: it beats all others.
    var best = 0
    while best < classes && start[best] != largest { best += 1 }
    prediction[row] = best < classes ? UInt16(truncatingIfNeeded: best) : 0
  }
}

private func requireLabels(
  _ labels: Span<UInt16>, _ lossCount: Int, rows: Int, classes: Int, _ kernel: StaticString
) {
  requireCount(labels.count, rows, kernel, "labels")
  requireCount(lossCount, rows, kernel, "losses")
  var largest: UInt16 = 0
  for i in labels.indices { largest = max(largest, labels[i]) }
  precondition(
    labels.isEmpty || Int(largest) < classes, "label \(largest) with only \(classes) classes")
}

// Calls `body` with each row, several rows a task, and with memory for one row.
@inline(__always)
private func forEachRow(
  _ rows: Int, _ classes: Int, scratchCount: Int = 0, _ workers: Workers,
  _ body: (Int, MutableFloatPointer) -> Void
) {
  let size = max(1, min(32, 4 * elementsPerTask / max(classes, 1)))
  workers.run(ceilingDivision(rows, size), scratchCount: scratchCount) { task, scratch in
    for row in task * size..<min(rows, (task + 1) * size) { body(row, scratch) }
  }
}

// Losses and gradient; the gradient may take the logits' place.
@inline(__always)
private func differentiate(
  _ z: FloatPointer, _ labels: UnsafePointer<UInt16>, _ losses: MutableFloatPointer,
  _ dz: MutableFloatPointer, _ rows: Int, _ classes: Int, _ scale: Float, _ workers: Workers
) {
  forEachRow(rows, classes, workers) { row, _ in
    let target = dz + row * classes
    let label = Int(labels[row])
    let (loss, sum) = softmaxRow(
      z + row * classes, label: label, classes: classes, exponentials: target)
    losses[row] = loss
    let factor = scale / sum
    for c in 0..<classes { target[c] *= factor }
    target[label] -= scale
  }
}

@inline(__always)
private func computeLosses(
  _ z: FloatPointer, _ labels: UnsafePointer<UInt16>, _ losses: MutableFloatPointer, _ rows: Int,
  _ classes: Int, _ workers: Workers
) {
  forEachRow(rows, classes, scratchCount: classes, workers) { row, scratch in
    losses[row] =
      softmaxRow(
        z + row * classes, label: Int(labels[row]), classes: classes, exponentials: scratch
      ).loss
  }
}

// The largest number of a row, or its first element if that is not a number.
@inline(__always)
private func largestLogit(_ z: FloatPointer, _ classes: Int) -> Float {
  var largest = z[0]
  var c = 1
  if classes >= 32 {
    var four = (
      Lanes(repeating: largest), Lanes(repeating: largest), Lanes(repeating: largest),
      Lanes(repeating: largest)
    )
    c = 0
    while c &+ 32 <= classes {
      four.0 = larger(load(z + c), four.0)
      four.1 = larger(load(z + c + 8), four.1)
      four.2 = larger(load(z + c + 16), four.2)
      four.3 = larger(load(z + c + 24), four.3)
      c &+= 32
    }
    let lanes = larger(larger(four.0, four.1), larger(four.2, four.3))
    for lane in 0..<8 where lanes[lane] > largest { largest = lanes[lane] }
  }
  while c < classes {
    if z[c] > largest { largest = z[c] }
    c &+= 1
  }
  return largest
}

// The loss of one row and the sum of its exponentials e^(z − max z), which are written out.
@inline(__always)
private func softmaxRow(
  _ z: FloatPointer, label: Int, classes: Int, exponentials: MutableFloatPointer
) -> (loss: Float, sum: Float) {
  let largest = largestLogit(z, classes)
  let shift = Lanes(repeating: largest)
  // Read before anything is written: the gradient may share the logits' memory.
  let labelled = z[label] - largest
  var sums = Lanes()
  var c = 0
  while c < classes {
    let end = min(classes, c &+ 1024)
    var part = Lanes()
    while c &+ 8 <= end {
      let e = exponential(load(z + c) - shift)
      part += e
      store(e, to: exponentials + c)
      c &+= 8
    }
    if c < end {
      let e = exponential(load(z + c, count: end - c, filler: -.infinity) - shift)
      part += e
      store(e, to: exponentials + c, count: end - c)
      c = end
    }
    sums += part
  }
  let sum = pairwiseSum(sums)
  return (naturalLogarithm(sum) - labelled, sum)
}
