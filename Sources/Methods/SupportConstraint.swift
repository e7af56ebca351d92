// Masked training: after every update the parameters outside the support are zero again.

import Compression
public import Kernels
import Networks
public import Tensors
public import Training

/// Holds the support of a compressed network: parameters are multiplied by their mask after every update.
///
/// Gradients and momentum are left alone. Source: condensa, section 2.3 (fine-tuner).
public struct SupportConstraint: UpdateConstraint {
  /// One mask of zeros and ones per parameter; nil where all elements are free.
  let masks: [Tensor?]

  /// The support of `compressed`, for the parameters of `network`.
  init(_ compressed: CompressedGroup, network: Network) {
    masks = network.information.map { parameter in
      guard let code = compressed[parameter.name], code.isSparse else { return nil }
      return Tensor(parameter.shape, elements: code.mask.map { $0 ? 1 : 0 })
    }
  }

  public func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers) {}

  public func restore(_ parameters: inout [Tensor], workers: Workers) {
    for index in parameters.indices {
      guard let mask = masks[index] else { continue }
      var span = parameters[index].mutableSpan
      multiplyElementwise(&span, by: mask.span)
    }
  }
}
