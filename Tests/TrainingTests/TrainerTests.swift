// The training loop: it learns, its bits do not depend on threads or interruptions, and it says when it diverged.

import Datasets
import Foundation
import Kernels
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing

import Training

/// Small random images of four classes that differ in their mean, so that they can be learned.
private func learnableImages(_ count: Int) -> ImageSet {
  var stream = RandomStream(Seed(11))
  let labels = (0..<count).map { UInt16($0 % 4) }
  let pixels = labels.flatMap { label in
    (0..<144).map { UInt8(min(255, 40 * Int(label) + $0 % 3 + stream.integer(below: 60))) }
  }
  return ImageSet(
    name: "test", imageShape: [12, 12, 1], pixels: pixels, labels: labels, classCount: 4)
}

private func data(_ count: Int = 400) -> TrainingData {
  let images = learnableImages(count)
  let split = Split.random(count: count, validationCount: count / 4, seed: Seed(1))
  return TrainingData(
    images: images, training: split.training, validation: split.validation,
    normalization: .perChannel(of: images, at: split.training))
}

private func smallNetwork() throws -> Network {
  try Network(
    [
      Convolution(filters: 4, kernel: 5), MaximumPooling(), Flatten(), Dropout(rate: 0.1),
      Linear(outputs: 16), Rectifier(), Linear(outputs: 4),
    ], inputShape: [12, 12, 1], seed: Seed(2))
}

private func recipe(_ change: (inout TrainingRecipe) -> Void = { _ in }) -> TrainingRecipe {
  var recipe = TrainingRecipe()
  recipe.optimizer = OptimizerChoice(SGD(momentum: 0.9))
  recipe.schedule = ScheduleChoice(CosineSchedule(peak: 0.02))
  recipe.epochs = 6
  recipe.batch = 32
  change(&recipe)
  return recipe
}

private func trained(
  _ recipe: TrainingRecipe, threads: Int = 1, checkpoint: CheckpointFile? = nil,
  report: (TrainingProgress) -> Void = { _ in }
) throws -> TrainingOutcome {
  try Trainer(
    network: smallNetwork(), recipe: recipe, data: data(), seed: Seed(3),
    workers: Workers(threadCount: threads)
  ).run(checkpoint: checkpoint, report: report)
}

@Suite struct TrainerTests {
  @Test("training learns what can be learned", arguments: ["sgd", "nesterov", "adam"])
  func learns(optimizer: String) throws {
    let outcome = try trained(
      recipe {
        switch optimizer {
        case "nesterov": $0.optimizer = OptimizerChoice(SGD(momentum: 0.9, nesterov: true))
        case "adam":
          $0.optimizer = OptimizerChoice(Adam())
          $0.schedule = ScheduleChoice(ConstantSchedule(rate: 0.003))
        default: break
        }
      })
    let accuracy = outcome.history.last { $0.metric == "validation-accuracy" }?.value ?? 0
    #expect(accuracy > 80, "chance is 25 %")
    #expect(outcome.divergedAt == nil)
  }

  @Test("twenty updates of each LeNet give stored bits; other bits need a new numerics version")
  func golden() throws {
    var stream = RandomStream(Seed(21))
    let pixels = (0..<64 * 784).map { _ in UInt8(stream.integer(below: 256)) }
    let images = ImageSet(
      name: "golden", imageShape: [28, 28, 1], pixels: pixels,
      labels: (0..<64).map { UInt16($0 % 10) },
      classCount: 10)
    let data = TrainingData(
      images: images, training: Array(0..<64), validation: [], normalization: .none)
    func digest(_ choice: NetworkChoice) throws -> String {
      let outcome = try Trainer(
        network: choice.build(inputShape: [28, 28, 1], seed: Seed(22)),
        recipe: recipe { $0.epochs = 10 }, data: data, seed: Seed(23),
        workers: Workers(threadCount: 2)
      ).run()
      #expect(outcome.updates == 20)
      let bits = outcome.network.parameters.flatMap { $0.elements.map { $0.bitPattern } }
      return Digest(of: bits.map { String($0, radix: 16) }.joined(separator: " ")).short
    }
    #expect(NumericsVersion.current == 1, "store the digests of the new version here")
    let plain = try digest(NetworkChoice(LeNet300()))
    #expect(plain == "a54112c2980b47c7")
    let tanh = try digest(NetworkChoice(LeNet300(activation: .tanh)))
    #expect(tanh == "fe1b9445702f4818")
    let convolutions = try digest(NetworkChoice(LeNet5()))
    #expect(convolutions == "a43dc35ad6423e5c")
  }

  @Test("one, two and four threads give the same bits")
  func threads() throws {
    let one = try trained(recipe(), threads: 1)
    for count in [2, 4] {
      let other = try trained(recipe(), threads: count)
      #expect(other.network.parameters == one.network.parameters, "\(count) threads")
      #expect(other.history == one.history, "\(count) threads")
    }
  }

