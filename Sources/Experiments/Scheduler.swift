// Runs a plan with child processes: parents before children, as many at a time as fit the machine, on after a failure, and in
// turn with whoever computes runs of the same results. Start with `run`.

public import Foundation
import Files
public import Reproducibility
import Training

/// What happens while a plan is run.
public enum SchedulerEvent: Sendable {
  /// A run was started.
  case started(PlannedRun)
  /// How far the runs in progress are.
  case progress([(run: PlannedRun, progress: JobProgress?)])
  /// The same run was stored for another experiment or profile, and was copied from there.
  case adopted(PlannedRun, from: RecordFolder)
  /// Somebody else computes the run.
  case shared(PlannedRun, with: RunClaim)
  /// Somebody else has stored the run since it was planned.
  case stored(PlannedRun)
  /// A run ended well (or diverged, which is a result too).
  case finished(PlannedRun, Attempt)
  /// A run was asked to stop, and resumes the next time.
  case stopped(PlannedRun, problem: String)
  /// A run failed; others go on.
  case failed(PlannedRun, problem: String)
}

/// How the runs of a plan ended that did not end well.
public struct SchedulerOutcome: Hashable, Sendable {
  /// Runs that failed, or could not start because their parent failed.
  public var failed = 0
  /// Of these, runs that lacked something on this machine: their dense network, which another job was to train.
  public var unavailable = 0
  /// Runs that were asked to stop while they were computed, and runs that were not started any more.
  public var stopped = 0
  /// Runs that somebody else was still computing.
  public var shared = 0

  public init() {}
}

/// Runs plans.
public struct Scheduler: Sendable {
  /// The executable that computes one run: `<executable> execute <job file>`.
  public var executable: URL
  /// Where records go.
  public var store: RecordStore
  /// Where dense networks, checkpoints and job files are kept.
  public var cache: NetworkCache
  /// How many processes run at a time, if the machine is large enough.
  public var jobs: Int
  /// Threads inside each.
  public var threads: Int
  /// What all runs on this machine may use together.
  public var capacity = MachineCapacity.current()
  /// What is known of the runs' memory.
  public var estimate: CostEstimate
  /// Other folders of the store with the same runs.
  public var index: RecordIndex
  /// Whether to wait for runs that somebody else computes, and to take them over if that process ends without a record.
  public var waitsForOthers = true
  /// The job of a cluster's scheduler that this process belongs to.
  public var clusterJob: String?
  /// Set to have the runs in progress keep their state and end.
  public var stop = StopRequest()

  /// - Parameters:
  ///   - estimate: what is known of the runs' time and memory.
  ///   - index: what other folders hold; nil to look through the store.
  public init(
    executable: URL, store: RecordStore, cache: NetworkCache, jobs: Int, threads: Int,
    estimate: CostEstimate, index: RecordIndex? = nil
  ) {
    self.executable = executable
    self.store = store
    self.cache = cache
    self.jobs = jobs
    self.threads = threads
    self.estimate = estimate
    self.index = index ?? RecordIndex(of: store)
  }

  /// Computes every due run.
  ///
  /// - Returns: the runs that did not end well.
  /// - Throws: `StoreError` if results or cache cannot be written.
  public func run(_ plan: Plan, observe: (SchedulerEvent) -> Void) throws -> SchedulerOutcome {
    for folder in [store.root, cache.root] { try Self.prepare(folder) }
    RunProcess.removeAbandonedFiles(in: cache)
    var pool = RunPool(plan.due, scheduler: self)
    defer { pool.releaseAll() }
    try pool.run(observe)
    return pool.outcome
  }

  /// Makes sure that a folder can be written before hours are spent on what goes there.
  private static func prepare(_ folder: URL) throws(StoreError) {
    do throws(FileError) {
      try DurableFile.probe(folder)
    } catch {
      throw .unwritable(path: folder.path, problem: "\(error)")
    }
  }
}
