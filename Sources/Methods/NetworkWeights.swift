// From a network to the group of named tensors that operators see, and back.

public import Compression
public import Networks
import Tensors

extension Network {
  /// The names of all parameters, in their order.
  var parameterNames: [ParameterName] { information.map { $0.name } }

  /// The weights with their kinds; biases are companions of the weights whose rows they belong to.
  public var weightGroup: WeightGroup {
    var members: [WeightGroup.Member] = []
    for named in layers {
      let range = named.parameterRange
      guard let weight = range.first(where: { information[$0].kind != .bias }) else { continue }
      let kind: WeightKind = information[weight].kind == .convolution ? .convolution : .linear
      let companions = range.filter { information[$0].kind == .bias }.map {
        Companion(
          role: .bias, name: information[$0].name, tensor: parameters[$0])
      }
      members.append(
        WeightGroup.Member(
          name: information[weight].name, tensor: parameters[weight], kind: kind,
          companions: companions))
    }
    return WeightGroup(members)
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
