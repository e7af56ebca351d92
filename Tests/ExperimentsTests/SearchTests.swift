// The two-stage search as a run: its samples are runs of their own, it goes on where it stopped, and only the chosen network
// meets the test images. The data set is Debian's Fashion-MNIST. Searches on curves need no data.

import BayesianOptimization
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

private func spec(
  method: String = "one-shot: { scheme: { chain: [ prune, float16 ] } }",
  search: String = "tolerance: 0.05, samples: 5, strategy: bisection"
) -> String {
  """
  experiment: tiny
  network: { layers: [ flatten, linear: { outputs: 20 }, relu, linear: { outputs: 10 } ] }
  dataset: { name: fashion-mnist, trainingLimit: 512, testLimit: 100, validation: 2000 }
  dense: { schedule: { constant: { rate: 0.05 } }, epochs: 8, batch: 32 }
  methods: [ { \(method) } ]
  search: { \(search) }
  seeds: [1]
  profiles: { smoke: {} }
  """
}

private struct Place {
  let store: RecordStore
  let cache: NetworkCache
  let folder = RecordFolder(paper: "own", experiment: "tiny", profile: "smoke")

  init(_ folder: URL) {
    store = RecordStore(root: folder.appending(path: "results"))
    cache = NetworkCache(root: folder.appending(path: "cache"))
  }

  func run(_ text: String) throws -> StoredRun {
    let experiment = try Experiment(
      yaml: text, file: "tiny.yaml", paper: "own", profile: "smoke")
    let executor = RunExecutor(
      store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: 1))
    let plan = try Plan([experiment], store: store, cache: cache, catalog: catalog)
    for run in plan.due { _ = try executor.execute(run) }
    return try #require(try searches().first)
  }

  func searches() throws -> [StoredRun] { try store.runs(in: folder) }

  func samples() throws -> [StoredRun] {
    let url = store.url(of: folder).appending(path: "samples")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return try names.sorted().compactMap { try RecordStore.load(url.appending(path: $0)) }
  }

  func record(of run: StoredRun) throws -> Data {
    try Data(contentsOf: run.url.appending(path: "record.json"))
  }
}

