// How the weights of linear layers and convolutions are drawn before training.

import Tensors

/// A distribution of initial weights, by the sizes of their layer. Where a layer names one, its bias begins at zero.
public enum WeightInitialization: String, Codable, Hashable, Sendable, CaseIterable {
  /// Normal with variance 2 / inputs of a unit (He et al. 2015, arXiv 1502.01852, eq. 10).
  case fanInNormal = "fan-in-normal"
  /// Normal with variance 2 / outputs that read an input (He et al. 2015, eq. 14); of a group's outputs, where there are groups.
  case fanOutNormal = "fan-out-normal"
  /// Normal with deviation .01.
  case hundredth = "normal-0.01"
  /// Uniform in ±.1.
  case tenth = "uniform-0.1"

  /// The values of a tensor `[out, in, …]` whose outputs are divided into `groups`, each with inputs of its own.
  func values(for shape: Shape, groups: Int) -> InitialValues {
    let window = shape.sizes.dropFirst(2).reduce(1, *)
    func deviation(_ count: Int) -> Float { (2 / Float(count * window)).squareRoot() }
    switch self {
    case .fanInNormal: return .normal(deviation: deviation(shape[1]))
    case .fanOutNormal: return .normal(deviation: deviation(shape[0] / groups))
    case .hundredth: return .normal(deviation: 0.01)
    case .tenth: return .uniform(bound: 0.1)
    }
  }
}

/// The weight and bias of a layer whose units are sums over inputs: drawn as the layer says, else uniform in ±1/√(inputs of a
/// unit), which is PyTorch's convention.
func weightAndBias(
  _ shape: Shape, kind: ParameterKind, bias: Bool, initial: WeightInitialization?, groups: Int = 1
) -> [ParameterDeclaration] {
  let fan = shape.sizes.dropFirst().reduce(1, *)
  let usual = InitialValues.uniform(bound: 1 / Float(fan).squareRoot())
  let weight = ParameterDeclaration(
    role: "weight", shape: shape, kind: kind,
    initialValues: initial?.values(for: shape, groups: groups) ?? usual)
  let offset = ParameterDeclaration(
    role: "bias", shape: [shape[0]], kind: .bias,
    initialValues: initial == nil ? usual : .constant(0))
  return bias ? [weight, offset] : [weight]
}
