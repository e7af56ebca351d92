// A whole run on the images of this machine: records, resumption, plans. The data set is Debian's Fashion-MNIST.

import Tensors
import Datasets
import Experiments
import Foundation
import Kernels
import Reproducibility
import TestSupport
import Testing
import Training

private let catalog = DatasetCatalog.standard(
  environment: ProcessInfo.processInfo.environment,
  workingDirectory: FileManager.default.temporaryDirectory)

private var hasData: Bool { (try? catalog.status(of: "fashion-mnist").isUsable) ?? false }

private let spec = """
  experiment: tiny
  question: A test.
  network: { layers: [ flatten, linear: { outputs: 20 }, relu, linear: { outputs: 10 } ] }
  dataset: { name: fashion-mnist, trainingLimit: 256, testLimit: 100 }
  dense: { schedule: { constant: { rate: 0.05 } }, epochs: 2, batch: 32 }
  shared:
    scheme: { chain: [ prune: { density: 0.1 }, float16 ] }
    retraining: { epochs: 2, batch: 32, keep: best-validation-loss }
  methods: [ one-shot, one-shot-retrain, dense-continued ]
  seeds: [1]
  profiles: { smoke: {} }
  """

private func experiment(_ text: String = spec) throws -> Experiment {
  try Experiment(yaml: text, file: "tiny.yaml", paper: "own", profile: "smoke")
}

private struct Place {
  let store: RecordStore
  let cache: NetworkCache

  init(_ folder: URL) {
    store = RecordStore(root: folder.appending(path: "results"))
    cache = NetworkCache(root: folder.appending(path: "cache"))
  }

  func plan(_ experiment: Experiment) throws -> Plan {
    try Plan([experiment], store: store, cache: cache, catalog: catalog)
  }

  func runAll(_ experiment: Experiment, threads: Int = 1) throws {
    let executor = RunExecutor(
      store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: threads))
    for run in try plan(experiment).due { _ = try executor.execute(run) }
  }

  func files() throws -> [String: Data] {
    var result: [String: Data] = [:]
    let names = try FileManager.default.subpathsOfDirectory(atPath: store.root.path)
    for name in names where name.hasSuffix("record.json") || name.hasSuffix("history.csv") {
      result[name] = try Data(contentsOf: store.root.appending(path: name))
    }
    return result
  }
}

