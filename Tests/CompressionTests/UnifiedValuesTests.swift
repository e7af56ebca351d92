// Codes in blocks: number formats after `unify`, new values on old blocks, ties, storage, and products that count multiplications.

import Compression
import Foundation
import Kernels
import Reproducibility
import Tensors
import TestSupport
import Testing

/// What follows `unify` in a chain.
private let formats: [Scheme] = [
  Scheme(CastToFloat16()), Scheme(CastToFixedPoint(bits: 8)), Scheme(CastToFixedPoint(bits: 3)),
  Scheme(KMeans(bits: 1)), Scheme(KMeans(bits: 2)), Scheme(KMeans(bits: 4)),
]

private func bits(_ format: Scheme) -> Int {
  switch format.operation {
  case let cast as CastToFixedPoint: cast.bits
  case let means as KMeans: means.bits
  default: 16
  }
}

@Suite("Values in blocks") struct UnifiedValuesTests {
  @Test("a number format after blocks keeps blocks, ties and signs", arguments: 0..<formats.count)
  func chains(index: Int) throws {
    for seed in 0..<6 as Range<UInt64> {
      for (pruned, unified) in [(0.0, 1.0), (0.3, 0.4), (0.5, 0.5), (0.9, 0.0)] {
        let weights = unevenGroup(seed: seed)
        let unify = Unify(block: [4, 4], pruned: pruned, unified: unified)
        let before = try unify.apply(weights)
        let chain = Chain([Scheme(unify), formats[index]])
        let code = try chain.apply(weights)
        #expect(try unify.violations(in: code) == [], "seed \(seed)")
        for name in before.compressedWeightNames {
          let old = try #require(before[name]?.unified)
          let new = try #require(code[name]?.unified)
          #expect(new.tags == old.tags && new.signs == old.signs)
          #expect(new.storedCount == old.storedCount)
          #expect(new.numbers.bitsPerValue == bits(formats[index]))
          if case .codebook(let book) = new.numbers {
            #expect(book.levels.count <= 1 << book.bits)
          }
          let tensor = try #require(code[name]).decompressed()
          for (place, value) in zip(
            try #require(code[name]).places, try #require(before[name]).floats)
          where old.places(tagged: .unify).contains(place) {
            #expect(value * tensor[place] >= 0, "a sign of \(name), seed \(seed)")
          }
        }
        // The same chain, one chain in another.
        let nested = Chain([Scheme(unify), Scheme(Chain([formats[index]]))])
        #expect(try nested.apply(weights) == code)
      }
    }
  }

  @Test("half precision and fixed point round as they do without blocks")
  func rounding() throws {
    let weights = unevenGroup(seed: 3)
    let unify = Unify(block: [4, 4], pruned: 0.25, unified: 0.5)
    let tied = try unify.apply(weights).decompressed()
    for format in formats.prefix(3) {
      let chained = try Chain([Scheme(unify), format]).apply(weights).decompressed()
      let plain = try format.compress(tied, context: anyContext).decompressed()
      #expect(chained["conv2.weight"] == plain["conv2.weight"])
      #expect(chained["fc1.bias"] == plain["fc1.bias"])
    }
  }

  @Test("k-means counts a magnitude as often as its block has elements", arguments: 0..<6)
  func weighted(seed: UInt64) throws {
    let weights = unevenGroup(seed: seed)
    let unify = Unify(block: [3, 4], unified: 1)
    let tied = try unify.apply(weights).decompressed()
    for bits in 1...3 {
      let code = try Chain([Scheme(unify), Scheme(KMeans(bits: bits))]).apply(weights)
      for name in code.compressedWeightNames where code[name]?.unified != nil {
        let before = try #require(tied[name])
        let table = QuantizationTable(
          before.elements.map { abs($0) }, maximumBits: bits, reservesZero: false)
        let error = try #require(code[name]).decompressed().squaredDistance(to: before)
        #expect(abs(error - table.error(bits: bits)) <= 1e-5 * error + 1e-9, "seed \(seed)")
      }
    }
  }

  @Test("a magnitude takes no level below zero")
  func negativeLevels() throws {
    // Both levels of the optimum are negative: −0.005, the mean of the first two blocks, and −9.
    let weights = WeightGroup([
      .init(
        name: "a.weight",
        tensor: Tensor([1, 6], elements: [0.01, -0.01, -0.02, -0.02, -9, -9]), kind: .linear)
    ])
    let chain = Chain([
      Scheme(Unify(block: [1, 2], unified: 1.0 / 3, inner: false)), Scheme(KMeans(bits: 1)),
    ])
    let code = try chain.apply(weights)
    #expect(code.members[0].code.decompressed().elements == [0.01, -0.01, 0.01, 0.01, -9, -9])
  }

  @Test("scales of rows and blocks across rows do not go together")
  func perChannel() {
    let chain = Chain([
      Scheme(Unify(block: [4, 4], unified: 1)),
      Scheme(CastToFixedPoint(bits: 8, granularity: .perChannel)),
    ])
    #expect {
      try chain.apply(unevenGroup(seed: 1))
    } throws: { "\($0)".hasPrefix("granularity is per-channel; allowed: per-tensor after unify") }
  }

