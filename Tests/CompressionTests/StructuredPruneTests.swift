// Rows and blocks: norms against a naive reference, companions, alignment, minimum, normalisation, and what is refused.

import Compression
import Foundation
import Reproducibility
import Tensors
import Testing

@Suite("Pruning of rows and blocks") struct StructuredPruneTests {
  /// One norm per block, from the definition: every element looks up its block by its coordinates.
  private func naiveNorms(_ tensor: Tensor, block: Shape, criterion: Criterion) -> [Float] {
    let sizes = tensor.shape.sizes
    let counts = zip(sizes, block.sizes).map { $0 / $1 }
    var blocks = [[Double]](repeating: [], count: counts.reduce(1, *))
    for (index, value) in tensor.elements.enumerated() {
      var (rest, coordinates) = (index, [Int]())
      for size in sizes.reversed() {
        coordinates.insert(rest % size, at: 0)
        rest /= size
      }
      var place = 0
      for dimension in sizes.indices {
        place = place * counts[dimension] + coordinates[dimension] / block[dimension]
      }
      blocks[place].append(Double(abs(value)))
    }
    return blocks.map { values in
      let sum = values.reduce(0, +)
      return switch criterion {
      case .l2norm: Float(values.map { $0 * $0 }.reduce(0, +).squareRoot())
      case .max: Float(values.max() ?? 0)
      case .min: Float(values.min() ?? 0)
      case .mean: Float(sum / Double(values.count))
      case .sum: Float(sum)
      }
    }
  }

  @Test(
    "norms of blocks of any rank are those of the definition",
    arguments: [
      ([12], [3]), ([4, 6], [2, 2]), ([4, 6], [1, 6]), ([4, 6], [4, 1]), ([4, 6], [4, 6]),
      ([4, 6, 3], [2, 3, 1]), ([4, 6, 2, 3], [2, 2, 2, 1]), ([4, 6, 2, 3], [1, 6, 2, 3]),
      ([2, 1, 4, 1], [1, 1, 2, 1]), ([1, 1, 1, 1], [1, 1, 1, 1]), ([0, 4], [2, 2]),
    ] as [(Shape, Shape)], Criterion.allCases)
  func blockNorms(shapes: (shape: Shape, block: Shape), criterion: Criterion) throws {
    var stream = RandomStream(Seed(4).child("blocks"))
    let tensor = Tensor.normal(shapes.shape, from: &stream)
    let member = WeightGroup.Member(name: "w.weight", tensor: tensor, kind: .linear)
    let prune = PruneBlocks(density: 0.5, block: shapes.block, criterion: criterion)
    let expected = naiveNorms(tensor, block: shapes.block, criterion: criterion)
    #expect(try prune.norms(of: member) == expected)
  }

  @Test("norms can be divided by the size of a row or its root")
  func normalisation() throws {
    let tensor = Tensor([2, 4], elements: [3, 0, 4, 0, 1, -1, 1, -1])
    let member = WeightGroup.Member(name: "w.weight", tensor: tensor, kind: .linear)
    func norms(_ criterion: Criterion, _ normalise: Normalisation) throws -> [Float] {
      try PruneNeurons(density: 1, criterion: criterion, normalise: normalise).norms(of: member)
    }
    #expect(try norms(.l2norm, .none) == [5, 2])
    #expect(try norms(.l2norm, .size) == [1.25, 0.5])
    #expect(try norms(.l2norm, .rootSize) == [2.5, 1])
    #expect(try norms(.sum, .size) == norms(.mean, .none))
    for criterion in [Criterion.max, .min, .mean] {
      let prune = PruneNeurons(density: 1, criterion: criterion, normalise: .size)
      let expected = CompressionError.impossibleValue(
        field: "normalise", value: "size",
        allowed: "none, because \(criterion.rawValue) does not grow with the size")
      #expect(throws: expected) { try prune.validate() }
      #expect(throws: expected) { try prune.apply(WeightGroup([member])) }
    }
  }

