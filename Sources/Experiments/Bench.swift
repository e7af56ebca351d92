// Speed of this machine: matrix products against OpenBLAS called directly, training steps and inference of both LeNets
// against PyTorch where python3 has it, learning steps against plain ones, a thinned LeNet-5 against the
// dense one, blocks against the dense network, and the projections of all methods.
// Everything is measured in interleaved rounds of one process; medians are reported.

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
  /// What it is compared with, if anything: `OpenBLAS`, `PyTorch 2.13.0 (fused)`.
  public var peer: String
  /// The peer's rate in the same unit; nil if there is no peer on this machine.
  public var peerRate: Double?

  /// Our rate over the peer's.
  public var ratio: Double? { peerRate.map { rate / $0 } }
}

/// Measures this machine.
public struct Bench: Sendable {
  /// The batch of training steps and inference passes.
  public static let batch = 128
  /// Seconds spent on each quantity.
  public var seconds: Double
  /// The peer's script, run with python3.
  public var peerScript: URL
  /// The script of the quantizer's peer.
  public var quantizerPeerScript: URL

  public init(seconds: Double, peerScript: URL, quantizerPeerScript: URL) {
    self.seconds = seconds
    self.peerScript = peerScript
    self.quantizerPeerScript = quantizerPeerScript
  }

  /// Measures everything, one row after the other.
  ///
  /// - Parameter report: called with every row as soon as it is known.
  public func run(report: (BenchRow) -> Void) throws {
    for threads in [1, 2] {
      let workers = Workers(threadCount: threads)
      for (rows, columns, inner) in [(128, 300, 784), (128, 500, 800), (512, 512, 512)] {
        report(product(rows: rows, columns: columns, inner: inner, workers: workers))
      }
    }
    var trainingRate = 0.0
    for (name, choice) in [
      (LeNet300.name, NetworkChoice(LeNet300())), (LeNet5.name, NetworkChoice(LeNet5())),
    ] {
      for threads in [1, 2] {
        let ours = try network(choice, threads: threads)
        if threads == 1 { trainingRate = ours.training }
        let peer = peer(name, threads: threads)
        report(
          BenchRow(
            what: "\(name), training step", threads: threads, rate: ours.training,
            unit: "images/s", peer: peer?.training.name ?? "PyTorch: not on this machine",
            peerRate: peer?.training.rate))
        report(
          BenchRow(
            what: "\(name), inference", threads: threads, rate: ours.inference, unit: "images/s",
            peer: peer?.inference.name ?? "PyTorch: not on this machine",
            peerRate: peer?.inference.rate))
      }
    }
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
    report(quantizer(peerScript: quantizerPeerScript))
  }

  /// Median seconds of each of several bodies, in interleaved rounds.
  func medians(_ count: Int, _ body: (Int) -> Void) -> [Double] {
    let plan = TimingPlan(seconds: seconds, minimumRounds: 5, warmUpSeconds: 0, blockSeconds: 0)
    return InterleavedTimes(of: count, plan: plan, body).seconds.map { Spread(of: $0).median }
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
          a.span, b.span, into: &result, rows: rows, columns: columns, inner: inner)
      }
    }
    let operations = 2e-9 * Double(rows * columns * inner)
    return BenchRow(
      what: "product \(rows)×\(inner)·\(inner)×\(columns)", threads: workers.threadCount,
      rate: operations / times[0], unit: "GFLOP/s", peer: "OpenBLAS, one thread",
      peerRate: operations / times[1])
  }

  private func network(_ choice: NetworkChoice, threads: Int) throws -> (
    training: Double, inference: Double
  ) {
    let workers = Workers(threadCount: threads)
    var stream = RandomStream(Seed(2))
    var network = try choice.build(inputShape: [28, 28, 1], seed: Seed(3))
    let input = Tensor.normal([Self.batch, 28, 28, 1], from: &stream)
    let labels = (0..<Self.batch).map { UInt16($0 % 10) }
    let optimizer = SGD(momentum: 0.9, weightDecay: 5e-4)
    var buffers = network.information.map { [Tensor($0.shape)] }
    var gradients: [Tensor] = []
    var training = Activations()
    var evaluation = Activations()
    var loss = SoftmaxCrossEntropy()
    let times = medians(2) { index in
      if index == 1 {
        _ = network.forward(
          input, activations: &evaluation, pass: Pass(.evaluation, workers: workers))
        return
      }
      let pass = Pass(.training, workers: workers)
      let logits = network.forward(input, activations: &training, pass: pass)
      _ = loss.differentiate(logits, labels: labels, workers: workers)
      network.backward(
        loss.gradient, input: input, activations: &training, gradients: &gradients, pass: pass)
      for place in network.parameters.indices {
        optimizer.update(
          &network.parameters[place], gradient: gradients[place], buffers: &buffers[place],
          rate: 1e-3, step: 1, workers: workers)
      }
    }
    return (Double(Self.batch) / times[0], Double(Self.batch) / times[1])
  }

  /// What the peer's script prints.
  private struct PeerResult: Decodable {
    var torch: String
    var trainingImagesPerSecond: Double
    var trainingVariant: String
    var inferenceImagesPerSecond: Double
    var inferenceVariant: String
  }

  /// The fastest PyTorch variant, alone in its process; nil if python3 or PyTorch is not here.
  private func peer(_ name: String, threads: Int) -> (
    training: (name: String, rate: Double), inference: (name: String, rate: Double)
  )? {
    let arguments = [name, "\(Self.batch)", "\(threads)", "\(seconds)"]
    guard let result: PeerResult = peerResult(peerScript, arguments) else { return nil }
    return (
      ("PyTorch \(result.torch) (\(result.trainingVariant))", result.trainingImagesPerSecond),
      ("PyTorch \(result.torch) (\(result.inferenceVariant))", result.inferenceImagesPerSecond)
    )
  }

  /// What a peer's script prints as its last line, decoded; nil if python3 or what the script needs is not here.
  func peerResult<Result: Decodable>(_ script: URL, _ arguments: [String]) -> Result? {
    guard FileManager.default.fileExists(atPath: script.path) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [ProcessInfo.processInfo.environment["PARSIMONY_PYTHON"] ?? "python3", script.path]
      + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let line = String(decoding: data, as: UTF8.self).split(separator: "\n").last
    else { return nil }
    return try? CanonicalJSON.decode(Result.self, from: Data(line.utf8))
  }
}
