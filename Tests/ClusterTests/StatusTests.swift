// Where runs stand: the record decides, then a lock, then the queue, then what the run itself said, then how its task ended.

import Cluster
import Experiments
import Foundation
import Reproducibility
import TestSupport
import Testing

@Suite("Status") struct StatusTests {
  private func words(_ status: ClusterStatus) -> [String] {
    status.runs.map { $0.standing.word }
  }

  @Test("every source is asked only about what the ones before it leave open")
  func sources() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...6, densities: [])
      try site.submit(runs) { $0.runsPerTask = 1 }
      for run in runs.prefix(2) { try site.store(run) }
      site.commands.answer(
        "squeue",
        CommandResult(
          status: 0, output: "1|2|RUNNING|None|n2|parsimony-x\n1|3|PENDING|Priority||parsimony-x\n")
      )
      site.commands.answer(
        "sacct",
        CommandResult(
          status: 0, output: "1_0|NODE_FAIL|0:0|n1\n1_3|FAILED|1:0|n1\n1_4|OUT_OF_MEMORY|0:125|n3\n"
        ))
      let status = try site.status()
      #expect(words(status) == ["stored", "stored", "pending", "pending", "failed", "unknown"])
      #expect(status.runs[2].standing == .pending("its task 1_2 runs on n2"))
      #expect(status.runs[3].standing == .pending("waits: Priority"))
      #expect(status.runs[4].standing == .failed("out of memory on n3"))
      #expect(status.isUnderWay)
      #expect(status.summary == "6 runs: 2 stored, 2 pending, 1 failed, 1 unknown")
      #expect(site.commands.calls(of: "squeue").count == 2, "one when submitting, one now")
      #expect(site.commands.calls(of: "sacct").count == 1)
      let asked = site.commands.calls(of: "scontrol").map { $0.arguments.joined(separator: " ") }
      #expect(asked == ["show config", "--oneliner show job 1"])
    }
  }

  @Test("once everything is stored the scheduler is not asked at all")
  func silent() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...3, densities: [0.5])
      try site.submit(runs)
      for run in runs { try site.store(run) }
      let calls = site.commands.calls(of: "squeue").count
      let status = try site.status()
      #expect(words(status) == Array(repeating: "stored", count: 6) && !status.isUnderWay)
      #expect(site.commands.calls(of: "squeue").count == calls)
    }
  }

  @Test("a process that holds the run's lock computes it, whatever the queue says")
  func locked() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...2, densities: [])
      try site.submit(runs) { $0.runsPerTask = 2 }
      var claim = RunLocks.claim(threads: 1, mebibytes: 1, attempt: 1, clusterJob: "1_0")
      #expect(try RunLocks(of: site.store).acquire(runs[1].name, &claim) == nil)
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: "1|0|RUNNING|None|n4|parsimony-x\n"))
      let status = try site.status()
      #expect(words(status) == ["pending", "running"])
      #expect(status.runs[1].standing.detail.hasSuffix(", job 1_0"))
    }
  }

  @Test("what a run said of itself counts if it said it after the submission")
  func ownWords() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...3, densities: [])
      try site.submit(runs) { $0.runsPerTask = 1 }
      let now = Date().timeIntervalSince1970
      func note(_ run: PlannedRun, _ status: Attempt.Status, _ problem: String, _ time: Double)
        throws
      {
        try site.store.replace(
          Attempt(
            status: status, problem: problem, seconds: 1, processorSeconds: 1, threads: 1,
            environment: .current(), endedAt: time),
          in: run.folder, digest: run.digest, seed: run.seed)
      }
      try note(runs[0], .failed, "disk full", now + 1)
      try note(runs[1], .stopped, "stopped at update 7", now + 1)
      try note(runs[2], .failed, "of last week", now - 600_000)
      site.commands.answer(
        "sacct",
        CommandResult(
          status: 0, output: "1_0|FAILED|1:0|n1\n1_1|FAILED|75:0|n1\n1_2|NODE_FAIL|0:0|n2\n"))
      let status = try site.status()
      #expect(
        status.runs.map { $0.standing } == [
          .failed("disk full"), .lost("stopped at update 7"), .lost("its node failed (n2)"),
        ])
    }
  }

  @Test("of several submissions of a run the newest counts, and one that is under way counts most")
  func resubmitted() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...2, densities: [])
      try site.submit(runs) { $0.runsPerTask = 1 }
      try site.submit(runs) { $0.runsPerTask = 1 }
      site.commands.answer(
        "sacct",
        CommandResult(
          status: 0,
          output:
            "1_0|NODE_FAIL|0:0|n1\n1_1|NODE_FAIL|0:0|n1\n2_0|TIMEOUT|0:0|n2\n2_1|PREEMPTED|0:0|n2\n"
        ))
      var status = try site.status()
      #expect(
        status.runs.map { $0.task } == [TaskID(array: 2, index: 0), TaskID(array: 2, index: 1)])
      #expect(
        status.runs.map { $0.standing } == [
          .failed("the time limit was reached on n2"), .lost("preempted on n2"),
        ])
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: "1|0|RUNNING|None|n1|parsimony-x\n"))
      status = try site.status()
      #expect(words(status) == ["pending", "lost"])
    }
  }

  @Test("names and profile choose runs")
  func filter() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      try site.submit(
        SmallPlan.runs(seeds: 1...2, densities: [0.1], experiment: "one")
          + SmallPlan.runs(seeds: 1...2, densities: [0.2], epochs: 2, experiment: "two"))
      #expect(try site.status().runs.count == 8)
      #expect(try site.status(.init(names: ["two"])).runs.count == 2)
      #expect(try site.status(.init(names: ["dense", "one"])).runs.count == 6)
      #expect(try site.status(.init(profile: "paper")).runs.isEmpty)
    }
  }
}

