// The optimum of a multiple-choice knapsack: group after group, all sums of weight and profit that no other sum dominates
// and whose relaxed bound exceeds the best choice known. In practice few are left; their number is limited all the same.

extension MultipleChoiceKnapsack {
  /// A sum of the first groups' items.
  private struct Partial {
    var weight: Int
    var profit: Double
    /// The index of the sum it extends, in the group before.
    var previous: Int32
    /// The item it adds.
    var item: Int32
  }

  /// The best choice, nil if the search needs more than `stateLimit` states. Of equally good ones the first found, `incumbent`
  /// before others.
  func optimum(atLeast incumbent: [Int]) -> [Int]? {
    var best = (choice: incumbent, profit: profit(of: incumbent))
    var layers: [[Partial]] = [[Partial(weight: 0, profit: 0, previous: -1, item: -1)]]
    var stateCount = 1
    for group in hulls.indices {
      let bound = RelaxedBound(self, from: group + 1)
      let undominated = Self.undominated(profits: profits[group], weights: weights[group])
      let before = layers[layers.count - 1]
      var sums: [Partial] = []
      for item in undominated {
        for (index, partial) in before.enumerated() {
          let sum = Partial(
            weight: partial.weight + weights[group][item],
            profit: partial.profit + profits[group][item],
            previous: Int32(truncatingIfNeeded: index), item: Int32(truncatingIfNeeded: item))
          let rest = budget - sum.weight - bound.leastWeight
          // A margin of rounding keeps sums that only rounding makes worse.
          if rest >= 0, sum.profit + bound.profit(rest) >= best.profit - bound.margin {
            sums.append(sum)
          }
        }
        if sums.count > Self.stateLimit { return nil }
      }
      sums.sort { $0.weight != $1.weight ? $0.weight < $1.weight : $0.profit > $1.profit }
      var kept: [Partial] = []
      for sum in sums where kept.last.map({ sum.profit > $0.profit }) ?? true { kept.append(sum) }
      stateCount += kept.count
      if stateCount > Self.stateLimit { return nil }
      layers.append(kept)
    }
    guard let last = layers[layers.count - 1].indices.last else { return best.choice }
    var choice = [Int](repeating: 0, count: hulls.count)
    var index = last
    for group in hulls.indices.reversed() {
      let partial = layers[group + 1][index]
      choice[group] = Int(partial.item)
      index = Int(partial.previous)
    }
    let profit = profit(of: choice)
    let isBetter =
      profit > best.profit || (profit == best.profit && weight(of: choice) < weight(of: incumbent))
    if isBetter { best = (choice, profit) }
    return best.choice
  }

  /// The items with more profit than all lighter ones.
  private static func undominated(profits: [Double], weights: [Int]) -> [Int] {
    let order = profits.indices.sorted {
      if weights[$0] != weights[$1] { return weights[$0] < weights[$1] }
      return profits[$0] != profits[$1] ? profits[$0] > profits[$1] : $0 < $1
    }
    var kept: [Int] = []
    for item in order where kept.last.map({ profits[item] > profits[$0] }) ?? true {
      kept.append(item)
    }
    return kept
  }

  /// The relaxed optimum of the last groups as a function of the budget left to them.
  private struct RelaxedBound {
    let leastWeight: Int
    let margin: Double
    private let leastProfit: Double
    private var weights: [Int] = [0]
    private var gains: [Double] = [0]

    init(_ knapsack: MultipleChoiceKnapsack, from first: Int) {
      var leastWeight = 0
      var leastProfit = 0.0
      for group in knapsack.hulls.indices where group >= first {
        leastWeight += knapsack.weights[group][knapsack.hulls[group][0]]
        leastProfit += knapsack.profits[group][knapsack.hulls[group][0]]
      }
      for step in knapsack.increments(from: first) {
        weights.append((weights.last ?? 0) + step.weight)
        gains.append((gains.last ?? 0) + step.gain)
      }
      self.leastWeight = leastWeight
      self.leastProfit = leastProfit
      margin = 1e-12 * knapsack.profits.reduce(0) { $0 + ($1.map { $0.magnitude }.max() ?? 0) }
    }

    /// The relaxed profit with `rest` beyond the least weight.
    func profit(_ rest: Int) -> Double {
      var low = 0
      var high = weights.count - 1
      while low < high {
        let middle = (low + high + 1) / 2
        if weights[middle] <= rest { low = middle } else { high = middle - 1 }
      }
      if low == weights.count - 1 { return leastProfit + gains[low] }
      let share = Double(rest - weights[low]) / Double(weights[low + 1] - weights[low])
      return leastProfit + gains[low] + share * (gains[low + 1] - gains[low])
    }
  }
}
