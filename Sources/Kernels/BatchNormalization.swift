// Batch normalisation, with the residual addition and the rectification that follow it in the same pass over memory.
// A training pass reads its input twice: once for the statistics, once to write the output. Look first at `batchNormalizationForward`.

/// Normalises each channel by the batch's own mean and variance: y = γ·(x − μ) / √(σ² + ε) + β, to which a residual may be added,
/// and the sum may be rectified.
///
/// Sums run in Float over slices of about 16,000 elements, of differences from a value near the mean, and in Double over the slices,
/// from the first to the last.
///
/// - Parameters:
///   - input: `[rows, channels]`; the rows are all pixels of all images.
///   - scale: γ, `[channels]`.
///   - shift: β, `[channels]`.
///   - residual: `[rows, channels]`, or empty for none.
///   - output: `[rows, channels]`.
///   - mean: μ, `[channels]`, overwritten.
///   - inverseDeviation: 1 / √(σ² + ε) with the biased variance σ², `[channels]`, overwritten.
///   - runningMean: `[channels]`, replaced by (1 − m)·old + m·μ.
///   - runningVariance: `[channels]`, replaced by (1 − m)·old + m·σ²·rows / (rows − 1).
///   - momentum: m.
///   - rectifies: whether negative outputs become 0.
/// - Precondition: the spans have these sizes and there are at least two rows.
///
/// Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1; the variance that is kept is the unbiased one of algorithm 2.
public func batchNormalizationForward(
  _ input: Span<Float>, scale: Span<Float>, shift: Span<Float>, residual: Span<Float>,
  output: inout MutableSpan<Float>, mean: inout MutableSpan<Float>,
  inverseDeviation: inout MutableSpan<Float>, runningMean: inout MutableSpan<Float>,
  runningVariance: inout MutableSpan<Float>, rows: Int, channels: Int, epsilon: Float,
  momentum: Float, rectifies: Bool, workers: Workers
) {
  let name: StaticString = "batchNormalizationForward"
  precondition(rows >= 2, "\(name): \(rows) rows have no variance")
  requireRows(input.count, output.count, residual.count, rows, channels, name)
  requireChannels(scale.count, shift.count, channels, name)
  requireCount(mean.count, channels, name, "mean")
  requireCount(inverseDeviation.count, channels, name, "inverseDeviation")
  requireCount(runningMean.count, channels, name, "runningMean")
  requireCount(runningVariance.count, channels, name, "runningVariance")
  let pattern = ChannelPattern(channels: channels)
  let sliceCount = pattern.sliceCount(rows)
  let (x, y) = (input.pointer, output.mutablePointer)
  let added = residual.isEmpty ? nil : residual.pointer
  let memory = workers.sharedScratch(3 * sliceCount * channels + 3 * pattern.length)
  let partials = memory + 3 * pattern.length
  workers.run(sliceCount, scratchCount: 3 * pattern.length) { slice, scratch in
    let (first, count) = pattern.slice(slice, of: rows)
    sumDeviations(
      x + first * channels, rows: count, pattern, scratch: scratch,
      into: partials + 3 * slice * channels)
  }
  let (average, inverse) = (mean.mutablePointer, inverseDeviation.mutablePointer)
  let (keptMean, keptVariance) = (runningMean.mutablePointer, runningVariance.mutablePointer)
  let blockSize = 64
  workers.run(ceilingDivision(channels, blockSize)) { block, _ in
    let end = min(channels, (block + 1) * blockSize)
    for c in stride(from: block * blockSize, to: end, by: 8) {
      let (center, squares) = moments(partials + c, min(8, end - c), rows: rows, pattern)
      for lane in 0..<min(8, end - c) {
        let variance = squares[lane] / Double(rows)
        average[c + lane] = Float(center[lane])
        inverse[c + lane] = Float(1 / (variance + Double(epsilon)).squareRoot())
        let unbiased = Float(squares[lane] / Double(rows - 1))
        keptMean[c + lane] =
          (1 - momentum) * keptMean[c + lane] + momentum * Float(center[lane])
        keptVariance[c + lane] =
          (1 - momentum) * keptVariance[c + lane] + momentum * unbiased
      }
    }
  }
  let map = ChannelMap(
    mean: average, inverseDeviation: inverse, scale: scale.pointer, shift: shift.pointer,
    into: memory, pattern)
  normalize(x, added, into: y, rows: rows, by: map, rectifies: rectifies, workers)
}

