// The hulls behind a frontier: of each sign for each number of levels, then of both signs together.
// A sum of two convex functions, minimised over how they share the non-zeros, takes the steps of both by steepness.

/// Per number of levels the lower hull of (non-zeros, error) of the values of one sign.
struct SideHulls {
  /// A vertex: the outermost `atoms` atoms stay.
  struct Point {
    var atoms: Int32
    var nonzeroCount: Double
    var error: Double
  }

  private(set) var line: LineClustering
  /// `[levels + 1]`
  private(set) var hulls: [[Point]]

  /// The largest number of levels that helps.
  var clusters: Int { hulls.count - 1 }

  init(_ atoms: LineAtoms, clusters: Int) {
    line = LineClustering(atoms)
    hulls = [[Point(atoms: 0, nonzeroCount: 0, error: atoms.rest[0])]]
    for _ in 0..<min(clusters, atoms.count) {
      line.addCluster()
      hulls.append(Self.hull(line))
    }
  }

  private static func hull(_ line: LineClustering) -> [Point] {
    let atoms = line.atoms
    var hull: [Point] = []
    for i in line.errors.indices {
      let point = Point(
        atoms: Int32(truncatingIfNeeded: i), nonzeroCount: atoms.counts[i],
        error: line.errors[i] + atoms.rest[i])
      while hull.count >= 2, isAbove(hull[hull.count - 1], hull[hull.count - 2], point) {
        hull.removeLast()
      }
      if let last = hull.last, point.error >= last.error { continue }
      hull.append(point)
    }
    return hull
  }

  /// Whether `middle` lies on or above the line from `first` to `last`.
  private static func isAbove(_ middle: Point, _ first: Point, _ last: Point) -> Bool {
    (first.error - middle.error) * (last.nonzeroCount - middle.nonzeroCount)
      <= (middle.error - last.error) * (middle.nonzeroCount - first.nonzeroCount)
  }

  /// The hull of both signs with `levels` levels together.
  static func merged(
    _ negative: SideHulls, _ positive: SideHulls, levels: Int
  ) -> [SparsityFrontier.Vertex] {
    let valueCount =
      Int(negative.line.atoms.counts[negative.line.atoms.count])
      + Int(positive.line.atoms.counts[positive.line.atoms.count])
    var errors = [Double](repeating: .infinity, count: valueCount + 1)
    var origins = [SIMD3<Int32>](repeating: .zero, count: valueCount + 1)
    let most = min(levels, negative.clusters)
    let fewest = min(most, max(0, levels - positive.clusters))
    for share in fewest...most {
      let low = negative.hulls[share]
      let high = positive.hulls[min(levels - share, positive.clusters)]
      var i = 0
      var j = 0
      while true {
        let error = low[i].error + high[j].error
        let count = Int(low[i].nonzeroCount + high[j].nonzeroCount)
        if error < errors[count] {
          errors[count] = error
          origins[count] = SIMD3(Int32(truncatingIfNeeded: share), low[i].atoms, high[j].atoms)
        }
        if i + 1 == low.count, j + 1 == high.count { break }
        if j + 1 == high.count || (i + 1 < low.count && isSteeper(low, i, high, j)) {
          i += 1
        } else {
          j += 1
        }
      }
    }
    return hull(errors, origins, levels: levels, positiveClusters: positive.clusters)
  }

  /// Whether the step after `a[i]` falls more per non-zero than that after `b[j]`.
  private static func isSteeper(_ a: [Point], _ i: Int, _ b: [Point], _ j: Int) -> Bool {
    (a[i].error - a[i + 1].error) * (b[j + 1].nonzeroCount - b[j].nonzeroCount)
      >= (b[j].error - b[j + 1].error) * (a[i + 1].nonzeroCount - a[i].nonzeroCount)
  }

  private static func hull(
    _ errors: [Double], _ origins: [SIMD3<Int32>], levels: Int, positiveClusters: Int
  ) -> [SparsityFrontier.Vertex] {
    var hull: [Int] = []
    for count in errors.indices where errors[count] < .infinity {
      while hull.count >= 2 {
        let first = hull[hull.count - 2]
        let middle = hull[hull.count - 1]
        let before = (errors[first] - errors[middle]) * Double(count - middle)
        let after = (errors[middle] - errors[count]) * Double(middle - first)
        if before <= after { hull.removeLast() } else { break }
      }
      if let last = hull.last, errors[count] >= errors[last] { continue }
      hull.append(count)
    }
    return hull.map { count in
      let share = Int(origins[count].x)
      return SparsityFrontier.Vertex(
        nonzeroCount: count, error: errors[count], negativeLevels: share,
        negativeAtoms: Int(origins[count].y),
        positiveLevels: min(levels - share, positiveClusters),
        positiveAtoms: Int(origins[count].z))
    }
  }
}
