// The shared vectors of Condensa's operators: inputs and outputs of the released code on fixed tensors.
// Every case is either checked by a test here or belongs to methods, whose tests are in MethodsTests/LearningVectorTests.

import Compression
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

/// One case of the vector file.
struct VectorCase: Decodable, CustomTestStringConvertible, Sendable {
  let id: String
  let kind: String
  let input: JSONValue
  let expected: JSONValue

  var testDescription: String { id }
}

/// The vector file.
struct Vectors: Decodable, Sendable {
  struct Net: Decodable, Sendable {
    let params: [String: JSONValue]
  }

  let count: Int
  let net: Net
  let cases: [VectorCase]

  static func load() throws -> Vectors {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/condensa-operators", withExtension: "json"))
    return try CanonicalJSON.decode(Vectors.self, from: Data(contentsOf: url))
  }

  /// Kinds that belong to methods and schedules; `LearningVectorTests` checks them.
  static let kindsOfMethods: Set<String> = [
    "learning_rate", "penalty_schedule", "penalised_nesterov", "lc_trace",  // learning-compression
    "fine_tune",  // Condensa's masked fine-tuner, which also masks biases
  ]

  /// `rejected_use` cases of methods.
  static let rejectionsOfMethods: Set<String> = ["reject-fine-tuner-without-layer-types"]

  /// Kinds that `VectorTests` checks.
  static let checkedKinds: Set<String> = [
    "threshold", "threshold_count", "threshold_integer_ramp", "mask_align", "block_aggregate",
    "neuron_aggregate", "filter_aggregate", "scheme", "rejected_use", "float16_round_trip",
    "memory_ratio",
  ]

  /// The cases of one kind that concern operators.
  static func cases(_ kind: String) throws -> [VectorCase] {
    try load().cases.filter { $0.kind == kind && !belongsToMethods($0) }
  }

  static func belongsToMethods(_ vector: VectorCase) -> Bool {
    kindsOfMethods.contains(vector.kind) || rejectionsOfMethods.contains(vector.id)
  }

  /// The file's network as a group: batch normalisation follows the rows of the first convolution.
  func group() throws -> WeightGroup {
    func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
      Tensor(shape, elements: try #require(net.params[name]).floats)
    }
    func companion(
      _ role: Companion.Role, _ name: String, _ count: Int
    ) throws -> Companion {
      Companion(role: role, name: ParameterName(name), tensor: try tensor(name, [count]))
    }
    return WeightGroup([
      .init(
        name: "c1.weight", tensor: try tensor("c1.weight", [4, 2, 3, 3]), kind: .convolution,
        companions: [
          try companion(.bias, "c1.bias", 4), try companion(.scale, "bn.weight", 4),
          try companion(.shift, "bn.bias", 4),
        ]),
      .init(
        name: "c2.weight", tensor: try tensor("c2.weight", [4, 4, 1, 1]), kind: .convolution),
      .init(
        name: "f1.weight", tensor: try tensor("f1.weight", [6, 4]), kind: .linear,
        companions: [try companion(.bias, "f1.bias", 6)]),
      .init(
        name: "f2.weight", tensor: try tensor("f2.weight", [2, 6]), kind: .linear,
        companions: [try companion(.bias, "f2.bias", 2)]),
    ])
  }
}

/// A context for operators whose result does not depend on it.
let anyContext = CompressionContext(seed: Seed(7))

/// A group with one linear weight and nothing else.
func oneWeight(_ elements: [Float], kind: WeightKind = .linear) -> WeightGroup {
  WeightGroup([
    .init(
      name: "layer.weight", tensor: Tensor([1, elements.count], elements: elements), kind: kind)
  ])
}
