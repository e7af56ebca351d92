// What report tests render: a papers folder, a store, and synthetic records written through the real store.

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
struct Workshop {
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
      comparisons:
        - name: densities
          title: Half of the weights against a tenth
          of: { method: one-shot, density: 0.5 }
          minus: { method: one-shot, density: 0.1 }
          referenceLabel: pilot
          pairs:
            - { label: digits, where: { dataset: mnist }, reference: 99, referenceMinus: 97 }
            - { label: clothes, where: { dataset: fashion-mnist } }
      figures:
        - { name: curve, caption: A curve., x: payload-ratio, y: test-accuracy }
        - { name: lines, x: payload-ratio, lines: density, panels: method, where: { dataset: [mnist] } }
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
        schedule: { updates: 1000, batch: 50 }
      - id: D6
        statement: The ratio was to be expected
        published: { value: 20, unit: × }
        evidence: "inferred: the density says so"
        rule: non-zero values only
        experiment: profile
        metric: payload-ratio
        where: { method: one-shot, dataset: mnist, density: 0.1 }
        form: { equals: { value: 20, tolerance: 0.5 } }
    """

  init(spec: String = Self.spec, paper text: String = Self.paper) throws {
    root = FileManager.default.temporaryDirectory.appending(
      path: "report-tests-\(UUID().uuidString)")
    let paper = root.appending(path: "papers/demo")
    try FileManager.default.createDirectory(
      at: paper.appending(path: "experiments"), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: paper.appending(path: "paper.yaml"))
    try Data(spec.utf8).write(to: paper.appending(path: "experiments/profile.yaml"))
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
    storesNetwork: Bool = false, layers: [LayerRow] = [], history: [HistoryRow] = []
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
      metrics: metrics, layers: layers, emptiedLayers: [], networkDigest: Digest(of: plain))
    let folder = RecordFolder(
      paper: isDense ? "dense" : "demo", experiment: isDense ? run.denseExperiment : "profile",
      profile: profile)
    try store.replace(
      Attempt(
        status: .finished, seconds: 2, processorSeconds: 1.5, threads: 1, environment: .current(),
        // Networks without a file are too large for one.
        networkFileBytes: (storesNetwork ? 40_000 : RecordStore.networkLimit) + seed, endedAt: 0),
      in: folder, digest: record.digest, seed: seed)
    try store.create(
      record, history: history, compressedNetwork: storesNetwork ? try Gzip.compress(plain) : nil,
      in: folder)
    return record
  }

  /// Records of every run: dense 99 %, density .5 −0.1, density .1 −0.3, with a little spread.
  func fill() throws {
    for cell in try experiment().cells {
      let density = cell.coordinates["density"] == .number(0.5) ? 0.5 : 0.1
      let base = cell.run.datasetName == "mnist" ? 99.0 : 91
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
        $0.run.datasetName == dataset && $0.coordinates["density"] == .number(density)
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

  /// The page over all papers, after their reports.
  @discardableResult
  func renderPage(_ report: Report? = nil) throws -> String {
    let report = report ?? Report(store: store)
    let contents = try library.papers.map { try report.contents(of: $0) }
    for paper in contents { try report.write(paper, redrawing: false) }
    return try String(contentsOf: try report.writePage(over: contents), encoding: .utf8)
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
