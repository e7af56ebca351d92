// The shared vectors of micro-structured unification that concern operators, codes and accounting. Runs of ADMM and gradients of
// retraining belong to the method.

import Compression
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

/// The vector file of micro-structured unification.
struct UnificationVectors: Decodable, Sendable {
  let count: Int
  let cases: [VectorCase]

  /// Kinds that the tests of the method check.
  static let kindsOfMethods: Set<String> = ["admm", "retraining"]

  static func load() throws -> UnificationVectors {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/micro-structured", withExtension: "json"))
    return try CanonicalJSON.decode(UnificationVectors.self, from: Data(contentsOf: url))
  }

  static func cases(_ kind: String) throws -> [VectorCase] {
    try load().cases.filter { $0.kind == kind }
  }
}

/// The file's own tolerance, for what is computed in Double throughout.
private let doubleTolerance = 1e-9
/// Float inputs differ from the file's in the eighth digit (style, section 9).
private let floatTolerance = 1e-6

private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = floatTolerance) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(b))
}

private func areNear(_ a: [Double], _ b: [Double], _ tolerance: Double = floatTolerance) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { isNear($0, $1, tolerance) }
}

/// The matrix under `key` as a group with one linear weight.
private func layer(_ vector: VectorCase, _ key: String = "V") throws -> WeightGroup {
  let rows = try #require(vector.input[key]).items.map { $0.floats }
  return WeightGroup([
    .init(
      name: "layer.weight",
      tensor: Tensor([rows.count, rows[0].count], elements: rows.flatMap { $0 }), kind: .linear)
  ])
}

