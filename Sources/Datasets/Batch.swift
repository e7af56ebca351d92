// The step from stored images to a network's input, once per minibatch. Memory is reused while shapes stay.

public import Tensors

/// Puts the images at `indices`, normalised, and their labels into a batch.
///
/// - Parameters:
///   - images: becomes `[n, H, W, C]`; its storage is kept if the element count stays.
///   - labels: becomes `n` labels.
/// - Precondition: every index is valid, and the normalization has 1, C or H · W · C means.
public func fillBatch(
  from set: ImageSet, at indices: ArraySlice<Int>, normalization: Normalization,
  images: inout Tensor, labels: inout [UInt16]
) {
  let imageSize = set.imageShape.elementCount
  let period = normalization.means.count
  precondition(
    period == 1 || period == set.imageShape[2] || period == imageSize,
    "a normalization with \(period) means does not fit images of \(set.imageShape)")
  let batchShape = Shape([indices.count] + set.imageShape.sizes)
  if images.shape != batchShape { images.resize(batchShape) }
  if labels.count != indices.count { labels = [UInt16](repeating: 0, count: indices.count) }

  let pixels = set.pixels.span
  let table = normalization.table.span
  let means = normalization.means.span
  let deviations = normalization.deviations.span
  var target = images.mutableSpan
  var start = 0
  for (position, index) in zip(labels.indices, indices) {
    precondition(
      index >= 0 && index < set.count, "\(set.name) has \(set.count) images, none at \(index)")
    labels[position] = set.labels[index]
    let source = pixels.extracting(index * imageSize..<(index + 1) * imageSize)
    if period == 1 {
      for place in source.indices { target[start + place] = table[Int(source[place])] }
    } else if !table.isEmpty {
      var group = 0
      for place in source.indices {
        target[start + place] = table[group << 8 | Int(source[place])]
        group = group + 1 == period ? 0 : group + 1
      }
    } else {
      for first in stride(from: 0, to: imageSize, by: period) {
        for group in 0..<period {
          let unit = Float(source[first + group]) / 255
          target[start + first + group] = (unit - means[group]) / deviations[group]
        }
      }
    }
    start += imageSize
  }
}

/// Puts all the images at `indices`, normalised, and their labels into a batch; see the other overload.
public func fillBatch(
  from set: ImageSet, at indices: [Int], normalization: Normalization, images: inout Tensor,
  labels: inout [UInt16]
) {
  fillBatch(
    from: set, at: indices[...], normalization: normalization, images: &images, labels: &labels)
}
