// The two-stage search of the sparsity (condensa, section 1.3) as one run: every sample is an ordinary run of its own, stored
// beside the search and never computed twice, so that a search that was killed goes on where it was. Start with
// `SearchRun.computation`.

import BayesianOptimization
import Compression
import Datasets
import Foundation
import Inference
import Kernels
import Methods
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Training

extension RunExecutor {
  /// Runs a search: stage 1, stage 2, and what is known of the network it chose.
  func computeSearch(
    _ planned: PlannedRun, _ search: SparsitySearch, material: Material,
    report: @escaping (TrainingProgress) -> Void
  ) throws -> Computation {
    var run = try SearchRun(
      planned, search, executor: self, material: material, report: report)
    return try run.computation()
  }
}

/// One search while it runs.
private struct SearchRun {
  private let executor: RunExecutor
  private let planned: PlannedRun
  private let search: SparsitySearch
  private let dense: Network
  private let denseTestAccuracy: Double
  private let seed: Seed
  /// The accuracy of guessing.
  private let chance: Double
  /// Minibatches of one learned run.
  private let updatesPerRun: Int
  private let report: (TrainingProgress) -> Void
  private var doneUpdates = 0
  private var processorSeconds = 0.0
  private var found: SearchReport

  init(
    _ planned: PlannedRun, _ search: SparsitySearch, executor: RunExecutor,
    material: RunExecutor.Material, report: @escaping (TrainingProgress) -> Void
  ) throws {
    guard let method = planned.identity.run.method else { throw RunError.noNetwork }
    let data = material.data
    let parent = try executor.denseNetwork(
      planned, like: executor.initialNetwork(planned, material: material))
    let result = try parent.network.evaluate(on: data.validation, workers: executor.workers)
    let accuracy = result.accuracy / 100
    chance = 1 / Double(max(1, data.training.classCount))
    found = SearchReport(
      outcome: .nothingFeasible, denseAccuracy: accuracy, level: accuracy - search.tolerance,
      samples: [], largestFeasible: 0, chosen: 0, dependsOnMeasuredTime: false)
    guard found.level > chance else {
      throw RunError.meaninglessTolerance(level: found.level, chance: chance)
    }
    self.executor = executor
    self.planned = planned
    self.search = search
    self.report = report
    dense = parent.network
    denseTestAccuracy = parent.accuracy
    seed = Seed(UInt64(planned.seed)).child("search")
    updatesPerRun = method.method.updateCount(over: data.epochLength)
  }

  /// Both stages, and the learned network at the sparsity they chose.
  mutating func computation() throws -> RunExecutor.Computation {
    guard let largest = try largestFeasible() else { return try result(of: nil) }
    // s_acc is feasible, so one of these is.
    for sparsity in try preferredSparsities(upTo: largest) {
      let known = found.samples.contains { $0.stage == .accuracy && $0.sparsity == sparsity }
      let run = known ? try sample(sparsity) : try learned(sparsity, as: .final)
      if isFeasible(accuracy(of: run)) {
        found.chosen = sparsity
        return try result(of: run)
      }
    }
    return try result(of: nil)
  }

  /// Stage 1: s_acc, nil if no sample reaches the level.
  private mutating func largestFeasible() throws -> Double? {
    let problem = SearchProblem(
      level: found.level, valueAtLower: found.denseAccuracy, valueAtUpper: chance,
      budget: search.samples)
    var state = try SearchState(problem, by: search.strategy, seed: seed.child("accuracy"))
    while let sparsity = state.ask() {
      let run = try learned(sparsity, as: .accuracy)
      try state.tell(accuracy(of: run) ?? .nan, at: sparsity)
    }
    // A strategy may return a sample that misses the level; s_acc never does.
    let returned = state.result.flatMap { problem.isFeasible($0) ? $0 : nil }
    guard let largest = (returned ?? problem.best(of: state.samples))?.point else { return nil }
    found.largestFeasible = largest
    let isLast = problem.candidates.last.map { largest >= $0 } ?? false
    found.outcome = isLast ? .everythingPasses : .found
    if search.checksNeighbours {
      let step = 1 / Double(problem.pointsPerUnit)
      for sparsity in [largest - step, largest + step] where problem.contains(sparsity) {
        _ = try learned(sparsity, as: .neighbour)
      }
    }
    return largest
  }

