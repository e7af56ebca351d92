// Products with a matrix whose blocks are pruned, unified or kept: pruned ones are skipped, and a unified one is one number and its
// signs. Of four inputs all sixteen sums ±x₀ ± x₁ ± x₂ ± x₃ are formed once for all rows, so that four weights of a unified block
// cost one look-up and one multiplication instead of four. Eight examples are done at a time.

/// A matrix in blocks, ready for products.
///
/// Source: micro-structured-unification, sections 2 and 4 (sum, then scale).
public struct BlockMatrix: Sendable {
  /// Outputs.
  public let rows: Int
  /// Inputs.
  public let columns: Int
  /// Rows of a block; the last ones may have fewer.
  public let height: Int
  /// Columns of a block; the last ones may have fewer.
  public let width: Int
  /// Blocks without a weight.
  public private(set) var prunedCount = 0
  /// Blocks of one magnitude.
  public private(set) var unifiedCount = 0
  /// All others.
  public private(set) var keptCount = 0

  /// One block row: its blocks in three lists.
  fileprivate struct BlockRow {
    /// Unified blocks whose columns are whole groups of four: the first group and the magnitude.
    var tabled: [(group: Int32, magnitude: Float)] = []
    /// For each of them, row by row, the signs of each group: four bits, set for negative.
    var patterns: [UInt8] = []
    /// Other unified blocks: the first column, how many, and the magnitude.
    var signed: [(column: Int32, count: Int32, magnitude: Float)] = []
    /// For each of them, row by row, the sign bits.
    var signs: [UInt32] = []
    /// Kept blocks: the first column and how many.
    var kept: [(column: Int32, count: Int32)] = []
    /// For each of them the weights, row by row.
    var weights: [Float] = []
  }

  private var blockRows: [BlockRow] = []

  /// The blocks of a matrix: pruned if all weights are zero, unified if several have one magnitude, else kept.
  ///
  /// - Parameters:
  ///   - weights: `[rows, columns]`.
  ///   - height: rows of a block.
  ///   - width: columns of a block.
  /// - Precondition: the numbers are positive, and there are rows · columns weights.
  public init(_ weights: Span<Float>, rows: Int, columns: Int, height: Int, width: Int) {
    precondition(
      rows > 0 && columns > 0 && height > 0 && width > 0 && weights.count == rows * columns,
      "\(weights.count) weights are no matrix \(rows) × \(columns) in blocks \(height) × \(width)")
    self.rows = rows
    self.columns = columns
    self.height = height
    self.width = width
    for top in stride(from: 0, to: rows, by: height) {
      var blockRow = BlockRow()
      let ys = top..<min(rows, top + height)
      for left in stride(from: 0, to: columns, by: width) {
        let xs = left..<min(columns, left + width)
        let block = ys.flatMap { y in xs.map { weights[y * columns + $0] } }
        let magnitude = abs(block[0])
        let isUnified = block.count > 1 && block.allSatisfy { abs($0) == magnitude }
        if block.allSatisfy({ $0 == 0 }) {
          prunedCount += 1
        } else if !isUnified {
          keptCount += 1
          blockRow.kept.append((Int32(left), Int32(xs.count)))
          blockRow.weights += block
        } else if left % 4 == 0 && xs.count % 4 == 0 {
          unifiedCount += 1
          blockRow.tabled.append((Int32(left / 4), magnitude))
          for first in stride(from: 0, to: block.count, by: 4) {
            let negative = (0..<4).map { block[first + $0] < 0 ? UInt8(1) << $0 : 0 }
            blockRow.patterns.append(negative.reduce(0, |))
          }
        } else {
          unifiedCount += 1
          blockRow.signed.append((Int32(left), Int32(xs.count), magnitude))
          blockRow.signs += block.map { $0 < 0 ? 0x8000_0000 : 0 }
        }
      }
      blockRows.append(blockRow)
    }
  }

