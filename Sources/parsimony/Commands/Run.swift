// parsimony run: computes what a plan lacks.

import ArgumentParser
import Cluster
import Datasets
import Experiments
import Foundation
import Reproducibility

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the runs of specs that are not stored yet; resumes what was interrupted.")

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Folder for results.  (default: results/local)", valueName: "folder"))
  var results: String?

  @Option(
    help:
      "Runs computed at the same time, each in a process of its own; fewer if the machine has not the processors or the memory."
  )
  var jobs = 1

  @Option(help: "Threads inside each run; results do not depend on it.")
  var threads = 1

  @Option(
    help: ArgumentHelp(
      "A manifest that ‘submit’ wrote: computes one of its tasks. Exit status 75: stopped, resumes when submitted again; 69: a dense network or data are not here.",
      valueName: "file"))
  var manifest: String?

  @Option(help: ArgumentHelp("The number of the manifest's task.", valueName: "number"))
  var index: Int?

  func validate() throws {
    guard jobs >= 1 else { throw ValidationError("--jobs must be at least 1") }
    guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
    guard (manifest == nil) == (index == nil) else {
      throw ValidationError("--manifest and --index go together")
    }
    if manifest != nil, !selection.specs.isEmpty || !selection.overrides.isEmpty {
      throw ValidationError("a manifest says what is run; leave specs and --set out")
    }
  }

  func run() throws {
    if let manifest, let index {
      let status = try ManifestTask.run(
        URL(fileURLWithPath: manifest), index: index,
        results: results.map { URL(fileURLWithPath: $0) }, catalog: workplace.catalog)
      if status != 0 { throw ExitCode(status) }
      return
    }
    let results = results ?? "results/local"
    let experiments = try selection.experiments(in: workplace.library)
    let store = RecordStore(root: URL(fileURLWithPath: results))
    let plan = try Plan(
      experiments, store: store, cache: workplace.networks, catalog: workplace.catalog,
      explainsMissing: false)
    for experiment in experiments where !experiment.profiles.contains(selection.profile) {
      print(
        "\(experiment.paper)/\(experiment.name): no profile ‘\(selection.profile)’, nothing to run")
    }
    if experiments.isEmpty { print("no experiments yet") }
    var told: Set<String> = []
    for run in plan.runs {
      switch run.state {
      case .needsData(let how) where told.insert(how).inserted: print("needs data: \(how)")
      case .waits(let reason) where told.insert(run.folder.experiment).inserted:
        print("\(run.folder.experiment) waits: \(reason)")
      default: break
      }
    }
    let stored = plan.runs.filter { $0.state == .stored }.count
    print(
      "\(plan.runs.count) runs, \(stored) stored, \(plan.due.count) to compute (profile \(selection.profile))"
    )
    // Data that is not there is left out; data that is there and wrong is a mistake.
    let lacking = Set(
      plan.runs.compactMap { run -> String? in
        if case .needsData = run.state { run.identity.run.datasetName } else { nil }
      })
    let damaged = try lacking.sorted().filter { try workplace.catalog.status(of: $0).isDamaged }
    defer {
      if !damaged.isEmpty {
        let names = damaged.joined(separator: ", ")
        complain("not run, because files are damaged: \(names); see ‘parsimony data’")
      }
    }
    guard !plan.due.isEmpty else {
      if !damaged.isEmpty { throw ExitCode(1) }
      return
    }
    let scheduler = Scheduler(
      executable: ProcessStart.executable, store: store, cache: workplace.networks, jobs: jobs,
      threads: threads,
      estimate: CostEstimate(
        plan, roots: [store, RecordStore(root: URL(fileURLWithPath: "results"))]))
    let processors = scheduler.capacity.processorCount
    if jobs * threads > processors, jobs > 1 {
      print(
        "at most \(max(1, processors / threads)) at a time: there are \(processors) processors")
    }
    let outcome = try StoppableScheduler.run(plan, by: scheduler)
    if outcome.failed > 0 {
      complain("\(outcome.failed) of \(plan.due.count) runs failed; their attempt.json says why")
      throw ExitCode(1)
    }
    if outcome.stopped > 0 {
      complain(
        "stopped with \(outcome.stopped) of \(plan.due.count) runs to do; run again to resume")
      throw ExitCode(RunExit.stopped)
    }
    if !damaged.isEmpty { throw ExitCode(1) }
  }
}

/// A scheduler that ends at a signal; outside the command type, whose closures belong to the main actor.
private enum StoppableScheduler {
  static func run(_ plan: Plan, by scheduler: Scheduler) throws -> SchedulerOutcome {
    let stop = scheduler.stop
    let signals = StopSignals([SIGTERM, SIGINT]) { number in
      stop.make()
      StopSignals.restoreDefault(number)  // who asks twice does not want to wait
    }
    defer { withExtendedLifetime(signals) {} }
    let view = ProgressView(total: plan.due.count)
    defer { view.clear() }
    return try scheduler.run(plan) { view.show($0) }
  }
}

/// One task of a manifest, as a job of a cluster's scheduler.
private enum ManifestTask {
  /// Computes what the task lacks.
  ///
  /// - Returns: the exit status.
  static func run(_ manifest: URL, index: Int, results: URL?, catalog: DatasetCatalog) throws
    -> Int32
  {
    let environment = ProcessInfo.processInfo.environment
    let node = environment["SLURMD_NODENAME"] ?? ProcessInfo.processInfo.hostName
    let task: ClusterTask
    do {
      task = try ClusterTask(
        manifest: manifest, index: index, named: results, catalog: catalog, node: node)
    } catch let error as ClusterError {
      complain("\(error)")
      if case .missingData = error { return RunExit.unavailable }
      return RunExit.failed
    }
    for orphan in task.orphans { complain("\(orphan.run.label): \(orphan.problem)") }
    print(
      "task \(index) on \(node): \(task.runCount) runs, \(task.due.count) to compute")
    guard !task.due.isEmpty else { return task.orphans.isEmpty ? 0 : RunExit.unavailable }
    let plan = Plan(runs: task.due)
    var scheduler = Scheduler(
      executable: ProcessStart.executable, store: task.store, cache: task.cache, jobs: 1,
      threads: task.threads, estimate: CostEstimate(plan, roots: []),
      index: RecordIndex(empty: task.store))
    // Who holds a run here is another task: a node is not kept waiting for it.
    scheduler.waitsForOthers = false
    scheduler.clusterJob = clusterJob(environment)
    let outcome = try StoppableScheduler.run(plan, by: scheduler)
    if outcome.stopped > 0 || outcome.shared > 0 { return RunExit.stopped }
    if outcome.failed > outcome.unavailable { return RunExit.failed }
    return outcome.unavailable > 0 || !task.orphans.isEmpty ? RunExit.unavailable : 0
  }

  /// `4711_3` for a task of an array, `4711` for any other job; nil outside of a job.
  private static func clusterJob(_ environment: [String: String]) -> String? {
    if let array = environment["SLURM_ARRAY_JOB_ID"],
      let index = environment["SLURM_ARRAY_TASK_ID"]
    {
      return "\(array)_\(index)"
    }
    return environment["SLURM_JOB_ID"]
  }
}
