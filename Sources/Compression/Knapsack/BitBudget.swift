// The budget of bits as the released command line states it (joint-sparsity-quantization, section 2.1).

/// S = bits · Σ ceil(density · size): the size in bits of all non-zero weights, without their positions.
public struct BitBudget: Hashable, Sendable {
  /// Per layer the number of non-zeros the density asks for, rounded up.
  public let nonzeroCounts: [Int]
  /// S, rounded down to whole bits.
  public let bits: Int
  /// 32 · Σ sizes / S: the payload ratio of the budget, infinite for S = 0.
  public let ratio: Double

  /// - Parameters:
  ///   - density: the share of weights meant to stay, in 0 … 1.
  ///   - bits: the bits meant for each of them, not negative; may be a fraction.
  ///   - sizes: the number of weights of every layer.
  public init(density: Double, bits: Double, sizes: [Int]) {
    precondition(density >= 0 && density <= 1, "a density of \(density)")
    precondition(bits >= 0 && bits <= 32, "\(bits) bits a weight")
    nonzeroCounts = sizes.map { Int((density * Double($0)).rounded(.up)) }
    self.bits = Int((bits * Double(nonzeroCounts.reduce(0, +))).rounded(.down))
    ratio = 32 * Double(sizes.reduce(0, +)) / Double(self.bits)
  }
}
