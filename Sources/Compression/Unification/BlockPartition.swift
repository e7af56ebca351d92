// A weight tensor read as a matrix (or as a cuboid) and cut into blocks: the micro-structures of micro-structured-unification,
// section 1.3. Every order is a permutation of places, so nothing is copied: a block is a list of places of the tensor.

public import Tensors

/// A weight tensor cut into blocks of neighbouring outputs and inputs; blocks at the edges may be smaller.
///
/// Blocks are counted in row-major order of the matrix, and so are the elements within a block.
///
/// Source: micro-structured-unification, section 1.3; ragged edges: section 6, decision 8.
public struct BlockPartition: Hashable, Sendable {
  /// In which order the weights `[out, in, height, width]` become the rows and columns of a matrix.
  ///
  /// Linear weights `[out, in]` are the matrix itself, transposed for `IHW_O`.
  public enum Order: String, CaseIterable, Codable, Hashable, Sendable {
    /// Rows are outputs; columns are taps, and within a tap the inputs.
    case tapsThenInputs = "O_HWI"
    /// Rows are outputs; columns are inputs, and within an input the taps: the tensor's own order.
    case inputsThenTaps = "O_IHW"
    /// The transpose of `O_IHW`: rows are inputs and their taps, columns are outputs.
    case transposed = "IHW_O"
  }

  /// The shape of the weights.
  public let shape: Shape
  /// How they become a matrix; without meaning for blocks of three sizes.
  public let order: Order
  /// The sizes of a block: rows and columns of the matrix, or inputs, outputs and taps.
  public let block: Shape

  /// - Parameters:
  ///   - shape: `[out, in]` or `[out, in, height, width]`.
  ///   - name: the weight's name, for errors.
  ///   - block: two sizes for a matrix, three for inputs × outputs × taps.
  /// - Throws: `wrongRank` for weights without inputs, `impossibleValue` for other numbers of sizes or sizes below 1,
  ///   `blockLargerThanLayer` if the block is larger in every dimension.
  public init(
    cutting shape: Shape, of name: ParameterName, into block: Shape,
    order: Order = .tapsThenInputs
  ) throws(CompressionError) {
    try Self.require(block)
    guard 2...4 ~= shape.rank else {
      throw .wrongRank(operator: Unify.name, name: name, shape: shape, allowed: 2...4)
    }
    self.shape = shape
    self.order = order
    self.block = block
    let view = viewShape
    guard zip(view.sizes, block.sizes).contains(where: { $0 >= $1 }) else {
      throw .blockLargerThanLayer(name: name, matrix: view, block: block)
    }
  }

  /// Refuses blocks that have not two or three sizes of at least 1.
  static func require(_ block: Shape) throws(CompressionError) {
    guard 2...3 ~= block.rank, block.sizes.allSatisfy({ $0 > 0 }) else {
      throw .impossibleValue(
        field: "block", value: "\(block)", allowed: "two or three sizes of 1 or more")
    }
  }

  private var outputCount: Int { shape[0] }
  private var inputCount: Int { shape[1] }
  private var tapCount: Int { shape.sizes.dropFirst(2).reduce(1, *) }

  /// The shape of what is cut: `[rows, columns]`, or `[in, out, taps]` for blocks of three sizes.
  public var viewShape: Shape {
    if block.rank == 3 { return [inputCount, outputCount, tapCount] }
    let columns = inputCount * tapCount
    return order == .transposed ? [columns, outputCount] : [outputCount, columns]
  }

  /// The number of blocks along each of three axes; the first is 1 for matrices.
  var blockCounts: (Int, Int, Int) {
    let counts = zip(viewShape.sizes, block.sizes).map { ($0 + $1 - 1) / $1 }
    return counts.count == 3 ? (counts[0], counts[1], counts[2]) : (1, counts[0], counts[1])
  }

  /// The number of blocks, ragged ones included.
  public var blockCount: Int {
    let counts = blockCounts
    return counts.0 * counts.1 * counts.2
  }

  /// What an index along each of three axes adds to the place; the place of an element is the sum of the three.
  var offsets: (first: [Int], second: [Int], third: [Int]) {
    let taps = tapCount
    let outputs = (0..<outputCount).map { $0 * inputCount * taps }
    if block.rank == 3 {
      return ((0..<inputCount).map { $0 * taps }, outputs, Array(0..<taps))
    }
    let columns = 0..<(inputCount * taps)
    switch order {
    case .tapsThenInputs:
      return ([0], outputs, columns.map { $0 % inputCount * taps + $0 / inputCount })
    case .inputsThenTaps: return ([0], outputs, Array(columns))
    case .transposed: return ([0], Array(columns), outputs)
    }
  }

