// parsimony execute: computes one run for ‘parsimony run’, which started this process.

import ArgumentParser
import Datasets
import Experiments
import Files
import Foundation
import Kernels
import Reproducibility

struct Execute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes one run; started by ‘run’.", shouldDisplay: false)

  @Argument(help: "The job file.") var job: String

  func run() throws {
    do {
      let job = try CanonicalJSON.decode(
        Job.self, from: Data(contentsOf: URL(fileURLWithPath: job)))
      try JobProcess.run(job)
    } catch {
      complain("\(error)")
      throw ExitCode(1)
    }
  }
}

/// The work of a child process; outside the command type, whose closures belong to the main actor.
private enum JobProcess {
  static func run(_ job: Job) throws {
    let executor = RunExecutor(
      store: RecordStore(root: URL(fileURLWithPath: job.results)),
      cache: NetworkCache(root: URL(fileURLWithPath: job.cache)),
      catalog: .standard(
        environment: ProcessInfo.processInfo.environment,
        workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath)),
      workers: Workers(threadCount: job.threads))
    let began = ProcessClock.monotonicSeconds
    var lastReport = 0.0
    let progressFile = URL(fileURLWithPath: job.progressFile)
    _ = try executor.execute(job.planned) { progress in
      let now = ProcessClock.monotonicSeconds
      guard now - lastReport > 0.25 else { return }
      lastReport = now
      if getppid() != job.parentProcess { exit(3) }  // nobody waits for this run any more
      let state = JobProgress(training: progress, seconds: now - began)
      try? CanonicalJSON.encode(state).write(to: progressFile, options: .atomic)
    }
  }
}
