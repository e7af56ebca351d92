// Whether weights are what the operator promises: exact counts, zeros in pruned blocks, one magnitude in unified ones
// (micro-structured-unification, section 1.2). Methods check this before a result is written.

public import Tensors

/// A way in which weights differ from what was asked for.
public enum UnificationViolation: Hashable, Sendable, CustomStringConvertible {
  /// The code of the layer is not in blocks, or in other blocks.
  case otherBlocks(name: ParameterName)
  /// The layer (all layers, for nil) has other counts than the shares ask for.
  case otherCounts(
    name: ParameterName?, pruned: Int, unified: Int, expectedPruned: Int, expectedUnified: Int)
  /// The elements of a pruned block are not all zero.
  case notZero(name: ParameterName, block: Int)
  /// The magnitudes of a unified block are not equal.
  case unequal(name: ParameterName, block: Int)
  /// A kept block differs from its code, or a unified one has other signs or another magnitude.
  case otherThanCoded(name: ParameterName, block: Int)

  public var description: String {
    switch self {
    case .otherBlocks(let name): "\(name) is not cut into the blocks that were asked for"
    case .otherCounts(let name, let pruned, let unified, let expectedPruned, let expectedUnified):
      "\(name?.text ?? "all layers"): \(pruned) pruned and \(unified) unified blocks instead of \(expectedPruned) and \(expectedUnified)"
    case .notZero(let name, let block): "\(name): pruned block \(block) is not zero"
    case .unequal(let name, let block): "\(name): unified block \(block) has unequal magnitudes"
    case .otherThanCoded(let name, let block): "\(name): block \(block) is not what its code says"
    }
  }
}

extension Unify {
  /// How `code`, and `weights` with it, differ from what this operator asks for; empty if they do not. At most one finding per
  /// layer and kind.
  ///
  /// - Parameter weights: the weights of the returned network; nil for those the code stands for.
  /// - Throws: what `choices(in:)` throws about the layers.
  public func violations(
    in code: CompressedGroup, weights: WeightGroup? = nil
  ) throws(CompressionError) -> [UnificationViolation] {
    let weights = weights ?? code.decompressed()
    var found: [UnificationViolation] = []
    var total = (pruned: 0, unified: 0, blocks: 0)
    for choice in try choices(in: weights) {
      guard let values = code[choice.name]?.unified, values.partition == choice.partition else {
        found.append(.otherBlocks(name: choice.name))
        continue
      }
      let counted = (pruned: values.count(.prune), unified: values.count(.unify))
      total.pruned += counted.pruned
      total.unified += counted.unified
      total.blocks += values.tags.count
      if scope == .perLayer {
        found += differences(counted, blockCount: values.tags.count, name: choice.name)
      }
      if let tensor = weights[choice.name] {
        found += values.differences(from: tensor, name: choice.name)
      }
    }
    if scope == .global {
      found += differences((total.pruned, total.unified), blockCount: total.blocks, name: nil)
    }
    return found
  }

  private func differences(
    _ counted: (pruned: Int, unified: Int), blockCount: Int, name: ParameterName?
  ) -> [UnificationViolation] {
    let expected = counts(ofBlocks: blockCount)
    if counted == expected { return [] }
    return [
      .otherCounts(
        name: name, pruned: counted.pruned, unified: counted.unified,
        expectedPruned: expected.pruned, expectedUnified: expected.unified)
    ]
  }
}

extension UnifiedValues {
  /// The first block of each kind in which `tensor` is not what the tags and numbers say.
  fileprivate func differences(
    from tensor: Tensor, name: ParameterName
  ) -> [UnificationViolation] {
    let coded = elements()
    var (notZero, unequal, other): (Int?, Int?, Int?)
    var cursor = BlockCursor(partition)
    for block in tags.indices {
      cursor.move(to: block)
      let first = tensor[cursor.places[0]]
      for t in 0..<cursor.count {
        let place = cursor.places[t]
        let value = tensor[place]
        if tags[block] == .prune, value != 0 { notZero = notZero ?? block }
        if tags[block] == .unify {
          let isEqual = signs == nil ? value == first : abs(value) == abs(first)
          if !isEqual { unequal = unequal ?? block }
        }
        if value != coded[place] { other = other ?? block }
      }
    }
    return [
      notZero.map { .notZero(name: name, block: $0) },
      unequal.map { .unequal(name: name, block: $0) },
      other.map { .otherThanCoded(name: name, block: $0) },
    ].compactMap { $0 }
  }
}
