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
  /// The data on this machine is not the data the run was planned with.
  case otherData(dataset: String)

  public var description: String {
    switch self {
    case .missingParent(let name):
      return "the dense network \(name) it starts from is not in the cache"
    case .alteredParent(let path): return "\(path): not the network that its record describes"
    case .divergedParent(let name):
      return "the dense network \(name) it starts from diverged: a loss was not finite"
    case .otherData(let dataset): return "\(dataset): the files changed after the run was planned"
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

  public init(store: RecordStore, cache: NetworkCache, catalog: DatasetCatalog, workers: Workers) {
    self.store = store
    self.cache = cache
    self.catalog = catalog
    self.workers = workers
  }

  /// The images of a run's data set, split and limited as its spec says.
  private struct Material {
    var data: TrainingData
    var test: ImageSet
    var testIndices: [Int]
  }

  private func material(_ identity: RunIdentity) throws -> Material {
    let spec = identity.run.dataset
    let dataset = try catalog.load(spec.name)
    guard dataset.checksums == identity.datasetChecksums else {
      throw RunError.otherData(dataset: spec.name)
    }
    let split = Split.random(
      count: dataset.training.count, validationCount: spec.validation,
      seed: Seed(UInt64(spec.splitSeed)).child("split"))
    let limit = spec.trainingLimit
    let training = limit > 0 ? Array(split.training.prefix(limit)) : split.training
    let validation = limit > 0 ? Array(split.validation.prefix(limit)) : split.validation
    let normalization: Normalization
    switch spec.normalize {
    case .perChannel: normalization = .perChannel(of: dataset.training, at: training)
    case .meanImage: normalization = .meanImage(of: dataset.training, at: training)
    case .none: normalization = .none
    }
    let testCount =
      spec.testLimit > 0 ? min(spec.testLimit, dataset.test.count) : dataset.test.count
    return Material(
      data: TrainingData(
        images: dataset.training, training: training, validation: validation,
        normalization: normalization),
      test: dataset.test, testIndices: Array(0..<testCount))
  }

  /// Computes a planned run and stores its record.
  ///
  /// - Parameter report: called often with the progress of the training.
  /// - Throws: `RunError`, `StoreError`, and the errors of data, scheme and checkpoints.
  public func execute(_ planned: PlannedRun, report: (TrainingProgress) -> Void = { _ in }) throws
    -> Attempt
  {
    let began = ProcessClock.monotonicSeconds
    let identity = planned.identity
    let seed = Seed(UInt64(planned.seed))
    let checkpoint = CheckpointFile(
      url: cache.checkpointURL(of: planned.name), identity: planned.name)
    let material = try material(identity)
    let shape = material.data.images.imageShape
    let initial = try identity.run.network.build(
      inputShape: shape, seed: seed.child("initialisation"))
    var resumedAt = 0
    let observer: (TrainingProgress) -> Void = { progress in
      resumedAt = progress.resumedAt
      report(progress)
    }

    let outcome: CompressionOutcome
    var parent: (network: Network, accuracy: Double)?
    if let method = identity.run.method {
      let dense = try denseNetwork(planned, like: initial)
      parent = dense
      let driver = CompressionDriver(
        data: material.data, seed: seed.child("method"), workers: workers, checkpoint: checkpoint)
      outcome = try driver.run(method.method, on: dense.network, report: observer)
    } else {
      let trainer = Trainer(
        network: initial, recipe: identity.run.dense, data: material.data,
        seed: seed.child("dense"), workers: workers)
      outcome = CompressionOutcome(
        training: try trainer.run(checkpoint: checkpoint, report: observer))
    }

    let stored = storedNetwork(outcome, planned: planned)
    var metrics = sizeMetrics(outcome, dense: parent?.network ?? outcome.network)
    if outcome.divergedAt == nil {
      if !material.data.validation.isEmpty {
        let validation = outcome.network.evaluate(
          on: material.data.images, at: material.data.validation,
          normalization: material.data.normalization, workers: workers)
        metrics["validation-loss"] = validation.loss
        metrics["validation-accuracy"] = validation.accuracy
      }
      let test = outcome.network.evaluate(  // the one and only use of the test images
        on: material.test, at: material.testIndices, normalization: material.data.normalization,
        workers: workers)
      metrics["test-loss"] = test.loss
      metrics["test-accuracy"] = test.accuracy
      if let parent { metrics["test-accuracy-change"] = test.accuracy - parent.accuracy }
    }
    metrics["updates"] = Double(outcome.updates)
    metrics["kept-update"] = Double(outcome.keptUpdate)
    let layers = layerRows(outcome)
    let emptied = layers.filter { $0.name.role == "weight" && $0.nonzeros == 0 }
      .map { $0.name.layer }
    metrics["emptied-layers"] = Double(emptied.count)

    let plain = stored.encoded()
    let compressed = try Gzip.compress(plain)
    // Dense networks are needed by other runs; others only if they are not stored beside their record.
    if identity.run.method == nil || compressed.count > RecordStore.networkLimit {
      try DurableFile.replace(plain, at: cache.url(of: planned.name))
    }
    let record = Record(
      identity: identity, digest: planned.digest, seed: planned.seed,
      status: outcome.divergedAt == nil ? .finished : .diverged, metrics: metrics, layers: layers,
      emptiedLayers: emptied, networkDigest: Digest(of: plain))
    let attempt = Attempt(
      status: outcome.divergedAt == nil ? .finished : .diverged,
      seconds: ProcessClock.monotonicSeconds - began, processorSeconds: outcome.processorSeconds,
      threads: workers.threadCount, environment: .current(), networkFileBytes: compressed.count,
      resumedAt: resumedAt > 0 ? resumedAt : nil, endedAt: Date().timeIntervalSince1970)
    if planned.state != .retraining {
      try store.replace(attempt, in: planned.folder, digest: planned.digest, seed: planned.seed)
    }
    try store.create(
      record, history: outcome.history, compressedNetwork: compressed, in: planned.folder)
    checkpoint.remove()
    return attempt
  }

  /// The dense network a run starts from, and its own test accuracy.
  private func denseNetwork(_ planned: PlannedRun, like initial: Network) throws -> (
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
    let network = try initial.filled(from: SafetensorsFile(data: data, path: url.path))
    return (network, parent.record.metrics["test-accuracy"] ?? 0)
  }

  /// The code of the returned network; for a network that nothing compressed, itself.
  private func code(_ outcome: CompressionOutcome) -> CompressedGroup {
    outcome.compressed ?? CompressedGroup(unchanged: outcome.network.weightGroup)
  }

  /// The returned network as a file: values in the number format of their code.
  private func storedNetwork(_ outcome: CompressionOutcome, planned: PlannedRun) -> SafetensorsFile
  {
    let code = code(outcome)
    let tensors = zip(outcome.network.information, outcome.network.parameters).map {
      information, tensor in
      StoredTensor(
        information.name, tensor,
        as: code[information.name]?.values.bitsPerValue == 16 ? .float16 : .float32)
    }
    return SafetensorsFile(tensors, metadata: ["run": planned.name])
  }

  private func layerRows(_ outcome: CompressionOutcome) -> [LayerRow] {
    StorageCost(of: code(outcome), reference: WeightGroup([])).items.map {
      LayerRow(
        name: $0.name, shape: $0.shape, nonzeros: $0.nonzeroCount, bitsPerValue: $0.bitsPerValue,
        isSparse: $0.isSparse)
    }
  }

  private func sizeMetrics(_ outcome: CompressionOutcome, dense: Network) -> [String: Double] {
    let cost = StorageCost(of: code(outcome), reference: dense.weightGroup)
    var metrics: [String: Double] = [:]
    metrics["dense-bytes"] = Double(cost.denseBytes)
    metrics["payload-bytes"] = Double(cost.payloadBytes)
    metrics["indexed-bytes"] = Double(cost.bitmapBytes)
    metrics["row-indexed-bytes"] = Double(cost.rowIndexBytes)
    metrics["payload-ratio"] = cost.payloadRatio
    metrics["indexed-ratio"] = cost.bitmapRatio
    let rows = layerRows(outcome).filter { $0.name.role == "weight" }
    let weights = rows.reduce(0) { $0 + $1.shape.elementCount }
    let kept = rows.reduce(0) { $0 + $1.nonzeros }
    metrics["nonzero-weights"] = Double(kept)
    metrics["weight-density"] = 100 * Double(kept) / Double(max(1, weights))
    let costs = outcome.network.costs
    let used = costs.reduce(0) { $0 + $1.multiplyAccumulates }
    let all = costs.reduce(0) { $0 + $1.denseMultiplyAccumulates }
    metrics["multiply-accumulates"] = Double(used)
    metrics["arithmetic-ratio"] = Double(all) / Double(max(1, used))
    return metrics
  }
}
