// One run as a child process: its job file, its progress and how it ended.

import Foundation
import Files
import Reproducibility

/// A run that is being computed by a child process.
struct RunProcess {
  /// How a child ended.
  enum Ending {
    case finished
    case stopped(problem: String)
    case unavailable(problem: String)
    case failed(problem: String)
  }

  let run: PlannedRun
  let claim: RunClaim
  private let process: Process
  private let jobFile: URL
  private let progressFile: URL
  private let logFile: URL
  private let began: Double

  /// Starts `<executable> execute <job file>`.
  init(_ run: PlannedRun, claim: RunClaim, by scheduler: Scheduler) throws {
    let folder = Self.folder(in: scheduler.cache)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let own = ProcessInfo.processInfo.processIdentifier
    let stem = "\(own)-\(DurableFile.hostName)-\(run.name)"
    jobFile = folder.appending(path: "\(stem).json")
    progressFile = folder.appending(path: "\(stem).progress")
    logFile = folder.appending(path: "\(stem).log")
    let job = Job(
      paper: run.folder.paper, experiment: run.folder.experiment, profile: run.folder.profile,
      identity: run.identity, digest: run.digest, seed: run.seed,
      isRetraining: run.state == .retraining, results: scheduler.store.root.path,
      cache: scheduler.cache.root.path, threads: scheduler.threads,
      progressFile: progressFile.path, parentProcess: own, attempt: claim.attempt,
      clusterJob: claim.clusterJob)
    try CanonicalJSON.encode(job).write(to: jobFile)
    try Data().write(to: logFile)
    process = Process()
    process.executableURL = scheduler.executable
    process.arguments = ["execute", jobFile.path]
    let log = try FileHandle(forWritingTo: logFile)
    process.standardOutput = log
    process.standardError = log
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try? log.close()
    self.run = run
    self.claim = claim
    began = ProcessClock.monotonicSeconds
  }

  var isRunning: Bool { process.isRunning }

  /// Seconds since it was started.
  var seconds: Double { ProcessClock.monotonicSeconds - began }

  /// How far it is, as it last said.
  var progress: JobProgress? {
    (try? Data(contentsOf: progressFile)).flatMap {
      try? CanonicalJSON.decode(JobProgress.self, from: $0)
    }
  }

  /// Asks it to keep its state and end.
  func requestStop() { process.terminate() }

  /// How it ended, once it did.
  var ending: Ending {
    let log = (try? String(contentsOf: logFile, encoding: .utf8)) ?? ""
    let words = log.split(separator: "\n").suffix(6).joined(separator: "\n")
    let status = process.terminationStatus
    if process.terminationReason == .uncaughtSignal {
      return .failed(problem: "ended by signal \(status)" + (words.isEmpty ? "" : ": \(words)"))
    }
    switch status {
    case 0: return .finished
    case RunExit.stopped: return .stopped(problem: words)
    case RunExit.unavailable: return .unavailable(problem: words)
    default: return .failed(problem: words.isEmpty ? "ended with status \(status)" : words)
    }
  }

  func removeFiles() {
    for file in [jobFile, progressFile, logFile] { try? FileManager.default.removeItem(at: file) }
  }

  private static func folder(in cache: NetworkCache) -> URL { cache.root.appending(path: "jobs") }

  /// Removes the files that killed schedulers of this machine left: their names begin with the number of a process that is gone.
  static func removeAbandonedFiles(in cache: NetworkCache) {
    let folder = folder(in: cache)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names {
      guard let owner = name.split(separator: "-").first.flatMap({ Int32($0) }), owner > 0,
        name.hasPrefix("\(owner)-\(DurableFile.hostName)-"), kill(owner, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }
}
