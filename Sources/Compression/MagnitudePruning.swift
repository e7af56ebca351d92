// What all pruning by magnitude shares (condensa, section 2.4): units (weights, rows, blocks) are ranked by their norms, and
// those below one threshold become zero. Operators say what a unit is; thresholds, ties, minimum and alignment are here.

import Kernels
public import Tensors

/// An operator with a density, which a search or a wanted size may set: the share of the units it ranks that survives.
public protocol DensityOperator: CompressionOperator {
  /// The share of the units (weights, rows, blocks, bits) to keep, in (0, 1].
  var density: Double { get set }
  /// Whether a density is set, by whatever field says it.
  var isDensitySet: Bool { get }
}

extension DensityOperator {
  public var isDensitySet: Bool { density != 0 }
}

/// An operator that keeps the units of largest norm: single weights, rows or blocks.
public protocol MagnitudePruning: DensityOperator, SelectiveOperator {
  /// Over which layers a threshold is computed.
  var threshold: Prune.Scope { get }
  /// What happens to units whose norm equals the threshold.
  var ties: Prune.Ties { get }
  /// The number of units every layer keeps at least, its largest, even if they lie below the threshold.
  var minimumPerLayer: Int { get }
  /// The number of surviving units of each layer is a multiple of this; 1 leaves it as it is.
  var align: Int { get }

  /// The norms of the units of `member` in row-major order, by which they are ranked; their signs do not count.
  ///
  /// - Throws: `CompressionError` if the tensor cannot be cut into such units.
  func norms(of member: WeightGroup.Member) throws(CompressionError) -> [Float]
}

extension MagnitudePruning {
  /// The thresholds that apply to `weights`: one for every eligible weight, all equal if the threshold is global.
  public func thresholds(
    for weights: WeightGroup
  ) throws(CompressionError) -> [ParameterName: MagnitudeThreshold] {
    var result: [ParameterName: MagnitudeThreshold] = [:]
    for part in try parts(of: weights) {
      for layer in part.layers { result[layer.name] = part.threshold }
    }
    return result
  }

  /// Which units of which members survive, in the order of the group.
  func survivors(in weights: WeightGroup) throws(CompressionError) -> [(place: Int, kept: [Bool])] {
    var result: [(place: Int, kept: [Bool])] = []
    for part in try parts(of: weights) {
      let value = part.threshold.value
      var room = Int.max  // how many ties may still survive
      if ties == .exact {
        room = part.layers.reduce(part.threshold.rank) { $0 - countLarger(than: value, $1.norms) }
      }
      // A density of 1 prunes nothing.
      let isWhole =
        part.threshold.rank == part.layers.reduce(0) { sum, layer in sum + layer.norms.count }
      for layer in part.layers {
        var kept = select(layer.norms, threshold: value, room: &room, keepsZeros: isWhole)
        let count = kept.reduce(0) { $0 + ($1 ? 1 : 0) }
        let wanted = try alignedCount(count, in: layer)
        if wanted != count { kept = largest(wanted, of: layer.norms) }
        result.append((layer.place, kept))
      }
    }
    return result
  }

  /// Refuses values that no weights could satisfy in the fields that all such operators have.
  func requireRanking() throws(CompressionError) {
    try requireDensity(density)
    try requireKinds()
    guard minimumPerLayer >= 0 else {
      throw .impossibleValue(
        field: "minimumPerLayer", value: "\(minimumPerLayer)", allowed: "0 or more")
    }
    guard align >= 1 else {
      throw .impossibleValue(field: "align", value: "\(align)", allowed: "1 or more")
    }
  }

  /// The layers that share a threshold, with that threshold.
  private func parts(
    of weights: WeightGroup
  ) throws(CompressionError) -> [(layers: [RankedLayer], threshold: MagnitudeThreshold)] {
    try validate()
    var layers: [RankedLayer] = []
    for place in try places(in: weights) {
      let member = weights.members[place]
      if let index = member.tensor.elements.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(name: member.name, index: index)
      }
      layers.append(RankedLayer(place: place, name: member.name, norms: try norms(of: member)))
    }
    switch threshold {
    case .global:
      return [(layers, try MagnitudeThreshold(density: density, of: layers))]
    case .perLayer:
      var result: [(layers: [RankedLayer], threshold: MagnitudeThreshold)] = []
      for layer in layers {
        let value = try MagnitudeThreshold(density: density, of: [layer], layer: layer.name)
        result.append(([layer], value))
      }
      return result
    }
  }

  /// How many units a layer keeps of the `count` that the threshold leaves it: a multiple of `align`, rounded down as
  /// released (down to none), but never less than the minimum, rounded up as far as the layer has units.
  private func alignedCount(_ count: Int, in layer: RankedLayer) throws(CompressionError) -> Int {
    let unitCount = layer.norms.count
    guard unitCount >= align else {
      throw .alignmentTooLarge(name: layer.name, unitCount: unitCount, align: align)
    }
    let minimum = min(minimumPerLayer, unitCount)
    let least = min((minimum + align - 1) / align, unitCount / align) * align
    return max(count / align * align, least)
  }

  /// The `count` units of largest norm; among equals those of lowest index. Aligned layers keep zeros if they have nothing else.
  private func largest(_ count: Int, of norms: [Float]) -> [Bool] {
    guard count > 0 else { return [Bool](repeating: false, count: norms.count) }
    let value = largestMagnitude(rank: count, of: norms.span)
    var room = count - countLarger(than: value, norms)
    return select(norms, threshold: value, room: &room, keepsZeros: align > 1)
  }

  /// The units above the threshold, and the first `room` of those that equal it, unless it is 0: what is zero already is pruned,
  /// whatever happens to ties.
  private func select(
    _ norms: [Float], threshold: Float, room: inout Int, keepsZeros: Bool = false
  ) -> [Bool] {
    var kept = [Bool](repeating: false, count: norms.count)
    for index in norms.indices {
      let norm = abs(norms[index])
      if norm > threshold {
        kept[index] = true
      } else if norm == threshold, threshold > 0 || keepsZeros, room > 0 {
        kept[index] = true
        room -= 1
      }
    }
    return kept
  }

  private func countLarger(than threshold: Float, _ norms: [Float]) -> Int {
    var count = 0
    for norm in norms where abs(norm) > threshold { count += 1 }
    return count
  }
}

/// The units of one layer as a ranking sees them.
struct RankedLayer {
  /// The place of the layer in its group.
  let place: Int
  /// The weight's name.
  let name: ParameterName
  /// One norm per unit; the sign does not count.
  let norms: [Float]
}
