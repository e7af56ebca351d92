// Weights in blocks that are pruned, unified or kept: what a block has shown so far tells what
// follows in it. No tags are written; after the first elements of a block they are nearly certain
// (micro-structured-unification, section 1.3).

import Compression
import Tensors

/// How a tensor is cut into blocks, each a range of outputs times a set of columns.
struct BlockCut: Equatable {
  /// How the weights become the matrix that is cut.
  let order: BlockPartition.Order
  /// The sizes of a block: rows and columns, or inputs, outputs and positions.
  let sizes: [Int]

  /// A cut as it is given in words.
  init?(_ cut: TensorCut) {
    guard let order = BlockPartition.Order(rawValue: cut.order) else { return nil }
    self.order = order
    sizes = cut.sizes
  }

  /// A cut as it is coded: two bits for the order, one for the number of sizes, sixteen for each.
  ///
  /// - Returns: nil for sizes that are no block.
  init?<Coder: BinaryCoder>(coding cut: BlockCut?, with coder: inout Coder) {
    let orders = BlockPartition.Order.allCases
    let wanted = cut.flatMap { orders.firstIndex(of: $0.order) } ?? 0
    let index = Int(coder.code(UInt32(wanted), bits: 2))
    let hasThree = coder.code(cut?.sizes.count == 3, probability: 1 << 15)
    var sizes: [Int] = []
    for place in 0..<(hasThree ? 3 : 2) {
      sizes.append(Int(coder.code(UInt32(cut?.sizes[place] ?? 0), bits: 16)))
    }
    guard index < orders.count, sizes.allSatisfy({ $0 > 0 }) else { return nil }
    order = orders[index]
    self.sizes = sizes
  }

  /// Outputs that a block spans.
  var outputs: Int { sizes.count == 3 || order == .transposed ? sizes[1] : sizes[0] }

  /// For every column the block it belongs to, among those of its rows; and how many there are.
  func columnBlocks(of layout: CodedTensor.Layout) -> (blocks: [Int32], count: Int) {
    var count = 0
    // Where an image was flattened, the matrix has been cut as it is.
    let positions = layout.isFlattened ? 1 : layout.positions
    let inputs = layout.columns / positions
    let blocks = (0..<layout.columns).map { column in
      let (input, position) = (column / positions, column % positions)
      let block: Int
      if sizes.count == 3 {
        block = input / sizes[0] * positions + position / sizes[2]
      } else {
        switch order {
        case .tapsThenInputs: block = (position * inputs + input) / sizes[1]
        case .inputsThenTaps: block = column / sizes[1]
        case .transposed: block = column / sizes[0]
        }
      }
      count = max(count, block + 1)
      return Int32(truncatingIfNeeded: block)
    }
    return (blocks, count)
  }
}

/// What the blocks that the current row passes have shown so far.
struct BlockMemory {
  /// How many states there are.
  static let stateCount = 5

  /// What is known of a block.
  private enum State {
    static let new: UInt8 = 0
    static let zero: UInt8 = 1
    static let single: UInt8 = 2
    static let unified: UInt8 = 3
    static let mixed: UInt8 = 4
  }

  private let outputs: Int
  private let columnBlocks: [Int32]
  private var states: [UInt8]
  /// The magnitude of each block's first element that is not zero.
  private var magnitudes: [UInt32]
  private var repeats = [AdaptiveBit](repeating: AdaptiveBit(), count: stateCount)
  private var signs = [AdaptiveBit](repeating: AdaptiveBit(), count: 2)
  /// The signs of the blocks' first elements.
  private var areNegative: [Bool]

  init(_ cut: BlockCut, of layout: CodedTensor.Layout) {
    outputs = cut.outputs
    let (blocks, count) = cut.columnBlocks(of: layout)
    columnBlocks = blocks
    states = Array(repeating: State.new, count: count)
    magnitudes = Array(repeating: 0, count: count)
    areNegative = Array(repeating: false, count: count)
  }

  /// Forgets the blocks where other rows begin.
  mutating func begin(row: Int) {
    guard row % outputs == 0 else { return }
    for block in states.indices { states[block] = State.new }
  }

  /// What is known of the block of a column.
  func state(column: Int) -> Int { Int(states[Int(columnBlocks[column])]) }

  /// Codes whether an element repeats its block's magnitude, and then its sign.
  ///
  /// - Returns: the element, or nil if it does not repeat it.
  mutating func code<Coder: BinaryCoder>(
    _ pattern: UInt32, column: Int, with coder: inout Coder
  ) -> UInt32? {
    let block = Int(columnBlocks[column])
    let state = states[block]
    guard state >= State.single else { return nil }
    let magnitude = magnitudes[block]
    guard repeats[Int(state)].code(pattern & 0x7FFF_FFFF == magnitude, with: &coder) else {
      return nil
    }
    let isNegative = signs[areNegative[block] ? 1 : 0].code(pattern >> 31 == 1, with: &coder)
    return magnitude | (isNegative ? 1 << 31 : 0)
  }

  /// Takes note of an element.
  mutating func note(_ pattern: UInt32, column: Int) {
    let block = Int(columnBlocks[column])
    if pattern == 0 {
      states[block] = states[block] <= State.zero ? State.zero : State.mixed
      return
    }
    switch states[block] {
    case State.new:
      states[block] = State.single
      magnitudes[block] = pattern & 0x7FFF_FFFF
      areNegative[block] = pattern >> 31 == 1
    case State.single, State.unified:
      let repeats = pattern & 0x7FFF_FFFF == magnitudes[block]
      states[block] = repeats ? State.unified : State.mixed
    default: states[block] = State.mixed
    }
  }
}
