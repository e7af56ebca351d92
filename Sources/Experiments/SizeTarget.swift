// A size in the place of a density: methods are compared where they cost the same, so a spec may name the size and leave the
// density of the scheme to be found. It is found on the dense weights, by projecting them, before anything is trained.

public import BayesianOptimization
public import Compression
import Foundation
public import Methods
public import Networks
public import Reproducibility

/// The size that a compressed network is to have.
public struct SizeTarget: Defaulted {
  /// What counts as size.
  public enum Measure: String, Codable, Hashable, Sendable, CaseIterable {
    /// Values of all parameters, codebooks, signs and tags, and the cheaper way to store positions.
    case commonPayload = "common-payload"
    /// Multiply–accumulates per image, weights that are zero skipped.
    case multiplyAccumulates = "multiply-accumulates"
  }

  /// What counts as size.
  public var measure = Measure.commonPayload
  /// The dense size over the wanted one.
  public var ratio = 10.0
  /// How often the method is run again with a corrected density if its result misses the size; nil for never.
  public var corrections: Int?

  public init() {}

  /// - Throws: `SearchError` for an impossible value.
  public func validate() throws(SearchError) {
    guard ratio > 1, ratio.isFinite else {
      throw .value(field: "ratio", value: ratio, allowed: "more than 1")
    }
    if let corrections, !(0...10).contains(corrections) {
      throw .value(field: "corrections", value: Double(corrections), allowed: "0 to 10")
    }
  }

  /// How far the size may be from the wanted one to count as matched, as a share of it.
  public static let tolerance = 0.02
  /// How far it may be where sizes jump: where one density gives a smaller network and the next a larger one. A budget of bits on
  /// LeNet-5 has 302 and 346 times where 320 are wanted; a comparison at equal sizes interpolates between such points and says so.
  public static let jump = 0.1
  /// The search ends early at this distance.
  private static let goal = 0.001
  private static let mostProjections = 60
  private static let smallestDensity = 1e-6

  /// The density at which the projection of `dense` has the wanted size.
  ///
  /// Ratios fall about as densities grow, so in logarithms the next density is where the straight line through the last two meets the
  /// wanted ratio, or the middle of the bracket if that lies outside. Densities that keep nothing count as too small.
  ///
  /// - Returns: the density and the ratio there, the nearest one found.
  /// - Throws: `RunError.unreachableSize` if that is not within the tolerance (where sizes jump over the wanted one: not within `jump`), and
  ///   what the scheme refuses at density 1.
  public func density(
    for method: MethodChoice, on dense: Network, context: CompressionContext
  ) throws -> (density: Double, ratio: Double) {
    func projected(_ logarithm: Double) throws -> Double {
      guard let scheme = method.withDensity(exp(logarithm)).method.scheme else { return ratio }
      return try ratio(of: try scheme.compress(dense.weightGroup, context: context), on: dense)
    }
    var best = (point: 0.0, ratio: try projected(0))
    var last = (point: 0.0, excess: excess(of: best.ratio))
    var isBracketed = false
    // Below `low` networks are too small, above `high` too large.
    var low = log(Self.smallestDensity)
    var high = 0.0
    var next = last.excess
    var left = last.excess < 0 ? Self.mostProjections : 0
    while left > 0, abs(excess(of: best.ratio)) > Self.goal, high - low > 1e-9 {
      left -= 1
      let point = low < next && next < high ? next : (low + high) / 2
      let reached: Double
      do {
        reached = try projected(point)
      } catch is CompressionError {
        low = point
        next = (low + high) / 2
        continue
      }
      let found = excess(of: reached)
      if abs(found) < abs(excess(of: best.ratio)) { best = (point, reached) }
      if found > 0 { (low, isBracketed) = (point, true) } else { high = point }
      let slope = (found - last.excess) / (point - last.point)
      next = slope < 0 ? point - found / slope : (low + high) / 2
      last = (point, found)
    }
    let allowed = isBracketed ? Self.jump : Self.tolerance
    guard abs(excess(of: best.ratio)) <= log(1 + allowed) else {
      throw RunError.unreachableSize(wanted: ratio, nearest: best.ratio)
    }
    return (exp(best.point), best.ratio)
  }

  /// The density for a further run, if the result of one with `density` misses the size; nil if it has the size, or is as near to it as
  /// the projection of the dense weights, which promised the ratio `promised`.
  ///
  /// Ratios are taken to fall in proportion to densities.
  func corrected(
    _ density: Double, promising promised: Double, after code: CompressedGroup, on dense: Network
  ) throws -> Double? {
    let reached = try ratio(of: code, on: dense)
    let allowed = max(log(1 + Self.tolerance), abs(excess(of: promised)))
    guard abs(excess(of: reached)) > allowed else { return nil }
    let next = min(1, density * reached / ratio)
    return next == density ? nil : next
  }

  /// How far a ratio is above the wanted one, as the logarithm of their quotient.
  private func excess(of reached: Double) -> Double { log(reached / ratio) }

  /// The dense size over that of a code.
  private func ratio(of code: CompressedGroup, on dense: Network) throws -> Double {
    switch measure {
    case .commonPayload:
      return StorageCost(of: code, reference: dense.weightGroup).commonRatio
    case .multiplyAccumulates:
      var network = dense
      try network.setWeights(code.decompressed())
      let used = network.costs.reduce(0) { $0 + $1.multiplyAccumulates }
      return Double(dense.denseMultiplyAccumulates) / Double(max(1, used))
    }
  }
}
