// Composition: a chain is the sequence of its parts, and its code is the smaller support with the narrower values.

import Compression
import Foundation
import Reproducibility
import Tensors
import Testing

@Suite("Chains, half precision and schemes") struct ChainTests {
  @Test("a chain equals its parts one after the other", arguments: 0..<20 as Range<UInt64>)
  func sequence(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let (prune, cast) = (Prune(density: 0.3), CastToFloat16())
    let orders: [[any CompressionOperator]] = [
      [prune, cast], [cast, prune], [prune, Prune(density: 0.1), cast],
    ]
    for order in orders {
      var expected = weights
      for part in order { expected = try part.apply(expected).decompressed() }
      let chained = try Chain(order.map { Scheme($0) }).apply(weights)
      #expect(chained.decompressed() == expected, "seed \(seed)")
      #expect(chained.nonzeroCount == expected.nonzeroCount)
    }
  }

  @Test(
    "supports and values of the parts merge, in either order", arguments: 0..<10 as Range<UInt64>)
  func merging(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let chains = [
      Prune(density: 0.3).then(CastToFloat16()), CastToFloat16().then(Prune(density: 0.3)),
    ]
    for chain in chains {
      let compressed = try chain.apply(weights)
      let code = try #require(compressed["fc1.weight"])
      #expect(code.isSparse)
      #expect(code.values.bitsPerValue == 16)
      #expect(code.values.count == code.mask.filter { $0 }.count)
      #expect(compressed["fc1.bias"]?.values.bitsPerValue == 16)
      #expect(compressed["words.weight"]?.values.bitsPerValue == 32)
      #expect(compressed.compressedWeightNames == eligibleNames)
    }
  }

  @Test("a chain is a projection too", arguments: 0..<10 as Range<UInt64>)
  func idempotent(seed: UInt64) throws {
    let chain = Prune(density: 0.2).then(CastToFloat16())
    let once = try chain.apply(randomGroup(seed: seed))
    #expect(try chain.apply(once.decompressed()) == once)
  }

  @Test("two random parts of a chain draw differently")
  func independentParts() throws {
    let weights = oneWeight([Float](repeating: 1, count: 64))
    let half = RandomPrune(density: 0.5, allocation: .uniformGlobal)
    let once = try half.apply(weights).nonzeroCount
    let twice = try half.then(half).apply(weights).nonzeroCount
    #expect(once == 32)
    #expect(twice < 32 && twice > 0)
  }

  @Test("values that become zero are counted, also after pruning")
  func underflow() throws {
    let weights = oneWeight([1, 0x1p-26, -0x1p-25, 0, 0x1p-24])
    let cast = try CastToFloat16().apply(weights)
    #expect(cast.underflowCount == 2)
    #expect(cast.nonzeroCount == 2)
    let chain = try Prune(density: 0.8).then(CastToFloat16()).apply(weights)
    #expect(chain.underflowCount == 2)
    #expect(chain["layer.weight"]?.values.count == 4)
    #expect(chain["layer.weight"]?.nonzeroCount == 2)
  }

  @Test("half precision refuses what would become infinite, with its place")
  func overflow() throws {
    #expect(throws: CompressionError.overflow(name: "layer.weight", index: 1, value: -65520)) {
      try CastToFloat16().apply(oneWeight([65519.996, -65520]))
    }
    #expect(throws: CompressionError.notFinite(name: "layer.weight", index: 0)) {
      try CastToFloat16().apply(oneWeight([.nan]))
    }
  }

  @Test("new values on an old support keep zeros and format", arguments: 0..<10 as Range<UInt64>)
  func refitting(seed: UInt64) throws {
    let compressed = try Prune(density: 0.3).then(CastToFloat16()).apply(randomGroup(seed: seed))
    let trained = randomGroup(seed: seed + 100)
    let refitted = try compressed.refitted(to: trained)
    for name in trained.names {
      let (old, new) = (try #require(compressed[name]), try #require(refitted[name]))
      #expect(old.mask == new.mask)
      #expect(old.values.bitsPerValue == new.values.bitsPerValue)
      let (result, wanted) = (new.decompressed(), try #require(trained[name]))
      for index in result.elements.indices {
        let rounded = new.values.bitsPerValue == 16 ? Float(Float16(wanted[index])) : wanted[index]
        #expect(result[index] == (new.mask[index] ? rounded : 0))
      }
    }
    var broken = trained
    broken.replace("fc2.bias", with: Tensor([2], elements: [1, 1e6]))
    #expect(throws: CompressionError.overflow(name: "fc2.bias", index: 1, value: 1e6)) {
      try compressed.refitted(to: broken)
    }
  }

  @Test("a scheme survives JSON, and a chain is a bare list")
  func json() throws {
    let scheme = Scheme(Prune(density: 0.1, skip: "shortcut*").then(CastToFloat16()))
    let text = String(decoding: try CanonicalJSON.encode(scheme), as: UTF8.self)
    #expect(
      text
        == #"{"chain":[{"prune":{"density":0.1,"minimumPerLayer":0,"skip":"shortcut*","threshold":"global","ties":"keep"}},{"float16":{}}]}"#
    )
    #expect(try CanonicalJSON.decode(Scheme.self, from: Data(text.utf8)) == scheme)
    #expect(scheme.operators.map { type(of: $0).name } == ["prune", "float16"])
  }

  @Test("every operator of the catalogue is a scheme and has its own name")
  func catalogue() throws {
    let names = Scheme.alternatives.map { $0.name }
    #expect(Set(names).count == names.count)
    for alternative in Scheme.alternatives {
      let scheme = try #require(Scheme(choosing: alternative.init()))
      let data = try CanonicalJSON.encode(scheme)
      #expect(try CanonicalJSON.decode(Scheme.self, from: data) == scheme)
    }
  }

  @Test("an impossible value inside a chain is named by its path")
  func errorPath() {
    let scheme = Scheme(CastToFloat16().then(Prune(density: 2)))
    let expected = CompressionError.impossibleValue(
      field: "chain[1].prune.density", value: "2.0", allowed: "more than 0 and at most 1")
    #expect(throws: expected) { try scheme.validate() }
    #expect("\(expected)" == "chain[1].prune.density is 2.0; allowed: more than 0 and at most 1")
  }

  @Test("a group refuses two parameters of one name and replacements of another shape")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      let member = WeightGroup.Member(name: "a.weight", tensor: Tensor([1]), kind: .linear)
      _ = WeightGroup([member, member])
    }
    await #expect(processExitsWith: .failure) {
      var group = oneWeight([1, 2])
      group.replace("layer.weight", with: Tensor([3]))
    }
  }
}
