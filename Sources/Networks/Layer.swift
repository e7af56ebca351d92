// What a layer is: shapes, parameters, a forward and a backward pass. One layer per file in Layers/.
// A layer is a description (a value from a spec); what a pass leaves behind stands in its `Tape`.

public import Kernels
public import Reproducibility
public import Tensors

/// What a parameter does in its layer; operators choose by it.
public enum ParameterKind: String, Codable, Hashable, Sendable {
  /// Weights `[out, in]` of a fully connected layer.
  case linear
  /// Filters `[out, in, height, width]`.
  case convolution
  /// Filters `[channels, 1, height, width]`, one for each channel.
  case depthwise
  /// The stacked gate matrices of a recurrent layer.
  case recurrent
  /// A table of vectors `[words, features]`.
  case embedding
  /// Added to the outputs of the layer itself.
  case bias
  /// Multiplies normalised activations.
  case scale
  /// Added to normalised activations.
  case shift
  /// Measured while training instead of learned, such as a running mean. A backward pass writes its next value where other
  /// parameters have their gradient.
  case statistic

  /// Whether an optimizer changes it.
  public var isLearned: Bool { self != .statistic }

  /// Whether it is a tensor of weights, which operators compress; vectors that go with one are not.
  public var isWeight: Bool {
    switch self {
    case .linear, .convolution, .depthwise, .recurrent, .embedding: true
    case .bias, .scale, .shift, .statistic: false
    }
  }
}

/// The values that a parameter has before training.
public enum InitialValues: Hashable, Sendable {
  /// Uniform in ±`bound`.
  case uniform(bound: Float)
  /// Normal with mean zero.
  case normal(deviation: Float)
  /// All the same.
  case constant(Float)

  /// A tensor of such values.
  func tensor(_ shape: Shape, from stream: inout RandomStream) -> Tensor {
    switch self {
    case .uniform(let bound): .uniform(shape, bound: bound, from: &stream)
    case .normal(let deviation): .normal(shape, scale: deviation, from: &stream)
    case .constant(let value): Tensor(shape, repeating: value)
    }
  }
}

/// A parameter that a layer needs, before it has a value.
public struct ParameterDeclaration: Hashable, Sendable {
  /// `weight` or `bias`; for statistics `running_mean` or `running_var`.
  public var role: String
  /// `[out, in]` or `[out, in, height, width]`; `[out]` for a bias.
  public var shape: Shape
  /// What the parameter does.
  public var kind: ParameterKind
  /// Its values before training.
  public var initialValues: InitialValues

  public init(role: String, shape: Shape, kind: ParameterKind, initialValues: InitialValues) {
    self.role = role
    self.shape = shape
    self.kind = kind
    self.initialValues = initialValues
  }
}

/// How a pass over a batch is made.
public struct Pass: Sendable {
  /// Training passes drop units and keep what the backward pass needs.
  public enum Mode: Sendable { case training, evaluation }

  /// How convolutions are computed.
  public enum ConvolutionPath: Sendable {
    /// By whatever is fastest for the shape; Winograd's method rounds a few bits more.
    case fastest
    /// As plain sums of products, for comparisons to the last digits.
    case direct
  }

  /// Training or evaluation.
  public var mode: Mode
  /// The threads that compute it.
  public var workers: Workers
  /// The source of this update's random masks.
  public var seed: Seed
  /// How convolutions are computed.
  public var convolution: ConvolutionPath
  /// For batches of sequences: how many run side by side. The rows of a batch are then time steps, each with a row for every
  /// sequence. Nil where examples do not depend on each other.
  public var sequences: Int?
  /// Whether sequences begin with this batch; otherwise they go on where the last batch ended.
  public var startsSequences: Bool

  public init(
    _ mode: Mode, workers: Workers, seed: Seed = Seed(0), convolution: ConvolutionPath = .fastest,
    sequences: Int? = nil, startsSequences: Bool = true
  ) {
    self.mode = mode
    self.workers = workers
    self.seed = seed
    self.convolution = convolution
    self.sequences = sequences
    self.startsSequences = startsSequences
  }
}

