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
    /// Unified blocks of full width, where that is whole groups of four: the first group and the magnitude.
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
        } else if width % 4 == 0 && xs.count == width {
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
    while row + 4 <= rowCount {
      var sums = (Lanes(), Lanes(), Lanes(), Lanes())
      addTabled(
        fromRow: row, rowCount: rowCount, tables: tables, groupsPerRow: groupsPerRow, to: &sums)
      addSigned(fromRow: row, rowCount: rowCount, inputs: inputs, to: &sums)
      addKept(fromRow: row, rowCount: rowCount, inputs: inputs, to: &sums)
      write(row, sums.0)
      write(row + 1, sums.1)
      write(row + 2, sums.2)
      write(row + 3, sums.3)
      row += 4
    }
    while row < rowCount {
      let tabled = tabled(
        row: row, rowCount: rowCount, tables: tables, groupsPerRow: groupsPerRow)
      let signed = signed(row: row, rowCount: rowCount, inputs: inputs)
      write(row, tabled + signed + kept(row: row, rowCount: rowCount, inputs: inputs))
      row += 1
    }
  }

  // MARK: Four rows at a time: what is loaded serves four sums

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

  @inline(__always)
  private func addSigned(
    fromRow row: Int, rowCount: Int, inputs: MutableFloatPointer,
    to sums: inout (Lanes, Lanes, Lanes, Lanes)
  ) {
    signed.withUnsafeBufferPointer { blocks in
      signs.withUnsafeBufferPointer { signs in
        guard var start = signs.baseAddress else { return }
        for block in blocks {
          let count = Int(block.count)
          let sign = start + row * count
          let magnitude = Lanes(repeating: block.magnitude)
          var input = inputs + 8 * Int(block.column)
          var parts = (Lanes(), Lanes(), Lanes(), Lanes())
          for column in 0..<count {
            let x = load(input)
            parts.0 += x.flipped(by: sign[column])
            parts.1 += x.flipped(by: sign[count + column])
            parts.2 += x.flipped(by: sign[2 * count + column])
            parts.3 += x.flipped(by: sign[3 * count + column])
            input += 8
          }
          sums.0.addProduct(magnitude, parts.0)
          sums.1.addProduct(magnitude, parts.1)
          sums.2.addProduct(magnitude, parts.2)
          sums.3.addProduct(magnitude, parts.3)
          start += rowCount * count
        }
      }
    }
  }

  @inline(__always)
  private func addKept(
    fromRow row: Int, rowCount: Int, inputs: MutableFloatPointer,
    to sums: inout (Lanes, Lanes, Lanes, Lanes)
  ) {
    kept.withUnsafeBufferPointer { blocks in
      weights.withUnsafeBufferPointer { weights in
        guard var start = weights.baseAddress else { return }
        for block in blocks {
          let count = Int(block.count)
          let weight = start + row * count
          var input = inputs + 8 * Int(block.column)
          for column in 0..<count {
            let x = load(input)
            sums.0.addProduct(Lanes(repeating: weight[column]), x)
            sums.1.addProduct(Lanes(repeating: weight[count + column]), x)
            sums.2.addProduct(Lanes(repeating: weight[2 * count + column]), x)
            sums.3.addProduct(Lanes(repeating: weight[3 * count + column]), x)
            input += 8
          }
          start += rowCount * count
        }
      }
    }
  }

  // MARK: One row at a time: several sums side by side, so that one need not wait for the other

  @inline(__always)
  private func tabled(
    row: Int, rowCount: Int, tables: MutableFloatPointer, groupsPerRow: Int
  ) -> Lanes {
    var sums = (Lanes(), Lanes())
    tabled.withUnsafeBufferPointer { blocks in
      patterns.withUnsafeBufferPointer { patterns in
        guard var pattern = patterns.baseAddress.map({ $0 + row * groupsPerRow }) else { return }
        for block in blocks {
          var table = tables + 128 * Int(block.group)
          var part = Lanes()
          for group in 0..<groupsPerRow {
            part += load(table + 8 * Int(pattern[group]))
            table += 128
          }
          sums = (sums.1, sums.0)
          sums.0.addProduct(Lanes(repeating: block.magnitude), part)
          pattern += rowCount * groupsPerRow
        }
      }
    }
    return sums.0 + sums.1
  }

  @inline(__always)
  private func signed(row: Int, rowCount: Int, inputs: MutableFloatPointer) -> Lanes {
    var sums = (Lanes(), Lanes())
    signed.withUnsafeBufferPointer { blocks in
      signs.withUnsafeBufferPointer { signs in
        guard var start = signs.baseAddress else { return }
        for block in blocks {
          let count = Int(block.count)
          let sign = start + row * count
          let input = inputs + 8 * Int(block.column)
          var part = Lanes()
          for column in 0..<count {
            part += load(input + 8 * column).flipped(by: sign[column])
          }
          sums = (sums.1, sums.0)
          sums.0.addProduct(Lanes(repeating: block.magnitude), part)
          start += rowCount * count
        }
      }
    }
    return sums.0 + sums.1
  }

  @inline(__always)
  private func kept(row: Int, rowCount: Int, inputs: MutableFloatPointer) -> Lanes {
    var sums = (Lanes(), Lanes(), Lanes(), Lanes())
    kept.withUnsafeBufferPointer { blocks in
      weights.withUnsafeBufferPointer { weights in
        guard var start = weights.baseAddress else { return }
        for block in blocks {
          let count = Int(block.count)
          let weight = start + row * count
          let input = inputs + 8 * Int(block.column)
          var column = 0
          while column + 4 <= count {
            sums.0.addProduct(Lanes(repeating: weight[column]), load(input + 8 * column))
            sums.1.addProduct(Lanes(repeating: weight[column + 1]), load(input + 8 * column + 8))
            sums.2.addProduct(Lanes(repeating: weight[column + 2]), load(input + 8 * column + 16))
            sums.3.addProduct(Lanes(repeating: weight[column + 3]), load(input + 8 * column + 24))
            column += 4
          }
          while column < count {
            sums.0.addProduct(Lanes(repeating: weight[column]), load(input + 8 * column))
            column += 1
          }
          start += rowCount * count
        }
      }
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}

extension Lanes {
  /// The numbers with their sign bits flipped where `bit` is set.
  @inline(__always)
  fileprivate func flipped(by bit: UInt32) -> Lanes {
    unsafeBitCast(
      unsafeBitCast(self, to: SIMD8<UInt32>.self) ^ SIMD8<UInt32>(repeating: bit), to: Lanes.self)
  }
}
