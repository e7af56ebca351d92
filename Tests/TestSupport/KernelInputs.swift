// Inputs for kernel tests: seeded numbers, and the lengths at which a vectorised loop can go wrong.

import Reproducibility

/// Lengths around the width of a register and of an unrolled loop.
public let awkwardLengths = [0, 1, 7, 8, 9, 31, 32, 33, 255, 1023]

/// Normal numbers that depend on `seed` and `name` alone.
public func normalFloats(_ count: Int, _ name: String, seed: UInt64 = 1) -> [Float] {
  var stream = RandomStream(Seed(seed).child(name))
  return (0..<count).map { _ in stream.normal() }
}

/// Labels below `classes`.
public func randomLabels(_ count: Int, classes: Int, seed: UInt64 = 1) -> [UInt16] {
  var stream = RandomStream(Seed(seed).child("labels"))
  return (0..<count).map { _ in UInt16(stream.integer(below: classes)) }
}
