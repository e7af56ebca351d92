// Folding constants: a unit whose weights are all zero still passes its bias on. What it passes on
// is the same for every input, so the layer that reads it can take it into its own bias; thinning
// then finds that nothing reads the unit.

import Kernels
import Tensors

extension Network {
  /// The network whose layers do not read constant units any more, wherever their biases can take
  /// the constants over.
  ///
  /// Outputs agree up to rounding. Layers without bias, in groups, or with zeros around their
  /// images keep reading: at the borders the constant is missing.
  public func foldingConstants() -> Network {
    var result = self
    // A unit that reads constants alone becomes one when these are folded.
    for _ in layers {
      guard result.foldConstantsOnce() else { break }
    }
    return result
  }

  /// Folds the constants that are known as such.
  ///
  /// - Returns: whether there were any.
  private mutating func foldConstantsOnce() -> Bool {
    let values = unitValues
    let folding = layers.indices.filter { index in
      guard let layer = layers[index].layer as? any FoldingLayer else { return false }
      return layer.bias && layer.seesAllInputs && values[layers[index].source].contains(.constant)
    }
    guard !folding.isEmpty else { return false }
    let inputs = inputsOfLayers()
    var hasFolded = false
    for index in folding {
      let input = inputs[index]
      let units = values[layers[index].source]
      let first = layers[index].parameterRange.lowerBound
      for (unit, value) in units.enumerated() where value == .constant {
        guard let constant = input.constant(ofUnit: unit, among: units.count) else { continue }
        hasFolded = fold(constant, ofUnit: unit, among: units.count, into: first) || hasFolded
      }
    }
    return hasFolded
  }

  /// Moves the products of a unit's weights with its value into the bias behind the weights.
  ///
  /// - Returns: whether a weight was not zero.
  private mutating func fold(
    _ constant: Float, ofUnit unit: Int, among unitCount: Int, into weights: Int
  ) -> Bool {
    let rows = parameters[weights].shape[0]
    let size = parameters[weights].count / max(1, rows * unitCount)
    var hasFolded = false
    for row in 0..<rows {
      var sum = 0.0
      let start = (row * unitCount + unit) * size
      for place in start..<start + size where parameters[weights][place] != 0 {
        sum += Double(parameters[weights][place]) * Double(constant)
        parameters[weights][place] = 0
        hasFolded = true
      }
      parameters[weights + 1][row] = Float(Double(parameters[weights + 1][row]) + sum)
    }
    return hasFolded
  }

  /// The inputs of all layers for one example of zeros.
  private func inputsOfLayers() -> [Tensor] {
    var result = [Tensor](repeating: .empty, count: layers.count)
    var activations = Activations()
    let pass = Pass(.evaluation, workers: Workers(threadCount: 1), sequences: 1)
    let example = Tensor(batchShape(1, inputShape))
    _ = unfused.forward(example, activations: &activations, pass: pass) { index, input, _ in
      result[index] = input
      return false
    }
    return result
  }

  /// The same network, every layer computed by itself.
  private var unfused: Network {
    let names = layers.map { $0.name }
    guard
      var result = try? Network(
        layers.map { $0.layer }, inputShape: inputShape, seed: nil, names: names, fusing: false)
    else { return self }
    result.parameters = parameters
    return result
  }
}

extension Tensor {
  /// The value of a unit, if it is the same and finite everywhere.
  fileprivate func constant(ofUnit unit: Int, among count: Int) -> Float? {
    let value = self[unit]
    guard value.isFinite else { return nil }
    for place in stride(from: unit, to: self.count, by: count) where self[place] != value {
      return nil
    }
    return value
  }
}
