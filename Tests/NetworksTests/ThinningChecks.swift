// What every test of thinning needs: units made superfluous, and two networks compared.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

let image: Shape = [28, 28, 1]

/// Sets rows (`[out, …]`: filters or neurons) of every parameter of a layer to zero.
func silence(_ units: [Int], of layer: String, in network: inout Network) {
  for (index, information) in network.information.enumerated()
  where information.name.layer == layer {
    let width = information.shape.elementCount / information.shape[0]
    for unit in units {
      for place in unit * width..<(unit + 1) * width { network.parameters[index][place] = 0 }
    }
  }
}

/// Sets what a layer reads of some of its inputs (`[out, in, …]`) to zero.
func ignore(_ inputs: [Int], by layer: String, in network: inout Network) {
  for (index, information) in network.information.enumerated()
  where information.name == ParameterName(layer: layer, role: "weight") {
    let count = information.shape[1]
    let size = information.shape.elementCount / information.shape[0] / count
    for block in 0..<information.shape[0] * count where inputs.contains(block % count) {
      for place in block * size..<(block + 1) * size { network.parameters[index][place] = 0 }
    }
  }
}

/// `count` different numbers below `limit`, ascending.
func chosen(_ count: Int, below limit: Int, from stream: inout RandomStream) -> [Int] {
  var rest = Array(0..<limit)
  return (0..<count).map { _ in rest.remove(at: stream.integer(below: rest.count)) }.sorted()
}

/// Whether two networks compute the same: max |Δlogit| ≤ 1e-5 · max(1, max |logit|), on the direct path.
func expectSameFunction(
  _ network: Network, _ other: Network, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var stream = RandomStream(Seed(9).child(what))
  let input = Tensor.normal(Shape([5] + network.inputShape.sizes), from: &stream)
  let pass = Pass(.evaluation, workers: Workers(threadCount: 1), convolution: .direct)
  var (first, second) = (Activations(), Activations())
  let before = network.forward(input, activations: &first, pass: pass)
  let after = other.forward(input, activations: &second, pass: pass)
  #expect(before.shape == after.shape, "\(what)", sourceLocation: sourceLocation)
  let largest = before.elements.map { abs($0) }.max() ?? 0
  let difference = zip(before.elements, after.elements).map { abs($0 - $1) }.max() ?? 0
  #expect(
    difference <= 1e-5 * max(1, largest), "\(what): \(difference)", sourceLocation: sourceLocation)
}

func expectIdempotent(
  _ thinned: Network, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let again = try thinned.thinned()
  #expect(!again.report.hasRemovals, "\(what)", sourceLocation: sourceLocation)
  #expect(again.network.parameters == thinned.parameters, "\(what)", sourceLocation: sourceLocation)
}

/// 4 → 3 → 3 → 2 with all weights and biases one.
func ones() throws -> Network {
  var network = try Network(
    [Linear(outputs: 3), Rectifier(), Linear(outputs: 3), Rectifier(), Linear(outputs: 2)],
    inputShape: [4], seed: Seed(1))
  network.parameters = network.parameters.map { Tensor($0.shape, repeating: 1) }
  return network
}
