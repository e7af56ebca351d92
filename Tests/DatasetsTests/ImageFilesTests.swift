// Images in files: decoded when needed, resized as the definition says, varied as the epoch says.

import Datasets
import Files
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

/// The definition of resizing, in Double and in one step: the mean of all pixels under a triangle in both directions.
private func resized(
  _ source: Bitmap, rows: Range<Int>, columns: Range<Int>, to size: (height: Int, width: Int),
  row: Int, column: Int, channel: Int
) -> Double {
  func weights(_ inputs: Int, _ outputs: Int, _ output: Int) -> [Double] {
    let scale = Double(inputs) / Double(outputs)
    let centre = (Double(output) + 0.5) * scale
    let all = (0..<inputs).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / max(1, scale)) }
    let sum = all.reduce(0, +)
    return all.map { $0 / sum }
  }
  var sum = 0.0
  for (y, vertical) in weights(rows.count, size.height, row).enumerated() where vertical > 0 {
    for (x, horizontal) in weights(columns.count, size.width, column).enumerated()
    where horizontal > 0 {
      let place = (rows.lowerBound + y) * source.width + columns.lowerBound + x
      let value =
        source.channels == 1 ? source.pixels[place] : source.pixels[place * 3 + channel]
      sum += vertical * horizontal * Double(value)
    }
  }
  return sum
}

