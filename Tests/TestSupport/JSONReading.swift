// Reading of JSON fixtures: what is not there, or is something else, fails the test that asks for it.

public import Reproducibility
import Testing

extension JSONValue {
  /// The number, if it is one.
  public var number: Double? {
    if case .number(let value) = self { return value }
    return nil
  }

  /// The text, if it is one.
  public var text: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  /// The items of an array; none of anything else.
  public var items: [JSONValue] {
    if case .array(let items) = self { return items }
    return []
  }

  /// The members of an object; none of anything else.
  public var members: [String: JSONValue] {
    if case .object(let members) = self { return members }
    return [:]
  }

  /// All numbers of nested arrays, in order.
  public var doubles: [Double] { number.map { [$0] } ?? items.flatMap { $0.doubles } }

  /// All numbers of nested arrays, in order.
  public var floats: [Float] { doubles.map { Float($0) } }

  /// All numbers of nested arrays, in order.
  public var integers: [Int] { doubles.map { Int($0) } }

  /// What stands under a path of keys.
  public func at(_ path: String...) throws -> JSONValue { try at(path) }

  /// The number under a path of keys.
  public func number(_ path: String...) throws -> Double {
    try #require(try at(path).number, "\(path)")
  }

  /// The whole number under a path of keys.
  public func integer(_ path: String...) throws -> Int {
    Int(try #require(try at(path).number, "\(path)"))
  }

  private func at(_ path: [String]) throws -> JSONValue {
    var value = self
    for key in path { value = try #require(value[key], "\(path)") }
    return value
  }
}
