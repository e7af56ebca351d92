// Weights that share levels: one codebook per layer, its levels found by k-means in one dimension. Zeros stay zeros, so that after
// a pruning operator the survivors alone are quantized (Deep Compression; joint-sparsity-quantization, section 2.3).

public import Tensors

/// Replaces the non-zero weights of each layer by the nearest of 2^bits levels and zero.
///
/// The levels are optimal for the layer's squared error where the quantizer is exact. Weights nearer to zero than to any level
/// become zero. After `unify` the stored numbers are quantized, zero is no free level, and ties and signs stay.
public struct KMeans: NumberFormat {
  public static let name = "k-means"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution, .depthwise]

  /// The bits of one index, 1 to 8.
  public var bits = 4
  /// How levels are found.
  public var quantizer = Quantizer.automatic
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(bits: Int, quantizer: Quantizer = .automatic) {
    self.bits = bits
    self.quantizer = quantizer
  }

  public func validate() throws(CompressionError) {
    guard CodebookValues.possibleBits.contains(bits) else {
      throw .impossibleValue(field: "bits", value: "\(bits)", allowed: "1 to 8")
    }
    try requireKinds()
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try compress(weights, codedAs: nil)
  }

  func code(of tensor: Tensor, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    if let index = tensor.firstNonFiniteIndex { throw .notFinite(name: name, index: index) }
    return CompressedTensor(coding: tensor, bits: bits, quantizer: quantizer, reservesZero: true)
  }

  func code(of values: UnifiedValues, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    try values.quantized(bits: bits, quantizer: quantizer, named: name)
  }
}
