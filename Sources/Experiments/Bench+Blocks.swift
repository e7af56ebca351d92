// What blocks cost and bring: the projection on blocks of 4 × 4 against copying the weights, and LeNet-300-100 with all inner blocks
// unified, evaluated by its blocks, against the dense network (micro-structured-unification, sections 1.4 and 4).

import Compression
import Inference
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors

extension Bench {
  /// Rows and columns of the matrix that is projected: 25 million weights.
  private static let projectedSize = 5000

  /// Half of the blocks pruned and a quarter unified: scores and selection alone, and with the code written, as a method does it.
  func blockProjections() throws -> [BenchRow] {
    var stream = RandomStream(Seed(8))
    let size = Self.projectedSize
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal([size, size], from: &stream), kind: .linear)
    ])
    let unify = Unify(block: [4, 4], pruned: 0.5, unified: 0.25, inner: false)
    let context = CompressionContext(seed: Seed(9))
    let source = weights.members[0].tensor
    var target = Tensor([size, size])
    var failure: (any Error)?
    let seconds = medians(3) { index in
      do {
        switch index {
        case 0: _ = try unify.choices(in: weights)
        case 1: _ = try unify.compress(weights, startingFrom: nil, context: context)
        default:
          var span = target.mutableSpan
          axpy(1e-9, source.span, &span)
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return [("scores and selection", seconds[0]), ("projection", seconds[1])].map { what, taken in
      BenchRow(
        what: "\(what) of 4×4 blocks, 25 million weights", threads: 1, rate: 1 / taken,
        unit: "per second", peer: "a pass that adds them", peerRate: 1 / seconds[2])
    }
  }

  /// The rates of a unified LeNet-300-100 by its blocks, with those of the dense one as their peers.
  func blockInference() throws -> [BenchRow] {
    let dense = try NetworkChoice(LeNet300()).build(inputShape: [28, 28, 1], seed: Seed(3))
    let code = try Unify(block: [4, 4], unified: 1).compress(
      dense.weightGroup, startingFrom: nil, context: CompressionContext(seed: Seed(9)))
    var unified = dense
    try unified.setWeights(code.decompressed())
    let blocks = BlockNetwork(
      unified, blocks: ["fc1.weight": (height: 4, width: 4), "fc2.weight": (height: 4, width: 4)])
    var stream = RandomStream(Seed(2))
    return [1, 64].map { batch in
      let timed = InterleavedLatencies(
        of: [dense, blocks], input: .normal([batch, 28, 28, 1], from: &stream),
        workers: Workers(threadCount: 1), plan: TimingPlan(seconds: seconds))
      return BenchRow(
        what: "\(LeNet300.name) in unified 4×4 blocks, inference, batch \(batch)", threads: 1,
        rate: timed.latencies[1].imagesPerSecond, unit: "images/s", peer: "the dense network",
        peerRate: timed.latencies[0].imagesPerSecond)
    }
  }
}
