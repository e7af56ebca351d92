// Two other ways to divide the budget: bits and non-zeros of all layers chosen together, which goes beyond the paper, and at
// random, which is a control.

import Foundation
import Reproducibility
import Tensors

extension BudgetProjector {
  /// Numbers of non-zeros that are tried for a layer: this many for every doubling.
  private static let stepsPerDoubling = 4.0

  /// Bits and non-zeros of every layer chosen together: a multiple-choice knapsack whose items are pairs (b, k) with the error
  /// of keeping the k largest weights on 2^b levels. What the grid of k leaves of the budget, a projection at these bits spends.
  ///
  /// - Returns: the sparse weights and the bits of each layer.
  public func jointly(
    _ weights: WeightGroup
  ) throws(CompressionError) -> (sparse: Sparse, bits: [Int]) {
    let least = operation.minimumBits
    var profits: [[Double]] = []
    var prices: [[Int]] = []
    var bitsOfItem: [[Int]] = []
    for place in places {
      let member = weights.members[place]
      if let index = member.tensor.firstNonFiniteIndex {
        throw .notFinite(name: member.name, index: index)
      }
      let ordered = member.tensor.elements.sorted { abs($0) > abs($1) }
      let energy = ordered.reduce(0.0) { $0 + Double($1) * Double($1) }
      var items: (profits: [Double], prices: [Int], bits: [Int]) = ([0], [0], [least])
      var keptEnergy = 0.0
      var kept = 0
      for count in Self.counts(upTo: min(ordered.count, budget / least)) {
        while kept < count {
          keptEnergy += Double(ordered[kept]) * Double(ordered[kept])
          kept += 1
        }
        let most = min(operation.maximumBits, budget / count)
        let table = QuantizationTable(
          Array(ordered[..<count]), quantizer: operation.quantizer, maximumBits: most)
        for bits in least...max(least, most) where bits <= most {
          // Profit is what is taken off the error of an empty layer.
          items.profits.append(min(energy, keptEnergy) - table.error(bits: bits))
          items.prices.append(bits * count)
          items.bits.append(bits)
        }
      }
      profits.append(items.profits)
      prices.append(items.prices)
      bitsOfItem.append(items.bits)
    }
    let solution = MultipleChoiceKnapsack(profits: profits, weights: prices, budget: budget)
      .solution(operation.knapsack)
    let bits = solution.choice.indices.map { bitsOfItem[$0][solution.choice[$0]] }
    return (try sparsified(weights, bits: bits), bits)
  }

  /// 1, 2, 3, … and from then on growing by a constant factor, up to `limit`.
  private static func counts(upTo limit: Int) -> [Int] {
    var result: [Int] = []
    var exact = 1.0
    while Int(exact) < limit {
      if result.last != Int(exact) { result.append(Int(exact)) }
      exact *= pow(2, 1 / stepsPerDoubling)
    }
    if limit > 0 { result.append(limit) }
    return result
  }

  /// Random bits, and shares of the budget that are uniformly random among all that add up to it; the largest weights of each
  /// layer stay. What a small layer cannot use goes to the others.
  func randomly(
    _ weights: WeightGroup, seed: Seed
  ) throws(CompressionError) -> (sparse: Sparse, bits: [Int]) {
    var stream = RandomStream(seed)
    let width = operation.maximumBits - operation.minimumBits + 1
    let bits = places.map { _ in
      operation.minimumBits + stream.integer(below: width)
    }
    let shares = places.map { _ in -log(1 - stream.uniformDouble()) }
    let sizes = places.map { weights.members[$0].tensor.count }
    var counts = places.map { _ in 0 }
    var remaining = budget
    while true {
      let open = counts.indices.filter { counts[$0] < sizes[$0] && bits[$0] <= remaining }
      let sum = open.reduce(0.0) { $0 + shares[$1] }
      var spent = 0
      for layer in open {
        let wanted = Int(Double(remaining) * shares[layer] / sum) / bits[layer]
        let taken = min(wanted, sizes[layer] - counts[layer])
        counts[layer] += taken
        spent += taken * bits[layer]
      }
      remaining -= spent
      if spent == 0 { break }
    }
    var masks: [[Bool]] = []
    for (layer, place) in places.enumerated() {
      let member = weights.members[place]
      if let index = member.tensor.firstNonFiniteIndex {
        throw .notFinite(name: member.name, index: index)
      }
      let largest = SparsityKnapsack(budget: counts[layer], rule: .prefix)
      masks.append(largest.select([(member.tensor.elements, 1)]).masks[0])
    }
    return (masked(weights, masks: masks, bits: bits), bits)
  }
}
