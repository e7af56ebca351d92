// A network whose linear layers in blocks are evaluated by their blocks: what unification saves as time, not as a count
// (micro-structured-unification, section 4).

public import Kernels
public import Networks
public import Tensors

/// A network that can be evaluated, in whatever form it is stored.
public protocol Evaluable: Sendable {
  /// The shape of one input.
  var inputShape: Shape { get }
  /// The shape of one output.
  var outputShape: Shape { get }
  /// The output for a batch, `[N]` followed by `inputShape`.
  func forward(_ input: Tensor, activations: inout Activations, pass: Pass) -> Tensor
}

extension Network: Evaluable {}

/// A network with some linear layers in blocks.
public struct BlockNetwork: Evaluable {
  /// The network with all its weights.
  public let network: Network
  /// The layers in blocks, by their place.
  public let matrices: [Int: BlockMatrix]

  /// The network with the linear layers named in `blocks` cut into blocks of the given sizes, rows × columns.
  public init(_ network: Network, blocks: [ParameterName: (height: Int, width: Int)]) {
    self.network = network
    var matrices: [Int: BlockMatrix] = [:]
    for (index, named) in network.layers.enumerated() where named.layer is Linear {
      guard let place = named.parameterRange.first,
        let block = blocks[network.information[place].name]
      else { continue }
      let weights = network.parameters[place]
      matrices[index] = BlockMatrix(
        weights.span, rows: weights.shape[0], columns: weights.shape[1], height: block.height,
        width: block.width)
    }
    self.matrices = matrices
  }

  public var inputShape: Shape { network.inputShape }
  public var outputShape: Shape { network.outputShape }

  public func forward(_ input: Tensor, activations: inout Activations, pass: Pass) -> Tensor {
    network.forward(input, activations: &activations, pass: pass) { index, input, output in
      guard let matrix = matrices[index] else { return false }
      let range = network.layers[index].parameterRange
      let bias = range.count > 1 ? network.parameters[range.lowerBound + 1] : Tensor.empty
      let batch = input.shape[0]
      output.resize([batch, matrix.rows])
      var span = output.mutableSpan
      matrix.multiply(
        input.span, bias: bias.span, output: &span, batch: batch, workers: pass.workers)
      return true
    }
  }
}