private func operation(_ vector: VectorCase) throws -> Unify {
  Unify(
    block: Shape(try #require(vector.input["block"]).integers),
    pruned: vector.input["p"]?.number ?? 0, unified: vector.input["u"]?.number ?? 0,
    inner: false)
}

extension Unify.Choice {
  fileprivate func blocks(_ tag: BlockTag) -> [Int] { tags.indices.filter { tags[$0] == tag } }

  /// The elements of every block in Double.
  fileprivate func values(_ tensor: Tensor) -> [[Double]] {
    tags.indices.map { partition.places(of: $0).map { Double(tensor[$0]) } }
  }
}

@Suite("Micro-structured unification: vectors") struct UnificationVectorTests {
  @Test("the file is complete and its kinds of operators are checked here")
  func complete() throws {
    let vectors = try UnificationVectors.load()
    #expect(vectors.cases.count == vectors.count)
    #expect(
      Set(vectors.cases.map { $0.kind }).subtracting(UnificationVectors.kindsOfMethods) == [
        "block_projection", "layer_unify", "layer_prune", "layer_unify_ragged", "layer_joint",
        "conv_reshape", "factored_inference", "block_multiplications", "storage",
        "count_rounding", "identity", "block_3d",
      ])
  }

  @Test("one block", arguments: try UnificationVectors.cases("block_projection"))
  func blockProjection(vector: VectorCase) throws {
    let values = try #require(vector.input["v"]).doubles
    let expected = vector.expected
    let mean = BlockRule()
    #expect(
      isNear(mean.shared(values), try expected.number("same_magnitude_l2", "c"), doubleTolerance))
    #expect(
      areNear(
        mean.projected(values), try expected.at("same_magnitude_l2", "z").doubles, doubleTolerance)
    )
    for path in ["same_magnitude_l2.sse", "n_times_variance_of_magnitudes"] {
      let wanted =
        path.hasSuffix("sse")
        ? try expected.number("same_magnitude_l2", "sse") : try expected.number(path)
      #expect(isNear(mean.unifyCost(values), wanted, doubleTolerance), "\(path)")
    }
    #expect(
      isNear(BlockRule.pruneCost(values), try expected.number("prune_sse"), doubleTolerance))
    func distances(_ rule: BlockRule) -> [Double] {
      zip(values, rule.projected(values)).map { abs($0 - $1) }
    }
    let median = BlockRule(magnitude: .l1)
    #expect(
      isNear(median.shared(values), try expected.number("same_magnitude_l1", "c"), doubleTolerance))
    let absolute = distances(median).reduce(0, +)
    #expect(isNear(absolute, try expected.number("same_magnitude_l1", "sae"), doubleTolerance))
    let middle = BlockRule(magnitude: .linf)
    #expect(
      isNear(
        middle.shared(values), try expected.number("same_magnitude_linf", "c"), doubleTolerance))
    let largest = distances(middle).max() ?? 0
    #expect(isNear(largest, try expected.number("same_magnitude_linf", "maxerr"), doubleTolerance))
    let value = BlockRule(shares: .value)
    #expect(
      isNear(value.shared(values), try expected.number("same_value_no_sign", "c"), doubleTolerance))
    #expect(
      isNear(
        value.unifyCost(values), try expected.number("same_value_no_sign", "sse"), doubleTolerance))
  }

  @Test("A = n·c² + D", arguments: try UnificationVectors.cases("identity"))
  func identity(vector: VectorCase) throws {
    let values = try #require(vector.input["v"]).doubles
    let c = BlockRule().shared(values)
    let (a, mean) = (BlockRule.pruneCost(values), Double(values.count) * c * c)
    let d = BlockRule().unifyCost(values)
    #expect(isNear(a, try vector.expected.number("sum_of_squares"), doubleTolerance))
    #expect(isNear(mean, try vector.expected.number("n_times_mean_magnitude_squared"), 1e-9))
    #expect(isNear(d, try vector.expected.number("n_times_variance_of_magnitudes"), 1e-9))
    #expect(isNear(a, mean + d, doubleTolerance))
  }

  @Test("one layer, unified", arguments: try UnificationVectors.cases("layer_unify"))
  func layerUnify(vector: VectorCase) throws {
    let weights = try layer(vector)
    let operation = try operation(vector)
    let choice = try #require(try operation.choices(in: weights).first)
    let tensor = weights.members[0].tensor
    let scores = choice.values(tensor).map { operation.rule.unifyCost($0) }
    #expect(areNear(scores, try vector.expected.at("scores_sse").doubles))
    #expect(choice.blocks(.unify) == vector.expected["selected"]?.integers)
    #expect(isNear(choice.cost, try vector.expected.number("sse")))
    let result = try operation.apply(weights).decompressed().members[0].tensor
    #expect(areNear(result.elements.map { Double($0) }, try vector.expected.at("Z").doubles))
  }

  @Test("one layer, pruned", arguments: try UnificationVectors.cases("layer_prune"))
  func layerPrune(vector: VectorCase) throws {
    let weights = try layer(vector)
    let tensor = weights.members[0].tensor
    let byScore: [(Unify.PruneScore, JSONValue?)] = [
      (.l2, vector.expected["l2_squared"] ?? vector.expected), (.l1, vector.expected["l1"]),
    ]
    for case (let score, let expected?) in byScore {
      var operation = try operation(vector)
      operation.pruneScore = score
      let choice = try #require(try operation.choices(in: weights).first)
      let scores = choice.values(tensor).map { values in
        values.reduce(0) { $0 + (score == .l1 ? abs($1) : $1 * $1) }
      }
      #expect(areNear(scores, try expected.at("scores").doubles))
      #expect(choice.blocks(.prune) == expected["selected"]?.integers)
      let result = try operation.apply(weights)
      if let elements = expected["Z"]?.doubles {
        let found = result.decompressed().members[0].tensor.elements
        #expect(areNear(found.map { Double($0) }, elements))
        #expect(isNear(choice.cost, try expected.number("sse")))
      }
    }
  }

  @Test("ragged edges", arguments: try UnificationVectors.cases("layer_unify_ragged"))
  func ragged(vector: VectorCase) throws {
    let weights = try layer(vector)
    for (score, key) in [(Unify.UnifyScore.distortion, "sse"), (.deviation, "std")] {
      var operation = try operation(vector)
      operation.unifyScore = score
      let choice = try #require(try operation.choices(in: weights).first)
      let expected = try vector.expected.at(key)
      let scores = choice.values(weights.members[0].tensor).map { values in
        let distortion = operation.rule.unifyCost(values)
        return score == .distortion
          ? distortion : (distortion / Double(values.count)).squareRoot()
      }
      #expect(areNear(scores, try expected.at("scores").doubles))
      #expect(choice.blocks(.unify) == expected["selected"]?.integers)
      #expect(isNear(choice.cost, try expected.number("total")))
    }
  }

  @Test("pruned and unified blocks", arguments: try UnificationVectors.cases("layer_joint"))
  func joint(vector: VectorCase) throws {
    let weights = try layer(vector)
    for selection in Unify.Selection.allCases {
      var operation = try operation(vector)
      operation.selection = selection
      let choice = try #require(try operation.choices(in: weights).first)
      let values = choice.values(weights.members[0].tensor)
      #expect(
        areNear(
          values.map { BlockRule.pruneCost($0) }, try vector.expected.at("prune_cost").doubles))
      #expect(
        areNear(
          values.map { operation.rule.unifyCost($0) }, try vector.expected.at("unify_cost").doubles)
      )
      let expected = try vector.expected.at(selection.rawValue)
      #expect(choice.blocks(.prune) == expected["P"]?.integers)
      #expect(choice.blocks(.unify) == expected["Q"]?.integers)
      #expect(isNear(choice.cost, try expected.number("sse")))
    }
  }

  @Test("orders of a convolution", arguments: try UnificationVectors.cases("conv_reshape"))
  func reshape(vector: VectorCase) throws {
    let tensor = Tensor([2, 2, 2, 2], elements: (0..<16).map { Float($0) })
    for order in BlockPartition.Order.allCases {
      let partition = try BlockPartition(
        cutting: tensor.shape, of: "conv.weight", into: [2, 2], order: order)
      let matrix = partition.view(tensor)
      let expected = try vector.expected.at("matrices", order.rawValue)
      #expect(matrix.shape == [expected.items.count, expected.items[0].items.count])
      #expect(matrix.elements == expected.floats)
      #expect(
        partition.places(of: 0).map { Float($0) }
          == (try vector.expected.at("first_block_2x2", order.rawValue).floats))
    }
  }

  @Test("factored inference", arguments: try UnificationVectors.cases("factored_inference"))
  func factored(vector: VectorCase) throws {
    let weights = try layer(vector, "W")
    let shape = weights.members[0].tensor.shape
    let code = try Unify(block: shape, unified: 1, inner: false).apply(weights)
    let values = try #require(code.members[0].code.unified)
    #expect(isNear(Double(values.numbers.float32s[0]), try vector.input.number("c")))
    let input = try #require(vector.input["x"]).doubles
    for (evaluation, key) in [
      (UnifiedValues.Evaluation.sumThenScale, "sum_then_scale"),
      (.scaleThenAdd, "scale_inputs_then_add"), (.cheaper, "sum_then_scale"),
    ] {
      let (output, made) = values.product(with: input, evaluation: evaluation)
      #expect(areNear(output, try vector.expected.at("y").doubles))
      #expect(made == (try vector.expected.at("multiplications").integer(key)))
    }
    let dense = try #require(
      try Unify(block: shape, inner: false).apply(weights).members[0].code.unified)
    #expect(dense.multiplications == (try vector.expected.integer("multiplications", "dense")))
  }

  @Test(
    "multiplications of a block", arguments: try UnificationVectors.cases("block_multiplications"))
  func multiplications(vector: VectorCase) throws {
    let shape = Shape([try vector.input.integer("out"), try vector.input.integer("in")])
    var stream = RandomStream(Seed(3).child("multiplications"))
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal(shape, from: &stream), kind: .linear)
    ])
    let code = try Unify(block: shape, unified: 1, inner: false).apply(weights)
    let values = try #require(code.members[0].code.unified)
    let expected = try vector.expected.integer("unified")
    #expect(values.multiplications == expected)
    let input = (0..<shape[1]).map { Double($0) - 1.5 }
    #expect(values.product(with: input).multiplications == expected)
    #expect(shape.elementCount == (try vector.expected.integer("dense")))
    #expect(
      Double(shape.elementCount) / Double(expected) == (try vector.expected.number("reduction")))
  }

  @Test("storage", arguments: try UnificationVectors.cases("storage"))
  func storage(vector: VectorCase) throws {
    let count = try vector.input.integer("N")
    let side = Int(Double(count).squareRoot())
    var stream = RandomStream(Seed(4).child("storage"))
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal([side, side], from: &stream), kind: .linear)
    ])
    let code = try operation(vector).apply(weights)
    let values = try #require(code.members[0].code.unified)
    let expected = vector.expected
    #expect(values.count(.prune) == (try expected.integer("pruned")))
    #expect(values.count(.unify) == (try expected.integer("unified")))
    #expect(values.storedCount == (try expected.integer("stored_values")))
    #expect(
      isNear(Double(count) / Double(values.storedCount), try expected.number("cr_values"), 1e-6))
    let cost = StorageCost(of: code, reference: weights)
    let item = try #require(cost.items.first)
    #expect(item.payloadBits == (try expected.integer("bits")))
    #expect(item.commonBits == item.payloadBits && item.bitmapBits == item.payloadBits)
    #expect(cost.commonBytes == (item.payloadBits + 7) / 8)
    let ratio = Double(32 * count) / Double(item.payloadBits)
    #expect(isNear(ratio, try expected.number("cr_bits"), 1e-6))
  }

  @Test("counts are rounded down", arguments: try UnificationVectors.cases("count_rounding"))
  func counts(vector: VectorCase) throws {
    let share = try vector.input.number("fraction")
    let blocks = try vector.input.integer("B")
    let counts = Unify(block: [2, 2], pruned: share, unified: share).counts(ofBlocks: blocks)
    #expect(counts.pruned == (try vector.expected.integer("floor")))
    #expect(counts.unified == counts.pruned)
  }

  @Test("blocks of three sizes", arguments: try UnificationVectors.cases("block_3d"))
  func cuboids(vector: VectorCase) throws {
    let cuboid = try #require(vector.input["T"])
    let sizes = [cuboid.items.count, cuboid.items[0].items.count, 4]
    // `[out, in, 1, taps]` from inputs × outputs × taps.
    let elements = (0..<sizes[1]).flatMap { output in
      cuboid.items.flatMap { $0.items[output].floats }
    }
    let weights = WeightGroup([
      .init(
        name: "conv.weight", tensor: Tensor([sizes[1], sizes[0], 1, 4], elements: elements),
        kind: .convolution)
    ])
    let operation = try operation(vector)
    let choice = try #require(try operation.choices(in: weights).first)
    #expect(choice.partition.view(weights.members[0].tensor).elements == cuboid.floats)
    let values = choice.values(weights.members[0].tensor)
    for (index, key) in ["block0", "block1"].enumerated() {
      let expected = try vector.expected.at(key)
      #expect(values[index] == (try expected.at("values").doubles))
      #expect(operation.rule.shared(values[index]) == (try expected.number("c")))
      #expect(operation.rule.unifyCost(values[index]) == (try expected.number("sse")))
    }
    #expect(choice.blocks(.unify) == vector.expected["selected"]?.integers)
    #expect(choice.cost == (try vector.expected.number("block0", "sse")))
  }
}

extension CompressedValues {
  /// The values, if they are stored in single precision.
  var float32s: [Float] {
    guard case .float32(let values) = self else { return [] }
    return values
  }
}