  /// The indices that block `index` covers along each of three axes.
  func ranges(of index: Int) -> (Range<Int>, Range<Int>, Range<Int>) {
    let counts = blockCounts
    precondition(
      0..<(counts.0 * counts.1 * counts.2) ~= index, "block \(index) of \(blockCount)")
    let view = viewShape
    func range(_ place: Int, _ axis: Int) -> Range<Int> {
      guard axis >= 0 else { return 0..<1 }
      return place * block[axis]..<min(view[axis], (place + 1) * block[axis])
    }
    let rank = block.rank
    let rest = index / counts.2
    return (
      range(rest / counts.1, rank - 3), range(rest % counts.1, rank - 2),
      range(index % counts.2, rank - 1)
    )
  }

  /// The places of block `index` in the tensor, in row-major order of the block.
  ///
  /// - Precondition: there is such a block.
  public func places(of index: Int) -> [Int] {
    precondition(0..<blockCount ~= index, "block \(index) of \(blockCount)")
    var cursor = BlockCursor(self)
    cursor.move(to: index)
    return Array(cursor.places.prefix(cursor.count))
  }

  /// How many outputs block `index` covers, and how many inputs and taps.
  ///
  /// - Precondition: there is such a block.
  public func extent(of index: Int) -> (outputs: Int, inputs: Int) {
    let (first, second, third) = ranges(of: index)
    if block.rank == 3 { return (second.count, first.count * third.count) }
    return order == .transposed
      ? (outputs: third.count, inputs: second.count) : (outputs: second.count, inputs: third.count)
  }

  /// The elements of `tensor` as the matrix, or the cuboid, that is cut.
  ///
  /// - Precondition: the tensor has the partition's shape.
  public func view(_ tensor: Tensor) -> Tensor {
    precondition(tensor.shape == shape, "a partition of \(shape) for a tensor \(tensor.shape)")
    return Tensor(viewShape, elements: viewPlaces.map { tensor[$0] })
  }

  /// The tensor whose view is `view`: the inverse of `view(_:)`.
  ///
  /// - Precondition: the view has the partition's view shape.
  public func tensor(ofView view: Tensor) -> Tensor {
    precondition(view.shape == viewShape, "a view \(viewShape), not \(view.shape)")
    var result = Tensor(shape)
    for (index, place) in viewPlaces.enumerated() { result[place] = view[index] }
    return result
  }

  /// For every element of the view its place in the tensor.
  private var viewPlaces: [Int] {
    let axes = offsets
    return axes.first.flatMap { first in
      axes.second.flatMap { second in axes.third.map { first + second + $0 } }
    }
  }
}

/// Walks over the blocks of a partition without an array for each.
struct BlockCursor {
  private let first: [Int]
  private let second: [Int]
  private let third: [Int]
  private let sizes: (Int, Int, Int)
  private let counts: (Int, Int, Int)
  /// The places of the block, in row-major order of the block; only the first `count` belong to it.
  private(set) var places: [Int]
  /// The number of elements of the block.
  private(set) var count = 0

  init(_ partition: BlockPartition) {
    (first, second, third) = partition.offsets
    counts = partition.blockCounts
    let block = partition.block
    sizes = block.rank == 3 ? (block[0], block[1], block[2]) : (1, block[0], block[1])
    let largest =
      min(sizes.0, first.count) * min(sizes.1, second.count) * min(sizes.2, third.count)
    places = [Int](repeating: 0, count: largest)
  }

  /// Goes to block `index`, which exists.
  mutating func move(to index: Int) {
    let rest = index / counts.2
    let (a, b, c) = (rest / counts.1, rest % counts.1, index % counts.2)
    let filled = Self.fill(
      &places, first, a * sizes.0..<min(first.count, (a + 1) * sizes.0),
      second, b * sizes.1..<min(second.count, (b + 1) * sizes.1),
      third, c * sizes.2..<min(third.count, (c + 1) * sizes.2))
    count = filled
  }

  /// Writes the sums of the offsets in the given ranges, and returns how many they are.
  private static func fill(
    _ places: inout [Int], _ first: [Int], _ firstRange: Range<Int>, _ second: [Int],
    _ secondRange: Range<Int>, _ third: [Int], _ thirdRange: Range<Int>
  ) -> Int {
    let offsets = third.span
    var target = places.mutableSpan
    var next = 0
    for i in firstRange {
      for j in secondRange {
        let base = first[i] + second[j]
        for k in thirdRange {
          target[next] = base + offsets[k]
          next += 1
        }
      }
    }
    return next
  }
}
