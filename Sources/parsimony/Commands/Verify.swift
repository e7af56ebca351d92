// parsimony verify: runs a stored run again and compares the bits.

import ArgumentParser
import Experiments
import Foundation
import Kernels

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a stored run again: the same bits, within tolerance, or diverged at a step.")

  @Argument(help: "Folders of runs, each with a record.json.") var runs: [String]
  @OptionGroup var workplace: Workplace
  @Option(help: "Threads inside the run; results do not depend on it.") var threads = 1

  func validate() throws {
    guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
  }

  func run() throws {
    var failed = false
    for path in runs {
      let stored = try Diff.load(path)
      let result = try Again.verify(stored, workplace: workplace, threads: threads)
      switch result {
      case .sameBits: print("\(path): the same bits")
      case .withinTolerance(let largest, let metric):
        print("\(path): within tolerance; largest relative difference \(largest) (\(metric))")
      case .different(let problem):
        print("\(path): different: \(problem)")
        failed = true
      }
    }
    if failed { throw ExitCode(1) }
  }
}

/// The computation; outside the command type, whose closures belong to the main actor.
private enum Again {
  static func verify(_ stored: StoredRun, workplace: Workplace, threads: Int) throws
    -> VerificationResult
  {
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "parsimony-verify-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: temporary) }
    let catalog = workplace.catalog
    let workers = Workers(threadCount: threads)
    return try Verification.verify(
      stored,
      executor: { store, cache in
        RunExecutor(store: store, cache: cache, catalog: catalog, workers: workers)
      }, temporary: temporary)
  }
}
