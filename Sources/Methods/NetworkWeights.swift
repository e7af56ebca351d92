// From a network to the group of named tensors that operators see, and back.

public import Compression
public import Networks
import Foundation
import Tensors

extension Network {
  /// The names of all parameters, in their order.
  var parameterNames: [ParameterName] { information.map { $0.name } }

  /// The weights with their kinds. Companions of a weight tensor are the bias of its layer, and scale and shift of a normalisation
  /// that alone reads its outputs.
  public var weightGroup: WeightGroup {
    var members: [WeightGroup.Member] = []
    let readers = self.readers
    for (index, named) in layers.enumerated() {
      for weight in named.parameterRange where information[weight].kind.isWeight {
        let biasRole = information[weight].name.role.replacingOccurrences(
          of: "weight", with: "bias")
        var companions = named.parameterRange.filter { information[$0].name.role == biasRole }
        if let norm = normalization(among: readers[index + 1]) {
          companions += layers[norm].parameterRange
        }
        members.append(
          WeightGroup.Member(
            name: information[weight].name, tensor: parameters[weight],
            kind: WeightKind(information[weight].kind),
            companions: companions.compactMap { place in
              Companion.Role(information[place].kind).map {
                Companion(role: $0, name: information[place].name, tensor: parameters[place])
              }
            }))
      }
    }
    return WeightGroup(members)
  }

  /// The layer with scales and shifts that is the only reader of a place, if there is one.
  private func normalization(among readers: [Int]) -> Int? {
    guard readers.count == 1, let reader = readers.first else { return nil }
    return layers[reader].parameterRange.contains { information[$0].kind == .scale } ? reader : nil
  }

  /// Replaces the parameters that a group names.
  ///
  /// - Throws: `NetworkError` if the group does not belong to this network.
  public mutating func setWeights(_ group: WeightGroup) throws(NetworkError) {
    var values: [(name: ParameterName, tensor: Tensor)] = []
    for member in group.members {
      values.append((member.name, member.tensor))
      for companion in member.companions { values.append((companion.name, companion.tensor)) }
    }
    try setParameters(values)
  }
}

extension WeightKind {
  /// The kind of a weight tensor of a network.
  ///
  /// - Precondition: `kind.isWeight`.
  init(_ kind: ParameterKind) {
    switch kind {
    case .linear: self = .linear
    case .convolution: self = .convolution
    case .depthwise: self = .depthwise
    case .recurrent: self = .recurrent
    case .embedding: self = .embedding
    case .bias, .scale, .shift, .statistic:
      preconditionFailure("a \(kind) is no tensor of weights")
    }
  }
}

extension Companion.Role {
  /// The role of a vector that follows a weight tensor's rows; nil for other parameters.
  init?(_ kind: ParameterKind) {
    switch kind {
    case .bias: self = .bias
    case .scale: self = .scale
    case .shift: self = .shift
    case .linear, .convolution, .depthwise, .recurrent, .embedding, .statistic: return nil
    }
  }
}
