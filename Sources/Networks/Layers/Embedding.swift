// A table of vectors, one for each word: the first layer of a language model.

import Kernels
public import Tensors

/// Replaces the number of a word by the word's vector: `[1]` becomes `[features]`.
///
/// Initial vectors are uniform in ±.1, as in PyTorch's word_language_model.
public struct Embedding: Layer {
  public static var name: String { "embedding" }
  public static var stem: String { "embedding" }

  /// The number of words.
  public var words = 0
  /// The length of a word's vector.
  public var features = 0
  public var label: String?

  public init() {}

  public init(words: Int, features: Int, label: String? = nil) {
    self.words = words
    self.features = features
    self.label = label
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    for (field, value) in [("words", words), ("features", features)] where value < 1 {
      throw .value(layer: name, field: field, problem: "must be at least 1, not \(value)")
    }
    guard input == [1] else {
      throw .shape(layer: name, input: input, problem: "it takes the number of one word, [1]")
    }
    return [features]
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    [
      ParameterDeclaration(
        role: "weight", shape: [words, features], kind: .embedding,
        initialValues: .uniform(bound: 0.1))
    ]
  }

  /// The numbers of the words, which a batch holds as Floats: exact below 2²⁴.
  private func indices(_ input: Tensor) -> [Int32] { input.elements.map { Int32($0) } }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let table = parameters[parameters.startIndex]
    let indices = self.indices(input)
    tape.output.resize([indices.count, features])
    var output = tape.output.mutableSpan
    embeddingForward(
      table.span, indices: indices.span, output: &output, vocabulary: words, width: features,
      workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let indices = self.indices(input)
    var tableGradient = gradients[first].mutableSpan
    embeddingBackward(
      outputGradient.span, indices: indices.span, tableGradient: &tableGradient,
      vocabulary: words, width: features, workers: pass.workers)
  }
}
