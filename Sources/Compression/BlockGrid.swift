// Structured pruning ranks blocks of weights (condensa, section 2.4, aggregate): magnitudes first, one norm per block. A row
// is a block too: [1, in] for a neuron, [1, in, height, width] for a filter.

import Tensors

/// How the magnitudes of a block become the norm by which it is ranked.
public enum Criterion: String, CaseIterable, Codable, Hashable, Sendable {
  /// The square root of the sum of squares.
  case l2norm
  /// The largest magnitude.
  case max
  /// The smallest magnitude.
  case min
  /// The mean of the magnitudes.
  case mean
  /// The sum of the magnitudes.
  case sum
}

/// What a norm is divided by, so that blocks of different sizes can be compared.
public enum Normalisation: String, CaseIterable, Codable, Hashable, Sendable {
  /// Nothing, as released: in a global ranking larger blocks weigh more.
  case none
  /// The number n of weights in the block, as in the later "lite" branch of the released code.
  case size
  /// √n, which turns the ℓ₂ norm into the root mean square.
  case rootSize = "root-size"

  /// Refuses a division for criteria that do not grow with the block.
  func require(fits criterion: Criterion) throws(CompressionError) {
    guard self == .none || criterion == .l2norm || criterion == .sum else {
      throw .impossibleValue(
        field: "normalise", value: rawValue,
        allowed: "none, because \(criterion.rawValue) does not grow with the size")
    }
  }
}

/// A tensor cut into equal blocks, counted in row-major order of the blocks.
struct BlockGrid {
  let shape: Shape
  let block: Shape
  /// The number of blocks along each dimension.
  private let counts: [Int]

  /// - Throws: `blockDoesNotFit` if the ranks differ or a size does not divide the tensor's.
  init(
    cutting shape: Shape, of name: ParameterName, into block: Shape
  ) throws(CompressionError) {
    guard block.rank == shape.rank,
      zip(shape.sizes, block.sizes).allSatisfy({ $1 > 0 && $0 % $1 == 0 })
    else { throw .blockDoesNotFit(name: name, shape: shape, block: block) }
    self.shape = shape
    self.block = block
    counts = zip(shape.sizes, block.sizes).map { $0 / $1 }
  }

  /// One block per row, that is per entry of the first dimension.
  ///
  /// - Precondition: the tensor has a first dimension.
  init(rowsOf shape: Shape) {
    precondition(shape.rank > 0, "a scalar has no rows")
    self.shape = shape
    block = Shape([1] + shape.sizes.dropFirst())
    counts = [shape[0]] + shape.sizes.dropFirst().map { _ in 1 }
  }

  /// The number of blocks.
  var count: Int { counts.reduce(1, *) }

  /// One norm per block, accumulated in Double in row-major order and rounded once.
  ///
  /// - Precondition: `tensor` has the shape of the grid.
  func norms(
    of tensor: Tensor, by criterion: Criterion, normalise: Normalisation = .none
  ) -> [Float] {
    precondition(tensor.shape == shape, "a grid over \(shape) for a tensor \(tensor.shape)")
    guard tensor.count > 0 else { return [Float](repeating: 0, count: count) }
    let elements = tensor.elements
    let start = criterion == .min ? Double.infinity : 0
    var norms = [Double](repeating: start, count: count)
    forEachRun { block, run in
      var norm = norms[block]
      switch criterion {
      case .l2norm:
        for index in run {
          let value = Double(elements[index])
          norm += value * value
        }
      case .max: for index in run { norm = Swift.max(norm, Double(abs(elements[index]))) }
      case .min: for index in run { norm = Swift.min(norm, Double(abs(elements[index]))) }
      case .mean, .sum: for index in run { norm += Double(abs(elements[index])) }
      }
      norms[block] = norm
    }
    let size = Double(block.elementCount)
    var divisor = criterion == .mean ? size : 1
    switch normalise {
    case .none: break
    case .size: divisor *= size
    case .rootSize: divisor *= size.squareRoot()
    }
    return norms.map { Float((criterion == .l2norm ? $0.squareRoot() : $0) / divisor) }
  }

  /// The mask that keeps the blocks whose entry is true, one entry per element of the tensor.
  ///
  /// - Precondition: `kept` has one entry per block.
  func mask(keeping kept: [Bool]) -> [Bool] {
    precondition(kept.count == count, "\(kept.count) entries for \(count) blocks")
    var mask = [Bool](repeating: false, count: shape.elementCount)
    forEachRun { block, run in
      if kept[block] { for index in run { mask[index] = true } }
    }
    return mask
  }

  /// Calls `body` for every run of consecutive elements that belong to one block, in row-major order.
  private func forEachRun(_ body: (_ block: Int, _ run: Range<Int>) -> Void) {
    guard shape.elementCount > 0 else { return }
    // Dimensions behind the last one that is cut belong to the run as a whole.
    guard let cut = shape.sizes.indices.last(where: { counts[$0] > 1 }) else {
      body(0, 0..<shape.elementCount)
      return
    }
    let length = block[cut] * shape.sizes[(cut + 1)...].reduce(1, *)
    var start = 0
    for line in 0..<shape.sizes[..<cut].reduce(1, *) {
      var (rest, first, stride) = (line, 0, counts[cut])
      for dimension in (0..<cut).reversed() {
        first += rest % shape[dimension] / block[dimension] * stride
        rest /= shape[dimension]
        stride *= counts[dimension]
      }
      for place in 0..<counts[cut] {
        body(first + place, start..<start + length)
        start += length
      }
    }
  }
}
