// Training on varied images and on images in files: batches made ahead are the same for every number of threads and after every
// restart, and an image that cannot be decoded ends the run with an error.

import Datasets
import Foundation
import Kernels
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// Pictures of 8 × 8 pixels in three classes that differ in their colour.
private func pictures(_ count: Int) -> (samples: [[Int]], labels: [UInt16]) {
  var stream = RandomStream(Seed(31))
  let labels = (0..<count).map { UInt16($0 % 3) }
  let samples = labels.map { label in
    (0..<192).map { ($0 % 3 == Int(label) ? 120 : 0) + stream.integer(below: 100) }
  }
  return (samples, labels)
}

private func imagesInMemory(_ count: Int = 90) -> ImageSet {
  let (samples, labels) = pictures(count)
  return ImageSet(
    name: "memory", imageShape: [8, 8, 3],
    pixels: samples.flatMap { $0.map { UInt8($0) } }, labels: labels, classCount: 3)
}

/// The same pictures as PNG files in `folder`.
private func imagesInFiles(_ folder: URL, _ count: Int = 90) throws -> ImageSet {
  let (samples, labels) = pictures(count)
  var digests: [Digest] = []
  for (index, picture) in samples.enumerated() {
    let file = plainPNG(width: 8, height: 8, bitDepth: 8, colour: .colour, samples: picture)
    try file.write(to: folder.appendingPathComponent("\(index).png"))
    digests.append(Digest(of: file))
  }
  return ImageSet(
    name: "files",
    files: ImageFiles(
      folder: folder, paths: (0..<count).map { "\($0).png" }, digests: digests,
      geometry: ImageGeometry(resize: 8, size: 8)),
    labels: labels, classCount: 3)
}

private func trainer(
  _ images: ImageSet, _ augmentation: Augmentation?, threads: Int = 1
) throws -> Trainer {
  let split = Split.random(count: images.count, validationCount: 20, seed: Seed(1))
  var recipe = TrainingRecipe()
  recipe.schedule = ScheduleChoice(ConstantSchedule(rate: 0.05))
  recipe.epochs = 4
  recipe.batch = 16
  return Trainer(
    network: try Network(
      [Flatten(), Dropout(rate: 0.1), Linear(outputs: 12), Rectifier(), Linear(outputs: 3)],
      inputShape: [8, 8, 3], seed: Seed(2)),
    recipe: recipe,
    data: TrainingData(
      images: images, training: split.training, validation: split.validation,
      normalization: .fixed(
        mean: [0.4, 0.4, 0.4], standardDeviation: [0.2, 0.2, 0.2]), augmentation: augmentation),
    seed: Seed(3), workers: Workers(threadCount: threads))
}

private let inMemory = Augmentation(crop: 2, flip: true)

@Suite struct AugmentedTrainingTests {
  @Test("varied images: one, two and four threads give the same bits, and they learn")
  func threads() throws {
    let one = try trainer(imagesInMemory(), inMemory).run()
    for count in [2, 4] {
      let other = try trainer(imagesInMemory(), inMemory, threads: count).run()
      #expect(other.network.parameters == one.network.parameters, "\(count) threads")
      #expect(other.history == one.history, "\(count) threads")
    }
    let accuracy = one.history.last { $0.metric == "validation-accuracy" }?.value ?? 0
    #expect(accuracy > 80, "chance is 33 %")
    let plain = try trainer(imagesInMemory(), nil).run()
    #expect(plain.network.parameters != one.network.parameters)
  }

  @Test("varied images: a run that is cut off and resumed gives the same bits")
  func resume() throws {
    let undisturbed = try trainer(imagesInMemory(), inMemory).run()
    try withTemporaryFolder { folder in
      let checkpoint = CheckpointFile(
        url: folder.appendingPathComponent("state.safetensors"), identity: "run")
      for cut in [1, 4, 5, 11, 19] {
        checkpoint.remove()
        // In the middle of an epoch as well, where batches have been made ahead.
        let whole = try trainer(imagesInMemory(), inMemory)
        var session = try TrainingSession(whole, checkpoint: checkpoint)
        try session.advance(to: cut, constraint: nil) { _ in }
        if session.isEpochComplete { try whole.closeEpoch(&session) }
        try session.save(every: 1)
        var resumedAt = 0
        let resumed = try whole.run(checkpoint: checkpoint) { resumedAt = $0.resumedAt }
        #expect(resumedAt == cut)
        #expect(resumed.network.parameters == undisturbed.network.parameters, "cut after \(cut)")
      }
    }
  }

  @Test("images in files train to the same bits as the same images in memory")
  func files() throws {
    try withTemporaryFolder { folder in
      let images = try imagesInFiles(folder)
      for (files, memory) in [
        (nil, nil), (Augmentation(flip: true), Augmentation(flip: true)),
      ] as [(Augmentation?, Augmentation?)] {
        let decoded = try trainer(images, files, threads: 2).run()
        let stored = try trainer(imagesInMemory(), memory).run()
        #expect(decoded.network.parameters == stored.network.parameters)
        #expect(decoded.history == stored.history)
      }
      let windows = try trainer(images, Augmentation(window: .randomResized)).run()
      let again = try trainer(images, Augmentation(window: .randomResized), threads: 4).run()
      #expect(windows.network.parameters == again.network.parameters)
    }
  }

  @Test("an image that is replaced ends training and evaluation with its name")
  func replaced() throws {
    try withTemporaryFolder { folder in
      let images = try imagesInFiles(folder)
      let whole = try trainer(images, nil)
      guard case .images(_, let training, _) = whole.data.training,
        case .images(_, let validation, _) = whole.data.validation
      else { return }
      for index in [try #require(training.last), validation[0]] {
        let url = folder.appendingPathComponent("\(index).png")
        let good = try Data(contentsOf: url)
        try good.prefix(100).write(to: url)
        let error = #expect(throws: TrainingError.self) { try whole.run() }
        guard case .data(.replaced(let file)) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(file == url.path && error?.description.hasPrefix(url.path) == true)
        try good.write(to: url)
      }
      #expect(try whole.run().divergedAt == nil)
    }
  }
}
