// CIFAR's binary format on small files: planes become channels, splits need only their own files, and damage has a place.

import Datasets
import Files
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

/// The records of one file: labels and planar pixels.
private func records(_ labels: [[UInt8]], seed: UInt64) -> Data {
  labels.enumerated().reduce(into: Data()) { data, record in
    data += record.element + randomBytes(3072, seed: seed + 100 * UInt64(record.offset))
  }
}

/// A set of five files of three images in four classes, and a test file of which the first two images have a file of their own.
private struct SmallCIFAR {
  var files: [String: Data]
  let entry: DatasetEntry

  init() {
    let batches = (1...5).map { "b\($0).bin" }
    var files: [String: Data] = [:]
    for (index, name) in batches.enumerated() {
      files[name] = records([[0], [UInt8(index % 4)], [3]], seed: UInt64(index))
    }
    let test = records([[1], [2], [0]], seed: 50)
    files["test.bin"] = test
    files["first.bin"] = test.prefix(2 * 3073)
    self.files = files
    entry = DatasetEntry(
      name: "small", summary: "small", folders: ["small"],
      files: (batches + ["test.bin"]).map {
        DatasetFile($0, digest: Digest(of: files[$0] ?? Data()).hexadecimal)
      } + [
        DatasetFile(
          "first.bin", digest: Digest(of: test.prefix(2 * 3073)).hexadecimal,
          continuation: .init(name: "test.bin", prefixCount: 2 * 3073))
      ],
      splits: [
        DatasetSplit("official", training: batches, test: ["test.bin"], trainingCount: 15),
        DatasetSplit("held-out", training: Array(batches[..<4]), test: [batches[4]]),
        DatasetSplit("first", training: batches, test: ["first.bin"]),
      ],
      content: .images(
        shape: [32, 32, 3], classNames: ["a", "b", "c", "d"],
        reader: CIFARReader(
          labelLimits: [4],
          recordCounts: Dictionary(
            uniqueKeysWithValues: (batches + ["test.bin"]).map { ($0, 3) } + [("first.bin", 2)]))),
      sources: [], licence: "none", command: "fetch small")
  }

  func write(_ names: [String], to folder: URL, packed: Bool = false) throws {
    for name in names {
      let data = files[name] ?? Data()
      try DurableFile.replace(
        packed ? Gzip.compress(data) : data,
        at: folder.appendingPathComponent("small/\(name)\(packed ? ".gz" : "")"))
    }
  }

  func catalog(_ folder: URL) -> DatasetCatalog {
    DatasetCatalog(searchRoots: [folder], entries: [entry])
  }
}

private let batchNames = (1...5).map { "b\($0).bin" }

@Suite("CIFAR") struct CIFARTests {
  private let small = SmallCIFAR()

