// Products and fully connected layers against the naive Double product.

import Kernels
import TestSupport
import Testing

@Suite("Products of matrices")
struct MatrixMultiplicationTests {
  static let sizes = [
    (1, 1, 1), (7, 9, 8), (8, 7, 33), (33, 31, 9), (128, 300, 255), (300, 128, 32), (9, 1023, 31),
    (0, 5, 3), (5, 0, 3), (4, 5, 0),
  ]

  @Test("a product is the naive product, transposed or accumulated", arguments: sizes)
  func product(rows: Int, columns: Int, inner: Int) {
    let a = normalFloats(rows * inner, "a")
    let b = normalFloats(inner * columns, "b")
    let c = normalFloats(rows * columns, "c")
    for (transposeA, transposeB, accumulate) in [
      (false, false, false), (true, false, false), (false, true, true), (true, true, true),
    ] {
      let result = sameBits("product") { workers in
        var product = accumulate ? c : unwritten(rows * columns)
        var span = product.mutableSpan
        multiply(
          a.span, b.span, into: &span, rows: rows, columns: columns, inner: inner,
          transposeA: transposeA, transposeB: transposeB, accumulate: accumulate,
          workers: workers)
        return [product]
      }
      let expected = KernelReference.product(
        a, b, rows: rows, columns: columns, inner: inner, transposeA: transposeA,
        transposeB: transposeB, addingTo: accumulate ? c : nil)
      expectSums(result[0], expected, "\(rows)×\(inner)×\(columns)")
    }
  }

  // All numbers of rows and columns left over, sums of several blocks, and blocks of columns.
  static let orders =
    (1...40).map { ($0, 97 - 2 * $0, 43 + $0) }
    + [(12, 16, 1000), (25, 17, 321), (7, 25, 640), (24, 24, 325), (13, 321, 40), (20, 639, 9)]
    + [(5, 1000, 31), (150, 9, 130), (30, 340, 7), (1, 784, 250), (47, 8, 500), (35, 700, 8)]
    + [(700, 33, 40), (1024, 17, 330), (16_384, 9, 8)]

  @Test("products with registers of sixteen lanes have the bits of OpenBLAS", arguments: orders)
  func order(rows: Int, columns: Int, inner: Int) {
    let a = normalFloats(rows * inner, "a")
    let b = normalFloats(inner * columns, "b")
    let c = normalFloats(rows * columns, "c")
    for variant in 0..<8 {
      func product(by kernel: BLAS.Kernel) -> [Float] {
        var product = c
        var span = product.mutableSpan
        BLAS.plainProduct(
          by: kernel, a.span, b.span, into: &span, rows: rows, columns: columns, inner: inner,
          transposeA: variant & 1 != 0, transposeB: variant & 2 != 0, accumulate: variant & 4 != 0)
        return product
      }
      #expect(
        product(by: .sixteenLanes) == product(by: .openBLAS),
        "\(rows)×\(inner)×\(columns), \(variant)")
    }
  }

  @Test("a product refuses a matrix of another size")
  func refusesSize() async {
    await #expect(processExitsWith: .failure) {
      let a = [Float](repeating: 1, count: 5)
      var c = [Float](repeating: 0, count: 4)
      var span = c.mutableSpan
      multiply(
        a.span, a.span, into: &span, rows: 2, columns: 2, inner: 2,
        workers: Workers(threadCount: 1))
    }
  }

  static let layers = [
    (1, 7, 9), (9, 33, 10), (128, 784, 300), (128, 100, 10), (32, 31, 255), (100, 500, 10),
    (7, 784, 300),
  ]

  @Test("a fully connected layer and its gradients are the naive products", arguments: layers)
  func linear(batch: Int, inputs: Int, outputs: Int) {
    let x = normalFloats(batch * inputs, "x")
    let w = normalFloats(outputs * inputs, "w")
    let b = normalFloats(outputs, "b")
    let dy = normalFloats(batch * outputs, "dy")
    let results = sameBits("linear") { workers in
      var y = unwritten(batch * outputs)
      var dx = unwritten(batch * inputs)
      var dw = unwritten(outputs * inputs)
      var db = unwritten(outputs)
      var ySpan = y.mutableSpan
      linearForward(
        x.span, weights: w.span, bias: b.span, output: &ySpan, batch: batch, inputs: inputs,
        outputs: outputs, workers: workers)
      var dxSpan = dx.mutableSpan
      linearBackwardData(
        dy.span, weights: w.span, inputGradient: &dxSpan, batch: batch, inputs: inputs,
        outputs: outputs, workers: workers)
      var dwSpan = dw.mutableSpan
      var dbSpan = db.mutableSpan
      linearBackwardWeights(
        dy.span, input: x.span, weightGradient: &dwSpan, biasGradient: &dbSpan, batch: batch,
        inputs: inputs, outputs: outputs, workers: workers)
      return [y, dx, dw, db]
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
    expectSums(
      results[2],
      KernelReference.product(
        dy, x, rows: outputs, columns: inputs, inner: batch, transposeA: true), "weight gradient")
    expectSums(results[3], KernelReference.columnSums(dy, columns: outputs), "bias gradient")
  }

  @Test("a layer without bias adds none and writes no bias gradient")
  func withoutBias() {
    let x = normalFloats(6, "x")
    let w = normalFloats(12, "w")
    let workers = Workers(threadCount: 1)
    var y = unwritten(8)
    var ySpan = y.mutableSpan
    let none: [Float] = []
    linearForward(
      x.span, weights: w.span, bias: none.span, output: &ySpan, batch: 2, inputs: 3, outputs: 4,
      workers: workers)
    expectSums(
      y, KernelReference.product(x, w, rows: 2, columns: 4, inner: 3, transposeB: true), "output")
    var dw = unwritten(12)
    var db: [Float] = []
    var dwSpan = dw.mutableSpan
    var dbSpan = db.mutableSpan
    linearBackwardWeights(
      y.span, input: x.span, weightGradient: &dwSpan, biasGradient: &dbSpan, batch: 2, inputs: 3,
      outputs: 4, workers: workers)
    expectSums(
      dw, KernelReference.product(y, x, rows: 4, columns: 3, inner: 2, transposeA: true),
      "weight gradient")
  }
}
