// Half-precision values (condensa, section 2.5: Quantize(float16)).

import Reproducibility

/// Stores weights and biases of linear and convolution layers as IEEE half-precision numbers, rounded to nearest even.
///
/// Magnitudes of 65520 and more are refused; those up to 2⁻²⁵ become zero and are counted.
public struct CastToFloat16: CompressionOperator {
  public static var name: String { "float16" }

  public init() {}

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(uncompressed: weights)
    for member in weights.members where member.kind == .linear || member.kind == .convolution {
      try result.store(member.name, as: .float16)
      for companion in member.companions where companion.role == .bias {
        try result.store(companion.name, as: .float16)
      }
    }
    return result
  }
}
