// The one accounting of bits. Payload is Condensa's published rule (condensa, section 4.1): bytes of non-zero values over all
// parameters, positions free. Next to it stand the same values with a bitmap, with row-compressed indices, and the common
// payload by which methods of different papers are matched: values, tables, and the cheaper of bitmap and relative index.

public import Tensors

/// What storing a network's parameters costs, counted five ways.
public struct StorageCost: Codable, Hashable, Sendable {
  /// What a tensor in blocks stores.
  public struct BlockStorage: Codable, Hashable, Sendable {
    /// V: the numbers, one per unified block and one per element of a kept block.
    public let storedCount: Int
    /// One per element of a unified block, unless the elements share their value.
    public let signBits: Int
    /// One per block, two if pruned and unified blocks both occur; they say what positions would.
    public let tagBits: Int

    init(_ values: UnifiedValues) {
      storedCount = values.storedCount
      signBits = values.signBits
      tagBits = values.tagBits
    }
  }

  /// One stored tensor.
  public struct Item: Codable, Hashable, Sendable {
    /// The parameter's name.
    public let name: ParameterName
    /// The shape of the decompressed tensor; the first dimension counts rows.
    public let shape: Shape
    /// How many values are not zero.
    public let nonzeroCount: Int
    /// The bits of one value.
    public let bitsPerValue: Int
    /// Whether the tensor is stored sparsely, so that positions must be kept; otherwise zeros are stored like other values.
    public let isSparse: Bool
    /// The number of scales of 32 bits that belong to the values.
    public let scaleCount: Int
    /// The number of levels of 32 bits in the table of the values.
    public let levelCount: Int
    /// The bits of the distances between stored elements; nil if they are not known.
    public let relativeIndexBits: Int?
    /// What blocks store, if the tensor is in blocks: it replaces non-zeros and positions in all counts.
    public let blocks: BlockStorage?

    /// - Precondition: there are at most as many non-zeros as elements.
    public init(
      name: ParameterName, shape: Shape, nonzeroCount: Int, bitsPerValue: Int, isSparse: Bool,
      scaleCount: Int = 0, levelCount: Int = 0, relativeIndexBits: Int? = nil,
      blocks: BlockStorage? = nil
    ) {
      precondition(
        (0...shape.elementCount).contains(nonzeroCount),
        "\(name): \(nonzeroCount) non-zeros in a tensor of shape \(shape)")
      self.name = name
      self.shape = shape
      self.nonzeroCount = nonzeroCount
      self.bitsPerValue = bitsPerValue
      self.isSparse = isSparse
      self.scaleCount = scaleCount
      self.levelCount = levelCount
      self.relativeIndexBits = relativeIndexBits
      self.blocks = blocks
    }

    /// The bits of a tensor in blocks.
    ///
    /// Source: micro-structured-unification, section 4.
    private func bits(of blocks: BlockStorage) -> Int { valueBits + blocks.tagBits + tableBits }

    /// The bits of scales and levels.
    private var tableBits: Int { 32 * (scaleCount + levelCount) }

    /// The bits when every element is stored.
    private var denseBits: Int { shape.elementCount * bitsPerValue + tableBits }

    /// The bits of the non-zero values and of their scales and levels, positions free.
    ///
    /// In blocks: those of all stored numbers, signs and tags.
    public var payloadBits: Int {
      if let blocks { return bits(of: blocks) }
      return nonzeroCount * bitsPerValue + tableBits
    }

    /// The bits of the non-zero values alone: the joint method's budget counts these. In blocks those of all stored numbers and signs.
    ///
    /// Source: joint-sparsity-quantization, eq. 1.
    public var valueBits: Int {
      if let blocks { return blocks.storedCount * bitsPerValue + blocks.signBits }
      return nonzeroCount * bitsPerValue
    }

    /// The bits with one more bit per element that says whether it is stored; dense tensors need none.
    public var bitmapBits: Int {
      if let blocks { return bits(of: blocks) }
      return isSparse ? payloadBits + shape.elementCount : denseBits
    }

