// Random pruning, the control of magnitude pruning: the same number of weights survives, chosen by lot.
// Who wins against it by little has shown that the number of weights matters, not which ones.

public import Tensors

import Reproducibility

/// Keeps a random subset of the weights of linear and convolution layers; biases stay as they are.
public struct RandomPrune: DensityOperator, SelectiveOperator {
  /// How the kept weights are spread over the layers.
  public enum Allocation: String, CaseIterable, Codable, Hashable, Sendable {
    /// Each layer keeps as many weights as global magnitude pruning would leave it. The fairer control: it differs from
    /// magnitude pruning in nothing but the choice inside the layers.
    case asMagnitude = "as-magnitude"
    /// A uniformly random subset of k = floor(density · count) weights over all eligible layers together.
    case uniformGlobal = "uniform-global"
  }

  public static let name = "random-prune"
  public static let defaultKinds = Prune.defaultKinds

  /// The share of the eligible weights to keep, in (0, 1].
  public var density = 0.0
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// How the kept weights are spread over the layers.
  public var allocation = Allocation.asMagnitude
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(
    density: Double, skip: ParameterPattern? = nil, allocation: Allocation = .asMagnitude,
    only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.density = density
    self.skip = skip
    self.allocation = allocation
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) {
    try requireDensity(density)
    try requireKinds()
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try validate()
    let places = try places(in: weights)
    let masks: [[Bool]]
    switch allocation {
    case .asMagnitude:
      let magnitude = Prune(density: density, skip: skip, only: only, kinds: kinds)
      masks = try magnitude.survivors(in: weights).map { place, mask in
        let member = weights.members[place]
        var stream = RandomStream(context.seed.child(Self.name).child(member.name.text))
        let kept = mask.reduce(0) { $0 + ($1 ? 1 : 0) }
        return Self.randomMask(count: mask.count, kept: kept, from: &stream)
      }
    case .uniformGlobal:
      masks = try uniformMasks(of: places.map { weights.members[$0].tensor.count }, context)
    }
    var result = CompressedGroup(unchanged: weights)
    for (place, mask) in zip(places, masks) {
      result.members[place].code = CompressedTensor(weights.members[place].tensor, mask: mask)
      result.members[place].isCompressed = true
    }
    return result
  }

  /// One random mask over layers of the given sizes, cut into layers.
  private func uniformMasks(
    of counts: [Int], _ context: CompressionContext
  ) throws(CompressionError) -> [[Bool]] {
    let total = counts.reduce(0, +)
    let kept = MagnitudeThreshold.rank(density: density, count: total)
    guard kept > 0 else { throw .keepsNothing(density: density, count: total, layer: nil) }
    var stream = RandomStream(context.seed.child(Self.name))
    let whole = Self.randomMask(count: total, kept: kept, from: &stream)
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(whole[start..<start + count])
    }
  }

  /// A uniformly random mask with exactly `kept` true entries.
  private static func randomMask(
    count: Int, kept: Int, from stream: inout RandomStream
  ) -> [Bool] {
    var mask = [Bool](repeating: false, count: count)
    for index in stream.permutation(count).prefix(kept) { mask[index] = true }
    return mask
  }
}
