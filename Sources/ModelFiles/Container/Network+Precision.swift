// The numbers that go with a network's weights: biases, scales, shifts and codebooks. In single
// precision they outweigh the weights of a network that is small enough, so their precision is part
// of a scheme.

public import Compression
public import Networks
public import Tensors

extension Network {
  /// The network with biases, scales, shifts and the levels of its weights rounded to half
  /// precision.
  ///
  /// Weights of more than 256 different values stay as they are, and so do measured statistics,
  /// whose range half precision lacks. Values beyond half precision's range stay too.
  public func withSideValuesInHalfPrecision() -> Network {
    var result = self
    for (index, information) in information.enumerated() where information.kind.isLearned {
      var values = parameters[index].elements
      guard !information.kind.isWeight || values.isFewLevels else { continue }
      for place in values.indices {
        let half = Float(Float16(values[place]))
        if half.isFinite { values[place] = half }
      }
      result.parameters[index] = Tensor(information.shape, elements: values)
    }
    return result
  }
}

extension [Float] {
  /// Whether the values are so few different ones that a container writes a table of them.
  fileprivate var isFewLevels: Bool {
    var found: Set<UInt32> = []
    for value in self where value != 0 {
      found.insert(value.bitPattern)
      if found.count > LevelCoder.levelLimit { return false }
    }
    return true
  }
}

extension CompressedGroup {
  /// How tensors in blocks are cut, by name.
  public var cuts: [ParameterName: TensorCut] {
    var result: [ParameterName: TensorCut] = [:]
    for member in members {
      guard let partition = member.code.unified?.partition else { continue }
      result[member.name] = TensorCut(
        order: partition.order.rawValue, sizes: partition.block.sizes)
    }
    return result
  }
}
