// Two other ways to divide the budget: bits and non-zeros of all layers chosen together, which goes beyond the paper, and at
// random, which is a control.

import Foundation
import Reproducibility
import Tensors

extension BudgetProjector {
  /// Bits and non-zeros of every layer chosen together: a multiple-choice knapsack whose items are the vertices of each layer's
  /// frontiers of error against non-zeros, at all bits. What they leave of the budget, a projection at these bits spends.
  ///
  /// - Returns: the sparse weights and the bits of each layer.
  /// - Throws: `notFinite`.
  public func jointly(
    _ weights: WeightGroup
  ) throws(CompressionError) -> (sparse: Sparse, bits: [Int]) {
    var profits: [[Double]] = []
    var prices: [[Int]] = []
    var bitsOfItem: [[Int]] = []
    for values in try values(of: weights) {
      let frontier = SparsityFrontier(
        values, quantizer: operation.quantizer, maximumBits: operation.maximumBits)
      var items: (profits: [Double], prices: [Int], bits: [Int]) = ([], [], [])
      for bits in operation.minimumBits...operation.maximumBits {
        for vertex in frontier.vertices(bits: bits) where bits * vertex.nonzeroCount <= budget {
          items.profits.append(-vertex.error)
          items.prices.append(bits * vertex.nonzeroCount)
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
