// The shared vectors of the joint method that concern its numerics: quantizers, knapsacks, bit widths and the budget.
// The cases about whole projections and runs belong to the operator and the method.

import Compression
import Foundation
import Reproducibility
import TestSupport
import Testing

/// The vector file of the joint method.
struct JointVectors: Decodable, Sendable {
  let count: Int
  let cases: [VectorCase]

  /// Kinds checked here.
  static let numericKinds: Set<String> = [
    "w_projection_fixed_bits", "quantizer_free_zero", "mckp", "v_projection_fixed_sparsity",
    "bitwidth_function", "budget",
  ]

  static func load() throws -> JointVectors {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/joint-projection", withExtension: "json"))
    return try CanonicalJSON.decode(JointVectors.self, from: Data(contentsOf: url))
  }

  static func cases(_ kind: String) throws -> [VectorCase] {
    try load().cases.filter { $0.kind == kind }
  }
}

/// The file's own tolerance, for what is computed in Double throughout.
private let vectorTolerance = 1e-8
/// Float inputs differ from the file's in the eighth digit (style, section 9).
private let floatTolerance = 1e-6

private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = vectorTolerance) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(b))
}

/// The nearest of the levels and the free zero, which wins ties; then the lower level.
private func nearest(_ value: Double, _ levels: [Double]) -> Double {
  var best = 0.0
  for level in levels where abs(value - level) < abs(value - best) { best = level }
  return best
}

