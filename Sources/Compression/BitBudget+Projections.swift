// The two projections of the joint method under one budget: sparsity at fixed bits (P_W, a 0-1 knapsack) and bits at fixed
// sparsity (P_V, a multiple-choice knapsack over the quantization errors). Look first at `sparsified` and `quantized`.

public import Tensors

/// The projections of one operator on the layers of one network; per layer means in the order of `places`.
public struct BudgetProjector: Sendable {
  /// What is projected on.
  public let operation: BitBudget
  /// The places of the layers in their group.
  public let places: [Int]
  /// S, in bits.
  public let budget: Int

  /// Weights of which the budget's share is left.
  public struct Sparse: Hashable, Sendable {
    /// The group; layers that are not projected as they were.
    public var weights: WeightGroup
    /// `[layers]`: how many weights are not zero.
    public var nonzeros: [Int]
    /// Σ b·nnz, with the bits it was projected at.
    public var cost: Int
    /// The bits of the positions of the non-zeros, where the budget counts them; else 0.
    public var positionBits = 0
  }

  /// Weights on levels.
  public struct Quantized: Hashable, Sendable {
    /// The group; layers that are not projected as they were.
    public var weights: WeightGroup
    /// `[layers]`
    public var bits: [Int]
    /// Whether Σ b·nnz is within the budget for the non-zeros it was projected with; if not, every layer has the fewest bits.
    public var isFeasible: Bool
    /// The sum of squared differences from what was projected.
    public var error: Double
    /// An upper bound of the error minus the least possible at the chosen bits.
    public var gap: Double
  }

  /// The bits of the first projection of the sparsity.
  public var startBits: [Int] {
    let bits =
      operation.quantizes
      ? min(max(operation.startBits, operation.minimumBits), operation.maximumBits) : 32
    return places.map { _ in bits }
  }

  /// The names of the weights of the layers in `weights`.
  public func names(in weights: WeightGroup) -> [ParameterName] {
    places.map { weights.members[$0].name }
  }

  /// The weights of the layers.
  ///
  /// - Throws: `notFinite` for the first that is not.
  func values(of weights: WeightGroup) throws(CompressionError) -> [[Float]] {
    var result: [[Float]] = []
    for place in places {
      let member = weights.members[place]
      if let index = member.tensor.firstNonFiniteIndex {
        throw .notFinite(name: member.name, index: index)
      }
      result.append(member.tensor.elements)
    }
    return result
  }

  // MARK: Sparsity at fixed bits

  /// P_W: the nearest weights with Σ b·nnz ≤ S, the bits given.
  ///
  /// - Parameter bits: `[layers]`
  ///
  /// Source: joint-sparsity-quantization, eq. 9.
  public func sparsified(
    _ weights: WeightGroup, bits: [Int]
  ) throws(CompressionError) -> Sparse {
    let layers = try values(of: weights)
    guard operation.prunes else {
      let cost = zip(bits, layers).reduce(0) { $0 + $1.0 * $1.1.count }
      return Sparse(weights: weights, nonzeros: layers.map { $0.count }, cost: cost)
    }
    let masks =
      operation.counting == .values
      ? select(layers, bits: bits, budget: budget) : selectWithPositions(layers, bits: bits)
    return masked(weights, masks: masks, bits: bits)
  }

  private func select(_ layers: [[Float]], bits: [Int], budget: Int) -> [[Bool]] {
    let knapsack = SparsityKnapsack(budget: budget, rule: operation.selection)
    // A position and its value never take more than 32 bits together.
    return knapsack.select(layers.indices.map { (layers[$0], min(32, bits[$0])) }).masks
  }

