// The operator `bit-budget`: what it keeps fits the budget, is the nearest of its kind, and impossible budgets are refused.

import Compression
import Reproducibility
import Tensors
import TestSupport
import Testing

/// Heavy-tailed layers of very different sizes and scales, as trained networks have them.
private func layers(seed: UInt64, sizes: [Int] = [40, 300, 900, 60]) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("budget"))
  return WeightGroup(
    sizes.enumerated().map { index, size in
      let scale = [0.5, 0.2, 0.05, 0.3][index % 4]
      let elements = (0..<size).map { _ in
        Float(scale) * stream.normal() * (stream.uniform() < 0.1 ? 4 : 1)
      }
      return WeightGroup.Member(
        name: ParameterName("fc\(index + 1).weight"),
        tensor: Tensor([1, size], elements: elements),
        kind: .linear,
        companions: [
          Companion(
            role: .bias, name: ParameterName("fc\(index + 1).bias"), tensor: Tensor([1]))
        ])
    })
}

/// A group of linear layers with the given weights.
private func group(_ layers: [[Float]]) -> WeightGroup {
  WeightGroup(
    layers.enumerated().map { index, elements in
      WeightGroup.Member(
        name: ParameterName("fc\(index + 1).weight"),
        tensor: Tensor([1, elements.count], elements: elements), kind: .linear)
    })
}

/// Σ b·nnz over the weights of a code.
private func cost(_ code: CompressedGroup) -> Int {
  code.members.reduce(0) { $0 + $1.code.nonzeroCount * $1.code.values.bitsPerValue }
}

@Suite("One budget of bits") struct BitBudgetTests {
  @Test("the code fits the budget, whoever divides it", arguments: 0..<8)
  func fits(seed: UInt64) throws {
    let weights = layers(seed: seed)
    for total in [4, 37, 400, 3000] {
      for allocation in BitBudget.Allocation.allCases {
        for quantizer in [Quantizer.automatic, .released] {
          var budget = BitBudget(totalBits: total)
          budget.allocation = allocation
          budget.quantizer = quantizer
          let code = try budget.apply(weights, seed: seed)
          #expect(cost(code) <= total, "seed \(seed), \(allocation), \(quantizer)")
          #expect(code.compressedWeightNames == weights.members.map { $0.name })
          for member in code.members {
            guard case .codebook(let values) = member.code.values else {
              Issue.record("\(member.name) has no codebook")
              continue
            }
            #expect(values.levels.count <= 1 << values.bits)
            #expect(!values.levels.contains(0))
          }
        }
      }
    }
  }

  @Test("choosing bits and non-zeros together is at least as near as alternating", arguments: 0..<8)
  func together(seed: UInt64) throws {
    let weights = layers(seed: seed)
    for total in [100, 800, 2500] {
      var joint = BitBudget(totalBits: total)
      joint.allocation = .jointExact
      func error(_ budget: BitBudget) throws -> Double {
        try budget.apply(weights).decompressed().squaredDistance(to: weights)
      }
      // The joint choice is optimal on the hulls of the frontiers only.
      #expect(try error(joint) <= error(BitBudget(totalBits: total)) * 1.02, "seed \(seed)")
      var random = BitBudget(totalBits: total)
      random.allocation = .random
      #expect(try error(joint) < error(random), "seed \(seed)")
    }
  }

  @Test(
    "at fixed bits each layer keeps its largest, the edge is one threshold of w²/b, and again changes nothing",
    arguments: 0..<10)
  func sparsity(seed: UInt64) throws {
    let weights = layers(seed: seed)
    var operation = BitBudget(totalBits: 700)
    operation.selection = .prefix
    let projector = try operation.projector(for: weights)
    let bits = [3, 1, 2, 4]
    let sparse = try projector.sparsified(weights, bits: bits)
    #expect(sparse.cost <= 700 && sparse.cost > 700 - 4)
    var leastKept = Double.infinity
    var mostDropped = 0.0
    for (layer, place) in projector.places.enumerated() {
      let before = weights.members[place].tensor
      let after = sparse.weights.members[place].tensor
      var kept = Float.infinity
      var dropped: Float = 0
      for index in 0..<before.count {
        #expect(after[index] == 0 || after[index] == before[index])
        if after[index] != 0 {
          kept = min(kept, abs(before[index]))
        } else {
          dropped = max(dropped, abs(before[index]))
        }
      }
      #expect(kept >= dropped, "the largest of layer \(layer)")
      leastKept = min(leastKept, Double(kept) * Double(kept) / Double(bits[layer]))
      mostDropped = max(mostDropped, Double(dropped) * Double(dropped) / Double(bits[layer]))
    }
    #expect(leastKept >= mostDropped, "one threshold over all layers")
    let again = try projector.sparsified(sparse.weights, bits: bits)
    #expect(again.weights == sparse.weights)
  }

