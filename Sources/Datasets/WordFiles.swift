// Texts whose words are separated by white space, one file each for learning, validation and test: the layout of WikiText.

import Foundation

/// The reader of texts in three files of words.
///
/// A line's words are what white space of ASCII separates, and every line, also an empty one, ends in `<eos>`, as in the usual recipes for
/// word language models. The vocabulary is made of the training text's words, by their first occurrence.
public struct WordFileReader: TextReader {
  private static let separators = Array(" \t\r\u{b}\u{c}".utf8)

  /// The names of the unpacked files.
  public let training, validation, test: String

  public init(training: String, validation: String, test: String) {
    self.training = training
    self.validation = validation
    self.test = test
  }

  public func read(_ entry: DatasetEntry, from files: DatasetFiles) throws(DatasetError) -> TextSet
  {
    let words = try tokens(in: training, files)
    let vocabulary = Vocabulary(of: words.words, minimumCount: 1, needsUnknown: false)
    return TextSet(
      name: entry.name, vocabulary: vocabulary,
      training: try words.numbers(in: vocabulary, file: files.path(of: training)),
      validation: try tokens(in: validation, files).numbers(
        in: vocabulary, file: files.path(of: validation)),
      test: try tokens(in: test, files).numbers(in: vocabulary, file: files.path(of: test)))
  }

  private func tokens(
    in name: String, _ files: DatasetFiles
  ) throws(DatasetError) -> TokenStream {
    let file = files.path(of: name)
    var stream = TokenStream()
    for line in try textLines(in: files.contents(of: name), file: file) {
      stream.append(line: line.utf8.split { Self.separators.contains($0) }.map { Array($0) })
    }
    guard stream.words.count > stream.lineCount else {
      throw .wrongLine(file: file, line: 1, expected: "words, and the file has none")
    }
    return stream
  }
}

/// The lines of a text in UTF-8, without their ends; a last line without an end counts if it is not empty.
///
/// - Throws: `DatasetError.wrongLine` for a line that is not UTF-8.
func textLines(in data: Data, file: String) throws(DatasetError) -> [String] {
  var lines: [String] = []
  var number = 0
  for bytes in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    number += 1
    guard let line = String(validating: bytes, as: UTF8.self) else {
      throw .wrongLine(file: file, line: number, expected: "text in UTF-8")
    }
    lines.append(line)
  }
  if lines.last?.isEmpty == true { lines.removeLast() }
  return lines
}
