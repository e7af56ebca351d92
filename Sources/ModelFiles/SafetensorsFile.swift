// The safetensors format: eight bytes with the header's size, a JSON header, then the tensors' bytes without gaps.
// Reading checks everything before it trusts anything; writing gives the same bytes for the same value.

import Files
public import Foundation
public import Tensors

/// The contents of a safetensors file.
public struct SafetensorsFile: Hashable, Sendable {
  /// The largest header that is read, in bytes, as in the reference implementation.
  public static let headerLimit = 100_000_000

  /// The tensors in the order of their bytes in the file.
  public let tensors: [StoredTensor]
  /// Free text by key.
  public let metadata: [String: String]
  /// Where it was read from, for errors.
  private let path: String

  /// A file to be written, with the tensors in this order.
  ///
  /// - Precondition: no name occurs twice and none is `__metadata__`.
  public init(_ tensors: [StoredTensor], metadata: [String: String] = [:]) {
    var names: Set<String> = ["__metadata__"]
    for tensor in tensors {
      precondition(
        names.insert(tensor.name).inserted, "two tensors cannot both be called \(tensor.name)")
    }
    self.tensors = tensors
    self.metadata = metadata
    path = "a file not yet written"
  }

  public static func == (left: SafetensorsFile, right: SafetensorsFile) -> Bool {
    left.tensors == right.tensors && left.metadata == right.metadata
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(tensors)
    hasher.combine(metadata)
  }
}

// MARK: - Reading

extension SafetensorsFile {
  /// The file at `url`, mapped into memory; unpacked first if it is gzip.
  public init(contentsOf url: URL) throws(ModelFileError) {
    let data: Data
    do throws(FileError) {
      data = try FileContents.readUnpacked(url)
    } catch {
      throw ModelFileError(path: url.path, problem: .unreadable(error))
    }
    try self.init(data: data, path: url.path)
  }

  /// The file with these bytes.
  ///
  /// - Parameter path: where they come from, for errors.
  public init(data: Data, path: String) throws(ModelFileError) {
    let headerSize = try Self.headerSize(of: data, path: path)
    let bodyStart = 8 + headerSize
    var parser = SafetensorsHeaderParser(
      bytes: [UInt8](data.dropFirst(8).prefix(headerSize)), base: 8, path: path)
    let header = try parser.parse()

    // In the order of their bytes; empty tensors at the same place keep the header's order.
    let order = header.entries.indices.sorted { left, right in
      let (first, second) = (header.entries[left], header.entries[right])
      return (first.begin, first.end, left) < (second.begin, second.end, right)
    }
    let bodySize = data.count - bodyStart
    var end = 0
    var tensors: [StoredTensor] = []
    for index in order {
      let entry = header.entries[index]
      let (type, shape) = try Self.check(entry, path: path)
      guard entry.begin == end else {
        throw ModelFileError(
          path: path, tensor: entry.name,
          problem: .notContiguous(expected: end, found: entry.begin))
      }
      guard entry.end <= bodySize else {
        throw ModelFileError(
          path: path, tensor: entry.name,
          problem: .truncated(
            offset: data.count, expected: "data up to offset \(entry.end) after the header"))
      }
      let start = data.startIndex + bodyStart
      tensors.append(
        StoredTensor(
          name: entry.name, type: type, shape: shape,
          bytes: data[start + entry.begin..<start + entry.end]))
      end = entry.end
    }
    guard end == bodySize else {
      throw ModelFileError(path: path, problem: .trailingBytes(expected: end, found: bodySize))
    }
    self.tensors = tensors
    self.metadata = header.metadata
    self.path = path
  }

  private static func headerSize(of data: Data, path: String) throws(ModelFileError) -> Int {
    guard data.count >= 8 else {
      throw ModelFileError(
        path: path,
        problem: .truncated(offset: data.count, expected: "8 bytes with the header's size"))
    }
    let size = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard size <= UInt64(headerLimit) else {
      throw ModelFileError(path: path, problem: .headerTooLarge(size: size, limit: headerLimit))
    }
    guard data.count - 8 >= Int(size) else {
      throw ModelFileError(
        path: path, problem: .truncated(offset: data.count, expected: "a header of \(size) bytes"))
    }
    return Int(size)
  }