  @Test(
    "bits are chosen within the budget for the non-zeros given, and a copy is its own copy",
    arguments: 0..<6)
  func quantization(seed: UInt64) throws {
    let weights = layers(seed: seed)
    let projector = try BitBudget(totalBits: 700).projector(for: weights)
    let sparse = try projector.sparsified(weights, bits: projector.startBits)
    // Denser than the weights whose non-zeros are counted, as W + U is.
    let copy = try projector.quantized(weights, nonzeros: sparse.nonzeros)
    #expect(copy.isFeasible)
    #expect(zip(copy.bits, sparse.nonzeros).reduce(0) { $0 + $1.0 * $1.1 } <= 700)
    #expect(copy.error > 0 && copy.gap == 0)
    let again = try projector.quantized(
      copy.weights, nonzeros: sparse.nonzeros, bits: copy.bits)
    #expect(again.weights == copy.weights)
    #expect(again.error == 0)
    for (layer, place) in projector.places.enumerated() {
      let distinct = Set(copy.weights.members[place].tensor.elements.filter { $0 != 0 })
      #expect(distinct.count <= 1 << copy.bits[layer])
    }
  }

  @Test("where one bit everywhere is too much, one bit is taken and said")
  func infeasible() throws {
    let weights = group([[0.9, 1.1], [0.2, -0.25, 0.3]])
    let projector = try BitBudget(totalBits: 4).projector(for: weights)
    let copy = try projector.quantized(weights, nonzeros: [2, 3])
    #expect(!copy.isFeasible)
    #expect(copy.bits == [1, 1])
    // The next projection of the sparsity restores the budget.
    #expect(try projector.sparsified(copy.weights, bits: copy.bits).cost <= 4)
  }

