// Element-wise activation functions and their gradients, eight lanes at a time.
// Each element depends on its own input alone, so any split gives the same bits.

/// How many elements one task of an element-wise kernel handles.
let elementsPerTask = 16_384

/// Rectifies: `output[i] = max(input[i], 0)`; not-a-number becomes 0.
///
/// - Precondition: both spans have the same count.
public func rectify(_ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers) {
  requireCount(output.count, input.count, "rectify", "output")
  let x = input.pointer
  let y = output.mutablePointer
  let count = input.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      y[i] = x[i] > 0 ? x[i] : 0
    }
  }
}

/// Rectifies a sum: `output[i] = max(x[i] + y[i], 0)`; not-a-number becomes 0. `rectifyBackward` is its gradient with respect to each.
///
/// - Precondition: the three spans have the same count.
public func rectifySum(
  _ x: Span<Float>, _ y: Span<Float>, output: inout MutableSpan<Float>, workers: Workers
) {
  requireCount(y.count, x.count, "rectifySum", "y")
  requireCount(output.count, x.count, "rectifySum", "output")
  let (a, b, sum) = (x.pointer, y.pointer, output.mutablePointer)
  let count = x.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      let value = a[i] + b[i]
      sum[i] = value > 0 ? value : 0
    }
  }
}

/// The gradient of `rectify` or `rectifySum` in place of the output's.
///
/// - Parameters:
///   - gradient: the output's gradient, replaced by the input's.
///   - output: what the forward pass wrote.
/// - Precondition: both spans have the same count.
public func rectifyBackward(
  inPlace gradient: inout MutableSpan<Float>, output: Span<Float>, workers: Workers
) {
  requireCount(output.count, gradient.count, "rectifyBackward", "output")
  let g = gradient.mutablePointer
  let y = output.pointer
  let count = output.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      g[i] = y[i] > 0 ? g[i] : 0
    }
  }
}

/// The hyperbolic tangent: `output[i] = tanh(input[i])`, within 3·10⁻⁷ relative.
///
/// - Precondition: both spans have the same count.
public func hyperbolicTangent(
  _ input: Span<Float>, output: inout MutableSpan<Float>, workers: Workers
) {
  requireCount(output.count, input.count, "hyperbolicTangent", "output")
  let x = input.pointer
  let y = output.mutablePointer
  let count = input.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let end = min(count, (task + 1) * elementsPerTask)
    var i = task * elementsPerTask
    while i + 8 <= end {
      store(hyperbolicTangent(load(x + i)), to: y + i)
      i += 8
    }
    if i < end { store(hyperbolicTangent(load(x + i, count: end - i)), to: y + i, count: end - i) }
  }
}

/// The gradient of `hyperbolicTangent`, that of the output times 1 − output², in place of the output's.
///
/// - Parameters:
///   - gradient: the output's gradient, replaced by the input's.
///   - output: what `hyperbolicTangent` wrote.
/// - Precondition: both spans have the same count.
public func hyperbolicTangentBackward(
  inPlace gradient: inout MutableSpan<Float>, output: Span<Float>, workers: Workers
) {
  requireCount(output.count, gradient.count, "hyperbolicTangentBackward", "output")
  let g = gradient.mutablePointer
  let y = output.pointer
  let count = output.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      g[i] = g[i] * (1 - y[i] * y[i])
    }
  }
}
