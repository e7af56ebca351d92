// Groups of weights for property tests: random layers with companions, and rivals that satisfy the same constraint.

import Compression
import Reproducibility
import Tensors

/// A convolution, two linear layers and an embedding with random weights and biases.
func randomGroup(seed: UInt64, scale: Float = 1) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("group"))
  func member(_ layer: String, _ shape: Shape, _ kind: WeightKind) -> WeightGroup.Member {
    let weight = Tensor.normal(shape, scale: scale, from: &stream)
    let bias = Tensor.normal([shape[0]], scale: scale, from: &stream)
    return WeightGroup.Member(
      name: ParameterName(layer: layer, role: "weight"), tensor: weight, kind: kind,
      companions: [
        Companion(role: .bias, name: ParameterName(layer: layer, role: "bias"), tensor: bias)
      ])
  }
  return WeightGroup([
    member("conv1", [3, 2, 3, 3], .convolution), member("fc1", [5, 7], .linear),
    member("words", [6, 4], .embedding), member("fc2", [2, 5], .linear),
  ])
}

/// The names of the weights that pruning works on in `randomGroup`.
let eligibleNames: [ParameterName] = ["conv1.weight", "fc1.weight", "fc2.weight"]

/// The eligible weights of a group as one list.
func eligibleElements(_ group: WeightGroup) -> [Float] {
  eligibleNames.flatMap { group[$0]?.elements ?? [] }
}

/// The group with one flat list in the place of its eligible weights.
func group(_ group: WeightGroup, withEligible elements: [Float]) -> WeightGroup {
  var result = group
  var start = 0
  for name in eligibleNames {
    guard let shape = group[name]?.shape else { continue }
    let part = Array(elements[start..<start + shape.elementCount])
    result.replace(name, with: Tensor(shape, elements: part))
    start += shape.elementCount
  }
  return result
}

/// Compresses with the context of tests, starting from nothing.
extension CompressionOperator {
  func apply(
    _ weights: WeightGroup, seed: UInt64 = 7
  ) throws(CompressionError) -> CompressedGroup {
    try compress(weights, startingFrom: nil, context: CompressionContext(seed: Seed(seed)))
  }
}

/// Weights of every kind with sizes that blocks divide; the first convolution is followed by batch normalisation.
///
/// - Parameter zeros: the share of weights that are zero.
func structuredGroup(seed: UInt64, zeros: Double = 0) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("structured"))
  func member(
    _ layer: String, _ shape: Shape, _ kind: WeightKind, _ roles: [Companion.Role] = [.bias]
  ) -> WeightGroup.Member {
    var weight = Tensor.normal(shape, from: &stream)
    for index in 0..<weight.count where stream.uniform(0, 1) < Float(zeros) { weight[index] = 0 }
    return WeightGroup.Member(
      name: ParameterName(layer: layer, role: "weight"), tensor: weight, kind: kind,
      companions: roles.map {
        Companion(
          role: $0, name: ParameterName(layer: layer, role: $0.rawValue),
          tensor: .normal([shape[0]], from: &stream))
      })
  }
  return WeightGroup([
    member("conv1", [8, 2, 3, 3], .convolution, [.bias, .scale, .shift]),
    member("depthwise", [8, 1, 3, 3], .depthwise), member("conv2", [6, 8, 1, 1], .convolution),
    member("fc1", [12, 8], .linear), member("lstm", [16, 6], .recurrent),
    member("words", [10, 4], .embedding, []), member("fc2", [4, 12], .linear),
  ])
}

/// The indices of the elements that are zero, by parameter.
func zeroPattern(_ group: WeightGroup) -> [ParameterName: [Int]] {
  var result: [ParameterName: [Int]] = [:]
  for name in group.names {
    guard let tensor = group[name] else { continue }
    result[name] = tensor.elements.indices.filter { tensor[$0] == 0 }
  }
  return result
}
