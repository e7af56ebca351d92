// The properties of condensa, section 7.2, for every operator and many of their options: the same laws over seeds.

import Compression
import Foundation
import Reproducibility
import Tensors
import Testing

/// An operator with a name for messages.
struct Subject: CustomTestStringConvertible, Sendable {
  let scheme: Scheme

  init(_ operation: some CompressionOperator) { scheme = Scheme(operation) }
  init(_ scheme: Scheme) { self.scheme = scheme }

  var testDescription: String {
    (try? CanonicalJSON.encode(scheme)).map { String(decoding: $0, as: UTF8.self) } ?? scheme.name
  }

  /// The operator as one that ranks units.
  var ranking: any MagnitudePruning {
    get throws { try #require(scheme.operation as? any MagnitudePruning) }
  }

  static let everyKind = WeightKind.allCases

  /// Operators that rank units, with the released settings and with the options in use.
  static let pruning: [Subject] =
    Criterion.allCases.flatMap { criterion in
      [
        Subject(PruneNeurons(density: 0.4, criterion: criterion)),
        Subject(PruneFilters(density: 0.6, criterion: criterion)),
        Subject(PruneStructures(density: 0.5, criterion: criterion)),
        Subject(PruneBlocks(density: 0.3, block: [2, 4], criterion: criterion)),
      ]
    } + [
      Subject(Prune(density: 0.3)), Subject(Prune(density: 0.3, ties: .exact, kinds: everyKind)),
      Subject(Prune(density: 0.2, threshold: .perLayer, only: "lstm, words, depthwise")),
      Subject(PruneNeurons(density: 0.5, align: 4, only: "fc*,lstm")),
      Subject(PruneNeurons(density: 0.4, threshold: .perLayer, kinds: [.recurrent, .embedding])),
      Subject(PruneFilters(density: 0.7, align: 2, minimumPerLayer: 3, kinds: [.depthwise])),
      Subject(PruneStructures(density: 0.3, normalise: .rootSize, minimumPerLayer: 2)),
      Subject(
        PruneStructures(
          density: 0.5, criterion: .sum, normalise: .size, align: 2, batchNorm: .zero,
          ties: .exact, skip: "conv2")),
      Subject(PruneStructures(density: 0.5, align: 3, pruneBias: false, minimumPerLayer: 1)),
      Subject(PruneBlocks(density: 0.5, block: [2, 1, 3, 1], only: "conv1")),
      Subject(PruneBlocks(density: 0.5, block: [4, 1, 1, 3], kinds: [.depthwise])),
      Subject(PruneBlocks(density: 0.4, block: [2, 2], align: 4, ties: .exact, only: "fc1,lstm")),
    ]

  /// Operators that change the number format.
  static let formats: [Subject] =
    [2, 3, 5, 8].flatMap { bits in
      FixedPointValues.Granularity.allCases.map {
        Subject(CastToFixedPoint(bits: bits, granularity: $0, kinds: everyKind))
      }
    } + [Subject(CastToFloat16()), Subject(CastToFloat16(skip: nil, only: "lstm,words"))]

  static let chains: [Subject] = [
    Subject(PruneStructures(density: 0.5).then(CastToFloat16())),
    Subject(PruneBlocks(density: 0.5, block: [2, 2]).then(CastToFixedPoint(bits: 4))),
    Subject(
      PruneFilters(density: 0.5, batchNorm: .zero).then(Prune(density: 0.2)).then(
        CastToFixedPoint(bits: 8, granularity: .perChannel))),
  ]

  static let all = pruning + formats + chains
}

@Suite("Laws of every operator") struct OperatorPropertyTests {
  @Test("projecting twice changes nothing", arguments: Subject.all)
  func idempotent(subject: Subject) throws {
    for seed in 0..<20 as Range<UInt64> {
      let weights = structuredGroup(seed: seed, zeros: seed % 2 == 0 ? 0 : 0.3)
      let once = try subject.scheme.compress(weights, context: anyContext).decompressed()
      let twice = try subject.scheme.compress(once, context: anyContext).decompressed()
      #expect(twice == once, "seed \(seed)")
      // A smallest magnitude of zero in every block lets everything survive, as released.
      if seed % 2 == 0 { #expect(once != weights, "seed \(seed)") }
    }
  }

  @Test("a chain of two equals one after the other", arguments: Subject.all)
  func sequence(first: Subject) throws {
    for (seed, second) in Subject.all.enumerated() {
      let weights = structuredGroup(seed: UInt64(seed))
      let between = try first.scheme.compress(weights, context: anyContext).decompressed()
      let expected = try second.scheme.compress(between, context: anyContext).decompressed()
      let chained = try Chain([first.scheme, second.scheme]).apply(weights)
      #expect(chained.decompressed() == expected, "\(second.testDescription)")
      #expect(chained.nonzeroCount == expected.nonzeroCount)
    }
  }

  @Test("decompression changes no zero pattern, and zeros stay zero", arguments: Subject.all)
  func zeroPatterns(subject: Subject) throws {
    for seed in 0..<10 as Range<UInt64> {
      let weights = structuredGroup(seed: seed, zeros: 0.25)
      let compressed = try subject.scheme.compress(weights, context: anyContext)
      let result = compressed.decompressed()
      let (before, after) = (zeroPattern(weights), zeroPattern(result))
      for name in weights.names {
        let code = try #require(compressed[name])
        let zeros = Set(try #require(after[name]))
        #expect(zeros.isSuperset(of: try #require(before[name])), "seed \(seed), \(name)")
        #expect(code.nonzeroCount == code.shape.elementCount - zeros.count)
        for (index, isHeld) in code.mask.enumerated() where !isHeld {
          #expect(zeros.contains(index))
        }
      }
    }
  }

  @Test("at least k units survive, exactly k where norms differ", arguments: Subject.pruning)
  func counts(subject: Subject) throws {
    let prune = try subject.ranking
    guard prune.align == 1, prune.minimumPerLayer == 0 else { return }
    for seed in 0..<20 as Range<UInt64> {
      let weights = structuredGroup(seed: seed)
      let thresholds = try prune.thresholds(for: weights)
      let result = try subject.scheme.compress(weights, context: anyContext)
      var (kept, wanted, total) = (0, 0, 0)
      for name in result.compressedWeightNames {
        let member = try #require(weights.member(name))
        let norms = try prune.norms(of: member).map { abs($0) }
        let size = member.tensor.count / norms.count
        // Without zeros a unit survives whole or not at all.
        let survivors = try #require(result[name]).nonzeroCount
        #expect(survivors % size == 0)
        kept += survivors / size
        total += norms.count
        let threshold = try #require(thresholds[name])
        #expect(norms.count { $0 >= threshold.value } == survivors / size, "seed \(seed), \(name)")
        wanted = prune.threshold == .global ? threshold.rank : wanted + threshold.rank
      }
      #expect(kept == wanted, "seed \(seed)")
      if prune.threshold == .global {
        #expect(wanted == MagnitudeThreshold.rank(density: prune.density, count: total))
      }
      // With ties more may survive, never fewer.
      var equal = weights
      for name in result.compressedWeightNames {
        let shape = try #require(equal[name]).shape
        equal.replace(name, with: Tensor(shape, repeating: seed % 2 == 0 ? 0.5 : -2))
      }
      let tied = try subject.scheme.compress(equal, context: anyContext)
      let tiedCount = try tied.compressedWeightNames.reduce(0) { sum, name in
        let member = try #require(equal.member(name))
        let size = try member.tensor.count / prune.norms(of: member).count
        return try sum + #require(tied[name]).nonzeroCount / size
      }
      #expect(prune.ties == .exact ? tiedCount == wanted : tiedCount >= wanted)
    }
  }

  @Test(
    "a power of two as factor scales thresholds and leaves supports", arguments: Subject.pruning)
  func scaling(subject: Subject) throws {
    let prune = try subject.ranking
    for seed in 0..<5 as Range<UInt64> {
      let weights = structuredGroup(seed: seed)
      let result = try subject.scheme.compress(weights, context: anyContext)
      let thresholds = try prune.thresholds(for: weights)
      for exponent in [-20, -1, 3, 15] {
        let factor = Float(sign: .plus, exponent: exponent, significand: 1)
        var scaled = weights
        for name in weights.names {
          let tensor = try #require(weights[name])
          scaled.replace(
            name, with: Tensor(tensor.shape, elements: tensor.elements.map { factor * $0 }))
        }
        let other = try subject.scheme.compress(scaled, context: anyContext)
        for name in weights.names { #expect(other[name]?.support == result[name]?.support) }
        let expected = thresholds.mapValues { factor * $0.value }
        #expect(try prune.thresholds(for: scaled).mapValues { $0.value } == expected)
      }
    }
  }

  @Test("supports grow and thresholds fall as density rises", arguments: Subject.pruning)
  func nested(subject: Subject) throws {
    for seed in 0..<5 as Range<UInt64> {
      let weights = structuredGroup(seed: seed)
      var earlier: (masks: [ParameterName: [Bool]], thresholds: [ParameterName: Float])?
      for density in [0.26, 0.29, 0.5, 0.58, 0.9, 1] {
        let scheme = subject.scheme.withDensity(density)
        let prune = try Subject(scheme).ranking
        let result = try scheme.compress(weights, context: anyContext)
        let masks = Dictionary(
          uniqueKeysWithValues: weights.names.map { ($0, result[$0]?.mask ?? []) })
        let thresholds = try prune.thresholds(for: weights).mapValues { $0.value }
        if let earlier {
          for (name, mask) in masks {
            let before = try #require(earlier.masks[name])
            #expect(zip(before, mask).allSatisfy { !$0 || $1 }, "seed \(seed), \(density), \(name)")
          }
          for (name, threshold) in thresholds {
            #expect(threshold <= (try #require(earlier.thresholds[name])))
          }
        }
        earlier = (masks, thresholds)
      }
      if try subject.ranking.align == 1 {
        #expect(earlier?.masks.values.allSatisfy { $0.allSatisfy { $0 } } == true)
      }
    }
  }

  @Test("values are kept to the bit, and what is not eligible stays", arguments: Subject.pruning)
  func untouched(subject: Subject) throws {
    let weights = structuredGroup(seed: 3)
    let result = try subject.scheme.compress(weights, context: anyContext)
    let decompressed = result.decompressed()
    let touched = Set(result.compressedWeightNames)
    for name in weights.names {
      let (tensor, original) = (try #require(decompressed[name]), try #require(weights[name]))
      for index in tensor.elements.indices where tensor[index] != 0 {
        #expect(tensor[index] == original[index])
      }
      if name.role == "weight", !touched.contains(name) { #expect(tensor == original) }
    }
  }

  @Test("retraining's values go on the old support, in the old format", arguments: Subject.all)
  func refitting(subject: Subject) throws {
    for seed in 0..<5 as Range<UInt64> {
      let compressed = try subject.scheme.compress(structuredGroup(seed: seed), context: anyContext)
      let trained = structuredGroup(seed: seed + 100)
      let refitted = try compressed.refitted(to: trained)
      for name in trained.names {
        let (old, new) = (try #require(compressed[name]), try #require(refitted[name]))
        #expect(old.mask == new.mask)
        #expect(old.values.bitsPerValue == new.values.bitsPerValue)
        #expect(old.values.scaleCount == new.values.scaleCount)
      }
      let values = refitted.decompressed()
      #expect(try refitted.refitted(to: values).decompressed() == values, "seed \(seed)")
    }
  }

  @Test("a scheme sets the density of every operator that has one")
  func withDensity() throws {
    let scheme = Scheme(
      PruneFilters(density: 0.1, align: 2).then(Prune(density: 0.3)).then(CastToFixedPoint(bits: 4))
    )
    #expect(scheme.hasDensity)
    let expected = Scheme(
      PruneFilters(density: 0.5, align: 2).then(Prune(density: 0.5)).then(CastToFixedPoint(bits: 4))
    )
    #expect(scheme.withDensity(0.5) == expected)
    #expect(Scheme(Chain([scheme])).withDensity(0.5) == Scheme(Chain([expected])))
    let cast = Scheme(CastToFloat16())
    #expect(!cast.hasDensity && cast.withDensity(0.5) == cast)
    #expect(!Scheme(Chain([cast])).hasDensity)
    for alternative in Scheme.alternatives {
      let scheme = try #require(Scheme(choosing: alternative.init()))
      let changed = scheme.withDensity(0.25)
      #expect((changed != scheme) == scheme.hasDensity, "\(scheme.name)")
      #expect(
        (changed.operation as? any DensityOperator)?.density == (scheme.hasDensity ? 0.25 : nil))
    }
  }
}