/// Normalises each channel by a given mean and variance, with the same residual and rectification as `batchNormalizationForward`.
///
/// - Parameters:
///   - input: `[rows, channels]`.
///   - scale: γ, `[channels]`.
///   - shift: β, `[channels]`.
///   - mean: the running mean, `[channels]`.
///   - variance: the running variance, `[channels]`.
///   - residual: `[rows, channels]`, or empty for none.
///   - output: `[rows, channels]`.
/// - Precondition: the spans have these sizes.
public func batchNormalizationEvaluation(
  _ input: Span<Float>, scale: Span<Float>, shift: Span<Float>, mean: Span<Float>,
  variance: Span<Float>, residual: Span<Float>, output: inout MutableSpan<Float>, rows: Int,
  channels: Int, epsilon: Float, rectifies: Bool, workers: Workers
) {
  let name: StaticString = "batchNormalizationEvaluation"
  requireRows(input.count, output.count, residual.count, rows, channels, name)
  requireChannels(scale.count, shift.count, channels, name)
  requireCount(mean.count, channels, name, "mean")
  requireCount(variance.count, channels, name, "variance")
  let pattern = ChannelPattern(channels: channels)
  let memory = workers.sharedScratch(3 * pattern.length + channels)
  let inverse = memory + 3 * pattern.length
  for c in 0..<channels {
    inverse[c] = Float(1 / (Double(variance[c]) + Double(epsilon)).squareRoot())
  }
  let map = ChannelMap(
    mean: mean.pointer, inverseDeviation: inverse, scale: scale.pointer, shift: shift.pointer,
    into: memory, pattern)
  normalize(
    input.pointer, residual.isEmpty ? nil : residual.pointer, into: output.mutablePointer,
    rows: rows, by: map, rectifies: rectifies, workers)
}

func requireRows(
  _ input: Int, _ output: Int, _ residual: Int, _ rows: Int, _ channels: Int, _ name: StaticString
) {
  requireCount(input, rows * channels, name, "input")
  requireCount(output, rows * channels, name, "output")
  requireCount(residual, residual == 0 ? 0 : rows * channels, name, "residual")
}

func requireChannels(_ scale: Int, _ shift: Int, _ channels: Int, _ name: StaticString) {
  requireCount(scale, channels, name, "scale")
  requireCount(shift, channels, name, "shift")
}

/// What a channel's elements go through, (x − mean)·factor + shift, repeated along a pattern.
struct ChannelMap {
  let pattern: ChannelPattern
  let mean: FloatPointer
  let factor: FloatPointer
  let shift: FloatPointer

  /// The map from `[channels]` arrays, written into `memory` of three patterns.
  init(
    mean: FloatPointer, inverseDeviation: FloatPointer, scale: FloatPointer, shift: FloatPointer,
    into memory: MutableFloatPointer, _ pattern: ChannelPattern
  ) {
    let length = pattern.length
    pattern.expand(mean, into: memory)
    let factors = memory + length
    for c in 0..<pattern.channels { factors[c] = scale[c] * inverseDeviation[c] }
    for row in 1..<max(pattern.rows, 1) {
      (factors + row * pattern.channels).update(from: factors, count: pattern.channels)
    }
    pattern.expand(shift, into: memory + 2 * length)
    self.pattern = pattern
    self.mean = FloatPointer(memory)
    self.factor = FloatPointer(factors)
    self.shift = FloatPointer(memory + 2 * length)
  }
}

// Sums of one slice: for each channel a pivot near the mean, then Σ(x − pivot) and Σ(x − pivot)², as `[3, channels]`.
private func sumDeviations(
  _ x: FloatPointer, rows: Int, _ pattern: ChannelPattern, scratch: MutableFloatPointer,
  into partial: MutableFloatPointer
) {
  let (channels, length) = (pattern.channels, pattern.length)
  // The mean of eight rows: one outlier cannot be the pivot.
  let sampleCount = min(8, rows)
  partial.update(from: x, count: channels)
  for sample in 1..<max(sampleCount, 1) {
    addElements(x + sample * rows / sampleCount * channels, to: partial, count: channels)
  }
  let share = 1 / Float(sampleCount)
  for c in 0..<channels { partial[c] *= share }
  pattern.expand(partial, into: scratch)
  let patternCount = rows / pattern.rows
  let (sums, squares) = (scratch + length, scratch + 2 * length)
  var l = 0
  while l + 16 <= length {
    sumColumns(x + l, scratch + l, sums + l, squares + l, patternCount, length, isPair: true)
    l += 16
  }
  if l < length {
    sumColumns(x + l, scratch + l, sums + l, squares + l, patternCount, length, isPair: false)
  }
  pattern.fold(sums, into: partial + channels)
  pattern.fold(squares, into: partial + 2 * channels)
  for row in patternCount * pattern.rows..<rows {
    for c in 0..<channels {
      let deviation = x[row * channels + c] - partial[c]
      partial[channels + c] += deviation
      partial[2 * channels + c].addProduct(deviation, deviation)
    }
  }
}