  @Test("planes become channels, and files follow each other", arguments: [false, true])
  func pixels(packed: Bool) throws {
    try withTemporaryFolder { folder throws in
      try small.write(batchNames + ["test.bin"], to: folder, packed: packed)
      let set = try small.catalog(folder).load("small")
      #expect(set.training.imageShape == [32, 32, 3] && set.training.classCount == 4)
      #expect(set.training.labels == [0, 0, 3, 0, 1, 3, 0, 2, 3, 0, 3, 3, 0, 0, 3])
      #expect(set.test.labels == [1, 2, 0] && set.split == "official")
      for (set, names) in [(set.training, batchNames), (set.test, ["test.bin"])] {
        let bytes = names.flatMap { [UInt8](small.files[$0] ?? Data()) }
        for image in 0..<set.count {
          for place in [0, 1, 31, 32, 500, 1023] {
            for channel in 0..<3 {
              #expect(
                set.pixels[image * 3072 + 3 * place + channel]
                  == bytes[image * 3073 + 1 + channel * 1024 + place])
            }
          }
        }
        let planar = (0..<set.count).flatMap { bytes[$0 * 3073 + 1..<($0 + 1) * 3073] }
        #expect(set.pixels.sorted() == planar.sorted())
      }
    }
  }

  @Test("a split needs only its own files, and its checksums are only theirs")
  func splits() throws {
    try withTemporaryFolder { folder throws in
      try small.write(batchNames, to: folder)
      let catalog = small.catalog(folder)
      let held = try catalog.load("small", split: "held-out")
      #expect(held.training.count == 12 && held.test.labels == [0, 0, 3])
      #expect(held.split == "held-out")
      #expect(Set(held.checksums.keys) == Set(batchNames))
      #expect(try catalog.checksums(of: "small", split: "held-out") == held.checksums)
      let missing = #expect(throws: DatasetError.self) { try catalog.load("small") }
      guard case .missing("small", ["test.bin[.gz]"], _, _) = missing else {
        Issue.record("\(String(describing: missing))")
        return
      }
      let status = try catalog.status(of: "small")
      #expect(status.isUsable && !status.isComplete && !status.isDamaged)
      #expect(status.usableSplits == ["held-out"])
      #expect(
        status.verdict == "ok for held-out; test.bin: missing; first.bin: missing")
      // The same images in training, whichever split they come from.
      try small.write(["test.bin"], to: folder)
      #expect(
        try Array(catalog.load("small").training.pixels[..<(12 * 3072)]) == held.training.pixels)
      #expect(try catalog.status(of: "small").verdict == "ok")
    }
  }

  @Test("the first images come from their own file or from the one that continues it, the same")
  func continuation() throws {
    try withTemporaryFolder { folder throws in
      let (one, two) = (
        folder.appendingPathComponent("one"), folder.appendingPathComponent("two")
      )
      try small.write(batchNames + ["first.bin"], to: one)
      try small.write(batchNames + ["test.bin"], to: two, packed: true)
      let own = try small.catalog(one).load("small", split: "first")
      let part = try small.catalog(two).load("small", split: "first")
      #expect(own.test.labels == [1, 2] && own.test == part.test)
      #expect(own.checksums == part.checksums && own.checksums["first.bin"] != nil)
      #expect(try small.catalog(two).checksums(of: "small", split: "first") == own.checksums)

      var cut = small
      cut.files["test.bin"] = small.files["test.bin"]?.prefix(4000)
      try cut.write(["test.bin"], to: two, packed: true)
      #expect(
        throws: DatasetError.truncated(
          file: two.appendingPathComponent("small/test.bin.gz").path, offset: 4000, expected: 6146)
      ) { try small.catalog(two).load("small", split: "first") }
    }
  }

  @Test(
    "a cut file, one that goes on, and a label beyond the classes are named with their place",
    arguments: [0, 1, 2, 3])
  func damage(kind: Int) throws {
    try withTemporaryFolder { folder throws in
      var damaged = small
      let path = folder.appendingPathComponent("small/b3.bin").path
      let expected: DatasetError
      switch kind {
      case 0:
        damaged.files["b3.bin"]?.removeLast()
        expected = .truncated(file: path, offset: 3 * 3073 - 1, expected: 3 * 3073)
      case 1:
        damaged.files["b3.bin"]?.removeLast(3073)
        expected = .truncated(file: path, offset: 2 * 3073, expected: 3 * 3073)
      case 2:
        damaged.files["b3.bin"]? += [0, 0]
        expected = .trailingBytes(file: path, offset: 3 * 3073, found: 3 * 3073 + 2)
      default:
        damaged.files["b3.bin"]?[2 * 3073] = 4
        expected = .labelOutOfRange(file: path, offset: 2 * 3073, label: 4, classCount: 4)
      }
      try damaged.write(batchNames, to: folder)
      let catalog = small.catalog(folder)
      #expect(throws: expected) { try catalog.load("small", split: "held-out") }
      #expect(throws: expected) { try catalog.checksums(of: "small", split: "held-out") }
      let status = try catalog.status(of: "small")
      #expect(status.isDamaged && status.verdict.contains("b3.bin: checksum mismatch"))
    }
  }

  @Test("of two labels the last is the class, and both have to be possible")
  func twoLabels() throws {
    try withTemporaryFolder { folder throws in
      func catalog(_ data: Data) throws -> DatasetCatalog {
        try DurableFile.replace(data, at: folder.appendingPathComponent("two/t.bin"))
        return DatasetCatalog(
          searchRoots: [folder],
          entries: [
            DatasetEntry(
              name: "two", summary: "", folders: ["two"],
              files: [DatasetFile("t.bin", digest: Digest(of: data).hexadecimal)],
              splits: [DatasetSplit("official", training: ["t.bin"], test: ["t.bin"])],
              content: .images(
                shape: [32, 32, 3], classNames: (0..<300).map { "\($0)" },
                reader: CIFARReader(labelLimits: [3, 200], recordCounts: [:])),
              sources: [], licence: "", command: "")
          ])
      }
      let good = try catalog(records([[2, 199], [0, 7]], seed: 9)).load("two")
      #expect(good.training.labels == [199, 7])
      #expect(good.training.pixels[0] == randomBytes(1, seed: 9)[0])
      let path = folder.appendingPathComponent("two/t.bin").path
      #expect(
        throws: DatasetError.labelOutOfRange(file: path, offset: 3074, label: 3, classCount: 3)
      ) { try catalog(records([[2, 199], [3, 7]], seed: 9)).load("two") }
      #expect(
        throws: DatasetError.labelOutOfRange(file: path, offset: 1, label: 200, classCount: 200)
      ) { try catalog(records([[2, 200]], seed: 9)).load("two") }
      #expect(throws: DatasetError.truncated(file: path, offset: 4000, expected: 6148)) {
        try catalog(records([[0, 0], [0, 0]], seed: 9).prefix(4000)).load("two")
      }
    }
  }
}

