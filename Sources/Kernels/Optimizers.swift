// One step of each optimizer, element-wise and in place.
// No fused multiply-adds here: an element's result is the plain scalar formula, bit for bit.

/// One step of stochastic gradient descent with optional momentum.
///
/// With g′ = g + weightDecay · w and v ← momentum · v − learningRate · g′, heavy-ball adds v to the
/// weights and Nesterov adds momentum · v − learningRate · g′ (v already updated). With the rate outside the velocity,
/// v ← momentum · v + g′, heavy-ball subtracts learningRate · v and Nesterov learningRate · (g′ + momentum · v);
/// both forms are the same as long as the rate is constant.
///
/// - Parameters:
///   - velocity: v, as many elements as `weights`, or empty when `momentum` is 0.
///   - gradient: g.
/// - Precondition: the spans have the same count; without velocity the momentum is 0.
public func sgdStep(
  _ weights: inout MutableSpan<Float>, velocity: inout MutableSpan<Float>, gradient: Span<Float>,
  learningRate: Float, momentum: Float, nesterov: Bool, weightDecay: Float,
  rateOutsideVelocity: Bool = false, workers: Workers
) {
  let count = weights.count
  requireCount(gradient.count, count, "sgdStep", "gradient")
  if velocity.isEmpty && count > 0 {
    precondition(momentum == 0, "sgdStep: momentum \(momentum) needs a velocity")
  } else {
    requireCount(velocity.count, count, "sgdStep", "velocity")
  }
  let hasVelocity = !velocity.isEmpty
  let w = weights.mutablePointer
  let v = velocity.mutablePointer
  let g = gradient.pointer
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    let end = min(count, first + elementsPerTask)
    if !hasVelocity {
      for i in first..<end { w[i] -= learningRate * (g[i] + weightDecay * w[i]) }
    } else if rateOutsideVelocity {
      for i in first..<end {
        let slope = g[i] + weightDecay * w[i]
        let speed = momentum * v[i] + slope
        v[i] = speed
        w[i] -= learningRate * (nesterov ? slope + momentum * speed : speed)
      }
    } else if nesterov {
      for i in first..<end {
        let descent = learningRate * (g[i] + weightDecay * w[i])
        let speed = momentum * v[i] - descent
        v[i] = speed
        w[i] = w[i] - descent + momentum * speed
      }
    } else {
      for i in first..<end {
        let speed = momentum * v[i] - learningRate * (g[i] + weightDecay * w[i])
        v[i] = speed
        w[i] += speed
      }
    }
  }
}

/// One step of Adam with bias correction, as PyTorch computes it (weight decay is added to the
/// gradient).
///
/// - Parameters:
///   - firstMoment: running mean of gradients.
///   - secondMoment: running mean of squared gradients.
///   - step: 1 for the first step.
/// - Precondition: the spans have the same count and `step ≥ 1`.
public func adamStep(
  _ weights: inout MutableSpan<Float>, firstMoment: inout MutableSpan<Float>,
  secondMoment: inout MutableSpan<Float>, gradient: Span<Float>, learningRate: Float,
  beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, step: Int, workers: Workers
) {
  let count = weights.count
  precondition(step >= 1, "adamStep: step is \(step), the first is 1")
  requireCount(gradient.count, count, "adamStep", "gradient")
  requireCount(firstMoment.count, count, "adamStep", "firstMoment")
  requireCount(secondMoment.count, count, "adamStep", "secondMoment")
  let w = weights.mutablePointer
  let m = firstMoment.mutablePointer
  let v = secondMoment.mutablePointer
  let g = gradient.pointer
  let firstCorrection = 1 - power(Double(beta1), step)
  let secondCorrection = 1 - power(Double(beta2), step)
  let stepSize = Float(Double(learningRate) / firstCorrection)
  let root = Float(secondCorrection.squareRoot())
  let gain1 = 1 - beta1
  let gain2 = 1 - beta2
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    for i in first..<min(count, first + elementsPerTask) {
      let slope = g[i] + weightDecay * w[i]
      let mean = beta1 * m[i] + gain1 * slope
      let square = beta2 * v[i] + gain2 * (slope * slope)
      m[i] = mean
      v[i] = square
      w[i] -= stepSize * (mean / (square.squareRoot() / root + epsilon))
    }
  }
}

// xⁿ by repeated squaring: the C library's pow may differ between machines.
private func power(_ x: Double, _ n: Int) -> Double {
  var result = 1.0
  var factor = x
  var rest = n
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
