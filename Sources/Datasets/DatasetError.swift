// What can be wrong with a data set, as data; every message names the file, the offset and what was expected.

public import Reproducibility

/// Why a data set cannot be used.
public enum DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The catalogue has no set of this name.
  case unknown(name: String, known: [String])
  /// Files of the set are in none of the folders searched.
  case missing(dataset: String, files: [String], searched: [String], howToGet: String)
  /// The file does not begin as its format demands.
  case wrongMagic(file: String, expected: UInt32, found: UInt32)
  /// The file ends at `offset`, before `expected` bytes.
  case truncated(file: String, offset: Int, expected: Int)
  /// The file goes on after `offset`, where it should end, to `found` bytes.
  case trailingBytes(file: String, offset: Int, found: Int)
  /// A size in the header cannot be right.
  case wrongDimension(file: String, offset: Int, expected: String, found: Int)
  /// A label is not below the number of classes.
  case labelOutOfRange(file: String, offset: Int, label: Int, classCount: Int)
  /// There is not one label per image.
  case countMismatch(
    imageFile: String, imageCount: Int, labelFile: String, labelCount: Int)
  /// The contents are not those of the published file.
  case checksumMismatch(file: String, expected: Digest, found: Digest)
  /// The file cannot be read or unpacked.
  case unreadable(file: String, reason: String)

  public var description: String {
    switch self {
    case .unknown(let name, let known):
      return "no data set is called ‘\(name)’; known: \(known.joined(separator: ", "))"
    case .missing(let dataset, let files, let searched, let howToGet):
      return """
        data set ‘\(dataset)’ is not there: no folder of \(searched.joined(separator: ", ")) \
        has \(files.joined(separator: ", ")); to get it: \(howToGet)
        """
    case .wrongMagic(let file, let expected, let found):
      return """
        \(file): byte 0: expected the magic number \(hexadecimal(expected)), \
        found \(hexadecimal(found))
        """
    case .truncated(let file, let offset, let expected):
      return "\(file): ends at byte \(offset); expected \(expected) bytes"
    case .trailingBytes(let file, let offset, let found):
      return
        "\(file): byte \(offset): expected the end of the file, found \(found - offset) more bytes"
    case .wrongDimension(let file, let offset, let expected, let found):
      return "\(file): byte \(offset): expected \(expected), found \(found)"
    case .labelOutOfRange(let file, let offset, let label, let classCount):
      return "\(file): byte \(offset): expected a label below \(classCount), found \(label)"
    case .countMismatch(let imageFile, let imageCount, let labelFile, let labelCount):
      return
        "\(labelFile): expected \(imageCount) labels, one per image of \(imageFile), found \(labelCount)"
    case .checksumMismatch(let file, let expected, let found):
      return "\(file): expected contents with SHA-256 \(expected), found \(found)"
    case .unreadable(let file, let reason):
      return "\(file): \(reason)"
    }
  }
}

private func hexadecimal(_ number: UInt32) -> String {
  let digits = String(number, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
