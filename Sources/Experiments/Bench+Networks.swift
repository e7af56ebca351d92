// Training steps and inference of whole networks against PyTorch: the LeNets, residual networks, VGG-19 and the language model.

import Foundation
import Kernels
import Networks
import Reproducibility
import Tensors
import Training

/// A network whose speed is compared with PyTorch's.
struct BenchSubject: Sendable {
  /// What the peer's script calls it.
  let name: String
  /// The network.
  let choice: NetworkChoice
  /// The shape of one input.
  let input: Shape
  /// Classes, or words.
  let classes: Int
  /// Images in a batch, or sequences side by side.
  let batch: Int
  /// Time steps of a batch; nil where examples do not depend on each other.
  var steps: Int?
  /// The numbers of threads it is measured with.
  var threads = [2]

  /// Rows of a batch: images or words.
  var rows: Int { batch * (steps ?? 1) }

  static let all: [BenchSubject] = [
    BenchSubject(
      name: LeNet300.name, choice: NetworkChoice(LeNet300()), input: [28, 28, 1], classes: 10,
      batch: Bench.batch, threads: [1, 2]),
    BenchSubject(
      name: LeNet5.name, choice: NetworkChoice(LeNet5()), input: [28, 28, 1], classes: 10,
      batch: Bench.batch, threads: [1, 2]),
    BenchSubject(
      name: ResNet20.name, choice: NetworkChoice(ResNet20()), input: [32, 32, 3], classes: 10,
      batch: Bench.batch),
    BenchSubject(
      name: ResNet56.name, choice: NetworkChoice(ResNet56()), input: [32, 32, 3], classes: 10,
      batch: Bench.batch),
    BenchSubject(
      name: VGG19.name, choice: NetworkChoice(VGG19()), input: [32, 32, 3], classes: 10,
      batch: Bench.batch),
    BenchSubject(
      name: SmallLanguageModel.name, choice: NetworkChoice(SmallLanguageModel(dropout: 0)),
      input: [1], classes: 10_000, batch: 20, steps: 35),
    BenchSubject(
      name: "\(SmallLanguageModel.name)-33k",
      choice: NetworkChoice(SmallLanguageModel(dropout: 0)), input: [1], classes: 33_278,
      batch: 20, steps: 35),
  ]
}

extension Bench {
  /// The rates of a whole training step and of an inference pass, each beside the peer's.
  func speed(of subject: BenchSubject, threads: Int) throws -> [BenchRow] {
    let rates = try rates(of: subject, threads: threads)
    let peer = peer(subject, threads: threads)
    let unit = subject.steps == nil ? "images/s" : "words/s"
    func row(_ what: String, _ rate: Double, _ peer: (name: String, rate: Double)?) -> BenchRow {
      BenchRow(
        what: "\(subject.name), \(what)", threads: threads, rate: rate, unit: unit,
        peer: peer?.name ?? "PyTorch: not on this machine", peerRate: peer?.rate)
    }
    return [
      row("training step", rates.training, peer?.training),
      row("inference", rates.inference, peer?.inference),
    ]
  }

  private func rates(of subject: BenchSubject, threads: Int) throws -> (
    training: Double, inference: Double
  ) {
    let workers = Workers(threadCount: threads)
    var stream = RandomStream(Seed(2))
    var network = try subject.choice.build(
      inputShape: subject.input, classes: subject.classes, seed: Seed(3))
    let shape = Shape([subject.rows] + subject.input.sizes)
    let input =
      subject.steps == nil
      ? Tensor.normal(shape, from: &stream)
      : Tensor(
        shape,
        elements: (0..<subject.rows).map { _ in Float(stream.integer(below: subject.classes)) })
    let labels = (0..<subject.rows).map { UInt16($0 % subject.classes) }
    let folded = try network.foldingNormalizations()
    let optimizer = SGD(momentum: 0.9, weightDecay: 5e-4)
    let learned = network.information.indices.filter { network.information[$0].kind.isLearned }
    var buffers = network.information.map { [Tensor($0.shape)] }
    var gradients: [Tensor] = []
    var training = Activations()
    var evaluation = Activations()
    var loss = SoftmaxCrossEntropy()
    let sequences = subject.steps == nil ? nil : subject.batch
    let times = medians(2) { index in
      if index == 1 {
        let pass = Pass(.evaluation, workers: workers, sequences: sequences)
        _ = folded.forward(input, activations: &evaluation, pass: pass)
        return
      }
      let pass = Pass(.training, workers: workers, sequences: sequences)
      let logits = network.forward(input, activations: &training, pass: pass)
      _ = loss.differentiate(logits, labels: labels, workers: workers)
      network.backward(
        loss.gradient, input: input, activations: &training, gradients: &gradients, pass: pass)
      for place in learned {
        optimizer.update(
          &network.parameters[place], gradient: gradients[place], buffers: &buffers[place],
          rate: 1e-3, step: 1, workers: workers)
      }
    }
    return (Double(subject.rows) / times[0], Double(subject.rows) / times[1])
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
  private func peer(_ subject: BenchSubject, threads: Int) -> (
    training: (name: String, rate: Double), inference: (name: String, rate: Double)
  )? {
    let arguments = [subject.name, "\(subject.batch)", "\(threads)", "\(seconds)"]
    guard let result: PeerResult = peerResult(peerScript, arguments) else { return nil }
    return (
      ("PyTorch \(result.torch) (\(result.trainingVariant))", result.trainingImagesPerSecond),
      ("PyTorch \(result.torch) (\(result.inferenceVariant))", result.inferenceImagesPerSecond)
    )
  }
}
