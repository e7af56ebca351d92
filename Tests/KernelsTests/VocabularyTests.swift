// What a language model needs beside its recurrent layers: embeddings, wide output layers, soft-max over a vocabulary, norms of gradients.

import Glibc
import Kernels
import TestSupport
import Testing

@Suite("Vocabularies")
struct VocabularyTests {
  /// Word numbers of which some occur many times.
  static func tokens(_ count: Int, of vocabulary: Int) -> [Int32] {
    (0..<count).map { Int32($0 % 3 == 0 ? 1 % vocabulary : ($0 * 7919) % vocabulary) }
  }

  @Test(
    "an embedding chooses rows, and its gradient is added up in order",
    arguments: [(1, 1, 1), (9, 7, 5), (100, 33, 13), (700, 200, 1000), (40, 650, 50), (0, 8, 4)])
  func embedding(count: Int, width: Int, vocabulary: Int) {
    let indices = Self.tokens(count, of: vocabulary)
    let table = normalFloats(vocabulary * width, "table")
    let dy = normalFloats(count * width, "dy")
    let results = sameBits("embedding") { workers in
      var (y, gradient) = (unwritten(dy.count), unwritten(table.count))
      var ySpan = y.mutableSpan
      embeddingForward(
        table.span, indices: indices.span, output: &ySpan, vocabulary: vocabulary, width: width,
        workers: workers)
      var gradientSpan = gradient.mutableSpan
      embeddingBackward(
        dy.span, indices: indices.span, tableGradient: &gradientSpan, vocabulary: vocabulary,
        width: width, workers: workers)
      return [y, gradient]
    }
    // The order of the sums is fixed, so that Float arithmetic in that order is the expectation.
    var (output, gradient) = ([Float](), [Float](repeating: 0, count: table.count))
    for (token, index) in indices.enumerated() {
      let row = Int(index) * width
      output += table[row..<row + width]
      for c in 0..<width {
        gradient[row + c] += dy[token * width + c]
      }
    }
    #expect(results[0] == output)
    #expect(results[1] == gradient)
  }

  @Test("the gradient of an embedding is its slope")
  func embeddingSlope() {
    let (width, vocabulary) = (3, 4)
    let indices: [Int32] = [2, 0, 2, 3, 2]
    let table = normalFloats(vocabulary * width, "table")
    let dy = normalFloats(indices.count * width, "dy")
    let numeric = centralDifferences(at: table.map(Double.init)) { moved in
      weighted(
        indices.flatMap { moved[Int($0) * width..<(Int($0) + 1) * width] },
        by: dy.map(Double.init))
    }
    var gradient = unwritten(table.count)
    var span = gradient.mutableSpan
    embeddingBackward(
      dy.span, indices: indices.span, tableGradient: &span, vocabulary: vocabulary, width: width,
      workers: Workers(threadCount: 2))
    expectValues(gradient, numeric, .formula, "gradient")
  }

  @Test("a word that is not in the table is refused", arguments: [-1, 4] as [Int32])
  func refusesWord(index: Int32) async {
    // The body of an exit test captures nothing.
    if index < 0 {
      await #expect(processExitsWith: .failure) { Self.embed(-1) }
    } else {
      await #expect(processExitsWith: .failure) { Self.embed(4) }
    }
  }

  static func embed(_ index: Int32) {
    let (table, indices) = ([1, 2, 3, 4] as [Float], [0, index])
    var y: [Float] = [0, 0]
    var span = y.mutableSpan
    embeddingForward(
      table.span, indices: indices.span, output: &span, vocabulary: 4, width: 1,
      workers: Workers(threadCount: 1))
  }

