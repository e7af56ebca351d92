// Canonical JSON: one value, one sequence of bytes. Keys are sorted, numbers are written in their
// shortest form that reads back the same, slashes are not escaped. Digests and records are built on it.

public import Foundation

/// Encodes and decodes the one textual form that digests are computed over and records are stored in.
public enum CanonicalJSON {
  /// The bytes of `value`, on one line, or indented and closed by a newline for files people read.
  ///
  /// - Throws: `EncodingError` if the value contains something JSON cannot express.
  public static func encode(_ value: some Encodable, indented: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      indented
      ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      : [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var data = try encoder.encode(value)
    if indented { data.append(UInt8(ascii: "\n")) }
    return data
  }

  /// The value stored in `data`.
  ///
  /// - Throws: `DecodingError` that names the key path of what does not fit.
  public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: data)
  }

  /// The value as a tree.
  public static func tree(_ value: some Encodable) throws -> JSONValue {
    try decode(JSONValue.self, from: encode(value))
  }

  /// The digest of the canonical bytes of `value`.
  public static func digest(_ value: some Encodable) throws -> Digest {
    Digest(of: try encode(value))
  }
}

/// A JSON value as a tree, for comparing two documents whose types are not known.
public enum JSONValue: Hashable, Sendable, Codable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// The member called `key`, if this is an object that has it.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  /// Every leaf with its path, in the order of the paths: `("dense.epochs", 20)`.
  public var leaves: [(path: String, value: JSONValue)] {
    var result: [(path: String, value: JSONValue)] = []
    collect(into: &result, path: "")
    return result
  }

  private func collect(into result: inout [(path: String, value: JSONValue)], path: String) {
    switch self {
    case .object(let members) where !members.isEmpty:
      for key in members.keys.sorted() {
        members[key]?.collect(into: &result, path: path.isEmpty ? key : "\(path).\(key)")
      }
    case .array(let items) where !items.isEmpty:
      for (index, item) in items.enumerated() {
        item.collect(into: &result, path: "\(path)[\(index)]")
      }
    default: result.append((path, self))
    }
  }

  /// The value in few characters, for messages.
  public var summary: String {
    switch self {
    case .null: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .number(let value):
      return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .string(let value): return value
    case .array(let items): return "[" + items.map { $0.summary }.joined(separator: ", ") + "]"
    case .object(let members):
      return "{"
        + members.keys.sorted().map { "\($0): \(members[$0]?.summary ?? "")" }.joined(
          separator: ", ") + "}"
    }
  }

  /// Paths at which two documents differ, with both values in words.
  public static func differences(_ left: JSONValue, _ right: JSONValue) -> [Difference] {
    let leftLeaves = Dictionary(
      left.leaves.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
    let rightLeaves = Dictionary(
      right.leaves.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
    let paths = Set(leftLeaves.keys).union(rightLeaves.keys).sorted()
    return paths.compactMap { path in
      let (first, second) = (leftLeaves[path], rightLeaves[path])
      if first == second { return nil }
      return Difference(
        path: path, left: first?.summary ?? "absent", right: second?.summary ?? "absent")
    }
  }

  /// One place where two documents differ.
  public struct Difference: Hashable, Sendable {
    /// The key path, `dense.epochs`.
    public let path: String
    /// The value on the left, in words; `absent` if there is none.
    public let left: String
    /// The value on the right, in words; `absent` if there is none.
    public let right: String
  }
}
