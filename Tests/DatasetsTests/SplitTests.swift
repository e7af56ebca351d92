// Splits and orders: every image once, a pure function of the seed.

import Datasets
import Foundation
import Reproducibility
import Testing

@Suite("Split") struct SplitTests {
  @Test(
    "a random split uses every image once, in ascending order", arguments: 0..<20 as Range<UInt64>)
  func partition(seed: UInt64) {
    for (count, validationCount) in [(0, 0), (1, 0), (1, 1), (10, 3), (1000, 100)] {
      let split = Split.random(count: count, validationCount: validationCount, seed: Seed(seed))
      #expect(split.validation.count == validationCount)
      #expect(split.training == split.training.sorted())
      #expect(split.validation == split.validation.sorted())
      #expect((split.training + split.validation).sorted() == Array(0..<count))
      #expect(
        split == Split.random(count: count, validationCount: validationCount, seed: Seed(seed)))
    }
  }

  @Test("different seeds set different images apart, and every image is as likely")
  func randomness() {
    let splits = (0..<400).map {
      Split.random(count: 60, validationCount: 6, seed: Seed(UInt64($0)))
    }
    #expect(Set(splits).count == 400)
    var counts = [Int](repeating: 0, count: 60)
    for split in splits { for index in split.validation { counts[index] += 1 } }
    // Binomial(400, 0.1): mean 40, deviation 6; five deviations either side.
    #expect(counts.allSatisfy { (10...70).contains($0) }, "\(counts)")
  }

  @Test("a split given by hand is sorted")
  func sorted() {
    let split = Split(training: [4, 0, 2], validation: [3, 1])
    #expect(split.training == [0, 2, 4] && split.validation == [1, 3])
  }

  @Test("an index in both halves, twice in one, or below zero is a programming error")
  func invalidSplits() async {
    await #expect(processExitsWith: .failure) { _ = Split(training: [0, 1], validation: [1]) }
    await #expect(processExitsWith: .failure) { _ = Split(training: [2, 2], validation: []) }
    await #expect(processExitsWith: .failure) { _ = Split(training: [-1], validation: [2]) }
    await #expect(processExitsWith: .failure) {
      _ = Split.random(count: 5, validationCount: 6, seed: Seed(1))
    }
  }

  @Test("a split survives JSON, and a stored one that is none is refused")
  func coding() throws {
    let split = Split.random(count: 30, validationCount: 7, seed: Seed(3))
    let data = try CanonicalJSON.encode(split)
    #expect(try CanonicalJSON.decode(Split.self, from: data) == split)
    for text in [#"{"training":[0,1],"validation":[1]}"#, #"{"training":[-1],"validation":[]}"#] {
      #expect(throws: DecodingError.self) {
        try CanonicalJSON.decode(Split.self, from: Data(text.utf8))
      }
    }
  }

  @Test("an epoch visits every index of its split once, each epoch in another order")
  func epochOrder() {
    let split = Split.random(count: 500, validationCount: 50, seed: Seed(1)).training
    let orders = (0..<10).map { EpochOrder.indices(of: split, epoch: $0, seed: Seed(9)) }
    for order in orders { #expect(order.sorted() == split) }
    #expect(Set(orders).count == 10)
    #expect(orders[3] == EpochOrder.indices(of: split, epoch: 3, seed: Seed(9)))
    #expect(orders[3] != EpochOrder.indices(of: split, epoch: 3, seed: Seed(10)))
    #expect(EpochOrder.indices(of: [], epoch: 0, seed: Seed(1)) == [])
  }
}
