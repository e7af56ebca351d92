// What the scheduler starts at a time. The children are a script that notes when it begins and ends and computes nothing, so every
// run fails; what counts is how many of them there were at once.

import Datasets
import Experiments
import Foundation
import Networks
import Reproducibility
import TestSupport
import Testing
import Training

@Suite("Scheduler") struct SchedulerTests {
  private func runs(_ count: Int) throws -> [PlannedRun] {
    let run = RunDescription(
      network: NetworkChoice(LeNet300()), dataset: DatasetSpec(), dense: TrainingRecipe(),
      method: nil)
    let identity = try RunIdentity(run, datasetChecksums: [:])
    let digest = try identity.digest()
    return (1...count).map { seed in
      PlannedRun(
        folder: RecordFolder(of: run, paper: "own", experiment: "tiny", profile: "quick"),
        identity: identity, digest: digest, seed: seed, state: .missing(reason: "not run"),
        coordinates: [:])
    }
  }

  /// A scheduler whose children note their beginning and end in `folder/notes`.
  private func scheduler(
    _ folder: URL, jobs: Int, threads: Int = 1, plan: Plan
  ) throws -> Scheduler {
    let script = folder.appending(path: "child")
    let notes = folder.appending(path: "notes").path
    try Data("#!/bin/sh\necho + >> '\(notes)'\nsleep 0.4\necho - >> '\(notes)'\nexit 1\n".utf8)
      .write(to: script)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    return Scheduler(
      executable: script, store: RecordStore(root: folder.appending(path: "results")),
      cache: NetworkCache(root: folder.appending(path: "cache")), jobs: jobs, threads: threads,
      estimate: CostEstimate(plan, roots: []))
  }

  /// A process that lives until it is ended, and holds the lock of a run.
  private func holder(of name: String, threads: Int, in store: RecordStore) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sleep")
    process.arguments = ["60"]
    try process.run()
    let stat = try String(
      contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    // The start time is the 22nd field; the second, in parentheses, may contain anything.
    let end = try #require(stat.lastIndex(of: ")"))
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    var claim = RunLocks.claim(threads: threads, mebibytes: 1, attempt: 1, clusterJob: nil)
    claim.process = process.processIdentifier
    claim.processStart = try #require(UInt64(fields[19]))
    let earlier = try RunLocks(of: store).acquire(name, &claim)
    try #require(earlier == nil)
    return process
  }

  /// The most children at once.
  private func peak(in folder: URL) throws -> Int {
    let notes = try String(contentsOf: folder.appending(path: "notes"), encoding: .utf8)
    var (now, most) = (0, 0)
    for line in notes.split(separator: "\n") {
      now += line == "+" ? 1 : -1
      most = max(most, now)
    }
    return most
  }

  @Test(
    "as many runs at a time as were asked for, and as processors and memory allow",
    arguments: [
      (2, 1, 8, 1e6, 2), (6, 1, 3, 1e6, 3), (6, 2, 4, 1e6, 2), (6, 1, 8, 100, 1), (1, 1, 8, 1e6, 1),
      (6, 16, 4, 1e6, 1),
    ])
  func limits(jobs: Int, threads: Int, processors: Int, mebibytes: Double, expected: Int) throws {
    try withTemporaryFolder { folder in
      let plan = Plan(runs: try runs(6))
      var scheduler = try scheduler(folder, jobs: jobs, threads: threads, plan: plan)
      scheduler.capacity = MachineCapacity(processorCount: processors, mebibytes: mebibytes)
      let outcome = try scheduler.run(plan) { _ in }
      #expect(outcome.failed == 6, "every child ends with status 1")
      #expect(try peak(in: folder) == expected)
    }
  }

  @Test("a process on this machine that computes other runs takes its share of the processors")
  func sharedMachine() throws {
    try withTemporaryFolder { folder in
      let plan = Plan(runs: try runs(4))
      var scheduler = try scheduler(folder, jobs: 4, plan: plan)
      scheduler.capacity = MachineCapacity(processorCount: 3, mebibytes: 1e6)
      let other = try holder(of: "elsewhere-s1", threads: 2, in: scheduler.store)
      defer { other.terminate() }
      _ = try scheduler.run(plan) { _ in }
      #expect(try peak(in: folder) == 1, "two of three processors are taken")
    }
  }

  @Test("a run that another process holds is left to it, or waited for and taken over")
  func heldElsewhere() throws {
    try withTemporaryFolder { folder in
      let plan = Plan(runs: try runs(2))
      var scheduler = try scheduler(folder, jobs: 2, plan: plan)
      scheduler.waitsForOthers = false
      let other = try holder(of: plan.runs[0].name, threads: 1, in: scheduler.store)
      let left = try scheduler.run(plan) { _ in }
      #expect(left.shared == 1 && left.failed == 1)
      // Once its holder is gone without a record, whoever waits for the run computes it.
      scheduler.waitsForOthers = true
      var isShared = false
      let taken = try scheduler.run(plan) { event in
        if case .shared = event, !isShared {
          isShared = true
          other.terminate()
          other.waitUntilExit()
        }
      }
      #expect(isShared && taken.shared == 0 && taken.failed == 2)
    }
  }
}
