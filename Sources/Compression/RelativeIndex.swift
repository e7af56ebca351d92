// Positions as distances: how many elements lie between one stored element and the next, in numbers of one width. The largest
// number of the width moves on without a value, so that a long gap needs no filler among the values.

/// The cost of writing positions as distances.
enum RelativeIndex {
  /// The widths a distance may have.
  static let widths = 1...16

  /// The bits of the distances between ascending `places`, with the width that is cheapest for them.
  ///
  /// A gap g takes ⌊g / (2^r − 1)⌋ + 1 numbers of r bits.
  static func bits(of places: [Int]) -> Int {
    var gaps: [Int] = []
    gaps.reserveCapacity(places.count)
    var next = 0
    for place in places {
      gaps.append(place - next)
      next = place + 1
    }
    var best = Int.max
    for width in widths {
      let longest = (1 << width) - 1
      var numberCount = 0
      for gap in gaps { numberCount += gap / longest + 1 }
      best = min(best, numberCount * width)
    }
    return best
  }
}
