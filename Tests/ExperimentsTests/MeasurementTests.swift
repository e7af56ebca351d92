// parsimony measure on a stored run that is made by hand: its networks, what is stored, and what is refused.

import Datasets
import Compression
import Experiments
import Methods
import Files
import Foundation
import Inference
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

private let spec = """
  experiment: tiny
  question: A test.
  network: { layers: [ flatten, linear: { outputs: 20 }, relu, linear: { outputs: 10 } ] }
  dataset: { name: mnist }
  dense: { schedule: { constant: { rate: 0.05 } }, epochs: 2, batch: 32 }
  shared: { scheme: { chain: [ prune: { density: 0.1 } ] } }
  methods: [ one-shot ]
  seeds: [1]
  profiles: { smoke: {} }
  """

/// A run in a store without data: LeNet-like, with its first twelve neurons zero.
private struct Stored {
  let run: StoredRun
  let cache: NetworkCache
  /// Finds no images, so that inputs are random.
  let catalog: DatasetCatalog

  init(
    _ folder: URL, alters: Bool = false, keepsNetwork: Bool = true, caches: Bool = false,
    unify: Unify? = nil
  ) throws {
    let experiment = try Experiment(
      yaml: spec, file: "tiny.yaml", paper: "own", profile: "smoke")
    let description = experiment.cells[0].run
    let identity = try RunIdentity(description, datasetChecksums: [:])
    var network = try #require(description.network).build(inputShape: [28, 28, 1], seed: Seed(5))
    for unit in 0..<12 {
      for place in unit * 784..<(unit + 1) * 784 { network.parameters[0][place] = 0 }
      network.parameters[1][unit] = 0
    }
    var layers: [LayerRow] = []
    if let unify {
      let code = try unify.compress(
        network.weightGroup, startingFrom: nil, context: CompressionContext(seed: Seed(1)))
      try network.setWeights(code.decompressed())
      let values = try #require(code["fc1.weight"]?.unified)
      layers = [
        LayerRow(
          name: "fc1.weight", shape: [20, 784], nonzeros: values.heldCount, bitsPerValue: 32,
          isSparse: false, blocks: BlockRow(values))
      ]
    }
    let file = SafetensorsFile(
      zip(network.information, network.parameters).map { StoredTensor($0.name, $1) })
    let plain = file.encoded()
    let record = Record(
      identity: identity, digest: try identity.digest(), seed: 1, status: .finished, metrics: [:],
      layers: layers, emptiedLayers: [], networkDigest: Digest(of: alters ? Data() : plain))
    let store = RecordStore(root: folder.appending(path: "results"))
    let place = RecordFolder(paper: "own", experiment: "tiny", profile: "smoke")
    try store.create(
      record, history: [], compressedNetwork: keepsNetwork ? Gzip.compress(plain) : nil, in: place)
    cache = NetworkCache(root: folder.appending(path: "cache"))
    if caches { try DurableFile.replace(plain, at: cache.url(of: record.name)) }
    catalog = DatasetCatalog(searchRoots: [folder.appending(path: "nothing")])
    run = try #require(try store.run(in: place, digest: record.digest, seed: 1))
  }

  func measurement(busy: Double = 0) -> RunMeasurement {
    RunMeasurement(cache: cache, catalog: catalog, load: { busy })
  }
}

private let brief = TimingPlan(
  seconds: 0, minimumRounds: 3, warmUpSeconds: 0, blockSeconds: 0.0001)

