// The quantizer as released: Lloyd's rule from equidistant levels (joint-sparsity-quantization, section 2.3).
// It is a local optimum and may end with dead levels; `Quantizer.exact` is ours.

/// Lloyd's rule over the sorted distinct values of one tensor.
struct ReleasedQuantizer {
  /// Smaller magnitudes count as zero where zero is free.
  static let smallestMagnitude = 1e-5
  /// Rounds end when the distortion changes by less than this share of itself.
  static let tolerance = 1e-3
  /// The largest number of rounds.
  static let maximumRounds = 100

  private let reservesZero: Bool
  /// The distinct values in ascending order.
  private var values: [Double] = []
  private var counts: [Double] = [0]
  private var sums: [Double] = [0]
  private var squares: [Double] = [0]
  /// Σ v² of the values that count as zero.
  private var errorOfSmall = 0.0

  /// - Parameter atoms: all distinct values in ascending order, zero and values near it included.
  init(_ atoms: LineAtoms, reservesZero: Bool) {
    self.reservesZero = reservesZero
    for i in 0..<atoms.count {
      let value = atoms.means[i]
      let count = atoms.counts[i + 1] - atoms.counts[i]
      if reservesZero && value.magnitude < Self.smallestMagnitude {
        errorOfSmall += count * value * value
        continue
      }
      values.append(value)
      counts.append((counts.last ?? 0) + count)
      sums.append((sums.last ?? 0) + count * value)
      squares.append((squares.last ?? 0) + count * value * value)
    }
  }

  /// The levels besides zero, in ascending order, without dead ones.
  ///
  /// Fewer values than levels give equidistant levels, as many as values, which are returned as they are. Where zero is not
  /// reserved (a case the release treats with one level less) a dead level stays as a level at zero.
  func levels(bits: Int) -> [Double] {
    guard let first = values.first, let last = values.last, let entries = counts.last else {
      return []
    }
    let levelCount = 1 << bits
    if Int(entries) < levelCount {
      return alive(Self.equidistant(from: first, to: last, count: Int(entries)))
    }
    var levels = alive(Self.equidistant(from: first, to: last, count: levelCount))
    var previous = Double.infinity
    for _ in 0..<Self.maximumRounds {
      let cells = partition(levels)
      let distortion = self.distortion(cells)
      if (previous - distortion).magnitude / distortion < Self.tolerance { break }
      previous = distortion
      var moved: [Double] = []
      for cell in cells where !(cell.level == 0 && reservesZero) {
        let count = counts[cell.end] - counts[cell.first]
        moved.append(count > 0 ? (sums[cell.end] - sums[cell.first]) / count : 0)
      }
      levels = alive(moved)
    }
    return levels
  }

  /// Σ (v − nearest level)² over all values.
  func error(of levels: [Double]) -> Double {
    distortion(partition(levels)) + errorOfSmall
  }

  private struct Cell {
    var level: Double
    var first: Int
    var end: Int
  }

  /// The levels in ascending order, without repetitions, and without zero where it is one of its own.
  private func alive(_ levels: [Double]) -> [Double] {
    var result: [Double] = []
    for level in levels.sorted() where !(reservesZero && level == 0) && result.last != level {
      result.append(level)
    }
    return result
  }

  /// The values of each level, zero included where it is free. Of two levels equally near, zero wins, else the lower.
  private func partition(_ levels: [Double]) -> [Cell] {
    let all = reservesZero ? (levels + [0]).sorted() : levels
    var cells: [Cell] = []
    var first = 0
    for (index, level) in all.enumerated() {
      var end = values.count
      if index + 1 < all.count {
        let next = all[index + 1]
        end = partitionPoint(from: first) { value in
          let below = value - level
          let above = next - value
          return below < above || (below == above && !(reservesZero && next == 0))
        }
      }
      cells.append(Cell(level: level, first: first, end: end))
      first = end
    }
    return cells
  }

  private func distortion(_ cells: [Cell]) -> Double {
    var total = 0.0
    for cell in cells where cell.end > cell.first {
      let count = counts[cell.end] - counts[cell.first]
      let sum = sums[cell.end] - sums[cell.first]
      let square = squares[cell.end] - squares[cell.first]
      total += max(0, square - 2 * cell.level * sum + cell.level * cell.level * count)
    }
    return total
  }

  /// The first index from `start` whose value does not belong to the lower of two levels.
  private func partitionPoint(from start: Int, _ belongs: (Double) -> Bool) -> Int {
    var low = start
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if belongs(values[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func equidistant(from first: Double, to last: Double, count: Int) -> [Double] {
    if count == 1 { return [first] }
    let step = (last - first) / Double(count - 1)
    var levels = (0..<count).map { first + Double($0) * step }
    levels[count - 1] = last
    return levels
  }
}
