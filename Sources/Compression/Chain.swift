// Composition: operators applied in order, each on the values that the one before leaves (condensa, section 2.5: Compose).

import Reproducibility

/// Operators applied in order; each recomputes its own threshold on the current values.
public struct Chain: CompressionOperator {
  public static var name: String { "chain" }

  /// The operators in order; a list in YAML.
  public var operators: [Scheme] = []

  public init() {}
  public init(_ operators: [Scheme]) { self.operators = operators }

  public func validate() throws(CompressionError) {
    guard !operators.isEmpty else {
      throw .value(operator: Self.name, field: "operators", value: "an empty list", allowed: "at least one operator")
    }
    for scheme in operators { try scheme.validate() }
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = CompressedGroup(uncompressed: weights)
    for (index, scheme) in operators.enumerated() {
      let next = try scheme.compress(
        result.decompressed(), startingFrom: nil,
        context: CompressionContext(seed: context.seed.child(index)))
      result = try result.merging(next)
    }
    return result
  }

  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd { operators.append(try container.decode(Scheme.self)) }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for scheme in operators { try container.encode(scheme) }
  }
}

extension CompressedGroup {
  /// The code that this one and then `next`, a code of its decompressed values, make together.
  func merging(_ next: CompressedGroup) throws(CompressionError) -> CompressedGroup {
    var result = self
    for member in next.decompressed().members {
      for name in [member.name] + member.companions.map({ $0.name }) {
        if let mask = next.mask(of: name) { result.restrict(name, to: mask) }
        if next.format(of: name) != .float32 { try result.store(name, as: next.format(of: name)) }
      }
    }
    return result
  }
}
