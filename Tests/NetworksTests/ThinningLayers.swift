// Layers that only thinning tests need: they answer for themselves from outside the room, as later layers will.

import Networks
import Tensors

/// y[c] = scale[c]·x[c] + shift[c], which is what batch normalisation is after training.
struct ScaleAndShift: Layer {
  static var name: String { "scale-and-shift" }
  static var stem: String { "norm" }

  func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  func parameters(for input: Shape) -> [ParameterDeclaration] {
    ["scale", "shift"].map {
      ParameterDeclaration(
        role: $0, shape: [input[input.rank - 1]], kind: .bias, initialValues: .uniform(bound: 1))
    }
  }

  func forward(_ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass) {
    let (scale, shift) = (parameters[parameters.startIndex], parameters[parameters.startIndex + 1])
    tape.output = Tensor(
      input.shape,
      elements: input.elements.enumerated().map { place, value in
        value * scale[place % scale.count] + shift[place % scale.count]
      })
  }

  func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) { preconditionFailure("these tests do not train it") }

  func unitOrigins(for input: Shape) -> [Int]? { Array(0..<input[input.rank - 1]) }

  func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  {
    let (scale, shift) = (parameters[parameters.startIndex], parameters[parameters.startIndex + 1])
    return inputs.indices.map { unit in
      if scale[unit] != 0, inputs[unit] != .zero { return inputs[unit] }
      return shift[unit] == 0 ? .zero : .constant
    }
  }

  func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape) -> [Bool]
  { outputs }

  func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer {
    ThinnedLayer(
      layer: self,
      parameters: parameters.map { values in
        Tensor([outputs.count], elements: outputs.map { values[$0] })
      })
  }
}

/// 1/(1 + |x|), which makes one of zero.
struct Bump: Layer {
  static var name: String { "bump" }
  static var stem: String { "bump" }

  func outputShape(for input: Shape) throws(NetworkError) -> Shape { input }

  func forward(_ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass) {
    tape.output = Tensor(input.shape, elements: input.elements.map { 1 / (1 + abs($0)) })
  }

  func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) { preconditionFailure("these tests do not train it") }

  func unitOrigins(for input: Shape) -> [Int]? { Array(0..<input[input.rank - 1]) }

  func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  { inputs.map { $0 == .varying ? .varying : .constant } }

  func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape) -> [Bool]
  { outputs }

  func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer { ThinnedLayer(layer: self, parameters: []) }
}
