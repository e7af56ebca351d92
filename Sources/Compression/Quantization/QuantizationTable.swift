// The least quantization error of one tensor for 1 … B bits, and the codebooks that reach it: E_j of the joint method.
// Source: joint-sparsity-quantization, eq. 11 and section 2.3. Look first at `QuantizationTable.errors`, then at
// `QuantizationTable+Programme.swift`.

/// The errors of one tensor for 1 … `maximumBits` bits. b bits are 2^b levels, and the free zero where it is reserved.
///
/// Errors never grow with the bits. A tensor without values, or with only zeros where zero is free, has error 0 and no levels.
public struct QuantizationTable: Sendable {
  /// The largest product of atoms and levels that `Quantizer.automatic` solves over distinct values. The programme needs four
  /// bytes for each, and a few nanoseconds per halving of the atoms.
  public static let largestExactProgramme = 1 << 23

  /// How the levels were found: never `automatic`.
  public let quantizer: Quantizer
  /// B, the largest number of bits.
  public let maximumBits: Int
  /// Whether zero is one more level, free of charge.
  public let reservesZero: Bool
  /// `[B]`: Σ (v − nearest level)² over all values, for 1 … B bits.
  public let errors: [Double]
  /// `[B]`: upper bounds of error − optimum, for 1 … B bits.
  let gaps: [Double]
  /// `[B]`: the levels before they are rounded to Float.
  let levels: [[Double]]
  /// The values, where codebooks are still to be polished.
  private let values: [Float]

  /// The table of `values`.
  ///
  /// - Parameters:
  ///   - quantizer: how levels are found.
  ///   - maximumBits: B, 1 … 8.
  ///   - reservesZero: whether zero is a free level; if not, b bits are 2^b levels in all.
  ///   - groups: into how many groups of neighbours `histogram` divides the values.
  /// - Precondition: all values are finite, 1 ≤ maximumBits ≤ 8.
  public init(
    _ values: [Float], quantizer: Quantizer = .automatic, maximumBits: Int,
    reservesZero: Bool = true, groups: Int = 16_384
  ) {
    precondition(1...8 ~= maximumBits, "a table of \(maximumBits) bits; allowed: 1 to 8")
    precondition(groups >= 4096, "\(groups) groups; allowed: at least 4096")
    precondition(Self.areFinite(values.span), "a value is not finite")
    var chosen = quantizer
    var atoms: TensorAtoms?
    if quantizer != .histogram {
      // The released rule looks at the values below its threshold of zero, too.
      let distinct = TensorAtoms(
        distinct: values.span, reservesZero: reservesZero && quantizer != .released)
      let size = (distinct.negative.count + distinct.positive.count) << maximumBits
      if quantizer == .automatic {
        chosen = size <= Self.largestExactProgramme ? .exact : .histogram
      }
      atoms = distinct
    }
    if chosen == .histogram {
      atoms = TensorAtoms(grouping: values.span, limit: groups, reservesZero: reservesZero)
    }
    self.init(
      atoms: atoms ?? TensorAtoms(distinct: [], reservesZero: reservesZero), quantizer: chosen,
      maximumBits: maximumBits, reservesZero: reservesZero,
      values: chosen == .histogram ? values : [])
  }

  /// The table of values in double precision, for comparison with references; `histogram` is not available.
  ///
  /// - Precondition: all values are finite, 1 ≤ maximumBits ≤ 8.
  public init(
    doubles values: [Double], quantizer: Quantizer = .exact, maximumBits: Int,
    reservesZero: Bool = true
  ) {
    precondition(1...8 ~= maximumBits, "a table of \(maximumBits) bits; allowed: 1 to 8")
    precondition(values.allSatisfy { $0.isFinite }, "a value is not finite")
    precondition(quantizer != .histogram, "the histogram counts values of single precision")
    let isReleased = quantizer == .released
    self.init(
      atoms: TensorAtoms(distinct: values, reservesZero: reservesZero && !isReleased),
      quantizer: isReleased ? .released : .exact, maximumBits: maximumBits,
      reservesZero: reservesZero, values: [])
  }

