// Builds the atoms of a tensor: one per distinct value, by sorting; or groups of neighbours, by counting.

import Kernels

extension TensorAtoms {
  /// One atom per distinct value; exact zeros are left out if zero is reserved.
  init(distinct values: Span<Float>, reservesZero: Bool) {
    var keys: [UInt32] = []
    keys.reserveCapacity(values.count)
    var negativeCount = 0
    for i in values.indices where values[i] < 0 { negativeCount += 1 }
    for i in values.indices where values[i] < 0 { keys.append(values[i].magnitude.bitPattern) }
    for i in values.indices where values[i] > 0 { keys.append(values[i].bitPattern) }
    let zeroCount = values.count - keys.count
    let negative = Self.runs(of: keys[..<negativeCount])
    let positive = Self.runs(of: keys[negativeCount...])
    if reservesZero {
      self.init(
        negative: LineAtoms(
          multiplicities: negative.counts.reversed(), means: negative.values.reversed().map { -$0 }),
        positive: LineAtoms(
          multiplicities: positive.counts.reversed(), means: positive.values.reversed()))
    } else {
      let zeros = zeroCount > 0 ? [0.0] : []
      self.init(
        negative: LineAtoms(
          multiplicities: negative.counts.reversed() + zeros.map { _ in Double(zeroCount) }
            + positive.counts,
          means: negative.values.reversed().map { -$0 } + zeros + positive.values),
        positive: LineAtoms(multiplicities: [], means: []))
    }
  }

  /// The same for values in double precision.
  init(distinct values: [Double], reservesZero: Bool) {
    let sorted = values.sorted()
    var counts: [Double] = []
    var means: [Double] = []
    for value in sorted where !(reservesZero && value == 0) {
      if means.last == value {
        counts[counts.count - 1] += 1
      } else {
        counts.append(1)
        means.append(value)
      }
    }
    let split = reservesZero ? means.firstIndex { $0 > 0 } ?? means.count : means.count
    self.init(
      negative: LineAtoms(multiplicities: Array(counts[..<split]), means: Array(means[..<split])),
      positive: LineAtoms(
        multiplicities: counts[split...].reversed(), means: means[split...].reversed()))
  }

  /// The distinct magnitudes in ascending order, with their multiplicities.
  private static func runs(of keys: ArraySlice<UInt32>) -> (values: [Double], counts: [Double]) {
    var sorted = Array(keys)
    var scratch = sorted
    var sortedSpan = sorted.mutableSpan
    var scratchSpan = scratch.mutableSpan
    sortAscending(&sortedSpan, scratch: &scratchSpan)
    var values: [Double] = []
    var counts: [Double] = []
    values.reserveCapacity(sorted.count)
    counts.reserveCapacity(sorted.count)
    var i = 0
    while i < sorted.count {
      let key = sorted[i]
      var end = i + 1
      while end < sorted.count, sorted[end] == key { end += 1 }
      values.append(Double(Float(bitPattern: key)))
      counts.append(Double(end - i))
      i = end
    }
    return (values, counts)
  }

  /// At most `limit` groups of neighbouring values.
  ///
  /// Values are counted in 65,536 equal bins of their range, per sign if zero is reserved. Neighbouring bins are then merged as long
  /// as the spread Σ (v − mean)² of a group stays within a bound, the same for all groups and as small as the limit lets it be: the
  /// groups of the best quantizers have equal spreads, and outliers do not spoil them.
  init(grouping values: Span<Float>, limit: Int, reservesZero: Bool) {
    var smallest = Float.infinity
    var largest = -Float.infinity
    for i in values.indices {
      let value = values[i]
      if value < smallest { smallest = value }
      if value > largest { largest = value }
    }
    if reservesZero {
      var negative = FineBins(origin: 0, width: Double(max(0, -smallest)))
      var positive = FineBins(origin: 0, width: Double(max(0, largest)))
      for i in values.indices {
        let value = values[i]
        if value > 0 {
          positive.add(Double(value))
        } else if value < 0 {
          negative.add(Double(-value))
        }
      }
      let bound = smallestBound(limit: limit, of: [negative, positive])
      let low = negative.groups(bound: bound)
      let high = positive.groups(bound: bound)
      self.init(
        negative: LineAtoms(
          multiplicities: low.counts.reversed(), means: low.means.reversed().map { -$0 },
          spreads: low.spreads.reversed()),
        positive: LineAtoms(
          multiplicities: high.counts.reversed(), means: high.means.reversed(),
          spreads: high.spreads.reversed()))
      spread = low.spreads.reduce(0, +) + high.spreads.reduce(0, +)
      innermostNegative = low.smallest.reversed().map { -$0 }
      innermostPositive = high.smallest.reversed()
    } else {
      let origin = values.isEmpty ? 0 : Double(smallest)
      var bins = FineBins(origin: origin, width: values.isEmpty ? 0 : Double(largest) - origin)
      for i in values.indices { bins.add(Double(values[i])) }
      let all = bins.groups(bound: smallestBound(limit: limit, of: [bins]))
      self.init(
        negative: LineAtoms(
          multiplicities: all.counts, means: all.means, spreads: all.spreads),
        positive: LineAtoms(multiplicities: [], means: []))
      spread = all.spreads.reduce(0, +)
    }
    areDistinctValues = false
  }
}

