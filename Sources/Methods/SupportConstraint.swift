// Training on a code that stays: after every update the parameters outside the support are zero again, and elements that share a
// level move together.

public import Compression
public import Kernels
public import Tensors
public import Training

/// Holds the support of a compressed network, and the assignment of its elements to levels.
///
/// Parameters are multiplied by their mask after every update; of masked elements gradients and momentum are left alone (condensa,
/// section 2.3, fine-tuner). Where elements share a number up to their signs, the gradient of each is replaced by its sign times
/// the mean of sign · gradient over all of them: the step is projected on the weights that share, so ties stay exact with every
/// optimizer (micro-structured-unification, section 2, reading 2). Frozen numbers stay as they are (reading 1).
public struct SupportConstraint: UpdateConstraint {
  /// One mask of zeros and ones per parameter; nil where all elements are free.
  let masks: [Tensor?]
  /// The elements of each parameter that share a number, without those in `tiles`; nil where none do.
  private var ties: [TiedPlaces?] = []
  /// Those of them that lie in runs of neighbours.
  private var tiles: [TiedTiles?] = []
  /// All of them, if they stay as they are.
  private var frozenPlaces: [[Int]] = []
  /// The parameters with the numbers that stay; empty if shared numbers are trained.
  private var frozen: [Tensor?] = []

  /// The support of `compressed`, for parameters of the given names in their order.
  ///
  /// - Parameter sharing: whether shared numbers are trained or stay as they are.
  public init(
    _ compressed: CompressedGroup, parameters: [ParameterName], sharing: SharedTraining = .tied
  ) {
    masks = parameters.map { name in
      guard let code = compressed[name], code.isSparse else { return nil }
      return Tensor(code.shape, elements: code.mask.map { $0 ? 1 : 0 })
    }
    for name in parameters {
      let code = compressed[name]
      let split = code?.tiles
      tiles.append(split?.tiles)
      ties.append(split == nil ? code?.tiedPlaces : split?.rest)
      if sharing == .frozen {
        frozen.append(code?.decompressed())
        frozenPlaces.append(code?.tiedPlaces?.places ?? [])
      }
    }
  }

  /// Masks of zeros and ones, one per parameter.
  init(masks: [Tensor]) { self.masks = masks }

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
    for (index, tiles) in tiles.enumerated() {
      guard let tiles else { continue }
      var span = gradients[index].mutableSpan
      averageTied(&span, over: tiles, workers: workers)
    }
  }

  public func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    for index in parameters.indices {
      guard let mask = masks[index] else { continue }
      var span = parameters[index].mutableSpan
      multiplyElementwise(&span, by: mask.span)
    }
    for index in frozen.indices {
      guard let numbers = frozen[index] else { continue }
      var span = parameters[index].mutableSpan
      for place in frozenPlaces[index] { span[place] = numbers[place] }
    }
  }
}

/// What happens to numbers that several weights share while a compressed network is trained on.
public enum SharedTraining: String, CaseIterable, Codable, Hashable, Sendable {
  /// They are trained, and the weights stay tied to them.
  case tied
  /// They stay as they are; all other weights are trained.
  case frozen
}

extension TiedPlaces {
  /// Every gradient at its sign times the mean of sign · gradient over its group.
  fileprivate func average(_ gradient: inout Tensor) {
    var sums = [Double](repeating: 0, count: groupCount)
    var counts = [Int](repeating: 0, count: groupCount)
    for i in places.indices {
      let group = Int(groups[i])
      sums[group] += Double(signs[i] * gradient[places[i]])
      counts[group] += 1
    }
    let means = sums.indices.map { Float(sums[$0] / Double(max(1, counts[$0]))) }
    var span = gradient.mutableSpan
    for i in places.indices { span[places[i]] = signs[i] * means[Int(groups[i])] }
  }
}
