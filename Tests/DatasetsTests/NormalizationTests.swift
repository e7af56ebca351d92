// Normalization and batches, compared with plain formulas in Double.

import Datasets
import Foundation
import Reproducibility
import Tensors
import Testing

@Suite("Normalization") struct NormalizationTests {
  private let shapes: [Shape] = [[1, 1, 1], [5, 4, 1], [3, 2, 3], [7, 7, 2]]

  @Test(
    "mean and deviation per channel agree with the two-pass formula",
    arguments: 0..<10 as Range<UInt64>)
  func perChannel(seed: UInt64) {
    for shape in shapes {
      let set = randomSet(20, shape: shape, seed: seed)
      let indices = Split.random(count: 20, validationCount: 6, seed: Seed(seed)).training
      let normalization = Normalization.perChannel(of: set, at: indices)
      #expect(normalization.mean.count == shape[2])
      for channel in 0..<shape[2] {
        let values = indices.flatMap { image in
          (0..<shape[0] * shape[1]).map { place in
            Double(set.pixels[image * shape.elementCount + place * shape[2] + channel]) / 255
          }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        // Both are sums of at most a thousand terms in Double.
        #expect(abs(normalization.mean[channel] - mean) < 1e-13)
        #expect(abs(normalization.standardDeviation[channel] - variance.squareRoot()) < 1e-12)
      }
      #expect(normalization == Normalization.perChannel(of: set, at: indices.reversed()))
    }
  }

  @Test("the mean image agrees with the mean of every pixel", arguments: 0..<5 as Range<UInt64>)
  func meanImage(seed: UInt64) {
    for shape in shapes {
      let set = randomSet(15, shape: shape, seed: seed)
      let indices = Array(stride(from: 1, to: 15, by: 2))
      let normalization = Normalization.meanImage(of: set, at: indices)
      let size = shape.elementCount
      let expected = (0..<size).map { place in
        indices.reduce(0.0) { $0 + Double(set.pixels[$1 * size + place]) } / (255 * 7)
      }
      #expect(zip(normalization.mean, expected).allSatisfy { abs($0 - $1) < 1e-15 })
      #expect(normalization.mean.count == size)
      #expect(normalization.standardDeviation == [Double](repeating: 1, count: size))
    }
  }

  @Test("a constant channel keeps the deviation 1, so that inputs stay finite")
  func constantChannel() {
    let set = ImageSet(
      name: "flat", imageShape: [2, 2, 1], pixels: [UInt8](repeating: 51, count: 8),
      labels: [0, 1], classCount: 2)
    let normalization = Normalization.perChannel(of: set, at: [0, 1])
    #expect(normalization.mean == [0.2] && normalization.standardDeviation == [1])
  }

  @Test("images outside the given indices have no influence")
  func trainingOnly() {
    let set = randomSet(10, shape: [4, 4, 1], seed: 4)
    var pixels = set.pixels
    for place in 16 * 8..<16 * 10 { pixels[place] = ~pixels[place] }
    let altered = ImageSet(
      name: "altered", imageShape: [4, 4, 1], pixels: pixels, labels: set.labels, classCount: 10)
    let indices = Array(0..<8)
    #expect(
      Normalization.perChannel(of: set, at: indices)
        == Normalization.perChannel(of: altered, at: indices))
    #expect(
      Normalization.meanImage(of: set, at: indices)
        == Normalization.meanImage(of: altered, at: indices))
    #expect(
      Normalization.perChannel(of: set, at: Array(0..<10))
        != Normalization.perChannel(of: altered, at: Array(0..<10)))
  }

  @Test("a normalization survives JSON, and a stored one that is none is refused")
  func coding() throws {
    let set = randomSet(10, shape: [5, 5, 2], seed: 8)
    for normalization in [
      Normalization.none, .perChannel(of: set, at: [0, 3]), .meanImage(of: set, at: [1, 2]),
    ] {
      let data = try CanonicalJSON.encode(normalization)
      let back = try CanonicalJSON.decode(Normalization.self, from: data)
      #expect(back == normalization)
      #expect(batch(of: set, [4, 1], back).images == batch(of: set, [4, 1], normalization).images)
    }
    for text in [
      #"{"mean":[],"standard-deviation":[]}"#, #"{"mean":[0],"standard-deviation":[1,1]}"#,
      #"{"mean":[0],"standard-deviation":[0]}"#, #"{"mean":[0],"standard-deviation":[-1]}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try CanonicalJSON.decode(Normalization.self, from: Data(text.utf8))
      }
    }
  }

  @Test("numbers that do not make a normalization are a programming error")
  func invalid() async {
    await #expect(processExitsWith: .failure) {
      _ = Normalization.fixed(mean: [0, 0], standardDeviation: [1])
    }
    await #expect(processExitsWith: .failure) {
      _ = Normalization.fixed(mean: [0], standardDeviation: [0])
    }
  }

  // MARK: - Batches

  private func batch(
    of set: ImageSet, _ indices: [Int], _ normalization: Normalization
  ) -> (images: Tensor, labels: [UInt16]) {
    var images = Tensor.empty
    var labels: [UInt16] = []
    fillBatch(
      from: set, at: indices, normalization: normalization, images: &images, labels: &labels)
    return (images, labels)
  }

  @Test(
    "a batch has (p / 255 − mean) / deviation of the chosen images, bit by bit",
    arguments: 0..<5 as Range<UInt64>)
  func batches(seed: UInt64) {
    for shape in shapes + [[6, 6, 20]] {
      let set = randomSet(12, shape: shape, seed: seed)
      let all = Array(0..<12)
      let single = Normalization.fixed(mean: [0.1307], standardDeviation: [0.3081])
      for normalization in [
        Normalization.none, single, .perChannel(of: set, at: all), .meanImage(of: set, at: all),
      ] {
        for indices in [[], [11], [3, 0, 7, 7], all] {
          let (images, labels) = batch(of: set, indices, normalization)
          #expect(images.shape == Shape([indices.count] + shape.sizes))
          #expect(labels == indices.map { set.labels[$0] })
          let size = shape.elementCount
          let expected = indices.flatMap { image in
            (0..<size).map { place -> Float in
              let group = place % normalization.mean.count
              let unit = Float(set.pixels[image * size + place]) / 255
              return (unit - Float(normalization.mean[group]))
                / Float(normalization.standardDeviation[group])
            }
          }
          #expect(images.elements == expected, "seed \(seed), \(shape), \(indices)")
        }
      }
    }
  }

  @Test("a slice of an order is used from its own beginning, and memory is reused")
  func slicesAndReuse() {
    let set = randomSet(40, shape: [8, 8, 1], seed: 3)
    let order = EpochOrder.indices(of: Array(0..<40), epoch: 0, seed: Seed(2))
    var images = Tensor.empty
    var labels: [UInt16] = []
    var addresses: Set<UInt> = []
    for start in stride(from: 0, to: 40, by: 10) {
      fillBatch(
        from: set, at: order[start..<start + 10], normalization: .none, images: &images,
        labels: &labels)
      let chosen = Array(order[start..<start + 10])
      #expect(images == batch(of: set, chosen, .none).images)
      #expect(labels == chosen.map { set.labels[$0] })
      images.elements.withUnsafeBufferPointer {
        _ = addresses.insert(UInt(bitPattern: $0.baseAddress))
      }
    }
    #expect(addresses.count == 1)
    // A last, smaller batch has its own shape.
    fillBatch(
      from: set, at: order[36...], normalization: .none, images: &images, labels: &labels)
    #expect(images.shape == [4, 8, 8, 1] && labels.count == 4)
  }

  @Test("an index without an image, or a normalization of another size, is a programming error")
  func invalidBatches() async {
    await #expect(processExitsWith: .failure) {
      _ = NormalizationTests().batch(of: randomSet(3, shape: [2, 2, 1], seed: 1), [3], .none)
    }
    await #expect(processExitsWith: .failure) {
      let two = Normalization.fixed(mean: [0, 0], standardDeviation: [1, 1])
      _ = NormalizationTests().batch(of: randomSet(3, shape: [2, 2, 1], seed: 1), [0], two)
    }
  }

  @Test("an image set whose parts do not fit is a programming error")
  func invalidSets() async {
    await #expect(processExitsWith: .failure) {
      _ = ImageSet(
        name: "x", imageShape: [2, 2, 1], pixels: [0, 0, 0], labels: [0], classCount: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = ImageSet(
        name: "x", imageShape: [1, 1, 1], pixels: [0], labels: [2], classCount: 2)
    }
  }
}
