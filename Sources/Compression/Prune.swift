// Magnitude pruning with one global threshold (condensa, sections 2.4 and 2.5: Prune), and its random control.
// k = floor(density · count) in floating point; ties at the threshold are kept, so more than k may survive.

import Kernels
import Reproducibility
public import Tensors

/// Which tensors a pruning operator works on, and what it may leave.
struct PruningDomain {
  /// Members that are pruned.
  let members: [WeightGroup.Member]

  /// Linear and convolution weights that `skip` does not select.
  init(_ weights: WeightGroup, skip: ParameterPattern?, operatorName: String) throws(CompressionError) {
    let eligible = weights.members.filter { $0.kind == .linear || $0.kind == .convolution }
    if let skip, !weights.members.contains(where: { skip.matches($0.name) }) {
      throw .patternMatchesNothing(pattern: skip.text, names: weights.members.map { $0.name })
    }
    members = eligible.filter { member in !(skip?.matches(member.name) ?? false) }
    if members.isEmpty {
      throw .nothingEligible(operator: operatorName, names: weights.members.map { $0.name })
    }
  }

  /// How many of `count` weights a density keeps.
  static func keptCount(density: Double, of count: Int) throws(CompressionError) -> Int {
    let kept = Int((density * Double(count)).rounded(.down))
    guard kept >= 1 else { throw .keepsNothing(density: density, elementCount: count) }
    return kept
  }

  static func validate(density: Double, operatorName: String) throws(CompressionError) {
    guard density > 0, density <= 1 else {
      throw .value(
        operator: operatorName, field: "density", value: "\(density)", allowed: "0 < density ≤ 1")
    }
  }
}

/// Keeps the weights of largest magnitude: those at or above one threshold over all eligible tensors.
///
/// Source: condensa, sections 2.4 and 2.5.
public struct Prune: CompressionOperator {
  public static var name: String { "prune" }

  /// Over which weights a threshold is computed.
  public enum Threshold: String, Codable, Hashable, Sendable, CaseIterable {
    /// One threshold over all eligible tensors (as released).
    case global
    /// One threshold per tensor.
    case perLayer = "per-layer"
  }

  /// What happens to weights whose magnitude equals the threshold.
  public enum Ties: String, Codable, Hashable, Sendable, CaseIterable {
    /// All are kept (as released).
    case keep
    /// Exactly k weights are kept; of equals, those with the lowest index.
    case exact
  }

  /// The share of weights that is kept, in (0, 1]; 0 (the default) is refused, so it must be given.
  public var density = 0.0
  /// Layers that are left as they are.
  public var skip: ParameterPattern?
  /// Over which weights a threshold is computed.
  public var threshold = Threshold.global
  /// What happens to ties.
  public var ties = Ties.keep
  /// Every tensor keeps at least this many weights.
  public var minimumPerLayer = 0

  public init() {}

  public init(
    density: Double, skip: ParameterPattern? = nil, threshold: Threshold = .global,
    ties: Ties = .keep, minimumPerLayer: Int = 0
  ) {
    self.density = density
    self.skip = skip
    self.threshold = threshold
    self.ties = ties
    self.minimumPerLayer = minimumPerLayer
  }

  public func validate() throws(CompressionError) {
    try PruningDomain.validate(density: density, operatorName: Self.name)
    guard minimumPerLayer >= 0 else {
      throw .value(
        operator: Self.name, field: "minimumPerLayer", value: "\(minimumPerLayer)",
        allowed: "0 or more")
    }
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try validate()
    let domain = try PruningDomain(weights, skip: skip, operatorName: Self.name)
    var result = CompressedGroup(uncompressed: weights)
    for (name, mask) in try masks(domain) { result.restrict(name, to: mask) }
    return result
  }

