// Running text as numbered words. Every reader of a text ends here.

/// The words a language model knows; a word's number is its place.
public struct Vocabulary: Hashable, Sendable {
  /// The word for the end of a line.
  public static let endOfLine = "<eos>"
  /// The word in the place of those that are not in the vocabulary.
  public static let unknownWord = "<unk>"

  /// The words by number.
  public let words: [String]
  // By bytes in UTF-8: Swift takes strings for equal that differ in how their accents are written, and a text may have both.
  private let numbers: [[UInt8]: Int32]

  /// The number of words.
  public var count: Int { words.count }

  /// - Precondition: no word occurs twice.
  public init(_ words: [String]) {
    self.words = words
    var numbers: [[UInt8]: Int32] = [:]
    numbers.reserveCapacity(words.count)
    for (number, word) in words.enumerated() {
      let previous = numbers.updateValue(Int32(number), forKey: Array(word.utf8))
      precondition(previous == nil, "‘\(word)’ occurs twice in the vocabulary")
    }
    self.numbers = numbers
  }

  /// The words that occur at least `minimumCount` times in `tokens`, by their first occurrence; with the word for unknown ones
  /// behind them if it is needed and not among them.
  init(of tokens: [[UInt8]], minimumCount: Int, needsUnknown: Bool) {
    var order: [[UInt8]] = []
    var counts: [[UInt8]: Int] = [:]
    for token in tokens {
      if counts[token, default: 0] == 0 { order.append(token) }
      counts[token, default: 0] += 1
    }
    var words = order.filter { counts[$0, default: 0] >= minimumCount }
    let unknown = Array(Self.unknownWord.utf8)
    if needsUnknown, !words.contains(unknown) { words.append(unknown) }
    self.init(words.map { String(decoding: $0, as: UTF8.self) })
  }

  /// The number of a word; nil if the vocabulary does not have it.
  public func number(of word: String) -> Int32? { number(of: Array(word.utf8)) }

  /// The number of the word with these bytes in UTF-8; nil if the vocabulary does not have it.
  func number(of word: [UInt8]) -> Int32? { numbers[word] }

  /// The number of the word for unknown ones; nil if the vocabulary does not have it.
  public var unknownNumber: Int32? { number(of: Self.unknownWord) }
}

/// A text for learning, one for validation and one that is looked at once, with one vocabulary.
public struct TextSet: Hashable, Sendable {
  /// What the set is called in messages.
  public let name: String
  /// The words.
  public let vocabulary: Vocabulary
  /// The numbers of the words to learn from, in the order of the text.
  public let training: [Int32]
  /// The numbers of the words to validate on.
  public let validation: [Int32]
  /// The numbers of the words that are looked at once.
  public let test: [Int32]

  /// - Precondition: every number is one of the vocabulary.
  public init(
    name: String, vocabulary: Vocabulary, training: [Int32], validation: [Int32], test: [Int32]
  ) {
    for tokens in [training, validation, test] {
      precondition(
        tokens.allSatisfy { $0 >= 0 && $0 < vocabulary.count },
        "a word of \(name) is not in its vocabulary of \(vocabulary.count)")
    }
    self.name = name
    self.vocabulary = vocabulary
    self.training = training
    self.validation = validation
    self.test = test
  }
}

/// Words in the order of a text, with the line that each stands in, counted from 1.
struct TokenStream: Sendable {
  /// The words, in UTF-8.
  private(set) var words: [[UInt8]] = []
  private var lineStarts: [Int] = []

  /// Adds a line's words and the word that ends it.
  mutating func append(line: [[UInt8]]) {
    lineStarts.append(words.count)
    words += line
    words.append(Array(Vocabulary.endOfLine.utf8))
  }

  /// The number of lines.
  var lineCount: Int { lineStarts.count }

  /// The line of the word at `place`.
  private func line(of place: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while low < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The numbers of the words; those that the vocabulary does not have become its word for them.
  ///
  /// - Throws: `DatasetError.unknownWord` if it has none for them.
  func numbers(in vocabulary: Vocabulary, file: String) throws(DatasetError) -> [Int32] {
    let unknown = vocabulary.unknownNumber
    var result: [Int32] = []
    result.reserveCapacity(words.count)
    for (place, word) in words.enumerated() {
      guard let number = vocabulary.number(of: word) ?? unknown else {
        throw .unknownWord(
          file: file, line: line(of: place), word: String(decoding: word, as: UTF8.self))
      }
      result.append(number)
    }
    return result
  }
}
