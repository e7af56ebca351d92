// Training steps and inference of whole networks against PyTorch: the LeNets, AlexNet, residual networks, VGG-19, MobileNet and the
// language model.

import Foundation
import Inference
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

  /// A network on images of ten classes.
  private static func images(
    _ recipe: some NetworkRecipe, input: Shape = [32, 32, 3], threads: [Int] = [2]
  ) -> BenchSubject {
    let choice = NetworkChoice(recipe)
    return BenchSubject(
      name: choice.name, choice: choice, input: input, classes: 10, batch: Bench.batch,
      threads: threads)
  }

  static let all: [BenchSubject] = [
    images(LeNet300(), input: [28, 28, 1], threads: [1, 2]),
    images(LeNet5(), input: [28, 28, 1], threads: [1, 2]),
    images(ResNet20()), images(ResNet56()), images(VGG19()), images(AlexNet()), images(MobileNet()),
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
  /// How many blocks of steps are measured, each followed by one of the peer's.
  private static let rounds = 5

  /// What is done with a network.
  private enum Work: String, CaseIterable { case training, inference }

  /// The rates of a whole training step and of an inference pass, each measured in turn with those of the peer's fastest variant.
  func speed(of subject: BenchSubject, threads: Int) throws -> [BenchRow] {
    let step = try BenchStep(subject, workers: Workers(threadCount: threads))
    let variants = variants(subject, threads: threads)
    return Work.allCases.map { work in
      let (name, peer) = opponent(subject, work, variants, threads: threads)
      let duration = seconds / Double(Self.rounds)
      var (ours, theirs): ([Double], [Double]) = ([], [])
      var excuse: String?
      for _ in 0..<Self.rounds {
        let times = medians(1, for: duration, minimumRounds: 2) { _ in
          work == .training ? step.train() : step.infer()
        }
        ours.append(Double(subject.rows) / times[0])
        guard let peer, excuse == nil else { continue }
        let answer = peer.ask("\(work.rawValue) \(duration)", Double.self)
        if let rate = answer.value { theirs.append(rate) }
        excuse = answer.excuse("PyTorch")
      }
      peer?.end()
      return BenchRow(
        what: "\(subject.name), \(work == .training ? "training step" : "inference")",
        threads: threads, rate: Spread(of: ours).median,
        unit: subject.steps == nil ? "images/s" : "words/s", peer: excuse ?? name,
        peerRate: excuse == nil && !theirs.isEmpty ? Spread(of: theirs).median : nil,
        peerMebibytes: work == .training ? variants.value?.trainingMegabytes : nil)
    }
  }

  /// What the peer's script prints when it looks for its fastest variants.
  private struct Variants: Decodable {
    var torch: String
    var training: String
    var inference: String
    var trainingMegabytes: Double
  }

  /// The peer's fastest variants, each of which was alone in its process.
  private func variants(_ subject: BenchSubject, threads: Int) -> PeerAnswer<Variants> {
    let arguments = [subject.name, "\(subject.batch)", "\(threads)", "\(seconds)"]
    return PeerProcess(peerScript, arguments, python: python).answer()
  }

  /// The process of the fastest variant, ready to be asked, and what it is called.
  private func opponent(
    _ subject: BenchSubject, _ work: Work, _ variants: PeerAnswer<Variants>, threads: Int
  ) -> (name: String, process: PeerProcess?) {
    guard let found = variants.value else { return (variants.excuse("PyTorch") ?? "", nil) }
    let variant = work == .training ? found.training : found.inference
    let process = PeerProcess(
      peerScript, [subject.name, "\(subject.batch)", "\(threads)", "serve", variant],
      python: python)
    let greeting = process.answer(String.self)
    return (
      greeting.excuse("PyTorch") ?? "PyTorch \(found.torch) (\(variant))",
      greeting.value == nil ? nil : process
    )
  }
}

/// A network with all that its training steps and inference passes need, on inputs drawn at random.
final class BenchStep {
  private var network: Network
  private let folded: Network
  private let input: Tensor
  private let labels: [UInt16]
  private let sequences: Int?
  private let workers: Workers
  private let learned: [Int]
  private let optimizer = SGD(momentum: 0.9, weightDecay: 5e-4)
  private var buffers: [[Tensor]]
  private var gradients: [Tensor] = []
  private var training = Activations()
  private var evaluation = Activations()
  private var loss = SoftmaxCrossEntropy()

  convenience init(_ subject: BenchSubject, workers: Workers) throws {
    try self.init(
      subject.choice, input: subject.input, classes: subject.classes, rows: subject.rows,
      sequences: subject.steps == nil ? nil : subject.batch, workers: workers)
  }

  /// - Parameters:
  ///   - rows: images, or words of all sequences.
  ///   - sequences: for a language model: how many run side by side.
  init(
    _ choice: NetworkChoice, input shape: Shape, classes: Int, rows: Int, sequences: Int?,
    workers: Workers
  ) throws {
    var stream = RandomStream(Seed(2))
    network = try choice.build(inputShape: shape, classes: classes, seed: Seed(3))
    let batchShape = Shape([rows] + shape.sizes)
    input =
      sequences == nil
      ? Tensor.normal(batchShape, from: &stream)
      : Tensor(
        batchShape, elements: (0..<rows).map { _ in Float(stream.integer(below: classes)) })
    labels = (0..<rows).map { UInt16($0 % classes) }
    folded = try network.foldingNormalizations()
    learned = network.information.indices.filter { [network] in
      network.information[$0].kind.isLearned
    }
    buffers = network.information.map { [Tensor($0.shape)] }
    self.sequences = sequences
    self.workers = workers
  }

  /// Forward, backward and update.
  func train() {
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

  /// A pass of the network with its normalisations folded.
  func infer() {
    let pass = Pass(.evaluation, workers: workers, sequences: sequences)
    _ = folded.forward(input, activations: &evaluation, pass: pass)
  }
}
