// Operators in sequence (condensa, section 2.5, Compose): each works on the values the one before it leaves, and
// computes its own threshold on them. In a spec a chain is a list: {"chain": [{"prune": …}, {"float16": {}}]}. A number format after
// blocks rounds what the blocks store.

/// Several schemes, applied in order.
public struct Chain: CompressionOperator {
  public static let name = "chain"

  /// The parts in the order in which they are applied.
  public var schemes: [Scheme] = []

  public init() {}

  public init(_ schemes: [Scheme]) { self.schemes = schemes }

  public func validate() throws(CompressionError) {
    guard !schemes.isEmpty else {
      throw .impossibleValue(field: "", value: "an empty list", allowed: "one operator or more")
    }
    for (index, scheme) in schemes.enumerated() {
      do { try scheme.validate() } catch { throw error.within("[\(index)]") }
    }
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try validate()
    return try applied(
      to: CompressedGroup(unchanged: weights), startingFrom: previous, context: context)
  }

  /// What the parts make of `code`.
  private func applied(
    to code: CompressedGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    var result = code
    for (index, scheme) in schemes.enumerated() {
      if let chain = scheme.operation as? Chain {
        result = try chain.applied(
          to: result, startingFrom: previous, context: context.child(index))
        continue
      }
      let weights = result.decompressed()
      let later: CompressedGroup
      if let format = scheme.operation as? any NumberFormat {
        later = try format.compress(weights, codedAs: result)
      } else {
        later = try scheme.compress(
          weights, startingFrom: previous, context: context.child(index))
      }
      result = result.followed(by: later)
    }
    return result
  }

  public init(from decoder: any Decoder) throws {
    schemes = try decoder.singleValueContainer().decode([Scheme].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(schemes)
  }
}
