// Laws of codebooks and their tables: the optimum by a naive programme in Double, and the properties of section 7.2.

import Compression
import Foundation
import Reproducibility
import Testing

/// The least error by trying all cuts, k levels at most, zero free or not: O(n² k).
private func naiveErrors(_ values: [Float], levels: Int, reservesZero: Bool) -> [Double] {
  let sorted = values.map { Double($0) }.sorted()
  let n = sorted.count
  func error(_ range: Range<Int>) -> Double {
    let mean = range.reduce(0) { $0 + sorted[$1] } / Double(range.count)
    return range.reduce(0) { $0 + (sorted[$1] - mean) * (sorted[$1] - mean) }
  }
  func square(_ range: Range<Int>) -> Double { range.reduce(0) { $0 + sorted[$1] * sorted[$1] } }
  // best[z][i]: the first i values; z says whether the zero interval is already used up.
  var results: [Double] = []
  var layer = [[Double]](
    repeating: [0] + [Double](repeating: .infinity, count: n), count: 2)
  func addZero(_ layer: [[Double]]) -> [[Double]] {
    var next = layer
    for i in 0...n where reservesZero {
      for m in 0...i { next[1][i] = min(next[1][i], layer[0][m] + square(m..<i)) }
    }
    return next
  }
  layer = addZero(layer)
  for _ in 0..<levels {
    var next = layer
    for z in 0...1 {
      for i in 1..<(n + 1) {
        for m in 0..<i { next[z][i] = min(next[z][i], layer[z][m] + error(m..<i)) }
      }
    }
    layer = addZero(next)
    results.append(min(layer[0][n], layer[1][n]))
  }
  return results
}

/// Values of several characters, some of them repeated or zero.
private func someValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(Seed(seed).child("values"))
  return (0..<count).map { _ in
    switch seed % 5 {
    case 0: stream.normal()
    case 1: stream.normal() * stream.normal() * stream.normal()
    case 2: Float(stream.integer(below: 7)) - 3
    case 3: 1000 + stream.uniform()
    default: stream.uniform() < 0.5 ? 0 : stream.uniform(-0.2, 1)
    }
  }
}

/// Prefix sums in Double lose this much of Σ v², relative.
private let rounding = 1e-11

private func squares(_ values: [Float]) -> Double {
  values.reduce(0) { $0 + Double($1) * Double($1) }
}

/// Gaussian values, most of them shrunk towards zero.
private func heavyCentre(_ count: Int, seed: UInt64, outlier: Float = 1) -> [Float] {
  var stream = RandomStream(Seed(seed).child("heavy centre"))
  var values = [Float](repeating: 0, count: count)
  for i in values.indices {
    let value = stream.normal() * 0.05
    values[i] = i % 8 == 0 ? value * outlier : value * 0.2
  }
  return values
}

@Suite("Quantization tables") struct QuantizationTableTests {
  @Test("exact errors are those of trying all cuts", arguments: 0..<30 as Range<UInt64>)
  func optimum(seed: UInt64) {
    for count in [1, 2, 3, 5, 17, 40] {
      let values = someValues(count, seed: seed)
      for reservesZero in [true, false] {
        let naive = naiveErrors(values, levels: 16, reservesZero: reservesZero)
        let table = QuantizationTable(
          values, quantizer: .exact, maximumBits: 4, reservesZero: reservesZero)
        let single = rounding * squares(values)
        for bits in 1...4 {
          let error = table.error(bits: bits)
          let expected = naive[(1 << bits) - 1]
          #expect(abs(error - expected) <= single, "seed \(seed), \(count) values, \(bits) bits")
          // Rounding levels to Float adds at most n · (2⁻²⁴ · |v|)².
          let reached = table.codebook(bits: bits).error(of: values.span)
          #expect(reached <= error + single + squares(values) * 0x1p-46, "seed \(seed)")
          #expect(table.gap(bits: bits) == 0)
        }
      }
    }
  }

