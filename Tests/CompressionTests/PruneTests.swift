// Magnitude pruning: the properties of a projection (condensa, section 7.2), its options, and what it refuses.

import Compression
import Reproducibility
import Tensors
import Testing

@Suite("Pruning by magnitude") struct PruneTests {
  @Test("projecting twice changes nothing", arguments: 0..<30 as Range<UInt64>)
  func idempotent(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    for ties in Prune.Ties.allCases {
      for threshold in Prune.Scope.allCases {
        let prune = Prune(density: 0.3, threshold: threshold, ties: ties, minimumPerLayer: 4)
        let once = try prune.apply(weights).decompressed()
        #expect(try prune.apply(once).decompressed() == once, "seed \(seed)")
        #expect(once != weights)
      }
    }
  }

  @Test(
    "weights that are zero already are never kept, whatever happens to ties",
    arguments: Prune.Ties.allCases)
  func zeros(ties: Prune.Ties) throws {
    // Three of ten weights are left, and five are asked for.
    let weights = WeightGroup([
      .init(
        name: "fc1.weight", tensor: Tensor([2, 5], elements: [0, 3, 0, 0, -2, 0, 0, 1, 0, 0]),
        kind: .linear)
    ])
    for minimum in [0, 4] {
      for scope in Prune.Scope.allCases {
        let prune = Prune(density: 0.5, threshold: scope, ties: ties, minimumPerLayer: minimum)
        let code = try #require(
          prune.compress(weights, startingFrom: nil, context: CompressionContext(seed: Seed(1)))[
            "fc1.weight"])
        #expect(code.isSparse && code.mask.filter { $0 }.count == 3)
      }
    }
  }

  @Test("no group with as few non-zeros is nearer", arguments: 0..<30 as Range<UInt64>)
  func nearestFeasiblePoint(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let compressed = try Prune(density: 0.2).apply(weights)
    let kept = compressed.decompressed()
    let original = eligibleElements(weights)
    let count = eligibleElements(kept).filter { $0 != 0 }.count
    #expect(count == Int(0.2 * Double(original.count)))
    var stream = RandomStream(Seed(seed).child("rivals"))
    for _ in 0..<200 {
      // The best rival on a support keeps the original values there.
      var rival = [Float](repeating: 0, count: original.count)
      for index in stream.permutation(original.count).prefix(count) {
        rival[index] = original[index]
      }
      let other = group(weights, withEligible: rival)
      #expect(
        weights.squaredDistance(to: kept) <= weights.squaredDistance(to: other), "seed \(seed)")
    }
    // The nearest rivals of all: one survivor is given up for one that was pruned.
    let survivors = eligibleElements(kept)
    for lost in survivors.indices where survivors[lost] != 0 {
      for gained in survivors.indices where survivors[gained] == 0 {
        var rival = survivors
        rival[lost] = 0
        rival[gained] = original[gained]
        let other = group(weights, withEligible: rival)
        #expect(weights.squaredDistance(to: kept) <= weights.squaredDistance(to: other))
      }
    }
  }

  @Test("masks grow and thresholds fall as density rises", arguments: 0..<20 as Range<UInt64>)
  func nested(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    var earlier: (mask: [Bool], threshold: Float)?
    for density in [0.05, 0.1, 0.29, 0.5, 0.58, 0.9, 1] {
      let prune = Prune(density: density)
      let compressed = try prune.apply(weights)
      let mask = eligibleNames.flatMap { compressed[$0]?.mask ?? [] }
      let threshold = try #require(try prune.thresholds(for: weights)["fc1.weight"]).value
      if let earlier {
        #expect(zip(earlier.mask, mask).allSatisfy { !$0 || $1 }, "seed \(seed), \(density)")
        #expect(threshold <= earlier.threshold)
        #expect(mask.filter { $0 }.count > earlier.mask.filter { $0 }.count)
      }
      earlier = (mask, threshold)
    }
  }

  @Test(
    "a power of two as factor scales thresholds and leaves masks",
    arguments: 0..<20 as Range<UInt64>)
  func scaling(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let prune = Prune(density: 0.37)
    let masks = try eligibleNames.map { try prune.apply(weights)[$0]?.mask }
    let threshold = try #require(try prune.thresholds(for: weights)["conv1.weight"]).value
    for exponent in [-20, -3, 1, 15] {
      let factor = Float(sign: .plus, exponent: exponent, significand: 1)
      let scaled = group(weights, withEligible: eligibleElements(weights).map { factor * $0 })
      #expect(try eligibleNames.map { try prune.apply(scaled)[$0]?.mask } == masks)
      #expect(try prune.thresholds(for: scaled)["conv1.weight"]?.value == factor * threshold)
    }
  }

  @Test(
    "survivors keep their bits, biases and other kinds stay as they are",
    arguments: 0..<10 as Range<UInt64>)
  func untouched(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let compressed = try Prune(density: 0.1).apply(weights)
    let result = compressed.decompressed()
    for name in weights.names where !eligibleNames.contains(name) {
      #expect(result[name] == weights[name])
    }
    for (value, original) in zip(eligibleElements(result), eligibleElements(weights)) {
      #expect(value == 0 || value == original)
    }
    #expect(compressed.compressedWeightNames == eligibleNames)
    #expect(compressed.nonzeroCount == result.nonzeroCount)
  }

  @Test("ties survive as released, or exactly k do and the lowest index wins")
  func ties() throws {
    let weights = oneWeight([0.5, -1, 0.5, -0.5, 2, 0.5])
    let kept = try Prune(density: 0.5).apply(weights)
    #expect(kept["layer.weight"]?.mask == [true, true, true, true, true, true])
    let exact = try Prune(density: 0.5, ties: .exact).apply(weights)
    #expect(exact["layer.weight"]?.mask == [true, true, false, false, true, false])
  }

  @Test("ties across layers go to the earlier layer")
  func tiesAcrossLayers() throws {
    let ones = Tensor([2, 2], repeating: 1)
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: ones, kind: .linear),
      .init(name: "b.weight", tensor: ones, kind: .convolution),
    ])
    let result = try Prune(density: 0.7, ties: .exact).apply(weights)  // floor(5.6) = 5
    #expect(result["a.weight"]?.isSparse == false)
    #expect(result["b.weight"]?.mask == [true, false, false, false])
  }

  @Test("a layer below the global threshold is emptied and named")
  func emptiedLayer() throws {
    let weights = WeightGroup([
      .init(
        name: "small.weight", tensor: Tensor([1, 3], elements: [0.1, -0.2, 0.3]), kind: .linear),
      .init(name: "large.weight", tensor: Tensor([1, 3], elements: [1, -2, 3]), kind: .linear),
    ])
    let emptied = try Prune(density: 0.5).apply(weights)
    #expect(emptied.emptiedMembers == ["small.weight"])
    #expect(emptied.nonzeroCount == 3)
    let guarded = try Prune(density: 0.5, minimumPerLayer: 2).apply(weights)
    #expect(guarded.emptiedMembers == [])
    #expect(guarded["small.weight"]?.mask == [false, true, true])
    #expect(guarded["large.weight"]?.nonzeroCount == 3)
    let perLayer = try Prune(density: 0.34, threshold: .perLayer).apply(weights)
    #expect(perLayer["small.weight"]?.mask == [false, false, true])
    #expect(perLayer["large.weight"]?.mask == [false, false, true])
  }

  @Test("skipped layers take no part in the threshold")
  func skip() throws {
    let weights = WeightGroup([
      .init(
        name: "shortcut1.weight", tensor: Tensor([1, 2], elements: [9, 8]), kind: .convolution),
      .init(name: "fc.weight", tensor: Tensor([1, 4], elements: [1, 2, 3, 4]), kind: .linear),
    ])
    let result = try Prune(density: 0.5, skip: "shortcut*").apply(weights)
    #expect(result.compressedWeightNames == ["fc.weight"])
    #expect(result["shortcut1.weight"]?.nonzeroCount == 2)
    #expect(result["fc.weight"]?.mask == [false, false, true, true])
    #expect(throws: CompressionError.nothingEligible(operator: "prune", skip: "*")) {
      try Prune(density: 0.5, skip: "*").apply(weights)
    }
  }

  @Test("densities outside (0, 1] are refused", arguments: [0, -0.1, 1.0000001, .infinity, .nan])
  func impossibleDensity(density: Double) {
    for problem: any CompressionOperator in [
      Prune(density: density), RandomPrune(density: density),
    ] {
      #expect {
        try problem.validate()
      } throws: { error in
        guard case .impossibleValue("density", "\(density)", _)? = error as? CompressionError else {
          return false
        }
        return true
      }
      #expect(throws: CompressionError.self) { try problem.apply(randomGroup(seed: 1)) }
    }
  }

  @Test("the defaults are refused, because a density must be given")
  func defaults() {
    #expect(throws: CompressionError.self) { try Prune().validate() }
    #expect(throws: CompressionError.self) { try RandomPrune().validate() }
    #expect(throws: CompressionError.self) { try Chain().validate() }
    #expect(throws: CompressionError.self) {
      try Prune(density: 0.5, minimumPerLayer: -1).validate()
    }
  }

  @Test("a density that keeps nothing is refused, per layer with the layer's name")
  func keepsNothing() throws {
    let weights = randomGroup(seed: 3)  // 54, 35 and 10 eligible weights
    #expect(throws: CompressionError.keepsNothing(density: 0.01, count: 99, layer: nil)) {
      try Prune(density: 0.01).apply(weights)
    }
    #expect(throws: CompressionError.keepsNothing(density: 0.05, count: 10, layer: "fc2.weight")) {
      try Prune(density: 0.05, threshold: .perLayer).apply(weights)
    }
  }

  @Test(
    "values without a place in the order are refused",
    arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    #expect(throws: CompressionError.notFinite(name: "layer.weight", index: 2)) {
      try Prune(density: 0.5).apply(oneWeight([1, 2, value, 4]))
    }
  }
}
