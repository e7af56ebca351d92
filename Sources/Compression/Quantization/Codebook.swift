// The levels of one tensor, and the rule by which a value finds its level: the nearest one, zero included where it is free.

/// Levels of one tensor.
public struct Codebook: Hashable, Sendable {
  /// The levels in ascending order, distinct; never 0 where zero is reserved.
  public let levels: [Float]
  /// Whether zero is one more level, free of charge.
  public let reservesZero: Bool

  /// A codebook of the given levels; their order and repetitions do not matter, and zero is dropped where it is reserved.
  ///
  /// - Precondition: no level is NaN.
  public init(levels: [Float], reservesZero: Bool) {
    var kept: [Float] = []
    for level in levels.sorted() where !(reservesZero && level == 0) {
      precondition(!level.isNaN, "a level is NaN")
      if kept.last != level { kept.append(level) }
    }
    self.levels = kept
    self.reservesZero = reservesZero
  }

  /// For each value the index of its nearest level, −1 for the free zero.
  ///
  /// Of two levels equally near, zero wins where it is free, else the lower level. A codebook without levels maps all to −1.
  ///
  /// - Precondition: no value is NaN.
  public func codes(for values: Span<Float>) -> [Int32] {
    let cells = Cells(self)
    var codes = [Int32](repeating: -1, count: values.count)
    for i in values.indices { codes[i] = cells.codes[cells.cell(of: values[i])] }
    return codes
  }

  /// Replaces every value by its nearest level.
  public func quantize(_ values: inout MutableSpan<Float>) {
    let cells = Cells(self)
    for i in values.indices { values[i] = cells.levels[cells.cell(of: values[i])] }
  }

  /// Every value replaced by its nearest level.
  public func quantized(_ values: Span<Float>) -> [Float] {
    let cells = Cells(self)
    var result = [Float](repeating: 0, count: values.count)
    for i in values.indices { result[i] = cells.levels[cells.cell(of: values[i])] }
    return result
  }

  /// Σ (v − nearest level)² over all values, added in their order.
  public func error(of values: Span<Float>) -> Double {
    let cells = Cells(self)
    var error = 0.0
    for i in values.indices {
      let difference = Double(values[i]) - Double(cells.levels[cells.cell(of: values[i])])
      error += difference * difference
    }
    return error
  }

  /// The bits a code needs: ceil(log₂ of the number of levels), 0 for one level or none.
  public var bits: Int { BitWidth.bits(distinctCount: levels.count) }
}

/// The cells of a codebook's levels, zero among them where it is free.
struct Cells {
  /// The level of each cell, ascending; one zero if there is none.
  private(set) var levels: [Float] = []
  /// The codes of the cells.
  private(set) var codes: [Int32] = []
  /// `[2^depth − 1]`: cell c ends with the largest Float that belongs to it; the rest is infinite.
  private var ends: [Float] = []
  private var depth = 0

  init(_ codebook: Codebook) {
    var zeroPlace: Int?
    for (index, level) in codebook.levels.enumerated() {
      if codebook.reservesZero, zeroPlace == nil, level > 0 {
        zeroPlace = levels.count
        levels.append(0)
        codes.append(-1)
      }
      levels.append(level)
      codes.append(Int32(index))
    }
    if zeroPlace == nil, codebook.reservesZero || levels.isEmpty {
      zeroPlace = levels.count
      levels.append(0)
      codes.append(-1)
    }
    for cell in 0..<(levels.count - 1) {
      let middle = (Double(levels[cell]) + Double(levels[cell + 1])) / 2
      // A value in the middle belongs to the lower cell, except that zero does not lose to the level below it.
      let excludesMiddle = codebook.reservesZero && cell + 1 == zeroPlace
      ends.append(Self.lastFloat(upTo: middle, excluding: excludesMiddle))
    }
    while 1 << depth < levels.count { depth += 1 }
    ends.append(contentsOf: Array(repeating: .infinity, count: (1 << depth) - 1 - ends.count))
  }

  /// The cell that holds `value`: how many cells end before it.
  @inline(__always)
  func cell(of value: Float) -> Int {
    var cell = 0
    var step = 1 << depth
    while step > 1 {
      step /= 2
      if value > ends[cell + step - 1] { cell += step }
    }
    return cell
  }

  /// The largest Float that is at most `bound`, or less than it.
  static func lastFloat(upTo bound: Double, excluding: Bool) -> Float {
    var result = Float(bound)
    while Double(result) > bound || (excluding && Double(result) == bound) {
      result = result.nextDown
    }
    return result
  }
}
