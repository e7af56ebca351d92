// Whole tensors: which rows and columns have any element at all, which elements differ from zero,
// and their values. What an element is likely to be follows from its row, its column, its input,
// its position in the kernel and from the neighbours coded before it; that a column is empty, from
// whether the tensor before it computes that input at all.

/// Codes tensors one after the other, in the order of the network.
struct TensorCoder<Coder: BinaryCoder> {
  /// Where the decisions go, or come from.
  var coder: Coder
  private let logistic = LogisticTable()
  /// For every row of the last matrix whether it has an element.
  private var livingOutputs: [Bool] = []
  /// What the last matrix taught.
  private var lastSignificance: SignificanceModel?
  private var lastLevels: LevelCoder?

  init(_ coder: Coder) { self.coder = coder }

  /// Codes one tensor.
  ///
  /// - Parameter areIndices: whether levels are indices −m to n, known to both sides.
  /// - Returns: false if a decoder ran out of bytes; the tensor is then incomplete.
  mutating func code(_ tensor: inout CodedTensor, areIndices: Bool = false) -> Bool {
    let layout = tensor.layout
    let levels = Coder.decodes ? [] : tensor.levels
    let isDense = coder.code(!tensor.patterns.contains(0), probability: 1 << 15)
    let hasLevels = coder.code(!levels.isEmpty, probability: 1 << 15)
    var map = Occupancy(layout)
    if !isDense {
      if !Coder.decodes { map = Occupancy(of: tensor) }
      codeLiving(&map, layout: layout)
    }
    if layout.outputs > 1 { livingOutputs = map.rows }
    tensor.cut =
      coder.code(tensor.cut != nil, probability: 1 << 15)
      ? BlockCut(coding: tensor.cut, with: &coder) : nil
    if hasLevels {
      var values = LevelCoder(
        levels, of: layout, areIndices: areIndices, after: lastLevels, logistic: logistic,
        with: &coder)
      defer { lastLevels = values }
      return codeElements(of: &tensor, map, isDense: isDense, values: &values)
    }
    var values = FloatCoder(of: Coder.decodes ? [] : tensor.patterns, with: &coder)
    return codeElements(of: &tensor, map, isDense: isDense, values: &values)
  }

  /// Codes the elements in their order.
  private mutating func codeElements<Values: ValueCoder>(
    of tensor: inout CodedTensor, _ map: Occupancy, isDense: Bool, values: inout Values
  ) -> Bool {
    let layout = tensor.layout
    let columns = (0..<layout.columns).filter { map.columns[$0] }.map { Int32($0) }
    var significance = SignificanceModel(layout, after: lastSignificance, logistic: logistic)
    var blocks = tensor.cut.map { BlockMemory($0, of: layout) }
    for row in 0..<layout.outputs {
      blocks?.begin(row: row)
      guard map.rows[row] else { continue }
      significance.beginRow()
      values.beginRow()
      for column in columns {
        let place = significance.place(row: row, column: Int(column))
        var pattern = tensor.patterns[place.index]
        let state = blocks?.state(column: place.column)
        if isDense
          || significance.code(
            pattern != 0, place, blockState: state, tensor.patterns, with: &coder)
        {
          pattern =
            blocks?.code(pattern, column: place.column, with: &coder)
            ?? values.code(pattern, at: place, with: &coder)
          tensor.patterns[place.index] = pattern
        }
        blocks?.note(pattern, column: place.column)
      }
      if coder.isExhausted { return false }
    }
    if !isDense { lastSignificance = significance }
    return true
  }

  /// Codes which rows and columns have elements, if enough have none.
  private mutating func codeLiving(_ map: inout Occupancy, layout: CodedTensor.Layout) {
    var model = LogisticModel(logistic: logistic)
    func isWorthwhile(_ living: [Bool]) -> Bool {
      living.count - living.count { $0 } > living.count / 10
    }
    let codesRows = coder.code(isWorthwhile(map.rows), probability: 1 << 15)
    let codesColumns = coder.code(isWorthwhile(map.columns), probability: 1 << 15)
    if codesRows {
      let all = model.add(1, variance: 1)
      let afterLast = model.add(2, variance: 1)
      var last = 0
      for row in map.rows.indices {
        map.rows[row] = model.code(
          map.rows[row], Features(first: all, second: afterLast + last), with: &coder)
        last = map.rows[row] ? 1 : 0
      }
    } else {
      map.rows = map.rows.map { _ in true }
    }
    guard codesColumns else {
      map.columns = map.columns.map { _ in true }
      return
    }
    let all = model.add(1, variance: 1)
    let neighbours = model.add(4, variance: 1)
    let sources = model.add(3, variance: 16)
    let positions = model.add(layout.positions, variance: 0.3)
    let inputs = model.add(layout.inputs, variance: 1)
    let isChain = livingOutputs.count == layout.inputs
    let sharesInput = layout.positions > 1
    for input in 0..<layout.inputs {
      let source = isChain ? (livingOutputs[input] ? 1 : 0) : 2
      for position in 0..<layout.positions {
        let column = input * layout.positions + position
        let left = position > 0 && map.columns[column - 1] ? 1 : 0
        let upper = position >= layout.width && map.columns[column - layout.width] ? 2 : 0
        let features = Features(
          first: all, second: neighbours + left + upper, third: sources + source,
          fourth: sharesInput ? positions + position : LogisticModel.none,
          fifth: sharesInput ? inputs + input : LogisticModel.none)
        map.columns[column] = model.code(map.columns[column], features, with: &coder)
      }
    }
  }
}

/// Codes the numbers of a tensor that differ from zero.
protocol ValueCoder {
  /// Is told where a row begins.
  mutating func beginRow()

  /// Codes one number.
  mutating func code<Coder: BinaryCoder>(
    _ pattern: UInt32, at place: SignificanceModel.Place, with coder: inout Coder
  ) -> UInt32
}

extension FloatCoder: ValueCoder {
  mutating func beginRow() {}

  @inline(__always)
  mutating func code<Coder: BinaryCoder>(
    _ pattern: UInt32, at place: SignificanceModel.Place, with coder: inout Coder
  ) -> UInt32 { code(pattern, with: &coder) }
}

extension LevelCoder: ValueCoder {}

/// Which rows and columns have an element that differs from zero.
private struct Occupancy {
  var rows: [Bool]
  var columns: [Bool]

  /// All of them.
  init(_ layout: CodedTensor.Layout) {
    rows = Array(repeating: true, count: layout.outputs)
    columns = Array(repeating: true, count: layout.columns)
  }

  init(of tensor: CodedTensor) {
    let layout = tensor.layout
    rows = Array(repeating: false, count: layout.outputs)
    columns = Array(repeating: false, count: layout.columns)
    var index = 0
    for row in 0..<layout.outputs {
      for column in 0..<layout.columns {
        if tensor.patterns[index] != 0 {
          rows[row] = true
          columns[column] = true
        }
        index += 1
      }
    }
  }
}

extension CodedTensor {
  /// The levels of its non-zeros by ascending value; none if there are too many of them to be worth
  /// a table.
  fileprivate var levels: [UInt32] {
    var found: Set<UInt32> = []
    var count = 0
    var last: UInt32 = 0
    for pattern in patterns where pattern != 0 {
      count += 1
      guard pattern != last else { continue }
      last = pattern
      found.insert(pattern)
      if found.count > LevelCoder.levelLimit { return [] }
    }
    guard count > 2 * found.count else { return [] }
    return found.sorted { LevelCoder.rank(of: $0) < LevelCoder.rank(of: $1) }
  }
}