  @Test("without normalisation a global threshold prefers long rows, with it the strong ones")
  func fanIn() throws {
    let weights = WeightGroup([
      .init(name: "short.weight", tensor: Tensor([2, 1], repeating: 2), kind: .linear),
      .init(name: "long.weight", tensor: Tensor([2, 100], repeating: 1), kind: .linear),
    ])
    #expect(try PruneNeurons(density: 0.5).apply(weights).emptiedMembers == ["short.weight"])
    let normalised = PruneNeurons(density: 0.5, normalise: .rootSize)
    #expect(try normalised.apply(weights).emptiedMembers == ["long.weight"])
    let perLayer = try PruneNeurons(density: 0.5, threshold: .perLayer, ties: .exact).apply(weights)
    #expect(perLayer["short.weight"]?.mask == [true, false])
    #expect(perLayer["long.weight"]?.nonzeroCount == 100)
  }

  @Test("no choice of as many rows lies nearer", arguments: 0..<20 as Range<UInt64>)
  func nearestFeasiblePoint(seed: UInt64) throws {
    let weights = structuredGroup(seed: seed)
    let result = try PruneStructures(density: 0.4, pruneBias: false).apply(weights)
    let kept = result.decompressed()
    let rows = result.compressedWeightNames.flatMap { name in
      (0..<(weights[name]?.shape[0] ?? 0)).map { (name: name, row: $0) }
    }
    let distance = weights.squaredDistance(to: kept)
    let survivorCount = rows.count { !isZero($0.name, row: $0.row) }
    #expect(survivorCount == MagnitudeThreshold.rank(density: 0.4, count: rows.count))
    var stream = RandomStream(Seed(seed).child("rivals"))
    for _ in 0..<100 {
      var rival = weights
      for place in stream.permutation(rows.count).dropFirst(survivorCount) {
        var tensor = try #require(rival[rows[place].name])
        let size = tensor.count / tensor.shape[0]
        for index in 0..<size { tensor[rows[place].row * size + index] = 0 }
        rival.replace(rows[place].name, with: tensor)
      }
      #expect(distance <= weights.squaredDistance(to: rival), "seed \(seed)")
    }

    func isZero(_ name: ParameterName, row: Int) -> Bool {
      guard let tensor = kept[name] else { return true }
      let size = tensor.count / tensor.shape[0]
      return (0..<size).allSatisfy { tensor[row * size + $0] == 0 }
    }
  }

