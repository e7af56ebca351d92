// New values on an old support: what retraining needs after its last update, when the support must stay and the values must
// return to the scheme's number format (condensa, section 6, decision 11).

import Tensors

extension CompressedGroup {
  /// The code with the same supports, number formats and assignments to levels, and the values of `weights`; scales and levels
  /// are chosen anew.
  ///
  /// - Throws: `CompressionError.overflow` if a value does not fit its format.
  public func refitted(to weights: WeightGroup) throws(CompressionError) -> CompressedGroup {
    var result = self
    for (place, member) in members.enumerated() {
      if let tensor = weights[member.name] {
        result.members[place].code = try member.code.refitted(to: tensor, name: member.name)
      }
      for (index, companion) in member.companions.enumerated() {
        if let tensor = weights[companion.name] {
          result.members[place].companions[index].code = try companion.code.refitted(
            to: tensor, name: companion.name)
        }
      }
    }
    return result
  }
}

extension CompressedTensor {
  /// The code with the same support and number format and the values of `tensor`.
  ///
  /// - Throws: `CompressionError.overflow` or `.notFinite` if a value does not fit the format.
  /// - Precondition: the shapes agree.
  func refitted(to tensor: Tensor, name: ParameterName) throws(CompressionError) -> CompressedTensor
  {
    switch values {
    case .float32: CompressedTensor(tensor, mask: mask)
    case .float16: try CompressedTensor(halving: tensor, on: support, named: name)
    case .fixedPoint(let format):
      try CompressedTensor(
        fixing: tensor, bits: format.bits, granularity: format.granularity, on: support,
        named: name)
    case .codebook(let values):
      CompressedTensor(
        shape: shape, support: support,
        values: .codebook(try values.refitted(to: tensor, at: places, name: name)))
    }
  }
}
