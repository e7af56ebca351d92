// Batch normalisation with residual and rectification against its formulas in Double, in place and out of place.

import Kernels
import TestSupport
import Testing

@Suite("Batch normalisation")
struct BatchNormalizationTests {
  /// Rows and channels, with one slice or several, with whole registers or not. Of fewer than four rows little is left but rounding.
  static let sizes = [
    (4, 1), (5, 33), (37, 3), (100, 7), (64, 8), (33, 16), (129, 20), (2300, 16), (700, 64),
    (1500, 24), (90, 130),
  ]
  static let kinds = [(false, false), (true, false), (false, true), (true, true)]
  static let epsilon: Float = 1e-5

  /// Everything a pass reads.
  struct Example {
    let (rows, channels): (Int, Int)
    let (rectifies, hasResidual): (Bool, Bool)
    let x, residual, scale, shift, mean, variance, dy: [Float]

    init(_ size: (Int, Int), _ kind: (Bool, Bool), offset: Float = 0.5, deviation: Float = 2) {
      (rows, channels) = size
      (rectifies, hasResidual) = kind
      let count = rows * channels
      x = normalFloats(count, "x").map { offset + deviation * $0 }
      residual = hasResidual ? normalFloats(count, "residual") : []
      scale = normalFloats(channels, "scale").map { 1 + 0.3 * $0 }
      shift = normalFloats(channels, "shift").map { 0.3 * $0 }
      mean = normalFloats(channels, "mean")
      variance = normalFloats(channels, "variance").map { 0.1 + $0 * $0 }
      dy = normalFloats(count, "dy")
    }

    var reference: NormalizationReference {
      NormalizationReference(
        rows: rows, channels: channels, epsilon: Double(BatchNormalizationTests.epsilon),
        rectifies: rectifies)
    }

    /// Output, mean, inverse deviation, running mean and running variance.
    func forward(_ workers: Workers) -> [[Float]] {
      var y = unwritten(x.count)
      var (average, inverse) = (unwritten(channels), unwritten(channels))
      var (keptMean, keptVariance) = (mean, variance)
      do {
        var ySpan = y.mutableSpan
        var averageSpan = average.mutableSpan
        var inverseSpan = inverse.mutableSpan
        var meanSpan = keptMean.mutableSpan
        var varianceSpan = keptVariance.mutableSpan
        batchNormalizationForward(
          x.span, scale: scale.span, shift: shift.span, residual: residual.span, output: &ySpan,
          mean: &averageSpan, inverseDeviation: &inverseSpan, runningMean: &meanSpan,
          runningVariance: &varianceSpan, rows: rows, channels: channels,
          epsilon: BatchNormalizationTests.epsilon, momentum: 0.1, rectifies: rectifies,
          workers: workers)
      }
      return [y, average, inverse, keptMean, keptVariance]
    }

    /// Gradients of input, residual, scale and shift.
    func backward(_ workers: Workers) -> [[Float]] {
      let results = forward(workers)
      let (y, average, inverse) = (results[0], results[1], results[2])
      var (first, second) = (unwritten(x.count), unwritten(hasResidual ? x.count : 0))
      var (dScale, dShift) = (unwritten(channels), unwritten(channels))
      var scaleSpan = dScale.mutableSpan
      var shiftSpan = dShift.mutableSpan
      if !hasResidual {
        first = dy
        var firstSpan = first.mutableSpan
        batchNormalizationBackward(
          inPlace: &firstSpan, input: x.span, mean: average.span, inverseDeviation: inverse.span,
          scale: scale.span, shift: shift.span, scaleGradient: &scaleSpan,
          shiftGradient: &shiftSpan, rows: rows, channels: channels, rectifies: rectifies,
          workers: workers)
      } else {
        second = dy
        var firstSpan = first.mutableSpan
        var secondSpan = second.mutableSpan
        batchNormalizationBackward(
          residualInPlace: &secondSpan, input: x.span, output: y.span, mean: average.span,
          inverseDeviation: inverse.span, scale: scale.span, shift: shift.span,
          inputGradient: &firstSpan, scaleGradient: &scaleSpan, shiftGradient: &shiftSpan,
          rows: rows, channels: channels, rectifies: rectifies, workers: workers)
      }
      return [first, second, dScale, dShift]
    }
  }

