// Block pruning (condensa, sections 2.4 and 2.5, BlockPrune): equal blocks of weights are kept or become zero together.
// Blocks have as many dimensions as the weights, and their sizes divide the weights' sizes.

public import Tensors

/// Keeps the blocks of largest norm in linear layers, or in weights of any rank that a spec names; biases stay as they are.
public struct PruneBlocks: MagnitudePruning {
  public static let name = "prune-blocks"
  public static let defaultKinds: Set<WeightKind> = [.linear]

  /// The share of the eligible blocks to keep, in (0, 1].
  public var density = 0.0
  /// The sizes of a block, one per dimension of the weights.
  public var block = Shape([])
  /// How the magnitudes of a block become its norm.
  public var criterion = Criterion.l2norm
  /// Each layer keeps a multiple of this number of blocks, rounded down: fewer survivors than `align` empty the layer.
  public var align = 1
  /// Over which blocks the threshold is computed.
  public var threshold = Prune.Scope.global
  /// What happens at the threshold.
  public var ties = Prune.Ties.keep
  /// The number of blocks every layer keeps at least, its largest; rounded up to a multiple of `align`.
  public var minimumPerLayer = 0
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(
    density: Double, block: Shape, criterion: Criterion = .l2norm, align: Int = 1,
    threshold: Prune.Scope = .global, ties: Prune.Ties = .keep, minimumPerLayer: Int = 0,
    skip: ParameterPattern? = nil, only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.density = density
    self.block = block
    self.criterion = criterion
    self.align = align
    self.threshold = threshold
    self.ties = ties
    self.minimumPerLayer = minimumPerLayer
    self.skip = skip
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) {
    try requireRanking()
    guard block.rank > 0, block.sizes.allSatisfy({ $0 > 0 }) else {
      throw .impossibleValue(
        field: "block", value: "\(block)", allowed: "a size of 1 or more per dimension")
    }
  }

  /// One norm per block, blocks in row-major order.
  ///
  /// - Throws: `blockDoesNotFit` if the ranks differ or a size does not divide the tensor's.
  public func norms(of member: WeightGroup.Member) throws(CompressionError) -> [Float] {
    try grid(of: member).norms(of: member.tensor, by: criterion)
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(unchanged: weights)
    for (place, kept) in try survivors(in: weights) {
      let member = weights.members[place]
      let mask = try grid(of: member).mask(keeping: kept)
      result.members[place].code = CompressedTensor(member.tensor, mask: mask)
      result.members[place].isCompressed = true
    }
    return result
  }

  private func grid(of member: WeightGroup.Member) throws(CompressionError) -> BlockGrid {
    try BlockGrid(cutting: member.tensor.shape, of: member.name, into: block)
  }
}
