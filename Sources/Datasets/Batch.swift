// A minibatch, and the step from stored images to a network's input. Memory is reused while shapes stay.

public import Tensors

/// The inputs and labels of one minibatch: of images, or of pieces of a running text.
public struct Batch: Sendable {
  /// `[n, H, W, C]`, normalised; of a text `[T · N, 1]`, the number of word t of column n at `t · N + n`.
  public var inputs = Tensor.empty
  /// One class per image, or the word behind each word.
  public var labels: [UInt16] = []
  /// N, the number of columns of a text that are read side by side; nil for images.
  public var sequences: Int?
  /// Whether a text begins here, so that nothing was read before.
  public var startsSequences = true

  /// A batch without examples, to be filled.
  public init() {}
}

extension ImageSet {
  /// Puts the images at `indices`, varied and normalised, and their labels into a batch.
  ///
  /// - Parameters:
  ///   - batch: becomes one of `indices.count` images; its storage is kept if the element count stays.
  ///   - variation: how training images are varied; nil shows them as they are seen in evaluation.
  /// - Throws: `DatasetError` if an image in a file cannot be decoded; images in memory always can.
  /// - Precondition: every index is valid, and the normalization has 1, C or H · W · C means.
  public func fill(
    _ batch: inout Batch, at indices: ArraySlice<Int>, normalization: Normalization,
    variation: ImageVariation? = nil
  ) throws(DatasetError) {
    guard let files else {
      fillBatch(
        from: self, at: indices, normalization: normalization, variation: variation,
        images: &batch.inputs, labels: &batch.labels)
      return
    }
    prepare(&batch.inputs, &batch.labels, for: indices, normalization)
    let imageSize = imageShape.elementCount
    for (position, index) in indices.enumerated() { batch.labels[position] = labels[index] }
    var target = batch.inputs.mutableSpan
    var start = 0
    for index in indices {
      let decoded = try files.pixels(at: index, variation: variation)
      normalization.normalize(decoded.span, into: &target, at: start)
      start += imageSize
    }
  }

  /// Gives a batch its shape, and checks what `fill` presupposes.
  fileprivate func prepare(
    _ images: inout Tensor, _ batchLabels: inout [UInt16], for indices: ArraySlice<Int>,
    _ normalization: Normalization
  ) {
    let period = normalization.means.count
    precondition(
      period == 1 || period == imageShape[2] || period == imageShape.elementCount,
      "a normalization with \(period) means does not fit images of \(imageShape)")
    for index in indices {
      precondition(index >= 0 && index < count, "\(name) has \(count) images, none at \(index)")
    }
    let batchShape = Shape([indices.count] + imageShape.sizes)
    if images.shape != batchShape { images.resize(batchShape) }
    if batchLabels.count != indices.count {
      batchLabels = [UInt16](repeating: 0, count: indices.count)
    }
  }
}

/// Puts the images at `indices`, varied and normalised, and their labels into a batch.
///
/// - Parameters:
///   - variation: how training images are varied; nil takes them as they are.
///   - images: becomes `[n, H, W, C]`; its storage is kept if the element count stays.
///   - labels: becomes `n` labels.
/// - Precondition: the images are in memory, every index is valid, and the normalization has 1, C or H · W · C means.
public func fillBatch(
  from set: ImageSet, at indices: ArraySlice<Int>, normalization: Normalization,
  variation: ImageVariation? = nil, images: inout Tensor, labels: inout [UInt16]
) {
  precondition(set.files == nil, "\(set.name) is not in memory")
  set.prepare(&images, &labels, for: indices, normalization)
  let (shape, imageSize) = (set.imageShape, set.imageShape.elementCount)
  let pixels = set.pixels.span
  var target = images.mutableSpan
  var varied = [UInt8](repeating: 0, count: variation == nil ? 0 : imageSize)
  var start = 0
  for (position, index) in zip(labels.indices, indices) {
    labels[position] = set.labels[index]
    let source = pixels.extracting(index * imageSize..<(index + 1) * imageSize)
    if let variation {
      let (row, column) = variation.offset(at: index)
      do {
        var window = varied.mutableSpan
        copyWindow(
          of: source, into: &window, height: shape[0], width: shape[1], channels: shape[2],
          row: row, column: column, mirrored: variation.isMirrored(at: index))
      }
      normalization.normalize(varied.span, into: &target, at: start)
    } else {
      normalization.normalize(source, into: &target, at: start)
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

extension Normalization {
  /// Writes the inputs of one image's pixels to `target`, from `start` on.
  ///
  /// - Precondition: the number of means divides that of the pixels.
  func normalize(_ source: Span<UInt8>, into target: inout MutableSpan<Float>, at start: Int) {
    let table = table.span
    let period = means.count
    if period == 1 {
      for place in source.indices { target[start + place] = table[Int(source[place])] }
    } else if !table.isEmpty {
      var group = 0
      for place in source.indices {
        target[start + place] = table[group << 8 | Int(source[place])]
        group = group + 1 == period ? 0 : group + 1
      }
    } else {
      let means = means.span
      let deviations = deviations.span
      for first in stride(from: 0, to: source.count, by: period) {
        for group in 0..<period {
          let unit = Float(source[first + group]) / 255
          target[start + first + group] = (unit - means[group]) / deviations[group]
        }
      }
    }
  }
}