@Suite("Manifests") struct ManifestTests {
  private func withManifest(_ body: (URL, [PlannedRun]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...3, densities: [0.3])
      let prepared = try site.submit(runs) { $0.runsPerTask = 2 }
      try body(URL(fileURLWithPath: try #require(prepared.arrays.last).manifestPath), runs)
    }
  }

  @Test("a task is read back as it was planned, and names are read without it")
  func tasks() throws {
    try withManifest { url, runs in
      let manifest = try Manifest(contentsOf: url)
      let planned = try (0..<2).flatMap { try manifest.task($0, path: "").map { $0.planned } }
      #expect(planned.map { $0.identity } == runs.suffix(3).map { $0.identity })
      #expect(planned.map { $0.name } == runs.suffix(3).map { $0.name })
      #expect(planned.map { $0.folder } == runs.suffix(3).map { $0.folder })
      let entries = try manifest.entries(path: "")
      #expect(entries.map { $0.count } == [2, 1])
      #expect(entries.flatMap { $0.map { $0.label } } == runs.suffix(3).map { $0.label })
    }
  }

  @Test("a number that is no task's is refused", arguments: [-1, 2, 100_000])
  func index(index: Int) throws {
    try withManifest { url, _ in
      let manifest = try Manifest(contentsOf: url)
      #expect(throws: ClusterError.badIndex(index, taskCount: 2, path: "m")) {
        try manifest.task(index, path: "m")
      }
    }
  }

  @Test("an altered or shortened manifest is none")
  func altered() throws {
    try withManifest { url, _ in
      let data = try Data(contentsOf: url)
      for other in [data.dropLast(), data + Data("\n".utf8), Data("text".utf8), Data()] {
        try Data(other).write(to: url)
        #expect(throws: ClusterError.self) { try Manifest(contentsOf: url) }
      }
      try FileManager.default.removeItem(at: url)
      let error = #expect(throws: ClusterError.self) { try Manifest(contentsOf: url) }
      #expect(error?.description.contains(url.path) == true)
    }
  }
}