  // Outputs are of the order of 1; their inputs were rounded to Float, which is exact for the reference too.
  static let tolerance = KernelTolerance(relative: 2e-6, absolute: 2e-6)

  @Test("a training pass normalises by the batch's moments and keeps them", arguments: sizes, kinds)
  func training(size: (Int, Int), kind: (Bool, Bool)) {
    let example = Example(size, kind)
    let results = sameBits("training") { example.forward($0) }
    let x = example.x.map(Double.init)
    let (mean, variance) = example.reference.moments(x)
    let output = example.reference.normalized(
      x, scale: example.scale.map(Double.init), shift: example.shift.map(Double.init),
      residual: example.residual.map(Double.init), mean: mean, variance: variance)
    expectValues(results[0], output, Self.tolerance, "output")
    expectValues(results[1], mean, Self.tolerance, "mean")
    let inverse = variance.map { 1 / ($0 + Double(Self.epsilon)).squareRoot() }
    expectValues(results[2], inverse, Self.tolerance, "inverse deviation")
    let keptMean = zip(example.mean, mean).map { 0.9 * Double($0) + 0.1 * $1 }
    expectValues(results[3], keptMean, Self.tolerance, "running mean")
    let unbiased = Double(example.rows) / Double(example.rows - 1)
    let keptVariance = zip(example.variance, variance).map {
      0.9 * Double($0) + 0.1 * $1 * unbiased
    }
    expectValues(results[4], keptVariance, Self.tolerance, "running variance")
  }

  @Test("an evaluation normalises by the running moments", arguments: sizes, kinds)
  func evaluation(size: (Int, Int), kind: (Bool, Bool)) {
    let example = Example(size, kind)
    let results = sameBits("evaluation") { workers in
      var y = unwritten(example.x.count)
      var ySpan = y.mutableSpan
      batchNormalizationEvaluation(
        example.x.span, scale: example.scale.span, shift: example.shift.span,
        mean: example.mean.span, variance: example.variance.span,
        residual: example.residual.span, output: &ySpan, rows: example.rows,
        channels: example.channels, epsilon: Self.epsilon, rectifies: example.rectifies,
        workers: workers)
      return [y]
    }
    let output = example.reference.normalized(
      example.x.map(Double.init), scale: example.scale.map(Double.init),
      shift: example.shift.map(Double.init), residual: example.residual.map(Double.init),
      mean: example.mean.map(Double.init), variance: example.variance.map(Double.init))
    // A deviation of 0.3 makes outputs of 20 and more.
    expectValues(results[0], output, KernelTolerance(relative: 2e-6, absolute: 5e-6), "output")
  }

  @Test("gradients are those of the formulas", arguments: sizes, kinds)
  func gradients(size: (Int, Int), kind: (Bool, Bool)) {
    let example = Example(size, kind)
    let results = sameBits("gradients") { example.backward($0) }
    let expected = example.reference.backward(
      example.dy.map(Double.init), example.x.map(Double.init),
      scale: example.scale.map(Double.init), shift: example.shift.map(Double.init),
      residual: example.residual.map(Double.init))
    expectValues(results[0], expected.input, Self.tolerance, "input gradient")
    let residual = example.hasResidual ? expected.residual : []
    expectValues(results[1], residual, .sameBits, "residual gradient")
    // Sums of `rows` products of the order of 1.
    let sums = KernelTolerance.accumulation(terms: size.0, magnitude: 2 * Double(size.0))
    expectValues(results[2], expected.scale, sums, "scale gradient")
    expectValues(results[3], expected.shift, sums, "shift gradient")
  }

