// One compressed tensor: which elements exist (the support) and how their values are written.
// The container, the accounting of bits and the runtime all read this; both enums are closed on purpose.

public import Tensors

/// Which elements of a tensor its code holds; the others are zero.
public enum Support: Hashable, Sendable {
  /// Every element; no positions need to be stored.
  case all
  /// The elements whose entry is true, in row-major order.
  case mask([Bool])
}

/// The values of the elements of a support, in row-major order.
public enum CompressedValues: Hashable, Sendable {
  /// Single precision, unchanged.
  case float32([Float])
  /// Half precision (IEEE 754 binary16), rounded to nearest, ties to even.
  case float16([Float16])
  /// Whole numbers of a few bits, with one scale per tensor or per row.
  case fixedPoint(FixedPointValues)
  /// Indices of a few bits into a table of levels.
  case codebook(CodebookValues)
  /// Blocks that are kept, zero, or share a magnitude; in the order of the blocks, not of the elements.
  indirect case unified(UnifiedValues)

  /// The number of values.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .float16(let values): values.count
    case .fixedPoint(let values): values.codes.count
    case .codebook(let values): values.codes.count
    case .unified(let values): values.heldCount
    }
  }

  /// The number of scales, of 32 bits each, that are stored besides the values.
  public var scaleCount: Int {
    switch self {
    case .fixedPoint(let values): values.scales.count
    case .unified(let values): values.numbers.scaleCount
    default: 0
    }
  }

  /// The number of levels, of 32 bits each, that are stored besides the values.
  public var levelCount: Int {
    switch self {
    case .codebook(let values): values.levels.count
    case .unified(let values): values.numbers.levelCount
    default: 0
    }
  }

  /// The bits of one stored value.
  public var bitsPerValue: Int {
    switch self {
    case .float32: 32
    case .float16: 16
    case .fixedPoint(let values): values.bits
    case .codebook(let values): values.bits
    case .unified(let values): values.numbers.bitsPerValue
    }
  }
}

extension CompressedValues {
  /// The elements of `tensor` at `places` in this format; nil if it cannot hold them exactly. Blocks hold no other weights than
  /// those they were made for.
  fileprivate func holding(_ tensor: Tensor, at places: [Int]) -> CompressedValues? {
    switch self {
    case .float32: return .float32(places.map { tensor[$0] })
    case .float16:
      let halves = places.map { Float16(tensor[$0]) }
      guard zip(places, halves).allSatisfy({ Float($1) == tensor[$0] }) else { return nil }
      return .float16(halves)
    case .fixedPoint(let format):
      return format.holding(tensor, at: places).map { .fixedPoint($0) }
    case .codebook(let format):
      return format.holding(tensor, at: places).map { .codebook($0) }
    case .unified: return nil
    }
  }
}

/// The code Θ of one tensor: a support and the values on it.
public struct CompressedTensor: Hashable, Sendable {
  /// The shape of the decompressed tensor.
  public let shape: Shape
  /// Which elements the code holds.
  public let support: Support
  /// Their values.
  public let values: CompressedValues
  /// How many values that were not zero became zero because their format cannot hold them.
  public let underflowCount: Int

  /// A code from its parts.
  ///
  /// - Precondition: a mask has one entry per element, there are as many values as the support has elements, and as many
  ///   scales as their granularity asks for.
  public init(shape: Shape, support: Support, values: CompressedValues, underflowCount: Int = 0) {
    let expected: Int
    switch support {
    case .all: expected = shape.elementCount
    case .mask(let mask):
      precondition(
        mask.count == shape.elementCount, "a mask of \(mask.count) entries for a tensor \(shape)")
      expected = mask.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    precondition(
      values.count == expected, "\(values.count) values for a support of \(expected) elements")
    if case .fixedPoint(let numbers) = values {
      let scaleCount = numbers.granularity.scaleCount(in: shape)
      precondition(
        numbers.scales.count == scaleCount,
        "\(numbers.scales.count) scales for a tensor \(shape) that needs \(scaleCount)")
    }
    if case .unified(let blocks) = values {
      precondition(
        blocks.partition.shape == shape, "blocks of \(blocks.partition.shape) for \(shape)")
    }
    self.shape = shape
    self.support = support
    self.values = values
    self.underflowCount = underflowCount
  }

  /// The code that holds `tensor` as it is.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, support: .all, values: .float32(tensor.elements))
  }

