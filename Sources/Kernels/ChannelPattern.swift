// How kernels walk through rows of channels, `[rows, channels]`, in whole registers whatever the number of channels:
// as many rows as fill registers without a rest form a pattern, and what belongs to a channel is repeated along it.

/// The shortest run of whole rows that is also a run of whole registers, and how rows are cut into slices.
struct ChannelPattern {
  let channels: Int
  /// 1, 2, 4 or 8: the fewest whose elements are a multiple of eight.
  let rows: Int
  /// Rows of a slice, a multiple of `rows`; it depends on the channels alone.
  let rowsPerSlice: Int

  init(channels: Int) {
    precondition(channels > 0, "there are \(channels) channels")
    self.channels = channels
    rows = 8 >> min(3, channels.trailingZeroBitCount)
    rowsPerSlice = max(16, elementsPerTask / (rows * channels)) * rows
  }

  /// Elements of a pattern, a multiple of eight.
  var length: Int { rows * channels }

  /// How many slices `rowCount` rows are cut into.
  func sliceCount(_ rowCount: Int) -> Int { ceilingDivision(rowCount, rowsPerSlice) }

  /// The first row of a slice, and how many it has.
  @inline(__always)
  func slice(_ index: Int, of rowCount: Int) -> (first: Int, count: Int) {
    let first = index * rowsPerSlice
    return (first, min(rowsPerSlice, rowCount - first))
  }

  /// Repeats one value per channel along a pattern.
  func expand(_ values: FloatPointer, into pattern: MutableFloatPointer) {
    for row in 0..<rows { (pattern + row * channels).update(from: values, count: channels) }
  }

  /// The sum of each channel's places in a pattern, from the first row to the last.
  func fold(_ pattern: FloatPointer, into sums: MutableFloatPointer) {
    sums.update(from: pattern, count: channels)
    for row in 1..<max(rows, 1) {
      let source = pattern + row * channels
      for c in 0..<channels { sums[c] += source[c] }
    }
  }
}

/// Eight Floats as Doubles, exactly, of which only the first `count` are read.
@inline(__always)
func loadDoubles(_ pointer: FloatPointer, count: Int) -> SIMD8<Double> {
  SIMD8<Double>(count >= 8 ? load(pointer) : load(pointer, count: count))
}