  @Test(
    "the true projection on the budget", arguments: try JointVectors.cases("joint_projection_eq1"))
  func joint(vector: VectorCase) throws {
    let weights = group(try #require(vector.input["Wbar"]).items.map { $0.floats })
    var operation = BitBudget(totalBits: try vector.input.integer("S_budget"))
    operation.maximumBits = try #require(vector.input["B"]).integers.max() ?? 0
    operation.startBits = 1
    operation.allocation = .jointExact
    let code = try operation.apply(weights)
    let expected = try #require(vector.expected["bits_at_least_1"])
    let error = code.decompressed().squaredDistance(to: weights)
    #expect(abs(error - (try expected.number("opt_err"))) <= 1e-6)
    #expect(code.members.map { $0.code.values.bitsPerValue } == expected["bits"]?.integers)
    #expect(code.members.map { $0.code.nonzeroCount } == expected["nnz"]?.integers)
    #expect(cost(code) == (try expected.integer("cost")))
    let values = try #require(expected["W"]).items.map { $0.floats }
    for (member, row) in zip(code.members, values) {
      for (value, other) in zip(member.code.decompressed().elements, row) {
        #expect(abs(value - other) <= 1e-6)
      }
    }
  }

  @Test("quantization only keeps every weight on 2^b levels; pruning only keeps the values")
  func halves() throws {
    let weights = layers(seed: 3)
    var quantizing = BitBudget(ratio: 16)
    quantizing.prunes = false
    let quantized = try quantizing.apply(weights)
    #expect(quantized.members.allSatisfy { !$0.code.isSparse })
    #expect(cost(quantized) <= 2 * weights.members.reduce(0) { $0 + $1.tensor.count })
    var pruning = BitBudget(totalBits: 32 * 70 + 5)
    pruning.quantizes = false
    let pruned = try pruning.apply(weights)
    #expect(pruned.members.reduce(0) { $0 + $1.code.nonzeroCount } == 70)
    for (member, original) in zip(pruned.members, weights.members) {
      for (value, before) in zip(member.code.decompressed().elements, original.tensor.elements) {
        #expect(value == 0 || value == before)
      }
    }
  }

  @Test("a budget that counts positions leaves room for them", arguments: 0..<5)
  func positions(seed: UInt64) throws {
    let weights = layers(seed: seed)
    var budget = BitBudget(totalBits: 2000)
    let blind = try budget.apply(weights)
    budget.counting = .valuesAndPositions
    let aware = try budget.apply(weights)
    func whole(_ code: CompressedGroup) -> Int {
      StorageCost(of: code, reference: weights).items.reduce(0) { sum, item in
        sum + item.valueBits + (item.isSparse ? item.relativeIndexBits ?? 0 : 0)
      }
    }
    #expect(whole(aware) <= 2000)
    #expect(whole(aware) > 1500, "the budget is used")
    #expect(whole(blind) > 2000)
  }

  @Test("weights that are zero, few or equal")
  func degenerate() throws {
    let weights = group([
      [0, 0, 0, 0], [1, -1, 0, 0.5], [Float](repeating: 0.25, count: 7), [0.1],
    ])
    let code = try BitBudget(totalBits: 200).apply(weights)
    #expect(code.decompressed() == weights, "nothing has to be given up")
    #expect(code.emptiedMembers == ["fc1.weight"])
    #expect(code.members[0].code.values.bitsPerValue == 1)
    let nothing = group([[0, 0], [0]])
    #expect(try BitBudget(totalBits: 2).apply(nothing).decompressed() == nothing)
  }

  @Test("impossible budgets and values are refused with the reason")
  func refusals() throws {
    let weights = layers(seed: 1)
    let count = weights.members.reduce(0) { $0 + $1.tensor.count }
    func refused(_ budget: BitBudget) -> CompressionError? {
      do throws(CompressionError) { _ = try budget.apply(weights) } catch { return error }
      return nil
    }
    #expect(
      refused(BitBudget(totalBits: 3))
        == .impossibleBudget(bits: 3, layerCount: 4, least: 4, most: 32 * count))
    #expect(
      refused(BitBudget(totalBits: 32 * count + 1))
        == .impossibleBudget(bits: 32 * count + 1, layerCount: 4, least: 4, most: 32 * count))
    var quantizing = BitBudget(ratio: 33)
    quantizing.prunes = false
    #expect(
      refused(quantizing)?.description.contains("allowed: \(count) to") == true,
      "without pruning one bit a weight is the least")
    func field(_ change: (inout BitBudget) -> Void) -> String? {
      var budget = BitBudget(totalBits: 100)
      change(&budget)
      guard case .impossibleValue(let field, _, _) = refused(budget) else { return nil }
      return field
    }
    #expect(field { $0.ratio = 10 } == "totalBits")
    #expect(field { $0.totalBits = nil } == "totalBits")
    #expect(field { $0.totalBits = 0 } == "totalBits")
    #expect(
      field {
        $0.totalBits = nil
        $0.ratio = 0.5
      } == "ratio")
    #expect(field { $0.maximumBits = 9 } == "maximumBits")
    #expect(field { $0.minimumBits = 0 } == "minimumBits")
    #expect(
      field {
        $0.minimumBits = 5
        $0.maximumBits = 4
      } == "minimumBits")
    #expect(field { $0.startBits = 0 } == "startBits")
    #expect(
      field {
        $0.prunes = false
        $0.quantizes = false
      } == "quantizes")
    #expect(
      field {
        $0.prunes = false
        $0.allocation = .jointExact
      } == "allocation")
    var broken = weights
    var tensor = try #require(broken["fc2.weight"])
    tensor[17] = .nan
    broken.replace("fc2.weight", with: tensor)
    for allocation in BitBudget.Allocation.allCases {
      var budget = BitBudget(totalBits: 100)
      budget.allocation = allocation
      #expect(throws: CompressionError.notFinite(name: "fc2.weight", index: 17)) {
        try budget.apply(broken)
      }
    }
  }
}

