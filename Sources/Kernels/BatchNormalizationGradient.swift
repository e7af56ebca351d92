// One backward pass of batch normalisation: a pass over memory for the sums over the batch, and one that writes the input's gradient.
// Without a residual the rectified places are found again from the input, by the forward pass's own arithmetic: the output need not
// be read.

/// The memory of one backward pass; gradients may share theirs.
struct BatchNormalizationGradient {
  let outputGradient: FloatPointer
  let input: FloatPointer
  let output: FloatPointer
  let inputGradient: MutableFloatPointer
  let residualGradient: MutableFloatPointer?
  let rows: Int
  let rectifies: Bool
  let pattern: ChannelPattern

  /// How the places are found whose output was rectified.
  enum Mask { case none, input, output }

  func compute(
    _ mean: FloatPointer, _ inverseDeviation: FloatPointer, _ scale: FloatPointer,
    _ shift: FloatPointer, scaleGradient: MutableFloatPointer, shiftGradient: MutableFloatPointer,
    _ workers: Workers
  ) {
    let (channels, length) = (pattern.channels, pattern.length)
    let sliceCount = pattern.sliceCount(rows)
    let memory = workers.sharedScratch(5 * length + 2 * channels * max(sliceCount, 1))
    let map = ChannelMap(
      mean: mean, inverseDeviation: inverseDeviation, scale: scale, shift: shift, into: memory,
      pattern)
    let (slopes, constants) = (memory + 3 * length, memory + 4 * length)
    let partials = memory + 5 * length
    workers.run(sliceCount, scratchCount: 2 * length) { slice, scratch in
      sumSlice(slice, map, scratch: scratch, into: partials + 2 * slice * channels)
    }
    let blockSize = 64
    workers.run(ceilingDivision(channels, blockSize)) { block, _ in
      let end = min(channels, (block + 1) * blockSize)
      for c in stride(from: block * blockSize, to: end, by: 8) {
        let count = min(8, end - c)
        var (total, weighted) = (SIMD8<Double>(), SIMD8<Double>())
        for slice in 0..<sliceCount {
          let source = partials + 2 * slice * channels + c
          total += loadDoubles(source, count: count)
          weighted += loadDoubles(source + channels, count: count)
        }
        for lane in 0..<count {
          let inverse = Double(inverseDeviation[c + lane])
          let factor = Double(map.factor[c + lane])
          shiftGradient[c + lane] = Float(total[lane])
          scaleGradient[c + lane] = Float(weighted[lane] * inverse)
          slopes[c + lane] = Float(-factor * inverse * inverse * weighted[lane] / Double(rows))
          constants[c + lane] = Float(-factor * total[lane] / Double(rows))
        }
      }
    }
    for row in 1..<max(pattern.rows, 1) {
      (slopes + row * channels).update(from: slopes, count: channels)
      (constants + row * channels).update(from: constants, count: channels)
    }
    // In reverse order: the last slices that were summed are still in the cache.
    workers.run(sliceCount) { task, _ in
      writeSlice(sliceCount - 1 - task, map, slopes, constants)
    }
  }

  // Σg and Σg·(x − mean) of each channel over one slice, as `[2, channels]`, and g itself if there was a residual.
  private func sumSlice(
    _ slice: Int, _ map: ChannelMap, scratch: MutableFloatPointer,
    into partial: MutableFloatPointer
  ) {
    let (first, count) = pattern.slice(slice, of: rows)
    let start = first * pattern.channels
    let writes = residualGradient.map { UnsafePointer($0) != outputGradient || rectifies } ?? false
    switch (rectifies, residualGradient != nil) {
    case (true, true): sum(start, count, map, scratch, partial, .output, writes: true)
    case (true, false): sum(start, count, map, scratch, partial, .input, writes: false)
    case (false, _):
      if writes {
        sum(start, count, map, scratch, partial, .none, writes: true)
      } else {
        sum(start, count, map, scratch, partial, .none, writes: false)
      }
    }
  }

  @inline(__always)
  private func sum(
    _ start: Int, _ rowCount: Int, _ map: ChannelMap, _ scratch: MutableFloatPointer,
    _ partial: MutableFloatPointer, _ mask: Mask, writes: Bool
  ) {
    let (channels, length) = (pattern.channels, pattern.length)
    let patternCount = rowCount / pattern.rows
    var l = 0
    while l + 16 <= length {
      sumColumns(start, l, patternCount, map, scratch, mask, writes: writes, isPair: true)
      l += 16
    }
    if l < length {
      sumColumns(start, l, patternCount, map, scratch, mask, writes: writes, isPair: false)
    }
    pattern.fold(scratch, into: partial)
    pattern.fold(scratch + length, into: partial + channels)
    for place in patternCount * length..<rowCount * channels {
      let i = start + place
      let l = place % length
      let c = place % channels
      let deviation = input[i] - map.mean[l]
      var g = outputGradient[i]
      switch mask {
      case .none: break
      case .input: g = map.shift[l].addingProduct(deviation, map.factor[l]) > 0 ? g : 0
      case .output: g = output[i] > 0 ? g : 0
      }
      partial[c] += g
      partial[channels + c].addProduct(g, deviation)
      if writes, let residualGradient { residualGradient[i] = g }
    }
  }

