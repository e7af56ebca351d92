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
      throw ExitCode(RunExit.status(for: error))
    }
  }
}

/// The work of a child process; outside the command type, whose closures belong to the main actor.
private enum JobProcess {
  static func run(_ job: Job) throws {
    let workers = Workers(threadCount: job.threads)
    // A key pressed at the terminal reaches the whole group; what is to be done about it the parent says.
    StopSignals.ignore(SIGINT)
    let signals = StopSignals([SIGTERM]) { _ in workers.requestStop() }
    endWithParent(job.parentProcess, workers: workers)
    var executor = RunExecutor(
      store: RecordStore(root: URL(fileURLWithPath: job.results)),
      cache: NetworkCache(root: URL(fileURLWithPath: job.cache)),
      catalog: .standard(
        environment: ProcessInfo.processInfo.environment,
        workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath)),
      workers: workers)
    executor.attempt = (job.attempt, job.clusterJob)
    let began = ProcessClock.monotonicSeconds
    var lastReport = 0.0
    let progressFile = URL(fileURLWithPath: job.progressFile)
    _ = try executor.execute(job.planned) { progress in
      let now = ProcessClock.monotonicSeconds
      guard now - lastReport > 0.25 else { return }
      lastReport = now
      let state = JobProgress(training: progress, seconds: now - began)
      try? CanonicalJSON.encode(state).write(to: progressFile, options: .atomic)
    }
    withExtendedLifetime(signals) {}
  }

  /// Ends this process within a second of its parent, with a checkpoint if there is time for one: nobody waits for the run any
  /// more, and the next process to compute it would have to share the machine.
  private static func endWithParent(_ parent: Int32, workers: Workers) {
    Thread.detachNewThread {
      while getppid() == parent { Thread.sleep(forTimeInterval: 0.05) }
      workers.requestStop()
      Thread.sleep(forTimeInterval: 0.5)
      _exit(RunExit.stopped)
    }
  }
}
