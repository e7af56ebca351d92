// Arithmetic on whole vectors: element-wise updates in Float, sums in Double over eight lanes, then pairwise.

/// Adds `x` to `y`.
///
/// - Precondition: both have the same count.
public func add(_ x: Span<Float>, to y: inout MutableSpan<Float>) {
  requireCount(x.count, y.count, "add", "x")
  for i in x.indices { y[i] += x[i] }
}

/// Adds `alpha · x` to `y`.
///
/// - Precondition: both have the same count.
public func axpy(_ alpha: Float, _ x: Span<Float>, _ y: inout MutableSpan<Float>) {
  requireCount(x.count, y.count, "axpy", "x")
  for i in x.indices { y[i] += alpha * x[i] }
}

/// Adds the gradient of (μ/2)‖w − θ‖² − λᵀ(w − θ) to `gradient`: g ← g + μ(w − θ) − λ, in one pass.
///
/// - Parameters:
///   - penalty: μ.
///   - weights: w.
///   - target: θ.
///   - multipliers: λ.
/// - Precondition: all have the same count.
///
/// Source: condensa, eq. 3.
public func addPenaltyGradient(
  _ penalty: Float, weights: Span<Float>, target: Span<Float>, multipliers: Span<Float>,
  to gradient: inout MutableSpan<Float>, workers: Workers
) {
  requireCount(weights.count, gradient.count, "addPenaltyGradient", "weights")
  requireCount(target.count, gradient.count, "addPenaltyGradient", "target")
  requireCount(multipliers.count, gradient.count, "addPenaltyGradient", "multipliers")
  let count = weights.count
  let (w, goal, lambda) = (weights.pointer, target.pointer, multipliers.pointer)
  let g = gradient.mutablePointer
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    for i in first..<min(count, first + elementsPerTask) {
      g[i] += penalty * (w[i] - goal[i]) - lambda[i]
    }
  }
}

/// Pulls `weights` towards `target`: w ← (w + s·t) / (1 + s), the minimiser of ½‖x − w‖² + (s/2)‖x − t‖².
///
/// - Parameter strength: s, 0 or more; 0 changes nothing.
/// - Precondition: both have the same count.
///
/// Source: joint-sparsity-quantization, eq. 5 (s = αρ, t = V − Y/ρ).
public func pull(
  _ weights: inout MutableSpan<Float>, towards target: Span<Float>, strength: Float,
  workers: Workers
) {
  requireCount(target.count, weights.count, "pull", "target")
  let count = weights.count
  let (w, goal) = (weights.mutablePointer, target.pointer)
  let share = 1 / (1 + strength)
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    for i in first..<min(count, first + elementsPerTask) {
      w[i] = (w[i] + strength * goal[i]) * share
    }
  }
}

/// Multiplies `y` by `factor`.
public func scale(_ y: inout MutableSpan<Float>, by factor: Float) {
  for i in y.indices { y[i] *= factor }
}

/// Multiplies `y` by `mask`, element by element.
///
/// - Precondition: both have the same count.
public func multiplyElementwise(_ y: inout MutableSpan<Float>, by mask: Span<Float>) {
  requireCount(mask.count, y.count, "multiplyElementwise", "mask")
  let (target, factors) = (y.mutablePointer, mask.pointer)
  for i in 0..<mask.count { target[i] *= factors[i] }
}

/// The sum of squares Σ xᵢ².
public func sumOfSquares(_ x: Span<Float>) -> Double { dot(x, x) }

/// The inner product Σ xᵢ·yᵢ.
///
/// - Precondition: both have the same count.
public func dot(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  requireCount(y.count, x.count, "dot", "y")
  let a = x.pointer
  let b = y.pointer
  var sums = SIMD8<Double>()
  var i = 0
  while i + 8 <= x.count {
    sums += SIMD8<Double>(load(a + i)) * SIMD8<Double>(load(b + i))
    i += 8
  }
  let left = SIMD8<Double>(load(a + i, count: x.count - i))
  let right = SIMD8<Double>(load(b + i, count: x.count - i))
  return pairwiseSum(sums + left * right)
}

/// The sum Σ xᵢ.
public func sum(_ x: Span<Float>) -> Double {
  let a = x.pointer
  var sums = SIMD8<Double>()
  var i = 0
  while i + 8 <= x.count {
    sums += SIMD8<Double>(load(a + i))
    i += 8
  }
  return pairwiseSum(sums + SIMD8<Double>(load(a + i, count: x.count - i)))
}

private func pairwiseSum(_ lanes: SIMD8<Double>) -> Double {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}
