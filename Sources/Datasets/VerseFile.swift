// The King James Bible of Debian's package bible-kjv-text: a title line, then a verse a line behind its book, chapter and number.

import Foundation

/// The reader of the King James Bible: verses become sentences of words and punctuation.
///
/// - A line is `Ge1:1 In the beginning …`; the place is left out, and a verse is a line of the text, which ends in `<eos>`.
/// - A word is a run of letters, with apostrophes and hyphens between letters (`God's`, `thee-ward`); every other character that
///   is not white space is a word of its own. Capitals stay.
/// - Of the verses, in order, the first 90 % (rounded down) are for learning, those up to 95 % for validation, the others for
///   the test.
/// - The vocabulary has the words that occur at least `minimumCount` times in the training text, by their first occurrence, and
///   `<unk>` for the others.
public struct VerseReader: TextReader {
  /// The name of the unpacked file.
  public let file: String
  /// How often a word of the vocabulary occurs in the training text at least.
  public let minimumCount: Int

  /// - Precondition: `minimumCount` is positive.
  public init(file: String, minimumCount: Int) {
    precondition(minimumCount > 0, "a word cannot occur \(minimumCount) times at least")
    self.file = file
    self.minimumCount = minimumCount
  }

  public func read(_ entry: DatasetEntry, from files: DatasetFiles) throws(DatasetError) -> TextSet
  {
    let path = files.path(of: file)
    let lines = try textLines(in: files.contents(of: file), file: path)
    let verses = lines.dropFirst()
    guard !verses.isEmpty else {
      throw .wrongLine(file: path, line: lines.count + 1, expected: "a verse, found the end")
    }
    let ends = [verses.count * 90 / 100, verses.count * 95 / 100, verses.count]
    var parts = [TokenStream(), TokenStream(), TokenStream()]
    for (index, line) in verses.enumerated() {
      guard let words = Self.words(ofVerse: line) else {
        throw .wrongLine(
          file: path, line: index + 2, expected: "a verse behind its place, such as ‘Ge1:1 In’")
      }
      parts[ends.firstIndex { index < $0 } ?? 2].append(line: words.map { Array($0.utf8) })
    }
    let vocabulary = Vocabulary(of: parts[0].words, minimumCount: minimumCount, needsUnknown: true)
    return TextSet(
      name: entry.name, vocabulary: vocabulary,
      training: try parts[0].numbers(in: vocabulary, file: path),
      validation: try parts[1].numbers(in: vocabulary, file: path),
      test: try parts[2].numbers(in: vocabulary, file: path))
  }

  /// The words of a line behind its place; nil if it does not begin with one, or has nothing behind it.
  static func words(ofVerse line: String) -> [String]? {
    guard let space = line.firstIndex(of: " "), isPlace(line[..<space]) else { return nil }
    let words = words(of: line[space...])
    return words.isEmpty ? nil : words
  }

  /// Whether the text is a book's name or abbreviation, a chapter, a colon and a number.
  private static func isPlace(_ text: Substring) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1].allSatisfy({ isDigit($0) }) else {
      return false
    }
    let book = parts[0].reversed().drop { isDigit($0) }
    return book.count < parts[0].count && book.contains { $0.isLetter }
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

  /// Words and punctuation in the order of the text.
  static func words(of text: some StringProtocol) -> [String] {
    let characters = Array(text)
    var words: [String] = []
    var place = 0
    while place < characters.count {
      let start = place
      place += 1
      if characters[start].isWhitespace { continue }
      if characters[start].isLetter {
        while place < characters.count {
          let joins =
            (characters[place] == "'" || characters[place] == "-")
            && place + 1 < characters.count && characters[place + 1].isLetter
          guard characters[place].isLetter || joins else { break }
          place += 1
        }
      }
      words.append(String(characters[start..<place]))
    }
    return words
  }
}
