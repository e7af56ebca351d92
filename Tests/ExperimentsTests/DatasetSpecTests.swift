// The data set in a spec: splits, variation of images and folders are read and checked, and runs on them are computed.

import Datasets
import Experiments
import Foundation
import Kernels
import Reproducibility
import TestSupport
import Testing

private func spec(_ dataset: String, outputs: Int = 10) -> String {
  """
  experiment: images
  question: A test.
  network: { layers: [ flatten, linear: { outputs: \(outputs) } ] }
  dataset: \(dataset)
  dense: { schedule: { constant: { rate: 0.01 } }, epochs: 2, batch: 8 }
  seeds: [1]
  profiles: { smoke: {} }
  """
}

private func read(_ dataset: String, outputs: Int = 10) throws(SpecErrors) -> Experiment {
  try Experiment(
    yaml: spec(dataset, outputs: outputs), file: "images.yaml", paper: "own", profile: "smoke")
}

private let folderSpec =
  "{ name: image-folder, folder: sets/tree, classes: 2, size: 8, resize: 9, validation: 4, "
  + "augmentation: { flip: true, window: random-resized } }"

/// Twelve training and four test pictures in two classes.
private func writeTree(to root: URL) throws {
  var stream = RandomStream(Seed(8))
  for (half, count) in [("train", 6), ("val", 2)] {
    for name in ["cat", "dog"] {
      let folder = root.appending(path: "sets/tree/\(half)/\(name)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for index in 0..<count {
        let (width, height) = (9 + stream.integer(below: 9), 9 + stream.integer(below: 9))
        try plainPNG(
          width: width, height: height, bitDepth: 8, colour: .colour,
          samples: (0..<width * height * 3).map { _ in stream.integer(below: 256) }
        ).write(to: folder.appending(path: "\(index).png"))
      }
    }
  }
}

private let standard = DatasetCatalog.standard(
  environment: ProcessInfo.processInfo.environment,
  workingDirectory: FileManager.default.temporaryDirectory)

private var hasCIFAR: Bool {
  (try? standard.status(of: "cifar10").usableSplits.contains("batch-5-held-out")) ?? false
}

@Suite struct DatasetSpecTests {
  @Test("split and augmentation are read, and are not in the identity of a spec without them")
  func fields() throws {
    let plain = try #require(read("{ name: cifar10, validation: 5000 }").cells.first).run
    let text = String(decoding: try CanonicalJSON.encode(plain), as: UTF8.self)
    for field in ["split\"", "augmentation", "folder", "classes", "resize", "size"] {
      #expect(!text.contains("\"\(field)"), "\(field) in \(text)")
    }
    let full = try read(
      "{ name: cifar10, validation: 5000, split: batch-5-held-out, augmentation: { crop: 4, flip: true } }"
    )
    let dataset = try #require(full.cells.first?.run.dataset)
    #expect(dataset.split == "batch-5-held-out")
    #expect(dataset.augmentation == Augmentation(crop: 4, flip: true))
    let folder = try read(folderSpec, outputs: 2)
    #expect(folder.cells.first?.run.dataset?.folder == "sets/tree")
  }