  /// The masks of the eligible tensors.
  func masks(_ domain: PruningDomain) throws(CompressionError) -> [(ParameterName, Tensor)] {
    var result: [(ParameterName, Tensor)] = []
    switch threshold {
    case .global:
      let all = domain.members.flatMap { $0.tensor.elements }
      let mask = try Self.mask(all, density: density, ties: ties)
      var offset = 0
      for member in domain.members {
        let part = Array(mask[offset..<offset + member.tensor.count])
        result.append((member.name, Tensor(member.tensor.shape, elements: part)))
        offset += member.tensor.count
      }
    case .perLayer:
      for member in domain.members {
        let mask = try Self.mask(member.tensor.elements, density: density, ties: ties)
        result.append((member.name, Tensor(member.tensor.shape, elements: mask)))
      }
    }
    guard minimumPerLayer > 0 else { return result }
    for (index, member) in domain.members.enumerated() {
      let least = min(minimumPerLayer, member.tensor.count)
      guard result[index].1.nonzeroCount < least else { continue }
      result[index].1 = Tensor(
        member.tensor.shape, elements: Self.exactMask(member.tensor.elements, keeping: least))
    }
    return result
  }

  /// Ones at the weights that are kept.
  static func mask(_ values: [Float], density: Double, ties: Ties) throws(CompressionError) -> [Float] {
    let kept = try PruningDomain.keptCount(density: density, of: values.count)
    if ties == .exact { return exactMask(values, keeping: kept) }
    let threshold = largestMagnitude(rank: kept, of: values.span)
    return values.map { abs($0) >= threshold ? 1 : 0 }
  }

  /// Ones at exactly `count` weights of largest magnitude; of equals, those with the lowest index.
  private static func exactMask(_ values: [Float], keeping count: Int) -> [Float] {
    let threshold = largestMagnitude(rank: count, of: values.span)
    var free = count - values.reduce(0) { abs($1) > threshold ? $0 + 1 : $0 }
    return values.map { value in
      if abs(value) > threshold { return 1 }
      guard abs(value) == threshold, free > 0 else { return 0 }
      free -= 1
      return 1
    }
  }
}

/// Keeps weights drawn at random: the control that tells what choosing by magnitude is worth.
public struct RandomPrune: CompressionOperator {
  public static var name: String { "random-prune" }

  /// How many weights each tensor keeps.
  public enum Allocation: String, Codable, Hashable, Sendable, CaseIterable {
    /// As many as global magnitude pruning at the same density would keep in it.
    case asMagnitude = "as-magnitude"
    /// Whatever a uniform draw over all eligible weights gives it.
    case uniform
  }

  /// The share of weights that is kept, in (0, 1]; 0 (the default) is refused, so it must be given.
  public var density = 0.0
  /// Layers that are left as they are.
  public var skip: ParameterPattern?
  /// How many weights each tensor keeps.
  public var allocation = Allocation.asMagnitude

  public init() {}

  public init(
    density: Double, skip: ParameterPattern? = nil, allocation: Allocation = .asMagnitude
  ) {
    self.density = density
    self.skip = skip
    self.allocation = allocation
  }

  public func validate() throws(CompressionError) {
    try PruningDomain.validate(density: density, operatorName: Self.name)
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try validate()
    let domain = try PruningDomain(weights, skip: skip, operatorName: Self.name)
    var result = CompressedGroup(uncompressed: weights)
    switch allocation {
    case .asMagnitude:
      let magnitude = Prune(density: density, ties: .exact)
      for (name, mask) in try magnitude.masks(domain) {
        var stream = RandomStream(context.seed.child(name.text))
        let order = stream.permutation(mask.count)
        var drawn = Tensor(mask.shape)
        for index in order.prefix(mask.nonzeroCount) { drawn[index] = 1 }
        result.restrict(name, to: drawn)
      }
    case .uniform:
      let count = domain.members.reduce(0) { $0 + $1.tensor.count }
      let kept = try PruningDomain.keptCount(density: density, of: count)
      var stream = RandomStream(context.seed.child("uniform"))
      var chosen = [Float](repeating: 0, count: count)
      for index in stream.permutation(count).prefix(kept) { chosen[index] = 1 }
      var offset = 0
      for member in domain.members {
        let part = Array(chosen[offset..<offset + member.tensor.count])
        result.restrict(member.name, to: Tensor(member.tensor.shape, elements: part))
        offset += member.tensor.count
      }
    }
    return result
  }
}
