// Thinning: filters and neurons that cannot matter are physically removed, with the next layer's input channels and columns.
// Decisions 6, 8 and 9 of condensa, section 6. One sweep forward finds what is zero, one backward what is read; both are exact,
// so a second thinning finds nothing. The layers' own answers stand in `Thinnable`.

import Reproducibility
import Tensors

extension Network {
  /// The network without the units that are zero wherever they are read, and without those that nothing reads.
  ///
  /// The outputs agree up to the order in which sums are rounded. Layers keep their names; inputs and outputs of the network stay; a layer
  /// keeps at least one unit.
  ///
  /// - Throws: `ThinningError.notFinite` if a parameter is not finite.
  public func thinned() throws(ThinningError) -> (network: Network, report: ThinningReport) {
    for (information, values) in zip(information, parameters) where !values.isFinite {
      throw .notFinite(parameter: information.name)
    }
    let flow = UnitFlow(self)
    var pieces: [ThinnedLayer] = []
    for (index, named) in layers.enumerated() {
      pieces.append(
        named.layer.thinned(
          keeping: flow.kept[named.source].places, outputs: flow.kept[index + 1].places,
          parameters: parameters[named.parameterRange], input: named.inputShape))
    }
    var result: Network
    do throws(NetworkError) {
      result = try Network(pieces.map { $0.layer }, inputShape: inputShape, seed: Seed(0))
      let values = pieces.flatMap { $0.parameters }
      try result.setParameters(Array(zip(result.information.map { $0.name }, values)))
    } catch {
      throw .network(error)
    }
    let report = ThinningReport(
      layers: flow.layerReports, parametersBefore: parameterCount,
      parametersAfter: result.parameterCount,
      multiplyAccumulatesBefore: denseMultiplyAccumulates,
      multiplyAccumulatesAfter: result.denseMultiplyAccumulates)
    return (result, report)
  }

  /// Dense multiply–accumulates for one example.
  public var denseMultiplyAccumulates: Int {
    layers.reduce(0) { $0 + $1.layer.multiplyAccumulates(for: $1.inputShape) }
  }
}

/// What is known of the units at every place of a network: place 0 is the input, place i + 1 the output of layer i.
private struct UnitFlow {
  let network: Network
  /// What each unit is, whatever the input.
  private(set) var values: [[UnitValue]]
  /// Which units stay.
  private(set) var kept: [[Bool]]
  /// The unit that stays although its layer could lose all, by the place after that layer.
  private var spared: [Int: Int] = [:]
  /// The layers that take or add the value of a place.
  private let readers: [[Int]]

  init(_ network: Network) {
    self.network = network
    let layers = network.layers
    values = network.unitValues
    readers = network.readers

    kept = values.map { [Bool](repeating: false, count: $0.count) }
    let fixed = layers.indices.filter { layers[$0].layer.hasFixedUnits(for: layers[$0].inputShape) }
    for place in [0, layers.count] + fixed.map({ $0 + 1 }) {
      kept[place] = kept[place].map { _ in true }
    }
    // Both sweeps only add units, so they come to an end; without joins the second round finds nothing new.
    while keepWhatIsRead() || keepWhatIsMadeOfKept() {}
  }

  /// Backward: an input stays if it may differ from zero and an output that stays reads it.
  ///
  /// - Returns: whether a unit was added.
  private mutating func keepWhatIsRead() -> Bool {
    var hasChanged = false
    for (index, named) in network.layers.enumerated().reversed() {
      let makesUnits = named.layer.unitOrigins(for: named.inputShape) == nil
      if makesUnits, !kept[index + 1].isEmpty, !kept[index + 1].contains(true) {
        kept[index + 1][0] = true
        spared[index + 1] = 0
        hasChanged = true
      }
      let read = named.layer.readsInputs(
        keeping: kept[index + 1], parameters: network.parameters[named.parameterRange],
        input: named.inputShape)
      for source in [named.source] + (named.addendSource.map { [$0] } ?? []) {
        for (unit, value) in values[source].enumerated() where read[unit] && !kept[source][unit] {
          // A layer that passes units on may make something else of zero, so only a sum can do without a zero.
          if makesUnits, value == .zero { continue }
          kept[source][unit] = true
          hasChanged = true
        }
      }
    }
    return hasChanged
  }

  /// Forward: what passes units on keeps all that is made of a kept one, and both sides of a join keep the union.
  ///
  /// - Returns: whether a unit was added.
  private mutating func keepWhatIsMadeOfKept() -> Bool {
    var hasChanged = false
    for (index, named) in network.layers.enumerated() {
      guard let origins = named.layer.unitOrigins(for: named.inputShape) else { continue }
      for (unit, origin) in origins.enumerated() where !kept[index + 1][unit] {
        if kept[named.source][origin] || named.addendSource.map({ kept[$0][origin] }) ?? false {
          kept[index + 1][unit] = true
          hasChanged = true
        }
      }
    }
    return hasChanged
  }

