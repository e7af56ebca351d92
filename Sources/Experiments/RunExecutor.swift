// Computes one run in this process: data, dense network or method, evaluation, record. Everything that enters the record
// is a pure function of the run's identity and seed.

import Foundation
public import Datasets
public import Kernels
public import Training
import Compression
import Files
import Methods
import ModelFiles
import Networks
import Reproducibility
import Tensors

/// What went wrong in a run that is neither finished nor diverged.
public enum RunError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The dense network that the run starts from is not in the cache.
  case missingParent(name: String)
  /// The cached dense network is not the one that its record describes.
  case alteredParent(path: String)
  /// The dense network that the run starts from diverged, so there is nothing to compress.
  case divergedParent(name: String)
  /// The run has neither a network nor a curve.
  case noNetwork
  /// The tolerance is so large that guessing would do.
  case meaninglessTolerance(level: Double, chance: Double)
  /// No density of the scheme gives the size that the run is to match.
  case unreachableSize(wanted: Double, nearest: Double)
  /// The data on this machine is not the data the run was planned with.
  case otherData(dataset: String)
  /// The run was planned by a Parsimony whose arithmetic has another version.
  case otherNumerics(planned: Int, here: Int)
  /// The validation split takes all training images.
  case nothingToLearnFrom(validation: Int, count: Int)

  public var description: String {
    switch self {
    case .missingParent(let name):
      return "the dense network \(name) it starts from is not in the cache"
    case .alteredParent(let path): return "\(path): not the network that its record describes"
    case .divergedParent(let name):
      return "the dense network \(name) it starts from diverged: a loss was not finite"
    case .noNetwork: return "the run has no network to train or compress"
    case .meaninglessTolerance(let level, let chance):
      return
        "search.tolerance: with a level of \(level) even guessing (\(chance)) would pass; allowed: less than the dense network's validation accuracy minus that of guessing"
    case .unreachableSize(let wanted, let nearest):
      return
        "match.ratio: no density of the scheme makes the network \(wanted) times smaller; the nearest is \(String(format: "%.3g", nearest))"
    case .otherData(let dataset): return "\(dataset): the files changed after the run was planned"
    case .otherNumerics(let planned, let here):
      return
        "planned with numerics version \(planned), but this parsimony computes version \(here): plan again"
    case .nothingToLearnFrom(let validation, let count):
      return
        "dataset.validation: \(validation) of \(count) training images leave none to train on"
    }
  }
}

/// Computes runs in this process.
public struct RunExecutor: Sendable {
  /// Where records go.
  public let store: RecordStore
  /// Where dense networks and checkpoints are kept.
  public let cache: NetworkCache
  /// Where data is looked for.
  public let catalog: DatasetCatalog
  /// The threads inside a run.
  public let workers: Workers
  /// Which attempt at its run this one is, and the job of a cluster's scheduler it belongs to; for its attempt.
  public var attempt: (number: Int?, clusterJob: String?) = (nil, nil)

  public init(store: RecordStore, cache: NetworkCache, catalog: DatasetCatalog, workers: Workers) {
    self.store = store
    self.cache = cache
    self.catalog = catalog
    self.workers = workers
  }

  /// What a run computed, before its network is tested and stored.
  struct Computation {
    /// The returned network and how it was reached; nil for a search on a curve.
    var outcome: CompressionOutcome?
    /// What was measured on the way.
    var history: [HistoryRow] = []
    /// Metrics so far.
    var metrics: [String: Double] = [:]
    /// The parameters of the returned network.
    var layers: [LayerRow] = []
    /// What a search found.
    var search: SearchReport?
    /// Processor seconds of the training.
    var processorSeconds = 0.0
    /// The test accuracy of the dense network the run started from.
    var denseAccuracy: Double?

    /// Takes over loss and accuracy on the examples called `name`.
    mutating func record(_ evaluation: Evaluation, of examples: Examples, as name: String) {
      metrics["\(name)-loss"] = evaluation.loss
      metrics["\(name)-accuracy"] = evaluation.accuracy
      if examples.isText { metrics["\(name)-perplexity"] = evaluation.perplexity }
    }
  }

