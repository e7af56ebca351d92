// Arithmetic on whole vectors: element-wise updates in Float, sums in Double over eight lanes, then pairwise.
// With `workers`, updates give the same bits as without; sums are added slice by slice, which rounds differently in the last digits.

/// Adds `x` to `y`.
///
/// - Precondition: both have the same count.
public func add(_ x: Span<Float>, to y: inout MutableSpan<Float>) {
  requireCount(x.count, y.count, "add", "x")
  for i in x.indices { y[i] += x[i] }
}

/// Adds `x` to `y`, shared among the workers.
///
/// - Precondition: both have the same count.
public func add(_ x: Span<Float>, to y: inout MutableSpan<Float>, workers: Workers) {
  requireCount(x.count, y.count, "add", "x")
  let count = x.count
  let (source, target) = (x.pointer, y.mutablePointer)
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    addElements(source + first, to: target + first, count: min(elementsPerTask, count - first))
  }
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

/// Multiplies `y` by `factor`, shared among the workers.
public func scale(_ y: inout MutableSpan<Float>, by factor: Float, workers: Workers) {
  let count = y.count
  let target = y.mutablePointer
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      target[i] *= factor
    }
  }
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

/// The sum of squares Σ xᵢ², shared among the workers: slices of 262,144 elements, added from the first to the last.
public func sumOfSquares(_ x: Span<Float>, workers: Workers) -> Double {
  let size = 16 * elementsPerTask
  let count = x.count
  let sliceCount = ceilingDivision(count, size)
  let source = x.pointer
  // A Double takes the room of two Floats.
  let sums = UnsafeMutableRawPointer(workers.sharedScratch(2 * sliceCount))
  workers.run(sliceCount) { slice, _ in
    let first = slice * size
    let sum = dot(source + first, source + first, count: min(size, count - first))
    sums.storeBytes(of: sum, toByteOffset: 8 * slice, as: Double.self)
  }
  var total = 0.0
  for slice in 0..<sliceCount {
    total += sums.load(fromByteOffset: 8 * slice, as: Double.self)
  }
  return total
}

/// The inner product Σ xᵢ·yᵢ.
///
/// - Precondition: both have the same count.
public func dot(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  requireCount(y.count, x.count, "dot", "y")
  return dot(x.pointer, y.pointer, count: x.count)
}

private func dot(_ a: FloatPointer, _ b: FloatPointer, count: Int) -> Double {
  var sums = SIMD8<Double>()
  var i = 0
  while i + 8 <= count {
    sums += SIMD8<Double>(load(a + i)) * SIMD8<Double>(load(b + i))
    i += 8
  }
  let left = SIMD8<Double>(load(a + i, count: count - i))
  let right = SIMD8<Double>(load(b + i, count: count - i))
  return pairwiseSum(sums + left * right)
}

private func pairwiseSum(_ lanes: SIMD8<Double>) -> Double {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// Adds `count` elements of `x` to `y`.
@inline(__always)
func addElements(_ x: FloatPointer, to y: MutableFloatPointer, count: Int) {
  var i = 0
  while i &+ 8 <= count {
    store(load(y + i) + load(x + i), to: y + i)
    i &+= 8
  }
  while i < count {
    y[i] += x[i]
    i &+= 1
  }
}