@Suite(.enabled(if: hasData, "Fashion-MNIST is not on this machine"))
struct SearchTests {
  @Test("a search returns the largest feasible sample, and only it meets the test images")
  func levels() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let run = try place.run(spec())
      let found = try #require(run.record.search)
      let stage = found.samples.filter { $0.stage == .accuracy }
      #expect(stage.count == 5)
      #expect(found.outcome == .found)
      let feasible = stage.filter { $0.isFeasible == true }.map { $0.sparsity }
      #expect(found.largestFeasible == feasible.max())
      #expect(found.chosen == found.largestFeasible, "the payload falls with every weight")
      for sample in stage {
        let value = try #require(sample.value)
        #expect((value >= found.level) == sample.isFeasible)
      }
      #expect(run.record.metrics["test-accuracy"] != nil)
      let samples = try place.samples()
      #expect(Set(samples.map { $0.record.digest }) == Set(found.samples.compactMap { $0.run }))
      for sample in samples {
        #expect(sample.record.metrics["test-accuracy"] == nil)
        #expect(sample.record.metrics["validation-accuracy"] != nil)
      }
      let neighbours = found.samples.filter { $0.stage == .neighbour }.map { $0.sparsity }
      #expect(neighbours == [found.largestFeasible - 0.001, found.largestFeasible + 0.001])
      let weights = 784 * 20 + 200
      let density = ((1 - found.chosen) * 1e9).rounded() / 1e9
      let kept = (density * Double(weights)).rounded(.down)
      #expect(run.record.metrics["nonzero-weights"] == kept)
    }
  }

  @Test("a search that lost its record or its last samples ends with the same bytes")
  func resumption() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let first = try place.run(spec())
      let bytes = try place.record(of: first)
      try FileManager.default.removeItem(at: first.url)
      let before = try place.samples().map { $0.attempt?.endedAt }
      let again = try place.run(spec())
      #expect(try place.record(of: again) == bytes)
      #expect(try place.samples().map { $0.attempt?.endedAt } == before, "nothing is run twice")

      let lost = try #require(again.record.search?.samples.last?.run)
      try FileManager.default.removeItem(at: again.url)
      let sample = try #require(try place.samples().first { $0.record.digest == lost })
      try FileManager.default.removeItem(at: sample.url)
      #expect(try place.record(of: try place.run(spec())) == bytes)
    }
  }

  @Test("a chosen sample whose network is lost is computed again")
  func lostNetwork() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let first = try place.run(spec())
      let bytes = try place.record(of: first)
      try FileManager.default.removeItem(at: first.url)
      for sample in try place.samples() {
        try sample.networkURL.map { try FileManager.default.removeItem(at: $0) }
        try? FileManager.default.removeItem(at: place.cache.url(of: sample.record.name))
      }
      #expect(try place.record(of: try place.run(spec())) == bytes)
    }
  }

  @Test("a measured objective is written before it is used and replayed afterwards")
  func latency() throws {
    let text = spec(
      method: "one-shot: { scheme: { prune-neurons: {} } }",
      search: """
        tolerance: 0.3, samples: 3, strategy: bisection, objective: { latency: { batch: 4 } }, objectiveSamples: 4,
          checksNeighbours: false
        """)
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let first = try place.run(text)
      let found = try #require(first.record.search)
      #expect(found.dependsOnMeasuredTime)
      let measured = found.samples.filter { $0.stage == .objective }
      #expect(measured.count == 4)
      #expect(measured.allSatisfy { $0.sparsity <= found.largestFeasible && $0.run == nil })
      let final = try #require(found.samples.last { $0.sparsity == found.chosen && $0.run != nil })
      #expect(final.isFeasible == true)
      let bytes = try place.record(of: first)
      for name in ["record.json", "history.csv", "attempt.json"] {
        try FileManager.default.removeItem(at: first.url.appending(path: name))
      }
      #expect(try place.record(of: try place.run(text)) == bytes)
    }
  }

  @Test("an objective on learned networks takes its samples from learned runs")
  func learnedObjective() throws {
    let text = spec(
      method: "one-shot: { scheme: { prune-neurons: {} } }",
      search: """
        tolerance: 0.3, samples: 2, strategy: bisection, objective: throughput, objectiveSamples: 3,
          learnsObjective: true, checksNeighbours: false
        """)
    try withTemporaryFolder { folder in
      let run = try Place(folder).run(text)
      let found = try #require(run.record.search)
      #expect(found.samples.filter { $0.stage == .final && $0.run != nil }.count >= 3)
      #expect(found.samples.filter { $0.stage == .objective }.count == 3)
      #expect(found.chosen > 0 && found.chosen <= found.largestFeasible)
    }
  }

  @Test("where nothing reaches the level, the record says so and holds the dense network")
  func nothingFeasible() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      let run = try place.run(
        spec(
          method: "one-shot: { scheme: { random-prune: {} } }",
          search: "tolerance: 0, samples: 2, strategy: bisection"))
      #expect(run.record.search?.outcome == .nothingFeasible)
      #expect(run.record.metrics["accuracy-sparsity"] == 0)
      #expect(run.record.metrics["payload-ratio"] == 1)
      #expect(run.record.metrics["test-accuracy-change"] == 0)
    }
  }

  @Test("a tolerance that guessing would meet is an error, and nothing is stored")
  func meaningless() throws {
    try withTemporaryFolder { folder in
      let place = Place(folder)
      #expect(throws: RunError.self) {
        try place.run(spec(search: "tolerance: 0.9, samples: 2, strategy: bisection"))
      }
      let stored = try place.searches()
      #expect(stored.isEmpty)
    }
  }
}

@Suite struct SearchSpecTests {
  private func mistakes(_ search: String) -> String {
    do {
      _ = try Experiment(
        yaml: spec(search: search), file: "tiny.yaml", paper: "own", profile: "smoke")
      return ""
    } catch { return "\(error)" }
  }

  @Test("impossible searches are refused in their line")
  func refusals() {
    #expect(mistakes("tolerance: -0.1").contains("tiny.yaml:6: search.tolerance"))
    #expect(mistakes("samples: 0").contains("tiny.yaml:6: search.budget"))
    #expect(mistakes("strategy: bisect").contains("bisection"))
    #expect(mistakes("objective: { latency: { batch: 0 } }").contains("batch"))
    #expect(
      mistakes("objective: latency, objectiveStrategy: dr-ucb").contains(
        "only searches for a level"))
  }

  @Test("a search without validation images is refused")
  func needsValidation() {
    let text = spec().replacing("validation: 2000", with: "validation: 0")
    #expect(throws: SpecErrors.self) {
      try Experiment(yaml: text, file: "tiny.yaml", paper: "own", profile: "smoke")
    }
  }

  @Test("methods without a density are not searched, and are one run for all strategies")
  func unsearched() throws {
    let text = spec(search: "strategy: { each: [dr-ucb, bisection] }")
      .replacing("methods: [", with: "methods: [ dense-continued,")
    let experiment = try Experiment(
      yaml: text, file: "tiny.yaml", paper: "own", profile: "smoke")
    #expect(
      experiment.cells.map { $0.run.methodName } == ["dense-continued", "one-shot", "one-shot"])
    #expect(experiment.cells.map { $0.run.search != nil } == [false, true, true])
    let strategies = experiment.cells.map { $0.coordinates["strategy"]?.summary ?? "-" }
    #expect(strategies == ["-", "dr-ucb", "bisection"])
  }

  @Test("an experiment that waits may name a network that does not exist, but no other mistake")
  func waiting() throws {
    let text = spec().replacing("network: {", with: "waits: the engine\nnetwork: resnet999 #")
    let experiment = try Experiment(
      yaml: text, file: "tiny.yaml", paper: "own", profile: "smoke")
    #expect(experiment.cells.isEmpty)
    let wrong = text.replacing("tolerance", with: "tolerence")
    #expect(throws: SpecErrors.self) {
      try Experiment(yaml: wrong, file: "tiny.yaml", paper: "own", profile: "smoke")
    }
  }
}