  @Test(
    "soft-max over a vocabulary is exact",
    arguments: [(3, 10_007), (40, 1024), (5, 1031), (7, 33), (33, 10)])
  func softmax(rows: Int, classes: Int) {
    let z = normalFloats(rows * classes, "z").map { $0 * 4 }
    let labels = Self.tokens(rows, of: classes).map { UInt16($0) }
    let scale = 1 / Float(rows)
    let results = sameBits("soft-max") { workers in
      var (loss, onlyLoss, dz) = (unwritten(rows), unwritten(rows), unwritten(z.count))
      var lossSpan = loss.mutableSpan
      var dzSpan = dz.mutableSpan
      softmaxCrossEntropy(
        z.span, labels: labels.span, losses: &lossSpan, gradient: &dzSpan, rows: rows,
        classes: classes, scale: scale, workers: workers)
      var onlySpan = onlyLoss.mutableSpan
      softmaxLosses(
        z.span, labels: labels.span, losses: &onlySpan, rows: rows, classes: classes,
        workers: workers)
      return [loss, dz, onlyLoss]
    }
    #expect(results[0] == results[2])
    for row in 0..<rows {
      let logits = z[row * classes..<(row + 1) * classes].map(Double.init)
      let label = Int(labels[row])
      let largest = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + exp($1 - largest) }
      expectValues(
        [results[0][row]], [log(total) + largest - logits[label]],
        KernelTolerance(relative: 1e-6, absolute: 1e-6), "loss")
      let gradient = (0..<classes).map { c in
        Double(scale) * (exp(logits[c] - largest) / total - (c == label ? 1 : 0))
      }
      expectValues(
        Array(results[1][row * classes..<(row + 1) * classes]), gradient,
        KernelTolerance(relative: 4e-6, absolute: 2e-7 * Double(scale)), "gradient")
    }
  }

  @Test("the gradient of a loss is its slope")
  func lossSlope() {
    let (rows, classes) = (2, 6)
    let z = normalFloats(rows * classes, "z")
    let labels: [UInt16] = [4, 0]
    let numeric = centralDifferences(at: z.map(Double.init)) { moved in
      (0..<rows).reduce(0) { sum, row in
        let logits = moved[row * classes..<(row + 1) * classes]
        let total = logits.reduce(0) { $0 + exp($1) }
        return sum + log(total) - moved[row * classes + Int(labels[row])]
      }
    }
    var (gradient, losses) = (unwritten(z.count), unwritten(rows))
    var span = gradient.mutableSpan
    var lossSpan = losses.mutableSpan
    softmaxCrossEntropy(
      z.span, labels: labels.span, losses: &lossSpan, gradient: &span, rows: rows,
      classes: classes, scale: 1, workers: Workers(threadCount: 2))
    expectValues(gradient, numeric, .formula, "gradient")
  }

  @Test("the predicted word is the first of the largest logits", arguments: [3, 40, 5000])
  func prediction(classes: Int) {
    var z = [Float](repeating: -1, count: 5 * classes)
    (z[classes - 1], z[classes - 2]) = (3, 3)
    z[classes] = .nan
    z[2 * classes + 1] = .nan
    z[2 * classes + 2] = 7
    z[4 * classes + classes / 2] = .infinity
    var words = [UInt16](repeating: 9, count: 5)
    var span = words.mutableSpan
    argumentOfMaximum(
      z.span, rows: 5, classes: classes, into: &span, workers: Workers(threadCount: 2))
    #expect(words == [UInt16(classes - 2), 0, 2, 0, UInt16(classes / 2)])
  }

  @Test("a layer as wide as a vocabulary is the naive sums", arguments: [(33, 9), (70, 40)])
  func wideLayer(batch: Int, inputs: Int) {
    let outputs = 2100
    let (x, w) = (normalFloats(batch * inputs, "x"), normalFloats(outputs * inputs, "w"))
    let (b, dy) = (normalFloats(outputs, "b"), normalFloats(batch * outputs, "dy"))
    let results = sameBits("wide layer") { workers in
      var (y, dx) = (unwritten(dy.count), unwritten(x.count))
      var ySpan = y.mutableSpan
      linearForward(
        x.span, weights: w.span, bias: b.span, output: &ySpan, batch: batch, inputs: inputs,
        outputs: outputs, workers: workers)
      var dxSpan = dx.mutableSpan
      linearBackwardData(
        dy.span, weights: w.span, inputGradient: &dxSpan, batch: batch, inputs: inputs,
        outputs: outputs, workers: workers)
      return [y, dx]
    }
    let repeatedBias = (0..<batch).flatMap { _ in b }
    expectSums(
      results[0],
      KernelReference.product(
        x, w, rows: batch, columns: outputs, inner: inputs, transposeB: true,
        addingTo: repeatedBias), "output")
    expectSums(
      results[1],
      KernelReference.product(dy, w, rows: batch, columns: inputs, inner: outputs),
      "input gradient")
  }

  @Test(
    "shared updates are the bits of plain ones, and norms are exact to Double rounding",
    arguments: [0, 1, 9, 16_384, 16_385, 262_145, 600_001])
  func sharedArithmetic(count: Int) {
    let pieces = normalFloats(1009, "pieces")
    let x = (0..<count).map { pieces[$0 % 1009] + Float($0 % 17) }
    let y = x.map { 1 - $0 }
    let results = sameBits("shared updates") { workers in
      var (sum, scaled) = (y, y)
      var sumSpan = sum.mutableSpan
      add(x.span, to: &sumSpan, workers: workers)
      var scaledSpan = scaled.mutableSpan
      scale(&scaledSpan, by: 0.7, workers: workers)
      return [sum, scaled]
    }
    #expect(results[0] == zip(x, y).map { $1 + $0 })
    #expect(results[1] == y.map { $0 * 0.7 })
    let norms = threadCounts.map { sumOfSquares(x.span, workers: Workers(threadCount: $0)) }
    #expect(Set(norms.map { $0.bitPattern }).count == 1)
    let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(norms[0] - exact) <= 1.2e-16 * exact * Double(count + 4))
  }
}
