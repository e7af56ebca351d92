// The threshold of magnitude pruning (condensa, section 2.4): the k-th largest magnitude, k = floor(density · count).
// The product is rounded in floating point before the floor, as released: 0.29 of 100 weights are 28.

import Kernels
import Tensors

/// The k-th largest magnitude of a list of weights.
public struct MagnitudeThreshold: Hashable, Sendable {
  /// How many weights the density asks for: k.
  public let rank: Int
  /// The k-th largest magnitude; weights at least as large survive.
  public let value: Float

  /// k = floor(density · count), the product in Double.
  public static func rank(density: Double, count: Int) -> Int {
    Int((density * Double(count)).rounded(.down))
  }

  /// The threshold of the concatenated `tensors`.
  ///
  /// - Throws: `keepsNothing` if k = 0, `notFinite` if an element has no place in the order.
  init(
    density: Double, of tensors: [(name: ParameterName, tensor: Tensor)],
    layer: ParameterName? = nil
  ) throws(CompressionError) {
    var elements: [Float] = []
    elements.reserveCapacity(tensors.reduce(0) { $0 + $1.tensor.count })
    for (name, tensor) in tensors {
      if let index = tensor.elements.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(name: name, index: index)
      }
      elements.append(contentsOf: tensor.elements)
    }
    rank = Self.rank(density: density, count: elements.count)
    guard rank > 0 else {
      throw .keepsNothing(density: density, count: elements.count, layer: layer)
    }
    value = largestMagnitude(rank: rank, of: elements.span)
  }
}
