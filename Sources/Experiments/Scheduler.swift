// Runs a plan with child processes: parents before children, several at a time, on after a failure.

public import Foundation
import Files
import Reproducibility
import Training

/// What happens while a plan is run.
public enum SchedulerEvent: Sendable {
  /// A run was started.
  case started(PlannedRun)
  /// How far the runs in progress are.
  case progress([(run: PlannedRun, progress: JobProgress?)])
  /// The same run was stored for another experiment or profile, and was copied from there.
  case adopted(PlannedRun, from: RecordFolder)
  /// A run ended well (or diverged, which is a result too).
  case finished(PlannedRun, Attempt)
  /// A run failed; others go on.
  case failed(PlannedRun, problem: String)
}

/// Runs plans.
public struct Scheduler: Sendable {
  /// The executable that computes one run: `<executable> execute <job file>`.
  public var executable: URL
  /// Where records go.
  public var store: RecordStore
  /// Where dense networks, checkpoints and job files are kept.
  public var cache: NetworkCache
  /// How many processes run at a time.
  public var jobs: Int
  /// Threads inside each.
  public var threads: Int

  public init(executable: URL, store: RecordStore, cache: NetworkCache, jobs: Int, threads: Int) {
    self.executable = executable
    self.store = store
    self.cache = cache
    self.jobs = jobs
    self.threads = threads
  }

  private struct Child {
    var run: PlannedRun
    var process: Process
    var jobFile: URL
    var progressFile: URL
    var logFile: URL
    var began: Double
  }

  /// Computes every due run.
  ///
  /// - Returns: the number of runs that failed or could not start because their parent failed.
  /// - Throws: `StoreError` if results or cache cannot be written.
  public func run(_ plan: Plan, observe: (SchedulerEvent) -> Void) throws -> Int {
    for folder in [store.root, cache.root] { try Self.prepare(folder) }
    removeAbandonedJobs()
    var waiting = plan.due
    var unavailable = Set(waiting.filter { $0.identity.parent == nil }.map { $0.name })
    var running: [Child] = []
    var failures = 0
    while !waiting.isEmpty || !running.isEmpty {
      while running.count < jobs,
        let index = waiting.firstIndex(where: { run in
          // A run that another experiment has too is computed once.
          !running.contains { $0.run.name == run.name }
            && run.parentName.map { !unavailable.contains($0) } ?? true
        })
      {
        let run = waiting.remove(at: index)
        if let other = try adopted(run) {
          unavailable.remove(run.name)
          observe(.adopted(run, from: other))
          continue
        }
        running.append(try start(run))
        observe(.started(run))
      }
      if running.isEmpty {  // what is left starts from networks that could not be trained
        for run in waiting {
          failures += 1
          let problem = "the dense network it starts from could not be trained"
          try recordFailure(run, problem: problem, seconds: 0)
          observe(.failed(run, problem: problem))
        }
        break
      }
      for index in running.indices.reversed() where !running[index].process.isRunning {
        let child = running.remove(at: index)
        let problem = outcome(of: child)
        if let problem {
          failures += 1
          try recordFailure(
            child.run, problem: problem, seconds: ProcessClock.monotonicSeconds - child.began)
          observe(.failed(child.run, problem: problem))
        } else {
          unavailable.remove(child.run.name)
          let folder = store.url(
            of: child.run.folder, digest: child.run.digest, seed: child.run.seed)
          if let attempt = RecordStore.attempt(in: folder) {
            observe(.finished(child.run, attempt))
          }
        }
        for file in [child.jobFile, child.progressFile, child.logFile] {
          try? FileManager.default.removeItem(at: file)
        }
      }
      observe(
        .progress(
          running.map { ($0.run, Self.progress(in: $0.progressFile)) }))
      if !running.isEmpty { Thread.sleep(forTimeInterval: 0.05) }
    }
    return failures
  }

  /// Copies the run's record from where the same run is stored; nil if it is nowhere, or if its network is needed and not here.
  private func adopted(_ run: PlannedRun) throws -> RecordFolder? {
    guard run.state != .retraining, let other = store.folder(holding: run.name, besides: run.folder)
    else { return nil }
    if run.identity.run.isDense {
      let record = try store.run(in: other, digest: run.digest, seed: run.seed)?.record
      guard cache.contains(run.name, digest: record?.networkDigest) else { return nil }
    }
    try store.adopt(run.name, from: other, into: run.folder)
    return other
  }

  /// Removes the job files that killed schedulers left: their names begin with the number of a process that is gone.
  private func removeAbandonedJobs() {
    let folder = cache.root.appending(path: "jobs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names {
      guard let owner = name.split(separator: "-").first.flatMap({ Int32($0) }), owner > 0,
        kill(owner, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  /// Makes sure that a folder can be written before hours are spent on what goes there.
  private static func prepare(_ folder: URL) throws(StoreError) {
    do throws(FileError) {
      try DurableFile.probe(folder)
    } catch {
      throw .unwritable(path: folder.path, problem: "\(error)")
    }
  }

  private static func progress(in file: URL) -> JobProgress? {
    (try? Data(contentsOf: file)).flatMap { try? CanonicalJSON.decode(JobProgress.self, from: $0) }
  }

  private func start(_ run: PlannedRun) throws -> Child {
    let folder = cache.root.appending(path: "jobs")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let stem = "\(ProcessInfo.processInfo.processIdentifier)-\(run.name)"
    let jobFile = folder.appending(path: "\(stem).json")
    let progressFile = folder.appending(path: "\(stem).progress")
    let logFile = folder.appending(path: "\(stem).log")
    let job = Job(
      paper: run.folder.paper, experiment: run.folder.experiment, profile: run.folder.profile,
      identity: run.identity, digest: run.digest, seed: run.seed,
      isRetraining: run.state == .retraining, results: store.root.path, cache: cache.root.path,
      threads: threads, progressFile: progressFile.path,
      parentProcess: ProcessInfo.processInfo.processIdentifier)
    try CanonicalJSON.encode(job).write(to: jobFile)
    try Data().write(to: logFile)
    let process = Process()
    process.executableURL = executable
    process.arguments = ["execute", jobFile.path]
    let log = try FileHandle(forWritingTo: logFile)
    process.standardOutput = log
    process.standardError = log
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try? log.close()
    return Child(
      run: run, process: process, jobFile: jobFile, progressFile: progressFile, logFile: logFile,
      began: ProcessClock.monotonicSeconds)
  }

  /// Nil if the child ended well, else what it said.
  private func outcome(of child: Child) -> String? {
    guard child.process.terminationReason != .exit || child.process.terminationStatus != 0 else {
      return nil
    }
    let log = (try? String(contentsOf: child.logFile, encoding: .utf8)) ?? ""
    let words = log.split(separator: "\n").suffix(6).joined(separator: "\n")
    if child.process.terminationReason == .uncaughtSignal {
      return "ended by signal \(child.process.terminationStatus)"
        + (words.isEmpty ? "" : ": \(words)")
    }
    return words.isEmpty ? "ended with status \(child.process.terminationStatus)" : words
  }

  private func recordFailure(_ run: PlannedRun, problem: String, seconds: Double) throws {
    // The stored attempt belongs to the stored record.
    guard run.state != .retraining else { return }
    try store.replace(
      Attempt(
        status: .failed, problem: problem, seconds: seconds, processorSeconds: 0,
        threads: threads, environment: .current(), endedAt: Date().timeIntervalSince1970),
      in: run.folder, digest: run.digest, seed: run.seed)
  }
}
