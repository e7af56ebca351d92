// The messages of ONNX (onnx.proto3, IR version 8): a model with one graph of nodes, its initial
// tensors, inputs and outputs.

import Files
import Foundation
import Tensors

/// A graph that grows node by node.
struct ONNXGraph {
  /// The version of the operators.
  static let operatorSet: Int64 = 17
  private static let intermediateVersion: Int64 = 8

  /// An attribute of a node.
  enum Attribute {
    case number(Int64)
    case numbers([Int64])
    case float(Float)
    case text(String)
  }

  /// An element type, by ONNX's number.
  enum Element: Int64 {
    case float = 1
    case int64 = 7
  }

  /// A size of an input or output: known, or named because it may be any.
  enum Dimension {
    case fixed(Int)
    case any(String)
  }

  private var message = ProtobufMessage()
  private var nodeCount = 0

  init(name: String) { message.append(2, name) }

  /// Adds a node.
  ///
  /// - Returns: its output's name, which is `output`.
  @discardableResult
  mutating func node(
    _ kind: String, _ inputs: [String], output: String,
    _ attributes: [(name: String, value: Attribute)] = []
  ) -> String { node(kind, inputs, outputs: [output], attributes) }

  /// Adds a node of several outputs; those without a name are not used.
  @discardableResult
  mutating func node(
    _ kind: String, _ inputs: [String], outputs: [String],
    _ attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    var node = ProtobufMessage()
    for input in inputs { node.append(1, input) }
    for output in outputs { node.append(2, output) }
    nodeCount += 1
    node.append(3, "\(nodeCount).\(kind)")
    node.append(4, kind)
    for attribute in attributes { node.append(5, Self.attribute(attribute.name, attribute.value)) }
    message.append(1, node)
    return outputs.last { !$0.isEmpty } ?? ""
  }

  private static func attribute(_ name: String, _ value: Attribute) -> ProtobufMessage {
    var result = ProtobufMessage()
    result.append(1, name)
    // Field 20 names the kind: 1 a float, 2 a number, 3 a text, 7 numbers.
    switch value {
    case .float(let value):
      result.append(2, value)
      result.append(20, Int64(1))
    case .number(let value):
      result.append(3, value)
      result.append(20, Int64(2))
    case .text(let value):
      result.append(4, value)
      result.append(20, Int64(3))
    case .numbers(let values):
      for value in values { result.append(8, value) }
      result.append(20, Int64(7))
    }
    return result
  }

  /// Adds a tensor under a name.
  mutating func initial(_ name: String, _ tensor: Tensor) -> String {
    initial(
      name, .float, tensor.shape.sizes.map { Int64($0) }, LittleEndian.data(tensor.elements))
  }

  /// Adds a list of whole numbers under a name.
  mutating func initial(_ name: String, _ values: [Int64]) -> String {
    initial(name, .int64, [Int64(values.count)], LittleEndian.data(values))
  }

  private mutating func initial(
    _ name: String, _ element: Element, _ sizes: [Int64], _ bytes: Data
  ) -> String {
    var tensor = ProtobufMessage()
    for size in sizes { tensor.append(1, size) }
    tensor.append(2, element.rawValue)
    tensor.append(8, name)
    tensor.append(9, bytes)
    message.append(5, tensor)
    return name
  }

  /// Declares an input.
  mutating func input(_ name: String, _ element: Element, _ dimensions: [Dimension]) {
    message.append(11, Self.value(name, element, dimensions))
  }

  /// Declares an output.
  mutating func output(_ name: String, _ dimensions: [Dimension]) {
    message.append(12, Self.value(name, .float, dimensions))
  }

  private static func value(
    _ name: String, _ element: Element, _ dimensions: [Dimension]
  ) -> ProtobufMessage {
    var shape = ProtobufMessage()
    for dimension in dimensions {
      var size = ProtobufMessage()
      switch dimension {
      case .fixed(let count): size.append(1, Int64(count))
      case .any(let name): size.append(2, name)
      }
      shape.append(1, size)
    }
    var tensorType = ProtobufMessage()
    tensorType.append(1, element.rawValue)
    tensorType.append(2, shape)
    var type = ProtobufMessage()
    type.append(1, tensorType)
    var result = ProtobufMessage()
    result.append(1, name)
    result.append(2, type)
    return result
  }

  /// The file of a model with this graph.
  func model(metadata: [String: String]) -> Data {
    var result = ProtobufMessage()
    result.append(1, Self.intermediateVersion)
    result.append(2, "parsimony")
    result.append(7, message)
    var operators = ProtobufMessage()
    operators.append(1, "")
    operators.append(2, Self.operatorSet)
    result.append(8, operators)
    for key in metadata.keys.sorted() {
      var entry = ProtobufMessage()
      entry.append(1, key)
      entry.append(2, metadata[key] ?? "")
      result.append(14, entry)
    }
    return result.bytes
  }
}
