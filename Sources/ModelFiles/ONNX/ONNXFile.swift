// A network as an ONNX model for inference: the layers as operators of set 17, images in PyTorch's
// order [N, C, H, W]. Words come as [steps, sequences] of whole numbers, and recurrent layers begin
// every call with a state of zeros.

public import Foundation
public import Networks
import Reproducibility
import Tensors

/// Writes ONNX models.
public enum ONNXFile {
  /// Why a network cannot be written.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The layer that has no operator.
    public let layer: String
    /// Its kind.
    public let kind: String

    public var description: String {
      "layer ‘\(layer)’ of kind \(kind) cannot be written as ONNX"
    }
  }

  /// The bytes of a model: one input called `input`, one output called `output`, the same bytes for
  /// the same network.
  ///
  /// - Parameter metadata: free text by key.
  /// - Throws: `Failure` for a layer without an operator.
  public static func data(
    of network: Network, metadata: [String: String] = [:]
  ) throws(Failure) -> Data {
    var writer = ONNXWriter(network)
    try writer.writeLayers()
    return writer.graph.model(metadata: metadata)
  }
}

/// Translates layers one after the other.
private struct ONNXWriter {
  var graph = ONNXGraph(name: "network")
  private let network: Network
  /// The name of the value at every place.
  private var values = ["input"]
  private let readsWords: Bool

  init(_ network: Network) {
    self.network = network
    readsWords = network.layers.contains { $0.layer is Embedding }
    let sizes = network.inputShape.sizes
    if readsWords {
      graph.input("input", .int64, [.any("steps"), .any("sequences")])
    } else if sizes.count == 3 {
      graph.input(
        "input", .float, [.any("batch"), .fixed(sizes[2]), .fixed(sizes[0]), .fixed(sizes[1])])
    } else {
      graph.input("input", .float, [.any("batch")] + sizes.map { .fixed($0) })
    }
  }

  mutating func writeLayers() throws(ONNXFile.Failure) {
    for (index, named) in network.layers.enumerated() {
      let isLast = index == network.layers.count - 1
      let output = isLast ? "output" : named.name == "output" ? "output.value" : named.name
      try write(named, from: values[named.source], to: output)
      values.append(output)
    }
    let leading: [ONNXGraph.Dimension] =
      readsWords ? [.any("steps"), .any("sequences")] : [.any("batch")]
    var sizes = network.outputShape.sizes
    if sizes.count == 3 { sizes = [sizes[2], sizes[0], sizes[1]] }
    graph.output("output", leading + sizes.map { .fixed($0) })
  }

  private func tensors(of named: NamedLayer) -> [(name: String, tensor: Tensor)] {
    named.parameterRange.map { (network.information[$0].name.text, network.parameters[$0]) }
  }

  private mutating func write(
    _ named: NamedLayer, from input: String, to output: String
  ) throws(ONNXFile.Failure) {
    // Recurrent weights are written in another order, by themselves.
    let own =
      named.layer is LSTM
      ? [] : tensors(of: named).map { graph.initial($0.name, $0.tensor) }
    switch named.layer {
    case let layer as Convolution:
      graph.node(
        "Conv", [input] + own, output: output,
        [
          ("kernel_shape", .numbers([Int64(layer.kernel), Int64(layer.kernel)])),
          ("strides", .numbers([Int64(layer.stride), Int64(layer.stride)])),
          ("pads", .numbers(Array(repeating: Int64(layer.padding), count: 4))),
          ("group", .number(Int64(layer.groups ?? 1))),
        ])
    case let layer as Linear:
      product(input, weights: own[0], bias: layer.bias ? own[1] : nil, to: output)
    case let layer as TiedLinear:
      product(input, weights: "\(layer.to).weight", bias: own[0], to: output)
    case let layer as MaximumPooling:
      graph.node(
        "MaxPool", [input], output: output,
        window(layer.window, stride: layer.stride, padding: layer.padding ?? 0))
    case let layer as AveragePooling:
      graph.node(
        "AveragePool", [input], output: output,
        window(layer.window, stride: layer.stride, padding: 0))
    case is GlobalAveragePooling:
      let mean = graph.node("GlobalAveragePool", [input], output: "\(named.name).mean")
      graph.node("Flatten", [mean], output: output, [("axis", .number(1))])
    case is Rectifier: graph.node("Relu", [input], output: output)
    case is HyperbolicTangent: graph.node("Tanh", [input], output: output)
    case is Flatten: graph.node("Flatten", [input], output: output, [("axis", .number(1))])
    case is Dropout: graph.node("Identity", [input], output: output)
    case is Addition:
      let addend = named.addendSource.map { values[$0] } ?? input
      graph.node("Add", [input, addend], output: output)
    case let layer as BatchNormalization:
      graph.node(
        "BatchNormalization", [input] + own, output: output,
        [("epsilon", .float(Float(layer.epsilon)))])
    case let layer as Subsampling: subsample(layer, named, from: input, to: output)
    case is Embedding: graph.node("Gather", [own[0], input], output: output)
    case let layer as LSTM: recur(layer, named, from: input, to: output)
    default:
      throw ONNXFile.Failure(layer: named.name, kind: type(of: named.layer).name)
    }
  }

