// A tensor as the coder sees it: bit patterns in rows of outputs, each a list of kernels, one per
// input, of a few positions.

import Tensors

/// Bit patterns of single-precision numbers, `[outputs, inputs, positions]`.
struct CodedTensor: Equatable {
  /// The sizes that the coder conditions on; the decoder knows them from the network's graph.
  struct Layout: Equatable {
    /// Rows; 1 for a vector.
    var outputs: Int
    /// Kernels in a row; the elements of a vector.
    var inputs: Int
    /// Elements of a kernel, row-major.
    var positions: Int
    /// Elements of one row of a kernel.
    var width: Int
    /// Whether the positions are the pixels of a flattened image.
    var isFlattened = false

    /// The number of elements.
    var count: Int { outputs * columns }
    /// Elements of a row.
    var columns: Int { inputs * positions }

    /// The layout of a parameter.
    ///
    /// - Parameter pixels: for weights behind a flattened image, how many of their columns belong
    ///   to one channel.
    init(_ shape: Shape, pixels: Int = 1) {
      let sizes = shape.sizes
      if sizes.count < 2 {
        (outputs, inputs, positions, width) = (1, shape.elementCount, 1, 1)
      } else if sizes.count == 2, pixels > 1, sizes[1] % pixels == 0 {
        (outputs, inputs, positions) = (sizes[0], sizes[1] / pixels, pixels)
        width = 1
        isFlattened = true
        while (width + 1) * (width + 1) <= pixels { width += 1 }
      } else {
        (outputs, inputs) = (sizes[0], sizes[1])
        positions = sizes.dropFirst(2).reduce(1, *)
        width = sizes.count > 2 ? sizes[sizes.count - 1] : 1
      }
    }
  }

  /// The sizes.
  let layout: Layout
  /// Row-major.
  var patterns: [UInt32]
  /// How the tensor is cut into blocks, if it is; a decoder finds out.
  var cut: BlockCut?
}
