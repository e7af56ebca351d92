// The arithmetic of a network: multiply–accumulate operations per example, dense and with zeros skipped.

import Reproducibility
public import Tensors

/// The arithmetic and parameters of one layer.
public struct LayerCost: Hashable, Sendable {
  /// The layer's name.
  public let name: String
  /// What kind of layer it is, as specs name it.
  public let kind: String
  /// The shape of one example after the layer.
  public let outputShape: Shape
  /// The elements of its parameters.
  public let parameterCount: Int
  /// Multiply–accumulates for one example if every weight is used.
  public let denseMultiplyAccumulates: Int
  /// Multiply–accumulates for one example if weights that are zero are skipped.
  public let multiplyAccumulates: Int
}

extension Network {
  /// What each layer costs for one example, without biases and activations.
  public var costs: [LayerCost] {
    layers.map { named in
      let dense = named.layer.multiplyAccumulates(for: named.inputShape)
      let range = named.parameterRange
      let count = range.reduce(0) { $0 + parameters[$1].count }
      // Every weight is used equally often, so the arithmetic shrinks with the share of non-zeros.
      let weights = range.first.map { parameters[$0] }
      let used =
        weights.map { $0.count == 0 ? 0 : dense / $0.count * $0.nonzeroCount } ?? dense
      return LayerCost(
        name: named.name, kind: type(of: named.layer).name, outputShape: named.outputShape,
        parameterCount: count, denseMultiplyAccumulates: dense, multiplyAccumulates: used)
    }
  }
}
