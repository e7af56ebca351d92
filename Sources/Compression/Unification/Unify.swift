// Micro-structured unification and pruning (micro-structured-unification, sections 1.2 to 1.4): of each layer's blocks a share
// becomes zero and another share one magnitude. Which blocks: `BlockSelection`; what they become: `BlockRule`.

public import Tensors

/// Prunes some blocks of the inner layers and unifies others; with `exact` it is the Euclidean projection on such weights.
///
/// Source: micro-structured-unification, sections 1.3, 1.4 and 6.
public struct Unify: SelectiveOperator, DensityOperator {
  /// How the two kinds of blocks are chosen.
  public enum Selection: String, CaseIterable, Codable, Hashable, Sendable {
    /// First the blocks to prune, then the blocks to unify among the rest: the order of the patents.
    case sequential
    /// Both together, at the least total cost.
    case exact
  }

  /// By what blocks are ranked for pruning.
  public enum PruneScore: String, CaseIterable, Codable, Hashable, Sendable {
    /// The sum of squares, which is what pruning costs.
    case l2
    /// The sum of magnitudes.
    case l1
  }

  /// By what blocks are ranked for unification.
  public enum UnifyScore: String, CaseIterable, Codable, Hashable, Sendable {
    /// The squared distance from the unified block.
    case distortion
    /// The root of that distance per element; another order for ragged edges only.
    case deviation
  }

