// Products with matrices in blocks, and averages of tied gradients, against naive ones.

import Kernels
import TestSupport
import Testing

@Suite("Matrices in blocks")
struct BlockMatrixTests {
  static let shapes = [
    (20, 32, 4, 4), (300, 784, 4, 4), (10, 36, 1, 4), (21, 38, 4, 4), (16, 48, 8, 8),
    (17, 33, 16, 16), (12, 9, 4, 1), (9, 10, 2, 3), (7, 20, 7, 20), (5, 3, 8, 8), (64, 64, 1, 16),
    (40, 40, 16, 1), (12, 20, 1, 8), (12, 20, 8, 8), (30, 44, 16, 16), (6, 36, 1, 16),
  ]

  /// Weights of which every third block is zero and every third of one magnitude.
  private func weights(_ rows: Int, _ columns: Int, _ height: Int, _ width: Int) -> [Float] {
    var weights = normalFloats(rows * columns, "weights")
    let blocksPerRow = (columns + width - 1) / width
    for y in 0..<rows {
      for x in 0..<columns {
        let block = y / height * blocksPerRow + x / width
        let place = y * columns + x
        if block % 3 == 0 { weights[place] = 0 }
        if block % 3 == 1 { weights[place] = weights[place] < 0 ? -0.375 : 0.375 }
      }
    }
    return weights
  }

  @Test(
    "the product is the naive product, for every batch and number of threads", arguments: shapes)
  func product(rows: Int, columns: Int, height: Int, width: Int) {
    let weights = weights(rows, columns, height, width)
    let bias = normalFloats(rows, "bias")
    let matrix = BlockMatrix(
      weights.span, rows: rows, columns: columns, height: height, width: width)
    let blockCount = ((rows + height - 1) / height) * ((columns + width - 1) / width)
    #expect(matrix.prunedCount + matrix.unifiedCount + matrix.keptCount == blockCount)
    #expect(matrix.prunedCount >= (blockCount + 2) / 3)
    for batch in [1, 3, 8, 19] {
      let input = normalFloats(batch * columns, "input")
      let repeated = (0..<batch).flatMap { _ in bias }
      let expected = KernelReference.product(
        input, weights, rows: batch, columns: rows, inner: columns, transposeB: true,
        addingTo: repeated)
      let output = sameBits("blocks") { workers in
        var output = unwritten(batch * rows)
        var span = output.mutableSpan
        matrix.multiply(
          input.span, bias: bias.span, output: &span, batch: batch, workers: workers)
        return [output]
      }
      expectSums(output[0], expected, "batch \(batch)")
    }
  }

  @Test("without a bias nothing is added, and pruned rows are zero")
  func pruned() {
    let weights = [Float](repeating: 0, count: 6 * 8)
    let matrix = BlockMatrix(weights.span, rows: 6, columns: 8, height: 4, width: 4)
    #expect(matrix.prunedCount == 4 && matrix.unifiedCount == 0 && matrix.keptCount == 0)
    var output = unwritten(2 * 6)
    var span = output.mutableSpan
    matrix.multiply(
      normalFloats(16, "x").span, bias: [Float]().span, output: &span, batch: 2,
      workers: Workers(threadCount: 1))
    #expect(output.allSatisfy { $0 == 0 })
  }
}
