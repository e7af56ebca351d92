// The best clusters of the outermost atoms of one sign, for one cluster after the other: the state of the dynamic programme.
// Source: joint-sparsity-quantization, section 2.3 and choice 4. In one dimension all cells of a codebook are intervals.

import Kernels

/// Optimal divisions of the first i atoms into at most k clusters, for every i and for k = 0, 1, … as far as asked.
struct LineClustering: Sendable {
  let atoms: LineAtoms
  /// `[n + 1]`: the error of the first i atoms in at most `clusterCount` clusters; infinite where there is no cluster.
  private(set) var errors: [Double]
  /// Per k from 1 `[n + 1]`: where the last cluster begins.
  private var cuts: [[Int32]] = []
  private var scratch: [Double]
  private var spare: [Double]

  /// k: how many clusters the layers so far allow.
  var clusterCount: Int { cuts.count }

  init(_ atoms: LineAtoms) {
    self.atoms = atoms
    errors = Array(repeating: .infinity, count: atoms.count + 1)
    errors[0] = 0
    scratch = errors
    spare = errors
  }

  /// Allows one cluster more.
  mutating func addCluster() {
    if cuts.isEmpty {
      for i in 0...atoms.count { errors[i] = atoms.error(0, i) }
      cuts.append(Array(repeating: 0, count: atoms.count + 1))
      return
    }
    var places = [Int32](repeating: 0, count: atoms.count + 1)
    // The arrays are taken out of self, which cannot lend two of them at once, and put back without a copy.
    let previous = errors
    var next = spare
    var open = scratch
    spare = []
    scratch = []
    let earliest = cuts[cuts.count - 1]
    var nextSpan = next.mutableSpan
    var openSpan = open.mutableSpan
    var placeSpan = places.mutableSpan
    extendLinePartition(
      previous: previous.span, counts: atoms.counts.span, sums: atoms.sums.span,
      squares: atoms.squares.span, earliest: earliest.span, scratch: &openSpan, next: &nextSpan,
      cuts: &placeSpan)
    errors = next
    spare = previous
    scratch = open
    cuts.append(places)
  }

  /// The least error if the innermost atoms may become zero, and how many atoms stay; of equal errors the one with fewer.
  func bestWithZero() -> (error: Double, kept: Int) {
    var best = (error: Double.infinity, kept: 0)
    for i in errors.indices {
      let error = errors[i] + atoms.rest[i]
      if error < best.error { best = (error, i) }
    }
    return best
  }

  /// The means of the clusters of the first `kept` atoms in at most `clusters` clusters, in the order of the line.
  func levels(clusters: Int, kept: Int) -> [Double] {
    var levels: [Double] = []
    var end = kept
    var k = clusters
    while end > 0, k > 0 {
      let first = Int(cuts[k - 1][end])
      levels.append(atoms.mean(first, end))
      end = first
      k -= 1
    }
    return levels.reversed()
  }
}
