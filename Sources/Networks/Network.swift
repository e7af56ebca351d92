// A network: named layers in order, and their parameters. Passes over a batch keep their buffers in `Activations`.

import Kernels
public import Reproducibility
public import Tensors

/// One layer with its name, the shapes around it and the place of its parameters.
public struct NamedLayer: Sendable {
  /// The name, unique in the network.
  public let name: String
  /// The layer itself.
  public let layer: any Layer
  /// The shape of one example before and after the layer.
  public let inputShape: Shape
  /// The shape of one example after the layer.
  public let outputShape: Shape
  /// The indices of its parameters in `Network.parameters`.
  public let parameterRange: Range<Int>
}

/// A parameter's name, role and shape in a network.
public struct ParameterInformation: Hashable, Sendable {
  /// `conv1.weight`.
  public let name: ParameterName
  /// What the parameter does.
  public let kind: ParameterKind
  /// The shape of its tensor.
  public let shape: Shape
  /// Initial values are uniform in ±`initialBound`.
  public let initialBound: Float
}

/// A feed-forward network with values for its parameters.
public struct Network: Sendable {
  /// The layers in the order in which an input passes them.
  public let layers: [NamedLayer]
  /// Names, kinds and shapes of the parameters, in order.
  public let information: [ParameterInformation]
  /// The shape of one input, `[height, width, channels]` or `[features]`.
  public let inputShape: Shape
  /// The values of the parameters, in the order of `information`.
  public var parameters: [Tensor]

  /// The most numbers that all parameters, or the output of one layer, may have.
  public static let sizeLimit = 1 << 28

  /// Builds a network and draws its initial parameters.
  ///
  /// - Parameters:
  ///   - layers: the layers; those without a label are numbered by kind: `conv1`, `conv2`, `fc1`.
  ///   - inputShape: the shape of one input.
  ///   - seed: every parameter has a stream of its own, named after it.
  /// - Throws: `NetworkError` if neighbouring layers do not fit.
  public init(_ layers: [any Layer], inputShape: Shape, seed: Seed) throws(NetworkError) {
    var named: [NamedLayer] = []
    var information: [ParameterInformation] = []
    var counts: [String: Int] = [:]
    var names: Set<String> = []
    var shape = inputShape
    var total = 0
    /// The elements of a shape; nil above the limit, which no product may exceed on the way.
    func count(_ shape: Shape) -> Int? {
      shape.sizes.reduce(Int?(1)) { product, size in
        guard let result = product?.multipliedReportingOverflow(by: size), !result.overflow else {
          return nil
        }
        return result.partialValue <= Self.sizeLimit ? result.partialValue : nil
      }
    }
    guard count(inputShape) != nil else {
      throw .tooLarge(layer: "input", limit: Self.sizeLimit)
    }
    for layer in layers {
      let stem = type(of: layer).stem
      counts[stem, default: 0] += 1
      let name = layer.label ?? "\(stem)\(counts[stem] ?? 1)"
      guard names.insert(name).inserted else { throw .duplicateName(name) }
      let output: Shape
      do {
        output = try layer.outputShape(for: shape)
      } catch {
        throw error.renamed(name)
      }
      let first = information.count
      guard count(output) != nil else { throw .tooLarge(layer: name, limit: Self.sizeLimit) }
      for declaration in layer.parameters(for: shape) {
        guard let size = count(declaration.shape), total + size <= Self.sizeLimit else {
          throw .tooLarge(layer: name, limit: Self.sizeLimit)
        }
        total += size
        information.append(
          ParameterInformation(
            name: ParameterName(layer: name, role: declaration.role), kind: declaration.kind,
            shape: declaration.shape, initialBound: declaration.initialBound))
      }
      named.append(
        NamedLayer(
          name: name, layer: layer, inputShape: shape, outputShape: output,
          parameterRange: first..<information.count))
      shape = output
    }
    self.layers = named
    self.information = information
    self.inputShape = inputShape
    parameters = information.map { parameter in
      var stream = RandomStream(seed.child(parameter.name.text))
      return .uniform(parameter.shape, bound: parameter.initialBound, from: &stream)
    }
  }

  /// The shape of one example's output.
  public var outputShape: Shape { layers.last?.outputShape ?? inputShape }

