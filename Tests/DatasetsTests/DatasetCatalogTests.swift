// The catalogue: sets are found, verified and loaded, packed or not, and what is wrong is said.

import Datasets
import Files
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

private let systemFolder = "/usr/share/datasets/fashion-mnist"
private let hasFashionMNIST = FileManager.default.fileExists(
  atPath: systemFolder + "/train-images-idx3-ubyte.gz")

@Suite("DatasetCatalog") struct DatasetCatalogTests {
  private let small = SmallSet()

  private func catalog(_ root: URL, entry: DatasetEntry? = nil) -> DatasetCatalog {
    DatasetCatalog(searchRoots: [root], entries: [entry ?? small.entry()])
  }

  @Test("a set is loaded the same from packed and from unpacked files", arguments: [false, true])
  func load(packed: Bool) throws {
    try withTemporaryFolder { folder throws in
      try small.write(to: folder.appendingPathComponent("small"), packed: packed)
      let set = try catalog(folder).load("small")
      #expect(set.name == "small" && set.classNames == ["a", "b", "c", "d"])
      #expect(set.training.imageShape == [2, 3, 1] && set.test.imageShape == [2, 3, 1])
      #expect(set.training.pixels == randomBytes(30, seed: 1))
      #expect(set.training.labels == [0, 1, 2, 3, 1])
      #expect(set.test.pixels == randomBytes(18, seed: 2))
      #expect(set.test.labels == [3, 2, 0])
      #expect(set.training.classCount == 4 && set.training.count == 5 && set.test.count == 3)
      let expected = small.files.mapValues { Digest(of: $0) }
      #expect(set.checksums == expected)
      #expect(try catalog(folder).checksums(of: "small") == expected)
    }
  }

