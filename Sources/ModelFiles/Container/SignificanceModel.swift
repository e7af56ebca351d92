// Whether an element differs from zero: what its row, column, input, position and neighbours say of
// it.

/// Learns where the elements of a tensor are.
struct SignificanceModel {
  /// An element's place in its tensor.
  struct Place {
    var index: Int
    var row: Int
    var column: Int
    var input: Int
    var position: Int
  }

  private let layout: CodedTensor.Layout
  private var model: LogisticModel
  private let all: Int
  private let rows: Int
  private let columns: Int
  private let hasColumns: Bool
  private let inputs: Int
  private let positions: Int
  private let kernels: Int
  private let neighbours: Int
  private let predecessors: Int
  private let blocks: Int
  /// Elements so far in the kernel of each input, in this row and in the last.
  private var counts: [UInt8]
  private var lastCounts: [UInt8]

  /// - Parameter last: the model of the tensor before, of which everything is taken over that does
  ///   not speak of its own rows and columns.
  init(_ layout: CodedTensor.Layout, after last: SignificanceModel?, logistic: LogisticTable) {
    self.layout = layout
    model = LogisticModel(leastVariance: 0.006, logistic: logistic)
    all = model.add(1, variance: 2)
    rows = model.add(layout.outputs, variance: 0.7)
    // Less than four rows say nothing of a column.
    hasColumns = layout.outputs >= 4
    columns = hasColumns ? model.add(layout.columns, variance: 0.125) : LogisticModel.none
    inputs = model.add(layout.positions > 1 ? layout.inputs : 0, variance: 0.06)
    positions = model.add(layout.positions, variance: 0.06)
    kernels = model.add(16, variance: 0.06)
    neighbours = model.add(32, variance: 0.125)
    predecessors = model.add(16, variance: 0.06)
    blocks = model.add(BlockMemory.stateCount, variance: 4)
    counts = Array(repeating: 0, count: layout.inputs)
    lastCounts = counts
    guard let last, layout.positions > 1 || last.layout.positions == 1 else { return }
    for (own, other, count) in [
      (all, last.all, 1), (kernels, last.kernels, 16), (neighbours, last.neighbours, 32),
      (predecessors, last.predecessors, 16),
    ] {
      model.adopt(count, at: own, from: last.model, at: other, variance: 0.03)
    }
  }

  /// Moves on to the next row that has elements.
  mutating func beginRow() {
    swap(&counts, &lastCounts)
    for input in counts.indices { counts[input] = 0 }
  }

  /// The place of an element.
  @inline(__always)
  func place(row: Int, column: Int) -> Place {
    let input = layout.positions == 1 ? column : column / layout.positions
    return Place(
      index: row * layout.columns + column, row: row, column: column, input: input,
      position: column - input * layout.positions)
  }

  /// Codes whether an element differs from zero, after all those before it in `patterns`.
  ///
  /// - Parameter blockState: what its block has shown, if it is in one.
  @inline(__always)
  mutating func code<Coder: BinaryCoder>(
    _ decision: Bool, _ place: Place, blockState: Int?, _ patterns: [UInt32],
    with coder: inout Coder
  ) -> Bool {
    let size = layout.positions
    let index = place.index
    let input = place.input
    var around = 0
    if place.position > 0, patterns[index - 1] != 0 { around = 1 }
    if place.position >= layout.width, patterns[index - layout.width] != 0 { around += 2 }
    if place.row > 0, patterns[index - layout.columns] != 0 { around += 4 }
    if input > 0, patterns[index - size] != 0 { around += 8 }
    if input > 1, patterns[index - 2 * size] != 0 { around += 16 }
    let count = Int(counts[input])
    let sharesInput = size > 1
    let features = Features(
      first: all, second: rows + place.row,
      third: hasColumns ? columns + place.column : LogisticModel.none,
      fourth: sharesInput ? inputs + input : LogisticModel.none,
      fifth: sharesInput ? positions + place.position : LogisticModel.none,
      sixth: blockState.map { blocks + $0 }
        ?? (sharesInput ? kernels + count * 4 + place.position * 4 / size : LogisticModel.none),
      seventh: neighbours + around,
      eighth: predecessors + Int(lastCounts[input]) * 4 + count)
    let result = model.code(decision, features, with: &coder)
    // Three and more are the same.
    if result, count < 3 { counts[input] += 1 }
    return result
  }
}
