// Reports over synthetic records, written through the real store into a temporary folder and read back by the real specs.

import Experiments
import Files
import Foundation
import ModelFiles
import Reproducibility
import Statistics
import Tensors
import Testing
import Training

import Reporting

/// A papers folder, a store and the records of a small experiment.
private struct Workshop {
  let root: URL
  var store: RecordStore { RecordStore(root: root.appending(path: "results")) }
  var library: Library { Library(root: root.appending(path: "papers")) }
  var cache: NetworkCache { NetworkCache(root: root.appending(path: "cache")) }
  var folder: URL { store.root.appending(path: "demo") }
  static let checksums = ["images": Digest(of: "images")]

  static let spec = """
    experiment: profile
    question: How far?
    network: { lenet5-caffe: { activation: none } }
    dataset: { name: { each: [mnist, fashion-mnist] } }
    dense:
      optimizer: { sgd: { momentum: 0.9 } }
      schedule: { constant: { rate: 0.02 } }
      epochs: 2
      batch: 128
    shared:
      scheme: { chain: [ prune: { density: { each: [0.5, 0.1] } }, float16 ] }
    methods:
      - one-shot
    seeds: [1, 2, 3]
    profiles:
      standard: {}
      quick:
        dataset.name: fashion-mnist
        dense.epochs: 1
    report:
      tables:
        - name: profile
          title: Demo
          columns: [test-accuracy, test-accuracy-change, payload-ratio, file-bytes, seeds, processor-seconds]
      figures:
        - { name: curve, caption: A curve., x: payload-ratio, y: test-accuracy }
      pictures:
        - { name: filters, caption: Filters., parameter: conv1.weight, method: one-shot, dataset: mnist, coordinates: { density: 0.1 }, seed: 1 }
    """

