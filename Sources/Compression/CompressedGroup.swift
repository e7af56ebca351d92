// The code Θ of a group: per tensor, which elements are stored (the support) and in which format (the values).
// Container, accounting and runtime all read this one type.

public import Tensors

/// How the stored values of a tensor are written.
public enum ValueFormat: String, Codable, Hashable, Sendable {
  case float32
  case float16

  /// Bits that one stored value takes.
  public var bitsPerValue: Int {
    switch self {
    case .float32: return 32
    case .float16: return 16
    }
  }
}

/// Which elements of a tensor are stored.
public enum Support: Hashable, Sendable {
  /// All elements.
  case all
  /// Those whose mask is one; the mask has the tensor's shape and holds zeros and ones.
  case mask(Tensor)
}

/// The compressed form of a group of tensors.
public struct CompressedGroup: Hashable, Sendable {
  /// The code of one tensor.
  public struct Code: Hashable, Sendable {
    /// Which elements are stored.
    public var support: Support
    /// How their values are written.
    public var format: ValueFormat
    /// The values, decompressed: zero outside the support, representable in the format inside.
    public var tensor: Tensor
  }

  /// The members' names, kinds and companions, with the decompressed values.
  private var group: WeightGroup
  /// Support and format by parameter; what is not here is stored whole in float32.
  private var supports: [ParameterName: Support]
  private var formats: [ParameterName: ValueFormat]
  /// Values that were not zero and became zero because the number format has no smaller ones.
  public private(set) var underflowCount: Int

  /// The code that stores everything as it is.
  public init(uncompressed group: WeightGroup) {
    self.group = group
    supports = [:]
    formats = [:]
    underflowCount = 0
  }

  /// The code of the parameter called `name`; nil if it is not in the group.
  public func code(of name: ParameterName) -> Code? {
    guard let tensor = group.tensor(named: name) else { return nil }
    return Code(
      support: supports[name] ?? .all, format: formats[name] ?? .float32, tensor: tensor)
  }

  /// The mask of the parameter called `name`; nil if all of its elements are stored.
  public func mask(of name: ParameterName) -> Tensor? {
    if case .mask(let mask) = supports[name] { return mask }
    return nil
  }

  /// The format of the parameter called `name`; float32 if the scheme does not touch it.
  public func format(of name: ParameterName) -> ValueFormat { formats[name] ?? .float32 }

  /// Δ(Θ): the group with the values the code stands for.
  public func decompressed() -> WeightGroup { group }

  /// Elements of the weight tensors that are not zero.
  public var nonzeroCount: Int { group.nonzeroCount }

  /// Weight tensors without a non-zero element.
  public var emptiedMembers: [ParameterName] {
    group.members.filter { $0.tensor.nonzeroCount == 0 }.map { $0.name }
  }

  /// Restricts the tensor called `name` to `mask`, within its support so far.
  mutating func restrict(_ name: ParameterName, to mask: Tensor) {
    var combined = mask
    if case .mask(let earlier) = supports[name] {
      for index in 0..<combined.count { combined[index] *= earlier[index] }
    }
    supports[name] = .mask(combined)
    group = group.mapped { other, tensor in
      guard other == name else { return tensor }
      return Self.masked(tensor, combined)
    }
  }

  /// Stores the tensor called `name` in `format`.
  ///
  /// - Throws: `CompressionError.overflow` if a value is too large for the format.
  mutating func store(_ name: ParameterName, as format: ValueFormat) throws(CompressionError) {
    formats[name] = format
    var lost = 0
    group = try group.mapped { (other, tensor) throws(CompressionError) in
      guard other == name else { return tensor }
      return try Self.rounded(tensor, to: format, name: name, underflows: &lost)
    }
    underflowCount += lost
  }

  /// The code with the same supports and formats and the values of `weights`.
  ///
  /// - Throws: `CompressionError.overflow` if a value is too large for its format.
  public func refitted(to weights: WeightGroup) throws(CompressionError) -> CompressedGroup {
    var result = self
    var lost = 0
    result.group = try weights.mapped { (name, tensor) throws(CompressionError) in
      var values = tensor
      if case .mask(let mask) = supports[name] { values = Self.masked(values, mask) }
      return try Self.rounded(values, to: format(of: name), name: name, underflows: &lost)
    }
    result.underflowCount = lost
    return result
  }

  private static func masked(_ tensor: Tensor, _ mask: Tensor) -> Tensor {
    var result = tensor
    for index in 0..<tensor.count where mask[index] == 0 { result[index] = 0 }
    return result
  }

  private static func rounded(
    _ tensor: Tensor, to format: ValueFormat, name: ParameterName, underflows: inout Int
  ) throws(CompressionError) -> Tensor {
    guard format == .float16 else { return tensor }
    var result = tensor
    for index in 0..<tensor.count {
      let value = Float16(tensor[index])
      guard value.isFinite else {
        throw .overflow(name: name, value: tensor[index], format: format.rawValue)
      }
      if value == 0, tensor[index] != 0 { underflows += 1 }
      result[index] = Float(value)
    }
    return result
  }
}
