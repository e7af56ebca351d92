// How kernel tests compare: computed floats with a Double reference, and results of different thread counts bit by bit.

import Kernels
import TestSupport
import Testing

/// The thread counts whose results must be the same bits.
let threadCounts = [1, 2, 4]

/// Expects every sum to be within its rounding of the reference.
///
/// - Parameter winogradKernel: the size of the filters, if Winograd's method may have computed the sums.
func expectSums(
  _ computed: [Float], _ expected: [ReferenceSum], _ what: String, winogradKernel: Int? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expect(
    computed,
    expected.map { sum in
      (sum.value, winogradKernel.map { sum.winogradTolerance(kernel: $0) } ?? sum.tolerance)
    }, what, sourceLocation: sourceLocation)
}

/// Expects every value to be within one tolerance of the reference.
func expectValues(
  _ computed: [Float], _ expected: [Double], _ tolerance: KernelTolerance, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expect(computed, expected.map { ($0, tolerance) }, what, sourceLocation: sourceLocation)
}

private func expect(
  _ computed: [Float], _ expected: [(Double, KernelTolerance)], _ what: String,
  sourceLocation: SourceLocation
) {
  #expect(computed.count == expected.count, "\(what): count", sourceLocation: sourceLocation)
  let wrong = zip(computed, expected).enumerated().first { _, pair in
    !pair.1.1.accepts(pair.0, pair.1.0)
  }
  if let (index, (value, (reference, tolerance))) = wrong {
    Issue.record(
      "\(what)[\(index)] is \(value), expected \(reference) within \(tolerance)",
      sourceLocation: sourceLocation)
  }
}

/// Expects `compute` to give the same bits with every number of threads, and returns them.
@discardableResult
func sameBits(
  _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ compute: (Workers) -> [[Float]]
) -> [[Float]] {
  let results = threadCounts.map { compute(Workers(threadCount: $0)) }
  for (threads, result) in zip(threadCounts, results) {
    #expect(
      result.map { $0.map { $0.bitPattern } } == results[0].map { $0.map { $0.bitPattern } },
      "\(what) differs with \(threads) threads", sourceLocation: sourceLocation)
  }
  return results[0]
}

/// Memory a kernel must overwrite completely.
func unwritten(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }
