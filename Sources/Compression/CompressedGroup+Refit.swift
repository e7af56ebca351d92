// New values on an old support: what retraining needs after its last update, when the support must stay and the values must
// return to the scheme's number format (condensa, section 6, decision 11).

public import Tensors

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

extension CompressedGroup {
  /// The code with the values of `weights` on given codebooks: elements that are zero here stay zero, those nearest to zero join
  /// them, and tensors without a codebook are refitted as they are.
  public func recoded(
    _ weights: WeightGroup, codebooks: [ParameterName: Codebook]
  ) -> CompressedGroup {
    var result = self
    for (place, member) in members.enumerated() {
      for (index, companion) in member.companions.enumerated() {
        if let tensor = weights[companion.name], case .float32 = companion.code.values {
          result.members[place].companions[index].code = CompressedTensor(
            tensor, mask: companion.code.mask)
        }
      }
      guard let tensor = weights[member.name], let codebook = codebooks[member.name],
        case .codebook(let values) = member.code.values
      else { continue }
      let codes = codebook.codes(for: tensor.span)
      var mask = member.code.mask
      var kept: [UInt8] = []
      for index in mask.indices where mask[index] {
        mask[index] = codes[index] >= 0
        if codes[index] >= 0 { kept.append(UInt8(codes[index])) }
      }
      result.members[place].code = CompressedTensor(
        shape: tensor.shape, support: mask.allSatisfy { $0 } ? .all : .mask(mask),
        values: .codebook(
          CodebookValues(bits: values.bits, levels: codebook.levels, codes: kept)))
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
    case .unified(let values): try values.refitted(to: tensor, named: name)
    }
  }
}
