// Two-dimensional convolution (cross-correlation) with a bank of filters, [out, in, height, width], on [N, H, W, C].

import Kernels
public import Tensors

/// A bank of square filters slid over an image.
///
/// Initial weights and biases are uniform in ±1/√(in · kernel²) (the convention of PyTorch's `Conv2d`) unless `initial` says
/// otherwise.
public struct Convolution: Layer {
  public static var name: String { "convolution" }
  public static var stem: String { "conv" }

  /// The number of filters, which is the number of output channels.
  public var filters = 0
  /// The height and width of a filter, in pixels.
  public var kernel = 3
  /// The distance between neighbouring windows, in pixels.
  public var stride = 1
  /// Zeros on every side, in pixels.
  public var padding = 0
  /// Whether a bias is added to every channel.
  public var bias = true
  /// Into how many groups input and output channels are divided; filters see the channels of their group. Nil means one; as many
  /// groups as channels make the convolution depth-wise.
  public var groups: Int?
  /// How the filters are drawn; nil means uniformly, with the bias.
  public var initial: WeightInitialization?
  public var from: String?
  public var label: String?

  public init() {}

  public init(
    filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    groups: Int? = nil, initial: WeightInitialization? = nil, from: String? = nil,
    label: String? = nil
  ) {
    self.groups = groups
    self.initial = initial
    self.from = from
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.bias = bias
    self.label = label
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    for (field, value, least) in [
      ("filters", filters, 1), ("kernel", kernel, 1), ("stride", stride, 1),
      ("padding", padding, 0),
    ] where !(least...1 << 28).contains(value) {
      let problem = "must be at least \(least) and at most \(1 << 28), not \(value)"
      throw .value(layer: name, field: field, problem: problem)
    }
    guard input.rank == 3 else {
      throw .shape(
        layer: name, input: input, problem: "it takes an image [height, width, channels]")
    }
    guard input[0] + 2 * padding >= kernel, input[1] + 2 * padding >= kernel else {
      throw .shape(
        layer: name, input: input,
        problem: "the image is smaller than the \(kernel)×\(kernel) filter")
    }
    if let groups, groups < 1 || input[2] % groups != 0 || filters % groups != 0 {
      let problem = "\(groups) does not divide \(input[2]) channels and \(filters) filters"
      throw .value(layer: name, field: "groups", problem: problem)
    }
    let geometry = self.geometry(batch: 1, input: input)
    return [geometry.outputHeight, geometry.outputWidth, filters]
  }

  /// Input channels that a filter sees.
  private func channelsPerFilter(_ input: Shape) -> Int { input[2] / (groups ?? 1) }

  /// Whether every channel has one filter of its own.
  func isDepthwise(for input: Shape) -> Bool {
    groups == input[2] && filters == input[2] && input[2] > 1
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    weightAndBias(
      [filters, channelsPerFilter(input), kernel, kernel],
      kind: isDepthwise(for: input) ? .depthwise : .convolution, bias: bias, initial: initial,
      groups: groups ?? 1)
  }

  public func multiplyAccumulates(for input: Shape) -> Int {
    let geometry = self.geometry(batch: 1, input: input)
    return geometry.outputHeight * geometry.outputWidth * filters * channelsPerFilter(input)
      * kernel * kernel
  }

  private func geometry(
    batch: Int, input: Shape, path: Pass.ConvolutionPath = .fastest
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, height: input[0], width: input[1], inputChannels: input[2],
      outputChannels: filters, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
      padding: padding, groups: groups ?? 1, allowsWinograd: path == .fastest)
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let first = parameters.startIndex
    let geometry = self.geometry(
      batch: input.shape[0], input: [input.shape[1], input.shape[2], input.shape[3]],
      path: pass.convolution)
    tape.output.resize([input.shape[0], geometry.outputHeight, geometry.outputWidth, filters])
    let weights = parameters[first]
    let offset = bias ? parameters[first + 1] : Tensor.empty
    var output = tape.output.mutableSpan
    convolutionForward(
      input.span, weights: weights.span, bias: offset.span, output: &output,
      geometry: geometry, workers: pass.workers)
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let geometry = self.geometry(
      batch: input.shape[0], input: [input.shape[1], input.shape[2], input.shape[3]],
      path: pass.convolution)
    var offsetGradient = Tensor.empty
    if bias { swap(&offsetGradient, &gradients[first + 1]) }
    do {
      var weightGradient = gradients[first].mutableSpan
      var biasGradient = offsetGradient.mutableSpan
      convolutionBackwardWeights(
        outputGradient.span, input: input.span, weightGradient: &weightGradient,
        biasGradient: &biasGradient, geometry: geometry, workers: pass.workers)
    }
    if bias { swap(&offsetGradient, &gradients[first + 1]) }
    if needsInputGradient {
      let weights = parameters[parameters.startIndex]
      tape.inputGradient.resize(input.shape)
      var inputGradient = tape.inputGradient.mutableSpan
      convolutionBackwardData(
        outputGradient.span, weights: weights.span,
        inputGradient: &inputGradient, geometry: geometry, workers: pass.workers)
    }
  }
}
