// Laws of the two knapsacks of the joint method, against enumeration on small instances.

import Compression
import Foundation
import Reproducibility
import Testing

@Suite("Knapsack of weights") struct SparsityKnapsackTests {
  typealias Layers = [(values: [Float], bits: Int)]

  static func layers(seed: UInt64, largest: Int) -> (Layers, RandomStream) {
    var stream = RandomStream(Seed(seed).child("knapsack"))
    let layers: Layers = (0..<(1 + stream.integer(below: 4))).map { _ in
      let values = (0..<stream.integer(below: largest)).map { _ in
        seed % 3 == 0 ? Float(stream.integer(below: 4)) : stream.normal()
      }
      return (values: values, bits: 1 + stream.integer(below: 8))
    }
    return (layers, stream)
  }

  static func profit(_ layers: Layers, _ masks: [[Bool]]) -> Double {
    var profit = 0.0
    for (layer, mask) in zip(layers, masks) {
      for (value, isKept) in zip(layer.values, mask) where isKept {
        profit += Double(value) * Double(value)
      }
    }
    return profit
  }

  /// The most profit, by a programme over all bits of the budget.
  static func optimum(_ layers: Layers, budget: Int) -> Double {
    var best = [Double](repeating: 0, count: max(0, budget) + 1)
    for layer in layers {
      for value in layer.values {
        let profit = Double(value) * Double(value)
        for r in stride(from: budget, through: layer.bits, by: -1) {
          best[r] = max(best[r], best[r - layer.bits] + profit)
        }
      }
    }
    return best.last ?? 0
  }

  @Test("the exact choice is that of a full programme; the prefix is within its bound")
  func optimum() {
    for seed in 0..<300 as Range<UInt64> {
      var (layers, stream) = Self.layers(seed: seed, largest: seed % 2 == 0 ? 12 : 150)
      let total = layers.reduce(0) { $0 + $1.values.count * $1.bits }
      let budget = stream.integer(below: total + 5)
      let best = Self.optimum(layers, budget: budget)
      let slack = 1e-12 * max(1, best)
      for rule in SparsityKnapsack.Rule.allCases {
        let chosen = SparsityKnapsack(budget: budget, rule: rule).select(layers)
        let profit = Self.profit(layers, chosen.masks)
        #expect(chosen.cost <= budget, "seed \(seed)")
        #expect(profit <= best + slack, "seed \(seed)")
        #expect(profit + chosen.gap >= best - slack, "seed \(seed), \(rule)")
        #expect(chosen.counts == chosen.masks.map { $0.count { $0 } }, "seed \(seed)")
        #expect(
          chosen.cost == zip(chosen.counts, layers).reduce(0) { $0 + $1.0 * $1.1.bits })
        for (layer, mask) in zip(layers, chosen.masks) {
          let kept = zip(layer.values, mask).filter { $0.1 }.map { $0.0.magnitude }
          let lost = zip(layer.values, mask).filter { !$0.1 }.map { $0.0.magnitude }
          #expect((kept.min() ?? .infinity) >= (lost.max() ?? 0), "seed \(seed): not a top k")
          #expect(!kept.contains(0), "seed \(seed)")
        }
      }
    }
  }

  @Test("a small class far from the edge is chosen exactly as well")
  func distantClass() {
    for seed in 0..<20 as Range<UInt64> {
      var stream = RandomStream(Seed(seed).child("distant"))
      let small = (0..<5).map { _ in stream.normal() * (seed % 2 == 0 ? 1e-4 : 1e4) }
      let layers: Layers = [
        (values: small, bits: 8), (values: (0..<600).map { _ in stream.normal() }, bits: 3),
        (values: (0..<300).map { _ in stream.normal() }, bits: 2),
      ]
      for budget in [7, 43, 500, 1_801, 2_400, 2_438] {
        let chosen = SparsityKnapsack(budget: budget).select(layers)
        let best = Self.optimum(layers, budget: budget)
        #expect(chosen.cost <= budget)
        #expect(abs(Self.profit(layers, chosen.masks) - best) <= 1e-12 * best, "seed \(seed)")
      }
    }
  }

  @Test("the prefix is that of sorting everything, ties by layer, then index")
  func sortedPrefix() {
    for seed in 0..<100 as Range<UInt64> {
      var (layers, stream) = Self.layers(seed: seed, largest: 60)
      let total = layers.reduce(0) { $0 + $1.values.count * $1.bits }
      let budget = stream.integer(below: total + 1)
      var items: [(score: Double, layer: Int, index: Int)] = []
      for (l, layer) in layers.enumerated() {
        for (i, value) in layer.values.enumerated() where value != 0 {
          items.append((Double(value) * Double(value) / Double(layer.bits), l, i))
        }
      }
      items.sort {
        $0.score != $1.score ? $0.score > $1.score : ($0.layer, $0.index) < ($1.layer, $1.index)
      }
      var expected = layers.map { [Bool](repeating: false, count: $0.values.count) }
      var rest = budget
      for item in items {
        if layers[item.layer].bits > rest { break }
        rest -= layers[item.layer].bits
        expected[item.layer][item.index] = true
      }
      let chosen = SparsityKnapsack(budget: budget, rule: .prefix).select(layers)
      #expect(chosen.masks == expected, "seed \(seed)")
    }
  }

  @Test("a larger budget removes nothing from the prefix; projecting twice changes nothing")
  func monotoneAndIdempotent() {
    for seed in 0..<15 as Range<UInt64> {
      let (layers, _) = Self.layers(seed: seed, largest: 40)
      var before: [[Bool]]?
      for budget in stride(from: 0, through: 400, by: 13) {
        let chosen = SparsityKnapsack(budget: budget, rule: .prefix).select(layers)
        if let before {
          for (a, b) in zip(before, chosen.masks) {
            #expect(!zip(a, b).contains { $0 && !$1 }, "seed \(seed), budget \(budget)")
          }
        }
        before = chosen.masks
        for rule in [.prefix, .exact] as [SparsityKnapsack.Rule] {
          let once = SparsityKnapsack(budget: budget, rule: rule).select(layers)
          let kept: Layers = zip(layers, once.masks).map { layer, mask in
            (zip(layer.values, mask).map { $1 ? $0 : 0 }, layer.bits)
          }
          let again = SparsityKnapsack(budget: budget, rule: rule).select(kept)
          #expect(again.masks == once.masks, "seed \(seed), budget \(budget)")
        }
      }
    }
  }

  @Test("no layers, empty layers and zeros are kept in order")
  func degenerate() {
    for rule in SparsityKnapsack.Rule.allCases {
      let knapsack = SparsityKnapsack(budget: 10, rule: rule)
      #expect(knapsack.select([]).masks.isEmpty)
      let chosen = knapsack.select([(values: [], bits: 3), (values: [0, 0], bits: 1)])
      #expect(chosen.masks == [[], [false, false]])
      #expect(chosen.cost == 0)
      let negative = SparsityKnapsack(budget: -1, rule: rule).select([(values: [1], bits: 1)])
      #expect(negative.masks == [[false]])
    }
  }
}