@Suite("ImageFiles") struct ImageFilesTests {
  @Test("evaluation sees the middle of the resized image, as the definition says")
  func evaluation() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder).training
      // Heights and widths in the order of the files, and what they are resized to.
      let cases: [(Bitmap, (height: Int, width: Int))] = [
        (randomPicture(12, 12, seed: 3), (12, 12)), (randomPicture(9, 40, seed: 5), (12, 53)),
        (randomPicture(5, 7, seed: 4), (12, 16)),
        (randomPicture(31, 13, channels: 1, seed: 2), (28, 12)),
        (randomPicture(20, 30, seed: 1), (12, 18)),
      ]
      for (index, (source, size)) in cases.enumerated() {
        let pixels = try #require(set.files).pixels(at: index)
        #expect(pixels.count == 9 * 9 * 3)
        let (top, left) = ((size.height - 9) / 2, (size.width - 9) / 2)
        for y in 0..<9 {
          for x in 0..<9 {
            for channel in 0..<3 {
              let expected = resized(
                source, rows: 0..<source.height, columns: 0..<source.width, to: size, row: top + y,
                column: left + x, channel: channel)
              // Rounded to a byte; sums in Float are exact to a thousandth here.
              #expect(
                abs(Double(pixels[(y * 9 + x) * 3 + channel]) - expected) < 0.501,
                "image \(index) at \(y), \(x)")
            }
          }
        }
      }
      // Resizing 12 × 12 to itself changes nothing.
      let same = try #require(set.files).pixels(at: 0)
      let original = randomPicture(12, 12, seed: 3)
      for y in 0..<9 {
        let start = ((y + 1) * 12 + 1) * 3
        #expect(
          Array(same[y * 27..<(y + 1) * 27]) == Array(original.pixels[start..<start + 27]))
      }
    }
  }

  @Test("a random window is one of those of the resized image, mirrored or not")
  func randomWindow() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let files = try #require(try loadTree(folder).training.files)
      // The first image is not resized, so its windows can be cut by hand: 4 × 4 places, mirrored or not.
      let source = randomPicture(12, 12, seed: 3)
      var windows: [[UInt8]: Int] = [:]
      for row in 0..<4 {
        for column in 0..<4 {
          for mirrored in [false, true] {
            let window = (0..<9).flatMap { y in
              (0..<9).flatMap { x in
                let place = (row + y) * 12 + column + (mirrored ? 8 - x : x)
                return source.pixels[place * 3..<place * 3 + 3]
              }
            }
            windows[window] = 0
          }
        }
      }
      #expect(windows.count == 32)
      let augmentation = Augmentation(flip: true, window: .random)
      for epoch in 0..<800 {
        let found = try files.pixels(
          at: 0, variation: ImageVariation(augmentation, epoch: epoch, seed: Seed(5)))
        try #require(windows[found] != nil, "epoch \(epoch)")
        windows[found, default: 0] += 1
      }
      // Binomial(800, 1/32): mean 25, deviation 4.9; five deviations either side.
      #expect(windows.values.allSatisfy { (1...50).contains($0) }, "\(windows.values.sorted())")
    }
  }

  @Test(
    "a resized window is drawn for seed, epoch and image, and stays within the colours there are")
  func randomResized() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder).training
      let augmentation = Augmentation(flip: true, window: .randomResized)
      func batch(_ indices: [Int], epoch: Int) throws -> Batch {
        var batch = Batch()
        try set.fill(
          &batch, at: indices[...], normalization: .none,
          variation: ImageVariation(augmentation, epoch: epoch, seed: Seed(5)))
        return batch
      }
      let all = try batch([0, 1, 2, 3, 4], epoch: 0)
      #expect(all.inputs.shape == [5, 9, 9, 3] && all.labels == set.labels)
      let some = try batch([4, 2], epoch: 0)
      #expect(some.inputs.elements[0..<243] == all.inputs.elements[972..<1215])
      #expect(some.inputs.elements[243...] == all.inputs.elements[486..<729])
      #expect(try batch([0, 1, 2, 3, 4], epoch: 1).inputs != all.inputs)
      #expect(all.inputs.elements.allSatisfy { (0...1).contains($0) })
      // A picture of one colour keeps it, whatever part of it is seen.
      let flat = Bitmap(
        width: 40, height: 9, channels: 3,
        pixels: (0..<360).flatMap { _ in [10, 200, 90] as [UInt8] })
      try DurableFile.replace(
        flat.encoded(), at: folder.appendingPathComponent("tree/train/a/y.png"))
      let files = try #require(try loadTree(folder).training.files)
      for epoch in 0..<40 {
        let pixels = try files.pixels(
          at: 1, variation: ImageVariation(augmentation, epoch: epoch, seed: Seed(5)))
        #expect(pixels == (0..<81).flatMap { _ in [10, 200, 90] as [UInt8] })
      }
    }
  }

  @Test("files of every depth and colour type are seen in red, green and blue")
  func formats() throws {
    try withTemporaryFolder { folder throws in
      var tree = try SmallTree()
      tree.files["val/a/1.png"] = plainPNG(
        width: 16, height: 16, bitDepth: 16, colour: .greyWithAlpha,
        samples: (0..<256).flatMap { [$0 * 257, 65_535] })
      tree.files["val/b/1.png"] = plainPNG(
        width: 16, height: 16, bitDepth: 1, colour: .grey, samples: (0..<256).map { $0 % 2 })
      try tree.write(to: folder)
      let geometry = ImageGeometry(resize: 16, size: 16)
      let test = try loadTree(folder, ImageTreeFormat(classCount: 2, geometry: geometry)).test
      let files = try #require(test.files)
      #expect(
        try files.pixels(at: 0) == (0..<256).flatMap { [UInt8](repeating: UInt8($0), count: 3) })
      #expect(
        try files.pixels(at: 1)
          == (0..<256).flatMap { [UInt8](repeating: $0 % 2 == 0 ? 0 : 255, count: 3) })
    }
  }

  @Test("statistics are those of images spread over the split, and need no more than the limit")
  func statistics() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder).training
      let (sample, indices) = try set.statisticsSample(of: [4, 0, 2])
      #expect(indices == [0, 1, 2] && sample.files == nil && sample.labels == [1, 0, 0])
      #expect(try sample.pixels[243..<486] == set.files?.pixels(at: 0)[...])
      let normalization = Normalization.perChannel(of: sample, at: indices)
      #expect(normalization.mean.count == 3)
      let memory = randomSet(5, shape: [2, 2, 1], seed: 1)
      let (same, all) = try memory.statisticsSample(of: [4, 0])
      #expect(same == memory && all == [4, 0])
      // Twice the limit: every other one.
      let many = ImageSet(
        name: "many",
        files: ImageFiles(
          folder: folder.appendingPathComponent("tree"),
          paths: (0..<4096).map { $0 % 2 == 0 ? "val/a/1.png" : "missing" },
          digests: Array(
            repeating: Digest(of: try #require(SmallTree().files["val/a/1.png"])), count: 4096),
          geometry: smallFormat.geometry),
        labels: [UInt16](repeating: 0, count: 4096), classCount: 1)
      #expect(try many.statisticsSample(of: Array(0..<4096)).images.count == 2048)
    }
  }

  @Test("a file replaced by another picture of the same size is never decoded")
  func replaced() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder).training
      let url = folder.appendingPathComponent("tree/train/a/x.png")
      let (original, date) = (
        try Data(contentsOf: url),
        try FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate]
      )
      try randomPicture(12, 12, seed: 99).encoded().write(to: url)
      try FileManager.default.setAttributes(
        [.modificationDate: try #require(date)], ofItemAtPath: url.path)
      #expect(throws: DatasetError.replaced(file: url.path)) { try set.decoded(at: [1, 0]) }
      try original.write(to: url)
      #expect(try set.decoded(at: [1, 0]).count == 2)
    }
  }

  @Test("a file that goes away after the set was found is an error when it is needed")
  func vanished() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder).test
      let url = folder.appendingPathComponent("tree/val/b/1.png")
      try FileManager.default.removeItem(at: url)
      let error = #expect(throws: DatasetError.self) { try set.decoded(at: [0, 1]) }
      guard case .unreadable(url.path, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
