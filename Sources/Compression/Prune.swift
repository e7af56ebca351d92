// Magnitude pruning (condensa, sections 2.4 and 2.5): weights below one threshold over all eligible layers become zero.
// Ties at the threshold survive, as released; `ties: exact` keeps exactly k and prefers the lower index.

public import Tensors

/// Keeps the weights of largest magnitude in linear and convolution layers; biases stay as they are.
///
/// With the default settings no group with as few non-zero eligible weights lies nearer: it is the projection Π of condensa,
/// eq. 4. A layer may lose all its weights; `CompressedGroup.emptiedMembers` names it.
public struct Prune: CompressionOperator {
  /// Over which weights the threshold is computed.
  public enum Scope: String, CaseIterable, Codable, Hashable, Sendable {
    /// One threshold over the concatenation of all eligible layers.
    case global
    /// One threshold in each layer.
    case perLayer = "per-layer"
  }

  /// What happens to weights whose magnitude equals the threshold.
  public enum Ties: String, CaseIterable, Codable, Hashable, Sendable {
    /// All survive, so more than k weights may be left.
    case keep
    /// As many survive as are needed for k, those of lowest index first.
    case exact
  }

  public static let name = "prune"

  /// The share of the eligible weights to keep, in (0, 1].
  public var density = 0.0
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// Over which weights the threshold is computed.
  public var threshold = Scope.global
  /// What happens at the threshold.
  public var ties = Ties.keep
  /// The number of weights every layer keeps at least, its largest, even if they lie below the threshold.
  public var minimumPerLayer = 0

  public init() {}

  public init(
    density: Double, skip: ParameterPattern? = nil, threshold: Scope = .global, ties: Ties = .keep,
    minimumPerLayer: Int = 0
  ) {
    self.density = density
    self.skip = skip
    self.threshold = threshold
    self.ties = ties
    self.minimumPerLayer = minimumPerLayer
  }

  /// The kinds of weights that magnitude pruning works on.
  static let eligibleKinds: Set<WeightKind> = [.linear, .convolution]

  public func validate() throws(CompressionError) {
    try requireDensity(density)
    guard minimumPerLayer >= 0 else {
      throw .impossibleValue(
        field: "minimumPerLayer", value: "\(minimumPerLayer)", allowed: "0 or more")
    }
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(unchanged: weights)
    for (place, mask) in try masks(for: weights) {
      result.members[place].code = CompressedTensor(weights.members[place].tensor, mask: mask)
      result.members[place].isCompressed = true
    }
    return result
  }

  /// The thresholds that apply to `weights`: one for every eligible weight, all equal if the threshold is global.
  public func thresholds(
    for weights: WeightGroup
  ) throws(CompressionError) -> [ParameterName: MagnitudeThreshold] {
    var result: [ParameterName: MagnitudeThreshold] = [:]
    for part in try parts(of: weights) {
      for place in part.places { result[weights.members[place].name] = part.threshold }
    }
    return result
  }

  /// Which elements of which members survive, in the order of the group.
  func masks(for weights: WeightGroup) throws(CompressionError) -> [(place: Int, mask: [Bool])] {
    var result: [(place: Int, mask: [Bool])] = []
    for part in try parts(of: weights) {
      let tensors = part.places.map { weights.members[$0].tensor }
      var room = Int.max  // how many ties may still survive
      if ties == .exact {
        room = part.threshold.rank
        for tensor in tensors {
          for value in tensor.elements where abs(value) > part.threshold.value { room -= 1 }
        }
      }
      for (place, tensor) in zip(part.places, tensors) {
        var mask = [Bool](repeating: false, count: tensor.count)
        for index in mask.indices {
          let magnitude = abs(tensor[index])
          if magnitude > part.threshold.value {
            mask[index] = true
          } else if magnitude == part.threshold.value, room > 0 {
            mask[index] = true
            room -= 1
          }
        }
        keepMinimum(of: tensor, in: &mask)
        result.append((place, mask))
      }
    }
    return result
  }

  /// The members that share a threshold, with that threshold.
  private func parts(
    of weights: WeightGroup
  ) throws(CompressionError) -> [(places: [Int], threshold: MagnitudeThreshold)] {
    try validate()
    let places = weights.places(of: Self.eligibleKinds, except: skip)
    guard !places.isEmpty else {
      throw .nothingEligible(operator: Self.name, skip: skip?.text)
    }
    func named(_ place: Int) -> (name: ParameterName, tensor: Tensor) {
      (weights.members[place].name, weights.members[place].tensor)
    }
    switch threshold {
    case .global:
      return [(places, try MagnitudeThreshold(density: density, of: places.map(named)))]
    case .perLayer:
      var result: [(places: [Int], threshold: MagnitudeThreshold)] = []
      for place in places {
        let layer = weights.members[place].name
        let value = try MagnitudeThreshold(density: density, of: [named(place)], layer: layer)
        result.append(([place], value))
      }
      return result
    }
  }

  /// Adds the largest weights that are missing for `minimumPerLayer`; among equals the lowest index.
  private func keepMinimum(of tensor: Tensor, in mask: inout [Bool]) {
    let wanted = min(minimumPerLayer, tensor.count)
    guard wanted > 0, mask.reduce(0, { $0 + ($1 ? 1 : 0) }) < wanted else { return }
    let order = mask.indices.sorted { left, right in
      let (first, second) = (abs(tensor[left]), abs(tensor[right]))
      return first != second ? first > second : left < right
    }
    for index in order.prefix(wanted) { mask[index] = true }
  }
}
