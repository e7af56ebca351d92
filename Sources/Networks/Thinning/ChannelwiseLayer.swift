// Thinning of layers whose output unit u is made of input unit u and of parameters with one row for each unit: batch normalisation
// and depth-wise convolution.

public import Tensors

/// A layer that passes units on, each through parameters of its own.
protocol ChannelwiseLayer: Layer {}

extension ChannelwiseLayer {
  /// The parameters' rows of the units that stay.
  func rows(_ units: [Int], of parameters: ArraySlice<Tensor>) -> [Tensor] {
    parameters.map { values in
      let size = values.count / max(1, values.shape[0])
      return Tensor(
        Shape([units.count] + values.shape.sizes.dropFirst()),
        elements: units.flatMap { values.elements[$0 * size..<($0 + 1) * size] })
    }
  }
}

extension BatchNormalization: ChannelwiseLayer {
  public func unitOrigins(for input: Shape) -> [Int]? { Array(0..<input.unitCount) }

  /// Zero where scale and shift are zero; constant where the input is, or only the scale.
  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  {
    let (scale, shift) = (parameters[parameters.startIndex], parameters[parameters.startIndex + 1])
    return inputs.indices.map { unit in
      if scale[unit] == 0 { return shift[unit] == 0 ? .zero : .constant }
      return inputs[unit] == .varying ? .varying : .constant
    }
  }

  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  { outputs }

  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer { ThinnedLayer(layer: self, parameters: rows(outputs, of: parameters)) }
}