  static let paper = """
    title: A demonstration
    citation: "Nobody, *Nowhere*, 2026."
    claims:
      - id: D1
        statement: Pruning to a tenth loses at most half a point
        published: { value: -0.2, unit: points }
        evidence: source text
        experiment: profile
        metric: test-accuracy-change
        where: { method: one-shot, dataset: mnist, density: 0.1 }
        form: { noWorseThan: { value: 0, margin: 0.5 } }
        testCount: 10000
      - id: D2
        statement: The ratio is twenty
        published: { value: 20, unit: × }
        evidence: source text
        rule: non-zero values only
        experiment: profile
        metric: payload-ratio
        where: { method: one-shot, dataset: mnist, density: 0.1 }
        form: { equals: { value: 20, tolerance: 0.5 } }
        imposed: the density fixes the ratio by arithmetic
      - id: D3
        statement: Something that someone remembers
        published: { text: about 30 × }
        evidence: recalled, unverified
        experiment: profile
        metric: payload-ratio
        where: { method: one-shot, dataset: mnist, density: 0.5 }
        form: { atLeast: { value: 30, margin: 0 } }
      - id: D4
        statement: A claim of a later experiment
        evidence: source text
      - id: D5
        statement: More weights are better, seed by seed
        evidence: source text
        experiment: profile
        metric: test-accuracy
        where: { method: one-shot, dataset: mnist, density: 0.5 }
        minus: { method: one-shot, dataset: mnist, density: 0.1 }
        form: { atLeast: { value: 0, margin: 0 } }
        toleranceChanged: from 1 to 0
    """

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(
      path: "report-tests-\(UUID().uuidString)")
    let paper = root.appending(path: "papers/demo")
    try FileManager.default.createDirectory(
      at: paper.appending(path: "experiments"), withIntermediateDirectories: true)
    try Data(Self.paper.utf8).write(to: paper.appending(path: "paper.yaml"))
    try Data(Self.spec.utf8).write(to: paper.appending(path: "experiments/profile.yaml"))
  }

  func remove() { try? FileManager.default.removeItem(at: root) }

  func experiment(_ profile: String = "standard") throws -> Experiment {
    try Library.experiment(
      at: root.appending(path: "papers/demo/experiments/profile.yaml"), profile: profile)
  }

  /// A network of one filter bank, different for every run.
  func network(_ scale: Float, keep: Int) -> Data {
    var stream = RandomStream(Seed(7))
    var weights = Tensor.normal([20, 1, 5, 5], scale: scale, from: &stream)
    for index in keep..<weights.count { weights[index] = 0 }
    return SafetensorsFile([StoredTensor("conv1.weight", weights)]).encoded()
  }

  @discardableResult
  func add(
    _ run: RunDescription, seed: Int, accuracy: Double, profile: String = "standard",
    change: Double? = nil, ratio: Double = 1, status: Record.Status = .finished, version: Int = 1,
    storesNetwork: Bool = false
  ) throws -> Record {
    let identity = try RunIdentity(
      run, datasetChecksums: Self.checksums, numericsVersion: version)
    let isDense = run.method == nil
    let plain = network(Float(seed), keep: isDense ? 500 : 50)
    var metrics = ["payload-ratio": ratio]
    if status == .finished { metrics["test-accuracy"] = accuracy }
    metrics["test-accuracy-change"] = change
    let record = Record(
      identity: identity, digest: try identity.digest(), seed: seed, status: status,
      metrics: metrics, layers: [], emptiedLayers: [], networkDigest: Digest(of: plain))
    let folder = RecordFolder(
      paper: isDense ? "dense" : "demo", experiment: isDense ? run.denseExperiment : "profile",
      profile: profile)
    try store.replace(
      Attempt(
        status: .finished, seconds: 2, processorSeconds: 1.5, threads: 1, environment: .current(),
        networkFileBytes: 40_000 + seed, endedAt: 0),
      in: folder, digest: record.digest, seed: seed)
    try store.create(
      record, history: [], compressedNetwork: storesNetwork ? try Gzip.compress(plain) : nil,
      in: folder)
    return record
  }

  /// Records of every run: dense 99 %, density .5 −0.1, density .1 −0.3, with a little spread.
  func fill() throws {
    for cell in try experiment().cells {
      let density = cell.coordinates["density"] == .number(0.5) ? 0.5 : 0.1
      let base = cell.run.dataset.name == "mnist" ? 99.0 : 91
      for seed in cell.seeds {
        let dense = base + 0.05 * Double(seed)
        let change = density == 0.5 ? -0.1 : -0.3 + 0.02 * Double(seed)
        if let parent = cell.run.parent, density == 0.5 {
          try add(parent, seed: seed, accuracy: dense)
        }
        try add(
          cell.run, seed: seed, accuracy: dense + change, change: change, ratio: 2 / density,
          storesNetwork: true)
      }
    }
  }

  func cell(_ dataset: String, _ density: Double) throws -> RunDescription {
    try #require(
      try experiment().cells.first {
        $0.run.dataset.name == dataset && $0.coordinates["density"] == .number(density)
      }
    ).run
  }

  /// The folder of a stored run.
  func url(_ run: RunDescription, seed: Int) throws -> URL {
    let digest = try RunIdentity(run, datasetChecksums: Self.checksums).digest()
    return store.url(
      of: RecordFolder(paper: "demo", experiment: "profile", profile: "standard"), digest: digest,
      seed: seed)
  }

  @discardableResult
  func render(_ report: Report? = nil) throws -> String {
    let paper = try #require(library.papers.first { $0.name == "demo" })
    let url = try (report ?? Report(store: store)).render(paper)
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// Every rendered file with its bytes.
  func files() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let isRendered =
        name == "report.md" || name.hasPrefix("tables/") || name.hasPrefix("figures/")
      var isFolder: ObjCBool = false
      let url = folder.appending(path: name)
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      if isRendered && !isFolder.boolValue { result[name] = try Data(contentsOf: url) }
    }
    return result
  }

  /// The table as lines of fields; none of them contains a comma.
  func csv(_ name: String = "profile") throws -> [[String]] {
    let data = try Data(contentsOf: folder.appending(path: "tables/\(name).csv"))
    return String(decoding: data, as: UTF8.self)
      .replacingOccurrences(of: ", 95 % half width\"", with: " ±")
      .replacingOccurrences(of: "\"", with: "").components(separatedBy: "\r\n")
      .filter { !$0.isEmpty }.map { $0.components(separatedBy: ",") }
  }
}