  @Test("biases follow their rows, batch normalisation only in zero mode")
  func companions() throws {
    let weights = structuredGroup(seed: 5)
    let rows = try #require(
      try PruneFilters(density: 0.5).apply(weights)["conv1.bias"]
    ).mask
    #expect(rows.contains(true) && rows.contains(false))
    for (pruneBias, batchNorm) in [
      (true, .keep), (true, .zero), (false, .keep), (false, .zero),
    ] as [(Bool, BatchNormalisationMode)] {
      let prune = PruneFilters(density: 0.5, pruneBias: pruneBias, batchNorm: batchNorm)
      let result = try prune.apply(weights)
      for (row, kept) in rows.enumerated() {
        let weight = try #require(result["conv1.weight"]).decompressed()
        #expect((0..<18).allSatisfy { (weight[18 * row + $0] != 0) == kept })
        for (role, follows) in [
          ("bias", pruneBias), ("scale", batchNorm == .zero), ("shift", batchNorm == .zero),
        ] {
          let name = ParameterName(layer: "conv1", role: role)
          let value = try #require(result[name]).decompressed()[row]
          #expect(value == (kept || !follows ? try #require(weights[name])[row] : 0), "\(role)")
        }
      }
      #expect(result["fc1.bias"]?.decompressed() == weights["fc1.bias"])
    }
  }

  @Test("half precision after pruning keeps the zeros of biases")
  func biasesInHalfPrecision() throws {
    let weights = structuredGroup(seed: 6)
    let result = try PruneStructures(density: 0.5).then(CastToFloat16()).apply(weights)
    let rows = try #require(try PruneStructures(density: 0.5).apply(weights)["fc1.bias"]).mask
    let bias = try #require(result["fc1.bias"])
    #expect(bias.mask == rows && bias.isSparse && bias.values.bitsPerValue == 16)
    #expect(bias.values.count == rows.filter { $0 }.count)
  }

  @Test("an alignment that leaves a layer fewer survivors empties it, a minimum does not let it")
  func alignment() throws {
    let weights = WeightGroup([
      .init(
        name: "a.weight", tensor: Tensor([5, 1], elements: [9, 8, 7, 1, 2]), kind: .linear,
        companions: [.init(role: .bias, name: "a.bias", tensor: Tensor([5], repeating: 1))]),
      .init(name: "b.weight", tensor: Tensor([3, 1], elements: [3, 6, 4]), kind: .linear),
    ])
    func masks(_ prune: PruneNeurons) throws -> [[Bool]] {
      let result = try prune.apply(weights)
      return [result["a.weight"], result["b.weight"]].map { $0?.mask ?? [] }
    }
    let half = PruneNeurons(density: 0.5, align: 2)
    #expect(try half.thresholds(for: weights).values.allSatisfy { $0.value == 6 })
    #expect(try masks(half) == [[true, true, false, false, false], [false, false, false]])
    #expect(try half.apply(weights).emptiedMembers == ["b.weight"])
    #expect(try half.apply(weights)["a.bias"]?.nonzeroCount == 2)
    var guarded = half
    guarded.minimumPerLayer = 1
    #expect(try masks(guarded) == [[true, true, false, false, false], [false, true, true]])
    guarded.minimumPerLayer = 3
    // Four rows of the first layer; the second has no four.
    #expect(try masks(guarded) == [[true, true, true, false, true], [false, true, true]])
    let tooLarge = CompressionError.alignmentTooLarge(name: "b.weight", unitCount: 3, align: 4)
    #expect(throws: tooLarge) { try PruneNeurons(density: 0.5, align: 4).apply(weights) }
    #expect("\(tooLarge)" == "b.weight has 3 rows or blocks, which is fewer than align 4")
  }

  @Test("each operator works on its kind, and on others when they are named")
  func eligibility() throws {
    let weights = structuredGroup(seed: 1)
    func names(_ operation: some CompressionOperator) throws -> String {
      try operation.apply(weights).compressedWeightNames.map { $0.layer }.joined(separator: " ")
    }
    #expect(try names(PruneNeurons(density: 0.5)) == "fc1 fc2")
    #expect(try names(PruneFilters(density: 0.5)) == "conv1 conv2")
    #expect(try names(PruneStructures(density: 0.5, skip: "fc2")) == "conv1 conv2 fc1")
    #expect(try names(PruneBlocks(density: 0.5, block: [2, 2])) == "fc1 fc2")
    #expect(try names(PruneNeurons(density: 0.5, only: "lstm, words")) == "lstm words")
    #expect(try names(PruneFilters(density: 0.5, kinds: [.depthwise])) == "depthwise")
    #expect(try names(Prune(density: 0.5)) == "conv1 conv2 fc1 fc2")
    #expect(try names(Prune(density: 0.5, only: "*")) == "conv1 depthwise conv2 fc1 lstm words fc2")
    #expect(
      try names(Prune(density: 0.5, skip: "lstm", kinds: [.recurrent, .embedding])) == "words")
    #expect(try names(Prune(density: 0.5, only: "fc1,lstm", kinds: [.recurrent])) == "lstm")
    #expect(
      try names(RandomPrune(density: 0.5, kinds: [.depthwise, .recurrent])) == "depthwise lstm")
    let uniform = RandomPrune(density: 0.5, allocation: .uniformGlobal, only: "words")
    #expect(try names(uniform) == "words")
    #expect(try names(CastToFloat16()) == "conv1 conv2 fc1 fc2")
    #expect(try names(CastToFloat16(skip: nil, only: "lstm")) == "lstm")
    #expect(
      try CastToFloat16(skip: nil, only: "lstm").apply(weights)["lstm.bias"]?.values.bitsPerValue
        == 16)
    #expect(try names(CastToFixedPoint(bits: 4, kinds: [.embedding])) == "words")
  }

  @Test("patterns that match nothing, wrong shapes and impossible values are named")
  func refusals() throws {
    let weights = structuredGroup(seed: 1)
    let names = weights.members.map { $0.name }
    func refuses(_ operation: some CompressionOperator, with error: CompressionError) {
      #expect(throws: error) { try operation.apply(weights) }
    }
    for pattern in ["fc9", "fc1,fc9", " fc9 , fc1"] as [ParameterPattern] {
      let skipped = CompressionError.patternMatchesNothing(
        field: "skip", pattern: "fc9", names: names)
      refuses(Prune(density: 0.5, skip: pattern), with: skipped)
      refuses(CastToFixedPoint(bits: 8, skip: pattern), with: skipped)
      let only = CompressionError.patternMatchesNothing(field: "only", pattern: "fc9", names: names)
      refuses(PruneStructures(density: 0.5, only: pattern), with: only)
      refuses(CastToFloat16(skip: nil, only: pattern), with: only)
      #expect(
        "\(only)" == "only: ‘fc9’ matches no weight; there are: conv1.weight, depthwise.weight, "
          + "conv2.weight, fc1.weight, lstm.weight, words.weight, fc2.weight")
    }
    refuses(
      PruneFilters(density: 0.5, only: "conv1,fc1"),
      with: .wrongRank(
        operator: "prune-filters", name: "fc1.weight", shape: [12, 8], allowed: 4...4))
    refuses(
      PruneBlocks(density: 0.5, block: [2, 2], kinds: [.convolution]),
      with: .blockDoesNotFit(name: "conv1.weight", shape: [8, 2, 3, 3], block: [2, 2]))
    refuses(
      PruneBlocks(density: 0.5, block: [5, 2]),
      with: .blockDoesNotFit(name: "fc1.weight", shape: [12, 8], block: [5, 2]))
    refuses(
      Prune(density: 0.5, only: "words", kinds: [.linear]),
      with: .nothingEligible(operator: "prune", skip: nil))
    refuses(
      PruneFilters(density: 0.05), with: .keepsNothing(density: 0.05, count: 14, layer: nil))
    refuses(
      PruneFilters(density: 0.15, threshold: .perLayer),
      with: .keepsNothing(density: 0.15, count: 6, layer: "conv2.weight"))

    func isImpossible(_ operation: some CompressionOperator, _ field: String) {
      #expect {
        try operation.validate()
      } throws: { error in
        guard case .impossibleValue(field, _, _)? = error as? CompressionError else { return false }
        return true
      }
      #expect(throws: CompressionError.self) { try operation.apply(weights) }
    }
    for density in [0, -0.5, 1.000001, .nan, .infinity] {
      isImpossible(PruneNeurons(density: density), "density")
      isImpossible(PruneFilters(density: density), "density")
      isImpossible(PruneStructures(density: density), "density")
      isImpossible(PruneBlocks(density: density, block: [1, 1]), "density")
    }
    isImpossible(PruneBlocks(density: 0.5, block: []), "block")
    isImpossible(PruneBlocks(density: 0.5, block: [2, 0]), "block")
    isImpossible(PruneFilters(density: 0.5, align: 0), "align")
    isImpossible(PruneFilters(density: 0.5, minimumPerLayer: -1), "minimumPerLayer")
    isImpossible(PruneFilters(density: 0.5, kinds: []), "kinds")
    isImpossible(CastToFloat16(skip: nil, kinds: []), "kinds")
    isImpossible(CastToFixedPoint(bits: 1), "bits")
    isImpossible(CastToFixedPoint(bits: 9), "bits")
    for value in [Float.nan, .infinity] {
      var broken = weights
      var tensor = try #require(broken["fc1.weight"])
      tensor[10] = value
      broken.replace("fc1.weight", with: tensor)
      let expected = CompressionError.notFinite(name: "fc1.weight", index: 10)
      #expect(throws: expected) { try PruneNeurons(density: 0.5).apply(broken) }
      #expect(throws: expected) { try PruneBlocks(density: 0.5, block: [2, 2]).apply(broken) }
      #expect(throws: expected) { try CastToFixedPoint(bits: 8).apply(broken) }
    }
  }

  @Test("new options are absent from JSON where a spec does not use them")
  func json() throws {
    func text(_ scheme: Scheme) throws -> String {
      String(decoding: try CanonicalJSON.encode(scheme), as: UTF8.self)
    }
    #expect(try text(Scheme(CastToFloat16())) == #"{"float16":{}}"#)
    #expect(
      try text(Scheme(RandomPrune(density: 0.5)))
        == #"{"random-prune":{"allocation":"as-magnitude","density":0.5}}"#)
    #expect(
      try text(Scheme(PruneFilters(density: 0.5, only: "conv1", kinds: [.convolution])))
        == #"{"prune-filters":{"align":1,"batchNorm":"keep","criterion":"l2norm","density":0.5,"kinds":["convolution"],"minimumPerLayer":0,"normalise":"none","only":"conv1","pruneBias":true,"threshold":"global","ties":"keep"}}"#
    )
    let blocks = Scheme(PruneBlocks(density: 0.5, block: [2, 3]))
    #expect(try text(blocks).contains(#""block":[2,3]"#))
    #expect(try CanonicalJSON.decode(Scheme.self, from: Data(text(blocks).utf8)) == blocks)
  }
}
