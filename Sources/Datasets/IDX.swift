// The IDX format of MNIST and its relatives: a magic number that tells the element type and the number of dimensions, the
// sizes as big-endian 32-bit numbers, then the elements, slowest dimension first. Only bytes occur in the sets we read.

public import Foundation
import Tensors

/// Reads unpacked IDX files; `file` is the path for errors.
public enum IDX {
  /// The magic number of a file of bytes with three dimensions.
  public static let imageMagic: UInt32 = 0x0000_0803
  /// The magic number of a file of bytes with one dimension.
  public static let labelMagic: UInt32 = 0x0000_0801

  /// The images of one file.
  public struct Images: Hashable, Sendable {
    /// The number of images.
    public let count: Int
    /// Rows of each.
    public let height: Int
    /// Columns of each.
    public let width: Int
    /// `count · height · width` values.
    public let pixels: [UInt8]
  }

  /// The grey images in a file.
  public static func images(in data: Data, file: String) throws(DatasetError) -> Images {
    let sizes = try header(of: data, file: file, magic: imageMagic, dimensions: 3)
    for (place, size) in [(8, sizes[1]), (12, sizes[2])] where size == 0 {
      throw .wrongDimension(
        file: file, offset: place, expected: "images of at least one pixel", found: 0)
    }
    let pixels = try body(of: data, file: file, sizes: sizes)
    return Images(count: sizes[0], height: sizes[1], width: sizes[2], pixels: pixels)
  }

  /// The labels in a file.
  public static func labels(
    in data: Data, file: String, classCount: Int
  ) throws(DatasetError) -> [UInt16] {
    let sizes = try header(of: data, file: file, magic: labelMagic, dimensions: 1)
    let labels = try body(of: data, file: file, sizes: sizes)
    if let index = labels.firstIndex(where: { Int($0) >= classCount }) {
      throw .labelOutOfRange(
        file: file, offset: 8 + index, label: Int(labels[index]), classCount: classCount)
    }
    return labels.map { UInt16($0) }
  }

  /// The sizes of the dimensions.
  private static func header(
    of data: Data, file: String, magic: UInt32, dimensions: Int
  ) throws(DatasetError) -> [Int] {
    let length = 4 + 4 * dimensions
    let bytes = [UInt8](data.prefix(length))
    guard bytes.count >= 4 else {
      throw .truncated(file: file, offset: bytes.count, expected: length)
    }
    let numbers = stride(from: 0, to: bytes.count / 4 * 4, by: 4).map { start in
      bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    guard numbers[0] == magic else {
      throw .wrongMagic(file: file, expected: magic, found: numbers[0])
    }
    guard bytes.count == length else {
      throw .truncated(file: file, offset: bytes.count, expected: length)
    }
    return numbers.dropFirst().map { Int($0) }
  }

  /// The elements after the header, which must be exactly as many as the sizes say.
  private static func body(
    of data: Data, file: String, sizes: [Int]
  ) throws(DatasetError) -> [UInt8] {
    let length = 4 + 4 * sizes.count
    var elementCount = 1
    for (index, size) in sizes.enumerated() {
      let product = elementCount.multipliedReportingOverflow(by: size)
      guard !product.overflow, product.partialValue < Int.max / 2 else {
        throw .wrongDimension(
          file: file, offset: 4 + 4 * index, expected: "sizes whose product fits 62 bits",
          found: size)
      }
      elementCount = product.partialValue
    }
    let expected = length + elementCount
    guard data.count >= expected else {
      throw .truncated(file: file, offset: data.count, expected: expected)
    }
    guard data.count == expected else {
      throw .trailingBytes(file: file, offset: expected, found: data.count)
    }
    return [UInt8](data.dropFirst(length))
  }
}

/// The reader of sets that consist of four IDX files: images and labels, for training and for testing.
public struct IDXReader: ImageReader {
  /// The names of the unpacked files.
  public let trainingImages, trainingLabels, testImages, testLabels: String

  /// The names that MNIST gave its files and its successors kept.
  public static let mnistNames = IDXReader(
    trainingImages: "train-images-idx3-ubyte", trainingLabels: "train-labels-idx1-ubyte",
    testImages: "t10k-images-idx3-ubyte", testLabels: "t10k-labels-idx1-ubyte")

  public init(
    trainingImages: String, trainingLabels: String, testImages: String, testLabels: String
  ) {
    self.trainingImages = trainingImages
    self.trainingLabels = trainingLabels
    self.testImages = testImages
    self.testLabels = testLabels
  }

  public func read(
    _ entry: DatasetEntry, _ split: DatasetSplit, from files: DatasetFiles
  ) throws(DatasetError) -> (training: ImageSet, test: ImageSet) {
    let training = try imageSet(
      "\(entry.name) training", images: trainingImages, labels: trainingLabels, entry, files)
    let test = try imageSet(
      "\(entry.name) test", images: testImages, labels: testLabels, entry, files)
    return (training, test)
  }

  private func imageSet(
    _ name: String, images imageName: String, labels labelName: String, _ entry: DatasetEntry,
    _ files: DatasetFiles
  ) throws(DatasetError) -> ImageSet {
    let (imageFile, labelFile) = (files.path(of: imageName), files.path(of: labelName))
    let classCount = entry.classCount
    let images = try IDX.images(in: files.contents(of: imageName), file: imageFile)
    let labels = try IDX.labels(
      in: files.contents(of: labelName), file: labelFile, classCount: classCount)
    guard images.count == labels.count else {
      throw .countMismatch(
        imageFile: imageFile, imageCount: images.count, labelFile: labelFile,
        labelCount: labels.count)
    }
    return ImageSet(
      name: name, imageShape: [images.height, images.width, 1], pixels: images.pixels,
      labels: labels, classCount: classCount)
  }
}