  /// Masks whose values and positions together fit the budget.
  ///
  /// A weight is priced at its bits and at what a position of its layer took in the selection before; the allowance shrinks
  /// until what is really taken fits.
  private func selectWithPositions(_ layers: [[Float]], bits: [Int]) -> [[Bool]] {
    var prices = bits.map { $0 + 8 }
    var allowance = budget
    var masks = select(layers, bits: prices, budget: allowance)
    for round in 0..<64 {
      var used = 0
      var next = prices
      for layer in masks.indices {
        let count = masks[layer].reduce(0) { $0 + ($1 ? 1 : 0) }
        let positions = Self.positionBits(masks[layer])
        used += count * bits[layer] + positions
        if count > 0 { next[layer] = bits[layer] + (positions + count - 1) / count }
      }
      if used <= budget, round > 0 { break }
      if round < 8, next != prices {
        prices = next
      } else if used > budget {
        allowance = min(allowance - 1, allowance * budget / used)
      } else {
        break
      }
      masks = select(layers, bits: prices, budget: max(0, allowance))
    }
    return masks
  }

  /// The bits of the positions in a mask.
  private static func positionBits(_ mask: [Bool]) -> Int {
    var places: [Int] = []
    for index in mask.indices where mask[index] { places.append(index) }
    return places.isEmpty ? 0 : RelativeIndex.bits(of: places)
  }

  /// The weights on the masks, with their cost.
  func masked(_ weights: WeightGroup, masks: [[Bool]], bits: [Int]) -> Sparse {
    var result = Sparse(weights: weights, nonzeros: [], cost: 0)
    for (layer, place) in places.enumerated() {
      let member = weights.members[place]
      var elements = member.tensor.elements
      var count = 0
      let mask = masks[layer]
      for index in elements.indices {
        if !mask[index] { elements[index] = 0 }
        if elements[index] != 0 { count += 1 }
      }
      result.weights.replace(member.name, with: Tensor(member.tensor.shape, elements: elements))
      result.nonzeros.append(count)
      result.cost += count * bits[layer]
      if operation.counting == .valuesAndPositions {
        result.positionBits += Self.positionBits(mask)
      }
    }
    return result
  }

  // MARK: Bits at fixed sparsity

  /// P_V: the nearest weights on levels with Σ b·nnz ≤ S, the non-zeros given: those of W, whatever these weights hold.
  ///
  /// A layer without non-zeros has the fewest bits and becomes zero. If even the fewest bits exceed the budget they are taken,
  /// and the result says so; the next projection of the sparsity mends it.
  ///
  /// - Parameters:
  ///   - nonzeros: `[layers]`
  ///   - positionBits: what positions take of the budget.
  ///
  /// Source: joint-sparsity-quantization, eq. 11.
  public func quantized(
    _ weights: WeightGroup, nonzeros: [Int], positionBits: Int = 0
  ) throws(CompressionError) -> Quantized {
    let available = budget - positionBits
    let least = nonzeros.reduce(0, +) * operation.minimumBits
    // More bits than these never fit, whatever the other layers take.
    let most = nonzeros.map { count in
      let spare = count == 0 ? 0 : max(0, available - least) / count
      return min(operation.maximumBits, operation.minimumBits + spare)
    }
    return try onLevels(weights, nonzeros: nonzeros) { layer, values in
      QuantizationTable(
        values, quantizer: operation.quantizer, maximumBits: most[layer],
        reservesZero: operation.prunes)
    } choosing: { tables in
      let profits = tables.indices.map { layer in
        (operation.minimumBits...most[layer]).map { -tables[layer].error(bits: $0) }
      }
      let prices = tables.indices.map { layer in
        (operation.minimumBits...most[layer]).map { $0 * nonzeros[layer] }
      }
      let solution = MultipleChoiceKnapsack(profits: profits, weights: prices, budget: available)
        .solution(operation.knapsack)
      return (solution.choice.map { $0 + operation.minimumBits }, solution.isFeasible)
    }
  }

