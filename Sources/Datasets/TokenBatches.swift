// Minibatches of running text for truncated back-propagation through time: the text is cut into columns that are read side by
// side, so that a network's state goes on from one minibatch to the next.

import Tensors

/// A piece of every column, and the words that follow.
public struct TokenBatch: Hashable, Sendable {
  /// T, the number of words of each column.
  public internal(set) var steps = 0
  /// N, the number of columns.
  public internal(set) var columns = 0
  /// `[T, N]`: word t of column n at `t · N + n`.
  public internal(set) var inputs: [Int32] = []
  /// `[T, N]`: the word behind each input in the text.
  public internal(set) var targets: [Int32] = []

  /// A batch without words, to be filled.
  public init() {}
}

/// The minibatches of one pass over a text: a pure function of their number.
///
/// The text is cut into N columns of equal length L, what is left over at its end is not used. Batch k has rows k · T to
/// k · T + T − 1 of all columns; the last row of a column is a target only, so the last batch may be shorter. Batch k + 1 goes on
/// where batch k ended, and a network's state with it; batch 0 begins with the state of nothing read.
public struct TokenBatches: Hashable, Sendable {
  /// T where nothing else is said, and in evaluation, whose result does not depend on it.
  public static let usualSteps = 35

  /// N, the number of columns.
  public let columns: Int
  /// T, the number of words of each column in a minibatch, but for the last.
  public let steps: Int
  /// L, the number of words in a column.
  public let columnLength: Int
  private let tokens: [Int32]

  /// - Parameter tokens: the text.
  /// - Precondition: there is at least one column and one step.
  public init(_ tokens: [Int32], columns: Int, steps: Int) {
    precondition(columns > 0 && steps > 0, "no minibatch has \(columns) columns of \(steps) steps")
    self.tokens = tokens
    self.columns = columns
    self.steps = steps
    columnLength = tokens.count / columns
  }

  /// The number of minibatches; none if a column has no word with another one behind it.
  public var count: Int { Self.count(words: tokens.count, columns: columns, steps: steps) }

  /// The number of minibatches of a text of so many words.
  public static func count(words: Int, columns: Int, steps: Int) -> Int {
    max(0, (words / columns - 1 + steps - 1) / steps)
  }

  /// The number of words that are predicted in a pass.
  public var targetCount: Int { columns * max(0, columnLength - 1) }

  /// Puts minibatch `number` into `batch`; its storage is kept if the size stays.
  ///
  /// - Precondition: `0 ≤ number < count`.
  public func fill(_ batch: inout TokenBatch, at number: Int) {
    precondition((0..<count).contains(number), "there are \(count) minibatches, none is \(number)")
    let first = number * steps
    let rows = min(steps, columnLength - 1 - first)
    let size = rows * columns
    if batch.inputs.count != size {
      batch.inputs = [Int32](repeating: 0, count: size)
      batch.targets = [Int32](repeating: 0, count: size)
    }
    (batch.steps, batch.columns) = (rows, columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let place = column * columnLength + first + row
        batch.inputs[row * columns + column] = tokens[place]
        batch.targets[row * columns + column] = tokens[place + 1]
      }
    }
  }
}

/// The minibatches of a training run on running text, or of one pass over it: every epoch begins where nothing is read yet.
public struct TextBatches: BatchProducer {
  /// Minibatches in all.
  public let count: Int
  private let batches: TokenBatches
  private var tokens = TokenBatch()

  /// - Parameters:
  ///   - words: the numbers of the text's words.
  ///   - columns: how many columns the text is cut into.
  ///   - steps: words of a column in a minibatch; the last of an epoch may have fewer.
  ///   - count: minibatches in the whole run; nil for those of one pass.
  /// - Precondition: labels can hold the numbers, and columns and steps are positive.
  public init(of words: [Int32], columns: Int, steps: Int, count: Int? = nil) {
    batches = TokenBatches(words, columns: columns, steps: steps)
    self.count = count ?? batches.count
  }

  public mutating func produce(_ number: Int, into batch: inout Batch) {
    let position = number % batches.count
    batches.fill(&tokens, at: position)
    let size = tokens.inputs.count
    if batch.labels.count != size { batch.labels = [UInt16](repeating: 0, count: size) }
    for place in 0..<size { batch.labels[place] = UInt16(tokens.targets[place]) }
    batch.inputs.resize([size, 1])
    var inputs = batch.inputs.mutableSpan
    for place in 0..<size { inputs[place] = Float(tokens.inputs[place]) }
    batch.sequences = tokens.columns
    batch.startsSequences = position == 0
  }
}
