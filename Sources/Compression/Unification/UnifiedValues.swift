// The code of a tensor whose blocks are kept, pruned or unified: a tag per block, one number per unified block, signs, and the
// numbers of kept blocks (micro-structured-unification, section 4). Tags take the place of positions.

import Tensors

/// The values of a tensor in blocks.
///
/// Numbers are stored in the order of the blocks: one for a unified block, one per element for a kept block (row-major within
/// the block), none for a pruned block. A unified block decompresses to equal magnitudes, to the last bit.
public struct UnifiedValues: Hashable, Sendable {
  /// How the tensor is cut.
  public let partition: BlockPartition
  /// `[blocks]`: what happened to each block.
  public let tags: [BlockTag]
  /// For each element of the unified blocks, in the order of the blocks, whether it is negative; nil where blocks share values.
  public let signs: [Bool]?
  /// The stored numbers: never in blocks themselves, and fixed point has one scale for all of them.
  public let numbers: CompressedValues
  /// The number of elements outside pruned blocks.
  public let heldCount: Int
  /// The number of elements of the unified blocks.
  public let sharedCount: Int

  /// Values from their parts.
  ///
  /// - Precondition: there are as many tags, signs and numbers as the blocks ask for.
  init(
    partition: BlockPartition, tags: [BlockTag], signs: [Bool]?, numbers: CompressedValues
  ) {
    precondition(
      tags.count == partition.blockCount, "\(tags.count) tags for \(partition.blockCount) blocks")
    var (held, shared, stored) = (0, 0, 0)
    let sizes = partition.sizes
    for block in tags.indices {
      let size = Int(sizes[block])
      switch tags[block] {
      case .prune: break
      case .keep:
        held += size
        stored += size
      case .unify:
        held += size
        shared += size
        stored += 1
      }
    }
    precondition(numbers.count == stored, "\(numbers.count) numbers for blocks that hold \(stored)")
    if let signs { precondition(signs.count == shared, "\(signs.count) signs, not \(shared)") }
    self.partition = partition
    self.tags = tags
    self.signs = signs
    self.numbers = numbers
    heldCount = held
    sharedCount = shared
  }

  /// The blocks of `tensor` as they are tagged, in single precision.
  ///
  /// - Parameters:
  ///   - shared: `[blocks]`, what the elements of a unified block become.
  ///   - keepsSigns: whether that is a magnitude, so that signs are stored besides.
  init(
    _ tensor: Tensor, partition: BlockPartition, tags: [BlockTag], shared: [Float],
    keepsSigns: Bool
  ) {
    var (storedCount, sharedCount) = (0, 0)
    for (tag, size) in zip(tags, partition.sizes) where tag != .prune {
      storedCount += tag == .keep ? Int(size) : 1
      sharedCount += tag == .unify && keepsSigns ? Int(size) : 0
    }
    var numbers = [Float](repeating: 0, count: storedCount)
    var signs = [Bool](repeating: false, count: sharedCount)
    var (number, sign) = (0, 0)
    var cursor = BlockCursor(partition)
    let elements = tensor.span
    for block in tags.indices where tags[block] != .prune {
      cursor.move(to: block)
      let places = cursor.places.span
      if tags[block] == .keep {
        var target = numbers.mutableSpan
        for t in 0..<cursor.count { target[number + t] = elements[places[t]] }
        number += cursor.count
      } else {
        numbers[number] = shared[block]
        number += 1
        guard keepsSigns else { continue }
        var target = signs.mutableSpan
        for t in 0..<cursor.count { target[sign + t] = elements[places[t]] < 0 }
        sign += cursor.count
      }
    }
    self.init(
      partition: partition, tags: tags, signs: keepsSigns ? signs : nil,
      numbers: .float32(numbers))
  }

  /// The same blocks and signs with other numbers.
  func with(_ numbers: CompressedValues) -> UnifiedValues {
    UnifiedValues(partition: partition, tags: tags, signs: signs, numbers: numbers)
  }

  /// V: how many numbers are stored.
  ///
  /// Source: micro-structured-unification, section 4.
  public var storedCount: Int { numbers.count }

  /// The bits of the signs: one per element of a unified block.
  public var signBits: Int { signs?.count ?? 0 }

  /// The bits of the tags: one per block, two if pruned and unified blocks both occur, none if all are kept.
  public var tagBits: Int {
    (count(.prune) > 0 ? tags.count : 0) + (count(.unify) > 0 ? tags.count : 0)
  }

