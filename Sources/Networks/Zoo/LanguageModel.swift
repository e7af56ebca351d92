// The word-level language model of Zaremba et al. (2014, arXiv 1409.2329) in the form of PyTorch's word_language_model example:
// embedding, LSTM layers of the same width with dropout around them, and a linear layer over the vocabulary.

import Tensors

/// A language model of LSTM layers.
protocol LSTMLanguageModel: NetworkRecipe {
  /// The features of a word and of every LSTM layer.
  static var features: Int { get }
  /// The number of LSTM layers.
  var depth: Int { get }
  /// The probability that a feature is dropped, before, between and after the LSTM layers.
  var dropout: Double { get }
  /// Whether the last layer uses the words' vectors as its weights (Press and Wolf 2017).
  var tied: Bool { get }
}

extension LSTMLanguageModel {
  /// One word.
  public static var usualInput: Shape { [1] }
  /// The words of the Penn Treebank corpus.
  public static var usualClasses: Int { 10_000 }

  /// The layers, with one output for each of the `classes` words.
  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let decoder: any Layer =
      tied
      ? TiedLinear(to: "encoder", words: classes, label: "decoder")
      : Linear(outputs: classes, initial: .tenth, label: "decoder")
    return [
      Embedding(words: classes, features: Self.features, label: "encoder"),
      Dropout(rate: dropout),
      LSTM(units: Self.features, layers: depth, dropout: dropout, label: "rnn"),
      Dropout(rate: dropout), decoder,
    ]
  }
}

/// The language model of 200 features, the width of the small one of Zaremba et al.; dropout, which theirs has none of, is that of
/// PyTorch's example.
public struct SmallLanguageModel: LSTMLanguageModel {
  public static var name: String { "lstm-200" }
  static var features: Int { 200 }
  /// The number of LSTM layers.
  public var depth = 2
  /// The probability that a feature is dropped, before, between and after the LSTM layers.
  public var dropout = 0.2
  /// Whether the last layer uses the words' vectors as its weights.
  public var tied = false
  public init() {}
  public init(dropout: Double) { self.dropout = dropout }
}

/// The language model of 650 features, the medium one of Zaremba et al.
public struct MediumLanguageModel: LSTMLanguageModel {
  public static var name: String { "lstm-650" }
  static var features: Int { 650 }
  /// The number of LSTM layers.
  public var depth = 2
  /// The probability that a feature is dropped, before, between and after the LSTM layers.
  public var dropout = 0.5
  /// Whether the last layer uses the words' vectors as its weights.
  public var tied = false
  public init() {}
}