  @Test("a packed copy known by its digest is verified without being unpacked, and loads the same")
  func knownPackedCopy() throws {
    try withTemporaryFolder { folder throws in
      let place = folder.appendingPathComponent("small")
      try small.write(to: place, packed: true)
      var packed: [String: Data] = [:]
      for (name, data) in small.files { packed[name] = try Gzip.compress(data) }
      let entry = small.entry(packed: packed)
      #expect(
        try catalog(folder, entry: entry).checksums(of: "small")
          == small.files.mapValues { Digest(of: $0) })
      #expect(
        try catalog(folder, entry: entry).load("small").training
          == catalog(folder).load("small").training)
    }
  }

  @Test(
    "other contents than the published ones are refused with both digests",
    arguments: [false, true])
  func checksumMismatch(packed: Bool) throws {
    try withTemporaryFolder { folder throws in
      var altered = small
      let name = SmallSet.names[2]
      altered.files[name]?[20] ^= 1
      try altered.write(to: folder.appendingPathComponent("small"), packed: packed)
      let expected = DatasetError.checksumMismatch(
        file: folder.appendingPathComponent("small/\(name)\(packed ? ".gz" : "")").path,
        expected: Digest(of: small.files[name] ?? Data()),
        found: Digest(of: altered.files[name] ?? Data()))
      #expect(throws: expected) { try catalog(folder).load("small") }
      #expect(throws: expected) { try catalog(folder).checksums(of: "small") }
      let status = try catalog(folder).status(of: "small")
      #expect(!status.isUsable && status.verdict == "\(name): checksum mismatch")
      #expect(
        status.files.map { $0.state } == [
          .correct, .correct, .mismatch(found: Digest(of: altered.files[name] ?? Data())), .correct,
        ])
    }
  }

  @Test(
    "damage inside a file is named with its offset, not only by a checksum", arguments: [0, 1, 2])
  func diagnosis(kind: Int) throws {
    try withTemporaryFolder { folder throws in
      var damaged = small
      let (images, labels) = (SmallSet.names[0], SmallSet.names[1])
      let place = folder.appendingPathComponent("small")
      let expected: DatasetError
      switch kind {
      case 0:
        damaged.files[images]?[3] = 9
        expected = .wrongMagic(
          file: place.appendingPathComponent(images).path, expected: 0x803, found: 0x809)
      case 1:
        damaged.files[images]?.removeLast(4)
        expected = .truncated(
          file: place.appendingPathComponent(images).path, offset: 42, expected: 46)
      default:
        damaged.files[labels]?[10] = 7
        expected = .labelOutOfRange(
          file: place.appendingPathComponent(labels).path, offset: 10, label: 7, classCount: 4)
      }
      try damaged.write(to: place, packed: false)
      #expect(throws: expected) { try catalog(folder).load("small") }
      #expect(throws: expected) { try catalog(folder).checksums(of: "small") }
    }
  }

  @Test("published files that do not fit each other or their classes are refused")
  func inconsistentSets() throws {
    try withTemporaryFolder { folder throws in
      let place = folder.appendingPathComponent("small")
      var fewer = small
      fewer.files[SmallSet.names[1]] = idx(magic: 0x801, sizes: [4], body: [0, 1, 2, 3])
      try fewer.write(to: place, packed: false)
      #expect(
        throws: DatasetError.countMismatch(
          imageFile: place.appendingPathComponent(SmallSet.names[0]).path, imageCount: 5,
          labelFile: place.appendingPathComponent(SmallSet.names[1]).path, labelCount: 4)
      ) {
        try catalog(folder, entry: fewer.entry()).load("small")
      }
      var wrongClass = small
      wrongClass.files[SmallSet.names[3]] = idx(magic: 0x801, sizes: [3], body: [3, 4, 0])
      try wrongClass.write(to: place, packed: false)
      #expect(
        throws: DatasetError.labelOutOfRange(
          file: place.appendingPathComponent(SmallSet.names[3]).path, offset: 9, label: 4,
          classCount: 4)
      ) {
        try catalog(folder, entry: wrongClass.entry()).load("small")
      }
    }
  }

  @Test("a packed file that is cut is unreadable, and the error says where it ends")
  func damagedPackedFile() throws {
    try withTemporaryFolder { folder throws in
      let place = folder.appendingPathComponent("small")
      try small.write(to: place, packed: true)
      let url = place.appendingPathComponent(SmallSet.names[0] + ".gz")
      let whole = try Data(contentsOf: url)
      try DurableFile.replace(whole.prefix(30), at: url)
      let error = DatasetError.unreadable(
        file: url.path, reason: "ends at byte 30; expected more compressed data")
      #expect(throws: error) { try catalog(folder).load("small") }
      #expect(throws: error) { try catalog(folder).checksums(of: "small") }
      let state = try catalog(folder).status(of: "small").files[0].state
      #expect(state == .unreadable(reason: "ends at byte 30; expected more compressed data"))
    }
  }

  @Test("a missing set is reported with every folder searched and how to get it")
  func missing() throws {
    try withTemporaryFolder { folder throws in
      let first = folder.appendingPathComponent("one")
      let second = folder.appendingPathComponent("two")
      let catalog = DatasetCatalog(searchRoots: [first, second], entries: [small.entry()])
      let searched = ["one/small", "one/other/raw", "two/small", "two/other/raw"]
        .map { folder.appendingPathComponent($0).path }
      let error = DatasetError.missing(
        dataset: "small", files: SmallSet.names.map { $0 + "[.gz]" }, searched: searched,
        howToGet: "fetch small")
      #expect(throws: error) { try catalog.load("small") }
      #expect(throws: error) { try catalog.checksums(of: "small") }
      let status = try catalog.status(of: "small")
      #expect(status.folder == nil && !status.isUsable && status.verdict == "missing")
      #expect(status.searched == searched && status.command == "fetch small")
      #expect(status.files.allSatisfy { $0.state == .missing && $0.path == nil })
    }
  }

  @Test("a set of which one file is missing is reported with that file")
  func partlyMissing() throws {
    try withTemporaryFolder { folder throws in
      let place = folder.appendingPathComponent("small")
      try small.write(to: place, packed: true)
      let name = SmallSet.names[1]
      try FileManager.default.removeItem(at: place.appendingPathComponent(name + ".gz"))
      let error = #expect(throws: DatasetError.self) { try catalog(folder).load("small") }
      guard case .missing("small", [name + "[.gz]"], _, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let status = try catalog(folder).status(of: "small")
      #expect(status.folder == place.path && status.verdict == "\(name): missing")
      // An unpacked copy takes its place.
      try DurableFile.create(small.files[name] ?? Data(), at: place.appendingPathComponent(name))
      #expect(try catalog(folder).load("small").training.count == 5)
    }
  }

  @Test("the first folder that has the whole set is used")
  func searchOrder() throws {
    try withTemporaryFolder { folder throws in
      let roots = ["one", "two", "three"].map { folder.appendingPathComponent($0) }
      let catalog = DatasetCatalog(searchRoots: roots, entries: [small.entry()])
      try small.write(to: roots[2].appendingPathComponent("small"), packed: true)
      #expect(
        try catalog.status(of: "small").folder == roots[2].appendingPathComponent("small").path)
      try small.write(to: roots[1].appendingPathComponent("other/raw"), packed: false)
      let status = try catalog.status(of: "small")
      #expect(status.folder == roots[1].appendingPathComponent("other/raw").path)
      #expect(status.isUsable && status.verdict == "ok")
      #expect(status.sizeInBytes == small.files.values.reduce(0) { $0 + $1.count })
      // A damaged first copy is an error, not a reason to look further.
      var altered = small
      altered.files[SmallSet.names[3]]?[8] = 0
      try altered.write(to: roots[0].appendingPathComponent("small"), packed: false)
      #expect(throws: DatasetError.self) { try catalog.load("small") }
    }
  }

  @Test("an unknown name is answered with the known ones")
  func unknown() {
    let catalog = DatasetCatalog(searchRoots: [])
    let names = [
      "mnist", "fashion-mnist", "cifar10", "cifar100", "imagenet", "wikitext2", "bible-kjv",
    ]
    let error = DatasetError.unknown(name: "svhn", known: names)
    #expect(throws: error) { try catalog.load("svhn") }
    #expect(throws: error) { try catalog.loadText("svhn") }
    #expect(throws: error) { try catalog.checksums(of: "svhn") }
    #expect(throws: error) { try catalog.status(of: "svhn") }
    #expect(catalog.names == names)
  }

  @Test(
    "the standard catalogue searches PARSIMONY_DATA, ./data and the system's folder, in this order")
  func standard() {
    let here = URL(fileURLWithPath: "/somewhere", isDirectory: true)
    func roots(_ environment: [String: String]) -> [String] {
      DatasetCatalog.standard(environment: environment, workingDirectory: here).searchRoots
        .map { $0.standardizedFileURL.path }
    }
    #expect(roots([:]) == ["/somewhere/data", "/usr/share/datasets"])
    #expect(roots(["PARSIMONY_DATA": ""]) == ["/somewhere/data", "/usr/share/datasets"])
    #expect(
      roots(["PARSIMONY_DATA": "/my/data"])
        == ["/my/data", "/somewhere/data", "/usr/share/datasets"])
    #expect(
      roots(["PARSIMONY_DATA": "sets"])
        == ["/somewhere/sets", "/somewhere/data", "/usr/share/datasets"])
  }

  @Test("every known set says what a user needs to get it")
  func entries() {
    let classCounts = [
      "mnist": 10, "fashion-mnist": 10, "cifar10": 10, "cifar100": 100, "imagenet": 1000,
      "wikitext2": 33_278, "bible-kjv": 6885,
    ]
    for entry in DatasetCatalog.knownEntries {
      #expect(entry.files.allSatisfy { $0.digest.hexadecimal.count == 64 })
      #expect(entry.files.isEmpty == (entry.name == "imagenet"))
      #expect(entry.sources.allSatisfy { $0.hasPrefix("http") } && !entry.licence.isEmpty)
      #expect(entry.classCount == classCounts[entry.name], "\(entry.name)")
      #expect(entry.isText == (entry.inputShape == [1]))
      if case .images(_, let classNames, _) = entry.content {
        #expect(Set(classNames).count == entry.classCount)
      }
      #expect(entry.splits[0].name == "official")
    }
  }

  @Test("the commands are correct shell and fill a folder that is searched")
  func commands() throws {
    for entry in DatasetCatalog.knownEntries + [.imageFolder("a b", format: Self.format)] {
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = ["-n", "-c", entry.command]
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0, "\(entry.command)")
      // An archive has the folder inside, and a package has folders of its own.
      let isUnpacked = entry.command.contains("tar -xzf") && entry.command.hasSuffix("-C data")
      #expect(
        entry.command.contains("data/\(entry.folders[0])") || isUnpacked
          || entry.command.contains("apt-get install"), "\(entry.command)")
    }
  }

  private static let format = ImageTreeFormat(
    classCount: 2, geometry: ImageGeometry(resize: 8, size: 8))

  @Test("texts are no images, images no texts, and a split has to be one of the set's")
  func otherKinds() throws {
    try withTemporaryFolder { folder throws in
      try small.write(to: folder.appendingPathComponent("small"), packed: false)
      let catalog = DatasetCatalog(searchRoots: [folder], entries: [small.entry(), .wikiText2])
      #expect(
        throws: DatasetError.otherKind(
          dataset: "small", expected: "words", found: "a set of images")
      ) { try catalog.loadText("small") }
      #expect(
        throws: DatasetError.otherKind(dataset: "wikitext2", expected: "images", found: "a text")
      ) { try catalog.load("wikitext2") }
      let unknown = DatasetError.unknownSplit(
        dataset: "small", split: "first-1000", known: ["official"])
      #expect(throws: unknown) { try catalog.load("small", split: "first-1000") }
      #expect(throws: unknown) { try catalog.checksums(of: "small", split: "first-1000") }
      #expect(try catalog.load("small", split: "official").training.count == 5)
    }
  }

  @Test("Debian's Fashion-MNIST is the published one", .enabled(if: hasFashionMNIST))
  func fashionMNIST() throws {
    let root = URL(fileURLWithPath: "/usr/share/datasets", isDirectory: true)
    let catalog = DatasetCatalog(searchRoots: [root])
    let set = try catalog.load("fashion-mnist")
    #expect(set.training.count == 60_000 && set.test.count == 10_000)
    #expect(set.training.imageShape == [28, 28, 1])
    for (images, perClass) in [(set.training, 6000), (set.test, 1000)] {
      var counts = [Int](repeating: 0, count: 10)
      for label in images.labels { counts[Int(label)] += 1 }
      #expect(counts == [Int](repeating: perClass, count: 10))
    }
    #expect(set.training.labels.prefix(4) == [9, 0, 0, 3])
    #expect(try catalog.checksums(of: "fashion-mnist") == set.checksums)
    let status = try catalog.status(of: "fashion-mnist")
    #expect(status.isUsable && status.folder == systemFolder)
    // Published: mean 0.2860, standard deviation 0.3530 of the training pixels.
    let normalization = Normalization.perChannel(of: set.training, at: Array(0..<60_000))
    #expect(abs(normalization.mean[0] - 0.2860) < 5e-5)
    #expect(abs(normalization.standardDeviation[0] - 0.3530) < 5e-5)
  }
}