  public static let name = "unify"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution]

  /// The sizes of a block: rows × columns of the matrix (outputs × inputs, but inputs × outputs for `IHW_O`), or three sizes,
  /// inputs × outputs × taps.
  public var block: Shape = [4, 4]
  /// How convolutions become matrices; with three sizes nothing but the default.
  public var order = BlockPartition.Order.tapsThenInputs
  /// p: the share of all blocks that is pruned.
  public var pruned = 0.0
  /// u: the share of all blocks that is unified; p + u is at most 1. With both 0 nothing changes.
  public var unified = 0.0
  /// How blocks are chosen.
  public var selection = Selection.sequential
  /// Whether blocks compete within their layer or over all layers.
  public var scope = Prune.Scope.perLayer
  /// How the common magnitude of a block is found.
  public var magnitude = BlockRule.Magnitude.l2
  /// What the elements of a unified block share.
  public var shares = BlockRule.Shares.magnitude
  /// By what blocks are ranked for pruning.
  public var pruneScore = PruneScore.l2
  /// By what blocks are ranked for unification.
  public var unifyScore = UnifyScore.distortion
  /// Whether the first convolution and the last linear layer of the network stay as they are. A network without convolutions
  /// loses only its last linear layer: of LeNet-300-100 `fc1` and `fc2` remain. Where `only` names the layers, these are taken.
  public var inner = true
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  /// The share of all blocks that is not pruned, 1 − p. Setting it keeps the share of these that is unified.
  public var density: Double {
    get { 1 - pruned }
    set {
      let unifiedShare = pruned < 1 ? unified / (1 - pruned) : 0
      pruned = 1 - newValue
      unified = unifiedShare * newValue
    }
  }

  public var isDensitySet: Bool { pruned > 0 }

  public init() {}

  public init(
    block: Shape, pruned: Double = 0, unified: Double = 0, selection: Selection = .sequential,
    inner: Bool = true, only: ParameterPattern? = nil
  ) {
    self.block = block
    self.pruned = pruned
    self.unified = unified
    self.selection = selection
    self.inner = inner
    self.only = only
  }

  /// What unified blocks share.
  public var rule: BlockRule { BlockRule(magnitude: magnitude, shares: shares) }

  public func validate() throws(CompressionError) {
    func refuse(_ field: String, _ value: String, _ allowed: String) throws(CompressionError) {
      throw .impossibleValue(field: field, value: value, allowed: allowed)
    }
    try BlockPartition.require(block)
    for (field, share) in [("pruned", pruned), ("unified", unified)] {
      if !(0...1 ~= share) { try refuse(field, "\(share)", "0 to 1") }
    }
    if pruned + unified > 1 + 1e-9 {
      try refuse(
        "unified", "\(unified)",
        "at most 1 − pruned, which is \(1 - pruned): both are shares of all blocks")
    }
    if block.rank == 3, order != .tapsThenInputs {
      try refuse("order", order.rawValue, "nothing else than O_HWI where a block has three sizes")
    }
    if selection == .exact, pruneScore != .l2 || unifyScore != .distortion {
      try refuse(
        "selection", "exact", "sequential, unless pruneScore is l2 and unifyScore distortion")
    }
    if shares == .value, magnitude != .l2 {
      try refuse("magnitude", magnitude.rawValue, "l2 where shares is value")
    }
    try requireKinds()
  }

  /// Blocks of one layer and what is done with them.
  public struct Choice: Hashable, Sendable {
    /// The layer's weight.
    public let name: ParameterName
    /// How it is cut.
    public let partition: BlockPartition
    /// `[blocks]`: what happens to each block.
    public let tags: [BlockTag]
    /// Σ A over the pruned blocks and D over the unified ones: the layer's squared distance from the result.
    public let cost: Double
    /// The place of the layer in its group.
    let place: Int
    /// `[blocks]`: what the elements of a unified block become.
    let shared: [Float]
  }

  /// How the layers that the operator works on are cut, with their places in the group; their values do not matter.
  ///
  /// - Throws: impossible values, patterns that match nothing, layers that cannot be cut.
  public func partitions(
    in weights: WeightGroup
  ) throws(CompressionError) -> [(place: Int, partition: BlockPartition)] {
    try validate()
    var result: [(place: Int, partition: BlockPartition)] = []
    for place in try innerPlaces(in: weights) {
      let member = weights.members[place]
      let partition = try BlockPartition(
        cutting: member.tensor.shape, of: member.name, into: block, order: order)
      result.append((place, partition))
    }
    return result
  }

  /// What would be done with every block of every layer that the operator works on, in the order of the group.
  ///
  /// - Throws: impossible values, patterns that match nothing, layers that cannot be cut, elements that are not finite.
  public func choices(in weights: WeightGroup) throws(CompressionError) -> [Choice] {
    var layers: [(place: Int, partition: BlockPartition, costs: BlockCosts)] = []
    for (place, partition) in try partitions(in: weights) {
      let member = weights.members[place]
      let costs = BlockCosts(of: member.tensor, cutBy: partition, rule: rule)
      if !costs.areFinite, let index = member.tensor.firstNonFiniteIndex {
        throw .notFinite(name: member.name, index: index)
      }
      layers.append((place, partition, costs))
    }
    var tags: [[BlockTag]]
    switch scope {
    case .perLayer: tags = layers.map { select([$0.costs]) }
    case .global:
      let all = select(layers.map { $0.costs })
      var start = 0
      tags = []
      for layer in layers {
        let end = start + layer.partition.blockCount
        tags.append(Array(all[start..<end]))
        start = end
      }
    }
    return zip(layers, tags).map { layer, tags in
      Choice(
        name: weights.members[layer.place].name, partition: layer.partition, tags: tags,
        cost: BlockSelection.cost(
          of: tags, pruneCosts: layer.costs.prune, unifyCosts: layer.costs.unify),
        place: layer.place, shared: layer.costs.shared)
    }
  }

  /// By what share choosing one kind of block after the other costs more than choosing both together; nil if the operator does not
  /// choose both kinds, or chooses them together already.
  ///
  /// Source: micro-structured-unification, section 6, decision 6.
  public func selectionGap(in weights: WeightGroup) throws(CompressionError) -> Double? {
    guard pruned > 0, unified > 0, selection == .sequential, pruneScore == .l2,
      unifyScore == .distortion
    else { return nil }
    var together = self
    together.selection = .exact
    let cost = try choices(in: weights).reduce(0) { $0 + $1.cost }
    let least = try together.choices(in: weights).reduce(0) { $0 + $1.cost }
    return least > 0 ? cost / least - 1 : 0
  }

  /// The counts that the shares ask for: floor(share · blocks + 1e-12).
  ///
  /// Source: micro-structured-unification, section 6, decisions 1 and 9.
  public func counts(ofBlocks blockCount: Int) -> (pruned: Int, unified: Int) {
    let first = min(BlockSelection.count(pruned, of: blockCount), blockCount)
    return (first, min(BlockSelection.count(unified, of: blockCount), blockCount - first))
  }

  /// The tags of the blocks of `layers` together.
  private func select(_ layers: [BlockCosts]) -> [BlockTag] {
    let prune = layers.count == 1 ? layers[0].prune : layers.flatMap { $0.prune }
    let unify = layers.count == 1 ? layers[0].unify : layers.flatMap { $0.unify }
    let wanted = counts(ofBlocks: prune.count)
    if selection == .exact {
      return BlockSelection.exact(
        pruned: wanted.pruned, unified: wanted.unified, pruneCosts: prune, unifyCosts: unify)
    }
    var tags = [BlockTag](repeating: .keep, count: prune.count)
    let pruneScores = pruneScore == .l2 ? prune : layers.flatMap { $0.magnitudeSums }
    BlockSelection.mark(.prune, smallest: wanted.pruned, of: pruneScores, in: &tags)
    var unifyScores = unify
    if unifyScore == .deviation {
      let sizes = layers.flatMap { $0.sizes }
      unifyScores = unify.indices.map { (unify[$0] / Double(sizes[$0])).squareRoot() }
    }
    BlockSelection.mark(.unify, smallest: wanted.unified, of: unifyScores, in: &tags)
    return tags
  }

  /// The places of the layers the operator works on.
  private func innerPlaces(in weights: WeightGroup) throws(CompressionError) -> [Int] {
    let all = try places(in: weights)
    guard inner, only == nil else { return all }
    let outer = [
      weights.members.firstIndex { $0.kind == .convolution },
      weights.members.lastIndex { $0.kind == .linear },
    ]
    let rest = all.filter { !outer.contains($0) }
    guard !rest.isEmpty else { throw .onlyOuterLayers(operator: Self.name) }
    return rest
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(unchanged: weights)
    for choice in try choices(in: weights) {
      let values = UnifiedValues(
        weights.members[choice.place].tensor, partition: choice.partition, tags: choice.tags,
        shared: choice.shared, keepsSigns: shares == .magnitude)
      result.members[choice.place].code = CompressedTensor(values)
      result.members[choice.place].isCompressed = true
    }
    return result
  }
}
