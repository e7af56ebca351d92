// One layer of the dynamic programme that divides points on a line into clusters of least squared error.
// The best cuts move in one direction only (the squared error satisfies the quadrangle inequality), so halving needs
// n·log n candidates instead of n². Look first at `extendLinePartition`.

/// Adds one cluster to an optimal division of points on a line.
///
/// Point groups 0 ..< n stand in the order of the line and are given by prefix sums of n + 1 entries. With `previous[m]` the
/// least error of the first m groups in at most k − 1 clusters,
///
///     next[i] = min over m < i of previous[m] + error of one cluster of the groups m ..< i,   next[0] = 0.
///
/// Of equal candidates the smallest m is taken. The sums should be taken about a point near the mean, for the sake of precision.
///
/// - Parameters:
///   - previous: `[n + 1]`, at most k − 1 clusters; finite.
///   - counts: `[n + 1]`, how many points the first i groups hold; strictly increasing.
///   - sums: `[n + 1]`, the sums of these points.
///   - squares: `[n + 1]`, the sums of their squares.
///   - earliest: `[n + 1]`, the cuts of the layer before, which the new cuts do not precede.
///   - scratch: `[n + 1]`, overwritten.
///   - next: `[n + 1]`, at most k clusters.
///   - cuts: `[n + 1]`, the m of every minimum: where the last cluster begins.
/// - Precondition: all sizes agree and are below 2³¹.
public func extendLinePartition(
  previous: Span<Double>, counts: Span<Double>, sums: Span<Double>, squares: Span<Double>,
  earliest: Span<Int32>, scratch: inout MutableSpan<Double>, next: inout MutableSpan<Double>,
  cuts: inout MutableSpan<Int32>
) {
  let size = previous.count
  precondition(
    size > 0 && size < Int(Int32.max) && counts.count == size && sums.count == size
      && squares.count == size && earliest.count == size && scratch.count == size
      && next.count == size && cuts.count == size,
    "extendLinePartition: \(size) entries before, \(counts.count) counts, \(cuts.count) cuts")
  previous.withUnsafeBufferPointer { previous in
    counts.withUnsafeBufferPointer { counts in
      sums.withUnsafeBufferPointer { sums in
        squares.withUnsafeBufferPointer { squares in
          earliest.withUnsafeBufferPointer { earliest in
            scratch.withUnsafeMutableBufferPointer { open in
              next.withUnsafeMutableBufferPointer { next in
                cuts.withUnsafeMutableBufferPointer { cuts in
                  guard let counts = counts.baseAddress, let sums = sums.baseAddress,
                    let open = open.baseAddress
                  else { return }
                  for m in 0..<size { open[m] = previous[m] - squares[m] }
                  let layer = LinePartitionLayer(counts: counts, sums: sums, open: open)
                  let last = size - 1
                  next[0] = 0
                  cuts[0] = 0
                  var stride = 1
                  while stride * 2 <= last { stride *= 2 }
                  while stride > 0 {
                    var i = stride
                    while i <= last {
                      let below = i > stride ? cuts[i - stride] : 0
                      let first = Int(max(below, earliest[i]))
                      let above = i + stride <= last ? Int(cuts[i + stride]) : i - 1
                      let end = min(above, i - 1)
                      let best = layer.best(end: i, from: min(first, end), through: end)
                      next[i] = max(0, best.value + squares[i])
                      cuts[i] = Int32(truncatingIfNeeded: best.cut)
                      i += 2 * stride
                    }
                    stride /= 2
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

/// The candidates of one layer: previous − squares at every cut, which leaves one division per candidate.
private struct LinePartitionLayer {
  let counts: UnsafePointer<Double>
  let sums: UnsafePointer<Double>
  let open: UnsafePointer<Double>

  /// The least of open[m] − (sum of m ..< end)² / (count of m ..< end) over m in `first ... last`, the smallest m if several.
  @inline(__always)
  func best(end: Int, from first: Int, through last: Int) -> (value: Double, cut: Int) {
    var value = Double.infinity
    var cut = first
    var m = first
    let count = counts[end]
    let sum = sums[end]
    if last - first >= 8 {
      var values = SIMD4<Double>(repeating: .infinity)
      var places = SIMD4<Double>.zero
      var place = SIMD4<Double>(0, 1, 2, 3) + Double(first)
      let wideCount = SIMD4(repeating: count)
      let wideSum = SIMD4(repeating: sum)
      while m + 3 <= last {
        let difference = wideSum - Self.load(sums, m)
        let candidate =
          Self.load(open, m) - difference * difference / (wideCount - Self.load(counts, m))
        let isLess = candidate .< values
        values.replace(with: candidate, where: isLess)
        places.replace(with: place, where: isLess)
        place += 4
        m += 4
      }
      value = values[0]
      cut = Int(places[0])
      for lane in 1..<4 {
        let other = Int(places[lane])
        if values[lane] < value || (values[lane] == value && other < cut) {
          value = values[lane]
          cut = other
        }
      }
    }
    while m <= last {
      let difference = sum - sums[m]
      let candidate = open[m] - difference * difference / (count - counts[m])
      if candidate < value {
        value = candidate
        cut = m
      }
      m += 1
    }
    return (value, cut)
  }

  @inline(__always)
  static func load(_ start: UnsafePointer<Double>, _ index: Int) -> SIMD4<Double> {
    UnsafeRawPointer(start + index).loadUnaligned(as: SIMD4<Double>.self)
  }
}
