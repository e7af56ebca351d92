// Labelled images in the order of their files, as bytes in memory or as PNG files that are decoded when they are needed.
// Every reader of an image data set ends here.

public import Tensors

/// Labelled images of one size, as 8-bit pixels.
public struct ImageSet: Hashable, Sendable {
  /// What the set is called in messages: `fashion-mnist training`.
  public let name: String
  /// `[H, W, C]`, the shape of what a network sees.
  public let imageShape: Shape
  /// `N · H · W · C` values, image by image, channels last; none if the images are in `files`.
  public let pixels: [UInt8]
  /// One class per image.
  public let labels: [UInt16]
  /// The number of classes; every label is below it.
  public let classCount: Int
  /// Where the images are, one file each; nil if `pixels` has them.
  public let files: ImageFiles?

  /// The number of images.
  public var count: Int { labels.count }

  /// Images in memory.
  ///
  /// - Precondition: the shape has three sizes, there are as many images as labels, and every label is below `classCount`.
  public init(
    name: String, imageShape: Shape, pixels: [UInt8], labels: [UInt16], classCount: Int
  ) {
    precondition(imageShape.rank == 3, "an image has the shape [H, W, C], not \(imageShape)")
    precondition(
      pixels.count == labels.count * imageShape.elementCount,
      "\(labels.count) images of \(imageShape) have \(labels.count * imageShape.elementCount) pixels, not \(pixels.count)"
    )
    precondition(
      labels.allSatisfy { Int($0) < classCount }, "a label is not below \(classCount)")
    self.name = name
    self.imageShape = imageShape
    self.pixels = pixels
    self.labels = labels
    self.classCount = classCount
    files = nil
  }

  /// Images in files, each decoded whenever a batch needs it.
  ///
  /// - Precondition: there is one file per label, and every label is below `classCount`.
  public init(name: String, files: ImageFiles, labels: [UInt16], classCount: Int) {
    precondition(
      files.paths.count == labels.count,
      "\(files.paths.count) files do not fit \(labels.count) labels")
    precondition(
      labels.allSatisfy { Int($0) < classCount }, "a label is not below \(classCount)")
    self.name = name
    imageShape = [files.geometry.size, files.geometry.size, 3]
    pixels = []
    self.labels = labels
    self.classCount = classCount
    self.files = files
  }

  /// The images at `indices` in memory, as they are seen in evaluation.
  ///
  /// - Precondition: every index is valid.
  public func decoded(at indices: [Int]) throws(DatasetError) -> ImageSet {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(indices.count * imageShape.elementCount)
    let imageSize = imageShape.elementCount
    for index in indices {
      precondition(labels.indices.contains(index), "\(name) has \(count) images, none at \(index)")
      if let files {
        pixels += try files.pixels(at: index)
      } else {
        pixels += self.pixels[index * imageSize..<(index + 1) * imageSize]
      }
    }
    return ImageSet(
      name: name, imageShape: imageShape, pixels: pixels, labels: indices.map { labels[$0] },
      classCount: classCount)
  }

  /// The most images in files over which statistics are computed.
  public static let statisticsLimit = 2048

  /// The images that statistics of those at `indices` are computed from, and their indices: all of them for images in memory;
  /// for images in files at most `statisticsLimit`, evenly spread over `indices`, because each has to be decoded.
  ///
  /// - Precondition: there is at least one index, and all are valid.
  public func statisticsSample(
    of indices: [Int]
  ) throws(DatasetError) -> (images: ImageSet, indices: [Int]) {
    guard files != nil else { return (self, indices) }
    let count = min(indices.count, Self.statisticsLimit)
    let chosen = (0..<count).map { indices[$0 * indices.count / count] }
    return (try decoded(at: chosen), Array(0..<count))
  }
}