@Suite("Multiple-choice knapsack") struct MultipleChoiceKnapsackTests {
  static func instance(seed: UInt64) -> MultipleChoiceKnapsack {
    var stream = RandomStream(Seed(seed).child("choices"))
    let groups = 1 + stream.integer(below: 5)
    var profits: [[Double]] = []
    var weights: [[Int]] = []
    for _ in 0..<groups {
      let items = 1 + stream.integer(below: 5)
      profits.append((0..<items).map { _ in Double(stream.integer(below: 30)) - 10 })
      weights.append((0..<items).map { _ in stream.integer(below: 15) })
    }
    let most = weights.reduce(0) { $0 + ($1.max() ?? 0) }
    return MultipleChoiceKnapsack(
      profits: profits, weights: weights, budget: stream.integer(below: most + 2))
  }

  /// The most profit of all choices that fit; nil if none does.
  static func enumerated(_ knapsack: MultipleChoiceKnapsack) -> Double? {
    var best: Double?
    func extend(_ group: Int, _ profit: Double, _ weight: Int) {
      if weight > knapsack.budget { return }
      if group == knapsack.profits.count {
        best = max(best ?? profit, profit)
        return
      }
      for item in knapsack.profits[group].indices {
        extend(
          group + 1, profit + knapsack.profits[group][item],
          weight + knapsack.weights[group][item])
      }
    }
    extend(0, 0, 0)
    return best
  }

  @Test("exact is the optimum, greedy rules are within their bounds, skip is never worse than stop")
  func optimum() {
    for seed in 0..<500 as Range<UInt64> {
      let knapsack = Self.instance(seed: seed)
      let best = Self.enumerated(knapsack)
      let solutions = MultipleChoiceKnapsack.Rule.allCases.map { ($0, knapsack.solution($0)) }
      for (rule, solution) in solutions {
        #expect(solution.isFeasible == (best != nil), "seed \(seed), \(rule)")
        var profit = 0.0
        var weight = 0
        for (group, item) in solution.choice.enumerated() {
          profit += knapsack.profits[group][item]
          weight += knapsack.weights[group][item]
        }
        #expect(solution.profit == profit && solution.weight == weight, "seed \(seed)")
        guard let best else {
          let least = knapsack.weights.reduce(0) { $0 + ($1.min() ?? 0) }
          #expect(solution.weight == least, "seed \(seed)")
          continue
        }
        #expect(solution.weight <= knapsack.budget, "seed \(seed)")
        #expect(solution.profit <= best, "seed \(seed), \(rule)")
        #expect(solution.profit + solution.gap >= best - 1e-9, "seed \(seed), \(rule)")
        if rule == .exact || rule == .automatic {
          #expect(solution.profit == best, "seed \(seed), \(rule)")
        }
      }
      #expect(
        knapsack.solution(.skip).profit >= knapsack.solution(.stop).profit, "seed \(seed)")
      if let best { #expect(knapsack.relaxedProfit >= best - 1e-9, "seed \(seed)") }
      for (group, hull) in knapsack.hulls.enumerated() {
        let weights = knapsack.weights[group]
        #expect(weights[hull[0]] == weights.min(), "seed \(seed): the lightest item is gone")
      }
    }
  }

  @Test("a large problem with real errors is solved exactly")
  func large() {
    var stream = RandomStream(Seed(3).child("large"))
    let sizes = (0..<54).map { _ in 1_000 + stream.integer(below: 2_000_000) }
    let profits = sizes.map { size in
      (1...8).map { -Double(size) * pow(4, -Double($0)) * (0.5 + stream.uniformDouble()) }
    }
    let weights = sizes.map { size in (1...8).map { $0 * size / 20 } }
    let knapsack = MultipleChoiceKnapsack(
      profits: profits, weights: weights, budget: sizes.reduce(0, +) / 20 * 3)
    let exact = knapsack.solution(.exact)
    #expect(exact.gap == 0)
    #expect(exact.profit >= knapsack.solution(.skip).profit)
    #expect(exact.profit <= knapsack.relaxedProfit)
  }
}
