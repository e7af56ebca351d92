// From a plan to job arrays: what is neither stored nor under way, dense networks first, dense indices only, and as few calls of
// the scheduler as that takes. Start with `submit`.

public import Experiments
public import Foundation
import Reproducibility

/// What the user asks of the scheduler.
public struct SubmissionOptions: Hashable, Sendable {
  /// Where tasks may run; nil for the scheduler's default.
  public var partition: String?
  /// The time limit of a task, as Slurm takes it; nil for the partition's.
  public var time: String?
  /// How many tasks of an array may run at a time; nil for no limit.
  public var arrayLimit: Int?
  /// The number of runs in a task; nil to go by their estimated time.
  public var runsPerTask: Int?
  /// Further options of sbatch, as they are.
  public var sbatchOptions: [String] = []
  /// Threads inside each run.
  public var threads = 1

  public init() {}
}

/// A job array that is to be handed over.
public struct PreparedArray: Sendable {
  /// The tasks.
  public var manifest: Manifest
  /// Where the manifest is kept.
  public var manifestPath: String
  /// The number of its runs.
  public var runCount: Int
  /// The script, complete but for the numbers of the jobs it waits for.
  public var script: String
  /// Places of arrays in the same submission that must end first.
  public var after: [Int]
  /// Jobs of earlier submissions that must end first.
  public var afterJobs: [Int]
}

/// What a submission consists of.
public struct PreparedSubmission: Sendable {
  /// The arrays, in the order in which they are handed over.
  public var arrays: [PreparedArray] = []
  /// Due runs that are under way: waiting or running in the queue, or computed by a process on some machine.
  public var underWayCount = 0
  /// Due runs that were copied from another experiment or profile.
  public var copiedCount = 0

  /// The number of runs in all arrays.
  public var runCount: Int { arrays.reduce(0) { $0 + $1.runCount } }
  /// The number of tasks in all arrays.
  public var taskCount: Int { arrays.reduce(0) { $0 + $1.manifest.header.taskCount } }
}

/// Hands runs to Slurm.
public struct Submitter: Sendable {
  /// Where records go.
  public let store: RecordStore
  /// Where dense networks and checkpoints are kept.
  public let cache: NetworkCache
  /// The program that computes a task, and the folder it is started in.
  public let executable: URL
  /// The folder in which workers are started.
  public let workingDirectory: URL
  /// Variables that workers need, besides those that the scheduler passes on.
  public let environment: [String: String]
  /// What the user asks for.
  public let options: SubmissionOptions
  private let slurm: Slurm
  private let folder: ClusterFolder

  /// Seconds between the signal to stop and the end of the time limit, at most.
  private static let stopSeconds = 60.0
  /// More arrays than this for dense networks would be too many calls; the rest share one.
  private static let groupLimit = 12

  public init(
    store: RecordStore, cache: NetworkCache, executable: URL, workingDirectory: URL,
    environment: [String: String], options: SubmissionOptions, slurm: Slurm
  ) {
    self.store = store
    self.cache = cache
    self.executable = executable
    self.workingDirectory = workingDirectory
    self.environment = environment
    self.options = options
    self.slurm = slurm
    folder = ClusterFolder(of: store)
  }

  // MARK: Preparing

