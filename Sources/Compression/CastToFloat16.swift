// Half precision (condensa, section 2.5, Quantize): weights and biases are rounded to IEEE 754 binary16, nearest even.
// There is no scale. Values that would become infinite are refused, values that become zero are counted.

public import Tensors

/// Rounds weights and their biases to half precision, by default those of linear and convolution layers.
public struct CastToFloat16: NumberFormat {
  public static let name = "float16"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution]

  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(
    skip: ParameterPattern?, only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.skip = skip
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) { try requireKinds() }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try compress(weights, codedAs: nil)
  }

  var includesBiases: Bool { true }

  func code(of tensor: Tensor, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    try CompressedTensor(halving: tensor, named: name)
  }

  func code(of values: UnifiedValues, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    try values.halved(named: name)
  }
}

extension CompressedTensor {
  /// The code of `tensor` in half precision, on `support`.
  ///
  /// - Throws: `notFinite` or `overflow` for the first value of the support that has no finite half-precision neighbour.
  init(
    halving tensor: Tensor, on support: Support = .all, named name: ParameterName
  ) throws(CompressionError) {
    var values: [Float16] = []
    values.reserveCapacity(tensor.count)
    var underflowCount = 0
    for (index, value) in tensor.elements.enumerated() {
      if case .mask(let mask) = support, !mask[index] { continue }
      guard value.isFinite else { throw .notFinite(name: name, index: index) }
      let half = Float16(value)
      guard half.isFinite else { throw .overflow(name: name, index: index, value: value) }
      if half == 0, value != 0 { underflowCount += 1 }
      values.append(half)
    }
    self.init(
      shape: tensor.shape, support: support, values: .float16(values),
      underflowCount: underflowCount)
  }
}