@Suite(.enabled(if: hasData, "Fashion-MNIST is not on this machine"))
struct RunTests {
  @Test("a run that another experiment has stored is planned as copied, and the copy is whole")
  func adopted() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let twin = try Experiment(
        yaml: spec.replacing("experiment: tiny", with: "experiment: twin"), file: "twin.yaml",
        paper: "own", profile: "smoke")
      let due = try place.plan(twin).due
      #expect(due.count == 3, "the dense network is shared already")
      for run in due {
        guard case .elsewhere(let other) = run.state else {
          Issue.record("\(run.label) is \(run.state)")
          continue
        }
        #expect(other.experiment == "tiny")
        try place.store.adopt(run.name, from: other, into: run.folder)
        let copy = place.store.url(of: run.folder, digest: run.digest, seed: run.seed)
        let source = place.store.url(of: other, digest: run.digest, seed: run.seed)
        for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
          #expect(
            try Data(contentsOf: copy.appending(path: file))
              == Data(contentsOf: source.appending(path: file)), "\(file)")
        }
      }
      #expect(try place.plan(twin).due.isEmpty)
    }
  }

  @Test("a plan runs parents first, is then stored, and gives the same bytes at two threads")
  func sameBytes() throws {
    try withTemporaryFolder { first in
      try withTemporaryFolder { second in
        let (one, two) = (Place(first), Place(second))
        let plan = try one.plan(experiment())
        #expect(
          plan.runs.map { $0.identity.run.methodName } == [
            "dense", "one-shot", "one-shot-retrain", "dense-continued",
          ])
        #expect(plan.due.count == 4)
        try one.runAll(experiment())
        #expect(try one.plan(experiment()).due.isEmpty)
        try two.runAll(experiment(), threads: 2)
        let (files, others) = (try one.files(), try two.files())
        #expect(files.count == 8)
        #expect(files == others)
      }
    }
  }

  @Test("sizes follow the counting rules, and the compressed network is stored with its digest")
  func sizes() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let runs = try place.store.runs(
        in: RecordFolder(paper: "own", experiment: "tiny", profile: "smoke"))
      let oneShot = try #require(runs.first { $0.record.identity.run.methodName == "one-shot" })
      let weights = 784 * 20 + 200
      let kept = Int((0.1 * Double(weights)).rounded(.down))
      #expect(oneShot.record.metrics["nonzero-weights"] == Double(kept))
      let biases = oneShot.record.layers.filter { $0.name.role == "bias" }.reduce(0) {
        $0 + $1.nonzeros
      }
      #expect(oneShot.record.metrics["payload-bytes"] == Double(2 * (kept + biases)))
      #expect(oneShot.record.metrics["dense-bytes"] == Double(4 * (weights + 30)))
      #expect(oneShot.networkURL != nil)
      let change = try #require(oneShot.record.metrics["test-accuracy-change"])
      let dense = try #require(
        place.store.runs(
          in: RecordFolder(paper: "dense", experiment: "layers-fashion-mnist", profile: "smoke")
        ).first)
      let accuracy = try #require(oneShot.record.metrics["test-accuracy"])
      #expect(change == accuracy - (dense.record.metrics["test-accuracy"] ?? 0))
      let retrained = try #require(
        runs.first { $0.record.identity.run.methodName == "one-shot-retrain" })
      #expect(retrained.record.metrics["nonzero-weights"] ?? 0 <= Double(kept))
    }
  }

  @Test("a changed field makes runs stale, and the plan names it")
  func stale() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let changed = try place.plan(experiment(spec.replacing("density: 0.1", with: "density: 0.2")))
      let due = changed.due.filter { $0.identity.run.methodName == "one-shot" }
      guard case .missing(let reason) = due.first?.state else {
        Issue.record("the one-shot run is not due")
        return
      }
      #expect(reason.contains("density: 0.1 → 0.2"), "\(reason)")
      #expect(changed.due.count == 2, "dense and dense-continued are stored")
    }
  }

  @Test("a dense network that is needed but lost is trained again and found to be the same")
  func retraining() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      try FileManager.default.removeItem(at: place.cache.root)
      #expect(try place.plan(experiment()).due.isEmpty)
      let more = try experiment(spec.replacing("density: 0.1", with: "density: 0.3"))
      let plan = try place.plan(more)
      #expect(plan.due.first?.state == .retraining)
      try place.runAll(more)
      #expect(try place.plan(more).due.isEmpty)
    }
  }

  @Test("a dense network that was altered is trained again, to the same bytes")
  func alteredNetwork() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let before = try place.files()
      let runs = try place.plan(experiment()).runs
      let dense = try #require(runs.first)
      let child = try #require(runs.dropFirst().first)
      let network = place.cache.url(of: dense.name)
      let original = try Data(contentsOf: network)
      try (original.dropLast() + [original.last! ^ 1]).write(to: network)
      let record = place.store.url(of: child.folder, digest: child.digest, seed: child.seed)
        .appending(path: "record.json")
      try FileManager.default.removeItem(at: record)
      #expect(try place.plan(experiment()).due.map { $0.name } == [dense.name, child.name])
      try place.runAll(experiment())
      #expect(try Data(contentsOf: network) == original)
      #expect(try place.files() == before)
    }
  }

  @Test("a record that cannot be read is said to be there", arguments: ["garbage", "{}", nil])
  func unreadableRecord(text: String?) throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "record.json")
      if let text {
        try Data(text.utf8).write(to: file)
      } else {
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
      }
      let error = #expect(throws: StoreError.self) { try RecordStore.load(folder) }
      #expect(error?.description.contains(file.path) == true)
      let absent = try RecordStore.load(folder.appending(path: "absent"))
      #expect(absent?.record == nil)
    }
  }

  @Test(
    "a stored record with other bytes is never overwritten, and the other bytes are kept beside it")
  func differentResult() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let run = try #require(try place.plan(experiment()).runs.first)
      let file = place.store.url(of: run.folder, digest: run.digest, seed: run.seed)
        .appending(path: "history.csv")
      let executor = RunExecutor(
        store: place.store, cache: place.cache, catalog: catalog, workers: Workers(threadCount: 1))
      let computed = try Data(contentsOf: file)
      try Data("step,metric,value\n".utf8).write(to: file)
      let error = #expect(throws: StoreError.differentResult(path: file.path)) {
        try executor.execute(run)
      }
      #expect(error?.description.contains("not deterministic") == true)
      #expect(try Data(contentsOf: file) == Data("step,metric,value\n".utf8))
      let beside = file.deletingLastPathComponent()
      let other = try #require(
        try FileManager.default.contentsOfDirectory(atPath: beside.path).first {
          $0.hasPrefix("history.different-") && $0.hasSuffix(".csv")
        })
      #expect(try Data(contentsOf: beside.appending(path: other)) == computed)
    }
  }

  @Test("metrics that an older record did not count complete it; anything else is another result")
  func olderRecord() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let run = try #require(try place.plan(experiment()).runs.first)
      let url = place.store.url(of: run.folder, digest: run.digest, seed: run.seed)
      let whole = try #require(try RecordStore.load(url)?.record)
      let file = url.appending(path: "record.json")
      let executor = RunExecutor(
        store: place.store, cache: place.cache, catalog: catalog, workers: Workers(threadCount: 1))
      func execute(over stored: Record) throws {
        try CanonicalJSON.encode(stored, indented: true).write(to: file)
        _ = try executor.execute(run)
      }
      var older = whole
      older.metrics["weight-density"] = nil
      try execute(over: older)
      #expect(try RecordStore.load(url)?.record == whole)
      for change: (inout Record) -> Void in [
        { $0.metrics["test-loss"]? += 0.5 }, { $0.metrics["from-elsewhere"] = 1 },
        { $0.emptiedLayers = ["fc9"] },
      ] {
        var other = older
        change(&other)
        #expect(throws: StoreError.differentResult(path: file.path)) { try execute(over: other) }
        #expect(try RecordStore.load(url)?.record == other)
      }
    }
  }

  @Test("verify finds the same bits, and finds an altered record")
  func verification() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      try place.runAll(experiment())
      let runs = try place.store.runs(
        in: RecordFolder(paper: "own", experiment: "tiny", profile: "smoke"))
      let run = try #require(runs.first { $0.record.identity.run.methodName == "one-shot-retrain" })
      func verify(_ run: StoredRun, _ name: String) throws -> VerificationResult {
        try Verification.verify(
          run,
          executor: { store, cache in
            RunExecutor(
              store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: 2))
          }, temporary: folder.appending(path: name))
      }
      #expect(try verify(run, "a") == .sameBits)
      let file = run.url.appending(path: "record.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      // A record from before a metric was counted is verified by what it holds.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let older = lines.filter { !$0.contains("\"common-bytes\"") }
      try #require(older.count == lines.count - 1)
      try older.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
      #expect(try verify(try #require(try RecordStore.load(run.url)), "c") == .sameBits)
      let accuracy = try #require(run.record.metrics["test-accuracy"])
      try text.replacing(
        "\"test-accuracy\" : \(JSONValue.number(accuracy).summary)", with: "\"test-accuracy\" : 99"
      )
      .write(to: file, atomically: true, encoding: .utf8)
      let altered = try #require(try RecordStore.load(run.url))
      try #require(altered.record.metrics["test-accuracy"] == 99)
      guard case .different = try verify(altered, "b") else {
        Issue.record("the altered record was not noticed")
        return
      }
    }
  }

  @Test("own results are compared with committed ones, row by row")
  func reproduction() throws {
    try withTemporaryFolder { first in
      try withTemporaryFolder { second in
        let (own, committed) = (Place(first), Place(second))
        try own.runAll(experiment())
        try committed.runAll(experiment())
        func outcomes() throws -> [String: ReproductionRow.Outcome] {
          let rows = try Reproduction.compare(
            own.plan(experiment()), own: own.store, committed: committed.store)
          return Dictionary(uniqueKeysWithValues: rows.map { ($0.label, $0.outcome) })
        }
        #expect(try outcomes().values.allSatisfy { $0 == .sameBits })
        #expect(try outcomes().count == 4)
        let run = try #require(
          committed.plan(experiment()).runs.first { $0.identity.run.methodName == "one-shot" })
        let file = committed.store.url(of: run.folder, digest: run.digest, seed: run.seed)
          .appending(path: "record.json")
        var record = try CanonicalJSON.decode(Record.self, from: Data(contentsOf: file))
        let accuracy = try #require(record.metrics["test-accuracy"])
        record.metrics["test-accuracy"] = accuracy + 20
        try CanonicalJSON.encode(record, indented: true).write(to: file)
        let found = try outcomes()
        #expect(found["one-shot, fashion-mnist"] == .different(difference: -20))
        #expect(found["one-shot-retrain, fashion-mnist"] == .sameBits)
      }
    }
  }

  @Test("a run that diverges is recorded as such, without a test number")
  func diverged() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let wild = try experiment(
        spec.replacing("rate: 0.05", with: "rate: 1e30").replacing(
          "methods: [ one-shot, one-shot-retrain, dense-continued ]", with: "methods: []"
        )
        .replacing(
          "shared:\n    scheme: { chain: [ prune: { density: 0.1 }, float16 ] }\n    retraining: { epochs: 2, batch: 32, keep: best-validation-loss }\n",
          with: ""))
      try place.runAll(wild)
      let run = try #require(
        place.store.runs(
          in: RecordFolder(paper: "dense", experiment: "layers-fashion-mnist", profile: "smoke")
        ).first)
      #expect(run.record.status == .diverged)
      #expect(run.record.metrics["test-accuracy"] == nil)
    }
  }
}
