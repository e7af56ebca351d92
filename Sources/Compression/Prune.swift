// Magnitude pruning (condensa, sections 2.4 and 2.5): weights below one threshold over all eligible layers become zero.
// Ties at the threshold survive, as released; `ties: exact` keeps exactly k and prefers the lower index.

public import Tensors

/// Keeps the weights of largest magnitude in linear and convolution layers; biases stay as they are.
///
/// With the default settings no group with as few non-zero eligible weights lies nearer: it is the projection Π of condensa,
/// eq. 4. A layer may lose all its weights; `CompressedGroup.emptiedMembers` names it.
public struct Prune: MagnitudePruning {
  /// Over which units the threshold is computed.
  public enum Scope: String, CaseIterable, Codable, Hashable, Sendable {
    /// One threshold over all eligible layers together.
    case global
    /// One threshold in each layer.
    case perLayer = "per-layer"
  }

  /// What happens to units whose norm equals the threshold.
  public enum Ties: String, CaseIterable, Codable, Hashable, Sendable {
    /// All survive, so more than k units may be left.
    case keep
    /// As many survive as are needed for k, those of lowest index first.
    case exact
  }

  public static let name = "prune"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution]

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
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  /// 1: single weights are not aligned.
  public var align: Int { 1 }

  public init() {}

  public init(
    density: Double, skip: ParameterPattern? = nil, threshold: Scope = .global, ties: Ties = .keep,
    minimumPerLayer: Int = 0, only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.density = density
    self.skip = skip
    self.threshold = threshold
    self.ties = ties
    self.minimumPerLayer = minimumPerLayer
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) { try requireRanking() }

  /// The weights themselves.
  public func norms(of member: WeightGroup.Member) -> [Float] { member.tensor.elements }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(unchanged: weights)
    for (place, mask) in try survivors(in: weights) {
      result.members[place].code = CompressedTensor(weights.members[place].tensor, mask: mask)
      result.members[place].isCompressed = true
    }
    return result
  }
}
