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
          keeping: flow.kept[index].places, outputs: flow.kept[index + 1].places,
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

/// What is known of the units at every place of a network: place i lies before layer i, the last one is the output.
private struct UnitFlow {
  let network: Network
  /// What each unit is, whatever the input.
  private(set) var values: [[UnitValue]]
  /// Which units stay.
  private(set) var kept: [[Bool]]
  /// The unit that stays although its layer could lose all, by the place after that layer.
  private var spared: [Int: Int] = [:]

  init(_ network: Network) {
    self.network = network
    let layers = network.layers
    values = [[UnitValue](repeating: .varying, count: network.inputShape.unitCount)]
    for (place, named) in layers.enumerated() {
      values.append(
        named.layer.unitValues(
          of: values[place], parameters: network.parameters[named.parameterRange],
          input: named.inputShape))
    }

    // Backward: an input is needed if it may differ from zero and an output that is needed reads it.
    var needed = values.map { [Bool](repeating: true, count: $0.count) }
    for (place, named) in layers.enumerated().reversed() {
      let makesUnits = named.layer.unitOrigins(for: named.inputShape) == nil
      if makesUnits, !needed[place + 1].isEmpty, !needed[place + 1].contains(true) {
        needed[place + 1][0] = true
        spared[place + 1] = 0
      }
      let read = named.layer.readsInputs(
        keeping: needed[place + 1], parameters: network.parameters[named.parameterRange],
        input: named.inputShape)
      needed[place] = zip(read, values[place]).map { isRead, value in
        // A layer that passes units on may make something else of zero, so only a sum can do without a zero.
        isRead && !(makesUnits && value == .zero)
      }
    }

    // Forward: what passes units on keeps all that is made of a kept one.
    kept = [[Bool](repeating: true, count: network.inputShape.unitCount)]
    for (place, named) in layers.enumerated() {
      let origins = named.layer.unitOrigins(for: named.inputShape)
      kept.append(origins.map { $0.map { kept[place][$0] } } ?? needed[place + 1])
    }
  }

  /// The reports of the layers that make units of their own.
  var layerReports: [LayerThinning] {
    network.layers.enumerated().compactMap { place, named in
      named.layer.unitOrigins(for: named.inputShape) == nil ? report(place, named.name) : nil
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

  /// The fate of every unit at a place, found by following what is made of it.
  private func fates(at start: Int) -> [Fate] {
    var place = start
    var sources = Array(values[start].indices)
    var result = values[start].map { Fate(isZeroWhereRead: $0 == .zero) }
    while place < network.layers.count {
      let named = network.layers[place]
      guard let origins = named.layer.unitOrigins(for: named.inputShape) else { return result }
      sources = origins.map { sources[$0] }
      place += 1
      var areZero = [Bool](repeating: true, count: result.count)
      for (source, value) in zip(sources, values[place]) where value != .zero {
        areZero[source] = false
      }
      for (unit, isZero) in areZero.enumerated() {
        if result[unit].isZeroWhereRead, !isZero, result[unit].changedBy == nil {
          result[unit].changedBy = named.name
        }
        result[unit].isZeroWhereRead = isZero
      }
    }
    for unit in result.indices { result[unit].isOutput = true }
    return result
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

extension [Bool] {
  /// The places of what is true, ascending.
  fileprivate var places: [Int] { indices.filter { self[$0] } }
}