  /// The number of elements of all parameters.
  public var parameterCount: Int { information.reduce(0) { $0 + $1.shape.elementCount } }

  /// The values of the parameter called `name`.
  public func parameter(_ name: ParameterName) -> Tensor? {
    information.firstIndex { $0.name == name }.map { parameters[$0] }
  }

  /// Replaces the values of parameters by name; parameters that are not named keep theirs.
  ///
  /// - Throws: `NetworkError.parameterShape` if a shape differs, `.missingParameter` for an unknown name.
  public mutating func setParameters(_ values: [(name: ParameterName, tensor: Tensor)])
    throws(NetworkError)
  {
    for (name, tensor) in values {
      guard let index = information.firstIndex(where: { $0.name == name }) else {
        throw .missingParameter(name: name)
      }
      guard tensor.shape == information[index].shape else {
        throw .parameterShape(name: name, expected: information[index].shape, found: tensor.shape)
      }
      parameters[index] = tensor
    }
  }
}

extension NetworkError {
  /// The same error under the layer's full name.
  func renamed(_ name: String) -> NetworkError {
    switch self {
    case .shape(_, let input, let problem):
      return .shape(layer: name, input: input, problem: problem)
    case .value(_, let field, let problem):
      return .value(layer: name, field: field, problem: problem)
    default: return self
    }
  }
}

/// The buffers of forward and backward passes, reused from batch to batch.
public struct Activations: Sendable {
  var tapes: [Tape] = []

  public init() {}
}

extension Network {
  /// The network's output for a batch.
  ///
  /// - Parameter input: `[N]` followed by `inputShape`.
  /// - Returns: `[N]` followed by `outputShape`.
  public func forward(_ input: Tensor, activations: inout Activations, pass: Pass) -> Tensor {
    forward(input, activations: &activations, pass: pass) { _, _, _ in false }
  }

  /// The network's output for a batch, with some layers computed in another way.
  ///
  /// - Parameter compute: is given the place of a layer, its input and its output to fill; false if the layer is to compute
  ///   itself.
  public func forward(
    _ input: Tensor, activations: inout Activations, pass: Pass,
    computing compute: (Int, Tensor, inout Tensor) -> Bool
  ) -> Tensor {
    if activations.tapes.count != layers.count {
      activations.tapes = [Tape](repeating: Tape(), count: layers.count)
    }
    var current = input
    for (index, named) in layers.enumerated() {
      if !compute(index, current, &activations.tapes[index].output) {
        named.layer.forward(
          current, parameters: parameters[named.parameterRange], tape: &activations.tapes[index],
          pass: pass.forLayer(index))
      }
      current = activations.tapes[index].output
    }
    return current
  }

  /// The derivatives of the loss by every parameter, after a `forward` of the same batch with the same pass.
  ///
  /// - Parameters:
  ///   - outputGradient: the derivative of the loss by the network's output.
  ///   - gradients: overwritten; one tensor per parameter, in order.
  public func backward(
    _ outputGradient: Tensor, input: Tensor, activations: inout Activations,
    gradients: inout [Tensor], pass: Pass
  ) {
    precondition(activations.tapes.count == layers.count, "backward needs a forward pass first")
    if gradients.count != parameters.count {
      gradients = information.map { Tensor($0.shape) }
    }
    var current = outputGradient
    let firstTrained = layers.firstIndex { !$0.parameterRange.isEmpty } ?? layers.count
    for index in layers.indices.reversed() where index >= firstTrained {
      let named = layers[index]
      let layerInput = index == 0 ? input : activations.tapes[index - 1].output
      named.layer.backward(
        current, input: layerInput, parameters: parameters[named.parameterRange],
        tape: &activations.tapes[index], gradients: &gradients,
        first: named.parameterRange.lowerBound, needsInputGradient: index > firstTrained,
        pass: pass.forLayer(index))
      if index > firstTrained { current = activations.tapes[index].inputGradient }
    }
  }
}

extension Pass {
  /// The same pass with the random masks of layer `index`.
  fileprivate func forLayer(_ index: Int) -> Pass {
    guard mode == .training else { return self }
    var result = self
    result.seed = seed.child(index)
    return result
  }
}
