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
      let count = range.reduce(0) {
        $0 + (information[$1].kind.isLearned ? information[$1].shape.elementCount : 0)
      }
      // Every weight is used equally often, so the arithmetic shrinks with the share of non-zeros.
      let weights = (Array(range) + [named.borrowedParameter].compactMap { $0 }).filter {
        information[$0].kind.isWeight
      }
      let weightCount = weights.reduce(0) { $0 + information[$1].shape.elementCount }
      let nonzeroCount =
        parameters.isEmpty
        ? weightCount : weights.reduce(0) { $0 + parameters[$1].nonzeroCount }
      let used = weightCount == 0 ? dense : dense / weightCount * nonzeroCount
      return LayerCost(
        name: named.name, kind: type(of: named.layer).name, outputShape: named.outputShape,
        parameterCount: count, denseMultiplyAccumulates: dense, multiplyAccumulates: used)
    }
  }
}
