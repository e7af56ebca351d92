// Dropout with a mask that is never stored: whether element i is kept is a function of (key, i).
// The backward pass recomputes the same mask from the same key, on any number of threads.

/// Drops elements at random and scales the rest: `output[i] = input[i] / p` where element `i` is kept,
/// else 0.
///
/// - Parameters:
///   - keepProbability: p, the probability of keeping an element, in (0, 1].
///   - key: names the mask; a fresh one for each step.
/// - Precondition: the spans have the same count.
public func dropout(
  _ input: Span<Float>, output: inout MutableSpan<Float>, keeping keepProbability: Float,
  key: UInt64, workers: Workers
) {
  requireCount(output.count, input.count, "dropout", "output")
  applyDropout(
    input.pointer, output.mutablePointer, input.count, keepProbability, key, workers)
}

/// The gradient of `dropout` with the same probability and key, in place of the output's.
///
/// - Parameter gradient: the output's gradient, replaced by the input's.
public func dropoutBackward(
  inPlace gradient: inout MutableSpan<Float>, keeping keepProbability: Float, key: UInt64,
  workers: Workers
) {
  let count = gradient.count
  let place = gradient.mutablePointer
  applyDropout(UnsafePointer(place), place, count, keepProbability, key, workers)
}

private func applyDropout(
  _ x: FloatPointer, _ y: MutableFloatPointer, _ count: Int, _ keepProbability: Float,
  _ key: UInt64, _ workers: Workers
) {
  precondition(
    keepProbability > 0 && keepProbability <= 1,
    "dropout: the probability of keeping is \(keepProbability), not in (0, 1]")
  let threshold = UInt32((Double(keepProbability) * 16_777_216).rounded())
  let scale = 1 / keepProbability
  workers.run(ceilingDivision(count, elementsPerTask)) { task, _ in
    let first = task * elementsPerTask
    // The task's own key, so that no two elements of a tensor beyond 2³² share a number.
    let mixed = mixedKey(key, UInt64(task))
    let low = UInt32(truncatingIfNeeded: mixed)
    let high = UInt32(truncatingIfNeeded: mixed >> 32)
    for i in 0..<min(elementsPerTask, count - first) {
      let number = hash(UInt32(truncatingIfNeeded: i), low, high)
      y[first + i] = number >> 8 < threshold ? x[first + i] * scale : 0
    }
  }
}

// The finalizer of SplitMix64 over key and block number.
private func mixedKey(_ key: UInt64, _ block: UInt64) -> UInt64 {
  var z = key &+ (block &+ 1) &* 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

// Two keyed rounds of a 32-bit multiply-and-shift mixer.
@inline(__always)
private func hash(_ counter: UInt32, _ low: UInt32, _ high: UInt32) -> UInt32 {
  var h = counter &+ low
  h = (h ^ (h >> 16)) &* 0x21F0_AAAD
  h = (h ^ (h >> 15)) &* 0xD35A_2D97
  h = (h ^ (h >> 15)) &+ high
  h = (h ^ (h >> 16)) &* 0x21F0_AAAD
  h = (h ^ (h >> 15)) &* 0xD35A_2D97
  return h ^ (h >> 15)
}
