// What the elements of a unified block share, in closed form, and what that costs (micro-structured-unification, section 1.4):
// a magnitude, with every sign kept, or a value. `BlockCosts` applies the rule to all blocks of a tensor.

import Tensors

/// What the elements of a unified block have in common.
public struct BlockRule: Hashable, Sendable {
  /// Which distance the common magnitude minimises.
  public enum Magnitude: String, CaseIterable, Codable, Hashable, Sendable {
    /// The sum of squares: the mean of the magnitudes. The only Euclidean projection.
    case l2
    /// The sum of distances: the median of the magnitudes.
    case l1
    /// The largest distance: the middle between the smallest and the largest magnitude.
    case linf
  }

  /// What is shared.
  public enum Shares: String, CaseIterable, Codable, Hashable, Sendable {
    /// The magnitude; every element keeps its sign, and zero counts as positive.
    case magnitude
    /// The value, that is the mean; signs are lost. An ablation.
    case value
  }

  /// How the magnitude is found.
  public let magnitude: Magnitude
  /// What is shared.
  public let shares: Shares

  public init(magnitude: Magnitude = .l2, shares: Shares = .magnitude) {
    self.magnitude = magnitude
    self.shares = shares
  }

  /// c: what the elements share; 0 for a block without elements.
  ///
  /// Source: micro-structured-unification, section 1.4.
  public func shared(_ values: [Double]) -> Double {
    let numbers = shares == .magnitude ? values.map { abs($0) } : values
    return center(of: numbers.span, count: numbers.count)
  }

  /// The elements with what they share: `sign(v)·c` or c.
  public func projected(_ values: [Double]) -> [Double] {
    let common = shared(values)
    return values.map { shares == .magnitude && $0 < 0 ? -common : common }
  }

  /// D: the squared distance of the elements from `projected`; n·Var(│v│) where the magnitude is the mean.
  public func unifyCost(_ values: [Double]) -> Double {
    zip(values, projected(values)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// A = ‖v‖²: the squared distance from zero. A = n·c² + D where c is the mean of the magnitudes.
  public static func pruneCost(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }

  /// Mean, median or middle of the first `count` numbers; the mean where values are shared.
  func center(of numbers: Span<Double>, count: Int) -> Double {
    guard count > 0 else { return 0 }
    guard shares == .magnitude, magnitude != .l2 else {
      var sum = 0.0
      for i in 0..<count { sum += numbers[i] }
      return sum / Double(count)
    }
    var sorted: [Double] = []
    sorted.reserveCapacity(count)
    for i in 0..<count { sorted.append(numbers[i]) }
    sorted.sort()
    return magnitude == .l1
      ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 : (sorted[0] + sorted[count - 1]) / 2
  }
}

/// What pruning and unifying cost, block by block.
struct BlockCosts {
  /// `[blocks]`: A, the sum of squares.
  private(set) var prune: [Double]
  /// `[blocks]`: D, the squared distance from the unified block.
  private(set) var unify: [Double]
  /// `[blocks]`: Σ│v│.
  private(set) var magnitudeSums: [Double]
  /// `[blocks]`: what the elements would share.
  private(set) var shared: [Float]
  /// `[blocks]`: the number of elements.
  private(set) var sizes: [Int32]

  /// Where elements are not finite, neither is the sum of squares of their block.
  ///
  /// - Precondition: the tensor has the partition's shape.
  ///
  /// Sums run in the order of the block in four lanes, (0 + 2) + (1 + 3), then what is left over.
  init(of tensor: Tensor, cutBy partition: BlockPartition, rule: BlockRule) {
    precondition(tensor.shape == partition.shape, "\(partition.shape), not \(tensor.shape)")
    let blockCount = partition.blockCount
    var prune = [Double](repeating: 0, count: blockCount)
    var unify = prune
    var magnitudeSums = prune
    var shared = [Float](repeating: 0, count: blockCount)
    var sizes = [Int32](repeating: 0, count: blockCount)
    var cursor = BlockCursor(partition)
    var numbers = [Double](repeating: 0, count: cursor.places.count)
    let sharesValue = rule.shares == .value
    let isMean = sharesValue || rule.magnitude == .l2
    let elements = tensor.span
    for block in 0..<blockCount {
      cursor.move(to: block)
      let size = cursor.count
      let places = cursor.places.span
      var target = numbers.mutableSpan
      for t in 0..<size {
        let value = Double(elements[places[t]])
        target[t] = sharesValue ? value : abs(value)
      }
      let sums = Self.sums(numbers.span, count: size)
      let center =
        isMean ? sums.signed / Double(size) : rule.center(of: numbers.span, count: size)
      prune[block] = sums.squares
      magnitudeSums[block] = sums.magnitudes
      unify[block] = Self.spread(numbers.span, count: size, about: center)
      shared[block] = Float(center)
      sizes[block] = Int32(truncatingIfNeeded: size)
    }
    self.prune = prune
    self.unify = unify
    self.magnitudeSums = magnitudeSums
    self.shared = shared
    self.sizes = sizes
  }

  /// Whether every element is finite: squares of single precision do not overflow in double precision.
  var areFinite: Bool {
    for cost in prune where !cost.isFinite { return false }
    return true
  }

  private static func sums(
    _ numbers: Span<Double>, count: Int
  ) -> (signed: Double, magnitudes: Double, squares: Double) {
    var signed = SIMD4<Double>.zero
    var magnitudes = SIMD4<Double>.zero
    var squares = SIMD4<Double>.zero
    var t = 0
    while t + 4 <= count {
      let four = SIMD4(numbers[t], numbers[t + 1], numbers[t + 2], numbers[t + 3])
      signed += four
      magnitudes += SIMD4(abs(four.x), abs(four.y), abs(four.z), abs(four.w))
      squares += four * four
      t += 4
    }
    var (sum, size, square) = (total(signed), total(magnitudes), total(squares))
    while t < count {
      sum += numbers[t]
      size += abs(numbers[t])
      square += numbers[t] * numbers[t]
      t += 1
    }
    return (sum, size, square)
  }

  private static func spread(_ numbers: Span<Double>, count: Int, about center: Double) -> Double {
    var squares = SIMD4<Double>.zero
    var t = 0
    while t + 4 <= count {
      let four = SIMD4(numbers[t], numbers[t + 1], numbers[t + 2], numbers[t + 3]) - center
      squares += four * four
      t += 4
    }
    var sum = total(squares)
    while t < count {
      let difference = numbers[t] - center
      sum += difference * difference
      t += 1
    }
    return sum
  }

  private static func total(_ lanes: SIMD4<Double>) -> Double {
    (lanes.x + lanes.z) + (lanes.y + lanes.w)
  }
}
