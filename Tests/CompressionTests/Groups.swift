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
