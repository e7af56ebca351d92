// Levels under a penalty on every value that is not zero: error against the number of non-zeros, for 1 … B bits.
// A value goes to the free zero at a cost of v², to a level at (v − level)² + penalty. In one dimension the cells are still intervals,
// zero's around zero, so the programme of `QuantizationTable` works: its layers hold the least error of the outermost values.
// Look first at `SparsityFrontier.init`; the merging of both signs is in `SparsityFrontier+Hulls.swift`.

/// The lower convex hull of (non-zeros, least error) of one tensor, for each number of bits, and the codebooks that reach it.
///
/// At every penalty ≥ 0 per non-zero value, error + penalty · non-zeros is least at a vertex.
public struct SparsityFrontier: Sendable {
  /// A point of the hull.
  public struct Vertex: Hashable, Sendable {
    /// How many values are not assigned to zero.
    public let nonzeroCount: Int
    /// Σ (v − assigned level)² over all values, zeros included.
    public let error: Double
    /// How many levels the negative values may use.
    let negativeLevels: Int
    /// How many of the outermost negative atoms are not zero.
    let negativeAtoms: Int
    /// How many levels the positive values may use.
    let positiveLevels: Int
    /// How many of the outermost positive atoms are not zero.
    let positiveAtoms: Int
  }

  /// How the levels were found: `exact` or `histogram`.
  public let quantizer: Quantizer
  /// B, the largest number of bits.
  public let maximumBits: Int
  private let atoms: TensorAtoms
  private let negative: LineClustering
  private let positive: LineClustering
  /// `[B]`
  private let hulls: [[Vertex]]

  /// The frontier of `values`; b bits are 2^b levels besides zero.
  ///
  /// - Parameters:
  ///   - quantizer: `released` has no penalised form and counts as `automatic`.
  ///   - maximumBits: B, 1 … 8.
  ///   - groups: into how many groups of neighbours `histogram` divides the values.
  /// - Precondition: all values are finite, 1 ≤ maximumBits ≤ 8.
  public init(
    _ values: [Float], quantizer: Quantizer = .automatic, maximumBits: Int, groups: Int = 16_384
  ) {
    precondition(1...8 ~= maximumBits, "a frontier of \(maximumBits) bits; allowed: 1 to 8")
    precondition(groups >= 4096, "\(groups) groups; allowed: at least 4096")
    precondition(QuantizationTable.areFinite(values.span), "a value is not finite")
    var atoms = TensorAtoms(distinct: [], reservesZero: true)
    var chosen = quantizer
    if quantizer != .histogram {
      atoms = TensorAtoms(distinct: values.span, reservesZero: true)
      let size = (atoms.negative.count + atoms.positive.count) << maximumBits
      if quantizer != .exact {
        chosen = size <= QuantizationTable.largestExactProgramme ? .exact : .histogram
      }
    }
    if chosen == .histogram {
      atoms = TensorAtoms(grouping: values.span, limit: groups, reservesZero: true)
    }
    self.quantizer = chosen
    self.maximumBits = maximumBits
    self.atoms = atoms
    let negative = SideHulls(atoms.negative, clusters: 1 << maximumBits)
    let positive = SideHulls(atoms.positive, clusters: 1 << maximumBits)
    self.negative = negative.line
    self.positive = positive.line
    hulls = (1...maximumBits).map { SideHulls.merged(negative, positive, levels: 1 << $0) }
  }

  /// The vertices of the hull by ascending number of non-zeros; errors strictly descend, ever more slowly. The first keeps nothing.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits.
  public func vertices(bits: Int) -> [Vertex] {
    precondition(
      1...maximumBits ~= bits, "\(bits) bits of a frontier that ends at \(maximumBits)")
    return hulls[bits - 1]
  }

  /// The vertex of least error + penalty · non-zeros; of equal ones that with fewer non-zeros.
  ///
  /// For the joint problem the penalty is λ · bits. Takes a binary search.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits, penalty ≥ 0.
  public func best(bits: Int, penalty: Double) -> Vertex {
    precondition(penalty >= 0, "a penalty of \(penalty)")
    let hull = vertices(bits: bits)
    var low = 0
    var high = hull.count - 1
    while low < high {
      let middle = (low + high) / 2
      let a = hull[middle]
      let b = hull[middle + 1]
      let pays = a.error - b.error > penalty * Double(b.nonzeroCount - a.nonzeroCount)
      if pays { low = middle + 1 } else { high = middle }
    }
    return hull[low]
  }

  /// An upper bound of (error + penalty · non-zeros of `best`) − its optimum; 0 where the quantizer is exact.
  ///
  /// - Precondition: 1 ≤ bits ≤ maximumBits, penalty ≥ 0.
  public func gap(bits: Int, penalty: Double) -> Double {
    if quantizer == .exact { return 0 }
    let vertex = best(bits: bits, penalty: penalty)
    let reached = vertex.error + penalty * Double(vertex.nonzeroCount)
    // With f the optimum, moving every value to the mean of its group gives a problem of optimum ≤ (√f + √spread)².
    let collapsed = max(0, reached - atoms.spread).squareRoot()
    let least = max(0, collapsed - atoms.spread.squareRoot())
    return reached - least * least
  }

  /// The levels and the zero cell of a vertex that `vertices` or `best` returned for `bits`.
  public func codebook(of vertex: Vertex) -> SparseCodebook {
    let levels =
      negative.levels(clusters: vertex.negativeLevels, kept: vertex.negativeAtoms)
      + positive.levels(clusters: vertex.positiveLevels, kept: vertex.positiveAtoms)
    var largestNegative = -Float.infinity
    if vertex.negativeAtoms > 0 {
      largestNegative =
        atoms.areDistinctValues
        ? Float(atoms.negative.means[vertex.negativeAtoms - 1])
        : atoms.innermostNegative[vertex.negativeAtoms - 1]
    }
    var smallestPositive = Float.infinity
    if vertex.positiveAtoms > 0 {
      smallestPositive =
        atoms.areDistinctValues
        ? Float(atoms.positive.means[vertex.positiveAtoms - 1])
        : atoms.innermostPositive[vertex.positiveAtoms - 1]
    }
    return SparseCodebook(
      levels: levels.map { Float($0) }, largestNegative: largestNegative,
      smallestPositive: smallestPositive)
  }
}

/// Levels besides zero, and a cell of zero that is wider than that of the nearest level.
public struct SparseCodebook: Hashable, Sendable {
  /// The levels, zero not among them.
  public let codebook: Codebook
  /// Negative values above it become zero; −∞ if all do.
  public let largestNegative: Float
  /// Positive values below it become zero; ∞ if all do.
  public let smallestPositive: Float
  /// The levels without the free zero, for values outside zero's cell.
  private let cells: Codebook

  init(levels: [Float], largestNegative: Float, smallestPositive: Float) {
    codebook = Codebook(levels: levels, reservesZero: true)
    cells = Codebook(levels: codebook.levels, reservesZero: false)
    self.largestNegative = largestNegative
    self.smallestPositive = smallestPositive
  }

  /// For each value the index of its level, −1 for zero.
  public func codes(for values: Span<Float>) -> [Int32] {
    var codes = cells.codes(for: values)
    for i in values.indices where values[i] > largestNegative && values[i] < smallestPositive {
      codes[i] = -1
    }
    return codes
  }

  /// Every value replaced by its level.
  public func quantized(_ values: Span<Float>) -> [Float] {
    var result = cells.quantized(values)
    for i in values.indices where values[i] > largestNegative && values[i] < smallestPositive {
      result[i] = 0
    }
    return result
  }
}