/// What one layer's passes write; its buffers are reused from update to update.
public struct Tape: Sendable {
  /// The batch's outputs, written by the forward pass.
  public var output = Tensor.empty
  /// The derivative of the loss with respect to the batch's inputs, written by the backward pass.
  public var inputGradient = Tensor.empty
  /// Small whole numbers kept for the backward pass, such as the cell that a pooling window chose.
  public var choices: [UInt8] = []
  /// Numbers kept for the backward pass, such as the statistics of a batch.
  public var kept: [Tensor] = []
  /// What goes on from one batch to the next where batches follow each other in time.
  public var state: [Tensor] = []
  /// The second input of a layer that adds one, set by the network; without elements if there is none.
  public var addend = Tensor.empty
  /// Whether there is such an input.
  public var hasAddend = false
  /// The derivative of the loss with respect to `addend`, written by the backward pass.
  public var addendGradient = Tensor.empty
  /// Whether the layer takes over the rectifier behind it.
  public var rectifies = false
  /// The derivative of the loss with respect to a parameter that belongs to another layer, written by the backward pass.
  public var borrowedGradient = Tensor.empty

  public init() {}
}

/// One layer of a network: a differentiable function of a batch and of its own parameters, whose units can be removed.
public protocol Layer: Alternative, Thinnable {
  /// What automatic names begin with: `conv` gives `conv1`, `conv2`.
  static var stem: String { get }

  /// The name the spec gave this layer, if any.
  var label: String? { get }

  /// The layer whose output this one takes, by name; nil for the one before it, `input` for the network's input.
  var from: String? { get }

  /// The layer whose output is added to the input, by name; nil for none.
  var addend: String? { get }

  /// Whether the gradient of the input takes the place of the output's, so that `Tape.inputGradient` needs no memory before.
  static var differentiatesInPlace: Bool { get }

  /// A parameter of an earlier layer that this one uses too; passes get it behind the layer's own.
  var borrowedParameter: ParameterName? { get }

  /// Whether the layer adds `Tape.addend` to its output and rectifies it if it is told to, which saves passes over memory.
  static var fusesAdditionAndRectifier: Bool { get }

  /// The shape of one example's output.
  ///
  /// - Throws: `NetworkError` if the layer cannot take such an input.
  func outputShape(for input: Shape) throws(NetworkError) -> Shape

  /// The parameters this layer has for inputs of the given shape.
  func parameters(for input: Shape) -> [ParameterDeclaration]

  /// Multiply–accumulate operations for one example, dense.
  func multiplyAccumulates(for input: Shape) -> Int

  /// Computes `tape.output` from `input`, whose first dimension counts the examples.
  func forward(_ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass)

  /// Computes the gradients of the layer's parameters, and `tape.inputGradient` if it is needed.
  ///
  /// - Parameters:
  ///   - outputGradient: derivative of the loss by `tape.output`, same shape; left unspecified.
  ///   - input: the input of the forward pass.
  ///   - gradients: overwritten from index `first` on, in the order of `parameters(for:)`; for a statistic with its next value.
  func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass)
}

extension Layer {
  public var label: String? { nil }
  public var from: String? { nil }
  public var addend: String? { nil }
  public var borrowedParameter: ParameterName? { nil }
  public static var fusesAdditionAndRectifier: Bool { false }
  public static var differentiatesInPlace: Bool { false }
  public func parameters(for input: Shape) -> [ParameterDeclaration] { [] }
  public func multiplyAccumulates(for input: Shape) -> Int { 0 }
}

/// The shape of a batch of `count` examples of shape `example`.
func batchShape(_ count: Int, _ example: Shape) -> Shape { Shape([count] + example.sizes) }

/// A layer in a spec: `{linear: {outputs: 10}}`, or just `relu`.
public struct LayerChoice: Choice {
  /// The chosen layer.
  public let layer: any Layer

  public init(_ layer: some Layer) { self.layer = layer }

  public init?(choosing alternative: any Alternative) {
    guard let layer = alternative as? any Layer else { return nil }
    self.layer = layer
  }

  public var chosen: any Alternative { layer }

  public static var alternatives: [any Alternative.Type] {
    [
      Convolution.self, Linear.self, MaximumPooling.self, Rectifier.self, HyperbolicTangent.self,
      Flatten.self, Dropout.self, BatchNormalization.self, Addition.self, Subsampling.self,
      AveragePooling.self, GlobalAveragePooling.self, Embedding.self, LSTM.self, TiedLinear.self,
    ]
  }
}