  @Test("overflow and underflow are those of the stored numbers")
  func range() throws {
    func group(_ elements: [Float]) -> WeightGroup {
      WeightGroup([
        .init(name: "a.weight", tensor: Tensor([2, 2], elements: elements), kind: .linear)
      ])
    }
    let chain = Chain([
      Scheme(Unify(block: [1, 2], unified: 0.5, inner: false)), Scheme(CastToFloat16()),
    ])
    #expect(throws: CompressionError.overflow(name: "a.weight", index: 3, value: -1e6)) {
      try chain.apply(group([1, -1, 5, -1e6]))
    }
    let code = try chain.apply(group([1e-9, -1e-9, 5, -7]))
    #expect(code.underflowCount == 2)
    #expect(code.members[0].code.nonzeroCount == 2)
    #expect(code.members[0].code.decompressed().elements[1].sign == .plus)
  }

  @Test("blocks after another operator are blocks; single weights pruned after blocks are not")
  func otherOrders() throws {
    let weights = unevenGroup(seed: 4)
    let unify = Unify(block: [4, 4], unified: 0.5)
    let late = try Chain([Scheme(Prune(density: 0.5)), Scheme(unify)]).apply(weights)
    #expect(late["fc1.weight"]?.unified != nil)
    #expect(
      late.decompressed()
        == (try unify.apply(try Prune(density: 0.5).apply(weights).decompressed())).decompressed())
    let early = try Chain([Scheme(unify), Scheme(Prune(density: 0.5))]).apply(weights)
    #expect(early["fc1.weight"]?.unified == nil && early["fc1.weight"]?.isSparse == true)
    #expect(
      early.decompressed()
        == (try Prune(density: 0.5).apply(try unify.apply(weights).decompressed())).decompressed())
  }

  @Test("new values on old blocks: means of s·w, kept elements, zeros", arguments: 0..<5)
  func refit(seed: UInt64) throws {
    let weights = unevenGroup(seed: seed)
    let unify = Unify(block: [4, 4], pruned: 0.25, unified: 0.5)
    let code = try unify.apply(weights)
    #expect(try code.refitted(to: code.decompressed()) == code, "seed \(seed)")
    var moved = code.decompressed()
    var stream = RandomStream(Seed(seed).child("moved"))
    for name in code.compressedWeightNames {
      var tensor = try #require(moved[name])
      for place in 0..<tensor.count { tensor[place] += 0.05 * stream.normal() }
      moved.replace(name, with: tensor)
    }
    let result = try code.refitted(to: moved)
    #expect(try unify.violations(in: result) == [])
    for name in code.compressedWeightNames {
      let (old, new) = (try #require(code[name]?.unified), try #require(result[name]?.unified))
      let (before, after) = (try #require(moved[name]), try #require(result[name]).decompressed())
      #expect(new.tags == old.tags && new.signs == old.signs)
      for block in old.tags.indices where old.tags[block] == .unify {
        let places = old.partition.places(of: block)
        let coded = try #require(code[name]).decompressed()
        let mean = places.reduce(0.0) {
          $0 + Double(coded[$1] < 0 ? -before[$1] : before[$1]) / Double(places.count)
        }
        #expect(abs(Double(abs(after[places[0]])) - mean) <= 1e-6)
      }
      #expect(old.places(tagged: .keep).allSatisfy { after[$0] == before[$0] })
      #expect(old.places(tagged: .prune).allSatisfy { after[$0] == 0 })
    }
    for format in formats {
      let coded = try Chain([Scheme(unify), format]).apply(weights)
      let again = try coded.refitted(to: moved)
      #expect(try unify.violations(in: again) == [], "seed \(seed)")
      #expect(again["fc1.weight"]?.values.bitsPerValue == bits(format))
    }
  }

  @Test("a block whose magnitude went through zero changes its signs")
  func throughZero() throws {
    let group = { (elements: [Float]) in
      WeightGroup([
        .init(name: "a.weight", tensor: Tensor([1, 2], elements: elements), kind: .linear)
      ])
    }
    let code = try Unify(block: [1, 2], unified: 1, inner: false).apply(group([0.5, -0.5]))
    let result = try code.refitted(to: group([-0.25, 0.25]))
    #expect(result.decompressed() == group([-0.25, 0.25]))
    #expect(throws: CompressionError.notFinite(name: "a.weight", index: 1)) {
      try code.refitted(to: group([1, .nan]))
    }
  }

  @Test("tied places are those of the blocks, or of the levels")
  func ties() throws {
    let weights = unevenGroup(seed: 6)
    let unify = Unify(block: [4, 4], pruned: 0.25, unified: 0.5)
    for scheme in [Scheme(unify), Scheme(Chain([Scheme(unify), Scheme(KMeans(bits: 2))]))] {
      let code = try scheme.compress(weights, context: anyContext)
      let tensor = try #require(code["fc1.weight"]).decompressed()
      let values = try #require(code["fc1.weight"]?.unified)
      let ties = try #require(code["fc1.weight"]?.tiedPlaces)
      var numbers = [Float?](repeating: nil, count: ties.groupCount)
      for index in ties.places.indices {
        let number = ties.signs[index] * tensor[ties.places[index]]
        let group = Int(ties.groups[index])
        #expect(numbers[group] == nil || numbers[group] == number)
        numbers[group] = number
      }
      let isTied = scheme.name == "chain" ? [.unify, .keep] : [BlockTag.unify]
      #expect(Set(ties.places) == Set(isTied.flatMap { values.places(tagged: $0) }))
      #expect(Set(ties.places).count == ties.places.count)
    }
    let plain = try KMeans(bits: 2).apply(weights)
    #expect(plain["fc1.weight"]?.tiedPlaces?.groupCount == 4)
    #expect(try Unify(block: [4, 4], pruned: 0.5).apply(weights)["fc1.weight"]?.tiedPlaces == nil)
    #expect(CompressedGroup(unchanged: weights)["fc1.weight"]?.tiedPlaces == nil)
  }

  @Test(
    "tiles and the rest are all tied places, and their means keep ties to the bit",
    arguments: [[4, 4], [1, 4], [4, 1], [8, 8], [16, 1], [1, 16], [2, 3], [3, 8]])
  func tiles(block: [Int]) throws {
    var stream = RandomStream(Seed(8))
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal([21, 38], from: &stream), kind: .linear)
    ])
    let unify = Unify(block: Shape(block), pruned: 0.1, unified: 0.7, inner: false)
    let code = try unify.apply(weights)
    let tensor = try #require(code["a.weight"])
    let ties = try #require(tensor.tiedPlaces)
    let gradient = Tensor.normal([21, 38], from: &stream)
    var expected = gradient
    for group in 0..<ties.groupCount {
      let members = ties.groups.indices.filter { ties.groups[$0] == group }
      let sum = members.reduce(0.0) { $0 + Double(ties.signs[$1] * gradient[ties.places[$1]]) }
      for i in members {
        expected[ties.places[i]] = ties.signs[i] * Float(sum / Double(members.count))
      }
    }
    guard let (tiles, rest) = tensor.tiles else {
      #expect(block == [2, 3], "every other shape has tiles")
      return
    }
    var found = gradient
    do {
      var span = found.mutableSpan
      averageTied(&span, over: tiles, workers: Workers(threadCount: 2))
    }
    let restPlaces = Set(rest?.places ?? [])
    let covered = tiles.count * tiles.runCount * tiles.runLength
    #expect(covered > 0 && covered + restPlaces.count == ties.places.count)
    var magnitudes: [Int32: Float] = [:]
    for i in ties.places.indices {
      let place = ties.places[i]
      guard !restPlaces.contains(place) else { continue }
      #expect(abs(found[place] - expected[place]) <= 1e-6, "element \(place)")
      let number = ties.signs[i] * found[place]
      #expect(magnitudes[ties.groups[i], default: number] == number)
      magnitudes[ties.groups[i]] = number
    }
    let tied = Set(ties.places)
    for place in 0..<found.count where !tied.contains(place) || restPlaces.contains(place) {
      #expect(found[place] == gradient[place])
    }
  }

  @Test(
    "one, two and four threads average to the same bits", arguments: [[4, 4], [4, 1], [2, 8]])
  func threads(block: [Int]) throws {
    var stream = RandomStream(Seed(9))
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal([208, 208], from: &stream), kind: .linear)
    ])
    let unify = Unify(block: Shape(block), unified: 1, inner: false)
    let tiles = try #require(try unify.apply(weights)["a.weight"]?.tiles?.tiles)
    #expect(tiles.count > 2048, "more than two slices")
    let gradient = Tensor.normal([208, 208], from: &stream)
    let results = [1, 2, 4].map { count in
      var result = gradient
      var span = result.mutableSpan
      averageTied(&span, over: tiles, workers: Workers(threadCount: count))
      return result
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  @Test("bits are numbers, signs, tags and tables, never positions")
  func storage() throws {
    let weights = WeightGroup([
      .init(
        name: "a.weight", tensor: .init([5, 6], elements: (0..<30).map { Float($0) - 14.5 }),
        kind: .linear)
    ])
    // Blocks of 2×4 on 5×6: sizes 8, 4, 8, 4, 4, 2.
    let unify = Unify(block: [2, 4], pruned: 1.0 / 3, unified: 1.0 / 3, inner: false)
    func item(_ scheme: Scheme) throws -> (StorageCost.Item, UnifiedValues) {
      let code = try scheme.compress(weights, context: anyContext)
      return (
        try #require(StorageCost(of: code, reference: weights).items.first),
        try #require(code.members[0].code.unified)
      )
    }
    let (plain, values) = try item(Scheme(unify))
    let sizes = values.tags.indices.map { values.partition.places(of: $0).count }
    func elements(_ tag: BlockTag) -> Int {
      values.tags.indices.reduce(0) { $0 + (values.tags[$1] == tag ? sizes[$1] : 0) }
    }
    let stored = elements(.keep) + 2
    #expect(plain.payloadBits == 32 * stored + elements(.unify) + 2 * 6)
    #expect(plain.valueBits == 32 * stored + elements(.unify))
    #expect(plain.rowIndexBits == plain.payloadBits && plain.bitmapBits == plain.payloadBits)
    let (coded, _) = try item(Scheme(Chain([Scheme(unify), Scheme(KMeans(bits: 2))])))
    #expect(coded.payloadBits == 2 * stored + elements(.unify) + 12 + 32 * coded.levelCount)
    #expect(coded.levelCount == 4)
    let (fixed, _) = try item(Scheme(Chain([Scheme(unify), Scheme(CastToFixedPoint(bits: 5))])))
    #expect(fixed.payloadBits == 5 * stored + elements(.unify) + 12 + 32)
    var sharing = unify
    sharing.shares = .value
    let (shared, same) = try item(Scheme(sharing))
    #expect(same.signBits == 0 && shared.payloadBits == 32 * same.storedCount + 12)
  }

  @Test(
    "the factored product is the dense one and makes as many multiplications as the formula",
    arguments: UnifyCase.all)
  func products(subject: UnifyCase) throws {
    let code = try subject.operation.apply(unevenGroup(seed: 8))
    var stream = RandomStream(Seed(8).child("input"))
    for name in code.compressedWeightNames {
      let values = try #require(code[name]?.unified)
      let tensor = try #require(code[name]).decompressed()
      let columnCount = tensor.count / tensor.shape[0]
      let input = (0..<columnCount).map { _ in Double(stream.normal()) }
      for evaluation in UnifiedValues.Evaluation.allCases {
        let (output, made) = values.product(with: input, evaluation: evaluation)
        for row in output.indices {
          let dense = (0..<columnCount).reduce(0.0) {
            $0 + Double(tensor[row * columnCount + $1]) * input[$1]
          }
          #expect(abs(output[row] - dense) <= 1e-12 * Double(columnCount))
        }
        if evaluation == .cheaper { #expect(made == values.multiplications) }
        #expect(made >= values.multiplications)
      }
    }
  }
}
