// What one method reaches at several sizes, seed by seed, and what it reaches at a given one: as measured where a run has that size
// within 2 %, else between the two runs next to it.

import Experiments
import Foundation

/// A method's runs at several sizes.
struct TradeOffCurve: Hashable, Sendable {
  /// One row of a table: sizes and values by seed.
  struct Point: Hashable, Sendable {
    var sizes: [Int: Double]
    var values: [Int: Double]
  }

  /// What a curve reaches at one size.
  struct Reading: Hashable, Sendable {
    /// The values by seed.
    var values: [Int: Double] = [:]
    /// Whether any of them lies between two runs, none of which has the size.
    var isInterpolated = false

    /// The values in the order of the seeds.
    var ordered: [Double] { values.sorted { $0.key < $1.key }.map { $0.value } }
  }

  /// What tells the curve from the others.
  var label: String
  /// Its runs, in any order.
  var points: [Point]

  /// Whether anything is stored.
  var isEmpty: Bool { points.allSatisfy { $0.values.isEmpty } }

  /// What the curve reaches at `size`; empty if no seed has runs there or on both sides.
  ///
  /// Between two runs of a seed the value is linear in the logarithm of the size.
  func reading(at size: Double) -> Reading {
    var result = Reading()
    for seed in Set(points.flatMap { $0.values.keys }).sorted() {
      let runs = points.compactMap { point -> (distance: Double, value: Double)? in
        guard let own = point.sizes[seed], let value = point.values[seed], own > 0 else {
          return nil
        }
        return (log(own / size), value)
      }
      let nearest = runs.min { abs($0.distance) < abs($1.distance) }
      if let nearest, abs(nearest.distance) <= log(1 + SizeTarget.tolerance) {
        result.values[seed] = nearest.value
        continue
      }
      guard let below = runs.filter({ $0.distance < 0 }).max(by: { $0.distance < $1.distance }),
        let above = runs.filter({ $0.distance > 0 }).min(by: { $0.distance < $1.distance })
      else { continue }
      let share = -below.distance / (above.distance - below.distance)
      result.values[seed] = below.value + share * (above.value - below.value)
      result.isInterpolated = true
    }
    return result
  }
}

/// The points that no other one equals or exceeds in both size and value: a step line from the smallest ratio to the largest.
///
/// - Parameter points: larger is better in both coordinates.
/// - Returns: the positions of the points of the front, by growing size.
func paretoFront(_ points: [(size: Double, value: Double)]) -> [Int] {
  let order = points.indices.sorted { left, right in
    (points[left].size, points[left].value, right) > (points[right].size, points[right].value, left)
  }
  var front: [Int] = []
  var best = -Double.infinity
  for index in order where points[index].value > best {
    front.append(index)
    best = points[index].value
  }
  return front.reversed()
}
