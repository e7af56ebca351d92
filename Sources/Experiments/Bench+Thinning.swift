// What thinning brings on this machine: LeNet-5 without half of its filters and neurons against the dense one, at batch 64.

import Inference
import Kernels
import Networks
import Reproducibility
import Tensors

extension Bench {
  /// The batch at which thinning is measured.
  static let thinningBatch = 64

  /// The rate of a half LeNet-5, with that of the whole one as its peer.
  func thinning(threads: Int) throws -> BenchRow {
    let (dense, thinned) = try halves()
    var stream = RandomStream(Seed(2))
    let input = Tensor.normal([Self.thinningBatch, 28, 28, 1], from: &stream)
    let timed = InterleavedLatencies(
      of: [dense, thinned], input: input, workers: Workers(threadCount: threads),
      plan: TimingPlan(seconds: seconds))
    return BenchRow(
      what: "\(LeNet5.name) thinned to half, inference, batch \(Self.thinningBatch)",
      threads: threads, rate: timed.latencies[1].imagesPerSecond, unit: "images/s",
      peer: "the dense network", peerRate: timed.latencies[0].imagesPerSecond)
  }

  /// LeNet-5, and what is left when every second filter and neuron of its inner layers is zero.
  private func halves() throws -> (dense: Network, thinned: Network) {
    let dense = try NetworkChoice(LeNet5()).build(inputShape: [28, 28, 1], seed: Seed(3))
    var pruned = dense
    for (index, information) in dense.information.enumerated()
    where information.name.layer != dense.layers.last?.name {
      let width = information.shape.elementCount / information.shape[0]
      for place in 0..<information.shape.elementCount where !(place / width).isMultiple(of: 2) {
        pruned.parameters[index][place] = 0
      }
    }
    return (dense, try pruned.thinned().network)
  }
}
