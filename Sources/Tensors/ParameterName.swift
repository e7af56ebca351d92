// Names of parameters, and the patterns by which specs select them.

/// The name of a parameter: the layer and the role, joined by a dot: `conv1.weight`.
public struct ParameterName: Hashable, Sendable, Codable, Comparable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The whole name.
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }

  /// The name of parameter `role` of `layer`.
  public init(layer: String, role: String) { text = "\(layer).\(role)" }

  /// What stands before the last dot; the whole name if there is none.
  public var layer: String {
    text.lastIndex(of: ".").map { String(text[..<$0]) } ?? text
  }

  /// What stands after the last dot: `weight` or `bias`.
  public var role: String {
    text.lastIndex(of: ".").map { String(text[text.index(after: $0)...]) } ?? text
  }

  public var description: String { text }

  public static func < (left: ParameterName, right: ParameterName) -> Bool {
    left.text < right.text
  }

  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A pattern that selects parameters by layer: `*` stands for any characters, commas separate alternatives.
///
/// `shortcut*, conv1` selects every layer whose name begins with `shortcut`, and `conv1`. A pattern is compared with the
/// layer's name and with the full parameter name.
public struct ParameterPattern: Hashable, Sendable, Codable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The pattern as written.
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }

  public var description: String { text }

  /// Whether the pattern selects the parameter.
  public func matches(_ name: ParameterName) -> Bool {
    text.split(separator: ",").contains { part in
      let pattern = Array(part.utf8.drop { $0 == UInt8(ascii: " ") })
      let trimmed = Array(pattern.reversed().drop { $0 == UInt8(ascii: " ") }.reversed())
      return Self.matches(trimmed, Array(name.layer.utf8))
        || Self.matches(trimmed, Array(name.text.utf8))
    }
  }

  /// Wildcard matching by remembering the last star.
  private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (position, place) = (0, 0)
    var restart: (pattern: Int, text: Int)?
    while place < text.count {
      if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
        restart = (position + 1, place)
        position += 1
      } else if position < pattern.count, pattern[position] == text[place] {
        position += 1
        place += 1
      } else if let last = restart {
        restart = (last.pattern, last.text + 1)
        position = last.pattern
        place = last.text + 1
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