  /// Type and shape of an entry whose offsets agree with them.
  private static func check(
    _ entry: SafetensorsEntry, path: String
  ) throws(ModelFileError) -> (ElementType, Shape) {
    guard let type = ElementType(rawValue: entry.elementType) else {
      throw ModelFileError(
        path: path, tensor: entry.name,
        problem: .unknownElementType(
          found: entry.elementType, allowed: ElementType.allCases.map { $0.rawValue }))
    }
    // No partial product may overflow either, even if a later size is zero: `elementCount` multiplies in this order.
    var size = type.width
    for dimension in entry.shape {
      let product = size.multipliedReportingOverflow(by: dimension)
      guard !product.overflow else {
        throw ModelFileError(
          path: path, tensor: entry.name, problem: .shapeTooLarge(shape: entry.shape))
      }
      size = product.partialValue
    }
    guard size == entry.end - entry.begin else {
      throw ModelFileError(
        path: path, tensor: entry.name,
        problem: .wrongSize(expected: size, found: entry.end - entry.begin))
    }
    return (type, Shape(entry.shape))
  }
}

// MARK: - Contents

extension SafetensorsFile {
  /// The tensor called `name`, as `Float`; F64 is rounded.
  public func tensor(named name: ParameterName) throws(ModelFileError) -> Tensor {
    let stored = try stored(named: name.text)
    guard let floats = stored.floats else {
      throw wrongType(of: stored, expected: ElementType.floats)
    }
    return Tensor(stored.shape, elements: floats)
  }

  /// The bytes of a `U8` tensor, which may be a slice.
  public func payload(named name: String) throws(ModelFileError) -> Data {
    let stored = try stored(named: name)
    guard stored.type == .uint8 else { throw wrongType(of: stored, expected: [.uint8]) }
    return stored.bytes
  }

  /// The elements of an `I32` tensor.
  public func integers(named name: String) throws(ModelFileError) -> [Int32] {
    let stored = try stored(named: name)
    guard stored.type == .int32 else { throw wrongType(of: stored, expected: [.int32]) }
    return LittleEndian.integers32(stored.bytes)
  }

  /// The elements of an `F64` tensor.
  public func doubles(named name: String) throws(ModelFileError) -> [Double] {
    let stored = try stored(named: name)
    guard stored.type == .float64 else { throw wrongType(of: stored, expected: [.float64]) }
    return LittleEndian.doubles(stored.bytes)
  }

  /// The tensor called `name` as it is stored.
  public func stored(named name: String) throws(ModelFileError) -> StoredTensor {
    guard let stored = tensors.first(where: { $0.name == name }) else {
      throw ModelFileError(
        path: path, tensor: name, problem: .missing(known: tensors.map { $0.name }))
    }
    return stored
  }

  private func wrongType(of stored: StoredTensor, expected: [ElementType]) -> ModelFileError {
    ModelFileError(
      path: path, tensor: stored.name,
      problem: .wrongElementType(
        expected: expected.map { $0.rawValue }, found: stored.type.rawValue))
  }
}

// MARK: - Writing

extension SafetensorsFile {
  /// The file's bytes: metadata by sorted key, tensors in their order, the header padded with spaces to 8 bytes.
  public func encoded() -> Data {
    var header: [UInt8] = []
    var body = Data()
    body.reserveCapacity(tensors.reduce(0) { $0 + $1.bytes.count })
    if !metadata.isEmpty {
      let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let members = keys.map { Self.quoted($0) + ":" + Self.quoted(metadata[$0] ?? "") }
      header += Array("\"__metadata__\":{\(members.joined(separator: ","))}".utf8)
    }
    for tensor in tensors {
      if !header.isEmpty { header.append(UInt8(ascii: ",")) }
      let begin = body.count
      body.append(tensor.bytes)
      let shape = tensor.shape.sizes.map { "\($0)" }.joined(separator: ",")
      let description =
        "{\"data_offsets\":[\(begin),\(body.count)],\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)]}"
      header += Array((Self.quoted(tensor.name) + ":" + description).utf8)
    }
    header = [UInt8(ascii: "{")] + header + [UInt8(ascii: "}")]
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }

    var result = Data()
    result.reserveCapacity(8 + header.count + body.count)
    for byte in 0..<8 { result.append(UInt8(truncatingIfNeeded: header.count >> (8 * byte))) }
    result.append(contentsOf: header)
    result.append(body)
    return result
  }

  /// `text` as a JSON string: only quotation marks, backslashes and control characters are escaped.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