@Suite struct CurveSearchTests {
  private func experiment(_ strategy: String, in folder: URL, images: Int = 0) throws -> Experiment
  {
    try Data("sparsity,accuracy,note\n0.1,90,a\n0.5,80,a\n0.9,0,a\n0.95,85,b\n".utf8).write(
      to: folder.appending(path: "curve.csv"))
    return try Experiment(
      yaml: """
        experiment: curve
        curveSearch:
          curve: { name: test, file: curve.csv, x: sparsity, y: accuracy, where: { note: a } }
          level: 70
          repetitions: 20
          images: \(images)
          strategy: \(strategy)
        profiles: { smoke: {} }
        """, file: folder.appending(path: "curve.yaml").path, paper: "own", profile: "smoke")
  }

  @Test("the curve is linear between its points, constant beyond, and crosses the level once")
  func curve() throws {
    try withTemporaryFolder { folder in
      let cell = try #require(try experiment("bisection", in: folder).cells.first)
      let curve = try #require(cell.run.curveSearch?.curve)
      #expect(curve.points == [[0.1, 0.9], [0.5, 0.8], [0.9, 0]])
      #expect(abs(curve.accuracy(at: 0.3) - 0.85) < 1e-12)
      #expect(curve.accuracy(at: 0) == 0.9 && curve.accuracy(at: 1) == 0)
      #expect(abs((curve.firstCrossing(of: 0.7) ?? 0) - 0.55) < 1e-12)
      #expect(curve.firstCrossing(of: -1) == nil)
    }
  }

  @Test(
    "bisection finds the crossing every time; its record has no network and runs again the same")
  func record() throws {
    try withTemporaryFolder { folder in
      let experiment = try experiment("bisection", in: folder)
      var bytes: [Data] = []
      for name in ["one", "two"] {
        let store = RecordStore(root: folder.appending(path: name))
        let cache = NetworkCache(root: folder.appending(path: "cache"))
        let plan = try Plan([experiment], store: store, cache: cache, catalog: catalog)
        #expect(plan.runs.count == 1)
        let executor = RunExecutor(
          store: store, cache: cache, catalog: catalog, workers: Workers(threadCount: 1))
        for run in plan.due { _ = try executor.execute(run) }
        let stored = try #require(
          try store.runs(
            in: RecordFolder(paper: "own", experiment: "curve", profile: "smoke")
          ).first)
        #expect(stored.record.networkDigest == nil && stored.record.layers.isEmpty)
        // Ten halvings of (0, 1) end at most 1/1024 below the crossing at .55.
        let result = try #require(stored.record.metrics["searched-sparsity"])
        #expect(result <= 0.55 && result > 0.55 - 1.0 / 1024)
        #expect(stored.record.metrics["found-share"] == 100)
        #expect(stored.record.metrics["infeasible-share"] == 0)
        let tried = stored.history().filter { $0.metric == "point" }
        #expect(tried.count == 200)
        bytes.append(try Data(contentsOf: stored.url.appending(path: "record.json")))
        bytes.append(try Data(contentsOf: stored.url.appending(path: "history.csv")))
      }
      #expect(bytes[0] == bytes[2] && bytes[1] == bytes[3])
    }
  }

  @Test("a level that the curve never crosses, a missing column and a missing file are refused")
  func refusals() throws {
    try withTemporaryFolder { folder in
      _ = try experiment("bisection", in: folder)
      func text(_ curve: String, level: Int = 70) -> String {
        """
        experiment: curve
        curveSearch: { level: \(level), curve: { \(curve) } }
        profiles: { smoke: {} }
        """
      }
      func problem(_ text: String) -> String {
        do {
          _ = try Experiment(
            yaml: text, file: folder.appending(path: "curve.yaml").path, paper: "own",
            profile: "smoke")
          return ""
        } catch { return "\(error)" }
      }
      let good = "file: curve.csv, x: sparsity, y: accuracy"
      #expect(problem(text(good, level: -5)).contains("curveSearch.level"))
      #expect(problem(text("file: curve.csv, x: sparsity, y: loss")).contains("accuracy"))
      #expect(problem(text("file: other.csv, x: sparsity, y: loss")).contains("other.csv"))
      #expect(problem(text("file: curve.csv, x: sparsity, y: note")).contains("curve.csv:2"))
    }
  }
}
