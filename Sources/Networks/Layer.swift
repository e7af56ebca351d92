// What a layer is: shapes, parameters, a forward and a backward pass. One layer per file in Layers/.
// A layer is a description (a value from a spec); what a pass leaves behind stands in its `Tape`.

public import Kernels
public import Reproducibility
public import Tensors

/// What a parameter does in its layer; operators choose by it.
public enum ParameterKind: String, Codable, Hashable, Sendable {
  case linear
  case convolution
  case bias
}

/// A parameter that a layer needs, before it has a value.
public struct ParameterDeclaration: Hashable, Sendable {
  /// `weight` or `bias`.
  public var role: String
  /// `[out, in]` or `[out, in, height, width]`; `[out]` for a bias.
  public var shape: Shape
  /// What the parameter does.
  public var kind: ParameterKind
  /// Initial values are uniform in ±`initialBound`.
  public var initialBound: Float

  public init(role: String, shape: Shape, kind: ParameterKind, initialBound: Float) {
    self.role = role
    self.shape = shape
    self.kind = kind
    self.initialBound = initialBound
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

  public init(
    _ mode: Mode, workers: Workers, seed: Seed = Seed(0), convolution: ConvolutionPath = .fastest
  ) {
    self.mode = mode
    self.workers = workers
    self.seed = seed
    self.convolution = convolution
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

  public init() {}
}

/// One layer of a network: a differentiable function of a batch and of its own parameters, whose units can be removed.
public protocol Layer: Alternative, Thinnable {
  /// What automatic names begin with: `conv` gives `conv1`, `conv2`.
  static var stem: String { get }

  /// The name the spec gave this layer, if any.
  var label: String? { get }

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
  ///   - outputGradient: derivative of the loss by `tape.output`, same shape.
  ///   - input: the input of the forward pass.
  ///   - gradients: overwritten from index `first` on, in the order of `parameters(for:)`.
  func backward(
    _ outputGradient: Tensor, input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape,
    gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass)
}

extension Layer {
  public var label: String? { nil }
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
      Flatten.self, Dropout.self,
    ]
  }
}
