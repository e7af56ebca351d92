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

/// The gradient of `rectify`: passes where the output was positive.
///
/// - Parameter output: what `rectify` wrote.
/// - Precondition: the three spans have the same count.
public func rectifyBackward(
  _ outputGradient: Span<Float>, output: Span<Float>, inputGradient: inout MutableSpan<Float>,
  workers: Workers
) {
  requireCount(output.count, outputGradient.count, "rectifyBackward", "output")
  requireCount(inputGradient.count, outputGradient.count, "rectifyBackward", "inputGradient")
  let dy = outputGradient.pointer
  let y = output.pointer
  let dx = inputGradient.mutablePointer
  let count = output.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      dx[i] = y[i] > 0 ? dy[i] : 0
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

/// The gradient of `hyperbolicTangent`: `outputGradient · (1 − output²)`.
///
/// - Parameter output: what `hyperbolicTangent` wrote.
/// - Precondition: the three spans have the same count.
public func hyperbolicTangentBackward(
  _ outputGradient: Span<Float>, output: Span<Float>, inputGradient: inout MutableSpan<Float>,
  workers: Workers
) {
  requireCount(output.count, outputGradient.count, "hyperbolicTangentBackward", "output")
  requireCount(
    inputGradient.count, outputGradient.count, "hyperbolicTangentBackward", "inputGradient")
  let dy = outputGradient.pointer
  let y = output.pointer
  let dx = inputGradient.mutablePointer
  let count = output.count
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    for i in task * elementsPerTask..<min(count, (task + 1) * elementsPerTask) {
      dx[i] = dy[i] * (1 - y[i] * y[i])
    }
  }
}