  @Test(
    "errors never grow with the bits, and no quantizer beats the exact one by more than rounding")
  func ordered() {
    for seed in 0..<20 as Range<UInt64> {
      let values = someValues(2_000, seed: seed)
      for reservesZero in [true, false] {
        func table(_ quantizer: Quantizer) -> QuantizationTable {
          QuantizationTable(
            values, quantizer: quantizer, maximumBits: 6, reservesZero: reservesZero, groups: 4096)
        }
        let exact = table(.exact)
        let grouped = table(.histogram)
        let released = table(.released)
        #expect(table(.automatic).errors == exact.errors, "seed \(seed)")
        let slack = rounding * squares(values)
        for bits in 1...6 {
          let optimum = exact.error(bits: bits)
          if bits > 1 { #expect(optimum <= exact.error(bits: bits - 1), "seed \(seed)") }
          if bits > 1 { #expect(grouped.error(bits: bits) <= grouped.error(bits: bits - 1)) }
          #expect(released.error(bits: bits) >= optimum - slack, "seed \(seed), \(bits) bits")
          let excess = grouped.error(bits: bits) - optimum
          #expect(excess >= -slack, "seed \(seed), \(bits) bits")
          #expect(excess <= grouped.gap(bits: bits) + slack, "seed \(seed), \(bits) bits")
          let codebook = grouped.codebook(bits: bits)
          let polished = codebook.error(of: values.span)
          let float = squares(values) * 0x1p-46
          #expect(polished <= grouped.error(bits: bits) + slack + float, "seed \(seed)")
          for table in [exact, grouped, released] {
            let codebook = table.codebook(bits: bits)
            #expect(codebook.levels.count <= 1 << bits)
            #expect(codebook.bits <= bits)
            if reservesZero { #expect(!codebook.levels.contains(0)) }
          }
        }
      }
    }
  }

  @Test("few groups still bound the optimum, with outliers too", arguments: 0..<8 as Range<UInt64>)
  func coarseGroups(seed: UInt64) {
    let values = heavyCentre(30_000, seed: seed, outlier: seed % 2 == 0 ? 1 : 60)
    let exact = QuantizationTable(values, quantizer: .exact, maximumBits: 7)
    let grouped = QuantizationTable(values, quantizer: .histogram, maximumBits: 7, groups: 4096)
    for bits in 1...7 {
      let optimum = exact.error(bits: bits)
      let excess = grouped.error(bits: bits) - optimum
      #expect(excess >= -rounding * squares(values))
      #expect(excess <= grouped.gap(bits: bits), "seed \(seed), \(bits) bits")
      // 4,096 groups are at least 32 per level: the excess is far below the bound of 1 / 16 twice over.
      #expect(excess <= 0.02 * optimum, "seed \(seed), \(bits) bits: \(excess / optimum)")
    }
  }

  @Test("quantizing what is already quantized changes nothing")
  func idempotent() {
    for seed in 0..<20 as Range<UInt64> {
      let values = someValues(500, seed: seed)
      for quantizer in [.automatic, .exact, .released] as [Quantizer] {
        for reservesZero in [true, false] where !(quantizer == .released) {
          let table = QuantizationTable(
            values, quantizer: quantizer, maximumBits: 3, reservesZero: reservesZero)
          let once = table.codebook(bits: 3).quantized(values.span)
          let again = QuantizationTable(
            once, quantizer: quantizer, maximumBits: 3, reservesZero: reservesZero)
          #expect(again.error(bits: 3) == 0, "seed \(seed), \(quantizer)")
          #expect(again.codebook(bits: 3).quantized(once.span) == once, "seed \(seed)")
        }
      }
    }
  }

  @Test("scaling by a power of two scales levels and errors; order does not matter")
  func scaleAndOrder() {
    for seed in 0..<20 as Range<UInt64> {
      let values = someValues(700, seed: seed)
      var stream = RandomStream(Seed(seed).child("order"))
      let permuted = stream.permutation(values.count).map { values[$0] }
      for quantizer in [.exact, .histogram] as [Quantizer] {
        let table = QuantizationTable(values, quantizer: quantizer, maximumBits: 4)
        let scaled = QuantizationTable(
          values.map { $0 * 8 }, quantizer: quantizer, maximumBits: 4)
        let shuffled = QuantizationTable(permuted, quantizer: quantizer, maximumBits: 4)
        for bits in 1...4 {
          let slack = rounding * squares(values)
          #expect(scaled.error(bits: bits) == 64 * table.error(bits: bits), "seed \(seed)")
          #expect(abs(shuffled.error(bits: bits) - table.error(bits: bits)) <= slack)
          if quantizer == .exact {
            let levels = table.codebook(bits: bits).levels
            #expect(scaled.codebook(bits: bits).levels == levels.map { $0 * 8 }, "seed \(seed)")
            #expect(shuffled.codebook(bits: bits).levels == levels, "seed \(seed)")
          }
        }
      }
    }
  }

  @Test(
    "nothing, zeros, one value and fewer values than levels have error 0",
    arguments: Quantizer.allCases)
  func degenerate(quantizer: Quantizer) {
    let cases: [[Float]] = [[], [0, 0, -0.0], [0.5], [-3, -3, -3], [1, 2, -1, 0, 0, 2]]
    for values in cases {
      for reservesZero in [true, false] {
        let table = QuantizationTable(
          values, quantizer: quantizer, maximumBits: 8, reservesZero: reservesZero)
        if quantizer != .released || values.count < 2 {
          #expect(table.error(bits: 8) <= 1e-12, "\(values)")
          let quantized = table.codebook(bits: 8).quantized(values.span)
          #expect(quantized == values, "\(values), \(table.codebook(bits: 8).levels)")
        }
        let codes = table.codebook(bits: 8).codes(for: values.span)
        for (code, value) in zip(codes, values) where reservesZero {
          #expect((code == -1) == (value == 0) || quantizer == .released)
        }
      }
    }
  }

  @Test("values that cannot be ordered, and impossible widths, are refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) {
      _ = QuantizationTable([1, .nan], maximumBits: 2)
    }
    await #expect(processExitsWith: .failure) {
      _ = QuantizationTable([1, .infinity], quantizer: .histogram, maximumBits: 2)
    }
    await #expect(processExitsWith: .failure) { _ = QuantizationTable([1], maximumBits: 9) }
  }

  @Test("a value goes to the nearest level; ties go to zero, then down")
  func codes() {
    let free = Codebook(levels: [2, -2, 6, 2, 0], reservesZero: true)
    #expect(free.levels == [-2, 2, 6])
    let values: [Float] = [-9, -2, -1, -0.99, 0, 1, 1.01, 4, 4.01, 99]
    #expect(free.codes(for: values.span) == [0, 0, -1, -1, -1, -1, 1, 1, 2, 2])
    #expect(free.quantized(values.span) == [-2, -2, 0, 0, 0, 0, 2, 2, 6, 6])
    let plain = Codebook(levels: [-1, 0, 2], reservesZero: false)
    let others: [Float] = [-0.5, -0.49, 1, 1.01]
    #expect(plain.codes(for: others.span) == [0, 1, 1, 2])
    let empty = Codebook(levels: [], reservesZero: false)
    #expect(empty.codes(for: others.span) == [-1, -1, -1, -1])
    for seed in 0..<20 as Range<UInt64> {
      let values = someValues(300, seed: seed)
      for count in [1, 2, 3, 7, 8, 9, 255, 256] {
        let book = Codebook(
          levels: someValues(count, seed: seed + 100), reservesZero: seed % 2 == 0)
        let all = book.levels + (book.reservesZero ? [0] : [])
        for (value, level) in zip(values, book.quantized(values.span)) {
          let best = all.map { abs(Double($0) - Double(value)) }.min() ?? .infinity
          #expect(abs(Double(level) - Double(value)) == best, "seed \(seed), \(count) levels")
        }
      }
    }
  }
}

@Suite("Frontiers of error against non-zeros") struct SparsityFrontierTests {
  /// The least error + penalty · non-zeros by trying every kept pair of ends, with the table's error for each.
  static func naive(_ values: [Float], bits: Int, penalty: Double) -> Double {
    let sorted = values.sorted()
    let negatives = sorted.prefix { $0 < 0 }.count
    let positives = sorted.count { $0 > 0 }
    var best = Double.infinity
    for low in 0...negatives {
      for high in 0...positives {
        let kept = Array(sorted.prefix(low) + sorted.suffix(high))
        let dropped = sorted.dropFirst(low).dropLast(high)
        // Levels without a free zero, since all of these stay; no cell of an optimum holds both signs.
        let error =
          kept.isEmpty
          ? 0
          : QuantizationTable(kept, quantizer: .exact, maximumBits: bits, reservesZero: false)
            .error(bits: bits)
        let lost = dropped.reduce(0) { $0 + Double($1) * Double($1) }
        best = min(best, error + lost + penalty * Double(low + high))
      }
    }
    return best
  }