  /// The nearest weights on levels, the bits given.
  ///
  /// - Parameters:
  ///   - nonzeros: `[layers]`; a layer without any becomes zero.
  ///   - bits: `[layers]`
  public func quantized(
    _ weights: WeightGroup, nonzeros: [Int], bits: [Int]
  ) throws(CompressionError) -> Quantized {
    try onLevels(weights, nonzeros: nonzeros) { layer, values in
      QuantizationTable(
        values, quantizer: operation.quantizer, maximumBits: bits[layer],
        reservesZero: operation.prunes)
    } choosing: { _ in
      (bits, zip(nonzeros, bits).reduce(0) { $0 + $1.0 * $1.1 } <= budget)
    }
  }

  /// The weights on the levels of the chosen bits.
  private func onLevels(
    _ weights: WeightGroup, nonzeros: [Int],
    table: (_ layer: Int, _ values: [Float]) -> QuantizationTable,
    choosing choose: ([QuantizationTable]) -> (bits: [Int], isFeasible: Bool)
  ) throws(CompressionError) -> Quantized {
    guard operation.quantizes else {
      return Quantized(weights: weights, bits: startBits, isFeasible: true, error: 0, gap: 0)
    }
    let layers = try values(of: weights)
    let tables = layers.indices.map { table($0, nonzeros[$0] == 0 ? [] : layers[$0]) }
    let (bits, isFeasible) = choose(tables)
    var result = Quantized(
      weights: weights, bits: bits, isFeasible: isFeasible, error: 0, gap: 0)
    for (layer, place) in places.enumerated() {
      let member = weights.members[place]
      let codebook = tables[layer].codebook(bits: bits[layer])
      let values = layers[layer]
      let elements =
        nonzeros[layer] == 0
        ? [Float](repeating: 0, count: values.count) : codebook.quantized(values.span)
      let tensor = Tensor(member.tensor.shape, elements: elements)
      result.error += tensor.squaredDistance(to: member.tensor)
      result.gap += tables[layer].gap(bits: bits[layer])
      result.weights.replace(member.name, with: tensor)
    }
    return result
  }

  // MARK: The returned code

  /// The weights as a code with the given bits: their zeros stay, their non-zeros are quantized among themselves, and those
  /// nearest to zero may join it.
  ///
  /// - Parameter bits: `[layers]`
  ///
  /// Source: joint-sparsity-quantization, section 6, choices 7 and 16.
  public func coded(
    _ weights: WeightGroup, bits: [Int]
  ) throws(CompressionError) -> CompressedGroup {
    let layers = try values(of: weights)
    var result = CompressedGroup(unchanged: weights)
    for (layer, place) in places.enumerated() {
      let tensor = weights.members[place].tensor
      result.members[place].isCompressed = true
      guard operation.quantizes else {
        result.members[place].code = CompressedTensor(tensor, mask: layers[layer].map { $0 != 0 })
        continue
      }
      result.members[place].code = CompressedTensor(
        coding: tensor, bits: bits[layer], quantizer: operation.quantizer,
        reservesZero: operation.prunes)
    }
    return result
  }
}

extension CompressedTensor {
  /// The code of `tensor` with a codebook of 2^`bits` levels; where zero is reserved, only non-zeros are stored.
  ///
  /// - Precondition: all elements are finite.
  init(coding tensor: Tensor, bits: Int, quantizer: Quantizer, reservesZero: Bool) {
    let elements = tensor.elements
    let stored = reservesZero ? elements.filter { $0 != 0 } : elements
    let codebook = QuantizationTable(
      stored, quantizer: quantizer, maximumBits: bits, reservesZero: reservesZero
    ).codebook(bits: bits)
    let codes = codebook.codes(for: elements.span)
    var kept: [UInt8] = []
    var mask = [Bool](repeating: false, count: codes.count)
    for index in codes.indices where codes[index] >= 0 {
      // A zero is never taken for a level, however near that is.
      if reservesZero, elements[index] == 0 { continue }
      mask[index] = true
      kept.append(UInt8(codes[index]))
    }
    self.init(
      shape: tensor.shape, support: kept.count == codes.count ? .all : .mask(mask),
      values: .codebook(CodebookValues(bits: bits, levels: codebook.levels, codes: kept)))
  }
}
