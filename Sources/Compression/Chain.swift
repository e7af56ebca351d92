// Operators in sequence (condensa, section 2.5, Compose): each works on the values the one before it leaves, and
// computes its own threshold on them. In a spec a chain is a list: {"chain": [{"prune": …}, {"float16": {}}]}.

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
    var result = CompressedGroup(unchanged: weights)
    for (index, scheme) in schemes.enumerated() {
      let later = try scheme.compress(
        result.decompressed(), startingFrom: previous, context: context.child(index))
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