    /// The bits with the cheaper of a bitmap and a relative index.
    public var commonBits: Int {
      guard isSparse, let relativeIndexBits else { return bitmapBits }
      return min(bitmapBits, payloadBits + relativeIndexBits)
    }

    /// The bits in compressed rows: per non-zero a column index of 16 bits (32 if there are more than 65,536 columns), and
    /// a row pointer of 32 bits per row and one more. A row is one output with all its weights. Dense tensors need none.
    public var rowIndexBits: Int {
      if let blocks { return bits(of: blocks) }
      guard isSparse else { return denseBits }
      let rowCount = shape.rank == 0 ? 1 : shape[0]
      let columnCount = rowCount == 0 ? 0 : shape.elementCount / rowCount
      let columnBits = columnCount > 65_536 ? 32 : 16
      return payloadBits + nonzeroCount * columnBits + (rowCount + 1) * 32
    }
  }

  /// The stored tensors, in the order of the network.
  public let items: [Item]
  /// The non-zero values of the uncompressed network, each of four bytes in the published ratio.
  public let referenceNonzeroCount: Int

  /// The cost of `items`, compared with a network that has `referenceNonzeroCount` non-zero values.
  public init(items: [Item], referenceNonzeroCount: Int) {
    self.items = items
    self.referenceNonzeroCount = referenceNonzeroCount
  }

  /// The cost of a compressed group, compared with the weights it was made from.
  public init(of compressed: CompressedGroup, reference: WeightGroup) {
    func item(_ name: ParameterName, _ code: CompressedTensor) -> Item {
      Item(
        name: name, shape: code.shape, nonzeroCount: code.nonzeroCount,
        bitsPerValue: code.values.bitsPerValue, isSparse: code.isSparse,
        scaleCount: code.values.scaleCount, levelCount: code.values.levelCount,
        relativeIndexBits: code.isSparse && code.unified == nil
          ? RelativeIndex.bits(of: code.places) : nil,
        blocks: code.unified.map { BlockStorage($0) })
    }
    let items = compressed.members.flatMap { member in
      [item(member.name, member.code)] + member.companions.map { item($0.name, $0.code) }
    }
    self.init(items: items, referenceNonzeroCount: reference.nonzeroCount)
  }

  /// The bytes of every element in single precision, zeros included.
  public var denseBytes: Int { items.reduce(0) { $0 + 4 * $1.shape.elementCount } }

  /// The bytes of the uncompressed network's non-zero values in single precision.
  public var referencePayloadBytes: Int { 4 * referenceNonzeroCount }

  /// The bytes of the non-zero values, positions free: the published rule.
  ///
  /// Source: condensa, section 4.1.
  public var payloadBytes: Int { bytes { $0.payloadBits } }

  /// The bytes of the values with a bitmap for every sparse tensor.
  public var bitmapBytes: Int { bytes { $0.bitmapBits } }

  /// The bytes of the values with row-compressed indices for every sparse tensor.
  public var rowIndexBytes: Int { bytes { $0.rowIndexBits } }

  /// The bytes of values, scales and levels, and of the cheaper of bitmap and relative index for every sparse tensor.
  public var commonBytes: Int { bytes { $0.commonBits } }

  /// Dense bytes over the bytes of the common payload.
  public var commonRatio: Double { ratio(denseBytes, commonBytes) }

  /// r_c: the payload of the uncompressed network over that of the compressed one; infinite if nothing is left.
  ///
  /// Source: condensa, section 4.1.
  public var payloadRatio: Double { ratio(referencePayloadBytes, payloadBytes) }

  /// Dense bytes over the bytes with bitmaps.
  public var bitmapRatio: Double { ratio(denseBytes, bitmapBytes) }

  /// Dense bytes over the bytes with row-compressed indices.
  public var rowIndexRatio: Double { ratio(denseBytes, rowIndexBytes) }

  /// The sum of `bits` over the items, each rounded up to whole bytes.
  private func bytes(_ bits: (Item) -> Int) -> Int {
    items.reduce(0) { $0 + (bits($1) + 7) / 8 }
  }

  private func ratio(_ bytes: Int, _ smaller: Int) -> Double {
    smaller == 0 ? .infinity : Double(bytes) / Double(smaller)
  }
}