  /// How many blocks have a tag.
  public func count(_ tag: BlockTag) -> Int {
    var count = 0
    for other in tags where other == tag { count += 1 }
    return count
  }

  /// The stored numbers in single precision; nothing is lost.
  var floats: [Float] { numbers.ungroupedFloats }

  /// The tensor's elements in row-major order, zero in pruned blocks.
  func elements() -> [Float] {
    let stored = floats
    var result = [Float](repeating: 0, count: partition.shape.elementCount)
    var target = result.mutableSpan
    var cursor = BlockCursor(partition)
    var (number, sign) = (0, 0)
    for block in tags.indices where tags[block] != .prune {
      cursor.move(to: block)
      let places = cursor.places.span
      if tags[block] == .keep {
        for t in 0..<cursor.count { target[places[t]] = stored[number + t] }
        number += cursor.count
        continue
      }
      let common = stored[number]
      if let signs, common != 0 {
        for t in 0..<cursor.count { target[places[t]] = signs[sign + t] ? -common : common }
      } else {
        for t in 0..<cursor.count { target[places[t]] = common }
      }
      number += 1
      sign += cursor.count
    }
    return result
  }

  /// The support: whether each element lies outside the pruned blocks.
  var mask: [Bool] {
    var result = [Bool](repeating: true, count: partition.shape.elementCount)
    var cursor = BlockCursor(partition)
    for block in tags.indices where tags[block] == .prune {
      cursor.move(to: block)
      for t in 0..<cursor.count { result[cursor.places[t]] = false }
    }
    return result
  }

  /// How many elements are not zero.
  var nonzeroCount: Int {
    let stored = floats
    var count = 0
    for (index, multiplicity) in multiplicities.enumerated() where stored[index] != 0 {
      count += Int(multiplicity)
    }
    return count
  }

  /// For every stored number how many elements it stands for.
  var multiplicities: [Int32] {
    let sizes = partition.sizes
    var result: [Int32] = []
    result.reserveCapacity(numbers.count)
    for block in tags.indices {
      switch tags[block] {
      case .prune: break
      case .keep: result.append(contentsOf: repeatElement(1, count: Int(sizes[block])))
      case .unify: result.append(sizes[block])
      }
    }
    return result
  }

  /// For every stored number whether it is a magnitude, which is never negative.
  var areMagnitudes: [Bool] {
    let sizes = partition.sizes
    var result: [Bool] = []
    result.reserveCapacity(numbers.count)
    for block in tags.indices {
      switch tags[block] {
      case .prune: break
      case .keep: result.append(contentsOf: repeatElement(false, count: Int(sizes[block])))
      case .unify: result.append(signs != nil)
      }
    }
    return result
  }
}

extension BlockPartition {
  /// `[blocks]`: the number of elements of each block.
  var sizes: [Int32] {
    let counts = blockCounts
    let view = viewShape.sizes
    func lengths(_ axis: Int, _ count: Int) -> [Int] {
      axis < 0
        ? [1]
        : (0..<count).map { min(view[axis], ($0 + 1) * block[axis]) - $0 * block[axis] }
    }
    let rank = block.rank
    let (first, second) = (lengths(rank - 3, counts.0), lengths(rank - 2, counts.1))
    let third = lengths(rank - 1, counts.2)
    var result: [Int32] = []
    result.reserveCapacity(blockCount)
    for a in first {
      for b in second { for c in third { result.append(Int32(truncatingIfNeeded: a * b * c)) } }
    }
    return result
  }
}

extension CompressedValues {
  /// The values in single precision, where fixed point has one scale for all of them.
  var ungroupedFloats: [Float] {
    switch self {
    case .float32(let values): return values
    case .float16(let values): return values.map { Float($0) }
    case .fixedPoint(let values):
      let scale = values.scales.first ?? 0
      return values.codes.map { Float($0) * scale }
    case .codebook(let values): return values.floats
    case .unified(let values): return values.floats
    }
  }
}

extension CompressedTensor {
  /// The code that consists of `values`; pruned blocks lie outside its support.
  init(_ values: UnifiedValues, underflowCount: Int = 0) {
    let isWhole = values.heldCount == values.partition.shape.elementCount
    self.init(
      shape: values.partition.shape, support: isWhole ? .all : .mask(values.mask),
      values: .unified(values), underflowCount: underflowCount)
  }

  /// The blocks, if this is a code in blocks.
  public var unified: UnifiedValues? {
    guard case .unified(let values) = values else { return nil }
    return values
  }
}