  /// output = input · Wᵀ + bias.
  ///
  /// - Parameters:
  ///   - input: `[batch, columns]`.
  ///   - bias: `[rows]`, or empty for none.
  ///   - output: `[batch, rows]`, overwritten.
  /// - Precondition: the counts are those of the shapes.
  public func multiply(
    _ input: Span<Float>, bias: Span<Float>, output: inout MutableSpan<Float>, batch: Int,
    workers: Workers
  ) {
    requireCount(input.count, batch * columns, "BlockMatrix", "input")
    requireCount(output.count, batch * rows, "BlockMatrix", "output")
    if !bias.isEmpty { requireCount(bias.count, rows, "BlockMatrix", "bias") }
    let (x, b, y) = (input.pointer, bias.isEmpty ? nil : bias.pointer, output.mutablePointer)
    let groupCount = columns / 4
    let scratchCount = 8 * (columns + 16 * groupCount)
    workers.run(ceilingDivision(batch, 8), scratchCount: scratchCount) { task, scratch in
      let first = 8 * task
      let count = min(8, batch - first)
      // Eight examples side by side; those beyond the batch are zero.
      for column in 0..<columns {
        var lanes = Lanes()
        for example in 0..<count { lanes[example] = x[(first + example) * columns + column] }
        store(lanes, to: scratch + 8 * column)
      }
      let tables = scratch + 8 * columns
      for group in 0..<groupCount {
        Self.fillTable(tables + 128 * group, from: scratch + 32 * group)
      }
      var row = 0
      for blockRow in blockRows {
        let rowCount = min(height, rows - row)
        blockRow.multiply(
          rowCount, inputs: scratch, tables: tables, groupsPerRow: width / 4
        ) { offset, sums in
          let sums = b.map { sums + Lanes(repeating: $0[row + offset]) } ?? sums
          for example in 0..<count { y[(first + example) * rows + row + offset] = sums[example] }
        }
        row += rowCount
      }
    }
  }

  /// All sums of four inputs by their signs; bit i of the index is set where input i is subtracted.
  @inline(__always)
  private static func fillTable(_ table: MutableFloatPointer, from inputs: MutableFloatPointer) {
    let (x0, x1, x2, x3) = (
      load(inputs), load(inputs + 8), load(inputs + 16), load(inputs + 24)
    )
    let (sum, difference) = (x0 + x1, x0 - x1)
    let (sum2, difference2) = (x2 + x3, x2 - x3)
    let firsts = (sum, -difference, difference, -sum)
    let seconds = (sum2, -difference2, difference2, -sum2)
    @inline(__always) func row(_ index: Int, _ second: Lanes) {
      store(firsts.0 + second, to: table + 8 * index)
      store(firsts.1 + second, to: table + 8 * (index + 1))
      store(firsts.2 + second, to: table + 8 * (index + 2))
      store(firsts.3 + second, to: table + 8 * (index + 3))
    }
    row(0, seconds.0)
    row(4, seconds.1)
    row(8, seconds.2)
    row(12, seconds.3)
  }
}

extension BlockMatrix.BlockRow {
  /// The rows of this block row times eight examples, four rows at a time.
  @inline(__always)
  fileprivate func multiply(
    _ rowCount: Int, inputs: MutableFloatPointer, tables: MutableFloatPointer, groupsPerRow: Int,
    write: (Int, Lanes) -> Void
  ) {
    var row = 0
    while row < rowCount {
      let count = min(4, rowCount - row)
      var sums = (Lanes(), Lanes(), Lanes(), Lanes())
      if count == 4 {
        addTabled(
          fromRow: row, rowCount: rowCount, tables: tables, groupsPerRow: groupsPerRow, to: &sums)
      } else {
        for offset in 0..<count {
          add(
            addTabled(
              row: row + offset, rowCount: rowCount, tables: tables, groupsPerRow: groupsPerRow),
            to: &sums, offset)
        }
      }
      for offset in 0..<count {
        add(rest(row: row + offset, rowCount: rowCount, inputs: inputs), to: &sums, offset)
      }
      write(row, sums.0)
      if count > 1 { write(row + 1, sums.1) }
      if count > 2 { write(row + 2, sums.2) }
      if count > 3 { write(row + 3, sums.3) }
      row += count
    }
  }

