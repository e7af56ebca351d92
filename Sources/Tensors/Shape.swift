// The sizes of a tensor's dimensions, slowest first.

/// The sizes of a tensor's dimensions, slowest (outermost) first.
public struct Shape: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible
{
  /// One size per dimension.
  public let sizes: [Int]

  /// - Precondition: no size is negative.
  public init(_ sizes: [Int]) {
    precondition(sizes.allSatisfy { $0 >= 0 }, "a shape cannot have a negative size: \(sizes)")
    self.sizes = sizes
  }

  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// The number of dimensions.
  public var rank: Int { sizes.count }

  /// The number of elements: the product of the sizes, 1 for a scalar.
  public var elementCount: Int { sizes.reduce(1, *) }

  /// The size of dimension `index`.
  public subscript(index: Int) -> Int { sizes[index] }

  public var description: String { "[" + sizes.map { "\($0)" }.joined(separator: ", ") + "]" }

  public init(from decoder: any Decoder) throws {
    let sizes = try decoder.singleValueContainer().decode([Int].self)
    guard sizes.allSatisfy({ $0 >= 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "a shape cannot have a negative size"))
    }
    self.init(sizes)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(sizes)
  }
}
