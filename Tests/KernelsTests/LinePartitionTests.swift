// The layer of the clustering programme against trying all cuts, and the radix sort against the library's.

import Kernels
import Reproducibility
import TestSupport
import Testing

@Suite("Clusters on a line") struct LinePartitionTests {
  @Test("a layer holds the best of all cuts", arguments: [1, 2, 3, 8, 9, 10, 31, 32, 33, 255, 600])
  func bestCuts(count: Int) {
    for seed in 0..<5 as Range<UInt64> {
      var stream = RandomStream(Seed(seed).child("line"))
      let values = (0..<count).map { _ in Double(stream.normal()) }.sorted()
      var counts = [0.0]
      var sums = [0.0]
      var squares = [0.0]
      for value in values {
        let weight = Double(1 + stream.integer(below: 3))
        counts.append((counts.last ?? 0) + weight)
        sums.append((sums.last ?? 0) + weight * value)
        squares.append((squares.last ?? 0) + weight * value * value)
      }
      func error(_ m: Int, _ i: Int) -> Double {
        let sum = sums[i] - sums[m]
        return max(0, squares[i] - squares[m] - sum * sum / (counts[i] - counts[m]))
      }
      var layer = (0...count).map { $0 == 0 ? 0 : error(0, $0) }
      var earliest = [Int32](repeating: 0, count: count + 1)
      for _ in 2...6 {
        var scratch = layer
        var next = layer
        var cuts = earliest
        do {
          var scratchSpan = scratch.mutableSpan
          var nextSpan = next.mutableSpan
          var cutSpan = cuts.mutableSpan
          extendLinePartition(
            previous: layer.span, counts: counts.span, sums: sums.span, squares: squares.span,
            earliest: earliest.span, scratch: &scratchSpan, next: &nextSpan, cuts: &cutSpan)
        }
        // Every candidate is a difference of sums up to Σ v²; they are compared within their rounding.
        let slack = 1e-13 * (squares.last ?? 0)
        for i in 1...count {
          let best = (0..<i).map { layer[$0] + error($0, i) }.min() ?? 0
          #expect(abs(next[i] - best) <= slack, "seed \(seed), \(i) of \(count)")
          let cut = Int(cuts[i])
          #expect(abs(layer[cut] + error(cut, i) - best) <= slack, "seed \(seed)")
        }
        layer = next
        earliest = cuts
      }
    }
  }

  @Test("keys are sorted", arguments: awkwardLengths)
  func sorted(count: Int) {
    for seed in 0..<5 as Range<UInt64> {
      var stream = RandomStream(Seed(seed).child("keys"))
      var keys = (0..<count).map { _ in UInt32(truncatingIfNeeded: stream.next() >> (seed * 7)) }
      let expected = keys.sorted()
      var scratch = keys
      do {
        var keySpan = keys.mutableSpan
        var scratchSpan = scratch.mutableSpan
        sortAscending(&keySpan, scratch: &scratchSpan)
      }
      #expect(keys == expected, "seed \(seed)")
    }
  }
}
