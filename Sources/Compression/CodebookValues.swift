// Values that share a few levels: every element of a support is an index into a table of floats. The indices are what the
// joint method's budget counts (joint-sparsity-quantization, section 1.1); the table costs 32 bits a level besides.

import Tensors

/// Values from a codebook: indices of a few bits, and the levels they stand for.
public struct CodebookValues: Hashable, Sendable {
  /// The bits an index may have.
  public static let possibleBits = 1...8

  /// The bits of one index.
  public let bits: Int
  /// The levels, at most 2^bits, at least one if there are values.
  public let levels: [Float]
  /// For every element of the support, in its order, the place of its level.
  public let codes: [UInt8]

  /// Values from their parts.
  ///
  /// - Precondition: the bits are possible, hold the number of levels, and every code has a level.
  public init(bits: Int, levels: [Float], codes: [UInt8]) {
    precondition(Self.possibleBits.contains(bits), "indices of \(bits) bits")
    precondition(levels.count <= 1 << bits, "\(levels.count) levels in \(bits) bits")
    precondition(
      codes.allSatisfy { Int($0) < levels.count }, "an index beyond \(levels.count) levels")
    self.bits = bits
    self.levels = levels
    self.codes = codes
  }

  /// The values in single precision.
  var floats: [Float] {
    var result: [Float] = []
    result.reserveCapacity(codes.count)
    for code in codes { result.append(levels[Int(code)]) }
    return result
  }

  /// How many values are not zero.
  var nonzeroCount: Int {
    var count = 0
    for code in codes where levels[Int(code)] != 0 { count += 1 }
    return count
  }

  /// The elements of `tensor` at `places` from the same levels; nil if one of them is none of the levels.
  func holding(_ tensor: Tensor, at places: [Int]) -> CodebookValues? {
    var codeOfLevel: [Float: UInt8] = [:]
    for (code, level) in levels.enumerated() { codeOfLevel[level] = UInt8(code) }
    var codes: [UInt8] = []
    codes.reserveCapacity(places.count)
    for place in places {
      guard let code = codeOfLevel[tensor[place]] else { return nil }
      codes.append(code)
    }
    return CodebookValues(bits: bits, levels: levels, codes: codes)
  }

  /// The same indices with every level at the mean of the elements of `tensor` that stand for it; levels without elements stay.
  ///
  /// - Throws: `notFinite` for the first element at `places` that is not.
  func refitted(
    to tensor: Tensor, at places: [Int], name: ParameterName
  ) throws(CompressionError) -> CodebookValues {
    var sums = [Double](repeating: 0, count: levels.count)
    var counts = [Int](repeating: 0, count: levels.count)
    for (place, code) in zip(places, codes) {
      guard tensor[place].isFinite else { throw .notFinite(name: name, index: place) }
      sums[Int(code)] += Double(tensor[place])
      counts[Int(code)] += 1
    }
    let means = levels.indices.map {
      counts[$0] == 0 ? levels[$0] : Float(sums[$0] / Double(counts[$0]))
    }
    return CodebookValues(bits: bits, levels: means, codes: codes)
  }
}