  @Test(
    "a run that is cut off after any update and resumed gives the same bits",
    arguments: [
      TrainingRecipe.Keep.last, .bestValidationLoss,
    ])
  func resume(keep: TrainingRecipe.Keep) throws {
    let recipe = recipe { $0.keep = keep }
    let undisturbed = try trained(recipe)
    let total = undisturbed.updates
    try withTemporaryFolder { folder in
      let checkpoint = CheckpointFile(
        url: folder.appendingPathComponent("state.safetensors"), identity: "run")
      for cut in [1, 5, 13, total - 1] {
        checkpoint.remove()
        // The state that a killed process leaves is the last checkpoint; the updates after it are lost.
        let stopped = try stopAfter(cut, recipe: recipe, checkpoint: checkpoint)
        var resumedAt = -1
        let resumed = try trained(recipe, checkpoint: checkpoint) { resumedAt = $0.resumedAt }
        #expect(resumed.network.parameters == undisturbed.network.parameters, "cut after \(cut)")
        #expect(resumed.history == undisturbed.history, "cut after \(cut)")
        #expect(resumed.keptUpdate == undisturbed.keptUpdate)
        #expect(cut - max(0, resumedAt) <= total / 10, "repeats at most a tenth")
        #expect(resumedAt == stopped)
      }
    }
  }

  /// Trains until `cut` updates are done, as a process that is then killed; returns the update its checkpoint holds.
  private func stopAfter(_ cut: Int, recipe: TrainingRecipe, checkpoint: CheckpointFile) throws
    -> Int
  {
    let total = recipe.updateCount(over: data().epochLength)
    let every = max(1, total / 12)
    let held = cut / every * every
    guard held > 0 else { return 0 }
    // Run the real loop to the end, but keep the file as it was at the checkpoint before the cut.
    var copy: Data?
    _ = try trained(recipe, checkpoint: checkpoint) { progress in
      if progress.update == held + 1 || (progress.update == total && held == total) {
        copy = try? Data(contentsOf: checkpoint.url)
      }
    }
    try #require(copy).write(to: checkpoint.url)
    return held
  }

  @Test("a checkpoint of another run, or one that was altered, is not used")
  func foreignCheckpoints() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("state.safetensors")
      let mine = CheckpointFile(url: url, identity: "mine")
      var last = TrainingProgress(update: 0, total: 0, loss: 0, resumedAt: 0)
      _ = try trained(recipe(), checkpoint: mine) { _ in }
      _ = try trained(recipe(), checkpoint: CheckpointFile(url: url, identity: "other")) {
        last = $0
      }
      #expect(last.resumedAt == 0)
      var bytes = try Data(contentsOf: url)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: url)
      _ = try trained(recipe(), checkpoint: CheckpointFile(url: url, identity: "other")) {
        last = $0
      }
      #expect(last.resumedAt == 0)
    }
  }

  @Test("a loss that is not finite ends the run as diverged, at its update")
  func diverges() throws {
    let outcome = try trained(recipe { $0.schedule = ScheduleChoice(ConstantSchedule(rate: 1e30)) })
    let update = try #require(outcome.divergedAt)
    #expect(update > 1 && update < 10)
    #expect(outcome.history.contains(HistoryRow(step: update, metric: "diverged", value: 1)))
  }

  @Test(
    "a minibatch of one image under a normalisation over the batch is refused before the first update"
  )
  func singleImage() throws {
    let data = data()  // 300 images
    func train(batch: Int, _ layers: [any Layer]) throws -> TrainingOutcome {
      let network = try Network(
        layers + [Linear(outputs: 4)], inputShape: [12, 12, 1], seed: Seed(2))
      return try Trainer(
        network: network,
        recipe: recipe {
          $0.batch = batch
          $0.epochs = 1
        }, data: data, seed: Seed(3), workers: Workers(threadCount: 1)
      ).run()
    }
    let overBatch: [any Layer] = [Flatten(), Linear(outputs: 6), BatchNormalization(label: "bn")]
    for batch in [1, 13, 23, 299] {
      let error = #expect(throws: TrainingError.self) { try train(batch: batch, overBatch) }
      let text = error?.description ?? ""
      #expect(text.contains("batch: \(batch)") && text.contains("‘bn’"), "\(text)")
    }
    #expect(try train(batch: 100, overBatch).divergedAt == nil)
    // With more than one place in an image, or without normalisation, one image is enough.
    let overPlaces: [any Layer] = [
      Convolution(filters: 2, kernel: 5), BatchNormalization(), Flatten(),
    ]
    #expect(try train(batch: 299, overPlaces).divergedAt == nil)
    #expect(try train(batch: 299, [Flatten()]).divergedAt == nil)
  }

  @Test("the kept state is that of the lowest validation loss")
  func keepsBest() throws {
    let outcome = try trained(recipe { $0.keep = .bestValidationLoss })
    let losses = outcome.history.filter { $0.metric == "validation-loss" }
    let best = try #require(losses.min { $0.value < $1.value })
    #expect(outcome.keptUpdate == best.step)
    let evaluation = try outcome.network.evaluate(
      on: data().validation, workers: Workers(threadCount: 1))
    #expect(evaluation.loss == best.value)
  }
}

@Suite struct ScheduleTests {
  private func rates(_ schedule: some ScheduleKind, total: Int = 100, perEpoch: Int = 10)
    -> [Double]
  {
    (0..<total).map { schedule.rate(update: $0, total: total, perEpoch: perEpoch) }
  }

