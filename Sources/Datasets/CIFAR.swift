// The binary format of CIFAR-10 and CIFAR-100: records without a header, each one or two label bytes and then 32 × 32 pixels in
// three planes, red, green and blue. The images come out with the channels last.

import Foundation
import Tensors

/// The reader of sets in the binary format of CIFAR.
public struct CIFARReader: ImageReader {
  /// Rows and columns of an image.
  public static let side = 32

  /// How many values each of a record's label bytes has; the last is the class.
  public let labelLimits: [Int]
  /// The number of records in each file.
  public let recordCounts: [String: Int]

  /// - Precondition: there is at least one label byte.
  public init(labelLimits: [Int], recordCounts: [String: Int]) {
    precondition(!labelLimits.isEmpty, "a record needs a label")
    self.labelLimits = labelLimits
    self.recordCounts = recordCounts
  }

  public func read(
    _ entry: DatasetEntry, _ split: DatasetSplit, from files: DatasetFiles
  ) throws(DatasetError) -> (training: ImageSet, test: ImageSet) {
    (
      try imageSet("\(entry.name) training", split.trainingFiles, files),
      try imageSet("\(entry.name) test", split.testFiles, files)
    )
  }

  private func imageSet(
    _ name: String, _ fileNames: [String], _ files: DatasetFiles
  ) throws(DatasetError) -> ImageSet {
    var pixels: [UInt8] = []
    var labels: [UInt16] = []
    for fileName in fileNames {
      try append(
        [UInt8](files.contents(of: fileName)), file: files.path(of: fileName),
        count: recordCounts[fileName], pixels: &pixels, labels: &labels)
    }
    return ImageSet(
      name: name, imageShape: [Self.side, Self.side, 3], pixels: pixels, labels: labels,
      classCount: labelLimits[labelLimits.count - 1])
  }

  /// Appends the records in `bytes` to `pixels` and `labels`.
  ///
  /// - Parameter count: how many there must be; nil for any number of whole ones.
  private func append(
    _ bytes: [UInt8], file: String, count: Int?, pixels: inout [UInt8], labels: inout [UInt16]
  ) throws(DatasetError) {
    let planeSize = Self.side * Self.side
    let recordSize = labelLimits.count + 3 * planeSize
    let recordCount = count ?? (bytes.count + recordSize - 1) / recordSize
    let expected = recordCount * recordSize
    guard bytes.count >= expected else {
      throw .truncated(file: file, offset: bytes.count, expected: expected)
    }
    guard bytes.count == expected else {
      throw .trailingBytes(file: file, offset: expected, found: bytes.count)
    }
    let start = pixels.count
    pixels.append(contentsOf: repeatElement(0, count: recordCount * 3 * planeSize))
    labels.reserveCapacity(labels.count + recordCount)
    let source = bytes.span
    var target = pixels.mutableSpan
    for record in 0..<recordCount {
      let first = record * recordSize
      for (place, limit) in labelLimits.enumerated() where source[first + place] >= limit {
        throw .labelOutOfRange(
          file: file, offset: first + place, label: Int(source[first + place]), classCount: limit)
      }
      let plane = first + labelLimits.count
      labels.append(UInt16(source[plane - 1]))
      let place = start + record * 3 * planeSize
      for channel in 0..<3 {
        for pixel in 0..<planeSize {
          target[place + 3 * pixel + channel] = source[plane + channel * planeSize + pixel]
        }
      }
    }
  }
}