@Suite("Reports")
struct ReportTests {
  @Test("every cell of the table is the aggregate of its records")
  func cells() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.count == 7)  // two data sets: dense and two densities
    #expect(
      lines[0].prefix(5) == [
        "data set", "method", "density", "test accuracy (%)", "test accuracy (%) ±",
      ])
    #expect(lines[1].prefix(4) == ["mnist", "dense", "", "99.1"])
    #expect(lines[3].prefix(3) == ["mnist", "one-shot", "0.1"])
    // Per seed 98.77, 98.84, 98.91: s = .07, t(.975, 2)/√3 = 2.48414.
    #expect(abs((Double(lines[3][3]) ?? 0) - 98.84) < 1e-9)
    #expect(abs((Double(lines[3][4]) ?? 0) - 0.07 * 4.302652729749462 / 3.0.squareRoot()) < 1e-9)
    #expect(lines[3].suffix(4) == ["20", "40002", "3", "1.5"])
    #expect(page.contains("| mnist         | one-shot |     0.1 |      98.84 ± 0.17 |"))
    #expect(page.contains("−0.26 ± 0.05"))
    #expect(page.contains("Nobody, *Nowhere*, 2026."))
    #expect(page.contains("Numerics version 1."))
    #expect(page.contains("dense/lenet5-caffe-mnist/standard/"))
  }

  @Test("rendering twice gives the same bytes, and reading order does not matter")
  func deterministic() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let first = try workshop.files()
    let names = [
      "report.md", "tables/profile.csv", "tables/profile.md", "tables/profile.tex",
      "tables/claims.csv", "figures/curve.gp", "figures/curve.dat", "figures/curve.png",
      "figures/curve.svg", "figures/curve.pdf",
    ]
    #expect(Set(names).isSubset(of: first.keys))
    for name in first.keys {
      try FileManager.default.removeItem(at: workshop.folder.appending(path: name))
    }
    try workshop.render()
    #expect(try workshop.files() == first)
  }

  @Test("altering one record changes exactly its cells", arguments: [1, 2, 3])
  func altered(seed: Int) throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let before = try workshop.csv()
    let file = try workshop.url(try workshop.cell("fashion-mnist", 0.1), seed: seed)
      .appending(path: "record.json")
    var record = try CanonicalJSON.decode(Record.self, from: try Data(contentsOf: file))
    record.metrics["test-accuracy"] = 50
    try CanonicalJSON.encode(record, indented: true).write(to: file)
    try workshop.render()
    let after = try workshop.csv()
    var changed: [String] = []
    for (row, (left, right)) in zip(before, after).enumerated() {
      for (column, (old, new)) in zip(left, right).enumerated() where old != new {
        changed.append("\(row).\(column)")
      }
    }
    #expect(changed == ["6.3", "6.4"])  // accuracy and its half width of that row
    let points = String(
      decoding: try Data(contentsOf: workshop.folder.appending(path: "figures/curve.dat")),
      as: UTF8.self)
    let expected = Double(after[6][3]) ?? 0
    #expect(points.contains("20 \(expected) "))
  }

  @Test("deleting a record says so: a seed less, and not run when it was the last")
  func deleted() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    try FileManager.default.removeItem(at: try workshop.url(run, seed: 2))
    var page = try workshop.render()
    #expect(try workshop.csv()[3].contains("2 of 3"))
    #expect(page.contains("Not run: one-shot, mnist, density 0.1, seed 2."))
    for seed in [1, 3] { try FileManager.default.removeItem(at: try workshop.url(run, seed: seed)) }
    page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines[3].contains("not run") && lines[3].contains("0 of 3"))
    #expect(lines[2][3] == "99")
    #expect(
      page.contains("| D1    |")
        && page.contains("no stored record of one-shot, mnist, density 0.1"))
    #expect(page.contains("*filters*: not run"))
  }

  @Test("with nothing stored at all the report is complete, and everything is not run")
  func empty() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.dropFirst().allSatisfy { $0.contains("not run") && $0.contains("0 of 3") })
    #expect(page.contains("## profile, profile standard"))
    let svg = String(
      decoding: try Data(contentsOf: workshop.folder.appending(path: "figures/curve.svg")),
      as: UTF8.self)
    #expect(svg.contains("not run"))
  }

  @Test("a missing data set is named with its reason, where the caller knows it")
  func needsData() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let report = Report(store: workshop.store, missingData: ["mnist": "apt-get install mnist."])
    let page = try workshop.render(report)
    let lines = try workshop.csv()
    #expect(lines[1].contains("needs data") && lines[4].contains("not run"))
    #expect(page.contains("mnist needs data: apt-get install mnist."))
    let claim = try workshop.csv("claims").first { $0[0] == "D1" }
    #expect(claim?.contains("needs data") == true)
  }

  @Test("a failed attempt says why, and a diverged run is not averaged")
  func failedAndDiverged() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    let digest = try RunIdentity(run, datasetChecksums: Workshop.checksums).digest()
    for seed in [2, 3] { try FileManager.default.removeItem(at: try workshop.url(run, seed: seed)) }
    try workshop.store.replace(
      Attempt(
        status: .failed, problem: "out of memory", seconds: 1, processorSeconds: 1, threads: 1,
        environment: .current(), endedAt: 0),
      in: RecordFolder(paper: "demo", experiment: "profile", profile: "standard"), digest: digest,
      seed: 2)
    try workshop.add(run, seed: 3, accuracy: 0, ratio: 20, status: .diverged)
    let page = try workshop.render()
    #expect(try workshop.csv()[3][3] == "98.77")  // seed 1 alone
    #expect(page.contains("Failed: one-shot, mnist, density 0.1, seed 2: out of memory"))
    #expect(page.contains("Diverged, not in the means: one-shot, mnist, density 0.1, seed 3."))
    #expect(try workshop.csv()[3].contains("1 of 3"))
  }

  @Test("numerics versions never share a row, and the newest comes first")
  func versions() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    for seed in [1, 2] {
      try workshop.add(run, seed: seed, accuracy: 97, ratio: 20, version: 2)
    }
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.count == 8)
    #expect(lines[3].prefix(5) == ["mnist", "one-shot", "0.1", "2", "97"])
    #expect(lines[3].contains("2 of 3"))
    #expect(lines[4][3] == "1" && lines[4].contains("3"))
    #expect(page.contains("no row mixes versions"))
    #expect(page.contains("Numerics version 1 and 2."))
  }

  @Test("records of a spec that has changed since are counted, not shown")
  func stale() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    var other = try workshop.cell("mnist", 0.1)
    other.dense.epochs = 7
    try workshop.add(other, seed: 1, accuracy: 12)
    let page = try workshop.render()
    #expect(try workshop.csv().count == 7)
    #expect(page.contains("1 stored records belong to no run of the spec as it is now."))
  }

  @Test("claims are judged from the records, each by its own circumstances")
  func claims() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.render()
    let verdicts = Dictionary(
      uniqueKeysWithValues: try workshop.csv("claims").dropFirst().map { line in
        (line[0], Verdict.allCases.first { line.contains($0.words) }?.words ?? "none")
      })
    #expect(
      verdicts == [
        "D1": "reproduced", "D2": "imposed", "D3": "unverified claim", "D4": "not run",
        "D5": "reproduced",
      ])
    #expect(page.contains("*about 30 ×*"))
    #expect(page.contains("the tolerance was changed after the first record: from 1 to 0"))
    #expect(page.contains("(counted: non-zero values only)"))
  }

  @Test("a quick profile scales claims down, and its files have its name")
  func quick() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let cells = try workshop.experiment("quick").cells
    for cell in cells {
      for seed in cell.seeds {
        try workshop.add(cell.run, seed: seed, accuracy: 90, profile: "quick", change: 0, ratio: 4)
      }
    }
    let page = try workshop.render()
    #expect(page.contains("## profile, profile quick"))
    #expect(!page.contains("profile standard"))
    #expect(try workshop.csv("profile-quick").count == 4)
    #expect(page.contains("figures/curve-quick.png"))
  }

  @Test(
    "the filter picture needs both networks; the dense one is kept as an excerpt of the right network only"
  )
  func picture() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    var page = try workshop.render()
    #expect(page.contains("*filters*: `conv1.weight` of the networks is not stored."))
    let paper = try #require(workshop.library.papers.first)
    let parent = try #require(try workshop.cell("mnist", 0.1).parent)
    let name = "\(try RunIdentity(parent, datasetChecksums: Workshop.checksums).digest())-s1"
    let cached = workshop.cache.url(of: name)
    try DurableFile.replace(workshop.network(99, keep: 500), at: cached)
    #expect(throws: ReportError.self) {
      try Report(store: workshop.store).keepExcerpts(for: paper, from: workshop.cache)
    }
    try DurableFile.replace(workshop.network(1, keep: 500), at: cached)
    try Report(store: workshop.store).keepExcerpts(for: paper, from: workshop.cache)
    try FileManager.default.removeItem(at: cached)
    page = try workshop.render()
    #expect(page.contains("![conv1.weight before and after](figures/filters.png)"))
    let picture = try Bitmap(
      png: try Data(contentsOf: workshop.folder.appending(path: "figures/filters.png")))
    // Nothing is zero before; after, 450 of 500 weights are, each of 12 × 12 pixels.
    var zeros = 0
    for start in stride(from: 0, to: picture.pixels.count, by: 3)
    where Array(picture.pixels[start..<start + 3]) == FilterPicture.zeroColour { zeros += 1 }
    #expect(zeros == 450 * 144)
  }

  @Test(
    "an unreadable record is an error that names the file, an unknown column one that names the spec"
  )
  func errors() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let file = try workshop.url(try workshop.cell("mnist", 0.1), seed: 1)
      .appending(path: "record.json")
    try Data("{".utf8).write(to: file)
    let error = #expect(throws: ReportError.self) { try workshop.render() }
    #expect(error?.description.contains("record.json") == true)
    try FileManager.default.removeItem(at: file)
    let spec = workshop.root.appending(path: "papers/demo/experiments/profile.yaml")
    let changed = Workshop.spec.replacingOccurrences(
      of: "payload-ratio, file-bytes", with: "payload-ration, file-bytes")
    try Data(changed.utf8).write(to: spec)
    let second = #expect(throws: ReportError.self) { try workshop.render() }
    #expect(second?.description.contains("payload-ration") == true)
  }
}
