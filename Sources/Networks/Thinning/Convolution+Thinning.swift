// Thinning of convolutions: ordinary ones are sums over all input channels; depth-wise ones pass channels on, each through a filter
// of its own; with other groups no channel is removed, since groups would lose their equal sizes.

public import Tensors

extension Convolution: WeightedSum, ChannelwiseLayer {
  func resized(toOutputs count: Int) -> Convolution {
    var result = self
    result.filters = count
    if groups != nil, groups != 1 { result.groups = count }
    return result
  }

  /// Whether filters see all channels.
  private var isOneGroup: Bool { groups == nil || groups == 1 }

  public func hasFixedUnits(for input: Shape) -> Bool { !isOneGroup && !isDepthwise(for: input) }

  public func unitOrigins(for input: Shape) -> [Int]? {
    isDepthwise(for: input) ? Array(0..<input.unitCount) : nil
  }

  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  {
    if isOneGroup { return valuesOfSums(of: inputs, parameters: parameters, input: input) }
    guard isDepthwise(for: input) else {
      return [UnitValue](repeating: .varying, count: filters)
    }
    let weights = parameters[parameters.startIndex]
    let biases = bias ? parameters[parameters.startIndex + 1].elements : []
    let size = kernel * kernel
    return inputs.indices.map { unit in
      let isMoved =
        inputs[unit] != .zero
        && weights.elements[unit * size..<(unit + 1) * size].contains { $0 != 0 }
      if isMoved { return .varying }
      return !bias || biases[unit] == 0 ? .zero : .constant
    }
  }

  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  {
    if isOneGroup { return sumsReadInputs(keeping: outputs, parameters: parameters, input: input) }
    return isDepthwise(for: input) ? outputs : [Bool](repeating: true, count: input.unitCount)
  }

  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer {
    if isOneGroup {
      return thinnedSums(keeping: inputs, outputs: outputs, parameters: parameters, input: input)
    }
    guard isDepthwise(for: input) else {
      return ThinnedLayer(layer: self, parameters: Array(parameters))
    }
    return ThinnedLayer(
      layer: resized(toOutputs: outputs.count), parameters: rows(outputs, of: parameters))
  }
}
