// The two-stage search of the sparsity (condensa, section 1.3) as one run: every sample is an ordinary run of its own, stored
// beside the search and never computed twice, so that a search that was killed goes on where it was. Start with `computeSearch`.

import Datasets
import BayesianOptimization
import Compression
import Foundation
import Inference
import Kernels
import Methods
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Training

/// The progress of a search, in updates over all runs that it may need.
private struct SearchProgress {
  var doneUpdates = 0
  let updatesPerRun: Int
  let total: Int
  let report: (TrainingProgress) -> Void

  func within(_ progress: TrainingProgress) {
    report(
      TrainingProgress(
        update: doneUpdates + progress.update, total: max(total, doneUpdates + updatesPerRun),
        loss: progress.loss, resumedAt: progress.resumedAt))
  }
}

/// What is fixed during one search.
private struct SearchSetting {
  let planned: PlannedRun
  let search: SparsitySearch
  let method: MethodChoice
  let dense: Network
  let denseTestAccuracy: Double
  let level: Double
  /// Where the samples are stored: a folder in the folder of the experiment.
  let sampleFolder: RecordFolder
}

extension RunExecutor {
  /// Runs a search: stage 1, stage 2, and the test of the network it chose.
  func computeSearch(
    _ planned: PlannedRun, _ search: SparsitySearch, material: Material,
    report: @escaping (TrainingProgress) -> Void
  ) throws -> Computation {
    guard let method = planned.identity.run.method else { throw RunError.noNetwork }
    let parent = try denseNetwork(
      planned, like: initialNetwork(planned, material: material))
    let denseResult = parent.network.evaluate(
      on: material.data.images, at: material.data.validation,
      normalization: material.data.normalization, workers: workers)
    let denseAccuracy = denseResult.accuracy / 100
    let level = denseAccuracy - search.tolerance
    let chance = 1 / Double(max(1, material.data.images.classCount))
    guard level > chance else { throw RunError.meaninglessTolerance(level: level, chance: chance) }
    let setting = SearchSetting(
      planned: planned, search: search, method: method, dense: parent.network,
      denseTestAccuracy: parent.accuracy, level: level,
      sampleFolder: planned.folder.samples)
    let updates = method.method.updateCount(imageCount: material.data.training.count)
    var progress = SearchProgress(
      updatesPerRun: updates, total: updates * (search.samples + (search.checksNeighbours ? 2 : 0)),
      report: report)
    var found = SearchReport(
      outcome: .found, denseAccuracy: denseAccuracy, level: level, samples: [],
      largestFeasible: 0, chosen: 0, dependsOnMeasuredTime: false)
    var seconds = 0.0
    func learned(_ sparsity: Double, _ stage: SearchReport.Sample.Stage) throws
      -> (run: StoredRun, accuracy: Double?)
    {
      let run = try sample(sparsity, setting) { progress.within($0) }
      progress.doneUpdates += updates
      seconds += run.attempt?.processorSeconds ?? 0
      let accuracy =
        run.record.status == .finished
        ? run.record.metrics["validation-accuracy"].map { $0 / 100 } : nil
      found.samples.append(
        .init(
          stage: stage, sparsity: sparsity, value: accuracy,
          isFeasible: accuracy.map { $0 >= level } ?? false, run: run.record.digest))
      return (run, accuracy)
    }

    // Stage 1: s_acc.
    let problem = SearchProblem(
      level: level, valueAtLower: denseAccuracy, valueAtUpper: chance, budget: search.samples)
    let seed = Seed(UInt64(planned.seed)).child("search")
    var state = try SearchState(problem, by: search.strategy, seed: seed.child("accuracy"))
    while let sparsity = state.ask() {
      let accuracy = try learned(sparsity, .accuracy).accuracy
      try state.tell(accuracy ?? .nan, at: sparsity)
    }
    // Whatever the strategy returns, s_acc is a sample that reaches the level.
    let result =
      state.result.flatMap { problem.isFeasible($0) ? $0 : nil }
      ?? problem.best(of: state.samples)
    guard let largest = result?.point else {
      found.outcome = .nothingFeasible
      return try finish(setting, found, run: nil, seconds: seconds)
    }
    found.largestFeasible = largest
    found.outcome = .found
    if let last = problem.candidates.last, largest >= last { found.outcome = .everythingPasses }
    if search.checksNeighbours {
      let step = 1 / Double(problem.pointsPerUnit)
      for sparsity in [largest - step, largest + step] where problem.contains(sparsity) {
        _ = try learned(sparsity, .neighbour)
      }
    }

    // Stage 2: s*, and learned runs at the sparsities it prefers until one reaches the level.
    let preferred = try preferredSparsities(
      upTo: largest, setting, &found, seed: seed.child("objective"),
      learned: { try learned($0, .final).run })
    for sparsity in preferred {
      let known = found.samples.first {
        $0.sparsity == sparsity && $0.isFeasible != nil && $0.stage == .accuracy
      }
      let candidate: (run: StoredRun, accuracy: Double?) =
        known == nil
        ? try learned(sparsity, .final)
        : (try sample(sparsity, setting) { progress.within($0) }, known?.value)
      if candidate.accuracy.map({ $0 >= level }) ?? false {
        found.chosen = sparsity
        return try finish(setting, found, run: candidate.run, seconds: seconds)
      }
    }
    return try finish(setting, found, run: nil, seconds: seconds)
  }

