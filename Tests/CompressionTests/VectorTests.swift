// Condensa's released operators against ours, through the public interface.

import Compression
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite("Condensa's vectors") struct VectorTests {
  @Test("every case is checked here or belongs to methods")
  func nothingIsOverlooked() throws {
    let vectors = try Vectors.load()
    #expect(vectors.cases.count == vectors.count)
    let known = Vectors.checkedKinds.union(Vectors.kindsOfMethods)
    #expect(Set(vectors.cases.map { $0.kind }) == known)
    #expect(Vectors.checkedKinds.isDisjoint(with: Vectors.kindsOfMethods))
    let types = Set(vectors.cases.compactMap { $0.input["scheme"]?["type"]?.text })
    let schemes: Set = [
      "Prune", "FilterPrune", "NeuronPrune", "StructurePrune", "BlockPrune", "Compose",
    ]
    #expect(types == schemes)
    let ids = Set(vectors.cases.map { $0.id })
    #expect(Vectors.rejectionsOfMethods.isSubset(of: ids))
  }

  @Test(
    "the threshold is the k-th largest magnitude and ties at it survive",
    arguments: try Vectors.cases("threshold"))
  func threshold(vector: VectorCase) throws {
    let weights = oneWeight(try #require(vector.input["w"]).floats)
    let prune = Prune(density: try vector.input.number("density"))
    if vector.expected["rejects"] != nil {
      #expect(throws: CompressionError.self) { try prune.thresholds(for: weights) }
      #expect(throws: CompressionError.self) {
        try prune.compress(weights, startingFrom: nil, context: anyContext)
      }
      return
    }
    let threshold = try #require(try prune.thresholds(for: weights)["layer.weight"])
    #expect(threshold.rank == (try vector.expected.integer("k")))
    #expect(threshold.value == Float(try vector.expected.number("threshold")))
    let compressed = try prune.compress(weights, startingFrom: nil, context: anyContext)
    let code = try #require(compressed["layer.weight"])
    #expect(code.mask.map { $0 ? 1 : 0 } == vector.expected["mask"]?.floats)
    #expect(code.values.count == (try vector.expected.integer("nnz_kept")))
  }

  @Test(
    "k is the floor of the product in floating point",
    arguments: try Vectors.cases("threshold_count"))
  func thresholdCount(vector: VectorCase) throws {
    let rank = MagnitudeThreshold.rank(
      density: try vector.input.number("density"), count: try vector.input.integer("numel"))
    #expect(rank == (try vector.expected.integer("k")))
  }

  @Test(
    "the threshold of a ramp is one of its values",
    arguments: try Vectors.cases("threshold_integer_ramp"))
  func ramp(vector: VectorCase) throws {
    #expect(vector.input["values"]?.text == "integers 0..29")
    let weights = oneWeight((0..<30).map { Float($0) })
    let prune = Prune(density: try vector.input.number("density"))
    let threshold = try #require(try prune.thresholds(for: weights)["layer.weight"])
    #expect(threshold.value == Float(try vector.expected.number("threshold")))
  }

  @Test(
    "an aligned mask keeps a multiple of the largest, or nothing",
    arguments: try Vectors.cases("mask_align"))
  func maskAlign(vector: VectorCase) throws {
    // Twenty rows of one weight each: the norm of a row is the weight's magnitude.
    let elements = try #require(vector.input["t"]).floats
    let weights = WeightGroup([
      .init(
        name: "t.weight", tensor: Tensor([elements.count, 1], elements: elements), kind: .linear)
    ])
    let threshold = Float(try vector.input.number("threshold"))
    let rank = elements.count { abs($0) >= threshold }
    let align = Int(vector.input["align"]?.number ?? 1)
    let density = Double(rank) / Double(elements.count)
    let prune = PruneNeurons(density: density, align: align)
    #expect(try prune.thresholds(for: weights)["t.weight"]?.value == threshold)
    if vector.expected["rejects"] != nil {
      let expected = CompressionError.alignmentTooLarge(
        name: "t.weight", unitCount: elements.count, align: align)
      #expect(throws: expected) { try prune.apply(weights) }
      return
    }
    let mask = try #require(try prune.apply(weights)["t.weight"]).mask
    #expect(mask.map { $0 ? 1 : 0 } == vector.expected["mask"]?.floats)
  }

  @Test(
    "blocks have the norms of the release, and fall below the same threshold",
    arguments: try Vectors.cases("block_aggregate"))
  func blockAggregate(vector: VectorCase) throws {
    let shape = Shape((vector.input["M_shape"]?.floats ?? [4, 6]).map { Int($0) })
    let elements =
      vector.input["M"]?.floats ?? [Float](repeating: 1, count: shape.elementCount)
    let block = Shape(try #require(vector.input["block"]).floats.map { Int($0) })
    let member = WeightGroup.Member(
      name: "m.weight", tensor: Tensor(shape, elements: elements), kind: .linear)
    let density = vector.input["density"]?.number
    var prune = PruneBlocks(density: density ?? 1, block: block)
    if vector.expected["rejects"] != nil {
      let expected = CompressionError.blockDoesNotFit(name: "m.weight", shape: shape, block: block)
      #expect(throws: expected) { try prune.norms(of: member) }
      #expect(throws: expected) { try prune.apply(WeightGroup([member])) }
      return
    }
    prune.criterion = try Self.criterion(vector.input)
    expectClose(
      try prune.norms(of: member), try #require(vector.expected["aggregate_row_major"]).floats)
    guard density != nil else { return }
    let weights = WeightGroup([member])
    let threshold = try #require(try prune.thresholds(for: weights)["m.weight"])
    expectClose([threshold.value], [Float(try vector.expected.number("threshold"))])
    let mask = try #require(try prune.apply(weights)["m.weight"]).mask
    #expect(mask.map { $0 ? 1 : 0 } == vector.expected["mask"]?.floats)
  }

  @Test(
    "rows have the norms of the release",
    arguments: try Vectors.cases("neuron_aggregate") + Vectors.cases("filter_aggregate"))
  func rowAggregate(vector: VectorCase) throws {
    let criterion = try Self.criterion(vector.input)
    let norms: [Float]
    if let matrix = vector.input["M"] {
      let tensor = Tensor([4, 6], elements: matrix.floats)
      norms = try PruneNeurons(density: 1, criterion: criterion).norms(
        of: .init(name: "m.weight", tensor: tensor, kind: .linear))
    } else {
      let tensor = Tensor([3, 2, 2, 2], elements: try #require(vector.input["C"]).floats)
      norms = try PruneFilters(density: 1, criterion: criterion).norms(
        of: .init(name: "c.weight", tensor: tensor, kind: .convolution))
    }
    expectClose(norms, try #require(vector.expected["aggregate"]).floats)
  }

  @Test(
    "a scheme changes the network of the file as the released one does",
    arguments: try Vectors.cases("scheme"))
  func scheme(vector: VectorCase) throws {
    let weights = try Vectors.load().group()
    let scheme = try Self.scheme(try #require(vector.input["scheme"]))
    let compressed = try scheme.compress(weights, context: anyContext)
    let result = compressed.decompressed()
    if let value = vector.expected["threshold"]?.number {
      let prune = try #require(scheme.operation as? any MagnitudePruning)
      let thresholds = try prune.thresholds(for: weights)
      #expect(Set(thresholds.keys) == Set(compressed.compressedWeightNames))
      expectClose(thresholds.values.map { $0.value }, thresholds.map { _ in Float(value) })
      if prune is Prune { #expect(thresholds.values.allSatisfy { $0.value == Float(value) }) }
    }
    #expect(compressed.nonzeroCount == (try vector.expected.integer("total_nnz")))
    let tagged = Set(try #require(vector.expected["compressed_parameters"]).members.keys)
    #expect(Set(compressed.compressedWeightNames.map { $0.layer }) == tagged)
    let names = try #require(vector.expected["nnz"]).members.keys.sorted()
    #expect(Set(names) == Set(weights.names.map { $0.text }))
    for name in names {
      let code = try #require(compressed[ParameterName(name)])
      let tensor = try #require(result[ParameterName(name)])
      #expect(code.nonzeroCount == (try vector.expected["nnz"]?.integer(name)), "\(name)")
      let zeros = vector.expected["zero_indices"]?[name]?.floats.map { Int($0) }
      #expect(tensor.elements.indices.filter { tensor[$0] == 0 } == zeros, "\(name)")
      let format = vector.expected["dtype"]?[name]?.text
      #expect("float\(code.values.bitsPerValue)" == format, "\(name)")
      if let values = vector.expected["params_after_decompress"]?[name]?.floats {
        #expect(tensor.elements == values, "\(name)")
      } else {
        // Pruning alone keeps the survivors' bits.
        let original = try #require(weights[ParameterName(name)])
        for index in tensor.elements.indices where tensor[index] != 0 {
          #expect(tensor[index] == original[index], "\(name)[\(index)]")
        }
      }
    }
  }

  @Test("uses the release refuses are refused here", arguments: try Vectors.cases("rejected_use"))
  func rejectedUse(vector: VectorCase) throws {
    func decodeScheme(_ text: String) throws -> Scheme {
      try CanonicalJSON.decode(Scheme.self, from: Data(text.utf8))
    }
    switch vector.id {
    case "reject-quantize-int8":
      #expect(throws: DecodingError.self) { try decodeScheme(#"{"int8": {}}"#) }
    case "reject-compose-without-list":
      #expect(throws: DecodingError.self) { try decodeScheme(#"{"chain": {"float16": {}}}"#) }
    case "reject-prune-recurrent-layer":
      let weights = oneWeight([1, 2, 3, 4], kind: .recurrent)
      #expect(throws: CompressionError.nothingEligible(operator: "prune", skip: nil)) {
        try Prune(density: 0.5).compress(weights, startingFrom: nil, context: anyContext)
      }
    case "reject-block-does-not-divide-layer":
      let weights = try Vectors.load().group()
      let expected = CompressionError.blockDoesNotFit(
        name: "f1.weight", shape: [6, 4], block: [4, 4])
      #expect(throws: expected) { try PruneBlocks(density: 0.5, block: [4, 4]).apply(weights) }
    case "reject-neuron-prune-on-4d-weight":
      let weights = try Vectors.load().group()
      let expected = CompressionError.wrongRank(
        operator: "prune-neurons", name: "c1.weight", shape: [4, 2, 3, 3], allowed: 2...2)
      #expect(throws: expected) { try PruneNeurons(density: 0.5, only: "c1").apply(weights) }
    default: Issue.record("no check for \(vector.id)")
    }
  }

  @Test(
    "half precision rounds to nearest even, bit for bit",
    arguments: try Vectors.cases("float16_round_trip"))
  func halfPrecision(vector: VectorCase) throws {
    let value = Float(try vector.input.number("float32"))
    let weights = oneWeight([value])
    let cast = CastToFloat16()
    if vector.expected["value"]?.number == .infinity {
      // The release returns infinity; we refuse (condensa, section 6, decision 10).
      #expect(throws: CompressionError.overflow(name: "layer.weight", index: 0, value: value)) {
        try cast.compress(weights, startingFrom: nil, context: anyContext)
      }
      return
    }
    let compressed = try cast.compress(weights, startingFrom: nil, context: anyContext)
    guard case .float16(let halves) = try #require(compressed["layer.weight"]).values else {
      Issue.record("the values are not in half precision")
      return
    }
    let bits = try #require(UInt16(vector.expected["bits_hex"]?.text ?? "", radix: 16))
    #expect(halves.map { $0.bitPattern } == [bits])
    let result = try #require(compressed.decompressed()["layer.weight"])
    #expect(result[0] == Float(try vector.expected.number("value")))
    #expect(compressed.underflowCount == (result[0] == 0 && value != 0 ? 1 : 0))
  }

  @Test("payload ratios follow the published rule", arguments: try Vectors.cases("memory_ratio"))
  func memoryRatio(vector: VectorCase) throws {
    func parameters(_ key: String) throws -> Int { try vector.input.integer(key) }
    let weightCount = try parameters("pruned_weights")
    let kept = MagnitudeThreshold.rank(
      density: try vector.input.number("density"), count: weightCount)
    #expect(kept == (try vector.expected.integer("nnz_weights")))
    let (halfBiases, rest) = (try parameters("fp16_bias"), try parameters("fp32_rest"))
    let total = try parameters("total_params")
    // What remains of the total is in no group: VGG-19's file lists all of it.
    #expect(weightCount + halfBiases + rest == total)
    let cost = StorageCost(
      items: [
        .init(
          name: "weights", shape: [weightCount], nonzeroCount: kept, bitsPerValue: 16,
          isSparse: true),
        .init(
          name: "biases", shape: [halfBiases], nonzeroCount: halfBiases, bitsPerValue: 16,
          isSparse: false),
        .init(name: "rest", shape: [rest], nonzeroCount: rest, bitsPerValue: 32, isSparse: false),
      ], referenceNonzeroCount: total)
    #expect(cost.referencePayloadBytes == (try vector.expected.integer("bytes_reference")))
    #expect(cost.payloadBytes == (try vector.expected.integer("bytes_compressed")))
    let expected = try vector.expected.number("ratio")
    #expect(abs(cost.payloadRatio - expected) <= 1e-6 * expected)
  }

  /// The scheme a case names, in our words.
  private static func scheme(_ value: JSONValue) throws -> Scheme {
    switch value["type"]?.text {
    case "Prune":
      let skipped = value["skip_layers"]?.items.compactMap { $0.text }.joined(separator: ",")
      return Scheme(
        Prune(density: try value.number("density"), skip: skipped.map { ParameterPattern($0) }))
    case "FilterPrune": return Scheme(try rowPrune(value) as PruneFilters)
    case "NeuronPrune": return Scheme(try rowPrune(value) as PruneNeurons)
    case "StructurePrune": return Scheme(try rowPrune(value) as PruneStructures)
    case "BlockPrune":
      let block = Shape(try #require(value["block"]).floats.map { Int($0) })
      return Scheme(
        PruneBlocks(
          density: try value.number("density"), block: block, criterion: try criterion(value)))
    case "Quantize":
      #expect(value["dtype"]?.text == "float16")
      return Scheme(CastToFloat16())
    case "Compose":
      return Scheme(Chain(try #require(value["schemes"]).items.map { try scheme($0) }))
    default:
      throw CompressionError.impossibleValue(
        field: "type", value: value.summary, allowed: "the released schemes")
    }
  }

  /// A scheme over rows, with the fields the file gives.
  private static func rowPrune<Rows>(_ value: JSONValue) throws -> RowPrune<Rows> {
    RowPrune(
      density: try value.number("density"), criterion: try criterion(value),
      align: Int(value["align"]?.number ?? 1), pruneBias: value["prune_bias"] != .boolean(false))
  }

  /// The criterion a case names; its words are ours.
  private static func criterion(_ value: JSONValue) throws -> Criterion {
    try #require(Criterion(rawValue: value["criterion"]?.text ?? ""))
  }
}

/// Checks values against those of the file, whose results are float32: 1e-6, relative and absolute.
func expectClose(
  _ values: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  for (value, wanted) in zip(values, expected) {
    #expect(abs(value - wanted) <= 1e-6 * (1 + abs(wanted)), sourceLocation: sourceLocation)
  }
}
