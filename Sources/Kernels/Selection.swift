// The k-th largest magnitude, exactly and in linear time: a radix selection on bit patterns.
// Magnitudes of floats order like their bits without the sign, so three histograms find the value.

/// The `rank`-th largest absolute value, 1 being the largest; equals count separately.
///
/// Not-a-number counts as larger than everything. Takes three passes and 2,048 counters.
///
/// - Precondition: `1 ≤ rank ≤ values.count`.
public func largestMagnitude(rank: Int, of values: Span<Float>) -> Float {
  precondition(
    rank >= 1 && rank <= values.count,
    "largestMagnitude: rank \(rank) of \(values.count) values")
  var remaining = rank
  var prefix: UInt32 = 0
  var prefixMask: UInt32 = 0
  for (shift, width) in [(20, 11), (10, 10), (0, 10)] as [(UInt32, UInt32)] {
    var counts = [Int](repeating: 0, count: 1 << width)
    let digitMask = (UInt32(1) << width) - 1
    for i in values.indices {
      let bits = values[i].bitPattern & 0x7FFF_FFFF
      if bits & prefixMask == prefix { counts[Int((bits >> shift) & digitMask)] += 1 }
    }
    var digit = counts.count - 1
    while counts[digit] < remaining {
      remaining -= counts[digit]
      digit -= 1
    }
    prefix |= UInt32(digit) << shift
    prefixMask |= digitMask << shift
  }
  return Float(bitPattern: prefix)
}
