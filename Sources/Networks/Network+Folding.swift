// Folding batch normalisation into the layer before it: with running statistics it is a scale and a shift of every channel, which
// that layer's weights and bias can take over. For inference only.

import Reproducibility
import Tensors

/// A layer whose weights can take over what scales and shifts its outputs.
protocol FoldingLayer: Layer {
  /// Whether a bias is added to the outputs.
  var bias: Bool { get set }
  /// Whether every output sees every input in full: no zeros around an image, no groups.
  var seesAllInputs: Bool { get }
}

extension FoldingLayer {
  /// The same layer with a bias.
  fileprivate var withBias: Self {
    var result = self
    result.bias = true
    return result
  }
}

extension Convolution: FoldingLayer {
  var seesAllInputs: Bool { padding == 0 && (groups ?? 1) == 1 }
}

extension Linear: FoldingLayer {
  var seesAllInputs: Bool { true }
}

extension Network {
  /// The network with every normalisation folded that directly follows a convolution or linear layer and alone reads it.
  ///
  /// Outputs agree up to rounding. The layer that takes a normalisation over gets its name, so that later layers still find it.
  ///
  /// - Throws: `NetworkError` if the layers that are left do not form a network.
  public func foldingNormalizations() throws(NetworkError) -> Network {
    var kept: [any Layer] = []
    var names: [String] = []
    var values: [Tensor] = []
    let readers = self.readers
    var index = 0
    while index < layers.count {
      let named = layers[index]
      let own = named.parameterRange.map { parameters[$0] }
      if let (name, normalization, statistics) = normalization(
        directlyBehind: index, readers[index + 1]),
        let layer = named.layer as? any FoldingLayer
      {
        kept.append(layer.withBias)
        names.append(name)
        values += Self.folded(own, statistics, epsilon: normalization.epsilon)
        index += 2
      } else {
        kept.append(named.layer)
        names.append(named.name)
        values += own
        index += 1
      }
    }
    var result = try Network(kept, inputShape: inputShape, seed: nil, names: names)
    result.parameters = values
    return result
  }

  private func normalization(directlyBehind index: Int, _ readers: [Int]) -> (
    name: String, layer: BatchNormalization, parameters: [Tensor]
  )? {
    guard readers == [index + 1], let layer = layers[index + 1].layer as? BatchNormalization else {
      return nil
    }
    return (layers[index + 1].name, layer, layers[index + 1].parameterRange.map { parameters[$0] })
  }

  /// Weights and bias that compute scale·(W·x + b − mean)/√(variance + ε) + shift.
  private static func folded(_ own: [Tensor], _ statistics: [Tensor], epsilon: Double) -> [Tensor] {
    let (scale, shift, mean, variance) = (
      statistics[0], statistics[1], statistics[2], statistics[3]
    )
    var weights = own[0]
    var bias = own.count > 1 ? own[1] : Tensor([scale.count])
    let size = weights.count / scale.count
    for channel in 0..<scale.count {
      let factor = Double(scale[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
      for place in channel * size..<(channel + 1) * size {
        weights[place] = Float(Double(weights[place]) * factor)
      }
      let offset = Double(bias[channel]) - Double(mean[channel])
      bias[channel] = Float(offset * factor + Double(shift[channel]))
    }
    return [weights, bias]
  }
}
