// What can be wrong with a network that a user describes or loads.

public import Tensors

/// A network that cannot be built or filled.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A layer cannot take the shape it is given.
  case shape(layer: String, input: Shape, problem: String)
  /// A layer's property has an impossible value.
  case value(layer: String, field: String, problem: String)
  /// A recipe's width factor is impossible.
  case width(network: String, width: Double)
  /// No layer takes a layer's output, and the network does not end with it.
  case unread(layer: String)
  /// There are no layers.
  case empty
  /// The layers up to this one have more numbers than can be held.
  case tooLarge(layer: String, limit: Int)
  /// Two layers have one name.
  case duplicateName(String)
  /// Values for a parameter do not have its shape.
  case parameterShape(name: ParameterName, expected: Shape, found: Shape)
  /// There are no values for a parameter.
  case missingParameter(name: ParameterName)

  public var description: String {
    switch self {
    case .shape(let layer, let input, let problem):
      return "layer ‘\(layer)’ cannot take an input of shape \(input): \(problem)"
    case .value(let layer, let field, let problem): return "layer ‘\(layer)’: \(field): \(problem)"
    case .width(let network, let width):
      return "network ‘\(network)’: width: must be above 0 and at most 64, not \(width)"
    case .unread(let layer): return "no layer takes the output of ‘\(layer)’"
    case .empty: return "a network needs at least one layer"
    case .tooLarge(let layer, let limit):
      return "layer ‘\(layer)’ has, or the layers up to it have, more than \(limit) numbers"
    case .duplicateName(let name): return "two layers are called ‘\(name)’"
    case .parameterShape(let name, let expected, let found):
      return "parameter ‘\(name)’ has shape \(expected), the values have shape \(found)"
    case .missingParameter(let name): return "there are no values for parameter ‘\(name)’"
    }
  }
}