  /// The sparsities to try, the best by the objective first; s_acc, which is feasible, is the last resort.
  private func preferredSparsities(
    upTo largest: Double, _ setting: SearchSetting, _ found: inout SearchReport, seed: Seed,
    learned: (Double) throws -> StoredRun
  ) throws -> [Double] {
    let search = setting.search
    let objective = search.objective.objective
    guard !objective.isMonotone, let batch = objective.measuredBatch else { return [largest] }
    found.dependsOnMeasuredTime = true
    let problem = SearchProblem(
      bestUpTo: largest, direction: objective.direction, budget: search.objectiveSamples)
    var state = try SearchState(problem, by: search.objectiveStrategy, seed: seed)
    while let sparsity = state.ask() {
      let network: Network
      if search.learnsObjective {
        let run = try learned(sparsity)
        network = try run.network(
          inputShape: setting.dense.inputShape, cache: cache)
      } else {
        network = try directlyCompressed(sparsity, setting)
      }
      let seconds = try measuredSeconds(network, sparsity: sparsity, batch: batch, setting)
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

  /// Π(w) at a sparsity, without training.
  private func directlyCompressed(_ sparsity: Double, _ setting: SearchSetting) throws -> Network {
    let run = setting.planned.identity.run.sample(sparsity: sparsity)
    guard let scheme = run.method?.method.scheme else { throw RunError.noNetwork }
    let seed = Seed(UInt64(setting.planned.seed)).child("method").child("scheme")
    let compressed = try scheme.compress(
      setting.dense.weightGroup, context: CompressionContext(seed: seed))
    var network = setting.dense
    try network.setWeights(compressed.decompressed())
    return network
  }

  /// The median seconds of a batch through the thinned network: from measurements.json if it stands there, else measured now
  /// and written there before it is used.
  private func measuredSeconds(
    _ network: Network, sparsity: Double, batch: Int, _ setting: SearchSetting
  ) throws -> Double {
    let url = store.url(
      of: setting.planned.folder, digest: setting.planned.digest, seed: setting.planned.seed
    ).appending(path: MeasurementFile.name)
    let name = "thinned at sparsity \(sparsity), batch \(batch), 1 thread"
    if let stored = try MeasurementFile(contentsOf: url)?[name]?.networks.first {
      return stored.latency.seconds.median
    }
    let thinned = try network.thinned().network
    var stream = RandomStream(Seed(0).child("measured inputs"))
    let input = Tensor.normal(Shape([batch] + thinned.inputShape.sizes), from: &stream)
    let latency = LatencyMeasurement(
      of: thinned, input: input, workers: Workers(threadCount: 1), plan: TimingPlan(seconds: 0.5))
    try MeasurementFile.extend(
      url,
      by: [
        SpeedMeasurement(
          name: name, environment: .current(), busyProcessors: MachineLoad.busyProcessors(),
          measuredAt: Date().timeIntervalSince1970,
          networks: [MeasuredNetwork(label: "thinned", network: thinned, latency: latency)])
      ])
    return latency.seconds.median
  }

  /// The learned run at a sparsity: stored, or computed now.
  private func sample(
    _ sparsity: Double, _ setting: SearchSetting, report: @escaping (TrainingProgress) -> Void
  ) throws -> StoredRun {
    let description = setting.planned.identity.run.sample(sparsity: sparsity)
    let identity = try RunIdentity(
      description, datasetChecksums: setting.planned.identity.datasetChecksums,
      numericsVersion: setting.planned.identity.numericsVersion)
    var run = PlannedRun(
      folder: setting.sampleFolder, identity: identity, digest: try identity.digest(),
      seed: setting.planned.seed, state: .missing(reason: ""), coordinates: [:])
    if let stored = try store.run(in: run.folder, digest: run.digest, seed: run.seed) {
      let isHere = stored.networkURL != nil || cache.contains(run.name)
      if isHere || stored.record.status == .diverged { return stored }
      run.state = .retraining
    }
    _ = try execute(run, report: report)
    guard let stored = try store.run(in: run.folder, digest: run.digest, seed: run.seed) else {
      throw RunError.missingParent(name: run.name)
    }
    return stored
  }

  /// What a search returns: the chosen network, or the dense one if nothing reaches the level, and all samples.
  private func finish(
    _ setting: SearchSetting, _ found: SearchReport, run: StoredRun?, seconds: Double
  ) throws -> Computation {
    var outcome = CompressionOutcome(network: setting.dense)
    var result = Computation()
    if let run {
      outcome.network = try run.network(inputShape: setting.dense.inputShape, cache: cache)
      result.metrics = run.record.metrics
      result.layers = run.record.layers
    } else {
      result.metrics = sizeMetrics(outcome, dense: setting.dense)
      result.layers = layerRows(outcome)
    }
    result.metrics["accuracy-sparsity"] = found.largestFeasible
    result.metrics["chosen-sparsity"] = found.chosen
    result.metrics["learned-samples"] = Double(found.samples.count { $0.run != nil })
    result.search = found
    result.history = Self.history(of: found)
    result.processorSeconds = seconds
    result.denseAccuracy = setting.denseTestAccuracy
    result.outcome = outcome
    return result
  }

  /// One row per sample and what is known after it.
  private static func history(of found: SearchReport) -> [HistoryRow] {
    var rows: [HistoryRow] = []
    var best = 0.0
    for (index, sample) in found.samples.enumerated() {
      let name = sample.stage == .objective ? "objective" : "validation-accuracy"
      rows.append(
        HistoryRow(
          step: index + 1, metric: "\(sample.stage.rawValue)-sparsity", value: sample.sparsity))
      if let value = sample.value {
        rows.append(
          HistoryRow(
            step: index + 1, metric: name,
            value: sample.stage == .objective ? value : 100 * value))
      }
      if sample.stage == .accuracy {
        if sample.isFeasible == true { best = max(best, sample.sparsity) }
        rows.append(HistoryRow(step: index + 1, metric: "best-sparsity", value: best))
      }
    }
    return rows
  }
}
