// Convolutions, their gradients and pooling against the naive loops, on the shapes of LeNet-5 and on awkward ones.

import Kernels
import TestSupport
import Testing

@Suite("Convolution and pooling")
struct ConvolutionTests {
  static let geometries = [
    ConvolutionGeometry(
      batch: 19, height: 28, width: 28, inputChannels: 1, outputChannels: 20, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 35, height: 12, width: 12, inputChannels: 20, outputChannels: 50, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 19, height: 12, width: 12, inputChannels: 20, outputChannels: 50, kernelHeight: 5,
      kernelWidth: 5, allowsWinograd: false),
    ConvolutionGeometry(
      batch: 5, height: 6, width: 14, inputChannels: 8, outputChannels: 9, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 17, height: 10, width: 8, inputChannels: 33, outputChannels: 24, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 18, height: 9, width: 7, inputChannels: 4, outputChannels: 44, kernelHeight: 3,
      kernelWidth: 3, stride: 2),
    ConvolutionGeometry(
      batch: 2, height: 4, width: 4, inputChannels: 3, outputChannels: 24, kernelHeight: 2,
      kernelWidth: 3),
    ConvolutionGeometry(
      batch: 3, height: 9, width: 13, inputChannels: 3, outputChannels: 8, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 2, height: 7, width: 6, inputChannels: 3, outputChannels: 9, kernelHeight: 3,
      kernelWidth: 3, stride: 2, padding: 1),
    ConvolutionGeometry(
      batch: 19, height: 28, width: 28, inputChannels: 1, outputChannels: 10, kernelHeight: 5,
      kernelWidth: 5),
    ConvolutionGeometry(
      batch: 4, height: 9, width: 9, inputChannels: 2, outputChannels: 31, kernelHeight: 3,
      kernelWidth: 4),
    ConvolutionGeometry(
      batch: 3, height: 6, width: 3, inputChannels: 1, outputChannels: 8, kernelHeight: 3,
      kernelWidth: 3),
    ConvolutionGeometry(
      batch: 2, height: 4, width: 6, inputChannels: 4, outputChannels: 17, kernelHeight: 2,
      kernelWidth: 2),
    ConvolutionGeometry(
      batch: 5, height: 8, width: 8, inputChannels: 16, outputChannels: 33, kernelHeight: 3,
      kernelWidth: 3, padding: 1),
    ConvolutionGeometry(
      batch: 1, height: 4, width: 5, inputChannels: 7, outputChannels: 1, kernelHeight: 1,
      kernelWidth: 1),
    ConvolutionGeometry(
      batch: 2, height: 5, width: 4, inputChannels: 2, outputChannels: 3, kernelHeight: 2,
      kernelWidth: 4, stride: 3, padding: 2),
    ConvolutionGeometry(
      batch: 0, height: 5, width: 5, inputChannels: 2, outputChannels: 3, kernelHeight: 5,
      kernelWidth: 5),
  ]

  @Test("a convolution and its gradients are the naive sums", arguments: geometries)
  func convolution(geometry: ConvolutionGeometry) { expectNaiveSums(geometry) }

  @Test("a convolution without bias adds none")
  func withoutBias() {
    let g = Self.geometries[2]
    let x = normalFloats(g.inputCount, "x")
    let w = normalFloats(g.weightCount, "w")
    let none: [Float] = []
    var y = unwritten(g.outputCount)
    var span = y.mutableSpan
    convolutionForward(
      x.span, weights: w.span, bias: none.span, output: &span, geometry: g,
      workers: Workers(threadCount: 2))
    expectSums(y, KernelReference.convolution(x, weights: w, bias: [], g), "output")
  }

  @Test("a later call with the same workers is not disturbed by what scratch memory holds")
  func reusesScratch() {
    let workers = Workers(threadCount: 2)
    for g in Self.geometries.reversed() + Self.geometries + ConvolutionMethodTests.small {
      let x = normalFloats(g.inputCount, "x")
      let w = normalFloats(g.weightCount, "w")
      let b = normalFloats(g.outputChannels, "b")
      var y = unwritten(g.outputCount)
      var span = y.mutableSpan
      convolutionForward(
        x.span, weights: w.span, bias: b.span, output: &span, geometry: g, workers: workers)
      expectSums(
        y, KernelReference.convolution(x, weights: w, bias: b, g), "\(g)",
        winogradKernel: g.winogradKernel)
    }
  }

  @Test("a convolution refuses an output of another size")
  func refusesSize() async {
    await #expect(processExitsWith: .failure) {
      let g = ConvolutionTests.geometries[3]
      let x = [Float](repeating: 1, count: g.inputCount)
      let none: [Float] = []
      let w = [Float](repeating: 1, count: g.weightCount)
      var y = [Float](repeating: 1, count: g.outputCount + 1)
      var span = y.mutableSpan
      convolutionForward(
        x.span, weights: w.span, bias: none.span, output: &span, geometry: g,
        workers: Workers(threadCount: 1))
    }
  }

  @Test("a filter larger than the padded image is refused")
  func refusesFilter() async {
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionGeometry(
        batch: 1, height: 3, width: 3, inputChannels: 1, outputChannels: 1, kernelHeight: 6,
        kernelWidth: 3, padding: 1)
    }
  }

  @Test("changing the order of channels moves every element, and back", arguments: [1, 7, 8, 50])
  func channelOrder(channels: Int) {
    let batch = 5
    let pixels = 16
    let x = normalFloats(batch * pixels * channels, "x")
    let results = sameBits("order") { workers in
      var first = unwritten(x.count)
      var last = unwritten(x.count)
      var firstSpan = first.mutableSpan
      channelsFirst(
        x.span, output: &firstSpan, batch: batch, pixels: pixels, channels: channels,
        workers: workers)
      var lastSpan = last.mutableSpan
      channelsLast(
        first.span, output: &lastSpan, batch: batch, pixels: pixels, channels: channels,
        workers: workers)
      return [first, last]
    }
    for n in 0..<batch {
      for p in 0..<pixels {
        for c in 0..<channels {
          #expect(
            results[0][(n * channels + c) * pixels + p] == x[(n * pixels + p) * channels + c])
        }
      }
    }
    #expect(results[1] == x)
  }
}
