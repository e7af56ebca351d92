// Layers whose units all stay: the table of words, recurrent layers, whose units read each other, and the layer tied to the table.

import Tensors

/// A layer of which no unit is removed.
protocol FixedUnits: Layer {}

extension FixedUnits {
  /// It makes units of its own.
  public func unitOrigins(for input: Shape) -> [Int]? { nil }

  /// No unit may be removed.
  public func hasFixedUnits(for input: Shape) -> Bool { true }

  /// Nothing is known of the outputs.
  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  {
    let shape = try? outputShape(for: input)
    return [UnitValue](repeating: .varying, count: shape?.unitCount ?? 0)
  }

  /// Every input is read.
  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  { [Bool](repeating: true, count: input.unitCount) }

  /// The layer as it is.
  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer { ThinnedLayer(layer: self, parameters: Array(parameters)) }
}

extension Embedding: FixedUnits {}
extension LSTM: FixedUnits {}
extension TiedLinear: FixedUnits {}