  @Test("at every penalty the best vertex is optimal", arguments: 0..<12 as Range<UInt64>)
  func optimal(seed: UInt64) {
    let values = someValues(24, seed: seed)
    let frontier = SparsityFrontier(values, maximumBits: 3)
    for bits in 1...3 {
      for penalty in [0, 1e-3, 0.01, 0.1, 0.5, 2, 1e7] {
        let vertex = frontier.best(bits: bits, penalty: penalty)
        let reached = vertex.error + penalty * Double(vertex.nonzeroCount)
        let naive = Self.naive(values, bits: bits, penalty: penalty)
        #expect(
          abs(reached - naive) <= rounding * squares(values),
          "seed \(seed), \(bits) bits, penalty \(penalty)")
      }
    }
  }

  @Test("vertices descend along a convex hull, and their codebooks reach them")
  func vertices() {
    for seed in 0..<10 as Range<UInt64> {
      let values = someValues(600, seed: seed)
      for quantizer in [.exact, .histogram] as [Quantizer] {
        let frontier = SparsityFrontier(values, quantizer: quantizer, maximumBits: 4)
        let table = QuantizationTable(values, quantizer: quantizer, maximumBits: 4)
        let slack = rounding * squares(values) + squares(values) * 0x1p-46
        for bits in 1...4 {
          let vertices = frontier.vertices(bits: bits)
          #expect(vertices.first?.nonzeroCount == 0)
          #expect(abs((vertices.first?.error ?? -1) - squares(values)) <= slack)
          let least = vertices.last?.error ?? -1
          #expect(abs(least - table.error(bits: bits)) <= slack, "seed \(seed), \(bits) bits")
          var slope = Double.infinity
          for (a, b) in zip(vertices, vertices.dropFirst()) {
            let next = (a.error - b.error) / Double(b.nonzeroCount - a.nonzeroCount)
            #expect(next > 0 && next < slope * (1 + 1e-9), "seed \(seed)")
            slope = next
          }
          for vertex in vertices {
            let book = frontier.codebook(of: vertex)
            let quantized = book.quantized(values.span)
            let codes = book.codes(for: values.span)
            #expect(quantized.count { $0 != 0 } == vertex.nonzeroCount, "seed \(seed)")
            #expect(codes.count { $0 >= 0 } == vertex.nonzeroCount, "seed \(seed)")
            #expect(book.codebook.levels.count <= 1 << bits)
            var error = 0.0
            for (a, b) in zip(values, quantized) { error += Double(a - b) * Double(a - b) }
            #expect(error <= vertex.error * (1 + 1e-6) + slack, "seed \(seed), \(quantizer)")
          }
        }
      }
    }
  }

  @Test("the gap of groups bounds the distance from the optimum", arguments: 0..<6 as Range<UInt64>)
  func gap(seed: UInt64) {
    let values = heavyCentre(20_000, seed: seed)
    let exact = SparsityFrontier(values, quantizer: .exact, maximumBits: 3)
    let grouped = SparsityFrontier(values, quantizer: .histogram, maximumBits: 3, groups: 4096)
    for bits in 1...3 {
      for penalty in [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2] {
        func objective(_ frontier: SparsityFrontier) -> Double {
          let vertex = frontier.best(bits: bits, penalty: penalty)
          return vertex.error + penalty * Double(vertex.nonzeroCount)
        }
        let excess = objective(grouped) - objective(exact)
        #expect(excess >= -rounding * squares(values))
        #expect(excess <= grouped.gap(bits: bits, penalty: penalty) + 1e-12)
      }
    }
  }
}
