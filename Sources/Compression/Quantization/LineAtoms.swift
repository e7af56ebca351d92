// Values on a line as the dynamic programme reads them: atoms, that is distinct values with their multiplicity or groups of
// neighbouring values, and their prefix sums.

/// Groups of values that are never divided, in the order of the line, with prefix sums about their mean.
struct LineAtoms: Sendable {
  /// `[n + 1]`: how many values the first i atoms hold.
  let counts: [Double]
  /// `[n + 1]`: Σ (v − shift) of the first i atoms.
  let sums: [Double]
  /// `[n + 1]`: Σ (v − shift)² of the first i atoms.
  let squares: [Double]
  /// `[n + 1]`: Σ v² of the atoms from i on, the error if they become zero.
  let rest: [Double]
  /// The mean of all values.
  let shift: Double
  /// `[n]`: the mean of each atom.
  let means: [Double]

  /// The number of atoms.
  var count: Int { counts.count - 1 }

  /// - Parameters:
  ///   - multiplicities: `[n]`, positive.
  ///   - means: `[n]`, monotone.
  ///   - spreads: `[n]`, Σ (v − mean)² within each atom; empty if every atom is one distinct value.
  init(multiplicities: [Double], means: [Double], spreads: [Double] = []) {
    let size = multiplicities.count
    var total = 0.0
    var weighted = 0.0
    for i in 0..<size {
      total += multiplicities[i]
      weighted += multiplicities[i] * means[i]
    }
    let shift = total > 0 ? weighted / total : 0
    var counts = [Double](repeating: 0, count: size + 1)
    var sums = counts
    var squares = counts
    var rest = counts
    for i in 0..<size {
      let difference = means[i] - shift
      let spread = spreads.isEmpty ? 0 : spreads[i]
      counts[i + 1] = counts[i] + multiplicities[i]
      sums[i + 1] = sums[i] + multiplicities[i] * difference
      squares[i + 1] = squares[i] + multiplicities[i] * difference * difference + spread
    }
    for i in stride(from: size - 1, through: 0, by: -1) {
      let spread = spreads.isEmpty ? 0 : spreads[i]
      rest[i] = rest[i + 1] + multiplicities[i] * means[i] * means[i] + spread
    }
    self.counts = counts
    self.sums = sums
    self.squares = squares
    self.rest = rest
    self.shift = shift
    self.means = means
  }

  /// The mean of the values in atoms `first ..< end`.
  func mean(_ first: Int, _ end: Int) -> Double {
    shift + (sums[end] - sums[first]) / (counts[end] - counts[first])
  }

  /// The error of one cluster of the atoms `first ..< end`.
  func error(_ first: Int, _ end: Int) -> Double {
    if end == first { return 0 }
    let sum = sums[end] - sums[first]
    return max(0, squares[end] - squares[first] - sum * sum / (counts[end] - counts[first]))
  }
}

/// The atoms of one tensor: of either sign from the outermost to the innermost if zero is free, else all ascending.
struct TensorAtoms: Sendable {
  /// Negative values, the smallest first; all values ascending if zero is not reserved.
  var negative: LineAtoms
  /// Positive values, the largest first; empty if zero is not reserved.
  var positive: LineAtoms
  /// Σ (v − mean of its atom)²: 0 if the atoms are distinct values.
  var spread = 0.0
  /// Per negative atom the value nearest to zero it can hold; empty where atoms are distinct values.
  var innermostNegative: [Float] = []
  /// Per positive atom the value nearest to zero it can hold; empty where atoms are distinct values.
  var innermostPositive: [Float] = []
  /// Whether every atom is one distinct value.
  var areDistinctValues = true
}
