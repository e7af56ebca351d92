// The optimum of the knapsack of weights: a dynamic programme over the few weights near the edge of the greedy prefix.
//
// Why a few are enough. Let Δ be the largest width, g the greedy prefix and x an optimum with the fewest differences from g;
// within a class of equal width both keep a prefix by magnitude. Call a weight of x \ g added and one of g \ x removed. Every
// removed weight has a score at least as large as every added one.
// (1) No added weights have together the width of some removed ones: undoing both would keep the cost, not lower the profit, and
//     come closer to g.
// (2) Line the differences up so that the running sum, added widths minus removed widths, stays in (−Δ, Δ]: after a sum ≤ 0 an
//     added one, else a removed one. Were a sum to occur twice, the stretch between would be balanced, against (1). So at most
//     2Δ − 1 differences are lined up before one kind runs out.
// (3) The remaining ones are all added or all removed. The final sum is cost(x) − cost(g). It is less than Δ, because what g leaves
//     unused is less than the width of the first rejected weight. It is more than −Δ, because otherwise a removed weight would fit
//     beside x. So the remaining ones have together less than 2Δ of width, and their number is less than 2Δ.
// So x and g differ in less than 4Δ weights, and in every class by less than 4Δ.

extension SparsityKnapsack {
  /// By how many weights the optimum and the greedy prefix may differ in one class.
  static func proximity(_ widths: [Int]) -> Int { 4 * (widths.last ?? 0) }

  /// How many of the sorted `items` of each class the optimum keeps, of equally good choices one of least cost.
  ///
  /// - Parameters:
  ///   - items: all weights in question, best first.
  ///   - prefix: how many of them the greedy prefix keeps.
  ///   - widths: the bits of each class.
  ///   - remaining: the budget left to `items`.
  static func exactCounts(
    _ items: [Item], prefix: Int, widths: [Int], remaining: Int
  ) -> [Int] {
    // Per class the profits of its items, best first, and how many the prefix keeps.
    var squares: [[Double]] = widths.map { _ in [] }
    var greedy = widths.map { _ in 0 }
    for (i, item) in items.enumerated() {
      squares[item.classIndex].append(item.square)
      if i < prefix { greedy[item.classIndex] += 1 }
    }
    if prefix == items.count { return greedy }
    let reach = proximity(widths)
    let lowest = greedy.map { max(0, $0 - reach) }
    let highest = greedy.indices.map { min(squares[$0].count, greedy[$0] + reach) }
    // The capacity beyond the lowest counts, as far as the highest counts can use it.
    var capacity = remaining
    var useful = 0
    for c in widths.indices {
      capacity -= widths[c] * lowest[c]
      useful += widths[c] * (highest[c] - lowest[c])
    }
    capacity = max(0, min(capacity, useful))
    // best[r]: the most profit of the classes so far with at most r bits; choices[c][r]: how many the class c takes for it.
    var best = [Double](repeating: 0, count: capacity + 1)
    var choices: [[Int]] = []
    for c in widths.indices {
      var next = best
      var choice = [Int](repeating: 0, count: capacity + 1)
      var profit = 0.0
      var cost = 0
      for taken in lowest[c]..<highest[c] {
        profit += squares[c][taken]
        cost += widths[c]
        if cost > capacity { break }
        for r in cost...capacity where best[r - cost] + profit > next[r] {
          next[r] = best[r - cost] + profit
          choice[r] = taken + 1 - lowest[c]
        }
      }
      best = next
      choices.append(choice)
    }
    // The smallest capacity that reaches the optimum.
    var rest = capacity
    while rest > 0, best[rest - 1] == best[capacity] { rest -= 1 }
    var counts = lowest
    for c in widths.indices.reversed() {
      let taken = choices[c][rest]
      counts[c] += taken
      rest -= taken * widths[c]
    }
    return counts
  }
}