  /// Stage 2: the sparsities to try, the best by the objective first, s_acc at the latest.
  private mutating func preferredSparsities(upTo largest: Double) throws -> [Double] {
    let objective = search.objective.objective
    guard !objective.isMonotone, let batch = objective.measuredBatch else { return [largest] }
    found.dependsOnMeasuredTime = true
    let problem = SearchProblem(
      bestUpTo: largest, direction: objective.direction, budget: search.objectiveSamples)
    var state = try SearchState(
      problem, by: search.objectiveStrategy, seed: seed.child("objective"))
    while let sparsity = state.ask() {
      let network =
        search.learnsObjective
        ? try learned(sparsity, as: .final).network(
          inputShape: dense.inputShape, cache: executor.cache)
        : try directlyCompressed(sparsity)
      let seconds = try measuredSeconds(network, sparsity: sparsity, batch: batch)
      let value = objective.value(secondsPerBatch: seconds)
      try state.tell(value, at: sparsity)
      found.samples.append(
        .init(stage: .objective, sparsity: sparsity, value: value, isFeasible: nil, run: nil))
    }
    let ranked = state.samples.sorted { left, right in
      guard let first = left.value, let second = right.value, first != second else {
        return left.point > right.point
      }
      return objective.direction == .maximise ? first > second : first < second
    }
    var result: [Double] = []
    for point in ranked.map({ $0.point }) + [largest] where !result.contains(point) {
      result.append(point)
    }
    return result
  }

  // MARK: Evaluations

  /// The learned run at a sparsity, as a sample of the search.
  private mutating func learned(
    _ sparsity: Double, as stage: SearchReport.Sample.Stage
  ) throws -> StoredRun {
    let run = try sample(sparsity)
    doneUpdates += updatesPerRun
    processorSeconds += run.attempt?.processorSeconds ?? 0
    let value = accuracy(of: run)
    found.samples.append(
      .init(
        stage: stage, sparsity: sparsity, value: value, isFeasible: isFeasible(value),
        run: run.record.digest))
    return run
  }

  /// Validation accuracy as a share; nil if training diverged.
  private func accuracy(of run: StoredRun) -> Double? {
    guard run.record.status == .finished else { return nil }
    return run.record.metrics["validation-accuracy"].map { $0 / 100 }
  }

  private func isFeasible(_ accuracy: Double?) -> Bool {
    accuracy.map { $0 >= found.level } ?? false
  }

  /// The learned run at a sparsity: stored, or computed now.
  private func sample(_ sparsity: Double) throws -> StoredRun {
    let identity = try RunIdentity(
      planned.identity.run.sample(sparsity: sparsity),
      datasetChecksums: planned.identity.datasetChecksums,
      numericsVersion: planned.identity.numericsVersion)
    var run = PlannedRun(
      folder: planned.folder.samples, identity: identity, digest: try identity.digest(),
      seed: planned.seed, state: .missing(reason: ""), coordinates: [:])
    let store = executor.store
    if let stored = try store.run(in: run.folder, digest: run.digest, seed: run.seed) {
      let isHere = stored.networkURL != nil || executor.cache.contains(run.name)
      if isHere || stored.record.status == .diverged { return stored }
      run.state = .retraining
    }
    let neighbours = search.checksNeighbours ? 2 : 0
    let total = max(
      updatesPerRun * (search.samples + neighbours), doneUpdates + updatesPerRun)
    _ = try executor.execute(run) { [doneUpdates, report] progress in
      report(
        TrainingProgress(
          update: doneUpdates + progress.update, total: total, loss: progress.loss,
          resumedAt: progress.resumedAt))
    }
    guard let stored = try store.run(in: run.folder, digest: run.digest, seed: run.seed) else {
      throw RunError.missingParent(name: run.name)
    }
    return stored
  }