@Suite("Values from a codebook") struct CodebookValuesTests {
  @Test("pruning, then k-means, keeps the zeros and leaves 2^b levels", arguments: 0..<6)
  func chain(seed: UInt64) throws {
    let weights = layers(seed: seed)
    let code = try Chain([Scheme(Prune(density: 0.2)), Scheme(KMeans(bits: 2))]).apply(weights)
    let pruned = try Prune(density: 0.2).apply(weights)
    for (member, before) in zip(code.members, pruned.members) {
      let elements = member.code.decompressed().elements
      #expect(Set(elements.filter { $0 != 0 }).count <= 4)
      #expect(member.code.values.bitsPerValue == 2)
      for (value, old) in zip(elements, before.code.decompressed().elements) where old == 0 {
        #expect(value == 0)
      }
    }
    // The same weights a second time: every value is a level already.
    let again = try KMeans(bits: 2).apply(code.decompressed())
    #expect(again.decompressed() == code.decompressed())
  }

  @Test("refitting keeps assignments and puts every level at the mean of its elements")
  func refit() throws {
    let values = CodebookValues(bits: 1, levels: [-1, 2], codes: [0, 1, 0, 1])
    let name: ParameterName = "fc1.weight"
    let start = try KMeans(bits: 1).apply(group([[-1, 0, 2, -1, 2]]))
    #expect(start[name]?.values == .codebook(values))
    let moved = try start.refitted(to: group([[-2, 9, 1, -4, 2]]))
    #expect(moved.decompressed()[name]?.elements == [-3, 0, 1.5, -3, 1.5])
    var broken = group([[-2, 9, 1, -4, 2]])
    broken.replace(name, with: Tensor([1, 5], elements: [-2, 9, .infinity, -4, 2]))
    #expect(throws: CompressionError.notFinite(name: name, index: 2)) {
      try start.refitted(to: broken)
    }
  }

  @Test("a code on given codebooks keeps its zeros and lets small values join them")
  func recode() throws {
    let start = try KMeans(bits: 1).apply(group([[-1, 0, 2, -1, 2]]))
    let code = start.recoded(
      group([[-1.1, 7, 0.2, -0.9, 1.8]]),
      codebooks: ["fc1.weight": Codebook(levels: [-1, 2], reservesZero: true)])
    #expect(code.decompressed()["fc1.weight"]?.elements == [-1, 0, 0, -1, 2])
  }

  @Test("bits, levels and positions are counted; the common payload takes the cheaper index")
  func storage() throws {
    // Two non-zeros of 1 bit among 100; a bitmap takes 100 bits, distances 10 and 79 in 7 bits take 14.
    var elements = [Float](repeating: 0, count: 100)
    elements[10] = 1
    elements[90] = -3
    let weights = group([elements])
    let code = try KMeans(bits: 1).apply(weights)
    let item = try #require(StorageCost(of: code, reference: weights).items.first)
    #expect(item.valueBits == 2)
    #expect(item.levelCount == 2)
    #expect(item.payloadBits == 2 + 64)
    #expect(item.relativeIndexBits == 14)
    #expect(item.commonBits == 2 + 64 + 14)
    #expect(item.bitmapBits == 2 + 64 + 100)
    let half = try KMeans(bits: 1).apply(group([[1, 0, 1, 0, 0, 1, 1, 0]]))
    let small = try #require(StorageCost(of: half, reference: weights).items.first)
    // Gaps 0, 1, 2, 0: one bit each moves on by one, so 1 + 2 + 3 + 1 bits; the bitmap takes 8.
    #expect(small.relativeIndexBits == 7)
  }

  @Test("bits out of range are refused")
  func refusals() {
    for bits in [0, 9, -1] {
      #expect(
        throws: CompressionError.impossibleValue(field: "bits", value: "\(bits)", allowed: "1 to 8")
      ) { try KMeans(bits: bits).validate() }
    }
    #expect(throws: CompressionError.notFinite(name: "fc1.weight", index: 1)) {
      try KMeans(bits: 2).apply(group([[1, .nan]]))
    }
  }
}
