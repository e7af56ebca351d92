// A choice is "one of several kinds of thing, by name": an operator, an optimizer, a layer, a method.
// The name is the word in code, in YAML and in reports; in JSON a choice is an object with one key,
// {"prune": {"density": 0.1}}. The alternatives stand in one catalogue, so a new one is one line.

/// A part of a spec whose fields all have defaults: what a spec does not say is taken from `init()`.
public protocol Defaulted: Codable, Hashable, Sendable {
  /// The defaults; fields without a sensible default start at a value that is refused later.
  init()
}

/// A kind of thing that a spec can name: a struct with defaults, its properties are the YAML fields.
public protocol Alternative: Defaulted {
  /// The word for this kind in specs, records and reports.
  static var name: String { get }
}

/// A value that is one of several named alternatives.
public protocol Choice: Codable, Hashable, Sendable {
  /// Every alternative, in the order in which messages list them.
  static var alternatives: [any Alternative.Type] { get }
  /// The chosen alternative.
  var chosen: any Alternative { get }
  /// Wraps an alternative from `alternatives`; nil for any other type.
  init?(choosing alternative: any Alternative)
}

struct ChoiceKey: CodingKey {
  let stringValue: String
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
  var intValue: Int? { nil }
}

extension Choice {
  /// The word for the chosen alternative.
  public var name: String { type(of: chosen).name }

  /// The alternative called `name`, if there is one.
  public static func alternative(named name: String) -> (any Alternative.Type)? {
    alternatives.first { $0.name == name }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: ChoiceKey.self)
    guard container.allKeys.count == 1, let key = container.allKeys.first,
      let type = Self.alternative(named: key.stringValue)
    else {
      let names = Self.alternatives.map { $0.name }.joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected an object with one key out of: \(names)"))
    }
    func decoded<Kind: Alternative>(_ type: Kind.Type) throws -> any Alternative {
      try container.decode(Kind.self, forKey: key)
    }
    guard let choice = Self(choosing: try decoded(type)) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "\(key.stringValue) is not allowed here"
        ))
    }
    self = choice
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ChoiceKey.self)
    func encode(_ value: some Alternative) throws {
      try container.encode(value, forKey: ChoiceKey(type(of: value).name))
    }
    try encode(chosen)
  }

  public static func == (left: Self, right: Self) -> Bool {
    AnyHashable(erased(left.chosen)) == AnyHashable(erased(right.chosen))
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(erased(chosen))) }
}

private func erased(_ value: any Alternative) -> any Hashable { value }
