// The slope of a function along each of its arguments, from its values on both sides.

/// Central differences of a function of many numbers; `step` is what each argument is moved by.
///
/// In Double the rounding of values near `v` leaves an error of about 10⁻¹⁶·v / step, and the third derivative one of step².
public func centralDifferences(
  at point: [Double], step: Double = 1e-5, _ function: ([Double]) -> Double
) -> [Double] {
  var moved = point
  return point.indices.map { i in
    moved[i] = point[i] + step
    let above = function(moved)
    moved[i] = point[i] - step
    let below = function(moved)
    moved[i] = point[i]
    return (above - below) / (2 * step)
  }
}

/// The inner product of an output with fixed slopes, the loss that central differences are taken of.
public func weighted(_ output: [Double], by slopes: [Double]) -> Double {
  precondition(output.count == slopes.count, "\(output.count) outputs, \(slopes.count) slopes")
  return zip(output, slopes).reduce(0) { $0 + $1.0 * $1.1 }
}
