// Which blocks are pruned and which are unified (micro-structured-unification, section 1.4, layer level): by rank, one after
// the other, or both together at the least total cost. Ties go to the lowest block.

/// What happens to a block.
public enum BlockTag: UInt8, CaseIterable, Hashable, Sendable {
  /// Its elements stay as they are.
  case keep
  /// Its elements are zero.
  case prune
  /// Its elements share a magnitude.
  case unify
}

/// The choice of blocks from their scores and costs.
enum BlockSelection {
  /// floor(fraction · blocks + 1e-12).
  ///
  /// Source: micro-structured-unification, section 6, decision 9.
  static func count(_ fraction: Double, of blocks: Int) -> Int {
    Int((fraction * Double(blocks) + 1e-12).rounded(.down))
  }

  /// Tags the `count` kept blocks with the smallest scores; of equal scores the lowest block comes first.
  ///
  /// Linear in the blocks: they are counted by the leading bits of their score, and only those near the edge are sorted.
  ///
  /// - Precondition: scores are not negative, and at least `count` blocks are kept.
  static func mark(
    _ tag: BlockTag, smallest count: Int, of scores: [Double], in tags: inout [BlockTag]
  ) {
    guard count > 0 else { return }
    var histogram = [Int](repeating: 0, count: 1 << 15)
    for block in scores.indices where tags[block] == .keep {
      histogram[Self.key(scores[block])] += 1
    }
    var remaining = count
    var edge = 0
    while edge < histogram.count, histogram[edge] <= remaining {
      remaining -= histogram[edge]
      edge += 1
    }
    var candidates: [(score: Double, block: Int)] = []
    for block in scores.indices where tags[block] == .keep {
      let key = Self.key(scores[block])
      if key < edge {
        tags[block] = tag
      } else if key == edge && remaining > 0 {
        candidates.append((scores[block], block))
      }
    }
    precondition(candidates.count >= remaining, "\(count) of too few blocks")
    candidates.sort { $0.score != $1.score ? $0.score < $1.score : $0.block < $1.block }
    for candidate in candidates.prefix(remaining) { tags[candidate.block] = tag }
  }

  /// The sign-free exponent and four bits of the fraction: never decreasing in the score.
  private static func key(_ score: Double) -> Int {
    Int((score.bitPattern & (UInt64.max >> 1)) >> 48)
  }

  /// The tags of least total cost with exactly so many pruned and unified blocks.
  ///
  /// Choosing one of three tags per block at fixed counts is a transportation problem. The cheapest pruned blocks are its
  /// solution without unified ones; every further unified block takes the cheaper of two paths, directly, or in the place
  /// of a pruned block for which another one is pruned. Shortest paths keep the solution optimal, whatever the number of
  /// blocks, and no block ever leaves the unified ones.
  ///
  /// - Precondition: costs are not negative, and the counts fit.
  static func exact(
    pruned: Int, unified: Int, pruneCosts: [Double], unifyCosts: [Double]
  ) -> [BlockTag] {
    var tags = [BlockTag](repeating: .keep, count: pruneCosts.count)
    mark(.prune, smallest: pruned, of: pruneCosts, in: &tags)
    guard unified > 0 else { return tags }
    func sorted(_ costs: [Double]) -> [Int] {
      tags.indices.filter { tags[$0] == .keep }.sorted {
        costs[$0] != costs[$1] ? costs[$0] < costs[$1] : $0 < $1
      }
    }
    let byPruning = sorted(pruneCosts)
    let byUnifying = sorted(unifyCosts)
    var exchanges = ExchangeHeap()
    for block in tags.indices where tags[block] == .prune {
      exchanges.insert(block, cost: unifyCosts[block] - pruneCosts[block])
    }
    var nextToPrune = 0
    var nextToUnify = 0
    for _ in 0..<unified {
      while tags[byPruning[nextToPrune]] != .keep { nextToPrune += 1 }
      while tags[byUnifying[nextToUnify]] != .keep { nextToUnify += 1 }
      let direct = byUnifying[nextToUnify]
      let replacement = byPruning[nextToPrune]
      if let exchange = exchanges.first,
        pruneCosts[replacement] + exchange.cost < unifyCosts[direct]
      {
        exchanges.removeFirst()
        tags[exchange.block] = .unify
        tags[replacement] = .prune
        exchanges.insert(
          replacement, cost: unifyCosts[replacement] - pruneCosts[replacement])
      } else {
        tags[direct] = .unify
      }
    }
    return tags
  }

  /// Σ A over the pruned blocks and D over the unified ones.
  static func cost(
    of tags: [BlockTag], pruneCosts: [Double], unifyCosts: [Double]
  ) -> Double {
    var sum = 0.0
    for block in tags.indices {
      switch tags[block] {
      case .keep: break
      case .prune: sum += pruneCosts[block]
      case .unify: sum += unifyCosts[block]
      }
    }
    return sum
  }
}

/// Pruned blocks by what it costs to unify them instead, the cheapest first.
private struct ExchangeHeap {
  struct Entry {
    var cost: Double
    var block: Int

    func precedes(_ other: Entry) -> Bool {
      cost != other.cost ? cost < other.cost : block < other.block
    }
  }

  private var entries: [Entry] = []

  var first: Entry? { entries.first }

  mutating func insert(_ block: Int, cost: Double) {
    entries.append(Entry(cost: cost, block: block))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].precedes(entries[parent]) else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].precedes(entries[least]) { least = child }
      }
      if least == parent { break }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