  private func window(
    _ window: Int, stride: Int, padding: Int
  ) -> [(name: String, value: ONNXGraph.Attribute)] {
    [
      ("kernel_shape", .numbers([Int64(window), Int64(window)])),
      ("strides", .numbers([Int64(stride), Int64(stride)])),
      ("pads", .numbers(Array(repeating: Int64(padding), count: 4))),
    ]
  }

  /// x·Wᵀ + b; in a text x has a dimension for the steps, which Gemm does not take.
  private mutating func product(
    _ input: String, weights: String, bias: String?, to output: String
  ) {
    guard readsWords else {
      graph.node(
        "Gemm", [input, weights] + (bias.map { [$0] } ?? []), output: output,
        [("transB", .number(1))])
      return
    }
    let transposed = graph.node(
      "Transpose", [weights], output: "\(output).weights", [("perm", .numbers([1, 0]))])
    let name = bias == nil ? output : "\(output).product"
    graph.node("MatMul", [input, transposed], output: name)
    if let bias { graph.node("Add", [name, bias], output: output) }
  }

  /// Every s-th pixel, then the channels that are shown, from a copy with one more channel of
  /// zeros.
  private mutating func subsample(
    _ layer: Subsampling, _ named: NamedLayer, from input: String, to output: String
  ) {
    let name = named.name
    let channels = named.inputShape[2]
    let far = Int64(Int32.max)
    let strided = graph.node(
      "Slice",
      [
        input, graph.initial("\(name).starts", [0, 0]), graph.initial("\(name).ends", [far, far]),
        graph.initial("\(name).axes", [2, 3]),
        graph.initial("\(name).steps", [Int64(layer.stride), Int64(layer.stride)]),
      ], output: "\(name).strided")
    let padded = graph.node(
      "Pad", [strided, graph.initial("\(name).pads", [0, 0, 0, 0, 0, 1, 0, 0])],
      output: "\(name).padded")
    let shown = layer.sources(named.inputShape).map { Int64($0 ?? channels) }
    graph.node(
      "Gather", [padded, graph.initial("\(name).shown", shown)], output: output,
      [("axis", .number(1))])
  }

  /// Layers of LSTM cells; ONNX has the gates in the order input, output, forget, cell.
  private mutating func recur(
    _ layer: LSTM, _ named: NamedLayer, from input: String, to output: String
  ) {
    var value = input
    for number in 0..<layer.layers {
      let first = named.parameterRange.lowerBound + 4 * number
      let parts = (first..<first + 4).map { reordered(network.parameters[$0], units: layer.units) }
      let name = "\(named.name).\(number)"
      func stacked(_ part: Tensor) -> Tensor { part.reshaped(Shape([1] + part.shape.sizes)) }
      let biases = Tensor([1, 8 * layer.units], elements: parts[2].elements + parts[3].elements)
      let sequence = graph.node(
        "LSTM",
        [
          value, graph.initial("\(name).input", stacked(parts[0])),
          graph.initial("\(name).recurrent", stacked(parts[1])),
          graph.initial("\(name).bias", biases),
        ], output: "\(name).sequence", [("hidden_size", .number(Int64(layer.units)))])
      // One direction.
      value = graph.node(
        "Squeeze", [sequence, graph.initial("\(name).directions", [1])],
        output: number == layer.layers - 1 ? output : "\(name).output")
    }
  }

  /// The rows of the gates i, f, g, o as i, o, f, g.
  private func reordered(_ tensor: Tensor, units: Int) -> Tensor {
    let size = tensor.count / 4
    let parts = [0, 3, 1, 2].map { tensor.elements[$0 * size..<($0 + 1) * size] }
    return Tensor(tensor.shape, elements: Array(parts.joined()))
  }
}
