// The header of a container: the graph as a list of layers, each with the fields that differ from
// their defaults, the mode, and what the file says about itself. JSON inside, so that a reader sees
// in it what a spec would say.

import Foundation
import Networks
import Reproducibility
import Tensors

/// What a container's header says.
struct ContainerHeader: Equatable {
  /// Whether the tensors are all there.
  var mode: NetworkContainer.Mode
  /// Free text by key.
  var about: [String: String]
  /// The shape of an input.
  var input: Shape
  /// The layers, as specs write them.
  var layers: [LayerChoice]
  /// The layers' names where they are not those that labels and numbers give.
  var names: [String]?

  init(_ container: NetworkContainer) {
    let network = container.network
    mode = container.mode
    about = container.about
    input = network.inputShape
    layers = network.layers.compactMap { LayerChoice(choosing: $0.layer) }
    let given = network.layers.map { $0.name }
    let usual = try? Network(
      network.layers.map { $0.layer }, inputShape: network.inputShape, seed: nil)
    names = usual?.layers.map { $0.name } == given ? nil : given
  }

  /// The network that the header describes, without values.
  func network() throws(NetworkError) -> Network {
    if let names, names.count != layers.count {
      throw .value(
        layer: names.last ?? "", field: "names",
        problem: "there are \(names.count) names for \(layers.count) layers")
    }
    return try Network(layers.map { $0.layer }, inputShape: input, seed: nil, names: names)
  }

  // MARK: - Text

  /// The header as canonical JSON.
  ///
  /// - Throws: `EncodingError` for numbers that JSON cannot express.
  func encoded() throws -> Data {
    var graph: [String: JSONValue] = [
      "input": try CanonicalJSON.tree(input),
      "layers": .array(try layers.map { try Self.brief($0) }),
    ]
    if let names { graph["names"] = try CanonicalJSON.tree(names) }
    var members: [String: JSONValue] = [
      "graph": .object(graph), "mode": .string(mode.rawValue),
    ]
    if !about.isEmpty { members["about"] = try CanonicalJSON.tree(about) }
    return try CanonicalJSON.encode(JSONValue.object(members))
  }

  /// The header that `text` spells.
  ///
  /// - Throws: `DecodingError` that names what does not fit.
  init(decoding text: Data) throws {
    struct Graph: Decodable {
      var input: Shape
      var layers: [JSONValue]
      var names: [String]?
    }
    struct Members: Decodable {
      var mode: NetworkContainer.Mode
      var about: [String: String]?
      var graph: Graph
    }
    let members = try CanonicalJSON.decode(Members.self, from: text)
    mode = members.mode
    about = members.about ?? [:]
    input = members.graph.input
    names = members.graph.names
    layers = try members.graph.layers.map { try Self.layer($0) }
  }

  /// A layer's name and those of its fields that are not the defaults; only the name if all are.
  private static func brief(_ choice: LayerChoice) throws -> JSONValue {
    let fields = try fields(of: choice.layer)
    let defaults = try Self.fields(of: type(of: choice.layer).init())
    let own = fields.filter { defaults[$0.key] != $0.value }
    return own.isEmpty ? .string(choice.name) : .object([choice.name: .object(own)])
  }

  private static func layer(_ brief: JSONValue) throws -> LayerChoice {
    var (name, own): (String, [String: JSONValue]) = ("", [:])
    if case .string(let word) = brief {
      name = word
    } else if case .object(let members) = brief, members.count == 1, let only = members.first,
      case .object(let fields) = only.value
    {
      (name, own) = (only.key, fields)
    }
    guard let type = LayerChoice.alternative(named: name) else {
      let names = LayerChoice.alternatives.map { $0.name }.joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "expected a layer out of \(names)"))
    }
    let all = try fields(of: type.init()).merging(own) { _, own in own }
    return try CanonicalJSON.decode(
      LayerChoice.self, from: CanonicalJSON.encode(JSONValue.object([name: .object(all)])))
  }

  private static func fields(of layer: any Alternative) throws -> [String: JSONValue] {
    guard case .object(let fields) = try CanonicalJSON.tree(layer) else { return [:] }
    return fields
  }
}

extension Network {
  /// For every parameter how its tensor lies in rows, kernels and positions.
  var layouts: [CodedTensor.Layout] {
    // For every place how many of its features belong to one channel of a flattened image.
    var pixels = [1]
    for named in layers {
      let isImage = named.inputShape.rank == 3
      if isImage, named.layer is Flatten {
        pixels.append(named.inputShape[0] * named.inputShape[1])
      } else {
        let passesOn = named.parameterRange.isEmpty && named.inputShape == named.outputShape
        pixels.append(passesOn ? pixels[named.source] : 1)
      }
    }
    var result: [CodedTensor.Layout] = []
    for named in layers {
      for index in named.parameterRange {
        result.append(CodedTensor.Layout(information[index].shape, pixels: pixels[named.source]))
      }
    }
    return result
  }
}
