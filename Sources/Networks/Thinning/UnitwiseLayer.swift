// Thinning of layers without parameters that pass every unit on by itself and leave zero zero: activations with f(0) = 0,
// pooling, dropout, addition; and flatten, which spreads a channel over several features.

public import Tensors

/// A layer without parameters that makes output unit u of input unit u alone, and zero of zero.
protocol UnitwiseLayer: Layer {}

extension UnitwiseLayer {
  /// Every unit is its own origin.
  public func unitOrigins(for input: Shape) -> [Int]? { Array(0..<input.unitCount) }

  /// Zero stays zero, a constant constant.
  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  { inputs }

  /// A unit is read exactly if it is kept.
  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  { outputs }

  /// The layer as it is, because it does not count its units.
  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer { ThinnedLayer(layer: self, parameters: []) }
}

extension Rectifier: UnitwiseLayer {}
extension HyperbolicTangent: UnitwiseLayer {}
extension MaximumPooling: UnitwiseLayer {}
extension Dropout: UnitwiseLayer {}
extension Addition: UnitwiseLayer {}
extension AveragePooling: UnitwiseLayer {}
extension GlobalAveragePooling: UnitwiseLayer {}

extension Flatten {
  /// Features stand channel by channel, so a channel's features follow each other; vectors stay as they are.
  public func unitOrigins(for input: Shape) -> [Int]? {
    let pixels = input.rank == 3 ? input[0] * input[1] : 1
    return (0..<input.elementCount).map { feature in
      input.rank == 3 ? feature / pixels : feature % input.unitCount
    }
  }

  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  { (unitOrigins(for: input) ?? []).map { inputs[$0] } }

  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  {
    var result = [Bool](repeating: false, count: input.unitCount)
    for (isKept, origin) in zip(outputs, unitOrigins(for: input) ?? []) where isKept {
      result[origin] = true
    }
    return result
  }

  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer { ThinnedLayer(layer: self, parameters: []) }
}
