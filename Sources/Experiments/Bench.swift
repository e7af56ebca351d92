// Speed of this machine: matrix products against OpenBLAS called directly, training steps and inference of whole networks
// against PyTorch where python3 has it, learning steps against plain ones, a thinned LeNet-5 against the
// dense one, blocks against the dense network, and the projections of all methods.
// What is compared is measured in turn: within this process call by call, with a peer's process block by block. Medians are reported.

public import Foundation
import Inference
import Kernels
import Networks
import Reproducibility
import Tensors
import Training

/// One measured quantity.
public struct BenchRow: Codable, Hashable, Sendable {
  /// What was measured: `lenet5-caffe, training step`.
  public var what: String
  /// Threads.
  public var threads: Int
  /// The rate, in `unit`.
  public var rate: Double
  /// `images/s` or `GFLOP/s`.
  public var unit: String
  /// What it is compared with, if anything: `OpenBLAS`, `PyTorch 2.13.0 (fused)`; or why the peer has no rate.
  public var peer: String
  /// The peer's rate in the same unit; nil if it was not measured.
  public var peerRate: Double?
  /// The peak memory of the peer's process, in MiB, where it tells it.
  public var peerMebibytes: Double?

  /// Our rate over the peer's.
  public var ratio: Double? { peerRate.map { rate / $0 } }
}

/// Measures this machine.
public struct Bench: Sendable {
  /// The batch of training steps and inference passes.
  public static let batch = 128
  /// Seconds spent on each quantity.
  public var seconds: Double
  /// The script of the networks' peer.
  public var peerScript: URL
  /// The script of the quantizer's peer.
  public var quantizerPeerScript: URL
  /// The program that runs the scripts.
  public var python: String

  public init(seconds: Double, peerScript: URL, quantizerPeerScript: URL, python: String) {
    self.seconds = seconds
    self.peerScript = peerScript
    self.quantizerPeerScript = quantizerPeerScript
    self.python = python
  }

  /// Measures everything, or only training steps and inference of some networks, one row after the other.
  ///
  /// - Parameters:
  ///   - networks: names of `subjectNames`; empty for everything.
  ///   - report: called with every row as soon as it is known.
  public func run(networks: [String] = [], report: (BenchRow) -> Void) throws {
    let measuresAll = networks.isEmpty
    if measuresAll { products(report: report) }
    var trainingRate = 0.0
    for subject in BenchSubject.all where measuresAll || networks.contains(subject.name) {
      for threads in subject.threads {
        let rows = try speed(of: subject, threads: threads)
        if subject.name == LeNet5.name, threads == 1 { trainingRate = rows[0].rate }
        rows.forEach(report)
      }
    }
    guard measuresAll else { return }
    for (name, choice) in [
      (LeNet300.name, NetworkChoice(LeNet300())), (LeNet5.name, NetworkChoice(LeNet5())),
    ] {
      for threads in [1, 2] { report(try learningStep(name, choice, threads: threads)) }
      for threads in [1, 2] { report(try tiedStep(name, choice, threads: threads)) }
    }
    for threads in [1, 2] { report(try thinning(threads: threads)) }
    for row in try blockProjections() { report(row) }
    for row in try blockInference() { report(row) }
    report(try jointEpoch(trainingRate: trainingRate))
    for row in try jointProjections() { report(row) }
    report(quantizer())
  }

  /// Median seconds of each of several bodies, in interleaved rounds for `duration` seconds, or `seconds` where it is nil.
  func medians(
    _ count: Int, for duration: Double? = nil, minimumRounds: Int = 5, _ body: (Int) -> Void
  ) -> [Double] {
    let plan = TimingPlan(
      seconds: duration ?? seconds, minimumRounds: minimumRounds, warmUpSeconds: 0, blockSeconds: 0)
    return InterleavedTimes(of: count, plan: plan, body).seconds.map { Spread(of: $0).median }
  }

  private func products(report: (BenchRow) -> Void) {
    for threads in [1, 2] {
      let workers = Workers(threadCount: threads)
      for (rows, columns, inner) in [(128, 300, 784), (128, 500, 800), (512, 512, 512)] {
        report(product(rows: rows, columns: columns, inner: inner, workers: workers))
      }
    }
  }

  private func product(rows: Int, columns: Int, inner: Int, workers: Workers) -> BenchRow {
    var stream = RandomStream(Seed(1))
    let a = Tensor.normal([rows, inner], from: &stream)
    let b = Tensor.normal([inner, columns], from: &stream)
    var c = Tensor([rows, columns])
    let times = medians(2) { index in
      var result = c.mutableSpan
      if index == 0 {
        multiply(
          a.span, b.span, into: &result, rows: rows, columns: columns, inner: inner,
          workers: workers)
      } else {
        BLAS.plainProduct(
          by: .openBLAS, a.span, b.span, into: &result, rows: rows, columns: columns, inner: inner)
      }
    }
    let operations = 2e-9 * Double(rows * columns * inner)
    return BenchRow(
      what: "product \(rows)×\(inner)·\(inner)×\(columns)", threads: workers.threadCount,
      rate: operations / times[0], unit: "GFLOP/s",
      peer: "OpenBLAS, one thread, kernels for Haswell",
      peerRate: operations / times[1])
  }
}
