// What thinning removed and what it had to keep, and why it cannot be done at all: data; the wording is in `description`.

public import Tensors

/// Why a unit that looks removable was kept.
public enum KeepingReason: Codable, Hashable, Sendable, CustomStringConvertible {
  /// Its weights are zero and its bias is not: it is a constant that the next layer reads.
  case bias
  /// It is zero, but the layer with this name makes something else of zero.
  case laterLayer(name: String)
  /// It is an output of the network.
  case networkOutput
  /// Every unit of its layer could go, and one must stay.
  case lastUnit

  public var description: String {
    switch self {
    case .bias: return "the weights are zero, the bias is not"
    case .laterLayer(let name): return "‘\(name)’ makes something else of zero"
    case .networkOutput: return "an output of the network"
    case .lastUnit: return "a layer keeps at least one unit"
    }
  }
}

/// Units that were kept for one reason.
public struct KeptUnits: Codable, Hashable, Sendable {
  /// Why.
  public var reason: KeepingReason
  /// Their indices before thinning, ascending.
  public var units: [Int]

  public init(reason: KeepingReason, units: [Int]) {
    self.reason = reason
    self.units = units
  }
}

/// What thinning did to a layer that makes units of its own.
public struct LayerThinning: Codable, Hashable, Sendable {
  /// The layer's name.
  public var name: String
  /// Its filters or neurons before.
  public var unitsBefore: Int
  /// Its filters or neurons after.
  public var unitsAfter: Int
  /// How many went because they are zero wherever they are read.
  public var removedAsZero: Int
  /// How many went, although they are not zero, because nothing reads them.
  public var removedAsUnread: Int
  /// Units that look removable and were kept.
  public var kept: [KeptUnits]
}

/// What thinning did to a network.
public struct ThinningReport: Codable, Hashable, Sendable {
  /// The layers that make units of their own, in order.
  public var layers: [LayerThinning]
  /// Elements of all parameters before.
  public var parametersBefore: Int
  /// Elements of all parameters after.
  public var parametersAfter: Int
  /// Dense multiply–accumulates for one example before.
  public var multiplyAccumulatesBefore: Int
  /// Dense multiply–accumulates for one example after.
  public var multiplyAccumulatesAfter: Int

  /// Whether any unit was removed.
  public var hasRemovals: Bool { layers.contains { $0.unitsAfter < $0.unitsBefore } }

  /// Units that are zero or constant and could not be removed exactly, by layer.
  public var refusals: [(layer: String, kept: KeptUnits)] {
    layers.flatMap { layer in
      layer.kept.filter { kept in
        switch kept.reason {
        case .bias, .laterLayer: return true
        case .networkOutput, .lastUnit: return false
        }
      }.map { (layer.name, $0) }
    }
  }
}

/// Why a network cannot be thinned.
public enum ThinningError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A parameter is infinite or not a number, so that zero times it is not zero.
  case notFinite(parameter: ParameterName)
  /// The layers that are left do not form a network.
  case network(NetworkError)

  public var description: String {
    switch self {
    case .notFinite(let parameter):
      return "‘\(parameter)’ has values that are not finite: nothing can be removed exactly"
    case .network(let error): return "what is left is no network: \(error)"
    }
  }
}