/// Values counted in equal bins of their range, with their sums and sums of squares.
private struct FineBins {
  static let count = 65_536
  let origin: Double
  let scale: Double
  /// Per bin the count, Σ (v − origin) and Σ (v − origin)².
  var moments: [SIMD4<Double>]

  init(origin: Double, width: Double) {
    self.origin = origin
    scale = width > 0 ? Double(Self.count) / width : 0
    moments = Array(repeating: .zero, count: width > 0 ? Self.count : 1)
  }

  @inline(__always)
  mutating func add(_ value: Double) {
    let offset = value - origin
    moments[bin(of: value)] += SIMD4(1, offset, offset * offset, 0)
  }

  /// The bin of a value that is not below the origin.
  @inline(__always)
  func bin(of value: Double) -> Int {
    Int(min(Double(moments.count - 1), (value - origin) * scale))
  }

  /// A bound no spread of a group exceeds: the spread of all values together.
  var largestBound: Double {
    let total = moments.reduce(.zero, +)
    return total.x > 0 ? max(0, total.z - total.y * total.y / total.x) : 0
  }

  /// Σ (v − mean)² of the values with these moments.
  @inline(__always)
  private func spread(_ group: SIMD4<Double>) -> Double {
    group.z - group.y * group.y / group.x
  }

  /// How many groups `groups(bound:)` makes.
  func groupCount(bound: Double) -> Int {
    var count = 0
    var group = SIMD4<Double>.zero
    for bin in moments where bin.x > 0 {
      let wider = group + bin
      if group.x > 0 && spread(wider) > bound {
        count += 1
        group = bin
      } else {
        group = wider
      }
    }
    return group.x > 0 ? count + 1 : count
  }

  /// Neighbouring bins as groups: a bin begins a new group if it would make the spread of the last one larger than `bound`.
  func groups(bound: Double) -> Groups {
    var groups = Groups()
    var group = SIMD4<Double>.zero
    var firstBin = 0
    for (place, bin) in moments.enumerated() where bin.x > 0 {
      let wider = group + bin
      if group.x > 0 && spread(wider) > bound {
        append(group, firstBin: firstBin, to: &groups)
        group = bin
        firstBin = place
      } else {
        if group.x == 0 { firstBin = place }
        group = wider
      }
    }
    append(group, firstBin: firstBin, to: &groups)
    return groups
  }

  private func append(_ group: SIMD4<Double>, firstBin: Int, to groups: inout Groups) {
    if group.x == 0 { return }
    groups.counts.append(group.x)
    groups.means.append(origin + group.y / group.x)
    groups.spreads.append(max(0, spread(group)))
    if origin == 0 { groups.smallest.append(smallestMagnitude(in: firstBin)) }
  }

  /// The smallest positive Float that is counted in `bin` or above it.
  private func smallestMagnitude(in bin: Int) -> Float {
    var low: UInt32 = 1
    var high = Float.greatestFiniteMagnitude.bitPattern
    while low < high {
      let middle = (low + high) / 2
      if self.bin(of: Double(Float(bitPattern: middle))) >= bin {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return Float(bitPattern: low)
  }
}

/// Neighbouring values merged.
private struct Groups {
  var counts: [Double] = []
  var means: [Double] = []
  var spreads: [Double] = []
  /// The smallest value each group can hold, where bins begin at zero.
  var smallest: [Float] = []
}

/// About the smallest bound on spreads that leads to at most `limit` groups.
private func smallestBound(limit: Int, of sides: [FineBins]) -> Double {
  func count(_ bound: Double) -> Int { sides.reduce(0) { $0 + $1.groupCount(bound: bound) } }
  if count(0) <= limit { return 0 }
  var high = sides.reduce(0) { max($0, $1.largestBound) }
  var low = 0.0
  // Spreads of a best quantizer fall with the third power of its levels, so the bound is far below the largest.
  var trial = high / (Double(limit) * Double(limit) * Double(limit))
  for _ in 0..<24 {
    if count(trial) <= limit { high = trial } else { low = trial }
    if low > 0 && high < 1.02 * low { break }
    trial = low == 0 ? high / 8 : high > 64 * low ? low * 8 : (low * high).squareRoot()
  }
  return high
}
