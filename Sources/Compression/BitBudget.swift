// One budget of bits for all layers: Σ b·nnz ≤ S decides every layer's sparsity and bit width (joint-sparsity-quantization,
// eq. 1). The two projections that the joint method alternates are in `BitBudget+Projections.swift`; `compress` here is the
// direct projection, which alternates them on the same weights until the bits settle.

import Reproducibility
public import Tensors

/// Keeps as many weights, with as many bits in each layer, as one budget allows; b bits are 2^b levels and a free zero.
///
/// Positions, codebooks and biases are not counted (`counting: values-and-positions` counts positions too).
/// Source: joint-sparsity-quantization, eqs. 1, 9 and 11.
public struct BitBudget: SelectiveOperator, DensityOperator {
  public static let name = "bit-budget"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution, .depthwise]

  /// How the budget is divided among the layers.
  public enum Allocation: String, CaseIterable, Codable, Hashable, Sendable {
    /// The paper's: sparsity at fixed bits and bits at fixed sparsity, in turn.
    case alternating
    /// Bits and number of non-zeros of all layers chosen together.
    case jointExact = "joint-exact"
    /// Random bits and random shares of the budget: what the choice is worth.
    case random
  }

  /// What the budget counts.
  public enum Counting: String, CaseIterable, Codable, Hashable, Sendable {
    /// The bits of the non-zero weights: the paper's rule.
    case values
    /// These and the positions of the non-zeros, as distances of one width per layer.
    case valuesAndPositions = "values-and-positions"
  }

  /// S in bits; `ratio` instead makes it a share of the dense size. One of the two is given.
  public var totalBits: Int?
  /// 32 bits for every weight over S.
  public var ratio: Double?
  /// The bits of every layer at the first projection of the sparsity.
  public var startBits = 3
  /// The fewest bits of a layer; the same number as `maximumBits` fixes the width everywhere.
  public var minimumBits = 1
  /// The most bits of a layer, up to 8.
  public var maximumBits = 8
  /// Whether weights may become zero; without it b bits are 2^b levels and zero is none of them: quantization only.
  public var prunes = true
  /// Whether weights share levels; without it every non-zero takes 32 bits: pruning only.
  public var quantizes = true
  /// How the budget is divided.
  public var allocation = Allocation.alternating
  /// What it counts.
  public var counting = Counting.values
  /// How levels are found.
  public var quantizer = Quantizer.automatic
  /// How weights are selected at fixed bits.
  public var selection = SparsityKnapsack.Rule.exact
  /// How bits are selected at fixed sparsity.
  public var knapsack = MultipleChoiceKnapsack.Rule.automatic
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  /// The bits allowed as a share of those of the dense weights: 1/`ratio`; 1 where `totalBits` is given. Setting it sets `ratio`.
  public var density: Double {
    get { ratio.map { 1 / $0 } ?? 1 }
    set {
      ratio = 1 / newValue
      totalBits = nil
    }
  }

  public var isDensitySet: Bool { ratio != nil || totalBits != nil }

  public init() {}

  public init(totalBits: Int) { self.totalBits = totalBits }

  public init(ratio: Double) { self.ratio = ratio }

  public func validate() throws(CompressionError) {
    func refuse(_ field: String, _ value: String, _ allowed: String) throws(CompressionError) {
      throw .impossibleValue(field: field, value: value, allowed: allowed)
    }
    if totalBits == nil, ratio == nil { try refuse("totalBits", "nothing", "totalBits or ratio") }
    if totalBits != nil, ratio != nil {
      try refuse("totalBits", "totalBits beside ratio", "one of the two")
    }
    if let totalBits, totalBits < 1 { try refuse("totalBits", "\(totalBits)", "1 or more") }
    if let ratio, !(ratio >= 1 && ratio.isFinite) { try refuse("ratio", "\(ratio)", "1 or more") }
    if !CodebookValues.possibleBits.contains(maximumBits) {
      try refuse("maximumBits", "\(maximumBits)", "1 to 8")
    }
    if !(1...maximumBits).contains(minimumBits) {
      try refuse("minimumBits", "\(minimumBits)", "1 to maximumBits, which is \(maximumBits)")
    }
    if !CodebookValues.possibleBits.contains(startBits) {
      try refuse("startBits", "\(startBits)", "1 to 8")
    }
    if !prunes && !quantizes {
      try refuse("quantizes", "false beside prunes: false", "one of them")
    }
    if allocation != .alternating && !(prunes && quantizes) {
      try refuse(
        "allocation", allocation.rawValue, "alternating, unless prunes and quantizes are true")
    }
    try requireKinds()
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    let projector = try projector(for: weights)
    switch allocation {
    case .alternating: return try alternated(projector, weights)
    case .jointExact:
      let (sparse, bits) = try projector.jointly(weights)
      return try projector.coded(sparse.weights, bits: bits)
    case .random:
      let (sparse, bits) = try projector.randomly(weights, seed: context.seed.child(Self.name))
      return try projector.coded(sparse.weights, bits: bits)
    }
  }

  /// The two projections, each from the same weights, until the bits settle; of all codes on the way the nearest.
  private func alternated(
    _ projector: BudgetProjector, _ weights: WeightGroup
  ) throws(CompressionError) -> CompressedGroup {
    var bits = projector.startBits
    var seen: Set<[Int]> = []
    var best: (code: CompressedGroup, distance: Double)?
    while seen.insert(bits).inserted, seen.count <= 10 {
      let sparse = try projector.sparsified(weights, bits: bits)
      let quantized = try projector.quantized(
        sparse.weights, nonzeros: sparse.nonzeros, positionBits: sparse.positionBits)
      bits = quantized.bits
      let code = try projector.coded(sparse.weights, bits: bits)
      let distance = code.decompressed().squaredDistance(to: weights)
      if distance < best?.distance ?? .infinity { best = (code, distance) }
    }
    return best?.code ?? CompressedGroup(unchanged: weights)
  }

  /// S as the released command line states it: `bits` for ⌈density·n⌉ weights of every layer, rounded down to whole bits.
  ///
  /// - Parameter sizes: the number of weights of every layer.
  ///
  /// Source: joint-sparsity-quantization, section 2.1.
  public static func totalBits(density: Double, bits: Double, sizes: [Int]) -> Int {
    let counts = sizes.map { Int((density * Double($0)).rounded(.up)) }
    return Int((bits * Double(counts.reduce(0, +))).rounded(.down))
  }

  /// The projections on the layers of `weights` that the operator works on, with the budget in bits.
  ///
  /// - Throws: an impossible value of a field, patterns that match nothing, or a budget that fits no such weights.
  public func projector(for weights: WeightGroup) throws(CompressionError) -> BudgetProjector {
    try validate()
    let places = try places(in: weights)
    let counts = places.map { weights.members[$0].tensor.count }
    let denseBits = 32 * counts.reduce(0, +)
    let budget = totalBits ?? Int((Double(denseBits) / (ratio ?? 1)).rounded(.down))
    let least = places.count * (quantizes ? minimumBits : 32)
    guard budget >= least, budget <= denseBits else {
      throw .impossibleBudget(bits: budget, layerCount: places.count, least: least, most: denseBits)
    }
    if !prunes, budget < minimumBits * counts.reduce(0, +) {
      throw .impossibleBudget(
        bits: budget, layerCount: places.count, least: minimumBits * counts.reduce(0, +),
        most: denseBits)
    }
    return BudgetProjector(operation: self, places: places, budget: budget)
  }
}