  @Test("schedules are the functions their names say")
  func shapes() {
    #expect(Set(rates(ConstantSchedule(rate: 0.3))) == [0.3])
    var step = StepSchedule()
    step.rate = 1
    step.at = [2, 5]
    #expect(rates(step)[19] == 1 && rates(step)[20] == 0.1 && abs(rates(step)[50] - 0.01) < 1e-15)
    var exponential = ExponentialSchedule()
    exponential.rate = 1
    exponential.factor = 0.5
    #expect(
      rates(exponential)[9] == 1 && rates(exponential)[10] == 0.5
        && rates(exponential)[99] == 0x1p-9)
    let cosine = rates(CosineSchedule(peak: 2, floor: 1))
    #expect(cosine[0] == 2 && abs(cosine[50] - 1.5) < 1e-12 && cosine[99] < 1.001)
    var cycle = OneCycleSchedule()
    cycle.peak = 1
    let values = rates(cycle)
    #expect(abs(values[0] - 0.04) < 1e-12 && abs(values[30] - 1) < 1e-12 && values[99] < 0.01)
    #expect(values.max() == values[30])
  }

  @Test("the warm-up rises linearly to the schedule")
  func warmUp() {
    var recipe = TrainingRecipe()
    recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 1))
    recipe.epochs = 3
    recipe.batch = 10
    recipe.warmUpEpochs = 1
    let rates = (0..<30).map { recipe.rate(update: $0, over: .images(100)) }
    for update in 0..<10 { #expect(abs(rates[update] - Double(update + 1) / 11) < 1e-12) }
    #expect(rates[10...].allSatisfy { $0 == 1 })
  }

  @Test("a schedule that begins after the warm-up has its whole length there")
  func afterWarmUp() {
    var recipe = TrainingRecipe()
    recipe.schedule = ScheduleChoice(CosineSchedule(peak: 1))
    recipe.epochs = 3
    recipe.batch = 10
    recipe.warmUpEpochs = 1
    recipe.scheduleAfterWarmUp = true
    let rates = (0..<30).map { recipe.rate(update: $0, over: .images(100)) }
    for update in 0..<10 { #expect(abs(rates[update] - Double(update + 1) / 10) < 1e-12) }
    for update in 10..<30 {
      let expected = 0.5 * (1 + cos(Double.pi * Double(update - 10) / 20))
      #expect(abs(rates[update] - expected) < 1e-12)
    }
  }

  @Test("weight decay can leave biases out")
  func decay() throws {
    func trained(decaysBiases: Bool?) throws -> Network {
      var network = try Network(
        [Flatten(), Linear(outputs: 3)], inputShape: [2, 2, 1], seed: Seed(1))
      for index in network.parameters.indices {
        network.parameters[index] = Tensor(network.information[index].shape, repeating: 0.5)
      }
      var recipe = TrainingRecipe()
      recipe.optimizer = OptimizerChoice(SGD(momentum: 0, weightDecay: 0.5))
      recipe.decaysBiases = decaysBiases
      // Black images of equally many of each class: the gradients of equal weights vanish, and only the decay is left.
      let images = ImageSet(
        name: "black", imageShape: [2, 2, 1], pixels: [UInt8](repeating: 0, count: 12),
        labels: [0, 1, 2], classCount: 3)
      let data = TrainingData(
        images: images, training: [0, 1, 2], validation: [], normalization: .none)
      recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 0.1))
      return try Trainer(
        network: network, recipe: recipe, data: data, seed: Seed(2),
        workers: Workers(threadCount: 1)
      ).run().network
    }
    for (decaysBiases, bias) in [(nil, 0.475), (true, 0.475), (false, 0.5)] as [(Bool?, Float)] {
      let network = try trained(decaysBiases: decaysBiases)
      let weights = try #require(network.parameter("fc1.weight"))
      let biases = try #require(network.parameter("fc1.bias"))
      #expect(weights.elements.allSatisfy { abs($0 - 0.475) < 1e-6 })
      #expect(biases.elements.allSatisfy { abs($0 - bias) < 1e-6 })
    }
  }

  @Test("impossible values are refused by name")
  func refusals() {
    let changes: [(field: String, change: (inout TrainingRecipe) -> Void)] = [
      ("epochs", { $0.epochs = 0 }),
      ("batch", { $0.batch = 0 }),
      ("warmUpEpochs", { $0.warmUpEpochs = 9 }),
      ("momentum", { $0.optimizer = OptimizerChoice(SGD(momentum: 1)) }),
      ("peak", { $0.schedule = ScheduleChoice(CosineSchedule(peak: 0)) }),
      ("floor", { $0.schedule = ScheduleChoice(CosineSchedule(peak: 1, floor: 2)) }),
    ]
    for (field, change) in changes {
      var recipe = TrainingRecipe()
      change(&recipe)
      #expect("\(field)") {
        try recipe.validate()
      } throws: { error in
        if case TrainingError.value(let found, _, _) = error { return found == field }
        return false
      }
    }
  }
}
