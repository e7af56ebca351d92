// A local minimum within bounds by limited-memory quasi-Newton steps: NLopt's LD_LBFGS, behind one function.
// Deterministic: no random state, no clock. The best point seen is returned, so a line search that gives up loses nothing.

import CNLopt

/// Where a minimisation ended.
public struct BoundedMinimum: Hashable, Sendable {
  /// Why it ended.
  public enum Outcome: Hashable, Sendable {
    /// The value or the point stopped changing.
    case converged
    /// The permitted number of evaluations was used up.
    case evaluationLimit
    /// The line search found nothing better, or the start had no finite value.
    case stalled
  }

  /// The best point seen, within the bounds.
  public var point: [Double]
  /// The objective there; infinite if the objective was not finite at the start.
  public var value: Double
  /// How often the objective was computed.
  public var evaluationCount: Int
  /// Why it ended.
  public var outcome: Outcome
}

/// Finds a local minimum of a differentiable function within bounds.
///
/// A value that is not finite is taken for a wall: far above everything seen, without slope.
///
/// - Parameters:
///   - start: where to begin; moved into the bounds if it lies outside.
///   - lower: the smallest permitted value of each coordinate.
///   - upper: the largest permitted value of each coordinate.
///   - tolerance: stop when value and point change relatively less than this.
///   - evaluationLimit: the largest number of evaluations.
///   - objective: the value and the gradient at a point.
/// - Precondition: the three points have the same number of coordinates, at least one, and
///   `lower ≤ upper`.
public func minimizeWithinBounds(
  from start: [Double], lower: [Double], upper: [Double], tolerance: Double = 1e-9,
  evaluationLimit: Int = 200, objective: ([Double]) -> (value: Double, gradient: [Double])
) -> BoundedMinimum {
  precondition(
    !start.isEmpty && lower.count == start.count && upper.count == start.count,
    "minimizeWithinBounds: \(start.count) coordinates, \(lower.count) and \(upper.count) bounds")
  for index in start.indices {
    precondition(
      lower[index] <= upper[index],
      "minimizeWithinBounds: bound \(index) runs from \(lower[index]) to \(upper[index])")
  }
  var point = start.indices.map { min(max(start[$0], lower[$0]), upper[$0]) }
  return withoutActuallyEscaping(objective) { objective in
    let progress = MinimizationProgress(objective, at: point)
    guard progress.bestValue.isFinite,
      let optimizer = nlopt_create(NLOPT_LD_LBFGS, UInt32(point.count))
    else { return progress.minimum(.stalled) }
    defer { nlopt_destroy(optimizer) }
    nlopt_set_lower_bounds(optimizer, lower)
    nlopt_set_upper_bounds(optimizer, upper)
    nlopt_set_ftol_rel(optimizer, tolerance)
    nlopt_set_xtol_rel(optimizer, tolerance)
    nlopt_set_maxeval(optimizer, Int32(clamping: evaluationLimit))
    nlopt_set_min_objective(
      optimizer, evaluateForNLopt, Unmanaged.passUnretained(progress).toOpaque())
    var value = 0.0
    let result = nlopt_optimize(optimizer, &point, &value)
    return withExtendedLifetime(progress) {
      if result == NLOPT_MAXEVAL_REACHED { return progress.minimum(.evaluationLimit) }
      return progress.minimum(result.rawValue > 0 ? .converged : .stalled)
    }
  }
}

/// What a minimisation has seen; a class because NLopt hands its address to the callback.
private final class MinimizationProgress {
  private let objective: ([Double]) -> (value: Double, gradient: [Double])
  private var bestPoint: [Double]
  private(set) var bestValue: Double
  private var largestValue: Double
  private var evaluationCount = 0

  init(_ objective: @escaping ([Double]) -> (value: Double, gradient: [Double]), at start: [Double])
  {
    self.objective = objective
    bestPoint = start
    let value = objective(start).value
    bestValue = value.isFinite ? value : .infinity
    largestValue = bestValue
  }

  func evaluate(_ point: [Double], gradient: UnsafeMutablePointer<Double>?) -> Double {
    evaluationCount += 1
    let computed = objective(point)
    let isFinite = computed.value.isFinite && computed.gradient.allSatisfy { $0.isFinite }
    if let gradient {
      for index in point.indices { gradient[index] = isFinite ? computed.gradient[index] : 0 }
    }
    if !isFinite { return largestValue + 1e3 * (1 + abs(largestValue)) }
    largestValue = max(largestValue, computed.value)
    if computed.value < bestValue { (bestValue, bestPoint) = (computed.value, point) }
    return computed.value
  }

  func minimum(_ outcome: BoundedMinimum.Outcome) -> BoundedMinimum {
    BoundedMinimum(
      point: bestPoint, value: bestValue, evaluationCount: evaluationCount + 1, outcome: outcome)
  }
}

/// NLopt's callback.
private func evaluateForNLopt(
  _ count: UInt32, _ point: UnsafePointer<Double>?, _ gradient: UnsafeMutablePointer<Double>?,
  _ context: UnsafeMutableRawPointer?
) -> Double {
  guard let point, let context else { return .infinity }
  let progress = Unmanaged<MinimizationProgress>.fromOpaque(context).takeUnretainedValue()
  return progress.evaluate(
    Array(UnsafeBufferPointer(start: point, count: Int(count))), gradient: gradient)
}
