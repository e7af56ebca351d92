// Numbers of a few levels: the table first, then for every number its place in the table,
// ascending, by a binary tree. A decision knows the place in the tree, the levels before it in its
// row and in its column, and how row, column and input lean.

/// Codes the levels of one tensor.
struct LevelCoder {
  /// The most levels of a table.
  static let levelLimit = 256

  /// The levels by ascending value.
  let levels: [UInt32]
  /// The levels as unsigned numbers in the same order, by which an encoder finds them.
  private let order: [UInt32]
  private let nodeCount: Int
  /// Decisions up to this node lean with row, column, input and position.
  private let leaningCount: Int

  private var model: LogisticModel
  private let tree: Int
  private let afterLast: Int
  private let belowAbove: Int
  private let rows: Int
  private let columns: Int
  private let hasColumns: Bool
  private let inputs: Int
  private let positions: Int
  /// For every column 1 + the place of its last level; 0 if there was none.
  private var above: [Int32]
  private var last = 0
  /// Whether several columns share an input.
  private let sharesInput: Bool

  /// A coder for a tensor of these levels, which a decoder does not know: the table is coded first.
  ///
  /// - Parameters:
  ///   - levels: distinct patterns, ascending by `rank`.
  ///   - areIndices: whether they are whole numbers from −m to n without 0, of which only m and n
  ///     are coded.
  ///   - last: the coder of the tensor before; of as many levels, it is a first guess.
  init<Coder: BinaryCoder>(
    _ levels: [UInt32], of layout: CodedTensor.Layout, areIndices: Bool = false,
    after last: LevelCoder?, logistic: LogisticTable, with coder: inout Coder
  ) {
    self.levels =
      areIndices ? Self.indices(levels, with: &coder) : Self.table(levels, with: &coder)
    order = self.levels.map { Self.rank(of: $0) }
    var depth = 0
    while 1 << depth < self.levels.count { depth += 1 }
    nodeCount = 1 << depth
    leaningCount = min(nodeCount, 4)
    let perLevel = nodeCount * (self.levels.count + 1)
    model = LogisticModel(leastVariance: 0.004, logistic: logistic)
    tree = model.add(nodeCount, variance: 0.25)
    afterLast = model.add(perLevel, variance: 0.125)
    belowAbove = model.add(perLevel, variance: 0.06)
    rows = model.add(layout.outputs * leaningCount, variance: 0.125)
    hasColumns = layout.outputs >= 4
    columns =
      hasColumns
      ? model.add(layout.columns * leaningCount, variance: 0.125) : LogisticModel.none
    sharesInput = layout.positions > 1
    inputs = model.add(sharesInput ? layout.inputs * leaningCount : 0, variance: 0.06)
    positions = model.add(layout.positions * leaningCount, variance: 0.06)
    above = Array(repeating: 0, count: layout.columns)
    guard let last, last.levels.count == self.levels.count else { return }
    for (own, other, count) in [
      (tree, last.tree, nodeCount), (afterLast, last.afterLast, perLevel),
      (belowAbove, last.belowAbove, perLevel),
    ] {
      model.adopt(count, at: own, from: last.model, at: other, variance: 0.03)
    }
  }

  /// An order of patterns that is that of their values, with negative zero before zero.
  static func rank(of pattern: UInt32) -> UInt32 {
    pattern >> 31 == 1 ? ~pattern : pattern | 1 << 31
  }

  /// Codes count and values of the levels; of a table that mirrors itself only the upper half.
  private static func table<Coder: BinaryCoder>(
    _ levels: [UInt32], with coder: inout Coder
  ) -> [UInt32] {
    let count = Int(coder.code(UInt32(levels.count), bits: 9))
    let mirrored = levels.reversed().map { $0 ^ 1 << 31 }
    let isSymmetric = coder.code(count % 2 == 0 && mirrored == levels, probability: 1 << 15)
    let half = isSymmetric ? count / 2 : 0
    let written = Coder.decodes ? [] : Array(levels[half...])
    var numbers = FloatCoder(of: written, with: &coder)
    var result: [UInt32] = []
    for index in 0..<(count - half) {
      result.append(numbers.code(Coder.decodes ? 0 : written[index], with: &coder))
    }
    return isSymmetric ? result.reversed().map { $0 ^ 1 << 31 } + result : result
  }

  /// Codes how many of the levels −m, …, −1, 1, …, n there are.
  private static func indices<Coder: BinaryCoder>(
    _ levels: [UInt32], with coder: inout Coder
  ) -> [UInt32] {
    let negatives = levels.count { $0 >> 31 == 1 }
    let below = Int(coder.code(UInt32(negatives), bits: 9))
    let above = Int(coder.code(UInt32(levels.count - negatives), bits: 9))
    let numbers = (0..<below).map { $0 - below } + (0..<above).map { $0 + 1 }
    return numbers.map { Float($0).bitPattern }
  }

  /// Forgets the last level, where a row begins.
  mutating func beginRow() { last = 0 }

  /// Codes one number; without levels it is zero.
  @inline(__always)
  mutating func code<Coder: BinaryCoder>(
    _ pattern: UInt32, at place: SignificanceModel.Place, with coder: inout Coder
  ) -> UInt32 {
    let wanted = Coder.decodes ? 0 : index(of: pattern)
    let previous = Int(above[place.column])
    var node = 1
    var first = 0
    var size = nodeCount
    while size > 1 {
      size >>= 1
      // No level lies in the upper half.
      if first + size >= levels.count {
        node *= 2
        continue
      }
      let leans = node < leaningCount
      let features = Features(
        first: tree + node, second: afterLast + last * nodeCount + node,
        third: belowAbove + previous * nodeCount + node,
        fourth: leans ? rows + place.row * leaningCount + node : LogisticModel.none,
        fifth: leans && hasColumns
          ? columns + place.column * leaningCount + node : LogisticModel.none,
        sixth: leans && sharesInput
          ? inputs + place.input * leaningCount + node : LogisticModel.none,
        seventh: leans && sharesInput
          ? positions + place.position * leaningCount + node : LogisticModel.none)
      if model.code(wanted >= first + size, features, with: &coder) {
        node = node * 2 + 1
        first += size
      } else {
        node *= 2
      }
    }
    last = first + 1
    above[place.column] = Int32(truncatingIfNeeded: first + 1)
    return first < levels.count ? levels[first] : 0
  }

  /// The place of a level, found by halving.
  private func index(of pattern: UInt32) -> Int {
    let wanted = Self.rank(of: pattern)
    var (low, high) = (0, order.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if order[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
