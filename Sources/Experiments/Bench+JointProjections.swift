// What the projections of the joint method cost: on LeNet-5 against the epoch of training they follow, on weights of the sizes of
// ResNet-50 for CIFAR-10, and the exact quantizer against scikit-learn's k-means where python3 has it.

import Compression
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors

extension Bench {
  /// Images of an epoch of MNIST without its validation split.
  private static let epochImages = 54_000.0
  /// Values and levels of the quantizer's row.
  private static let quantized = (count: 400_000, bits: 3)

  /// Both projections on LeNet-5, with as many epochs of training as their peer.
  ///
  /// - Parameter trainingRate: images a second in training steps on one thread.
  func jointEpoch(trainingRate: Double) throws -> BenchRow {
    let network = try NetworkChoice(LeNet5()).build(inputShape: [28, 28, 1], seed: Seed(7))
    let weights = network.weightGroup
    let projector = try BitBudget(totalBits: 6975).projector(for: weights)
    var failure: (any Error)?
    let seconds = medians(1) { _ in
      do {
        let sparse = try projector.sparsified(weights, bits: projector.startBits)
        // As dense as W + U is.
        _ = try projector.quantized(weights, nonzeros: sparse.nonzeros)
      } catch { failure = error }
    }[0]
    if let failure { throw failure }
    return BenchRow(
      what: "\(LeNet5.name), both projections under 6,975 bits", threads: 1, rate: 1 / seconds,
      unit: "per second", peer: "epochs of training", peerRate: trainingRate / Self.epochImages)
  }

  /// Both projections on random weights of the sizes of ResNet-50, under a ratio of 100.
  func jointProjections() throws -> [BenchRow] {
    let weights = Self.residualWeights()
    let count = weights.members.reduce(0) { $0 + $1.tensor.count }
    let projector = try BitBudget(ratio: 100).projector(for: weights)
    var sparse: BudgetProjector.Sparse?
    var failure: (any Error)?
    // Once each: they take seconds, and nothing has to warm up.
    func once(_ body: () throws -> Void) -> Double {
      let start = ProcessClock.monotonicSeconds
      do { try body() } catch { failure = error }
      return ProcessClock.monotonicSeconds - start
    }
    let sparsity = once {
      sparse = try projector.sparsified(weights, bits: projector.startBits)
    }
    let bits = once {
      // An even share for each layer, so that every layer may take all of 1 to 8 bits.
      let even = (sparse?.nonzeros ?? []).map { max(1, $0 / 8) }
      _ = try projector.quantized(weights, nonzeros: even)
    }
    if let failure { throw failure }
    let millions = Double(count) / 1e6
    return [("sparsity at fixed bits", sparsity), ("1 to 8 bits at fixed sparsity", bits)].map {
      BenchRow(
        what: String(
          format: "%@, %.1f million weights (%.2f s)", $0.0, millions, $0.1), threads: 1,
        rate: millions / $0.1, unit: "million/s", peer: "")
    }
  }

  /// Weights of the shapes of ResNet-50 for CIFAR-10: 54 layers, 23,467,712 weights, heavy around zero.
  private static func residualWeights() -> WeightGroup {
    var sizes = [27 * 64]
    var inputs = 64
    for (width, blockCount) in [(64, 3), (128, 4), (256, 6), (512, 3)] {
      for block in 0..<blockCount {
        sizes += [inputs * width, 9 * width * width, 4 * width * width]
        if block == 0 { sizes.append(inputs * 4 * width) }
        inputs = 4 * width
      }
    }
    sizes.append(inputs * 10)
    var stream = RandomStream(Seed(8))
    return WeightGroup(
      sizes.enumerated().map { index, size in
        WeightGroup.Member(
          name: ParameterName("layer\(index + 1).weight"),
          tensor: Tensor([size], elements: heavyValues(size, from: &stream)), kind: .convolution)
      })
  }

  /// Normal values of which seven in eight are five times smaller.
  private static func heavyValues(_ count: Int, from stream: inout RandomStream) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for index in values.indices {
      values[index] = stream.normal() * (index % 8 == 0 ? 0.05 : 0.01)
    }
    return values
  }

  /// The exact quantizer on values that no level is reserved for, with scikit-learn's k-means as its peer.
  func quantizer() -> BenchRow {
    var stream = RandomStream(Seed(9))
    let values = Self.heavyValues(Self.quantized.count, from: &stream)
    let bits = Self.quantized.bits
    var error = 0.0
    let seconds = medians(1) { _ in
      error = QuantizationTable(
        values, quantizer: .exact, maximumBits: bits, reservesZero: false
      ).error(bits: bits)
    }[0]
    let answer = kMeansPeer(values)
    let peer = answer.value
    let found =
      peer.map { String(format: "; error %.5f of the peer's", error / $0.error) } ?? ""
    return BenchRow(
      what: "exact quantizer, \(values.count) values, \(1 << bits) levels\(found)", threads: 1,
      rate: 1 / seconds, unit: "per second",
      peer: answer.excuse("scikit-learn") ?? "scikit-learn \(peer?.version ?? "")",
      peerRate: peer.map { 1 / $0.seconds })
  }

  /// What the k-means peer prints.
  private struct KMeansResult: Decodable {
    var version: String
    var seconds: Double
    var error: Double
  }

  /// scikit-learn on the same values.
  private func kMeansPeer(_ values: [Float]) -> PeerAnswer<KMeansResult> {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "parsimony-values-\(ProcessInfo.processInfo.processIdentifier).f32")
    defer { try? FileManager.default.removeItem(at: file) }
    var data = Data(capacity: 4 * values.count)
    for value in values {
      for shift in [0, 8, 16, 24] {
        data.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift)))
      }
    }
    do {
      try data.write(to: file)
    } catch {
      return .failed("\(error)")
    }
    return PeerProcess(
      quantizerPeerScript, [file.path, "\(1 << Self.quantized.bits)"], python: python
    ).answer()
  }
}
