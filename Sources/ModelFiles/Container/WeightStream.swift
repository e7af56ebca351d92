// The weights of a network alone, without graph, checksums and side values: what can be compared
// with other coders of integers.

import Compression
package import Foundation
package import Networks
package import Tensors

/// Codes tensors of indices as containers code weights, without tables of levels.
package struct WeightStream {
  private let layouts: [CodedTensor.Layout]
  private let shapes: [Shape]
  private let cuts: [BlockCut?]

  /// A coder of the weights of a network.
  package init(of network: Network, cuts: [ParameterName: TensorCut] = [:]) {
    let weights = network.information.indices.filter { network.information[$0].kind.isWeight }
    let all = network.layouts
    layouts = weights.map { all[$0] }
    shapes = weights.map { network.information[$0].shape }
    self.cuts = weights.map { cuts[network.information[$0].name].flatMap { BlockCut($0) } }
  }

  /// The bytes of tensors in the order of the network's weights; their elements are indices −m to
  /// n, 0 where there is no weight.
  ///
  /// - Precondition: there is one for each weight, with its number of elements.
  package func encoded(_ tensors: [Tensor]) -> Data {
    precondition(tensors.count == layouts.count, "\(tensors.count) of \(layouts.count) weights")
    var coder = TensorCoder(RangeEncoder())
    for (index, tensor) in tensors.enumerated() {
      var coded = CodedTensor(
        layout: layouts[index], patterns: tensor.elements.map { $0.bitPattern }, cut: cuts[index])
      _ = coder.code(&coded, areIndices: true)
    }
    return Data(coder.coder.finish())
  }

  /// The tensors that these bytes hold; nil if they end too early.
  package func decoded(_ data: Data) -> [Tensor]? {
    var coder = TensorCoder(RangeDecoder(data))
    var result: [Tensor] = []
    for (layout, shape) in zip(layouts, shapes) {
      var coded = CodedTensor(layout: layout, patterns: Array(repeating: 0, count: layout.count))
      guard coder.code(&coded, areIndices: true) else { return nil }
      result.append(Tensor(shape, elements: coded.patterns.map { Float(bitPattern: $0) }))
    }
    return result
  }
}
