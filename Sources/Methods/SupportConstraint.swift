// Training on a code that stays: after every update the parameters outside the support are zero again, and elements that share a
// level move together.

public import Compression
public import Kernels
import Networks
public import Tensors
public import Training

/// Holds the support of a compressed network, and the assignment of its elements to levels.
///
/// Parameters are multiplied by their mask after every update; of masked elements gradients and momentum are left alone (condensa,
/// section 2.3, fine-tuner). Where elements share a level, the gradient of each is replaced by the mean over all of them: the
/// step is projected on the weights that share, so ties stay exact with every optimizer.
public struct SupportConstraint: UpdateConstraint {
  /// One mask of zeros and ones per parameter; nil where all elements are free.
  let masks: [Tensor?]
  /// The shared levels of each parameter; nil where there are none.
  private var ties: [Ties?] = []

  /// Elements that share levels.
  private struct Ties {
    var places: [Int]
    var codes: [UInt8]
    var levelCount: Int

    /// Every gradient at the mean of those of its level.
    func average(_ gradient: inout Tensor) {
      var sums = [Double](repeating: 0, count: levelCount)
      var counts = [Int](repeating: 0, count: levelCount)
      for i in places.indices {
        sums[Int(codes[i])] += Double(gradient[places[i]])
        counts[Int(codes[i])] += 1
      }
      let means = sums.indices.map { Float(sums[$0] / Double(max(1, counts[$0]))) }
      var span = gradient.mutableSpan
      for i in places.indices { span[places[i]] = means[Int(codes[i])] }
    }
  }

  /// The support of `compressed`, for the parameters of `network`.
  init(_ compressed: CompressedGroup, network: Network) {
    masks = network.information.map { parameter in
      guard let code = compressed[parameter.name], code.isSparse else { return nil }
      return Tensor(parameter.shape, elements: code.mask.map { $0 ? 1 : 0 })
    }
    ties = network.information.map { parameter in
      guard let code = compressed[parameter.name], case .codebook(let values) = code.values else {
        return nil
      }
      return Ties(places: code.places, codes: values.codes, levelCount: values.levels.count)
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

  public func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers) {
    for (index, ties) in ties.enumerated() { ties?.average(&gradients[index]) }
  }

  public func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    for index in parameters.indices {
      guard let mask = masks[index] else { continue }
      var span = parameters[index].mutableSpan
      multiplyElementwise(&span, by: mask.span)
    }
  }
}
