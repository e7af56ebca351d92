// Minibatches made ahead are the ones that would be made when needed, whatever is asked for and in which order.

import Datasets
import Dispatch
import Foundation
import Reproducibility
import Synchronization
import Tensors
import Testing

private let images = randomSet(50, shape: [6, 6, 3], seed: 2)
private let training = Split.random(count: 50, validationCount: 7, seed: Seed(4)).training

private func batches(_ augmentation: Augmentation? = Augmentation(crop: 1, flip: true))
  -> TrainingBatches
{
  TrainingBatches(
    of: images, at: training, normalization: .perChannel(of: images, at: training),
    augmentation: augmentation, size: 8, count: 20, seed: Seed(9))
}

/// Numbers as batches: the label is the number, and what was made is noted.
private final class Notes: Sendable {
  let numbers = Mutex<[Int]>([])
  let made = DispatchSemaphore(value: 0)
}

private struct Counting: BatchProducer {
  let notes: Notes
  var failing: Int?
  let count = 10

  mutating func produce(_ number: Int, into batch: inout Batch) throws(DatasetError) {
    notes.numbers.withLock { $0.append(number) }
    batch.labels = [UInt16(number)]
    notes.made.signal()
    if number == failing { throw .unreadable(file: "f", reason: "gone") }
  }
}

@Suite("BatchSupply") struct BatchSupplyTests {
  @Test(
    "an epoch has every image once, in the epoch's order, in batches of which the last is smaller")
  func epochs() throws {
    var producer = batches(nil)
    #expect(producer.perEpoch == 6 && producer.count == 20)
    for epoch in 0..<3 {
      let order = EpochOrder.indices(of: training, epoch: epoch, seed: Seed(9).child("order"))
      for position in 0..<6 {
        var batch = Batch()
        try producer.produce(epoch * 6 + position, into: &batch)
        let chosen = order[position * 8..<min((position + 1) * 8, 43)]
        var expected = (images: Tensor.empty, labels: [UInt16]())
        fillBatch(
          from: images, at: chosen, normalization: .perChannel(of: images, at: training),
          images: &expected.images, labels: &expected.labels)
        #expect(batch.inputs == expected.images && batch.labels == expected.labels)
      }
    }
  }

  @Test("batches are varied by seed, epoch and image, each epoch otherwise")
  func varied() throws {
    var producer = batches()
    let order = EpochOrder.indices(of: training, epoch: 1, seed: Seed(9).child("order"))
    var found = Batch()
    try producer.produce(7, into: &found)
    var expected = Batch()
    try images.fill(
      &expected, at: order[8..<16], normalization: .perChannel(of: images, at: training),
      variation: ImageVariation(
        Augmentation(crop: 1, flip: true), epoch: 1, seed: Seed(9).child("augmentation")))
    #expect(found.inputs == expected.inputs && found.labels == expected.labels)
  }

  @Test("ahead or not, in order, from the middle, repeated or in jumps: the same batches")
  func sameBatches() throws {
    var producer = batches()
    let expected = try (0..<20).map { number in
      var batch = Batch()
      try producer.produce(number, into: &batch)
      return batch
    }
    for isAhead in [false, true] {
      for numbers in [Array(0..<20), Array(13..<20), [4, 4, 4, 5], [19, 0, 7, 8, 2, 3, 3]] {
        let supply = BatchSupply(batches(), isAhead: isAhead)
        var batch = Batch()
        for number in numbers {
          try supply.take(number, into: &batch)
          #expect(batch.inputs == expected[number].inputs, "\(number) of \(numbers)")
          #expect(batch.labels == expected[number].labels, "\(number) of \(numbers)")
        }
      }
    }
  }

  @Test("the next batch is made without being asked for, and nothing behind the last")
  func madeAhead() throws {
    let notes = Notes()
    let supply = BatchSupply(Counting(notes: notes), isAhead: true)
    var batch = Batch()
    for number in 0..<10 {
      try supply.take(number, into: &batch)
      #expect(batch.labels == [UInt16(number)])
      // Batch 0 and the one behind it; then one more each time, until there is none.
      for _ in 0..<(number == 0 ? 2 : number < 9 ? 1 : 0) {
        #expect(notes.made.wait(timeout: .now() + 60) == .success)
      }
    }
    #expect(notes.numbers.withLock { $0 } == Array(0..<10))
  }

  @Test("without making ahead, a batch is made when it is asked for")
  func madeInPlace() throws {
    let notes = Notes()
    let supply = BatchSupply(Counting(notes: notes), isAhead: false)
    var batch = Batch()
    for number in [0, 1, 5] { try supply.take(number, into: &batch) }
    #expect(notes.numbers.withLock { $0 } == [0, 1, 5])
  }

  @Test("an error is that of the batch it happens in, and the batches behind it can be had")
  func failure() throws {
    for isAhead in [false, true] {
      let supply = BatchSupply(Counting(notes: Notes(), failing: 2), isAhead: isAhead)
      var batch = Batch()
      try supply.take(0, into: &batch)
      try supply.take(1, into: &batch)
      #expect(batch.labels == [1])
      for _ in 0..<2 {
        #expect(throws: DatasetError.unreadable(file: "f", reason: "gone")) {
          try supply.take(2, into: &batch)
        }
      }
      try supply.take(3, into: &batch)
      #expect(batch.labels == [3])
    }
  }

  @Test("evaluation shows all images in order, as they are")
  func evaluation() throws {
    var producer = EvaluationBatches(of: images, at: training, normalization: .none, size: 20)
    #expect(producer.count == 3)
    var labels: [UInt16] = []
    for number in 0..<3 {
      var batch = Batch()
      try producer.produce(number, into: &batch)
      labels += batch.labels
      #expect(batch.inputs.shape == [number < 2 ? 20 : 3, 6, 6, 3])
    }
    #expect(labels == training.map { images.labels[$0] })
    #expect(EvaluationBatches(of: images, at: [], normalization: .none, size: 20).count == 0)
  }

  @Test("a batch that there is not is a programming error")
  func outOfRange() async {
    await #expect(processExitsWith: .failure) {
      var batch = Batch()
      try BatchSupply(Counting(notes: Notes()), isAhead: true).take(10, into: &batch)
    }
  }
}