  static let mistakes: [(dataset: String, key: String, words: [String])] = [
    ("{ name: cifar10, split: batch-6 }", "split", ["official, batch-5-held-out, first-1000"]),
    ("{ name: mnist, split: first-1000 }", "split", ["no split", "official"]),
    (
      "{ name: cifar10, split: batch-5-held-out, validation: 40000 }", "validation",
      ["less than 40000"]
    ),
    ("{ name: cifar10, augmentation: { crop: 32 } }", "augmentation.crop", ["0 to 31"]),
    ("{ name: cifar10, augmentation: { crop: -1 } }", "augmentation.crop", ["0 to 31"]),
    ("{ name: cifar10, augmentation: { crop: 4, flop: true } }", "augmentation.flop", ["‘flip’"]),
    ("{ name: cifar10, augmentation: { window: random } }", "augmentation.window", ["folders"]),
    ("{ name: cifar10, augmentation: { window: some } }", "augmentation.window", ["random"]),
    ("{ name: cifar10, folder: tree }", "folder", ["image-folder"]),
    ("{ name: cifar10, classes: 10 }", "classes", ["image-folder"]),
    ("{ name: cifar10, size: 24 }", "size", ["folders"]),
    ("{ name: cifar1 }", "name", ["did you mean ‘cifar10’"]),
    ("{ name: bible-kjv }", "network", ["6885 words"]),
    ("{ name: bible-kjv, testLimit: 19 }", "testLimit", ["at least 20"]),
    ("{ name: bible-kjv, trainingLimit: 1 }", "trainingLimit", ["at least 20"]),
    ("{ name: bible-kjv, augmentation: { flip: true } }", "augmentation", ["only for images"]),
    ("{ name: image-folder, classes: 2, size: 8 }", "folder", ["below"]),
    ("{ name: image-folder, folder: /data/x, classes: 2, size: 8 }", "folder", ["‘/data/x’"]),
    ("{ name: image-folder, folder: ../x, classes: 2, size: 8 }", "folder", ["‘../x’"]),
    ("{ name: image-folder, folder: x, size: 8 }", "classes", ["1 to 65,536"]),
    ("{ name: image-folder, folder: x, classes: 70000, size: 8 }", "classes", ["1 to 65,536"]),
    ("{ name: image-folder, folder: x, classes: 2 }", "size", ["is missing"]),
    ("{ name: image-folder, folder: x, classes: 2, size: 0 }", "size", ["1 to 4,096"]),
    (
      "{ name: image-folder, folder: x, classes: 2, size: 8, resize: 7 }", "resize", ["8 to 8,192"]
    ),
    (
      "{ name: image-folder, folder: x, classes: 2, size: 8, augmentation: { crop: 1 } }",
      "augmentation.crop", ["window"]
    ),
    ("{ name: image-folder, folder: x, classes: 3, size: 8 }", "network", ["3 classes"]),
    ("{ name: imagenet, validation: 1281167 }", "validation", ["less than 1281167"]),
  ]

  @Test(
    "a mistake in the data set is shown with its key and what is allowed",
    arguments: mistakes.indices)
  func mistake(index: Int) throws {
    let (dataset, key, words) = Self.mistakes[index]
    let error = #expect(throws: SpecErrors.self) { try read(dataset) }
    let errors = try #require(error?.errors)
    let found = try #require(
      errors.first { $0.keyPath == (key == "network" ? key : "dataset.\(key)") }, "\(errors)")
    #expect(found.line == (key == "network" ? 3 : 4))
    for word in words { #expect(found.problem.contains(word), "\(found)") }
  }

