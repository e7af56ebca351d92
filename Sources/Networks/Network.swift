// A network: named layers in order, what each takes its input from, and their parameters. The passes are in
// `Network+Passes.swift`.

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
  /// The place whose value it takes: 0 is the network's input, i + 1 the output of layer i.
  public let source: Int
  /// The place whose value is added, if the layer adds one.
  public let addendSource: Int?
  /// The index of a parameter of another layer that it uses too.
  public let borrowedParameter: Int?
}

/// A parameter's name, role and shape in a network.
public struct ParameterInformation: Hashable, Sendable {
  /// `conv1.weight`.
  public let name: ParameterName
  /// What the parameter does.
  public let kind: ParameterKind
  /// The shape of its tensor.
  public let shape: Shape
  /// Its values before training.
  public let initialValues: InitialValues
}

/// A feed-forward network with values for its parameters.
///
/// Layers stand in an order in which they can be computed. Each takes the output of the one before it unless it names another,
/// and an addition takes two.
public struct Network: Sendable {
  /// The layers in the order in which an input passes them.
  public let layers: [NamedLayer]
  /// Names, kinds and shapes of the parameters, in order.
  public let information: [ParameterInformation]
  /// The shape of one input, `[height, width, channels]` or `[features]`.
  public let inputShape: Shape
  /// The values of the parameters, in the order of `information`.
  public var parameters: [Tensor]
  /// The layers as the passes compute them: some take over those behind them.
  let steps: [Step]

  /// The most numbers that all parameters, or the output of one layer, may have.
  public static let sizeLimit = 1 << 28

  /// What layers call the network's input when they take theirs from it.
  static let inputName = "input"

  /// Builds a network and draws its initial parameters.
  ///
  /// - Parameters:
  ///   - layers: the layers; those without a label are numbered by kind: `conv1`, `conv2`, `fc1`.
  ///   - inputShape: the shape of one input.
  ///   - seed: every parameter has a stream of its own, named after it; nil leaves `parameters` empty, for questions about names
  ///     and shapes alone.
  ///   - names: the layers' names where they are not to come from labels and numbers.
  ///   - fusing: whether normalisations and additions take over the rectifier behind them; the results are the same.
  /// - Throws: `NetworkError` if layers that follow each other do not fit.
  public init(
    _ layers: [any Layer], inputShape: Shape, seed: Seed?, names given: [String]? = nil,
    fusing: Bool = true
  ) throws(NetworkError) {
    var named: [NamedLayer] = []
    var information: [ParameterInformation] = []
    var counts: [String: Int] = [:]
    var names: Set<String> = []
    var shapes = [inputShape]
    var places = [Self.inputName: 0]
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
      throw .tooLarge(layer: Self.inputName, limit: Self.sizeLimit)
    }
    for (index, layer) in layers.enumerated() {
      let stem = type(of: layer).stem
      counts[stem, default: 0] += 1
      let name = given?[index] ?? layer.label ?? "\(stem)\(counts[stem] ?? 1)"
      guard names.insert(name).inserted else { throw .duplicateName(name) }
      if name == Self.inputName {
        throw .value(layer: name, field: "label", problem: "is the name of the network's input")
      }
      func place(_ reference: String?, field: String) throws(NetworkError) -> Int {
        guard let reference else { return shapes.count - 1 }
        guard let place = places[reference] else {
          let problem = "there is no layer ‘\(reference)’ before it"
          throw .value(layer: name, field: field, problem: problem)
        }
        return place
      }
      let source = try place(layer.from, field: "from")
      let addendSource = try layer.addend.map { reference throws(NetworkError) in
        try place(reference, field: "of")
      }
      let shape = shapes[source]
      let output: Shape
      do {
        output = try layer.outputShape(for: shape)
      } catch {
        throw error.renamed(name)
      }
      if let addendSource, shapes[addendSource] != shape {
        let problem = "it cannot add \(shapes[addendSource]), the output of ‘\(layer.addend ?? "")’"
        throw .shape(layer: name, input: shape, problem: problem)
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
            shape: declaration.shape, initialValues: declaration.initialValues))
      }
      var borrowed: Int?
      if let wanted = layer.borrowedParameter {
        borrowed = information.firstIndex { $0.name == wanted }
        guard let borrowed, information[borrowed].shape == output.with(shape) else {
          let problem = "there is no parameter ‘\(wanted)’ of shape \(output.with(shape)) before it"
          throw .value(layer: name, field: "to", problem: problem)
        }
      }
      named.append(
        NamedLayer(
          name: name, layer: layer, inputShape: shape, outputShape: output,
          parameterRange: first..<information.count, source: source, addendSource: addendSource,
          borrowedParameter: borrowed))
      shapes.append(output)
      places[name] = shapes.count - 1
    }
    let readers = Self.readers(in: named)
    for (index, layer) in named.dropLast().enumerated() where readers[index + 1].isEmpty {
      throw .unread(layer: layer.name)
    }
    self.layers = named
    steps = Step.plan(named, fusing: fusing)
    self.information = information
    self.inputShape = inputShape
    guard let seed else {
      parameters = []
      return
    }
    parameters = information.map { parameter in
      var stream = RandomStream(seed.child(parameter.name.text))
      return parameter.initialValues.tensor(parameter.shape, from: &stream)
    }
  }

  /// The layers that take or add the value of each place: place 0 is the input, place i + 1 the output of layer i.
  public var readers: [[Int]] { Self.readers(in: layers) }

  static func readers(in layers: [NamedLayer]) -> [[Int]] {
    var result = [[Int]](repeating: [], count: layers.count + 1)
    for (index, named) in layers.enumerated() {
      result[named.source].append(index)
      if let addend = named.addendSource { result[addend].append(index) }
    }
    return result
  }

  /// The shape of one example's output.
  public var outputShape: Shape { layers.last?.outputShape ?? inputShape }

  /// Checks that the network ends in one number for each class of a data set, or each word of a text, and that it can look up
  /// every word.
  ///
  /// - Throws: `NetworkError.empty`, or `.value` for the layer that does not fit.
  public func require(classes: Int, ofText isText: Bool) throws(NetworkError) {
    guard let last = layers.last else { throw .empty }
    if outputShape.sizes != [classes] {
      throw .value(
        layer: last.name, field: "outputs",
        problem:
          "the network ends in \(outputShape), the data set has \(classes) \(isText ? "words" : "classes")"
      )
    }
    for named in layers {
      guard let embedding = named.layer as? Embedding else { continue }
      guard named.source == 0 else {
        throw .value(
          layer: named.name, field: "from",
          problem: "it takes the words of a text, not a layer's output")
      }
      if embedding.words < classes {
        throw .value(
          layer: named.name, field: "words",
          problem: "has \(embedding.words) words, the text has \(classes)")
      }
    }
  }

  /// The number of elements of all parameters that are learned.
  public var parameterCount: Int {
    information.reduce(0) { $0 + ($1.kind.isLearned ? $1.shape.elementCount : 0) }
  }

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

extension Network {
  /// The values of a layer's own parameters, then of the one it borrows.
  func parameters(of named: NamedLayer) -> ArraySlice<Tensor> {
    guard let borrowed = named.borrowedParameter else { return parameters[named.parameterRange] }
    return parameters[named.parameterRange] + [parameters[borrowed]]
  }
}

extension Shape {
  /// The shape of weights from `inputs` features to these.
  fileprivate func with(_ inputs: Shape) -> Shape { Shape(sizes + inputs.sizes) }
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
