// Which weights stay if the bit widths are fixed: the joint method's projection P_W.
// Source: joint-sparsity-quantization, eq. 9 and section 2.2. Look first at `select`; the exact choice is in
// `SparsityKnapsack+Exact.swift`. Sums of bits are integers; zeros are never kept, since they cost nothing.

/// Keeps the weights whose squares sum to the most while Σ bits of the kept ones stays within a budget.
public struct SparsityKnapsack: Hashable, Sendable {
  /// How weights are chosen.
  public enum Rule: String, CaseIterable, Codable, Hashable, Sendable {
    /// The optimum.
    case exact
    /// The longest prefix in the order of w² / bits that fits (the paper): the first weight that does not fit ends it.
    case prefix
    /// One weight fewer than `prefix`, as the released code does by mistake; for comparison with it.
    case releasedOffByOne = "released-off-by-one"
  }

  /// What is kept.
  public struct Selection: Hashable, Sendable {
    /// Per layer whether each weight is kept.
    public let masks: [[Bool]]
    /// Per layer how many weights are kept.
    public let counts: [Int]
    /// Σ bits of the kept weights.
    public let cost: Int
    /// An upper bound of (Σ w² of the optimum) − (Σ w² of the kept weights): 0 for `exact`; for `prefix` the square of the
    /// first rejected weight, 0 if all fit; for `releasedOffByOne` the squares of both weights at the edge.
    public let gap: Double
  }

  /// The largest sum of bits.
  public let budget: Int
  /// How weights are chosen.
  public let rule: Rule

  /// - Parameters:
  ///   - budget: the largest sum of bits; below the smallest width nothing is kept.
  ///   - rule: how weights are chosen.
  public init(budget: Int, rule: Rule = .exact) {
    self.budget = budget
    self.rule = rule
  }

  /// The weights to keep. Of equal w² / bits the lower layer's comes first, then the lower flat index.
  ///
  /// Linear in the number of weights: they are counted by the leading bits of their score, and only those near the edge are
  /// sorted.
  ///
  /// - Precondition: all values are finite, 1 ≤ bits ≤ 32.
  public func select(_ layers: [(values: [Float], bits: Int)]) -> Selection {
    for layer in layers {
      precondition(1...32 ~= layer.bits, "a layer of \(layer.bits) bits; allowed: 1 to 32")
      precondition(QuantizationTable.areFinite(layer.values.span), "a value is not finite")
    }
    let widths = Set(layers.map { $0.bits }).sorted()
    let classes = layers.map { layer in widths.firstIndex(of: layer.bits) ?? 0 }
    var histogram = ScoreHistogram(classCount: widths.count)
    for (layer, classIndex) in zip(layers, classes) {
      histogram.count(layer.values, bits: layer.bits, classIndex: classIndex)
    }
    // So many weights on either side of the edge are in question.
    let reach = rule == .exact ? Self.proximity(widths) : 1
    let edge = histogram.edge(budget: budget, widths: widths, reach: reach)
    var items: [Item] = []
    for (index, layer) in layers.enumerated() {
      Self.collect(
        layer.values, bits: layer.bits, layer: index, classIndex: classes[index],
        keys: edge.windows[classes[index]], into: &items)
    }
    items.sort()
    let prefix = prefixCount(items, remaining: budget - edge.costAbove)
    var gap = 0.0
    if prefix < items.count { gap = items[prefix].square }
    var keeps = [Bool](repeating: false, count: items.count)
    switch rule {
    case .prefix:
      for i in 0..<prefix { keeps[i] = true }
    case .releasedOffByOne:
      for i in 0..<max(0, prefix - 1) { keeps[i] = true }
      if prefix > 0 { gap += items[prefix - 1].square }
    case .exact:
      gap = 0
      let counts = Self.exactCounts(
        items, prefix: prefix, widths: widths, remaining: budget - edge.costAbove)
      var taken = counts.map { _ in 0 }
      for (i, item) in items.enumerated() where taken[item.classIndex] < counts[item.classIndex] {
        taken[item.classIndex] += 1
        keeps[i] = true
      }
    }
    let above = classes.map { edge.windows[$0].upperBound }
    return selection(layers, items: items, keeps: keeps, above: above, gap: gap)
  }

