// One tensor as it stands in a safetensors file: name, element type, shape and little-endian bytes.

import Files
public import Foundation
public import Tensors

/// The type of a stored tensor's elements; the raw value is the format's name for it.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  /// One byte per truth value.
  case boolean = "BOOL"
  /// An unsigned byte.
  case uint8 = "U8"
  /// A signed byte.
  case int8 = "I8"
  /// An 8-bit float with 5 exponent bits; stored, not computed with.
  case float8E5M2 = "F8_E5M2"
  /// An 8-bit float with 4 exponent bits; stored, not computed with.
  case float8E4M3 = "F8_E4M3"
  /// A signed 16-bit integer.
  case int16 = "I16"
  /// An unsigned 16-bit integer.
  case uint16 = "U16"
  /// IEEE half precision.
  case float16 = "F16"
  /// The upper half of a single.
  case bfloat16 = "BF16"
  /// A signed 32-bit integer.
  case int32 = "I32"
  /// An unsigned 32-bit integer.
  case uint32 = "U32"
  /// IEEE single precision.
  case float32 = "F32"
  /// IEEE double precision.
  case float64 = "F64"
  /// A signed 64-bit integer.
  case int64 = "I64"
  /// An unsigned 64-bit integer.
  case uint64 = "U64"

  /// The types that are computed with.
  static let floats: [ElementType] = [.float32, .float16, .bfloat16, .float64]

  /// Bytes per element.
  public var width: Int {
    switch self {
    case .boolean, .uint8, .int8, .float8E5M2, .float8E4M3: return 1
    case .int16, .uint16, .float16, .bfloat16: return 2
    case .int32, .uint32, .float32: return 4
    case .float64, .int64, .uint64: return 8
    }
  }
}

/// A named array in a safetensors file.
public struct StoredTensor: Hashable, Sendable {
  /// The precisions a `Tensor` can be stored in.
  public enum Precision: Hashable, Sendable, CaseIterable {
    /// As it is.
    case float32
    /// Rounded to the nearest half (ties to even); what exceeds the largest half becomes infinite.
    case float16
  }

  /// Its name in the file.
  public let name: String
  /// The type of its elements.
  public let type: ElementType
  /// Its sizes, slowest first.
  public let shape: Shape
  /// Its elements, little-endian, row-major.
  public let bytes: Data

  /// A tensor from its bytes.
  ///
  /// - Precondition: there are as many bytes as shape and type need.
  public init(name: String, type: ElementType, shape: Shape, bytes: Data) {
    precondition(
      bytes.count == shape.elementCount * type.width,
      "\(name): \(shape) of \(type.rawValue) has \(shape.elementCount * type.width) bytes, not \(bytes.count)"
    )
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// A parameter in the given precision.
  public init(_ name: ParameterName, _ tensor: Tensor, as precision: Precision = .float32) {
    switch precision {
    case .float32:
      self.init(
        name: name.text, type: .float32, shape: tensor.shape,
        bytes: LittleEndian.data(tensor.elements))
    case .float16:
      var halves = [UInt16](repeating: 0, count: tensor.count)
      for index in halves.indices { halves[index] = Float16(tensor.elements[index]).bitPattern }
      self.init(
        name: name.text, type: .float16, shape: tensor.shape, bytes: LittleEndian.data(halves))
    }
  }

  /// A list of bytes, stored as `U8`.
  public init(name: String, payload: Data) {
    self.init(name: name, type: .uint8, shape: [payload.count], bytes: payload)
  }

  /// A list of whole numbers, stored as `I32`.
  public init(name: String, integers: [Int32]) {
    self.init(
      name: name, type: .int32, shape: [integers.count], bytes: LittleEndian.data(integers))
  }

  /// A list of numbers in double precision, stored as `F64`.
  public init(name: String, doubles: [Double]) {
    self.init(
      name: name, type: .float64, shape: [doubles.count], bytes: LittleEndian.data(doubles))
  }

  /// The elements as `Float`: exact for F32, F16 and BF16, rounded for F64; nil for other types.
  var floats: [Float]? {
    switch type {
    case .float32: return LittleEndian.floats(bytes)
    case .float16:
      return LittleEndian.unsigned16(bytes).map { Float(Float16(bitPattern: $0)) }
    case .bfloat16:
      return LittleEndian.unsigned16(bytes).map { Float(bitPattern: UInt32($0) << 16) }
    case .float64: return LittleEndian.doubles(bytes).map { Float($0) }
    default: return nil
    }
  }
}
