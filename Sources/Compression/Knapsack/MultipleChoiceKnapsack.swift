// The multiple-choice knapsack of the joint method's projection P_V: one item of every group under one budget.
// Source: joint-sparsity-quantization, eq. 11 and section 2.4. Exact search: `MultipleChoiceKnapsack+Exact.swift`.

/// Groups of items with profits and weights; of each group exactly one item is chosen, within a budget.
public struct MultipleChoiceKnapsack: Hashable, Sendable {
  /// How items are chosen.
  public enum Rule: String, CaseIterable, Codable, Hashable, Sendable {
    /// What `exact` gives: the optimum, or the choice of `skip` with its gap. `stop` is never better.
    case automatic
    /// The optimum, by a search over undominated sums; `skip` where that grows beyond `stateLimit`.
    case exact
    /// Greedy by gain per weight; a group whose next item does not fit is closed, the others go on (released code).
    case skip
    /// Greedy by gain per weight; the first item that does not fit ends the search (the paper's text).
    case stop
  }

  /// What was chosen.
  public struct Solution: Hashable, Sendable {
    /// `[groups]`: the index of the chosen item.
    public let choice: [Int]
    /// The sum of the chosen profits.
    public let profit: Double
    /// The sum of the chosen weights.
    public let weight: Int
    /// Whether the weight is within the budget; if not, the smallest item of every group is chosen.
    public let isFeasible: Bool
    /// An upper bound of optimum − profit: 0 if the choice is optimal.
    public let gap: Double
  }

  /// How many undominated partial sums the exact search may hold, over all groups.
  public static let stateLimit = 1 << 21

  /// `[groups][items]`
  public let profits: [[Double]]
  /// `[groups][items]`, not negative.
  public let weights: [[Int]]
  /// The largest sum of weights.
  public let budget: Int
  /// Per group the indices of the items on the upper concave hull, by increasing weight. The lightest item is always on it.
  public let hulls: [[Int]]

  /// A knapsack.
  ///
  /// - Precondition: profits and weights have the same shape, no group is empty, profits are finite, weights not negative.
  public init(profits: [[Double]], weights: [[Int]], budget: Int) {
    precondition(
      profits.map { $0.count } == weights.map { $0.count },
      "profits and weights differ in shape: \(profits.count) and \(weights.count) groups")
    precondition(profits.allSatisfy { !$0.isEmpty }, "a group has no items")
    precondition(profits.allSatisfy { $0.allSatisfy { $0.isFinite } }, "a profit is not finite")
    precondition(weights.allSatisfy { $0.allSatisfy { $0 >= 0 } }, "a weight is negative")
    self.profits = profits
    self.weights = weights
    self.budget = budget
    hulls = profits.indices.map { Self.hull(profits: profits[$0], weights: weights[$0]) }
  }

  /// A choice by `rule`. Of equal gains per weight the lower group comes first.
  public func solution(_ rule: Rule = .automatic) -> Solution {
    let start = hulls.map { $0[0] }
    guard weight(of: start) <= budget else {
      return Solution(
        choice: start, profit: profit(of: start), weight: weight(of: start), isFeasible: false,
        gap: 0)
    }
    switch rule {
    case .stop: return feasible(greedy(stops: true))
    case .skip: return feasible(greedy(stops: false))
    case .exact, .automatic:
      let incumbent = greedy(stops: false)
      if let optimum = optimum(atLeast: incumbent) {
        return Solution(
          choice: optimum, profit: profit(of: optimum), weight: weight(of: optimum),
          isFeasible: true, gap: 0)
      }
      return feasible(incumbent)
    }
  }

  /// The items that no other item of the group makes useless: more profit than all lighter ones, and not below the line between
  /// two others.
  static func hull(profits: [Double], weights: [Int]) -> [Int] {
    let order = profits.indices.sorted {
      if weights[$0] != weights[$1] { return weights[$0] < weights[$1] }
      return profits[$0] != profits[$1] ? profits[$0] > profits[$1] : $0 < $1
    }
    var hull: [Int] = []
    for item in order {
      if let last = hull.last, profits[item] <= profits[last] { continue }
      while hull.count >= 2 {
        let a = hull[hull.count - 2]
        let b = hull[hull.count - 1]
        let before = (profits[b] - profits[a]) * Double(weights[item] - weights[b])
        let after = (profits[item] - profits[b]) * Double(weights[b] - weights[a])
        // On the line both ways are as steep; the item in the middle stays, since it may fit where the last does not.
        if before < after { hull.removeLast() } else { break }
      }
      hull.append(item)
    }
    return hull
  }

  /// One step along a hull.
  struct Increment {
    var group: Int
    /// The place on the hull it leads to.
    var place: Int
    var gain: Double
    var weight: Int
    var density: Double { gain / Double(weight) }
  }

  /// The steps of the groups from `first` on, the steepest first; of equal ones the lower group's.
  func increments(from first: Int = 0) -> [Increment] {
    var steps: [Increment] = []
    for group in hulls.indices where group >= first {
      let hull = hulls[group]
      for place in hull.indices.dropFirst() {
        steps.append(
          Increment(
            group: group, place: place,
            gain: profits[group][hull[place]] - profits[group][hull[place - 1]],
            weight: weights[group][hull[place]] - weights[group][hull[place - 1]]))
      }
    }
    return steps.sorted {
      if $0.density != $1.density { return $0.density > $1.density }
      return ($0.group, $0.place) < ($1.group, $1.place)
    }
  }

  /// The greedy choice along the hulls; its smallest items fit.
  private func greedy(stops: Bool) -> [Int] {
    var places = hulls.map { _ in 0 }
    var isClosed = hulls.map { _ in false }
    var remaining = budget - weight(of: hulls.map { $0[0] })
    for step in increments() where !isClosed[step.group] {
      if step.weight <= remaining {
        remaining -= step.weight
        places[step.group] = step.place
      } else if stops {
        break
      } else {
        isClosed[step.group] = true
      }
    }
    return hulls.indices.map { hulls[$0][places[$0]] }
  }

  /// The largest profit of the linear relaxation, where items of a hull may be mixed.
  public var relaxedProfit: Double {
    let start = hulls.map { $0[0] }
    var profit = self.profit(of: start)
    var remaining = budget - weight(of: start)
    for step in increments() {
      if step.weight > remaining { return profit + step.density * Double(max(0, remaining)) }
      profit += step.gain
      remaining -= step.weight
    }
    return profit
  }

  func profit(of choice: [Int]) -> Double {
    var total = 0.0
    for group in choice.indices { total += profits[group][choice[group]] }
    return total
  }

  func weight(of choice: [Int]) -> Int {
    var total = 0
    for group in choice.indices { total += weights[group][choice[group]] }
    return total
  }

  private func feasible(_ choice: [Int]) -> Solution {
    let profit = profit(of: choice)
    return Solution(
      choice: choice, profit: profit, weight: weight(of: choice), isFeasible: true,
      gap: max(0, relaxedProfit - profit))
  }
}
