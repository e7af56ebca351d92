// What can be wrong with a data set, as data; every message names the file, the place in it and what was expected.

public import Reproducibility

/// Why a data set cannot be used.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The catalogue has no set of this name.
  case unknown(name: String, known: [String])
  /// The set has no split of this name.
  case unknownSplit(dataset: String, split: String, known: [String])
  /// The set is a text where images are needed, or the other way round.
  case otherKind(dataset: String, expected: String, found: String)
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
  /// A line of a text is not what its format demands; lines count from 1.
  case wrongLine(file: String, line: Int, expected: String)
  /// A word is not in the vocabulary, which has no word for unknown ones.
  case unknownWord(file: String, line: Int, word: String)
  /// The file is not a PNG, or is damaged.
  case notAnImage(file: String, reason: String)
  /// The file has other contents than when the run began.
  case replaced(file: String)
  /// The folder of the classes is empty.
  case noClasses(folder: String)
  /// The folder of a class has no images.
  case emptyClass(folder: String)
  /// Training and test images do not have the same classes.
  case differentClasses(folder: String, onlyInTraining: [String], onlyInTest: [String])
  /// There are more or fewer classes than the spec or the catalogue says.
  case otherClassCount(folder: String, expected: Int, found: Int)

  public var description: String {
    switch self {
    case .unknown(let name, let known):
      return "no data set is called ‘\(name)’; known: \(known.joined(separator: ", "))"
    case .unknownSplit(let dataset, let split, let known):
      return
        "data set ‘\(dataset)’ has no split ‘\(split)’; known: \(known.joined(separator: ", "))"
    case .otherKind(let dataset, let expected, let found):
      return "data set ‘\(dataset)’ is \(found), and \(expected) are needed"
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
    case .wrongLine(let file, let line, let expected):
      return "\(file): line \(line): expected \(expected)"
    case .unknownWord(let file, let line, let word):
      return
        "\(file): line \(line): ‘\(word)’ is not in the training text, which has no <unk> either"
    case .notAnImage(let file, let reason):
      return "\(file): not a PNG that can be used: \(reason)"
    case .replaced(let file):
      return """
        \(file): its contents have changed since the run began, which is recorded with the digest of the earlier ones; \
        put the file back, or start again
        """
    case .noClasses(let folder):
      return "\(folder): expected one folder per class, found none"
    case .emptyClass(let folder):
      return "\(folder): expected the PNG files of a class, found none"
    case .differentClasses(let folder, let onlyInTraining, let onlyInTest):
      let parts = [("train", onlyInTraining), ("val", onlyInTest)].compactMap { half, names in
        names.isEmpty ? nil : "only \(half) has \(names.joined(separator: ", "))"
      }
      return
        "\(folder): expected the same classes in train and val; \(parts.joined(separator: "; "))"
    case .otherClassCount(let folder, let expected, let found):
      return "\(folder): expected \(expected) classes, found \(found)"
    }
  }
}

private func hexadecimal(_ number: UInt32) -> String {
  let digits = String(number, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