  @inline(__always)
  private func add(
    _ lanes: Lanes, to sums: inout (Lanes, Lanes, Lanes, Lanes), _ offset: Int
  ) {
    switch offset {
    case 0: sums.0 += lanes
    case 1: sums.1 += lanes
    case 2: sums.2 += lanes
    default: sums.3 += lanes
    }
  }

  /// Four rows of the blocks with tables.
  @inline(__always)
  private func addTabled(
    fromRow row: Int, rowCount: Int, tables: MutableFloatPointer, groupsPerRow: Int,
    to sums: inout (Lanes, Lanes, Lanes, Lanes)
  ) {
    tabled.withUnsafeBufferPointer { blocks in
      patterns.withUnsafeBufferPointer { patterns in
        guard var pattern = patterns.baseAddress.map({ $0 + row * groupsPerRow }) else { return }
        for block in blocks {
          let magnitude = Lanes(repeating: block.magnitude)
          var table = tables + 128 * Int(block.group)
          var parts = (Lanes(), Lanes(), Lanes(), Lanes())
          for group in 0..<groupsPerRow {
            parts.0 += load(table + 8 * Int(pattern[group]))
            parts.1 += load(table + 8 * Int(pattern[groupsPerRow + group]))
            parts.2 += load(table + 8 * Int(pattern[2 * groupsPerRow + group]))
            parts.3 += load(table + 8 * Int(pattern[3 * groupsPerRow + group]))
            table += 128
          }
          sums.0.addProduct(magnitude, parts.0)
          sums.1.addProduct(magnitude, parts.1)
          sums.2.addProduct(magnitude, parts.2)
          sums.3.addProduct(magnitude, parts.3)
          pattern += rowCount * groupsPerRow
        }
      }
    }
  }

  /// One row of the blocks with tables.
  @inline(__always)
  private func addTabled(
    row: Int, rowCount: Int, tables: MutableFloatPointer, groupsPerRow: Int
  ) -> Lanes {
    var sums = (Lanes(), Lanes())
    var pattern = row * groupsPerRow
    for (index, block) in tabled.enumerated() {
      var table = tables + 128 * Int(block.group)
      var part = Lanes()
      for group in 0..<groupsPerRow {
        part += load(table + 8 * Int(patterns[pattern + group]))
        table += 128
      }
      // Two chains, so that one sum need not wait for the other.
      if index % 2 == 0 {
        sums.0.addProduct(Lanes(repeating: block.magnitude), part)
      } else {
        sums.1.addProduct(Lanes(repeating: block.magnitude), part)
      }
      pattern += rowCount * groupsPerRow
    }
    return sums.0 + sums.1
  }

  /// One row of the unified blocks without tables and of the kept ones.
  @inline(__always)
  private func rest(row: Int, rowCount: Int, inputs: MutableFloatPointer) -> Lanes {
    var sums = Lanes()
    var sign = 0
    for block in signed {
      let count = Int(block.count)
      var part = Lanes()
      for column in 0..<count {
        let flips = SIMD8<UInt32>(repeating: signs[sign + row * count + column])
        let bits = unsafeBitCast(
          load(inputs + 8 * (Int(block.column) + column)), to: SIMD8<UInt32>.self)
        part += unsafeBitCast(bits ^ flips, to: Lanes.self)
      }
      sums.addProduct(Lanes(repeating: block.magnitude), part)
      sign += rowCount * count
    }
    var weight = 0
    for block in kept {
      let count = Int(block.count)
      for column in 0..<count {
        sums.addProduct(
          Lanes(repeating: weights[weight + row * count + column]),
          load(inputs + 8 * (Int(block.column) + column)))
      }
      weight += rowCount * count
    }
    return sums
  }
}
