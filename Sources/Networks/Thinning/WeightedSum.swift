// Thinning of linear layers and convolutions: output unit o is Σᵢ W[o, i]·x[i] + b[o] over input units i, where W[o, i] is a
// number or a kernel. Zeros around an image are zeros in every channel, so a channel that is zero inside adds nothing.

public import Tensors

/// A layer with a weight tensor `[out, in, …]` and perhaps a bias `[out]`, each output being a sum over all inputs.
protocol WeightedSum: Layer {
  /// Whether there is a bias.
  var bias: Bool { get }
  /// The same layer with another number of outputs.
  func resized(toOutputs count: Int) -> Self
}

extension Linear: WeightedSum {
  func resized(toOutputs count: Int) -> Linear {
    var result = self
    result.outputs = count
    return result
  }

  /// It makes units of its own.
  public func unitOrigins(for input: Shape) -> [Int]? { nil }

  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  { valuesOfSums(of: inputs, parameters: parameters, input: input) }

  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  { sumsReadInputs(keeping: outputs, parameters: parameters, input: input) }

  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer {
    thinnedSums(keeping: inputs, outputs: outputs, parameters: parameters, input: input)
  }
}

extension WeightedSum {
  /// An output with no weight on an input other than zero is its bias.
  func valuesOfSums(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  {
    let weights = UnitWeights(parameters[parameters.startIndex])
    let biases = bias ? parameters[parameters.startIndex + 1].elements : []
    return (0..<weights.outputs).map { output in
      let isMoved = inputs.indices.contains {
        inputs[$0] != .zero && !weights.isZero(output: output, input: $0)
      }
      if isMoved { return .varying }
      return !bias || biases[output] == 0 ? .zero : .constant
    }
  }

  /// An input is read if a kept output has a weight on it.
  func sumsReadInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  {
    let weights = UnitWeights(parameters[parameters.startIndex])
    return (0..<weights.inputs).map { input in
      outputs.indices.contains { outputs[$0] && !weights.isZero(output: $0, input: input) }
    }
  }

  /// The rows of kept outputs, with the slices of kept inputs.
  func thinnedSums(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer {
    let weights = UnitWeights(parameters[parameters.startIndex])
    var result = [weights.selecting(outputs: outputs, inputs: inputs)]
    if bias {
      let biases = parameters[parameters.startIndex + 1]
      result.append(Tensor([outputs.count], elements: outputs.map { biases[$0] }))
    }
    return ThinnedLayer(layer: resized(toOutputs: outputs.count), parameters: result)
  }
}

/// A weight tensor `[out, in, …]`, seen as a table of blocks.
private struct UnitWeights {
  let shape: Shape
  let elements: [Float]
  let outputs: Int
  let inputs: Int
  /// Elements of one block.
  let size: Int

  init(_ weights: Tensor) {
    shape = weights.shape
    elements = weights.elements
    outputs = weights.shape[0]
    inputs = weights.shape[1]
    size = weights.shape.sizes.dropFirst(2).reduce(1, *)
  }

  /// Whether an output does without an input.
  func isZero(output: Int, input: Int) -> Bool {
    let first = (output * inputs + input) * size
    for place in first..<first + size where elements[place] != 0 { return false }
    return true
  }

  /// The table with only these rows and columns.
  func selecting(outputs: [Int], inputs: [Int]) -> Tensor {
    var result: [Float] = []
    result.reserveCapacity(outputs.count * inputs.count * size)
    for output in outputs {
      for input in inputs {
        let first = (output * self.inputs + input) * size
        result += elements[first..<first + size]
      }
    }
    return Tensor(
      Shape([outputs.count, inputs.count] + shape.sizes.dropFirst(2)), elements: result)
  }
}