  private init(
    atoms: TensorAtoms, quantizer: Quantizer, maximumBits: Int, reservesZero: Bool,
    values: [Float]
  ) {
    self.quantizer = quantizer
    self.maximumBits = maximumBits
    self.reservesZero = reservesZero
    self.values = values
    if quantizer == .released {
      let rule = ReleasedQuantizer(atoms.negative, reservesZero: reservesZero)
      var errors: [Double] = []
      var levels: [[Double]] = []
      for bits in 1...maximumBits {
        let found = rule.levels(bits: bits)
        levels.append(found)
        errors.append(rule.error(of: found))
      }
      self.errors = errors
      self.levels = levels
      // What the optimum is nobody asked; it is not below zero.
      gaps = errors
    } else {
      let programme =
        reservesZero
        ? QuantizationProgramme(besideZero: atoms, maximumBits: maximumBits)
        : QuantizationProgramme(all: atoms, maximumBits: maximumBits)
      errors = programme.errors
      levels = programme.levels
      gaps = programme.errors.map { error in
        if atoms.areDistinctValues { return 0 }
        // √optimum is 1-Lipschitz in the values, and moving every value to the mean of its group is a step of √spread.
        let collapsed = max(0, error - atoms.spread).squareRoot()
        let least = max(0, collapsed - atoms.spread.squareRoot())
        return error - least * least
      }
    }
  }

  /// Σ (v − nearest level)² over all values, with 2^`bits` levels besides the free zero.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits.
  public func error(bits: Int) -> Double {
    requireBits(bits)
    return errors[bits - 1]
  }

  /// An upper bound of `error(bits:)` − optimum: 0 where the quantizer is exact, the error itself where it is as released.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits.
  public func gap(bits: Int) -> Double {
    requireBits(bits)
    return gaps[bits - 1]
  }

  /// The codebook of `bits` bits. Up to rounding to Float its error is at most `error(bits:)`.
  ///
  /// After `histogram` it is polished by Lloyd's rule on the values: some passes over them, at every call.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits.
  public func codebook(bits: Int) -> Codebook {
    requireBits(bits)
    let found = Codebook(levels: levels[bits - 1].map { Float($0) }, reservesZero: reservesZero)
    return quantizer == .histogram ? found.polished(on: values.span) : found
  }

  /// The levels of `bits` bits in ascending order, before they are rounded to Float (and before they are polished).
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits.
  public func unroundedLevels(bits: Int) -> [Double] {
    requireBits(bits)
    return levels[bits - 1]
  }

  private func requireBits(_ bits: Int) {
    precondition(
      1...maximumBits ~= bits, "\(bits) bits of a table that ends at \(maximumBits)")
  }

  static func areFinite(_ values: Span<Float>) -> Bool {
    var isFinite = true
    for i in values.indices where !values[i].isFinite { isFinite = false }
    return isFinite
  }
}

extension Codebook {
  /// The codebook after some rounds of Lloyd's rule; its error on `values` is not larger.
  func polished(on values: Span<Float>) -> Codebook {
    var best = self
    var bestError = Double.infinity
    var candidate = self
    for _ in 0..<8 {
      let cells = Cells(candidate)
      var sums = [Double](repeating: 0, count: cells.levels.count)
      var counts = sums
      var error = 0.0
      for i in values.indices {
        let value = Double(values[i])
        let cell = cells.cell(of: values[i])
        let difference = value - Double(cells.levels[cell])
        error += difference * difference
        sums[cell] += value
        counts[cell] += 1
      }
      let isNearTheEnd = error > bestError * (1 - 1e-4)
      if error < bestError {
        best = candidate
        bestError = error
      }
      if isNearTheEnd { break }
      var levels: [Float] = []
      for cell in cells.levels.indices where cells.codes[cell] >= 0 && counts[cell] > 0 {
        levels.append(Float(sums[cell] / counts[cell]))
      }
      candidate = Codebook(levels: levels, reservesZero: reservesZero)
    }
    return best
  }
}
