// The one accounting of bits. Every size and ratio in a report comes from here.

public import Tensors

/// What a network takes to store, counted in the ways that papers count.
public struct StorageCost: Hashable, Sendable {
  /// What is counted of one parameter tensor.
  public struct Entry: Hashable, Sendable {
    /// Its name.
    public var name: ParameterName
    /// Its shape.
    public var shape: Shape
    /// Elements that are not zero.
    public var nonzeroCount: Int
    /// Bits that each stored value takes.
    public var bitsPerValue: Int
    /// Whether zeros are left out, so that positions must be stored.
    public var isSparse: Bool

    public init(
      name: ParameterName, shape: Shape, nonzeroCount: Int, bitsPerValue: Int, isSparse: Bool
    ) {
      self.name = name
      self.shape = shape
      self.nonzeroCount = nonzeroCount
      self.bitsPerValue = bitsPerValue
      self.isSparse = isSparse
    }
  }

  /// All parameters.
  public var entries: [Entry]

  public init(_ entries: [Entry]) { self.entries = entries }

  private static func bytes(_ bits: Int) -> Int { (bits + 7) / 8 }

  /// Four bytes for every parameter.
  public var denseBytes: Int { entries.reduce(0) { $0 + 4 * $1.shape.elementCount } }

  /// Bytes of the non-zero values of all parameters; no positions, no header.
  ///
  /// Source: condensa, section 4.1.
  public var payloadBytes: Int {
    entries.reduce(0) { $0 + Self.bytes($1.nonzeroCount * $1.bitsPerValue) }
  }

  /// The payload plus one bit per element of every sparse tensor; tensors stored whole count their zeros too.
  public var bitmapBytes: Int {
    entries.reduce(0) { sum, entry in
      guard entry.isSparse else {
        return sum + Self.bytes(entry.shape.elementCount * entry.bitsPerValue)
      }
      return sum + Self.bytes(entry.nonzeroCount * entry.bitsPerValue)
        + Self.bytes(entry.shape.elementCount)
    }
  }

  /// The payload plus compressed-row positions of every sparse tensor: a 32-bit pointer per row and one more, and
  /// per value the smallest of 8, 16 or 32 bits that can name a column.
  public var rowIndexedBytes: Int {
    entries.reduce(0) { sum, entry in
      guard entry.isSparse, entry.shape.rank > 0 else {
        return sum + Self.bytes(entry.shape.elementCount * entry.bitsPerValue)
      }
      let rows = entry.shape[0]
      let columns = rows == 0 ? 0 : entry.shape.elementCount / rows
      let indexBits = columns <= 1 << 8 ? 8 : columns <= 1 << 16 ? 16 : 32
      return sum + Self.bytes(entry.nonzeroCount * (entry.bitsPerValue + indexBits)) + 4 * (rows + 1)
    }
  }
}