  // Eight or sixteen neighbouring places of all patterns of a slice.
  @inline(__always)
  private func sumColumns(
    _ start: Int, _ l: Int, _ patternCount: Int, _ map: ChannelMap, _ sums: MutableFloatPointer,
    _ mask: Mask, writes: Bool, isPair: Bool
  ) {
    let length = pattern.length
    let mean0 = load(map.mean + l)
    let mean1 = isPair ? load(map.mean + l + 8) : Lanes()
    let factor0 = load(map.factor + l)
    let factor1 = isPair ? load(map.factor + l + 8) : Lanes()
    let shift0 = load(map.shift + l)
    let shift1 = isPair ? load(map.shift + l + 8) : Lanes()
    var (sum0, sum1, weighted0, weighted1) = (Lanes(), Lanes(), Lanes(), Lanes())
    var i = start + l
    let target = residualGradient ?? inputGradient
    for _ in 0..<patternCount {
      let deviation0 = load(input + i) - mean0
      let g0 = masked(load(outputGradient + i), i, deviation0, factor0, shift0, mask)
      sum0 += g0
      weighted0.addProduct(g0, deviation0)
      if writes { store(g0, to: target + i) }
      if isPair {
        let deviation1 = load(input + i + 8) - mean1
        let g1 = masked(load(outputGradient + i + 8), i + 8, deviation1, factor1, shift1, mask)
        sum1 += g1
        weighted1.addProduct(g1, deviation1)
        if writes { store(g1, to: target + i + 8) }
      }
      i &+= length
    }
    store(sum0, to: sums + l)
    store(weighted0, to: sums + length + l)
    if isPair {
      store(sum1, to: sums + l + 8)
      store(weighted1, to: sums + length + l + 8)
    }
  }

  @inline(__always)
  private func masked(
    _ g: Lanes, _ i: Int, _ deviation: Lanes, _ factor: Lanes, _ shift: Lanes, _ mask: Mask
  ) -> Lanes {
    switch mask {
    case .none: return g
    case .input:
      let value = shift.addingProduct(deviation, factor)
      return Lanes().replacing(with: g, where: value .> Lanes())
    case .output: return Lanes().replacing(with: g, where: load(output + i) .> Lanes())
    }
  }

  // dx = factor·g + slope·(x − mean) + constant over one slice.
  private func writeSlice(
    _ slice: Int, _ map: ChannelMap, _ slopes: FloatPointer, _ constants: FloatPointer
  ) {
    let (first, count) = pattern.slice(slice, of: rows)
    let start = first * pattern.channels
    let size = count * pattern.channels
    if rectifies && residualGradient == nil {
      write(start, size, outputGradient, map, slopes, constants, masks: true)
    } else {
      let g = residualGradient.map { UnsafePointer($0) } ?? outputGradient
      write(start, size, g, map, slopes, constants, masks: false)
    }
  }

  @inline(__always)
  private func write(
    _ first: Int, _ count: Int, _ gradient: FloatPointer, _ map: ChannelMap,
    _ slopes: FloatPointer, _ constants: FloatPointer, masks: Bool
  ) {
    let length = pattern.length
    let (means, factors, shifts) = (map.mean, map.factor, map.shift)
    var start = first
    while start < first &+ count {
      let (x, dy, dx) = (input + start, gradient + start, inputGradient + start)
      let end = min(length, first &+ count &- start)
      var l = 0
      while l &+ 8 <= end {
        let deviation = load(x + l) - load(means + l)
        let factor = load(factors + l)
        var g = load(dy + l)
        if masks {
          let value = load(shifts + l).addingProduct(deviation, factor)
          g = Lanes().replacing(with: g, where: value .> Lanes())
        }
        let rest = load(constants + l).addingProduct(deviation, load(slopes + l))
        store(rest.addingProduct(g, factor), to: dx + l)
        l &+= 8
      }
      while l < end {
        let deviation = x[l] - means[l]
        var g = dy[l]
        if masks { g = shifts[l].addingProduct(deviation, factors[l]) > 0 ? g : 0 }
        dx[l] = constants[l].addingProduct(deviation, slopes[l]).addingProduct(g, factors[l])
        l &+= 1
      }
      start &+= end
    }
  }
}
