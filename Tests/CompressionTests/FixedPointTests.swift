// Fixed point: codes and scales from the formula, exact idempotence, and what becomes of it inside chains.

import Compression
import Reproducibility
import Tensors
import Testing

@Suite("Fixed point") struct FixedPointTests {
  /// The fixed-point values of a code.
  private func values(_ code: CompressedTensor?) throws -> FixedPointValues {
    guard case .fixedPoint(let values)? = code?.values else {
      throw CompressionError.impossibleValue(
        field: "values", value: "\(String(describing: code))", allowed: "fixed point")
    }
    return values
  }

  @Test("codes are the nearest multiples of max / (2^(b-1) - 1)", arguments: 2...8)
  func formula(bits: Int) throws {
    let limit = Float(1 << (bits - 1)) - 1
    for granularity in FixedPointValues.Granularity.allCases {
      for seed in 0..<10 as Range<UInt64> {
        let weights = structuredGroup(seed: seed, zeros: 0.1)
        let operation = CastToFixedPoint(bits: bits, granularity: granularity)
        let compressed = try operation.apply(weights)
        let tensor = try #require(weights["conv1.weight"])
        let result = try #require(compressed["conv1.weight"]).decompressed()
        let numbers = try values(compressed["conv1.weight"])
        #expect(numbers.bits == bits && numbers.granularity == granularity)
        let size = granularity == .perTensor ? tensor.count : 18
        #expect(numbers.scales.count == tensor.count / size)
        for (channel, scale) in numbers.scales.enumerated() {
          let part = channel * size..<(channel + 1) * size
          let maximum = try #require(part.map { abs(tensor[$0]) }.max())
          #expect(scale == maximum / limit)
          for index in part {
            let code = Float(numbers.codes[index])
            #expect(abs(code) <= limit)
            #expect(result[index] == code * scale)
            #expect(abs(result[index] - tensor[index]) <= 0.500001 * scale, "seed \(seed)")
            if tensor[index] == 0 { #expect(code == 0) }
            if abs(tensor[index]) == maximum { #expect(abs(code) == limit) }
          }
        }
        #expect(compressed["conv1.bias"]?.decompressed() == weights["conv1.bias"])
        let lost = weights.members.reduce(0) { sum, member in
          sum + member.tensor.nonzeroCount - (compressed[member.name]?.nonzeroCount ?? 0)
        }
        #expect(compressed.underflowCount == lost)
      }
    }
  }

  @Test("ties go to the even code, and the sign is symmetric")
  func ties() throws {
    let compressed = try CastToFixedPoint(bits: 4).apply(
      oneWeight([7, 0.5, 1.5, 2.5, -0.5, -2.5, -7, 0]))
    let numbers = try values(compressed["layer.weight"])
    #expect(numbers.scales == [1])
    #expect(numbers.codes == [7, 0, 2, 2, 0, -2, -7, 0])
    #expect(compressed.underflowCount == 2)
    #expect(FixedPointValues.largestCode(bits: 2) == 1)
    #expect(FixedPointValues.largestCode(bits: 8) == 127)
  }

  @Test("rounding twice changes no bit, whatever the maximum", arguments: 2...8)
  func idempotentScale(bits: Int) throws {
    var stream = RandomStream(Seed(UInt64(bits)).child("maxima"))
    for _ in 0..<20_000 {
      let exponent = Int(stream.uniform(-100, 100))
      let maximum = Float(sign: .plus, exponent: exponent, significand: stream.uniform(1, 2))
      let weights = oneWeight([maximum, maximum * stream.uniform(-1, 1)])
      let once = try CastToFixedPoint(bits: bits).apply(weights)
      #expect(
        try CastToFixedPoint(bits: bits).apply(once.decompressed()).decompressed()
          == once.decompressed(), "\(maximum)")
    }
  }

  @Test("a row of its own scale is never farther away")
  func granularity() throws {
    let weights = WeightGroup([
      .init(
        name: "w.weight", tensor: Tensor([2, 3], elements: [100, -50, 25, 0.1, 0.05, -0.02]),
        kind: .linear)
    ])
    let whole = try CastToFixedPoint(bits: 4).apply(weights)
    let rows = try CastToFixedPoint(bits: 4, granularity: .perChannel).apply(weights)
    #expect(whole.underflowCount == 3 && rows.underflowCount == 0)
    #expect(
      weights.squaredDistance(to: rows.decompressed())
        < weights.squaredDistance(to: whole.decompressed()))
  }

  @Test("zeros alone, the smallest numbers and empty tensors are held exactly")
  func extremes() throws {
    let tiny = Float.leastNonzeroMagnitude
    for elements in [[0, -0, 0], [], [tiny, -tiny, 0], [50 * tiny, tiny, -3 * tiny]] as [[Float]] {
      for granularity in FixedPointValues.Granularity.allCases {
        let operation = CastToFixedPoint(bits: 8, granularity: granularity)
        let result = try operation.apply(oneWeight(elements)).decompressed()
        #expect(result["layer.weight"]?.elements == elements)
      }
    }
  }

  @Test("the largest numbers stay finite", arguments: 2...8)
  func largest(bits: Int) throws {
    var maximum = Float.greatestFiniteMagnitude
    for _ in 0..<20 {
      let once = try CastToFixedPoint(bits: bits).apply(oneWeight([maximum, 1, -maximum]))
      let result = once.decompressed()
      let value = try #require(result["layer.weight"])[0]
      #expect(value.isFinite && abs(value / maximum - 1) < 1e-6)
      #expect(try CastToFixedPoint(bits: bits).apply(result).decompressed() == result)
      maximum = maximum.nextDown
    }
  }

  @Test("chains hold the smaller support in the narrowest format that is exact")
  func chains() throws {
    let weights = structuredGroup(seed: 8)
    func code(_ chain: Chain) throws -> CompressedTensor {
      try #require(try chain.apply(weights)["fc1.weight"])
    }
    for granularity in FixedPointValues.Granularity.allCases {
      let fixed = CastToFixedPoint(bits: 8, granularity: granularity)
      let scaleCount = granularity == .perTensor ? 1 : 12
      for chain in [
        Prune(density: 0.3).then(fixed), fixed.then(Prune(density: 0.3)),
        CastToFloat16().then(Prune(density: 0.3)).then(fixed),
        PruneNeurons(density: 0.5).then(fixed), fixed.then(PruneNeurons(density: 0.5)),
      ] {
        let code = try code(chain)
        #expect(code.isSparse && code.values.bitsPerValue == 8)
        #expect(code.values.scaleCount == scaleCount)
        #expect(code.values.count == code.mask.filter { $0 }.count)
      }
      #expect(try code(fixed.then(CastToFixedPoint(bits: 4))).values.bitsPerValue == 4)
      // What half precision rounds is no multiple of the scale any more.
      #expect(try code(fixed.then(CastToFloat16())).values.bitsPerValue == 16)
    }
    let chain = Prune(density: 0.3).then(CastToFixedPoint(bits: 8))
    #expect(try code(chain).mask == Prune(density: 0.3).apply(weights)["fc1.weight"]?.mask)
  }

  @Test("values from parts are checked")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      _ = FixedPointValues(bits: 4, granularity: .perTensor, codes: [8], scales: [1])
    }
    await #expect(processExitsWith: .failure) {
      let values = FixedPointValues(bits: 4, granularity: .perChannel, codes: [1, 2], scales: [1])
      _ = CompressedTensor(shape: [2, 1], support: .all, values: .fixedPoint(values))
    }
  }
}