  /// The masks: everything with a key above its layer's in `above`, and the items marked in `keeps`.
  private func selection(
    _ layers: [(values: [Float], bits: Int)], items: [Item], keeps: [Bool], above: [Int],
    gap: Double
  ) -> Selection {
    var masks: [[Bool]] = []
    var counts: [Int] = []
    for (layer, above) in zip(layers, above) {
      var mask = [Bool](repeating: false, count: layer.values.count)
      let scores = ScoreHistogram.Scores(bits: layer.bits)
      var count = 0
      for i in mask.indices where layer.values[i] != 0 {
        if scores.key(of: layer.values[i]) > above {
          mask[i] = true
          count += 1
        }
      }
      masks.append(mask)
      counts.append(count)
    }
    for (i, item) in items.enumerated() where keeps[i] {
      masks[Int(item.layer)][Int(item.index)] = true
      counts[Int(item.layer)] += 1
    }
    var cost = 0
    for (count, layer) in zip(counts, layers) { cost += count * layer.bits }
    return Selection(masks: masks, counts: counts, cost: cost, gap: gap)
  }

  /// How many of the sorted items fit before one does not.
  private func prefixCount(_ items: [Item], remaining: Int) -> Int {
    var rest = remaining
    for (i, item) in items.enumerated() {
      if item.bits > rest { return i }
      rest -= item.bits
    }
    return items.count
  }

  private static func collect(
    _ values: [Float], bits: Int, layer: Int, classIndex: Int, keys: ClosedRange<Int>,
    into items: inout [Item]
  ) {
    let scores = ScoreHistogram.Scores(bits: bits)
    for i in values.indices where values[i] != 0 {
      let key = scores.key(of: values[i])
      if key >= keys.lowerBound && key <= keys.upperBound {
        let square = Double(values[i]) * Double(values[i])
        items.append(
          Item(
            score: square / Double(bits), square: square, bits: bits, classIndex: classIndex,
            layer: Int32(truncatingIfNeeded: layer), index: Int32(truncatingIfNeeded: i)))
      }
    }
  }

  /// A weight near the edge.
  struct Item: Comparable {
    /// w² / bits.
    var score: Double
    var square: Double
    var bits: Int
    var classIndex: Int
    var layer: Int32
    var index: Int32

    /// Best first.
    static func < (a: Item, b: Item) -> Bool {
      if a.score != b.score { return a.score > b.score }
      return a.layer != b.layer ? a.layer < b.layer : a.index < b.index
    }
  }
}

/// Non-zero weights counted by the leading bits of their score w² / bits in single precision.
struct ScoreHistogram {
  /// Scores of one width.
  struct Scores {
    private let bits: Double

    init(bits: Int) { self.bits = Double(bits) }

    /// The sign-free exponent and eight bits of the fraction: never decreasing in the score.
    @inline(__always)
    func key(of value: Float) -> Int {
      let score = Double(value) * Double(value) / bits
      return Int(Float(score).bitPattern >> 15)
    }
  }

  /// The keys in question, per class, and the bits of what lies above them.
  struct Edge {
    var windows: [ClosedRange<Int>]
    var costAbove: Int
  }

  static let keyCount = 1 << 16
  let classCount: Int
  /// `[keyCount, classCount]`
  private var counts: [Int]

  init(classCount: Int) {
    self.classCount = classCount
    counts = Array(repeating: 0, count: Self.keyCount * max(1, classCount))
  }

  mutating func count(_ values: [Float], bits: Int, classIndex: Int) {
    let scores = Scores(bits: bits)
    for i in values.indices where values[i] != 0 {
      counts[scores.key(of: values[i]) * classCount + classIndex] += 1
    }
  }

  /// The keys around the first weight that does not fit, for each class as wide as it takes to have `reach` weights on both sides
  /// of that weight's key, or all there are.
  ///
  /// All weights with that key are in question, so the greedy prefix ends among them.
  func edge(budget: Int, widths: [Int], reach: Int) -> Edge {
    var key = Self.keyCount - 1
    var cost = 0
    while key > 0 {
      let here = costs(of: key, widths: widths)
      if cost + here > budget { break }
      cost += here
      key -= 1
    }
    var windows: [ClosedRange<Int>] = []
    for (c, width) in widths.enumerated() {
      var first = key
      var below = 0
      while first > 0, below < reach {
        first -= 1
        below += counts[first * classCount + c]
      }
      var last = key
      var above = 0
      while last < Self.keyCount - 1, above < reach {
        last += 1
        above += counts[last * classCount + c]
      }
      cost -= above * width
      windows.append(first...last)
    }
    return Edge(windows: windows, costAbove: cost)
  }

  private func costs(of key: Int, widths: [Int]) -> Int {
    var cost = 0
    for c in 0..<classCount { cost += counts[key * classCount + c] * widths[c] }
    return cost
  }
}