private let standard = DatasetCatalog.standard(
  environment: ProcessInfo.processInfo.environment,
  workingDirectory: FileManager.default.temporaryDirectory)

private func isUsable(_ name: String, _ split: String) -> Bool {
  (try? standard.status(of: name).usableSplits.contains(split)) ?? false
}

@Suite("The published CIFAR files") struct PublishedCIFARTests {
  @Test(
    "CIFAR-10's training images have the published statistics",
    .enabled(if: isUsable("cifar10", "first-1000"), "CIFAR-10 is not on this machine"))
  func trainingSet() throws {
    let set = try standard.load("cifar10", split: "first-1000")
    #expect(set.training.count == 50_000 && set.test.count == 1000)
    var counts = [Int](repeating: 0, count: 10)
    for label in set.training.labels { counts[Int(label)] += 1 }
    #expect(counts == [Int](repeating: 5000, count: 10))
    // The first images: a frog, two lorries, a deer and a car.
    #expect(set.training.labels.prefix(5) == [6, 9, 9, 4, 1])
    #expect(set.test.labels.prefix(5) == [3, 8, 8, 0, 6])
    let normalization = Normalization.perChannel(of: set.training, at: Array(0..<50_000))
    for (channel, published) in [0.4914, 0.4822, 0.4465].enumerated() {
      #expect(abs(normalization.mean[channel] - published) < 1e-4)
    }
    for (channel, published) in [0.2470, 0.2435, 0.2616].enumerated() {
      #expect(abs(normalization.standardDeviation[channel] - published) < 1e-4)
    }
  }

  @Test(
    "batch 5 held out: four batches to learn from, the fifth to test, and no test batch needed",
    .enabled(if: isUsable("cifar10", "batch-5-held-out"), "CIFAR-10 is not on this machine"))
  func heldOut() throws {
    let set = try standard.load("cifar10", split: "batch-5-held-out")
    #expect(set.training.count == 40_000 && set.test.count == 10_000)
    #expect(set.checksums.keys.sorted() == (1...5).map { "data_batch_\($0).bin" })
    #expect(set.training.labels.prefix(5) == [6, 9, 9, 4, 1])
  }

  @Test(
    "CIFAR-100 has 500 images of every class",
    .enabled(if: isUsable("cifar100", "official"), "CIFAR-100 is not on this machine"))
  func cifar100() throws {
    let set = try standard.load("cifar100")
    var counts = [Int](repeating: 0, count: 100)
    for label in set.training.labels { counts[Int(label)] += 1 }
    #expect(counts == [Int](repeating: 500, count: 100) && set.test.count == 10_000)
  }
}
