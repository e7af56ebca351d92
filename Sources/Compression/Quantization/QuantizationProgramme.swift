// Optimal levels for 2, 4, … 2^B levels at once. With a free zero the signs separate: E_K = min over j of N_j + P_(K−j).
// Both summands are convex in their number of levels, so levels are given one by one to the sign that gains more.
//
// Why convex: the error of an interval obeys the quadrangle inequality, and so does the first interval, which costs Σ v²
// because it becomes zero: with a ≤ b < c ≤ d in order of magnitude, adding the values c ..< d to an interval that begins at b
// costs at most Σ (v − μ)² ≤ Σ v², μ being the mean of b ..< c. Least sums of k such costs are convex in k.

/// The levels and errors of one tensor for 1 … B bits.
struct QuantizationProgramme {
  /// `[B]`
  var errors: [Double] = []
  /// `[B]`, ascending.
  var levels: [[Double]] = []

  /// 2^b levels besides the free zero.
  init(besideZero atoms: TensorAtoms, maximumBits: Int) {
    var negative = SideOfZero(atoms.negative)
    var positive = SideOfZero(atoms.positive)
    let atomCount = atoms.negative.count + atoms.positive.count
    for bits in 1...maximumBits {
      let levelCount = 1 << bits
      if atomCount <= levelCount {
        errors.append(atoms.spread)
        levels.append(atoms.negative.means + atoms.positive.means.reversed())
        continue
      }
      while negative.used + positive.used < levelCount {
        if negative.gain > positive.gain || positive.isExhausted {
          negative.takeLevel()
        } else {
          positive.takeLevel()
        }
      }
      append(
        error: negative.error + positive.error,
        levels: negative.levels + positive.levels.reversed())
    }
  }

  /// 2^b levels in all.
  init(all atoms: TensorAtoms, maximumBits: Int) {
    var line = LineClustering(atoms.negative)
    let atomCount = atoms.negative.count
    for bits in 1...maximumBits {
      let levelCount = 1 << bits
      if atomCount <= levelCount {
        errors.append(atoms.spread)
        levels.append(atoms.negative.means)
        continue
      }
      while line.clusterCount < levelCount { line.addCluster() }
      append(
        error: line.errors[atomCount], levels: line.levels(clusters: levelCount, kept: atomCount))
    }
  }

  /// Adds the next entry; rounding must not make errors grow.
  private mutating func append(error: Double, levels found: [Double]) {
    if let last = errors.last, error > last {
      errors.append(last)
      levels.append(levels[levels.count - 1])
    } else {
      errors.append(error)
      levels.append(found)
    }
  }
}

/// The values of one sign with the levels given to them so far, and the gain of one more.
private struct SideOfZero {
  private var line: LineClustering
  /// The levels given so far.
  private(set) var used = 0
  private var current: (error: Double, kept: Int)
  private var next: (error: Double, kept: Int)

  init(_ atoms: LineAtoms) {
    line = LineClustering(atoms)
    current = line.bestWithZero()
    next = current
    lookAhead()
  }

  /// Every atom has a level.
  var isExhausted: Bool { used >= line.atoms.count }
  /// The error with the levels given so far.
  var error: Double { current.error }
  /// How much one more level takes off the error; negative if there is nothing left to give it to.
  var gain: Double { isExhausted ? -1 : max(0, current.error - next.error) }
  /// The levels from the outermost to the innermost.
  var levels: [Double] { line.levels(clusters: used, kept: current.kept) }

  mutating func takeLevel() {
    current = next
    used += 1
    lookAhead()
  }

  private mutating func lookAhead() {
    if isExhausted { return }
    line.addCluster()
    next = line.bestWithZero()
  }
}
