// Masked training: after every update the parameters outside the support are zero again.

public import Compression
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

  /// The weights and biases that are not zero in the layers that a pattern selects: Condensa's fine-tuner.
  ///
  /// - Parameters:
  ///   - weights: the group whose zeros stay.
  ///   - parameters: the names of the trained parameters, in their order.
  ///   - layers: patterns of weight names; the list is mandatory.
  /// - Throws: `nothingEligible` if no weight is selected.
  ///
  /// Source: condensa, section 2.3.
  public init(
    nonzerosOf weights: WeightGroup, parameters: [ParameterName], layers: [ParameterPattern]
  ) throws(CompressionError) {
    var found: [ParameterName: Tensor] = [:]
    for member in weights.members where layers.contains(where: { $0.matches(member.name) }) {
      found[member.name] = member.tensor
      for companion in member.companions where companion.role == .bias {
        found[companion.name] = companion.tensor
      }
    }
    guard !found.isEmpty else { throw .nothingEligible(operator: "fine-tuning", skip: nil) }
    masks = parameters.map { name in
      found[name].map { Tensor($0.shape, elements: $0.elements.map { $0 == 0 ? 0 : 1 }) }
    }
  }

  public func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    for index in parameters.indices {
      guard let mask = masks[index] else { continue }
      var span = parameters[index].mutableSpan
      multiplyElementwise(&span, by: mask.span)
    }
  }
}
