// b(W), the bit width of a tensor, and the released report's fractional version (joint-sparsity-quantization, 1.1 and section 4).

import Foundation
import Kernels

/// How many bits the codes of a tensor's non-zero values need.
public enum BitWidth {
  /// ceil(log₂ of `distinctCount`); 0 for one value or none.
  public static func bits(distinctCount: Int) -> Int {
    distinctCount <= 1 ? 0 : Int.bitWidth - (distinctCount - 1).leadingZeroBitCount
  }

  /// b(W) = ceil(log₂ of the number of distinct non-zero values), 0 where there is none or only one.
  ///
  /// Source: joint-sparsity-quantization, eq. 1. The loophole that one single value costs nothing is the caller's to close.
  public static func bits(of values: Span<Float>) -> Int {
    bits(distinctCount: distinctNonzeroCount(of: values))
  }

  /// log₂(max(1, distinct values − 1)), as the released size report prints it: one is taken off even where no value is zero.
  public static func releasedBits(of values: Span<Float>) -> Double {
    let (nonzeros, hasZero) = distinct(values)
    return log2(Double(max(1, nonzeros + (hasZero ? 1 : 0) - 1)))
  }

  /// The number of distinct non-zero values.
  public static func distinctNonzeroCount(of values: Span<Float>) -> Int {
    distinct(values).nonzeros
  }

  private static func distinct(_ values: Span<Float>) -> (nonzeros: Int, hasZero: Bool) {
    var keys: [UInt32] = []
    keys.reserveCapacity(values.count)
    for i in values.indices where values[i] != 0 { keys.append(values[i].bitPattern) }
    let hasZero = keys.count < values.count
    var scratch = keys
    var keySpan = keys.mutableSpan
    var scratchSpan = scratch.mutableSpan
    sortAscending(&keySpan, scratch: &scratchSpan)
    var count = keys.isEmpty ? 0 : 1
    for i in keys.indices.dropFirst() where keys[i] != keys[i - 1] { count += 1 }
    return (count, hasZero)
  }
}
