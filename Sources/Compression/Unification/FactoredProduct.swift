// A product with a matrix in blocks that counts its multiplications: what unification saves (micro-structured-unification,
// sections 2 and 4). A plain reference in Double, for tests and for the formula; nothing runs a network with it.

import Tensors

extension UnifiedValues {
  /// How the product with a unified block is formed.
  public enum Evaluation: CaseIterable, Hashable, Sendable {
    /// y_o += c · Σ s·x: one multiplication per output.
    case sumThenScale
    /// t_i = c·x_i, y_o += Σ s·t: one multiplication per input.
    case scaleThenAdd
    /// The one of the two with fewer multiplications.
    case cheaper
  }

  /// The multiplications of one product, that is for one output position: all of a kept block, none of a pruned one, and
  /// min(outputs, inputs) of a unified one, or a single one where its elements share their value.
  ///
  /// Source: micro-structured-unification, section 4.
  public var multiplications: Int {
    var count = 0
    for block in tags.indices where tags[block] != .prune {
      let (outputs, inputs) = partition.extent(of: block)
      if tags[block] == .keep {
        count += outputs * inputs
      } else {
        count += signs == nil ? 1 : min(outputs, inputs)
      }
    }
    return count
  }

  /// The product of the weights, as a matrix of outputs and inputs with their taps, with one vector.
  ///
  /// - Parameters:
  ///   - input: `[in · height · width]`.
  ///   - evaluation: how unified blocks are evaluated.
  /// - Returns: `[out]`, and the multiplications that were made.
  /// - Precondition: the input has one element per column.
  public func product(
    with input: [Double], evaluation: Evaluation = .cheaper
  ) -> (output: [Double], multiplications: Int) {
    let columnCount = partition.shape.sizes.dropFirst().reduce(1, *)
    precondition(input.count == columnCount, "\(input.count) inputs for \(columnCount) columns")
    let stored = floats
    var output = [Double](repeating: 0, count: partition.shape[0])
    var (number, sign, made) = (0, 0, 0)
    for block in tags.indices where tags[block] != .prune {
      let places = partition.places(of: block)
      if tags[block] == .keep {
        for (index, place) in places.enumerated() {
          output[place / columnCount] +=
            Double(stored[number + index]) * input[place % columnCount]
          made += 1
        }
        number += places.count
        continue
      }
      let common = Double(stored[number])
      let areNegative = places.indices.map { signs?[sign + $0] ?? false }
      let (outputs, inputs) = partition.extent(of: block)
      number += 1
      sign += places.count
      if signs == nil {
        // One sum for all outputs, because they see the same value.
        let columns = Set(places.map { $0 % columnCount }).sorted()
        let product = common * columns.reduce(0) { $0 + input[$1] }
        made += 1
        for row in Set(places.map { $0 / columnCount }) { output[row] += product }
      } else if evaluation == .sumThenScale || (evaluation == .cheaper && outputs <= inputs) {
        var sums: [Int: Double] = [:]
        for (index, place) in places.enumerated() {
          let term = input[place % columnCount]
          sums[place / columnCount, default: 0] += areNegative[index] ? -term : term
        }
        for (row, sum) in sums {
          output[row] += common * sum
          made += 1
        }
      } else {
        var scaled: [Int: Double] = [:]
        for place in places where scaled[place % columnCount] == nil {
          scaled[place % columnCount] = common * input[place % columnCount]
          made += 1
        }
        for (index, place) in places.enumerated() {
          let term = scaled[place % columnCount] ?? 0
          output[place / columnCount] += areNegative[index] ? -term : term
        }
      }
    }
    return (output, made)
  }
}