  /// Π(w) at a sparsity, without training.
  private func directlyCompressed(_ sparsity: Double) throws -> Network {
    let run = planned.identity.run.sample(sparsity: sparsity)
    guard let scheme = run.method?.method.scheme else { throw RunError.noNetwork }
    let seed = Seed(UInt64(planned.seed)).child("method").child("scheme")
    let compressed = try scheme.compress(
      dense.weightGroup, context: CompressionContext(seed: seed))
    var network = dense
    try network.setWeights(compressed.decompressed())
    return network
  }

  /// The median seconds of a batch through the thinned network: from measurements.json if it stands there, else measured now
  /// and written there before it is used.
  private func measuredSeconds(
    _ network: Network, sparsity: Double, batch: Int
  ) throws -> Double {
    let folder = executor.store.url(
      of: planned.folder, digest: planned.digest, seed: planned.seed)
    let url = folder.appending(path: MeasurementFile.name)
    let name = "thinned at sparsity \(sparsity), batch \(batch), 1 thread"
    if let stored = try MeasurementFile(contentsOf: url)?[name]?.networks.first {
      return stored.latency.seconds.median
    }
    let thinned = try network.thinned().network
    var stream = RandomStream(Seed(0).child("measured inputs"))
    let input = Tensor.normal(Shape([batch] + thinned.inputShape.sizes), from: &stream)
    let busy = MachineLoad.busyProcessors()
    let latency = LatencyMeasurement(
      of: thinned, input: input, workers: Workers(threadCount: 1), plan: TimingPlan(seconds: 0.5))
    let measurement = SpeedMeasurement(
      name: name, environment: .current(), busyProcessors: busy,
      measuredAt: Date().timeIntervalSince1970,
      networks: [MeasuredNetwork(label: "thinned", network: thinned, latency: latency)])
    try MeasurementFile.extend(url, by: [measurement])
    return latency.seconds.median
  }

  // MARK: The record

  /// What the search returns: the chosen network, or the dense one if nothing reaches the level, and all samples.
  private func result(of run: StoredRun?) throws -> RunExecutor.Computation {
    var outcome = CompressionOutcome(network: dense)
    var result = RunExecutor.Computation()
    if let run {
      outcome.network = try run.network(inputShape: dense.inputShape, cache: executor.cache)
      result.metrics = run.record.metrics
      result.layers = run.record.layers
    } else {
      result.metrics = executor.sizeMetrics(outcome, dense: dense)
      result.layers = executor.layerRows(outcome)
    }
    result.metrics["accuracy-sparsity"] = found.largestFeasible
    result.metrics["chosen-sparsity"] = found.chosen
    result.metrics["learned-samples"] = Double(found.samples.count { $0.run != nil })
    result.search = found
    result.history = Self.history(of: found)
    result.processorSeconds = processorSeconds
    result.denseAccuracy = denseTestAccuracy
    result.outcome = outcome
    return result
  }

  /// What every sample found, and the largest feasible sparsity after each of stage 1.
  private static func history(of found: SearchReport) -> [HistoryRow] {
    var rows: [HistoryRow] = []
    var best = 0.0
    for (index, sample) in found.samples.enumerated() {
      func add(_ metric: String, _ value: Double) {
        rows.append(HistoryRow(step: index + 1, metric: metric, value: value))
      }
      add("\(sample.stage.rawValue)-sparsity", sample.sparsity)
      if let value = sample.value {
        sample.stage == .objective
          ? add("objective", value) : add("validation-accuracy", 100 * value)
      }
      if sample.stage == .accuracy {
        if sample.isFeasible == true { best = max(best, sample.sparsity) }
        add("best-sparsity", best)
      }
    }
    return rows
  }
}