  /// The reports of the layers that make units of their own of learned weights.
  var layerReports: [LayerThinning] {
    network.layers.enumerated().compactMap { place, named in
      let makesUnits = named.layer.unitOrigins(for: named.inputShape) == nil
      return makesUnits && !named.parameterRange.isEmpty ? report(place, named.name) : nil
    }
  }

  private func report(_ place: Int, _ name: String) -> LayerThinning {
    let stays = kept[place + 1]
    var result = LayerThinning(
      name: name, unitsBefore: stays.count, unitsAfter: stays.places.count, removedAsZero: 0,
      removedAsUnread: 0, kept: [])
    for (unit, fate) in fates(at: place + 1).enumerated() {
      if !stays[unit] {
        if fate.isZeroWhereRead {
          result.removedAsZero += 1
        } else {
          result.removedAsUnread += 1
        }
      } else if let reason = reason(for: unit, at: place + 1, fate) {
        if let index = result.kept.firstIndex(where: { $0.reason == reason }) {
          result.kept[index].units.append(unit)
        } else {
          result.kept.append(KeptUnits(reason: reason, units: [unit]))
        }
      }
    }
    return result
  }

  /// What becomes of a unit on its way to the layer that reads it.
  private struct Fate {
    /// Whether it is zero there.
    var isZeroWhereRead: Bool
    /// The first layer on the way after which it is not zero although it was before.
    var changedBy: String?
    /// Whether no layer reads it because the network ends.
    var isOutput = false
  }

  /// The fate of every unit at a place, found by following what is made of it to every layer that reads it.
  private func fates(at start: Int) -> [Fate] {
    var result = values[start].map { Fate(isZeroWhereRead: $0 == .zero) }
    var isZeroAtEveryEnd = [Bool](repeating: true, count: result.count)
    follow(
      start, sources: Array(result.indices), isZero: result.map { $0.isZeroWhereRead }, &result,
      &isZeroAtEveryEnd)
    for unit in result.indices { result[unit].isZeroWhereRead = isZeroAtEveryEnd[unit] }
    return result
  }

  /// Follows the units at `place`, which are made of `sources`, to the ends of all ways from there.
  private func follow(
    _ place: Int, sources: [Int], isZero: [Bool], _ fates: inout [Fate],
    _ isZeroAtEveryEnd: inout [Bool]
  ) {
    let isOutput = place == network.layers.count
    let ends = isOutput || readers[place].contains { origins(of: $0) == nil }
    for unit in fates.indices {
      if ends, !isZero[unit] { isZeroAtEveryEnd[unit] = false }
      if isOutput { fates[unit].isOutput = true }
    }
    for reader in readers[place] {
      guard let origins = origins(of: reader) else { continue }
      let made = origins.map { sources[$0] }
      var staysZero = [Bool](repeating: true, count: fates.count)
      for (source, value) in zip(made, values[reader + 1]) where value != .zero {
        staysZero[source] = false
      }
      for unit in fates.indices where isZero[unit] && !staysZero[unit] {
        if fates[unit].changedBy == nil { fates[unit].changedBy = network.layers[reader].name }
      }
      follow(reader + 1, sources: made, isZero: staysZero, &fates, &isZeroAtEveryEnd)
    }
  }

  /// For every output unit of a layer the input unit it is made of; nil if the layer makes units of its own.
  private func origins(of layer: Int) -> [Int]? {
    network.layers[layer].layer.unitOrigins(for: network.layers[layer].inputShape)
  }

  /// Why a kept unit was kept, if it looks removable.
  private func reason(for unit: Int, at place: Int, _ fate: Fate) -> KeepingReason? {
    if spared[place] == unit { return .lastUnit }
    if values[place][unit] == .varying { return nil }
    if fate.isOutput { return .networkOutput }
    if let name = fate.changedBy { return .laterLayer(name: name) }
    return .bias
  }
}

extension Network {
  /// What is known of the units at every place: 0 is the input, i + 1 the output of layer i.
  var unitValues: [[UnitValue]] {
    var values = [[UnitValue](repeating: .varying, count: inputShape.unitCount)]
    for named in layers {
      var inputs = values[named.source]
      if let addend = named.addendSource {
        inputs = zip(inputs, values[addend]).map { $0.added(to: $1) }
      }
      values.append(
        named.layer.unitValues(
          of: inputs, parameters: parameters[named.parameterRange], input: named.inputShape))
    }
    return values
  }
}

extension UnitValue {
  /// What is known of the sum of two units.
  fileprivate func added(to other: UnitValue) -> UnitValue {
    if self == .varying || other == .varying { return .varying }
    return self == .zero && other == .zero ? .zero : .constant
  }
}

extension [Bool] {
  /// The places of what is true, ascending.
  fileprivate var places: [Int] { indices.filter { self[$0] } }
}
