// Prints how long the joint method's numerics take on tensors of the published sizes. It asserts nothing about time.
// swift test -c release --skip-build --filter JointBenchmark, with PARSIMONY_JOINT_BENCHMARK=1.

import Compression
import Foundation
import Reproducibility
import Testing

/// Gaussian values, most of them shrunk towards zero.
func heavyCentre(_ count: Int, seed: UInt64, outlier: Float = 1) -> [Float] {
  var stream = RandomStream(Seed(seed).child("heavy centre"))
  var values = [Float](repeating: 0, count: count)
  for i in values.indices {
    let value = stream.normal() * 0.05
    values[i] = i % 8 == 0 ? value * outlier : value * 0.2
  }
  return values
}

@Suite(
  "JointBenchmark",
  .enabled(if: ProcessInfo.processInfo.environment["PARSIMONY_JOINT_BENCHMARK"] != nil),
  .serialized)
struct JointBenchmark {
  func measure<Result>(_ name: String, repeats: Int = 3, _ body: () -> Result) -> Result {
    var best = Duration.seconds(1_000_000)
    var result = body()
    for _ in 0..<repeats {
      let start = ContinuousClock.now
      result = body()
      best = min(best, ContinuousClock.now - start)
    }
    print("BENCH \(name): \(best)")
    return result
  }

  @Test("tables") func tables() {
    for (count, bits) in [
      (500, 8), (5_000, 8), (25_000, 4), (25_000, 8), (400_000, 3), (400_000, 4),
    ] {
      let values = heavyCentre(count, seed: 1)
      let exact = measure("exact \(count) values, 1…\(bits) bits") {
        QuantizationTable(values, quantizer: .exact, maximumBits: bits)
      }
      let grouped = measure("histogram \(count) values, 1…\(bits) bits") {
        QuantizationTable(values, quantizer: .histogram, maximumBits: bits)
      }
      let released = measure("released \(count) values, 1…\(bits) bits") {
        QuantizationTable(values, quantizer: .released, maximumBits: bits)
      }
      for b in 1...bits {
        let polished = grouped.codebook(bits: b).error(of: values.span)
        let e = exact.error(bits: b)
        print(
          "BENCH   \(b) bits: exact \(e), histogram ×\(grouped.error(bits: b) / e),",
          "polished ×\(polished / e), gap ×\(grouped.gap(bits: b) / e),",
          "released ×\(released.error(bits: b) / e)")
      }
      _ = measure("codes of \(count) values, \(bits) bits") {
        exact.codebook(bits: bits).codes(for: values.span)
      }
      let frontier = measure("frontier \(count) values, 1…\(bits) bits") {
        SparsityFrontier(values, maximumBits: bits)
      }
      print("BENCH   \(frontier.quantizer), \(frontier.vertices(bits: bits).count) vertices")
    }
    // The case to compare with other programs: 8 levels, zero not free.
    let dense = heavyCentre(400_000, seed: 1)
    let table = measure("exact without free zero, 400,000 values, 3 bits") {
      QuantizationTable(dense, quantizer: .exact, maximumBits: 3, reservesZero: false)
    }
    print("BENCH   error \(table.error(bits: 3))")
    let layers = zip([500, 25_000, 400_000, 5_000], [8, 8, 3, 8]).map {
      (heavyCentre($0, seed: 1), $1)
    }
    _ = measure("tables of LeNet-5's epoch") {
      layers.map { QuantizationTable($0.0, maximumBits: $0.1) }
    }
  }

  @Test("ResNet-50 of CIFAR") func large() {
    // 54 layers with 23.5 million weights: as many of every size as in the network, roughly.
    var sizes = [1_728, 20_480] + Array(repeating: 16_384, count: 6)
    sizes += Array(repeating: 36_864, count: 3) + Array(repeating: 65_536, count: 7)
    sizes += Array(repeating: 147_456, count: 4) + Array(repeating: 262_144, count: 11)
    sizes += Array(repeating: 589_824, count: 6) + Array(repeating: 1_048_576, count: 9)
    sizes += Array(repeating: 2_359_296, count: 3)
    let layers = sizes.enumerated().map {
      (values: heavyCentre($1, seed: UInt64($0)), bits: 1 + $0 % 7 + ($1 < 2_000 ? 7 : 0))
    }
    print("BENCH \(sizes.count) layers, \(sizes.reduce(0, +)) weights")
    let tables = measure("tables of ResNet-50, 1…8 bits", repeats: 1) {
      layers.map { QuantizationTable($0.values, maximumBits: 8) }
    }
    let budget = sizes.reduce(0, +) / 10
    for rule in SparsityKnapsack.Rule.allCases {
      _ = measure("weights of ResNet-50, \(rule)", repeats: 1) {
        SparsityKnapsack(budget: budget, rule: rule).select(layers)
      }
    }
    let knapsack = MultipleChoiceKnapsack(
      profits: tables.map { $0.errors.map { -$0 } },
      weights: sizes.map { size in (1...8).map { $0 * (size / 25) } }, budget: budget)
    for rule in MultipleChoiceKnapsack.Rule.allCases {
      let solution = measure("bits of ResNet-50, \(rule)", repeats: 1) { knapsack.solution(rule) }
      print("BENCH   error \(-solution.profit), gap \(solution.gap), weight \(solution.weight)")
    }
    _ = measure("codebooks of ResNet-50", repeats: 1) {
      tables.map { $0.codebook(bits: 3).levels.count }
    }
  }
}