  /// The code that holds the elements of `tensor` selected by `mask`, unchanged.
  ///
  /// - Precondition: `mask` has one entry per element.
  public init(_ tensor: Tensor, mask: [Bool]) {
    precondition(
      mask.count == tensor.count, "a mask of \(mask.count) entries for a tensor \(tensor.shape)")
    if mask.allSatisfy({ $0 }) {
      self.init(tensor)
    } else {
      var kept: [Float] = []
      for index in mask.indices where mask[index] { kept.append(tensor[index]) }
      self.init(shape: tensor.shape, support: .mask(mask), values: .float32(kept))
    }
  }

  /// Δ(Θ): the tensor this code stands for, in single precision.
  public func decompressed() -> Tensor {
    if case .unified(let values) = values { return Tensor(shape, elements: values.elements()) }
    let floats = floats
    guard case .mask(let mask) = support else { return Tensor(shape, elements: floats) }
    var elements = [Float](repeating: 0, count: mask.count)
    var next = 0
    for index in mask.indices where mask[index] {
      elements[index] = floats[next]
      next += 1
    }
    return Tensor(shape, elements: elements)
  }

  /// The values of the support in single precision, in its order; nothing is lost.
  public var floats: [Float] {
    switch values {
    case .float32(let values): return values
    case .float16(let values): return values.map { Float($0) }
    case .fixedPoint(let values):
      let run = values.granularity.elementsPerScale(in: shape)
      return zip(places, values.codes).map { Float($1) * values.scales[$0 / run] }
    case .codebook(let values): return values.floats
    case .unified(let values):
      let elements = values.elements()
      return places.map { elements[$0] }
    }
  }

  /// The number of stored values that are not zero; in blocks, of the elements they stand for.
  public var nonzeroCount: Int {
    switch values {
    case .float32(let values): values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
    case .float16(let values): values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
    case .fixedPoint(let values): values.codes.reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
    case .codebook(let values): values.nonzeroCount
    case .unified(let values): values.nonzeroCount
    }
  }

  /// Whether positions have to be stored, because the support is not the whole tensor.
  public var isSparse: Bool { support != .all }

  /// This code followed by `later`, a code of the tensor this one stands for.
  ///
  /// The result stands for exactly what `later` stands for, with the smaller support of the two and the narrower values,
  /// wherever these can hold it. A later code in blocks stays as it is; an earlier one is given up, unless `later` was made from it.
  func followed(by later: CompressedTensor) -> CompressedTensor {
    if case .unified(let blocks) = later.values {
      return CompressedTensor(blocks, underflowCount: underflowCount + later.underflowCount)
    }
    let tensor = later.decompressed()
    let mask = sharedMask(with: later, holding: tensor)
    let places = mask.indices.filter { mask[$0] }
    var values = CompressedValues.float32(places.map { tensor[$0] })
    for format in [self.values, later.values] where format.bitsPerValue < values.bitsPerValue {
      values = format.holding(tensor, at: places) ?? values
    }
    return CompressedTensor(
      shape: shape, support: mask.allSatisfy { $0 } ? .all : .mask(mask), values: values,
      underflowCount: underflowCount + later.underflowCount)
  }

  /// The elements both codes hold; those of `later` alone if `tensor` is not zero outside.
  private func sharedMask(with later: CompressedTensor, holding tensor: Tensor) -> [Bool] {
    let (before, after) = (mask, later.mask)
    var both = after
    for index in both.indices where after[index] && !before[index] {
      if tensor[index] != 0 { return after }
      both[index] = false
    }
    return both
  }

  /// The row-major indices of the elements of the support.
  public var places: [Int] {
    switch support {
    case .all: Array(0..<shape.elementCount)
    case .mask(let mask): mask.indices.filter { mask[$0] }
    }
  }

  /// The support as one entry per element.
  public var mask: [Bool] {
    switch support {
    case .all: [Bool](repeating: true, count: shape.elementCount)
    case .mask(let mask): mask
    }
  }
}
