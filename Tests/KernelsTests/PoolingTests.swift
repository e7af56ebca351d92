// Pooling by maxima, by averages and over whole images, and the shortcut without weights, against plain loops.

import Kernels
import TestSupport
import Testing

@Suite("Maximum, average and global pooling, and subsampling")
struct PoolingTests {
  static let windows = [
    PoolingGeometry(batch: 19, height: 24, width: 24, channels: 20, window: 2, stride: 2),
    PoolingGeometry(batch: 9, height: 8, width: 8, channels: 50, window: 2, stride: 2),
    PoolingGeometry(batch: 3, height: 7, width: 9, channels: 33, window: 2, stride: 2),
    PoolingGeometry(batch: 4, height: 8, width: 7, channels: 9, window: 3, stride: 2),
    PoolingGeometry(batch: 2, height: 5, width: 5, channels: 1, window: 3, stride: 1),
    PoolingGeometry(batch: 2, height: 6, width: 8, channels: 7, window: 2, stride: 3),
    PoolingGeometry(batch: 2, height: 4, width: 4, channels: 8, window: 1, stride: 1),
    PoolingGeometry(batch: 0, height: 4, width: 4, channels: 8, window: 2, stride: 2),
    PoolingGeometry(batch: 2, height: 9, width: 11, channels: 16, window: 3, stride: 2, padding: 1),
    PoolingGeometry(batch: 7, height: 8, width: 6, channels: 13, window: 3, stride: 1, padding: 1),
    PoolingGeometry(batch: 1, height: 2, width: 2, channels: 3, window: 4, stride: 3, padding: 2),
    PoolingGeometry(batch: 2, height: 6, width: 7, channels: 8, window: 2, stride: 2, padding: 1),
    PoolingGeometry(batch: 3, height: 5, width: 1, channels: 9, window: 5, stride: 1, padding: 2),
    PoolingGeometry(
      batch: 20, height: 14, width: 14, channels: 24, window: 3, stride: 2, padding: 1),
    PoolingGeometry(batch: 0, height: 4, width: 4, channels: 8, window: 3, stride: 2, padding: 1),
  ]

  /// Output, and the input position of each winner, over the cells inside the image alone.
  static func maximum(_ x: [Float], _ g: PoolingGeometry) -> (output: [Float], winners: [Int]) {
    var (output, winners): ([Float], [Int]) = ([], [])
    for n in 0..<g.batch {
      for row in 0..<g.outputHeight {
        for column in 0..<g.outputWidth {
          for c in 0..<g.channels {
            var best: Int?
            for cell in 0..<g.window * g.window {
              let y = row * g.stride - g.padding + cell / g.window
              let left = column * g.stride - g.padding + cell % g.window
              guard (0..<g.height).contains(y), (0..<g.width).contains(left) else { continue }
              let place = ((n * g.height + y) * g.width + left) * g.channels + c
              if best.map({ x[place] > x[$0] }) ?? true { best = place }
            }
            winners.append(best ?? -1)
            output.append(best.map { x[$0] } ?? .nan)
          }
        }
      }
    }
    return (output, winners)
  }

  @Test(
    "pooling keeps the first largest value inside the image and sends gradients back to it",
    arguments: windows, [0, -10] as [Float])
  func maximumPooling(g: PoolingGeometry, offset: Float) {
    // Rounded, so that windows have ties; with the offset negative, so that a zero from outside would win.
    let x = normalFloats(g.inputCount, "x").map { ($0 * 2).rounded() + offset }
    let dy = normalFloats(g.outputCount, "dy")
    let results = sameBits("pooling") { workers in
      var y = unwritten(g.outputCount)
      var dx = unwritten(g.inputCount)
      var choices = [UInt8](repeating: 255, count: g.outputCount)
      var ySpan = y.mutableSpan
      var choiceSpan = choices.mutableSpan
      maximumPoolingForward(
        x.span, output: &ySpan, choices: &choiceSpan, geometry: g, workers: workers)
      var dxSpan = dx.mutableSpan
      maximumPoolingBackward(
        dy.span, choices: choices.span, inputGradient: &dxSpan, geometry: g, workers: workers)
      return [y, dx, choices.map(Float.init)]
    }
    let (output, winners) = Self.maximum(x, g)
    #expect(results[0] == output)
    #expect(results[2].allSatisfy { $0 < Float(g.window * g.window) })
    var gradient = [ReferenceSum](repeating: ReferenceSum(), count: g.inputCount)
    for (winner, slope) in zip(winners, dy) { gradient[winner].add(Double(slope)) }
    expectSums(results[1], gradient, "input gradient")
  }

