// Reads any Codable spec type from YAML: a key that the YAML does not have is taken from the type's defaults, a key that
// the type does not have is a mistake. No type needs a decoder of its own; choices are found in their catalogues.

import Foundation
import Reproducibility

/// Collects mistakes and used keys while one spec is decoded; a class because decoders are copied on the way.
private final class Mistakes {
  var errors: [SpecError] = []
}

/// Decodes spec types from YAML nodes.
enum SpecReader {
  /// The value that `node` describes.
  ///
  /// - Parameter path: the key path of the node in its file, for messages.
  /// - Throws: `SpecErrors` with every mistake that was found.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from node: SpecNode, path: String = ""
  ) throws(SpecErrors) -> Value {
    let mistakes = Mistakes()
    do {
      let value = try decodeValue(type, node: node, fallback: nil, path: path, mistakes: mistakes)
      if !mistakes.errors.isEmpty { throw SpecErrors(mistakes.errors) }
      return value
    } catch let errors as SpecErrors {
      throw errors
    } catch let error as SpecError {
      throw SpecErrors(mistakes.errors + [error])
    } catch {
      throw SpecErrors(mistakes.errors + [node.error(path, "\(error)")])
    }
  }
}

/// The value of a type from a node, with `fallback` for what the node does not say.
private func decodeValue<Value: Decodable>(
  _ type: Value.Type, node: SpecNode, fallback: JSONValue?, path: String, mistakes: Mistakes
) throws -> Value {
  if let choice = type as? any Choice.Type {
    func decoded<Kind: Choice>(_ kind: Kind.Type) throws -> any Decodable {
      try decodeChoice(kind, node: node, path: path, mistakes: mistakes)
    }
    if let value = try decoded(choice) as? Value { return value }
  }
  var fallback = fallback
  if let defaulted = type as? any Defaulted.Type {
    func defaults<Kind: Defaulted>(_ kind: Kind.Type) throws -> JSONValue {
      try CanonicalJSON.tree(Kind())
    }
    // A list that was given replaces the default list; a mapping completes the defaults.
    if fallback == nil { fallback = try defaults(defaulted) }
  }
  let decoder = SpecDecoder(
    node: node, fallback: fallback, path: path, mistakes: mistakes, usedKeys: UsedKeys())
  do {
    let value = try Value(from: decoder)
    decoder.reportUnknownKeys()
    return value
  } catch let error as DecodingError {
    throw node.error(path, explain(error, type: type, node: node))
  }
}

private func decodeChoice<Kind: Choice>(
  _ kind: Kind.Type, node: SpecNode, path: String, mistakes: Mistakes
) throws -> Kind {
  let names = Kind.alternatives.map { $0.name }
  let name: String
  var fields = SpecNode(.empty, file: node.file, line: node.line)
  if let text = node.text {
    name = text
  } else if let entries = node.entries, entries.count == 1 {
    name = entries[0].key
    fields = entries[0].value
    fields.line = entries[0].line
  } else {
    throw node.error(
      path,
      "expected one of \(names.joined(separator: ", ")), alone or with its fields; found \(node.summary)"
    )
  }
  guard let alternative = Kind.alternative(named: name) else {
    throw node.error(path, "‘\(name)’ is not known here; \(NearMiss.hint(name, in: names))")
  }
  func decoded<Value: Alternative>(_ type: Value.Type) throws -> any Alternative {
    if fields.content == .empty { return Value() }
    return try decodeValue(
      Value.self, node: fields, fallback: nil, path: path.isEmpty ? name : "\(path).\(name)",
      mistakes: mistakes)
  }
  guard let value = Kind(choosing: try decoded(alternative)) else {
    throw node.error(path, "‘\(name)’ is not allowed here")
  }
  return value
}

/// The words for a decoding error, with the allowed values of an enumeration.
private func explain(_ error: DecodingError, type: Any.Type, node: SpecNode) -> String {
  if let cases = (type as? any CaseIterable.Type).map(names(of:)), !cases.isEmpty {
    return "\(node.summary) is not allowed; \(NearMiss.hint(node.text ?? "", in: cases))"
  }
  switch error {
  case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
    return context.debugDescription
  case .keyNotFound(let key, _): return "‘\(key.stringValue)’ is missing"
  @unknown default: return "\(error)"
  }
}

private func names(of type: any CaseIterable.Type) -> [String] {
  func list<Kind: CaseIterable>(_ kind: Kind.Type) -> [String] {
    kind.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
  }
  return list(type)
}

private final class UsedKeys {  // shared by the copies of one decoder
  var keys: [String] = []
}

