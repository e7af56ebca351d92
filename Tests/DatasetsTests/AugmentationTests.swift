// Windows and mirror images: each output is some window of the padded image, drawn for seed, epoch and image alone.

import Datasets
import Foundation
import Reproducibility
import Tensors
import Testing

/// A window of an image with black pixels around it, mirrored or not, then normalised; computed place by place.
private func reference(
  _ set: ImageSet, _ image: Int, row: Int, column: Int, mirrored: Bool,
  _ normalization: Normalization
) -> [Float] {
  let (height, width, channels) = (set.imageShape[0], set.imageShape[1], set.imageShape[2])
  var result: [Float] = []
  for y in 0..<height {
    for x in 0..<width {
      let (sourceY, sourceX) = (y + row, (mirrored ? width - 1 - x : x) + column)
      for channel in 0..<channels {
        let isInside = (0..<height).contains(sourceY) && (0..<width).contains(sourceX)
        let pixel =
          isInside
          ? set.pixels[((image * height + sourceY) * width + sourceX) * channels + channel] : 0
        let group = ((y * width + x) * channels + channel) % normalization.mean.count
        result.append(
          (Float(pixel) / 255 - Float(normalization.mean[group]))
            / Float(normalization.standardDeviation[group]))
      }
    }
  }
  return result
}

private func batch(
  of set: ImageSet, _ indices: [Int], _ augmentation: Augmentation, epoch: Int = 0,
  seed: UInt64 = 1, _ normalization: Normalization = .none
) throws -> Batch {
  var batch = Batch()
  try set.fill(
    &batch, at: indices[...], normalization: normalization,
    variation: ImageVariation(augmentation, epoch: epoch, seed: Seed(seed)))
  return batch
}

@Suite("Augmentation") struct AugmentationTests {
  @Test(
    "every image becomes one window of itself on black, mirrored or not, before the normalization",
    arguments: [Shape([6, 5, 3]), [4, 4, 1]])
  func windows(shape: Shape) throws {
    let set = randomSet(12, shape: shape, seed: 3)
    let all = Array(0..<12)
    for normalization in [
      Normalization.none, .perChannel(of: set, at: all), .meanImage(of: set, at: all),
    ] {
      for augmentation in [
        Augmentation(crop: 2, flip: true), Augmentation(crop: 1), Augmentation(flip: true),
        Augmentation(),
      ] {
        let found = try batch(of: set, all, augmentation, normalization)
        #expect(found.inputs.shape == Shape([12] + shape.sizes) && found.labels == set.labels)
        let size = shape.elementCount
        for image in all {
          let output = Array(found.inputs.elements[image * size..<(image + 1) * size])
          let reach = -augmentation.crop...augmentation.crop
          let matches = reach.flatMap { row in
            reach.flatMap { column in
              [false, true].filter { mirrored in
                (!mirrored || augmentation.flip)
                  && output
                    == reference(
                      set, image, row: row, column: column, mirrored: mirrored, normalization)
              }
            }
          }
          #expect(matches.count == 1, "image \(image), \(augmentation)")
        }
      }
    }
  }

  @Test("every window and both mirror images occur, each as often as the others")
  func distribution() throws {
    // A single bright pixel shows where the window was and whether it was mirrored.
    let (height, width) = (7, 9)
    var pixels = [UInt8](repeating: 0, count: height * width)
    pixels[3 * width + 3] = 255
    let set = ImageSet(
      name: "dot", imageShape: [height, width, 1], pixels: pixels, labels: [0], classCount: 1)
    var counts: [Int: Int] = [:]
    for epoch in 0..<5000 {
      let images = try batch(of: set, [0], Augmentation(crop: 2, flip: true), epoch: epoch).inputs
      let place = try #require(images.elements.firstIndex { $0 > 0 })
      counts[place, default: 0] += 1
    }
    // 5 rows, and columns 1 to 5 or, mirrored, 3 to 7: of 50 equal cases each place has one or two.
    for row in 1...5 {
      for column in 1...7 {
        let cases = (column <= 5 ? 1 : 0) + (column >= 3 ? 1 : 0)
        let expected = 100 * cases
        // Binomial: five standard deviations either side.
        let spread = Int(5 * Double(expected).squareRoot())
        let count = counts[row * width + column, default: 0]
        #expect(abs(count - expected) < spread, "\(row), \(column): \(count)")
      }
    }
    #expect(counts.count == 35)
  }

  @Test("what an epoch shows of an image depends on seed, epoch and image alone")
  func purity() throws {
    let set = randomSet(40, shape: [8, 8, 3], seed: 6)
    let augmentation = Augmentation(crop: 3, flip: true)
    let all = try batch(of: set, Array(0..<40), augmentation).inputs.elements
    let size = 192
    for indices in [[7], [39, 7, 0], Array((0..<40).reversed())] {
      let found = try batch(of: set, indices, augmentation)
      for (position, index) in indices.enumerated() {
        #expect(
          found.inputs.elements[position * size..<(position + 1) * size]
            == all[index * size..<(index + 1) * size])
      }
    }
    #expect(try batch(of: set, Array(0..<40), augmentation, epoch: 1).inputs.elements != all)
    #expect(try batch(of: set, Array(0..<40), augmentation, seed: 2).inputs.elements != all)
  }

  @Test("the draws of a seed are fixed; other ones need a new numerics version")
  func golden() throws {
    let set = randomSet(64, shape: [32, 32, 3], seed: 12)
    let bits = try batch(of: set, Array(0..<64), Augmentation(crop: 4, flip: true), epoch: 3)
      .inputs.elements.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    #expect(Digest(of: bits).short == "93258fd8ff7756da")
  }

  @Test("an augmentation survives JSON, and says only what it has")
  func coding() throws {
    for augmentation in [
      Augmentation(crop: 4, flip: true), Augmentation(flip: true, window: .randomResized),
    ] {
      let data = try CanonicalJSON.encode(augmentation)
      #expect(try CanonicalJSON.decode(Augmentation.self, from: data) == augmentation)
    }
    #expect(
      String(decoding: try CanonicalJSON.encode(Augmentation(crop: 4, flip: true)), as: UTF8.self)
        == #"{"crop":4,"flip":true}"#)
  }
}