  @Test("a padding of more than half a window is refused")
  func refusesPadding() async {
    await #expect(processExitsWith: .failure) {
      _ = PoolingGeometry(
        batch: 1, height: 4, width: 4, channels: 1, window: 3, stride: 1, padding: 2)
    }
  }

  @Test("a choice outside of the image is refused")
  func refusesChoice() async {
    await #expect(processExitsWith: .failure) {
      let g = PoolingGeometry(
        batch: 1, height: 2, width: 2, channels: 1, window: 2, stride: 2, padding: 1)
      let dy = [Float](repeating: 1, count: g.outputCount)
      let choices = [UInt8](repeating: 0, count: g.outputCount)
      var dx = [Float](repeating: 0, count: g.inputCount)
      var span = dx.mutableSpan
      maximumPoolingBackward(
        dy.span, choices: choices.span, inputGradient: &span, geometry: g,
        workers: Workers(threadCount: 1))
    }
  }

  static let averages = [
    PoolingGeometry(batch: 19, height: 12, width: 12, channels: 20, window: 2, stride: 2),
    PoolingGeometry(batch: 3, height: 7, width: 9, channels: 33, window: 3, stride: 2),
    PoolingGeometry(batch: 4, height: 8, width: 7, channels: 9, window: 2, stride: 3),
    PoolingGeometry(batch: 2, height: 5, width: 5, channels: 1, window: 3, stride: 1),
    PoolingGeometry(batch: 2, height: 4, width: 4, channels: 8, window: 1, stride: 1),
    PoolingGeometry(batch: 0, height: 4, width: 4, channels: 8, window: 2, stride: 2),
  ]

  @Test("average pooling is the mean of its windows, and shares gradients out", arguments: averages)
  func averagePooling(g: PoolingGeometry) {
    let (x, dy) = (normalFloats(g.inputCount, "x"), normalFloats(g.outputCount, "dy"))
    let results = sameBits("average pooling") { workers in
      var (y, dx) = (unwritten(g.outputCount), unwritten(g.inputCount))
      var ySpan = y.mutableSpan
      averagePoolingForward(x.span, output: &ySpan, geometry: g, workers: workers)
      var dxSpan = dx.mutableSpan
      averagePoolingBackward(dy.span, inputGradient: &dxSpan, geometry: g, workers: workers)
      return [y, dx]
    }
    let reference = ConnectionReference.averagePooling(g)
    expectSums(results[0], reference.forward(x), "output")
    expectSums(results[1], reference.backward(dy), "input gradient")
  }

  @Test("average pooling with padding is refused")
  func refusesAveragePadding() async {
    await #expect(processExitsWith: .failure) {
      let g = PoolingGeometry(
        batch: 1, height: 4, width: 4, channels: 1, window: 2, stride: 2, padding: 1)
      let x = [Float](repeating: 1, count: g.inputCount)
      var y = [Float](repeating: 0, count: g.outputCount)
      var span = y.mutableSpan
      averagePoolingForward(x.span, output: &span, geometry: g, workers: Workers(threadCount: 1))
    }
  }

  @Test(
    "global average pooling is that of one window",
    arguments: [(19, 64, 64), (3, 49, 9), (40, 30, 30), (2, 1, 7), (0, 4, 8)])
  func globalAverage(batch: Int, pixels: Int, channels: Int) {
    let x = normalFloats(batch * pixels * channels, "x")
    let dy = normalFloats(batch * channels, "dy")
    let results = sameBits("global average") { workers in
      var (y, dx) = (unwritten(dy.count), unwritten(x.count))
      var ySpan = y.mutableSpan
      globalAveragePoolingForward(
        x.span, output: &ySpan, batch: batch, pixels: pixels, channels: channels,
        workers: workers)
      var dxSpan = dx.mutableSpan
      globalAveragePoolingBackward(
        dy.span, inputGradient: &dxSpan, batch: batch, pixels: pixels, channels: channels,
        workers: workers)
      return [y, dx]
    }
    var reference = ConnectionReference(inputCount: x.count, outputCount: dy.count)
    for i in x.indices {
      reference.connect(
        i, to: i / (pixels * channels) * channels + i % channels, weight: 1 / Double(pixels))
    }
    // A channel's sum is one chain of additions.
    let chain = reference.forward(x).map { sum in
      (sum.value, KernelTolerance.accumulation(terms: 8 * pixels, magnitude: sum.magnitude))
    }
    for (i, (value, tolerance)) in chain.enumerated() {
      expectValues([results[0][i]], [value], tolerance, "output \(i)")
    }
    expectSums(results[1], reference.backward(dy), "input gradient")
  }

  static let shortcuts = [
    SubsamplingGeometry(
      batch: 17, height: 16, width: 16, channels: 16, outputChannels: 32, stride: 2),
    SubsamplingGeometry(batch: 3, height: 7, width: 5, channels: 5, outputChannels: 12, stride: 2),
    SubsamplingGeometry(batch: 2, height: 8, width: 8, channels: 3, outputChannels: 3, stride: 3),
    SubsamplingGeometry(batch: 2, height: 4, width: 4, channels: 4, outputChannels: 9, stride: 1),
    SubsamplingGeometry(batch: 1, height: 2, width: 3, channels: 2, outputChannels: 4, stride: 5),
  ]

  @Test("a shortcut keeps every few pixels between channels of zeros", arguments: shortcuts)
  func subsampling(g: SubsamplingGeometry) {
    let (x, dy) = (normalFloats(g.inputCount, "x"), normalFloats(g.outputCount, "dy"))
    let results = sameBits("shortcut") { workers in
      var (y, dx) = (unwritten(g.outputCount), unwritten(g.inputCount))
      var ySpan = y.mutableSpan
      subsamplingForward(x.span, output: &ySpan, geometry: g, workers: workers)
      var dxSpan = dx.mutableSpan
      subsamplingBackward(dy.span, inputGradient: &dxSpan, geometry: g, workers: workers)
      return [y, dx]
    }
    let reference = ConnectionReference.subsampling(g)
    let (output, gradient) = (reference.forward(x), reference.backward(dy))
    #expect(results[0] == output.map { Float($0.value) })
    #expect(results[1] == gradient.map { Float($0.value) })
  }

  @Test("the transposed connections are slopes")
  func slopes() {
    let pooling = ConnectionReference.averagePooling(
      PoolingGeometry(batch: 2, height: 5, width: 4, channels: 3, window: 3, stride: 1))
    let shortcut = ConnectionReference.subsampling(
      SubsamplingGeometry(batch: 2, height: 5, width: 4, channels: 3, outputChannels: 6, stride: 2))
    for map in [pooling, shortcut] {
      // A quarter, so that moved arguments are Floats too.
      let x = normalFloats(map.inputCount, "x").map { ($0 * 4).rounded() / 4 }
      let dy = normalFloats(map.outputCount, "dy")
      let numeric = centralDifferences(at: x.map(Double.init), step: 0.25) { moved in
        weighted(map.forward(moved.map { Float($0) }).map { $0.value }, by: dy.map(Double.init))
      }
      expectValues(
        numeric.map { Float($0) }, map.backward(dy).map { $0.value }, .formula, "gradient")
    }
  }
}
