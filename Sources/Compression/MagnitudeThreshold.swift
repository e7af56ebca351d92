// The threshold of magnitude pruning (condensa, section 2.4): the k-th largest magnitude, k = floor(density · count).
// The product is rounded in floating point before the floor, as released: 0.29 of 100 weights are 28.

import Kernels
import Tensors

/// The k-th largest of the magnitudes of weights, or of the norms of rows or blocks.
public struct MagnitudeThreshold: Hashable, Sendable {
  /// How many units the density asks for: k.
  public let rank: Int
  /// The k-th largest norm; units at least as large survive.
  public let value: Float

  /// k = floor(density · count), the product in Double.
  public static func rank(density: Double, count: Int) -> Int {
    Int((density * Double(count)).rounded(.down))
  }

  /// The threshold over all units of `layers` together.
  ///
  /// - Throws: `keepsNothing` if k = 0.
  init(
    density: Double, of layers: [RankedLayer], layer: ParameterName? = nil
  ) throws(CompressionError) {
    var norms: [Float] = []
    norms.reserveCapacity(layers.reduce(0) { $0 + $1.norms.count })
    for layer in layers { norms.append(contentsOf: layer.norms) }
    rank = Self.rank(density: density, count: norms.count)
    guard rank > 0 else {
      throw .keepsNothing(density: density, count: norms.count, layer: layer)
    }
    value = largestMagnitude(rank: rank, of: norms.span)
  }
}