  /// Computes a planned run and stores its record.
  ///
  /// - Parameter report: called often with the progress of the training.
  /// - Throws: `RunError`, `StoreError`, and the errors of data, scheme and checkpoints.
  public func execute(
    _ planned: PlannedRun, report: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> Attempt {
    let began = ProcessClock.monotonicSeconds
    let run = planned.identity.run
    let checkpoint = CheckpointFile(
      url: cache.checkpointURL(of: planned.name), identity: planned.name)
    var resumedAt = 0
    let observer: (TrainingProgress) -> Void = { progress in
      resumedAt = max(resumedAt, progress.resumedAt)
      report(progress)
    }
    var computation: Computation
    if let curveSearch = run.curveSearch {
      computation = try computeCurveSearch(curveSearch, seed: planned.seed)
    } else {
      let material = try material(planned.identity)
      if let search = run.search {
        computation = try computeSearch(planned, search, material: material, report: observer)
      } else {
        computation = try compute(
          planned, material: material, checkpoint: checkpoint, report: observer)
      }
      try test(&computation, run: run, material: material)
    }

    let isDiverged = computation.outcome?.divergedAt != nil
    let emptied = computation.layers.filter { $0.name.role == "weight" && $0.nonzeros == 0 }
      .map { $0.name.layer }
    if computation.outcome != nil { computation.metrics["emptied-layers"] = Double(emptied.count) }
    let file = computation.outcome.map {
      storedNetwork($0, layers: computation.layers, planned: planned)
    }
    let plain = file?.encoded()
    let compressed = try plain.map { try Gzip.compress($0) }
    // Dense networks and samples are needed by other runs; the rest only if it is not stored beside its record.
    let isLarge = (compressed?.count ?? 0) > RecordStore.networkLimit
    if let plain, run.isDense || run.evaluation == .validation || isLarge {
      try DurableFile.replace(plain, at: cache.url(of: planned.name))
    }
    var record = Record(
      identity: planned.identity, digest: planned.digest, seed: planned.seed,
      status: isDiverged ? .diverged : .finished, metrics: computation.metrics,
      layers: computation.layers, emptiedLayers: emptied,
      networkDigest: plain.map { Digest(of: $0) })
    record.search = computation.search
    let attempt = Attempt(
      status: isDiverged ? .diverged : .finished,
      seconds: ProcessClock.monotonicSeconds - began,
      processorSeconds: computation.processorSeconds,
      threads: workers.threadCount, environment: .current(), networkFileBytes: compressed?.count,
      resumedAt: resumedAt > 0 ? resumedAt : nil, endedAt: Date().timeIntervalSince1970,
      peakMebibytes: MachineLoad.peakMebibytes().map { $0.rounded() }, number: self.attempt.number,
      clusterJob: self.attempt.clusterJob)
    if planned.state != .retraining {
      try store.replace(attempt, in: planned.folder, digest: planned.digest, seed: planned.seed)
    }
    // A sample's network is needed by its search only, and that finds it in the cache.
    try store.create(
      record, history: computation.history,
      compressedNetwork: run.evaluation == .validation ? nil : compressed, in: planned.folder)
    checkpoint.remove()
    return attempt
  }

  /// Trains the dense network, or applies the method to it.
  private func compute(
    _ planned: PlannedRun, material: Material, checkpoint: CheckpointFile,
    report: (TrainingProgress) -> Void
  ) throws -> Computation {
    let seed = Seed(UInt64(planned.seed))
    let initial = try initialNetwork(planned, material: material)
    var result = Computation()
    let outcome: CompressionOutcome
    let dense: Network
    if let method = planned.identity.run.method {
      let parent = try denseNetwork(planned, like: initial)
      let driver = CompressionDriver(
        data: material.data, seed: seed.child("method"), workers: workers, checkpoint: checkpoint)
      outcome = try matched(method, of: planned.identity.run, on: parent.network, by: driver) {
        result.metrics["scheme-density"] = $0
      } report: {
        report($0)
      }
      result.denseAccuracy = parent.accuracy
      dense = parent.network
    } else {
      let trainer = Trainer(
        network: initial, recipe: planned.identity.run.dense ?? TrainingRecipe(),
        data: material.data, seed: seed.child("dense"), workers: workers)
      outcome = CompressionOutcome(
        training: try trainer.run(checkpoint: checkpoint, report: report))
      dense = outcome.network
    }
    result.history = outcome.history
    result.processorSeconds = outcome.processorSeconds
    result.metrics.merge(sizeMetrics(outcome, dense: dense)) { $1 }
    result.metrics["updates"] = Double(outcome.updates)
    result.metrics["kept-update"] = Double(outcome.keptUpdate)
    result.metrics["hard-accuracy"] = outcome.hardAccuracy
    for name in ["relative-residual", "selection-gap"] {
      result.metrics[name] = outcome.history.last { $0.metric == name }?.value
    }
    result.layers = layerRows(outcome)
    result.outcome = outcome
    return result
  }

  /// Runs a method; if the run is to have a size, with the density that gives it.
  ///
  /// - Parameter settled: called with the density of the result.
  private func matched(
    _ method: MethodChoice, of run: RunDescription, on dense: Network, by driver: CompressionDriver,
    settled: (Double) -> Void, report: (TrainingProgress) -> Void
  ) throws -> CompressionOutcome {
    guard let target = run.match else {
      return try driver.run(method.method, on: dense, report: report)
    }
    let found = try target.density(for: method, on: dense, context: driver.projectionContext)
    var density = found.density
    var outcome = try driver.run(
      method.withDensity(density).method, on: dense, report: report)
    for correction in 0..<(target.corrections ?? 0) {
      guard outcome.divergedAt == nil,
        let next = try target.corrected(
          density, promising: found.ratio, after: code(outcome), on: dense)
      else { break }
      density = next
      var again = driver
      again.checkpoint = driver.checkpoint?.part("correction-\(correction)")
      let seconds = outcome.processorSeconds
      outcome = try again.run(method.withDensity(density).method, on: dense, report: report)
      outcome.processorSeconds += seconds
    }
    settled(density)
    return outcome
  }

  /// Evaluates the returned network; test images are used here and nowhere else.
  private func test(
    _ computation: inout Computation, run: RunDescription, material: Material
  ) throws {
    guard let outcome = computation.outcome, outcome.divergedAt == nil else { return }
    if !material.data.validation.isEmpty {
      let validation = try outcome.network.evaluate(
        on: material.data.validation, workers: workers)
      computation.record(validation, of: material.data.validation, as: "validation")
    }
    guard run.evaluation != .validation else { return }
    let test = try outcome.network.evaluate(on: material.test, workers: workers)
    computation.record(test, of: material.test, as: "test")
    if let accuracy = computation.denseAccuracy {
      computation.metrics["test-accuracy-change"] = test.accuracy - accuracy
    }
  }

  /// The run's network before any training.
  func initialNetwork(_ planned: PlannedRun, material: Material) throws -> Network {
    guard let network = planned.identity.run.network else { throw RunError.noNetwork }
    return try network.build(
      inputShape: material.test.inputShape, classes: material.test.classCount,
      seed: Seed(UInt64(planned.seed)).child("initialisation"))
  }

  /// The dense network a run starts from, and its own test accuracy.
  func denseNetwork(_ planned: PlannedRun, like initial: Network) throws -> (
    network: Network, accuracy: Double
  ) {
    guard let name = planned.parentName, let digest = planned.identity.parent,
      let description = planned.identity.run.parent, cache.contains(name)
    else { throw RunError.missingParent(name: planned.parentName ?? "") }
    let folder = RecordFolder(
      of: description, paper: planned.folder.paper, experiment: planned.folder.experiment,
      profile: planned.folder.profile)
    guard let parent = try store.run(in: folder, digest: digest, seed: planned.seed) else {
      throw RunError.missingParent(name: name)
    }
    if parent.record.status == .diverged, planned.identity.run.method?.method.scheme != nil {
      throw RunError.divergedParent(name: name)
    }
    let url = cache.url(of: name)
    let data = try Data(contentsOf: url)
    guard Digest(of: data) == parent.record.networkDigest else {
      throw RunError.alteredParent(path: url.path)
    }
    let network = try initial.filled(
      from: SafetensorsFile(data: data, path: url.path), path: url.path)
    return (network, parent.record.metrics["test-accuracy"] ?? 0)
  }

  /// The code of the returned network; for a network that nothing compressed, itself.
  func code(_ outcome: CompressionOutcome) -> CompressedGroup {
    outcome.compressed ?? CompressedGroup(unchanged: outcome.network.weightGroup)
  }

  /// The returned network as a file: values in the number format of their code.
  private func storedNetwork(
    _ outcome: CompressionOutcome, layers: [LayerRow], planned: PlannedRun
  ) -> SafetensorsFile {
    let halves = Set(layers.filter { $0.bitsPerValue == 16 }.map { $0.name })
    let tensors = zip(outcome.network.information, outcome.network.parameters).map {
      StoredTensor($0.name, $1, as: halves.contains($0.name) ? .float16 : .float32)
    }
    return SafetensorsFile(tensors, metadata: ["run": planned.name])
  }

  func layerRows(_ outcome: CompressionOutcome) -> [LayerRow] {
    let code = code(outcome)
    return StorageCost(of: code, reference: WeightGroup([])).items.map {
      LayerRow(
        name: $0.name, shape: $0.shape, nonzeros: $0.nonzeroCount, bitsPerValue: $0.bitsPerValue,
        isSparse: $0.isSparse, scaleCount: $0.scaleCount > 0 ? $0.scaleCount : nil,
        levelCount: $0.levelCount > 0 ? $0.levelCount : nil,
        blocks: code[$0.name]?.unified.map { BlockRow($0) })
    }
  }

  /// 32 bits for every weight over the bits that the joint method's released code reports; nil where no weights share levels.
  ///
  /// Source: joint-sparsity-quantization, section 4 (the released size report).
  private func releasedRatio(_ outcome: CompressionOutcome) -> Double? {
    var weights = 0
    var bits = 0.0
    var hasCodebook = false
    for member in code(outcome).members {
      let tensor = member.code.decompressed()
      weights += tensor.count
      if case .codebook = member.code.values {
        hasCodebook = true
        bits += Double(tensor.nonzeroCount) * BitWidth.releasedBits(of: tensor.span)
      } else {
        bits += 32 * Double(tensor.nonzeroCount)
      }
    }
    return hasCodebook && bits > 0 ? 32 * Double(weights) / bits : nil
  }

  func sizeMetrics(_ outcome: CompressionOutcome, dense: Network) -> [String: Double] {
    let cost = StorageCost(of: code(outcome), reference: dense.weightGroup)
    var metrics: [String: Double] = [:]
    metrics["dense-bytes"] = Double(cost.denseBytes)
    metrics["payload-bytes"] = Double(cost.payloadBytes)
    metrics["indexed-bytes"] = Double(cost.bitmapBytes)
    metrics["row-indexed-bytes"] = Double(cost.rowIndexBytes)
    metrics["payload-ratio"] = cost.payloadRatio
    metrics["indexed-ratio"] = cost.bitmapRatio
    metrics["common-bytes"] = Double(cost.commonBytes)
    metrics["common-ratio"] = cost.commonRatio
    let rows = layerRows(outcome).filter { $0.name.role == "weight" }
    let weights = rows.reduce(0) { $0 + $1.shape.elementCount }
    let kept = rows.reduce(0) { $0 + $1.nonzeros }
    metrics["nonzero-weights"] = Double(kept)
    let bits = cost.items.reduce(0) { $0 + ($1.name.role == "weight" ? $1.valueBits : 0) }
    metrics["weight-bits"] = Double(bits)
    metrics["weight-ratio"] = 32 * Double(weights) / Double(max(1, bits))
    metrics["average-bits"] = Double(bits) / Double(max(1, kept))
    metrics["released-ratio"] = releasedRatio(outcome)
    metrics["weight-density"] = 100 * Double(kept) / Double(max(1, weights))
    let costs = outcome.network.costs
    let used = costs.reduce(0) { $0 + $1.multiplyAccumulates }
    let all = costs.reduce(0) { $0 + $1.denseMultiplyAccumulates }
    metrics["multiply-accumulates"] = Double(used)
    metrics["arithmetic-ratio"] = Double(all) / Double(max(1, used))
    metrics.merge(blockMetrics(outcome)) { $1 }
    return metrics
  }
}