  /// The arrays for what a plan lacks and nobody computes yet.
  ///
  /// - Parameters:
  ///   - estimate: what is known of the runs' time.
  ///   - copies: whether runs that are stored for other experiments are copied now; not in a dry run.
  /// - Throws: `ClusterError` if Slurm is not here or does not answer, and the store's errors.
  public func prepare(
    _ plan: Plan, estimate: CostEstimate, copies: Bool
  ) throws -> PreparedSubmission {
    let timeLimit = try seconds(ofTime: options.time)
    let largestArray = try slurm.largestArray()
    let queued = folder.tasks(in: try slurm.queue())
    let underWay = try runsUnderWay(queued)
    let index = RecordIndex(of: store)
    // A lock whose job has ended would keep the run from being computed until it is void.
    let active = Set(queued.values.flatMap { $0.map { "\($0.task)" } })
    let locks = RunLocks(of: store)
    let due = plan.due
    locks.release(of: locks.holders().keys.sorted()) { active.contains($0) }
    let locked = Set(locks.holders().keys)

    var result = PreparedSubmission()
    var groups: [String: Group] = [:]
    var names: [String] = []
    var seen: Set<String> = []
    for run in due {
      if underWay[run.name] != nil || locked.contains(run.name) {
        result.underWayCount += 1
        continue
      }
      if case .elsewhere = run.state, copies,
        try store.adopt(run, knowing: index, cache: cache) != nil
      {
        result.copiedCount += 1
        continue
      }
      // The same run in two experiments is computed once; the next submission copies it.
      guard seen.insert(run.name).inserted else {
        result.underWayCount += 1
        continue
      }
      var name = run.identity.run.denseExperiment
      if groups[name] == nil, names.count >= Self.groupLimit { name = names[names.count - 1] }
      if groups[name] == nil { names.append(name) }
      if run.identity.run.isDense {
        groups[name, default: Group()].dense.append(run)
      } else {
        groups[name, default: Group()].others.append(run)
        if let parent = run.parentName, let job = underWay[parent] {
          groups[name, default: Group()].parentJobs.insert(job)
        }
      }
    }
    let packing = TaskPacking(runsPerTask: options.runsPerTask, timeLimit: timeLimit)
    // First all dense networks, so that they are first in the queue as well.
    var denseArrays: [String: Range<Int>] = [:]
    for name in names {
      let tasks = packing.tasks(of: groups[name]?.dense ?? []) { estimate.seconds(of: $0) }
      let first = result.arrays.count
      try append(tasks, to: &result, largestArray: largestArray, timeLimit: timeLimit)
      denseArrays[name] = first..<result.arrays.count
    }
    for name in names {
      guard let group = groups[name] else { continue }
      let tasks = packing.tasks(of: group.others) { estimate.seconds(of: $0) }
      try append(
        tasks, to: &result, largestArray: largestArray, timeLimit: timeLimit,
        after: Array(denseArrays[name] ?? 0..<0), afterJobs: group.parentJobs.sorted())
    }
    return result
  }

  /// Runs of one network and data set.
  private struct Group {
    var dense: [PlannedRun] = []
    var others: [PlannedRun] = []
    /// Jobs of earlier submissions that train dense networks of this group.
    var parentJobs: Set<Int> = []
  }

  /// The runs of tasks in the queue, with their jobs.
  private func runsUnderWay(_ queued: [String: [QueueEntry]]) throws(ClusterError) -> [String: Int]
  {
    var result: [String: Int] = [:]
    for (name, entries) in queued {
      let url = folder.url(ofManifest: name)
      let tasks = try Manifest(contentsOf: url).entries(path: url.path)
      for entry in entries where tasks.indices.contains(entry.task.index) {
        for run in tasks[entry.task.index] { result[run.name] = entry.task.array }
      }
    }
    return result
  }

  private func seconds(ofTime text: String?) throws(ClusterError) -> Double? {
    guard let text else { return nil }
    guard let seconds = SlurmTime.seconds(text), seconds > 0 else {
      throw .badOption(
        option: "--time", value: text,
        allowed: "minutes, hours:minutes:seconds or days-hours:minutes:seconds")
    }
    return seconds
  }

  private func append(
    _ tasks: [[PlannedRun]], to result: inout PreparedSubmission, largestArray: Int,
    timeLimit: Double?, after: [Int] = [], afterJobs: [Int] = []
  ) throws {
    for first in stride(from: 0, to: tasks.count, by: largestArray) {
      let chunk = Array(tasks[first..<min(tasks.count, first + largestArray)])
      let manifest = try Manifest(chunk, store: store, cache: cache, threads: options.threads)
      let path = folder.url(ofManifest: manifest.name).path
      result.arrays.append(
        PreparedArray(
          manifest: manifest, manifestPath: path,
          runCount: chunk.reduce(0) { $0 + $1.count },
          script: script(manifest, path: path, timeLimit: timeLimit), after: after,
          afterJobs: afterJobs))
    }
  }

  // MARK: Scripts