private struct SpecDecoder: Decoder {
  let node: SpecNode
  let fallback: JSONValue?
  let path: String
  let mistakes: Mistakes
  let usedKeys: UsedKeys
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard node.entries != nil else {
      throw node.error(path, "expected fields, found \(node.summary)")
    }
    return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let items = node.items else {
      throw node.error(path, "expected a list, found \(node.summary)")
    }
    return UnkeyedContainer(decoder: self, items: items)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    SingleValueContainer(decoder: self)
  }

  /// Keys of the node that the type never asked for are mistakes.
  func reportUnknownKeys() {
    guard !usedKeys.keys.isEmpty, let entries = node.entries else { return }
    for entry in entries where !usedKeys.keys.contains(entry.key) {
      let hint = NearMiss.hint(entry.key, in: usedKeys.keys)
      mistakes.errors.append(
        SpecError(
          file: entry.value.file, line: entry.line,
          keyPath: path.isEmpty ? entry.key : "\(path).\(entry.key)",
          problem: "there is no such field; \(hint)"))
    }
  }
}

private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: SpecDecoder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { (decoder.node.entries ?? []).compactMap { Key(stringValue: $0.key) } }

  private func note(_ key: Key) {
    if !decoder.usedKeys.keys.contains(key.stringValue) {
      decoder.usedKeys.keys.append(key.stringValue)
    }
  }

  private func path(_ key: Key) -> String {
    decoder.path.isEmpty ? key.stringValue : "\(decoder.path).\(key.stringValue)"
  }

  func contains(_ key: Key) -> Bool {
    note(key)
    return decoder.node[key.stringValue] != nil || decoder.fallback?[key.stringValue] != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    note(key)
    // An empty value is as good as none: the default counts.
    if let node = decoder.node[key.stringValue], node.content != .empty { return false }
    return decoder.fallback?[key.stringValue] == nil
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    note(key)
    let fallback = decoder.fallback?[key.stringValue]
    if let node = decoder.node[key.stringValue], node.content != .empty {
      do {
        return try decodeValue(
          type, node: node, fallback: fallback, path: path(key), mistakes: decoder.mistakes)
      } catch let error as SpecError {
        guard let fallback else { throw error }
        decoder.mistakes.errors.append(error)  // go on with the default, to find further mistakes
        return try fromFallback(type, fallback)
      }
    }
    guard let fallback else {
      throw decoder.node.error(decoder.path, "‘\(key.stringValue)’ is missing")
    }
    return try fromFallback(type, fallback)
  }

  private func fromFallback<Value: Decodable>(_ type: Value.Type, _ value: JSONValue) throws
    -> Value
  {
    try CanonicalJSON.decode(type, from: CanonicalJSON.encode(value))
  }

  func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<NestedKey>
  {
    throw decoder.node.error(path(key), "nested containers are not used by spec types")
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw decoder.node.error(path(key), "nested containers are not used by spec types")
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
}

private struct UnkeyedContainer: UnkeyedDecodingContainer {
  let decoder: SpecDecoder
  let items: [SpecNode]
  var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(decoder: SpecDecoder, items: [SpecNode]) {
    self.decoder = decoder
    self.items = items
  }

  mutating func decodeNil() throws -> Bool { false }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let path = "\(decoder.path)[\(currentIndex)]"
    guard !isAtEnd else { throw decoder.node.error(path, "the list ends here") }
    let node = items[currentIndex]
    currentIndex += 1
    return try decodeValue(type, node: node, fallback: nil, path: path, mistakes: decoder.mistakes)
  }

  mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws
    -> KeyedDecodingContainer<NestedKey>
  {
    throw decoder.node.error(decoder.path, "nested containers are not used by spec types")
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw decoder.node.error(decoder.path, "nested containers are not used by spec types")
  }

  mutating func superDecoder() throws -> any Decoder { decoder }
}

private struct SingleValueContainer: SingleValueDecodingContainer {
  let decoder: SpecDecoder
  var codingPath: [any CodingKey] { [] }

  private func mismatch(_ expected: String) -> SpecError {
    decoder.node.error(decoder.path, "expected \(expected), found \(decoder.node.summary)")
  }

  func decodeNil() -> Bool { decoder.node.content == .empty }

  func decode(_ type: Bool.Type) throws -> Bool {
    switch decoder.node.text {
    case "true": return true
    case "false": return false
    default: throw mismatch("true or false")
    }
  }

  func decode(_ type: String.Type) throws -> String {
    guard let text = decoder.node.text else { throw mismatch("a word") }
    return text
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard let text = decoder.node.text, let value = Double(text), value.isFinite else {
      throw mismatch("a number")
    }
    return value
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

  private func whole<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    guard let text = decoder.node.text, let value = Value(text) else {
      throw mismatch("a whole number")
    }
    return value
  }

  func decode(_ type: Int.Type) throws -> Int { try whole(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decodeValue(
      type, node: decoder.node, fallback: decoder.fallback, path: decoder.path,
      mistakes: decoder.mistakes)
  }
}