  @Test("ImageNet's square may be another one than the catalogue's")
  func imageNet() throws {
    // 224 × 224 in colour without size; the network's shape is checked against what is seen.
    for (dataset, side) in [
      ("{ name: imagenet, validation: 50000 }", 224),
      ("{ name: imagenet, validation: 50000, size: 64 }", 64),
    ] {
      let text = spec(dataset, outputs: 1000).replacing(
        "flatten, linear", with: "convolution: { filters: 1, kernel: \(side) }, flatten, linear")
      #expect(
        try Experiment(yaml: text, file: "images.yaml", paper: "own", profile: "smoke").cells.count
          == 1)
      let larger = text.replacing("kernel: \(side)", with: "kernel: \(side + 1)")
      #expect(throws: SpecErrors.self) {
        try Experiment(yaml: larger, file: "images.yaml", paper: "own", profile: "smoke")
      }
    }
  }

  @Test("a run on a folder is computed, twice the same, and follows the folder's contents")
  func folderRun() throws {
    try withTemporaryFolder { folder in
      try writeTree(to: folder)
      let catalog = DatasetCatalog(searchRoots: [folder], entries: [])
      func run(_ name: String, threads: Int) throws -> (Plan, [String: Data]) {
        let store = RecordStore(root: folder.appending(path: name))
        let cache = NetworkCache(root: folder.appending(path: "\(name)-cache"))
        let plan = try Plan(
          [read(folderSpec, outputs: 2)], store: store, cache: cache, catalog: catalog)
        let executor = RunExecutor(
          store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: threads))
        for run in plan.due { _ = try executor.execute(run) }
        let again = try Plan(
          [read(folderSpec, outputs: 2)], store: store, cache: cache, catalog: catalog)
        let names = try FileManager.default.subpathsOfDirectory(atPath: store.root.path)
        let files = try names.filter { $0.hasSuffix("record.json") || $0.hasSuffix("history.csv") }
          .map { ($0, try Data(contentsOf: store.root.appending(path: $0))) }
        return (again, Dictionary(uniqueKeysWithValues: files))
      }
      let (plan, one) = try run("one", threads: 1)
      #expect(plan.due.isEmpty && one.count == 2)
      #expect(plan.runs.first?.identity.datasetChecksums.keys.sorted() == ["train", "val"])
      #expect(try run("two", threads: 2).1 == one)
      // Another picture is other data: the run is due again.
      let picture = folder.appending(path: "sets/tree/val/cat/0.png")
      let other = folder.appending(path: "sets/tree/val/dog/1.png")
      try Data(contentsOf: other).write(to: picture)
      let changed = try Plan(
        [read(folderSpec, outputs: 2)],
        store: RecordStore(root: folder.appending(path: "one")),
        cache: NetworkCache(root: folder.appending(path: "one-cache")), catalog: catalog)
      let due = try #require(changed.due.first)
      // And a picture that changes between planning and running is noticed.
      try Data(contentsOf: folder.appending(path: "sets/tree/val/dog/0.png")).write(to: picture)
      let executor = RunExecutor(
        store: RecordStore(root: folder.appending(path: "one")),
        cache: NetworkCache(root: folder.appending(path: "one-cache")), catalog: catalog,
        workers: Workers(threadCount: 1))
      #expect(throws: RunError.otherData(dataset: "image-folder")) { try executor.execute(due) }
    }
  }

  @Test("a validation split that takes all images of a folder is refused when the run begins")
  func nothingToLearnFrom() throws {
    try withTemporaryFolder { folder in
      try writeTree(to: folder)
      let catalog = DatasetCatalog(searchRoots: [folder], entries: [])
      let (store, cache) = (RecordStore(root: folder), NetworkCache(root: folder))
      let text = folderSpec.replacing("validation: 4", with: "validation: 12")
      let plan = try Plan([read(text, outputs: 2)], store: store, cache: cache, catalog: catalog)
      let executor = RunExecutor(
        store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: 1))
      #expect(throws: RunError.nothingToLearnFrom(validation: 12, count: 12)) {
        try executor.execute(#require(plan.due.first))
      }
    }
  }

  @Test("without the files a run is planned with the digests that a split's files must have")
  func withoutFiles() throws {
    try withTemporaryFolder { folder in
      let catalog = DatasetCatalog(searchRoots: [folder])
      let plan = try Plan(
        [read("{ name: cifar10, split: batch-5-held-out }")],
        store: RecordStore(root: folder), cache: NetworkCache(root: folder), catalog: catalog)
      let run = try #require(plan.runs.first)
      #expect(
        run.identity.datasetChecksums.keys.sorted() == (1...5).map { "data_batch_\($0).bin" })
      guard case .needsData(let howToGet) = run.state else {
        Issue.record("\(run.state)")
        return
      }
      #expect(howToGet.contains("cifar-10-binary.tar.gz"))
    }
  }

  @Test(
    "a run on CIFAR-10 with batch 5 held out needs no test batch",
    .enabled(if: hasCIFAR, "CIFAR-10 is not on this machine"))
  func heldOutRun() throws {
    try withTemporaryFolder { folder in
      let (store, cache) = (
        RecordStore(root: folder.appending(path: "results")), NetworkCache(root: folder)
      )
      let experiment = try read(
        "{ name: cifar10, split: batch-5-held-out, trainingLimit: 64, testLimit: 40, "
          + "augmentation: { crop: 4, flip: true } }")
      let plan = try Plan([experiment], store: store, cache: cache, catalog: standard)
      let executor = RunExecutor(
        store: store, cache: cache, catalog: standard, workers: Workers(threadCount: 2))
      let run = try #require(plan.due.first)
      let attempt = try executor.execute(run)
      #expect(attempt.status == .finished)
      let record = try #require(try store.run(in: run.folder, digest: run.digest, seed: 1)).record
      #expect(record.metrics["test-accuracy"] != nil)
      #expect(record.identity.datasetChecksums.count == 5)
    }
  }
}