// Eight or sixteen neighbouring places of all patterns of a slice.
@inline(__always)
private func sumColumns(
  _ x: FloatPointer, _ pivots: FloatPointer, _ sums: MutableFloatPointer,
  _ squares: MutableFloatPointer, _ patternCount: Int, _ length: Int, isPair: Bool
) {
  let pivot0 = load(pivots)
  let pivot1 = isPair ? load(pivots + 8) : Lanes()
  var (sum0, sum1, square0, square1) = (Lanes(), Lanes(), Lanes(), Lanes())
  var source = x
  for _ in 0..<patternCount {
    let deviation0 = load(source) - pivot0
    sum0 += deviation0
    square0.addProduct(deviation0, deviation0)
    if isPair {
      let deviation1 = load(source + 8) - pivot1
      sum1 += deviation1
      square1.addProduct(deviation1, deviation1)
    }
    source += length
  }
  store(sum0, to: sums)
  store(square0, to: squares)
  if isPair {
    store(sum1, to: sums + 8)
    store(square1, to: squares + 8)
  }
}

// Mean and Σ(x − mean)² of up to eight channels from the sums of all slices, which lie `3 · channels` apart.
private func moments(
  _ partials: FloatPointer, _ count: Int, rows: Int, _ pattern: ChannelPattern
) -> (mean: SIMD8<Double>, squares: SIMD8<Double>) {
  let channels = pattern.channels
  var total = SIMD8<Double>()
  for slice in 0..<pattern.sliceCount(rows) {
    let source = partials + 3 * slice * channels
    let size = Double(pattern.slice(slice, of: rows).count)
    let pivot = loadDoubles(source, count: count)
    total += pivot * size + loadDoubles(source + channels, count: count)
  }
  let mean = total / Double(rows)
  var squares = SIMD8<Double>()
  for slice in 0..<pattern.sliceCount(rows) {
    let source = partials + 3 * slice * channels
    let size = Double(pattern.slice(slice, of: rows).count)
    let sum = loadDoubles(source + channels, count: count)
    let inner = loadDoubles(source + 2 * channels, count: count) - sum * sum / size
    let offset = loadDoubles(source, count: count) + sum / size - mean
    squares += inner + offset * offset * size
  }
  return (mean, squares.replacing(with: SIMD8(), where: squares .< SIMD8()))
}

// The slices in reverse order: the last ones the statistics were taken of are still in the cache.
private func normalize(
  _ x: FloatPointer, _ residual: FloatPointer?, into y: MutableFloatPointer, rows: Int,
  by map: ChannelMap, rectifies: Bool, _ workers: Workers
) {
  let pattern = map.pattern
  let sliceCount = pattern.sliceCount(rows)
  workers.run(sliceCount) { task, _ in
    let (first, count) = pattern.slice(sliceCount - 1 - task, of: rows)
    let start = first * pattern.channels
    let size = count * pattern.channels
    let (source, target) = (x + start, y + start)
    if let residual {
      let added = residual + start
      if rectifies {
        normalize(source, added, target, size, map, adds: true, rectifies: true)
      } else {
        normalize(source, added, target, size, map, adds: true, rectifies: false)
      }
    } else if rectifies {
      normalize(source, source, target, size, map, adds: false, rectifies: true)
    } else {
      normalize(source, source, target, size, map, adds: false, rectifies: false)
    }
  }
}

@inline(__always)
private func normalize(
  _ x: FloatPointer, _ residual: FloatPointer, _ y: MutableFloatPointer, _ count: Int,
  _ map: ChannelMap, adds: Bool, rectifies: Bool
) {
  let length = map.pattern.length
  let (means, factors, shifts) = (map.mean, map.factor, map.shift)
  var start = 0
  while start < count {
    let (source, target, added) = (x + start, y + start, residual + start)
    let end = min(length, count &- start)
    var l = 0
    while l &+ 8 <= end {
      let deviation = load(source + l) - load(means + l)
      var value = load(shifts + l).addingProduct(deviation, load(factors + l))
      if adds { value += load(added + l) }
      if rectifies { value = Lanes().replacing(with: value, where: value .> Lanes()) }
      store(value, to: target + l)
      l &+= 8
    }
    while l < end {
      var value = shifts[l].addingProduct(source[l] - means[l], factors[l])
      if adds { value += added[l] }
      target[l] = rectifies && !(value > 0) ? 0 : value
      l &+= 1
    }
    start &+= end
  }
}