  /// The script of an array, without what it waits for.
  private func script(_ manifest: Manifest, path: String, timeLimit: Double?) -> String {
    var array = "0-\(manifest.header.taskCount - 1)"
    if let limit = options.arrayLimit { array += "%\(limit)" }
    // Before the time is up, so that the run in progress can be kept.
    let lead = Int(min(Self.stopSeconds, (timeLimit ?? .infinity) / 4))
    var lines = [
      "--job-name=\(Submission.jobPrefix)\(manifest.name)",
      "--array=\(array)",
      "--output=\(Self.optionValue(folder.logs.path))/%A_%a.log",
      "--chdir=\(Self.optionValue(workingDirectory.path))",
      "--ntasks=1", "--cpus-per-task=\(options.threads)",
      // A task that Slurm starts again by itself may run beside its first copy, and the last task of an array takes all others
      // with it: submitting again is the way that is predictable.
      "--no-requeue",
      "--signal=B:TERM@\(lead)",
    ]
    if let partition = options.partition {
      lines.append("--partition=\(Self.optionValue(partition))")
    }
    if let time = options.time { lines.append("--time=\(time)") }
    lines += options.sbatchOptions
    let exports = environment.keys.sorted().map { key in
      "export \(key)=\(Self.quoted(environment[key] ?? ""))"
    }
    let command =
      "exec \(Self.quoted(executable.path)) run --manifest \(Self.quoted(path)) --index \"$SLURM_ARRAY_TASK_ID\""
    return
      (["#!/bin/sh"] + lines.map { "#SBATCH \($0)" } + exports + [command])
      .joined(separator: "\n") + "\n"
  }

  /// A script that waits for jobs.
  ///
  /// `afterany`, not `afterok`: a dense network that was lost with its node must not leave all that starts from
  /// another one in the queue for ever. A worker that lacks its own network ends at once with a status that says
  /// so, and the next submission has both.
  private static func script(_ script: String, after jobs: [String]) -> String {
    guard !jobs.isEmpty else { return script }
    let line = "#SBATCH --dependency=afterany:\(jobs.joined(separator: ":"))\n"
    let parts = script.split(separator: "\n", maxSplits: 1)
    return parts[0] + "\n" + line + (parts.count > 1 ? parts[1] : "")
  }

  /// A value in a line of options; quotes keep blanks together.
  private static func optionValue(_ text: String) -> String {
    text.contains(" ") ? "\"\(text)\"" : text
  }

  /// A word for the shell, whatever it contains.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// The scripts as they would be handed over.
  public func scripts(of submission: PreparedSubmission) -> [String] {
    submission.arrays.map { array in
      let later = array.after.map { "<job of \(submission.arrays[$0].manifest.name)>" }
      return Self.script(array.script, after: array.afterJobs.map { "\($0)" } + later)
    }
  }

  // MARK: Handing over

  /// Hands the arrays over, one call for each.
  ///
  /// - Parameter report: called with each array and its job.
  /// - Throws: `ClusterError`; what was handed over before stays so, and is left out the next time.
  public func submit(
    _ submission: PreparedSubmission, report: (PreparedArray, Int) -> Void
  ) throws(ClusterError) {
    var jobs: [Int] = []
    for array in submission.arrays {
      try folder.keep(array.manifest)
      let after = array.afterJobs + array.after.map { jobs[$0] }
      let job = try slurm.submit(Self.script(array.script, after: after.map { "\($0)" }))
      jobs.append(job)
      try folder.note(
        Submission(
          manifest: array.manifest.name, job: job, submittedAt: Date().timeIntervalSince1970))
      report(array, job)
    }
  }

  /// Calls `body` while no other process submits runs of these results.
  ///
  /// - Throws: `ClusterError.busy` if one does, and what `body` throws.
  public func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
    let locks = RunLocks(of: store)
    var claim = RunLocks.claim(threads: 0, mebibytes: 0, attempt: 1, clusterJob: nil)
    if let holder = try locks.acquire(Self.lockName, &claim) {
      throw ClusterError.busy(holder: holder.summary)
    }
    defer { locks.release(Self.lockName) }
    return try body()
  }

  private static let lockName = "submission"
}