@Suite("Joint sparsity and quantization: vectors") struct JointVectorTests {
  @Test("the file is complete and its numeric kinds are checked here")
  func complete() throws {
    let vectors = try JointVectors.load()
    #expect(vectors.cases.count == vectors.count)
    let kinds = Set(vectors.cases.map { $0.kind })
    #expect(JointVectors.numericKinds.isSubset(of: kinds))
    #expect(
      kinds.subtracting(JointVectors.numericKinds)
        == ["joint_projection_eq1", "prox_dual", "admm_reference_run"])
  }

  @Test(
    "the weights that stay at fixed bits",
    arguments: try JointVectors.cases("w_projection_fixed_bits"))
  func sparsity(vector: VectorCase) throws {
    let values = try #require(vector.input["Wbar"]).items.map { $0.floats }
    let bits = try #require(vector.input["bits"]).integers
    let budget = try vector.input.integer("S_budget")
    let layers = zip(values, bits).map { (values: $0, bits: $1) }
    func check(_ rule: SparsityKnapsack.Rule, mask: String, error: String) throws {
      let selection = SparsityKnapsack(budget: budget, rule: rule).select(layers)
      let expected = try #require(vector.expected[mask]).items.map { $0.integers }
      #expect(selection.masks.map { $0.map { $0 ? 1 : 0 } } == expected, "\(rule)")
      var lost = 0.0
      for (mask, layer) in zip(selection.masks, values) {
        for (isKept, value) in zip(mask, layer) where !isKept {
          lost += Double(value) * Double(value)
        }
      }
      #expect(isNear(lost, try vector.expected.number(error), floatTolerance), "\(rule)")
      #expect(selection.cost <= budget)
      #expect(selection.counts == expected.map { $0.reduce(0, +) })
      if rule == .prefix {
        let gap = try vector.expected.number("gap_bound_first_rejected_w2")
        #expect(isNear(selection.gap, gap, floatTolerance))
        #expect(selection.cost == (try vector.expected.integer("greedy_cost")))
      }
      if rule == .exact {
        #expect(selection.cost == (try vector.expected.integer("opt_cost")))
      }
    }
    try check(.exact, mask: "opt_mask", error: "opt_err")
    try check(.prefix, mask: "greedy_mask", error: "greedy_err")
    try check(
      .releasedOffByOne, mask: "released_code_off_by_one_mask",
      error: "released_code_off_by_one_err")
  }

  @Test("levels beside a free zero", arguments: try JointVectors.cases("quantizer_free_zero"))
  func quantizers(vector: VectorCase) throws {
    let values = try #require(vector.input["Vbar"]).doubles
    let bits = try vector.input.integer("bits")
    func check(_ quantizer: Quantizer, error: String, result: String) throws {
      let expectedError = try vector.expected.number(error)
      let table = QuantizationTable(doubles: values, quantizer: quantizer, maximumBits: bits)
      #expect(isNear(table.error(bits: bits), expectedError))
      let levels = table.unroundedLevels(bits: bits)
      let expected = try #require(vector.expected[result]).doubles
      for (value, other) in zip(values, expected) {
        #expect(isNear(nearest(value, levels), other), "\(quantizer) at \(value)")
      }
      let floats = values.map { Float($0) }
      let single = QuantizationTable(floats, quantizer: quantizer, maximumBits: bits)
      #expect(isNear(single.error(bits: bits), expectedError, floatTolerance))
      let quantized = single.codebook(bits: bits).quantized(floats.span)
      for (value, other) in zip(quantized, expected) {
        #expect(isNear(Double(value), other, floatTolerance), "\(quantizer)")
      }
    }
    try check(.exact, error: "exact_err", result: "exact_V")
    try check(.released, error: "released_kmeans_err", result: "released_kmeans_V")
    let dictionary = try #require(vector.expected["released_kmeans_dict"]).doubles
    let released = QuantizationTable(doubles: values, quantizer: .released, maximumBits: bits)
    let levels = released.unroundedLevels(bits: bits)
    let alive = dictionary.filter { $0 != 0 }.sorted()
    #expect(levels.count == alive.count)
    for (level, other) in zip(levels, alive) { #expect(isNear(level, other)) }
  }

  @Test("one item of every group", arguments: try JointVectors.cases("mckp"))
  func multipleChoice(vector: VectorCase) throws {
    let knapsack = MultipleChoiceKnapsack(
      profits: try #require(vector.input["profit"]).items.map { $0.doubles },
      weights: try #require(vector.input["weight"]).items.map { $0.integers },
      budget: try vector.input.integer("budget"))
    #expect(knapsack.hulls == vector.expected["hull"]?.items.map { $0.integers })
    let optimum = try vector.expected.number("opt_profit")
    for rule in [.exact, .automatic] as [MultipleChoiceKnapsack.Rule] {
      let best = knapsack.solution(rule)
      #expect(best.profit == optimum)
      let choices = try #require(vector.expected["opt_choice"]).items.map { $0.integers }
      #expect(choices.contains(best.choice))
      #expect(best.gap == 0)
    }
    for (rule, key) in [(.skip, "greedy_released"), (.stop, "greedy_paper_stop")]
      as [(MultipleChoiceKnapsack.Rule, String)]
    {
      let greedy = knapsack.solution(rule)
      let expected = try #require(vector.expected[key])
      #expect(greedy.choice == expected["choice"]?.integers, "\(rule)")
      #expect(greedy.profit == (try expected.number("profit")), "\(rule)")
      #expect(greedy.weight == (try expected.integer("weight")), "\(rule)")
      #expect(greedy.profit + greedy.gap >= optimum - vectorTolerance, "\(rule)")
    }
  }

  @Test(
    "bit widths at fixed sparsity",
    arguments: try JointVectors.cases("v_projection_fixed_sparsity"))
  func bitWidths(vector: VectorCase) throws {
    let values = try #require(vector.input["Vbar"]).items.map { $0.doubles }
    let counts = try #require(vector.input["nnz_W"]).integers
    let widths = try #require(vector.input["B"]).integers
    let tables = values.map {
      QuantizationTable(doubles: $0, quantizer: .exact, maximumBits: widths.max() ?? 1)
    }
    let errors = tables.map { table in widths.map { table.error(bits: $0) } }
    let expectedErrors = try #require(vector.expected["E"]).items.map { $0.doubles }
    for (row, expected) in zip(errors, expectedErrors) {
      for (a, b) in zip(row, expected) { #expect(isNear(a, b)) }
    }
    let weights = counts.map { count in widths.map { $0 * count } }
    #expect(weights == vector.expected["weights"]?.items.map { $0.integers })
    let knapsack = MultipleChoiceKnapsack(
      profits: errors.map { $0.map { -$0 } }, weights: weights,
      budget: try vector.input.integer("S_budget"))
    func bits(_ rule: MultipleChoiceKnapsack.Rule) -> [Int] {
      knapsack.solution(rule).choice.map { widths[$0] }
    }
    let isFeasible = vector.expected["feasible"] == .boolean(true)
    #expect(knapsack.solution(.exact).isFeasible == isFeasible)
    guard isFeasible else {
      #expect(bits(.automatic).allSatisfy { $0 == widths.min() })
      return
    }
    let best = knapsack.solution(.exact)
    #expect(isNear(-best.profit, try vector.expected.number("opt_err")))
    #expect(vector.expected["opt_bits"]?.items.map { $0.integers }.contains(bits(.exact)) == true)
    let expected = try #require(vector.expected["opt_V"]).items.map { $0.doubles }
    for (layer, item) in best.choice.enumerated() {
      let levels = tables[layer].unroundedLevels(bits: widths[item])
      for (value, other) in zip(values[layer], expected[layer]) {
        #expect(isNear(nearest(value, levels), other))
      }
    }
    #expect(bits(.skip) == vector.expected["greedy_bits_released_rule"]?.integers)
    #expect(bits(.stop) == vector.expected["greedy_bits_paper_stop_rule"]?.integers)
    let skipError = try vector.expected.number("greedy_err_released_rule")
    #expect(isNear(-knapsack.solution(.skip).profit, skipError))
    let stopError = try vector.expected.number("greedy_err_paper_stop_rule")
    #expect(isNear(-knapsack.solution(.stop).profit, stopError))
  }

  @Test("bit widths of values", arguments: try JointVectors.cases("bitwidth_function"))
  func bitWidthFunction(vector: VectorCase) throws {
    let values = try #require(vector.input["W"]).floats
    #expect(BitWidth.bits(of: values.span) == (try vector.expected.integer("b")))
    let released = try vector.expected.number("released_report_bits")
    #expect(isNear(BitWidth.releasedBits(of: values.span), released))
  }

  @Test("the budget of LeNet-5's command line", arguments: try JointVectors.cases("budget"))
  func budget(vector: VectorCase) throws {
    let sizes = try #require(vector.input["numel"]).integers
    let density = try vector.input.number("nnz_budget")
    let counts = sizes.map { BitBudget.totalBits(density: density, bits: 1, sizes: [$0]) }
    #expect(counts == vector.expected["nnz_target"]?.integers)
    let total = BitBudget.totalBits(
      density: density, bits: try vector.input.number("bit_budget"), sizes: sizes)
    #expect(total == (try vector.expected.integer("S_budget_bits")))
    #expect(32 * sizes.reduce(0, +) == (try vector.expected.integer("dense_bits")))
    let ratio = 32 * Double(sizes.reduce(0, +)) / Double(total)
    #expect(isNear(ratio, try vector.expected.number("compression"), floatTolerance))
  }
}
