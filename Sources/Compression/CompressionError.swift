// Why an operator refuses: an impossible value in its spec, or weights it cannot be applied to.

public import Tensors

/// Why weights could not be compressed.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field of the operator holds a value that is never allowed.
  case impossibleValue(field: String, value: String, allowed: String)
  /// The density selects not even one of `count` weights, rows or blocks; `layer` is nil for a threshold over all layers.
  case keepsNothing(density: Double, count: Int, layer: ParameterName?)
  /// No tensor of the group is of a kind the operator works on, or all of them are skipped.
  case nothingEligible(operator: String, skip: String?)
  /// A part of the pattern in `field` selects none of the weights, which are called `names`.
  case patternMatchesNothing(field: String, pattern: String, names: [ParameterName])
  /// The operator's rows need another number of dimensions than the weight has.
  case wrongRank(
    operator: String, name: ParameterName, shape: Shape, allowed: ClosedRange<Int>)
  /// The block has another number of dimensions than the weight, or a size that does not divide the weight's.
  case blockDoesNotFit(name: ParameterName, shape: Shape, block: Shape)
  /// The block is larger than the matrix (or the cuboid) of the weights in every dimension.
  case blockLargerThanLayer(name: ParameterName, matrix: Shape, block: Shape)
  /// The operator leaves the first convolution and the last linear layer out, and there is no other layer.
  case onlyOuterLayers(operator: String)
  /// The layer has fewer rows or blocks than the multiple it should keep.
  case alignmentTooLarge(name: ParameterName, unitCount: Int, align: Int)
  /// The element is not finite, so that it has no place in an order of magnitudes and no neighbour in a number format.
  case notFinite(name: ParameterName, index: Int)
  /// The budget is less than the smallest code of `layerCount` layers takes, or more than the dense weights.
  case impossibleBudget(bits: Int, layerCount: Int, least: Int, most: Int)
  /// The value does not fit the range of half precision.
  case overflow(name: ParameterName, index: Int, value: Float)

  public var description: String {
    switch self {
    case .impossibleValue(let field, let value, let allowed):
      "\(field) is \(value); allowed: \(allowed)"
    case .keepsNothing(let density, let count, let layer):
      "density \(density) keeps none of \(count) candidates"
        + (layer.map { " in \($0)" } ?? "")
    case .nothingEligible(let name, let skip):
      "\(name) finds no weight it works on" + (skip.map { " (skipped: \($0))" } ?? "")
    case .patternMatchesNothing(let field, let pattern, let names):
      "\(field): ‘\(pattern)’ matches no weight; there are: "
        + names.map { $0.text }.joined(separator: ", ")
    case .wrongRank(let operation, let name, let shape, let allowed):
      "\(operation) needs weights of "
        + (allowed.count == 1
          ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)")
        + " dimensions; \(name) has shape \(shape)"
    case .blockDoesNotFit(let name, let shape, let block):
      if block.rank == shape.rank {
        "blocks of \(block) do not divide \(name) of shape \(shape)"
      } else {
        "blocks of \(block) have \(block.rank) dimensions; \(name) of shape \(shape) has \(shape.rank)"
      }
    case .blockLargerThanLayer(let name, let matrix, let block):
      "blocks of \(block) are larger than \(name), a matrix of \(matrix)"
    case .onlyOuterLayers(let name):
      "\(name) leaves the first convolution and the last linear layer as they are (inner: true), and finds no other weight it works on"
    case .alignmentTooLarge(let name, let unitCount, let align):
      "\(name) has \(unitCount) rows or blocks, which is fewer than align \(align)"
    case .notFinite(let name, let index):
      "element \(index) of \(name) is not finite"
    case .impossibleBudget(let bits, let layerCount, let least, let most):
      "a budget of \(bits) bits for \(layerCount) layers; allowed: \(least) to \(most), the size of the dense weights"
    case .overflow(let name, let index, let value):
      "element \(index) of \(name) is \(value): half precision ends at 65504"
    }
  }

  /// The same error with `path` before the field it names, for operators inside others.
  func within(_ path: String) -> CompressionError {
    guard case .impossibleValue(let field, let value, let allowed) = self else { return self }
    let separator = field.hasPrefix("[") || field.isEmpty ? "" : "."
    return .impossibleValue(field: path + separator + field, value: value, allowed: allowed)
  }
}

/// Refuses densities outside (0, 1].
func requireDensity(_ density: Double) throws(CompressionError) {
  guard density > 0, density <= 1 else {
    throw .impossibleValue(
      field: "density", value: "\(density)", allowed: "more than 0 and at most 1")
  }
}
