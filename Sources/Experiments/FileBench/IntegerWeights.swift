// Weights as whole numbers: 0 where there is none, else the place of the level among those of its
// sign. Every coder of the bench of files gets the same numbers, and what other ways of storing
// them take is counted here.

import Foundation
import Networks
import Reproducibility
import Tensors

/// The weight tensors of a network as indices of their levels.
struct IntegerWeights {
  /// A matrix of outputs and everything that one output reads.
  struct Matrix {
    var rows: Int
    var columns: Int
    var values: [Int32]
    /// How many levels there are besides zero.
    var levelCount: Int
  }

  /// One for every weight tensor, in the network's order.
  let matrices: [Matrix]

  init(of network: Network) {
    matrices = zip(network.information, network.parameters).filter { $0.0.kind.isWeight }.map {
      information, tensor in
      let levels = Set(tensor.elements).subtracting([0]).sorted()
      let negatives = levels.count { $0 < 0 }
      var indexOfLevel: [Float: Int32] = [:]
      for (index, level) in levels.enumerated() {
        let signed = index < negatives ? index - negatives : index - negatives + 1
        indexOfLevel[level] = Int32(signed)
      }
      let rows = information.shape[0]
      return Matrix(
        rows: rows, columns: tensor.count / max(1, rows),
        values: tensor.elements.map { indexOfLevel[$0] ?? 0 }, levelCount: levels.count)
    }
  }

  /// The number of weights.
  var count: Int { matrices.reduce(0) { $0 + $1.values.count } }

  /// A byte a weight, where every level has one.
  var bytes: Data? {
    var result = Data()
    for matrix in matrices {
      for value in matrix.values {
        guard let byte = Int8(exactly: value) else { return nil }
        result.append(UInt8(bitPattern: byte))
      }
    }
    return result
  }

  /// The tensors as numbers that a container can hold.
  func tensors(like network: Network) -> [Tensor] {
    let shapes = network.information.filter { $0.kind.isWeight }.map { $0.shape }
    return zip(shapes, matrices).map { Tensor($0, elements: $1.values.map { Float($0) }) }
  }

  // MARK: - Other ways

  private func bytes(_ bits: (Matrix) -> Double) -> Int {
    matrices.reduce(0) { $0 + Int((bits($1) / 8).rounded(.up)) }
  }

  /// The bytes of the positions and of the values, each by the entropy of its frequencies in the
  /// tensor; no coder of single symbols takes less.
  var entropyBytes: Int {
    bytes { matrix in
      let present = matrix.values.filter { $0 != 0 }
      let mask = [present.count, matrix.values.count - present.count]
      return Self.entropyBits(mask) + Self.entropyBits(Array(Self.frequencies(of: present).values))
    }
  }

  /// A bit for every weight, and the index of every one that is not zero, all of the same width.
  var bitmapBytes: Int {
    bytes { matrix in
      let present = matrix.values.count { $0 != 0 }
      return Double(matrix.values.count + present * matrix.indexBits)
    }
  }

  /// Compressed rows: a column of 16 bits with every index, a pointer of 32 with every row.
  var rowBytes: Int {
    bytes { matrix in
      let present = matrix.values.count { $0 != 0 }
      let columnBits = matrix.columns > 65_536 ? 32 : 16
      return Double(present * (matrix.indexBits + columnBits) + 32 * (matrix.rows + 1))
    }
  }

  /// Distances and indices, each in a Huffman code of its own, a byte for every code length; the
  /// width of distances that is best.
  ///
  /// Source: Han, Mao and Dally 2016 (Deep Compression), sections 2 and 4.
  var huffmanBytes: Int {
    bytes { matrix in
      (2...8).map { width in
        let (distances, values) = matrix.relative(longest: 1 << width - 1)
        return [distances, values].reduce(0.0) { sum, symbols in
          let frequencies = Array(Self.frequencies(of: symbols).values)
          return sum + Double(Self.huffmanBits(frequencies) + 8 * frequencies.count)
        }
      }.min() ?? 0
    }
  }

  private static func frequencies(of symbols: [Int32]) -> [Int32: Int] {
    symbols.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private static func entropyBits(_ frequencies: [Int]) -> Double {
    let total = Double(frequencies.reduce(0, +))
    // Sorted, so that the sum does not depend on the order of a dictionary.
    return frequencies.filter { $0 > 0 }.sorted().reduce(0.0) {
      $0 - Double($1) * log2(Double($1) / total)
    }
  }

  /// The bits of all symbols in the best prefix code: the sum of all merged weights.
  private static func huffmanBits(_ frequencies: [Int]) -> Int {
    guard frequencies.count > 1 else { return frequencies.reduce(0, +) }
    var queue = frequencies.sorted()
    var bits = 0
    while queue.count > 1 {
      let sum = queue[0] + queue[1]
      bits += sum
      queue.removeFirst(2)
      queue.insert(sum, at: queue.firstIndex { $0 >= sum } ?? queue.count)
    }
    return bits
  }
}

extension IntegerWeights.Matrix {
  /// The bits of an index of fixed width.
  fileprivate var indexBits: Int {
    var bits = 0
    while 1 << bits < levelCount { bits += 1 }
    return bits
  }

  /// Distances from one value to the next, and the values; longer distances go over zeros that are
  /// stored.
  fileprivate func relative(longest: Int) -> (distances: [Int32], values: [Int32]) {
    var distances: [Int32] = []
    var kept: [Int32] = []
    var distance = 0
    for value in values {
      if value != 0 || distance == longest {
        distances.append(Int32(distance))
        kept.append(value)
        distance = 0
      } else {
        distance += 1
      }
    }
    return (distances, kept)
  }
}
