// Every way to compute a convolution, on the shapes it was made for and on those at its edges, against the naive loops.

import Kernels
import TestSupport
import Testing

@Suite("Convolution by each method")
struct ConvolutionMethodTests {
  /// Square images and filters; same padding unless said otherwise.
  static func square(
    _ inputs: Int, _ outputs: Int, _ size: Int, batch: Int, kernel: Int = 3, stride: Int = 1,
    padding: Int? = nil, groups: Int = 1, winograd: Bool = true
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, height: size, width: size, inputChannels: inputs, outputChannels: outputs,
      kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: padding ?? kernel / 2,
      groups: groups, allowsWinograd: winograd)
  }

  /// `height` by `width` images and 3 × 3 filters with a border of one.
  static func oblong(
    _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, batch: Int, stride: Int = 1,
    groups: Int = 1
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, height: height, width: width, inputChannels: inputs,
      outputChannels: outputs, kernelHeight: 3, kernelWidth: 3, stride: stride, padding: 1,
      groups: groups)
  }

  // Winograd F(4×4, 3×3): whole tiles, tiles beyond the border, few tiles, channels that differ; the
  // last three have so many channels that blocks of them have owners.
  static let winograd = [
    square(16, 16, 32, batch: 3), square(16, 48, 8, batch: 18), square(48, 16, 16, batch: 2),
    square(32, 32, 7, batch: 5), oblong(16, 32, 6, 15, batch: 3),
    oblong(32, 16, 13, 4, batch: 2), square(16, 16, 4, batch: 1), square(16, 32, 8, batch: 0),
    square(240, 256, 4, batch: 2), square(256, 224, 7, batch: 1), square(240, 240, 4, batch: 0),
  ]

  // Without Winograd's method, and sizes it does not take.
  static let plain = [
    square(16, 32, 8, batch: 3, winograd: false), square(16, 16, 5, batch: 3),
    square(16, 24, 8, batch: 3), square(20, 16, 8, batch: 2),
    square(16, 16, 8, batch: 2, padding: 0),
  ]

  static let stems = [
    square(3, 16, 32, batch: 2), square(3, 64, 32, batch: 1), square(3, 16, 7, batch: 17),
    square(3, 64, 14, batch: 2, kernel: 7, stride: 2), square(1, 20, 9, batch: 2),
    oblong(3, 24, 6, 5, batch: 3), square(3, 16, 32, batch: 0),
    square(3, 32, 23, batch: 2, kernel: 11, stride: 4, padding: 2),
  ]

  static let strided = [
    square(16, 32, 32, batch: 2, stride: 2), square(32, 64, 16, batch: 3, stride: 2),
    square(16, 16, 7, batch: 18, stride: 2), oblong(32, 16, 5, 8, batch: 3, stride: 2),
    oblong(16, 16, 1, 2, batch: 2, stride: 2), square(144, 160, 4, batch: 3, stride: 2),
    square(16, 32, 8, batch: 0, stride: 2),
  ]

  static let pointwise = [
    square(16, 40, 8, batch: 35, kernel: 1), square(5, 7, 3, batch: 3, kernel: 1),
    square(16, 24, 8, batch: 3, kernel: 1, stride: 2),
    square(9, 8, 7, batch: 66, kernel: 1, stride: 2),
    square(8, 9, 5, batch: 2, kernel: 1, stride: 3), square(8, 9, 5, batch: 0, kernel: 1),
    square(6, 9, 5, batch: 2, kernel: 1, padding: 1),
  ]

  static let pixelPairs = [
    square(32, 160, 2, batch: 9), square(40, 32, 1, batch: 3), oblong(32, 32, 1, 4, batch: 2),
    oblong(33, 35, 3, 1, batch: 2), square(32, 32, 2, batch: 5, kernel: 2, padding: 0),
    square(32, 32, 2, batch: 0), square(32, 33, 1, batch: 2, kernel: 2, padding: 1),
  ]

  static let grouped = [
    square(32, 32, 32, batch: 2, groups: 32), square(16, 16, 9, batch: 19, stride: 2, groups: 16),
    square(16, 16, 8, batch: 3, stride: 2, groups: 16), square(13, 13, 6, batch: 3, groups: 13),
    oblong(10, 10, 1, 2, batch: 2, groups: 10), oblong(8, 8, 2, 5, batch: 2, groups: 8),
    square(9, 9, 7, batch: 2, kernel: 5, stride: 3, padding: 1, groups: 9),
    square(8, 8, 4, batch: 2, kernel: 2, padding: 3, groups: 8),
    square(8, 8, 3, batch: 0, groups: 8), square(32, 64, 8, batch: 3, groups: 4),
    square(6, 9, 7, batch: 17, stride: 2, groups: 3), square(8, 16, 5, batch: 2, groups: 8),
    square(32, 32, 6, batch: 2, kernel: 1, groups: 2),
    square(16, 32, 12, batch: 3, kernel: 5, padding: 0, groups: 2),
  ]

  /// One shape of each list.
  static let small = [winograd, plain, stems, strided, pointwise, pixelPairs, grouped].map { $0[1] }

  @Test(
    "a convolution and its gradients are the naive sums",
    arguments: winograd + plain + stems + strided + pointwise + pixelPairs + grouped)
  func naiveSums(geometry: ConvolutionGeometry) { expectNaiveSums(geometry) }

  // More tiles than one block and one task hold, and more images than one group of the owners.
  @Test(
    "Winograd's method agrees with the plain path where the naive loops take too long",
    arguments: [square(64, 64, 32, batch: 5), square(256, 240, 8, batch: 75)])
  func largeShapes(geometry g: ConvolutionGeometry) {
    let x = normalFloats(g.inputCount, "x")
    let w = normalFloats(g.weightCount, "w")
    let b = normalFloats(g.outputChannels, "b")
    let dy = normalFloats(g.outputCount, "dy")
    let results = sameBits("convolution") { allPasses(x, weights: w, bias: b, dy, g, $0) }
    var plain = g
    plain.allowsWinograd = false
    let workers = Workers(threadCount: 2)
    let expected = allPasses(x, weights: w, bias: b, dy, plain, workers)
    // The same sums of magnitudes bound the rounding of both.
    func magnitudes(_ values: [Float]) -> [Float] { values.map { $0.magnitude } }
    let bounds = allPasses(
      magnitudes(x), weights: magnitudes(w), bias: magnitudes(b), magnitudes(dy), plain, workers)
    for (index, what) in ["output", "input gradient", "weight gradient", "bias gradient"]
      .enumerated()
    {
      // `max` passes over what is not a number.
      #expect(results[index].allSatisfy { $0.isFinite }, "\(what)")
      let worst = results[index].indices.map { i in
        abs(results[index][i] - expected[index][i]) / bounds[index][i]
      }.max()
      #expect((worst ?? 1) < 1e-5, "\(what)")
    }
  }

  @Test("groups that do not divide the channels are refused")
  func refusesGroups() async {
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionMethodTests.square(16, 24, 8, batch: 1, groups: 16)
    }
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionMethodTests.square(15, 24, 8, batch: 1, groups: 2)
    }
  }
}
