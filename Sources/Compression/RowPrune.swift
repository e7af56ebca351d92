// Pruning of neurons and filters (condensa, sections 2.4 and 2.5): whole rows become zero, and biases with them. One ranking
// over all rows of all eligible layers by default, not normalised by row size, as released.

public import Tensors

/// What the rows of a pruning operator are: its name, and the weights it accepts.
public protocol RowStructure {
  /// The operator's word in specs and reports.
  static var operatorName: String { get }
  /// The kinds of weights the operator works on when a spec names none.
  static var kinds: Set<WeightKind> { get }
  /// The numbers of dimensions a weight may have.
  static var ranks: ClosedRange<Int> { get }
}

/// The rows of matrices: the outputs of a linear layer, the gates of a recurrent one, the words of an embedding.
public enum Neurons: RowStructure {
  public static let operatorName = "prune-neurons"
  public static let kinds: Set<WeightKind> = [.linear]
  public static let ranks = 2...2
}

/// The output channels of convolutions.
public enum Filters: RowStructure {
  public static let operatorName = "prune-filters"
  public static let kinds: Set<WeightKind> = [.convolution]
  public static let ranks = 4...4
}

/// Neurons and filters together, in one ranking.
public enum Structures: RowStructure {
  public static let operatorName = "prune-structures"
  public static let kinds: Set<WeightKind> = [.linear, .convolution]
  public static let ranks = 2...4
}

/// Keeps the rows of largest norm in linear layers (condensa's NeuronPrune).
public typealias PruneNeurons = RowPrune<Neurons>
/// Keeps the filters of largest norm in convolutions (condensa's FilterPrune).
public typealias PruneFilters = RowPrune<Filters>
/// Keeps the rows of largest norm in linear layers and convolutions, under one threshold (condensa's StructurePrune).
public typealias PruneStructures = RowPrune<Structures>

/// What happens to the scale and shift of batch normalisation behind a row that became zero.
public enum BatchNormalisationMode: String, CaseIterable, Codable, Hashable, Sendable {
  /// They stay, as released: the channel still emits a constant.
  case keep
  /// They become zero with the row: the channel's output is zero, so that it can be removed.
  case zero
}

/// Keeps the rows of largest norm; the others become zero, with their biases.
public struct RowPrune<Rows: RowStructure>: MagnitudePruning {
  public static var name: String { Rows.operatorName }
  public static var defaultKinds: Set<WeightKind> { Rows.kinds }

  /// The share of the eligible rows to keep, in (0, 1].
  public var density = 0.0
  /// How the magnitudes of a row become its norm.
  public var criterion = Criterion.l2norm
  /// What norms are divided by before they are compared.
  public var normalise = Normalisation.none
  /// Each layer keeps a multiple of this number of rows, rounded down: fewer survivors than `align` empty the layer.
  public var align = 1
  /// Whether the bias of a row becomes zero with it.
  public var pruneBias = true
  /// What happens to the scale and shift of a row's batch normalisation.
  public var batchNorm = BatchNormalisationMode.keep
  /// Over which rows the threshold is computed.
  public var threshold = Prune.Scope.global
  /// What happens at the threshold.
  public var ties = Prune.Ties.keep
  /// The number of rows every layer keeps at least, its largest; rounded up to a multiple of `align`.
  public var minimumPerLayer = 0
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(
    density: Double, criterion: Criterion = .l2norm, normalise: Normalisation = .none,
    align: Int = 1, pruneBias: Bool = true, batchNorm: BatchNormalisationMode = .keep,
    threshold: Prune.Scope = .global, ties: Prune.Ties = .keep, minimumPerLayer: Int = 0,
    skip: ParameterPattern? = nil, only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.density = density
    self.criterion = criterion
    self.normalise = normalise
    self.align = align
    self.pruneBias = pruneBias
    self.batchNorm = batchNorm
    self.threshold = threshold
    self.ties = ties
    self.minimumPerLayer = minimumPerLayer
    self.skip = skip
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) {
    try requireRanking()
    try normalise.require(fits: criterion)
  }

  /// One norm per row.
  ///
  /// - Throws: `wrongRank` if the tensor has another number of dimensions than such rows need.
  public func norms(of member: WeightGroup.Member) throws(CompressionError) -> [Float] {
    let shape = member.tensor.shape
    guard Rows.ranks.contains(shape.rank) else {
      throw .wrongRank(operator: Self.name, name: member.name, shape: shape, allowed: Rows.ranks)
    }
    return BlockGrid(rowsOf: shape).norms(of: member.tensor, by: criterion, normalise: normalise)
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(unchanged: weights)
    for (place, kept) in try survivors(in: weights) {
      let member = weights.members[place]
      let mask = BlockGrid(rowsOf: member.tensor.shape).mask(keeping: kept)
      result.members[place].code = CompressedTensor(member.tensor, mask: mask)
      result.members[place].isCompressed = true
      for (index, companion) in member.companions.enumerated() where follows(companion.role) {
        let code = CompressedTensor(companion.tensor, mask: kept)
        result.members[place].companions[index].code = code
        result.members[place].companions[index].isCompressed = true
      }
    }
    return result
  }

  /// Whether a companion becomes zero where its row does.
  private func follows(_ role: Companion.Role) -> Bool {
    switch role {
    case .bias: pruneBias
    case .scale, .shift: batchNorm == .zero
    }
  }
}