@Suite struct MeasurementTests {
  @Test("a run is thinned, measured once for each batch and number of threads, and then read back")
  func measures() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder)
      let record = try Data(contentsOf: stored.run.url.appending(path: "record.json"))
      let request = MeasurementRequest(batches: [1, 8], threads: [1, 2], plan: brief)
      let result = try stored.measurement().measure(stored.run, request)
      #expect(
        result.measurements.map { $0.name } == [
          "thinned against dense, batch 1, 1 thread", "thinned against dense, batch 8, 1 thread",
          "thinned against dense, batch 1, 2 threads", "thinned against dense, batch 8, 2 threads",
        ])
      #expect(result.storedBefore == 0)
      #expect(result.thinning?.layers.map { $0.unitsAfter } == [8, 10])
      let networks = result.measurements[3].networks
      #expect(networks.map { $0.parameters } == [785 * 20 + 210, 785 * 8 + 90])
      #expect(networks.map { $0.multiplyAccumulates } == [784 * 20 + 200, 784 * 8 + 80])
      #expect(networks.map { $0.label } == ["dense, with its initial parameters", "thinned"])
      #expect(networks.map { $0.latency.threads } == [2, 2])
      #expect(result.measurements.allSatisfy { $0.outputDifference?.isWithinTolerance == true })
      #expect(result.measurements.allSatisfy { $0.busyProcessors == 0 && $0.speedup != nil })

      // Stored now: a busy machine does not matter, and nothing is measured.
      let again = try stored.measurement(busy: 2).measure(stored.run, request)
      #expect(again.measurements == result.measurements)
      #expect(again.storedBefore == 4 && again.thinning == nil)
      // Another batch is added to what is there.
      let wider = MeasurementRequest(batches: [8, 4], threads: [1], plan: brief)
      let added = try stored.measurement().measure(stored.run, wider)
      #expect(added.storedBefore == 1 && added.measurements[0] == result.measurements[1])
      // Asked for, measurements give way.
      let fresh = try stored.measurement().measure(
        stored.run, MeasurementRequest(batches: [8], threads: [1], plan: brief, replaces: true))
      #expect(fresh.measurements[0].measuredAt > result.measurements[1].measuredAt)
      let file = try #require(try MeasurementFile(contentsOf: RunMeasurement.file(of: stored.run)))
      #expect(file.measurements.count == 5 && file.measurements[1] == fresh.measurements[0])
      #expect(try Data(contentsOf: stored.run.url.appending(path: "record.json")) == record)
    }
  }

  @Test("a network in blocks is measured by its blocks, and its outputs are checked")
  func blocks() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(
        folder, unify: Unify(block: [4, 4], pruned: 0.7, unified: 0.2, only: "fc1"))
      let request = MeasurementRequest(batches: [1, 8], plan: brief)
      let result = try stored.measurement().measure(stored.run, request)
      #expect(
        result.measurements.map { $0.name } == [
          "blocks against dense, batch 1, 1 thread", "blocks against dense, batch 8, 1 thread",
        ])
      #expect(result.thinning == nil)
      let networks = result.measurements[0].networks
      #expect(networks.map { $0.label } == ["dense, with its initial parameters", "blocks"])
      let difference = try #require(result.measurements[0].outputDifference)
      #expect(difference.isWithinTolerance && difference.largestOutput > 0)
      let again = try stored.measurement(busy: 2).measure(stored.run, request)
      #expect(again.measurements == result.measurements && again.storedBefore == 2)
    }
  }

  @Test("the trained dense network is taken if it is in the cache")
  func trainedParent() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder)
      let parent = try #require(stored.run.record.identity.parent)
      let choice = try #require(stored.run.record.identity.run.network)
      let network = try choice.build(inputShape: [28, 28, 1], seed: Seed(6))
      let file = SafetensorsFile(
        zip(network.information, network.parameters).map { StoredTensor($0.name, $1) })
      try DurableFile.replace(file.encoded(), at: stored.cache.url(of: "\(parent)-s1"))
      let request = MeasurementRequest(batches: [1], plan: brief)
      let result = try stored.measurement().measure(stored.run, request)
      #expect(result.measurements[0].networks[0].label == "dense")
    }
  }

  @Test("a network that is too large to be stored is taken from the cache")
  func cached() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder, keepsNetwork: false, caches: true)
      let result = try stored.measurement().measure(
        stored.run, MeasurementRequest(batches: [1], plan: brief))
      #expect(result.thinning?.layers[0].unitsAfter == 8)
    }
  }

  @Test("a missing network is named, with the command that brings it back")
  func missing() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder, keepsNetwork: false)
      let error = #expect(throws: StoredNetworkError.self) {
        try stored.measurement().measure(stored.run, MeasurementRequest(plan: brief))
      }
      #expect(error?.description.contains("parsimony run tiny --profile smoke") == true)
      #expect(try MeasurementFile(contentsOf: RunMeasurement.file(of: stored.run)) == nil)
    }
  }

  @Test("another network than the record's is refused")
  func altered() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder, alters: true)
      let url = try #require(stored.run.networkURL)
      #expect(throws: StoredNetworkError.altered(path: url.path)) {
        try stored.measurement().measure(stored.run, MeasurementRequest(plan: brief))
      }
    }
  }

  @Test("a busy machine is refused, unless it will do")
  func busy() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder)
      var request = MeasurementRequest(batches: [1], plan: brief)
      #expect(throws: RunMeasurementError.busy(processors: 1.5)) {
        try stored.measurement(busy: 1.5).measure(stored.run, request)
      }
      #expect(try MeasurementFile(contentsOf: RunMeasurement.file(of: stored.run)) == nil)
      request.allowsBusyMachine = true
      let result = try stored.measurement(busy: 1.5).measure(stored.run, request)
      #expect(result.measurements[0].busyProcessors == 1.5)
    }
  }

  @Test("a dense run has nothing to be compared with")
  func dense() throws {
    try withTemporaryFolder { folder in
      let stored = try Stored(folder)
      var record = stored.run.record
      record.identity.run.method = nil
      let store = RecordStore(root: folder)
      let place = RecordFolder(paper: "dense", experiment: "tiny", profile: "smoke")
      try store.create(record, history: [], compressedNetwork: nil, in: place)
      let run = try #require(try store.run(in: place, digest: record.digest, seed: 1))
      #expect(throws: RunMeasurementError.dense(run: record.name)) {
        try stored.measurement().measure(run, MeasurementRequest(plan: brief))
      }
    }
  }
}