  @Test("the formulas' gradients are slopes", arguments: kinds)
  func slopes(kind: (Bool, Bool)) {
    let example = Example((11, 3), kind)
    let (reference, dy) = (example.reference, example.dy.map(Double.init))
    let (x, residual) = (example.x.map(Double.init), example.residual.map(Double.init))
    let (scale, shift) = (example.scale.map(Double.init), example.shift.map(Double.init))
    let slopes = reference.backward(dy, x, scale: scale, shift: shift, residual: residual)
    func check(_ slopes: [Double], _ numeric: [Double], _ what: String) {
      expectValues(
        numeric.map(Float.init), slopes, KernelTolerance(relative: 1e-6, absolute: 1e-6), what)
    }
    let byInput = centralDifferences(at: x) {
      weighted(reference.forward($0, scale: scale, shift: shift, residual: residual), by: dy)
    }
    check(slopes.input, byInput, "input")
    let byScale = centralDifferences(at: scale) {
      weighted(reference.forward(x, scale: $0, shift: shift, residual: residual), by: dy)
    }
    check(slopes.scale, byScale, "scale")
    let byShift = centralDifferences(at: shift) {
      weighted(reference.forward(x, scale: scale, shift: $0, residual: residual), by: dy)
    }
    check(slopes.shift, byShift, "shift")
    if example.hasResidual {
      let byResidual = centralDifferences(at: residual) {
        weighted(reference.forward(x, scale: scale, shift: shift, residual: $0), by: dy)
      }
      check(slopes.residual, byResidual, "residual")
    }
  }

  @Test("a mean a thousand deviations away from zero does not spoil the variance")
  func farMean() {
    let example = Example((3000, 16), (false, false), offset: 100, deviation: 0.1)
    let results = example.forward(Workers(threadCount: 2))
    let (mean, variance) = example.reference.moments(example.x.map(Double.init))
    expectValues(results[1], mean, KernelTolerance(relative: 1e-7, absolute: 0), "mean")
    let inverse = variance.map { 1 / ($0 + Double(Self.epsilon)).squareRoot() }
    expectValues(
      results[2], inverse, KernelTolerance(relative: 1e-5, absolute: 0), "inverse deviation")
  }

  @Test("a single row is refused")
  func refusesRow() async {
    await #expect(processExitsWith: .failure) {
      _ = Example((1, 3), (false, false)).forward(Workers(threadCount: 1))
    }
  }

  @Test("a residual of another size is refused")
  func refusesResidual() async {
    await #expect(processExitsWith: .failure) {
      var y: [Float] = [0, 0, 0, 0]
      var span = y.mutableSpan
      let (x, one) = ([1, 2, 3, 4] as [Float], [1, 1] as [Float])
      batchNormalizationEvaluation(
        x.span, scale: one.span, shift: one.span, mean: one.span, variance: one.span,
        residual: one.span, output: &span, rows: 2, channels: 2, epsilon: 1e-5, rectifies: false,
        workers: Workers(threadCount: 1))
    }
  }

  @Test("a sum is rectified, its gradient in place", arguments: ElementwiseTests.lengths)
  func sums(count: Int) {
    let (x, r, dy) = (
      normalFloats(count, "x"), normalFloats(count, "r"), normalFloats(count, "dy")
    )
    let results = sameBits("rectified sum") { workers in
      var y = unwritten(count)
      var g = dy
      var ySpan = y.mutableSpan
      rectifySum(x.span, r.span, output: &ySpan, workers: workers)
      var gSpan = g.mutableSpan
      rectifyBackward(inPlace: &gSpan, output: y.span, workers: workers)
      return [y, g]
    }
    #expect(results[0] == zip(x, r).map { max($0 + $1, 0) })
    #expect(results[1] == zip(results[0], dy).map { $0 > 0 ? $1 : 0 })
  }
}
