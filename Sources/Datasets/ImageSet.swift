// Labelled images as bytes, in the order of their file. Every reader of an image data set ends here.

public import Tensors

/// Labelled images of one size, as 8-bit pixels.
public struct ImageSet: Hashable, Sendable {
  /// What the set is called in messages: `fashion-mnist training`.
  public let name: String
  /// `[H, W, C]`.
  public let imageShape: Shape
  /// `N · H · W · C` values, image by image, channels last.
  public let pixels: [UInt8]
  /// One class per image.
  public let labels: [UInt16]
  /// The number of classes; every label is below it.
  public let classCount: Int

  /// The number of images.
  public var count: Int { labels.count }

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
  }
}
