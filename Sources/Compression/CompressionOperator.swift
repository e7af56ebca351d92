// What an operator is, what can go wrong, and the scheme that specs name.

public import Reproducibility
public import Tensors

/// What an operator needs besides the weights.
public struct CompressionContext: Sendable {
  /// The source of operators that draw at random.
  public var seed: Seed

  public init(seed: Seed) { self.seed = seed }
}

/// A projection of weights on a set of compressed ones.
public protocol CompressionOperator: Alternative {
  /// The code Θ that minimises ‖w − Δ(Θ)‖² over a group of one or more named tensors.
  ///
  /// - Throws: `CompressionError` if the group has no such code.
  func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup

  /// - Throws: `CompressionError` for an impossible property.
  func validate() throws(CompressionError)
}

extension CompressionOperator {
  public func validate() throws(CompressionError) {}

  /// This operator, then another on its result.
  public func then(_ next: some CompressionOperator) -> Chain {
    let first = (self as? Chain)?.operators ?? [Scheme(self)]
    return Chain(first + [Scheme(next)])
  }
}

/// Weights that an operator cannot compress, or an operator that makes no sense.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A property has an impossible value.
  case value(operator: String, field: String, value: String, allowed: String)
  /// The density keeps no weight at all.
  case keepsNothing(density: Double, elementCount: Int)
  /// No tensor is of a kind the operator compresses.
  case nothingEligible(operator: String, names: [ParameterName])
  /// A pattern selects no tensor.
  case patternMatchesNothing(pattern: String, names: [ParameterName])
  /// A value is too large for a number format.
  case overflow(name: ParameterName, value: Float, format: String)

  public var description: String {
    switch self {
    case .value(let name, let field, let value, let allowed):
      return "\(name): \(field): \(value) is not possible; allowed: \(allowed)"
    case .keepsNothing(let density, let count):
      return "density \(density) of \(count) weights keeps none: floor(density · count) must be at least 1"
    case .nothingEligible(let name, let names):
      return "\(name): none of \(names.map { $0.text }.joined(separator: ", ")) can be compressed by it"
    case .patternMatchesNothing(let pattern, let names):
      return "the pattern ‘\(pattern)’ selects none of \(names.map { $0.text }.joined(separator: ", "))"
    case .overflow(let name, let value, let format):
      return "\(name): \(value) is too large for \(format)"
    }
  }
}

/// An operator in a spec: `{prune: {density: 0.1}}`.
public struct Scheme: Choice {
  /// The chosen operator.
  public let compressionOperator: any CompressionOperator

  public init(_ compressionOperator: some CompressionOperator) {
    self.compressionOperator = compressionOperator
  }

  public init?(choosing alternative: any Alternative) {
    guard let chosen = alternative as? any CompressionOperator else { return nil }
    compressionOperator = chosen
  }

  public var chosen: any Alternative { compressionOperator }

  /// The operator catalogue: one line per operator.
  public static var alternatives: [any Alternative.Type] {
    [Prune.self, RandomPrune.self, CastToFloat16.self, Chain.self]
  }

  /// The code of a group; see `CompressionOperator.compress`.
  ///
  /// - Throws: `CompressionError` if the group has no such code.
  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try compressionOperator.compress(weights, startingFrom: previous, context: context)
  }

  /// - Throws: `CompressionError` for an impossible property.
  public func validate() throws(CompressionError) { try compressionOperator.validate() }
}
