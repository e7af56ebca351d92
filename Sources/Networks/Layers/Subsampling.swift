// The parameter-free shortcut of residual networks (He et al. 2016, section 3.3, option A): every s-th pixel, with zeros for the
// channels that are new, half of them before and half behind the old ones.

import Kernels
public import Tensors

/// Takes every s-th pixel in both directions and places the channels among zeros.
public struct Subsampling: Layer {
  public static var name: String { "subsampling" }
  public static var stem: String { "subsampling" }

  /// The distance of pixels that stay, in both directions.
  public var stride = 2
  /// The number of output channels.
  public var channels = 0
  /// For every output channel the input channel it shows, −1 for none; nil for all input channels in the middle.
  public var shown: [Int]?
  public var from: String?
  public var label: String?

  public init() {}

  public init(
    stride: Int, channels: Int, shown: [Int]? = nil, from: String? = nil, label: String? = nil
  ) {
    self.stride = stride
    self.channels = channels
    self.shown = shown
    self.from = from
    self.label = label
  }

  /// For every output channel the input channel it shows; nil where it shows none.
  public func sources(_ input: Shape) -> [Int?] {
    if let shown { return shown.map { $0 < 0 ? nil : $0 } }
    let before = (channels - input[2]) / 2
    return (0..<channels).map { input[2] > $0 - before && $0 >= before ? $0 - before : nil }
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard stride >= 1 else {
      throw .value(layer: name, field: "stride", problem: "must be at least 1, not \(stride)")
    }
    guard channels >= 1 else {
      throw .value(layer: name, field: "channels", problem: "must be at least 1, not \(channels)")
    }
    guard input.rank == 3 else {
      throw .shape(
        layer: name, input: input, problem: "it takes an image [height, width, channels]")
    }
    if let shown {
      let visible = shown.filter { $0 >= 0 }
      guard shown.count == channels, Set(visible).count == visible.count,
        visible.allSatisfy({ $0 < input[2] })
      else {
        let problem = "needs \(channels) different channels below \(input[2]), or -1"
        throw .value(layer: name, field: "shown", problem: problem)
      }
    } else if channels < input[2] {
      let problem = "must be at least the \(input[2]) channels of the input, not \(channels)"
      throw .value(layer: name, field: "channels", problem: problem)
    }
    return [(input[0] - 1) / stride + 1, (input[1] - 1) / stride + 1, channels]
  }

  private func geometry(_ input: Tensor) -> SubsamplingGeometry {
    SubsamplingGeometry(
      batch: input.shape[0], height: input.shape[1], width: input.shape[2],
      channels: input.shape[3], outputChannels: max(channels, input.shape[3]), stride: stride)
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let geometry = self.geometry(input)
    let (rows, columns) = (geometry.outputHeight, geometry.outputWidth)
    tape.output.resize([input.shape[0], rows, columns, channels])
    var output = tape.output.mutableSpan
    guard let shown else {
      subsamplingForward(input.span, output: &output, geometry: geometry, workers: pass.workers)
      return
    }
    let source = input.span
    forEachPixel(geometry) { from, to in
      for (channel, origin) in shown.enumerated() {
        output[to + channel] = origin < 0 ? 0 : source[from + origin]
      }
    }
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    guard needsInputGradient else { return }
    let geometry = self.geometry(input)
    tape.inputGradient.resize(input.shape)
    var inputGradient = tape.inputGradient.mutableSpan
    guard let shown else {
      subsamplingBackward(
        outputGradient.span, inputGradient: &inputGradient, geometry: geometry,
        workers: pass.workers)
      return
    }
    for place in inputGradient.indices { inputGradient[place] = 0 }
    let gradient = outputGradient.span
    forEachPixel(geometry) { from, to in
      for (channel, origin) in shown.enumerated() where origin >= 0 {
        inputGradient[from + origin] = gradient[to + channel]
      }
    }
  }

  /// Calls `body` with the places of the first channel of every pixel that stays, in the input and in the output.
  private func forEachPixel(_ geometry: SubsamplingGeometry, _ body: (Int, Int) -> Void) {
    var target = 0
    for image in 0..<geometry.batch {
      for row in 0..<geometry.outputHeight {
        for column in 0..<geometry.outputWidth {
          let pixel =
            (image * geometry.height + row * stride) * geometry.width + column * stride
          body(pixel * geometry.channels, target)
          target += channels
        }
      }
    }
  }
}

extension Subsampling {
  /// Its channels are its own: any may be removed.
  public func unitOrigins(for input: Shape) -> [Int]? { nil }

  public func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]
  { sources(input).map { $0.map { inputs[$0] } ?? .zero } }

  public func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape)
    -> [Bool]
  {
    var result = [Bool](repeating: false, count: input[2])
    for (isKept, source) in zip(outputs, sources(input)) where isKept {
      if let source { result[source] = true }
    }
    return result
  }

  public func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer {
    let sources = self.sources(input)
    let places = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) })
    var layer = self
    layer.channels = outputs.count
    layer.shown = outputs.map { sources[$0].flatMap { places[$0] } ?? -1 }
    return ThinnedLayer(layer: layer, parameters: [])
  }
}
