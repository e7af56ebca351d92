// What is handed to the scheduler: dense networks first, dense indices, chunks, nothing twice; and what its refusals become.

import Cluster
import Experiments
import Foundation
import Networks
import TestSupport
import Testing

@Suite("Submission") struct SubmissionTests {
  private func option(_ name: String, _ script: String) -> String? {
    let line = script.split(separator: "\n").first { $0.hasPrefix("#SBATCH --\(name)=") }
    return line.map { String($0.drop { $0 != "=" }.dropFirst()) }
  }

  @Test("dense networks are handed over first, and what starts from them waits for their jobs")
  func order() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...3, densities: [0.1, 0.2])
      let prepared = try site.submit(runs) { $0.runsPerTask = 1 }
      #expect(prepared.arrays.map { $0.runCount } == [3, 6])
      let scripts = site.commands.calls(of: "sbatch").map { $0.input }
      #expect(scripts.map { option("array", $0) } == ["0-2", "0-5"])
      #expect(scripts.map { option("dependency", $0) } == [nil, "afterany:1"])
      for (array, script) in zip(prepared.arrays, scripts) {
        #expect(script.hasPrefix("#!/bin/sh\n#SBATCH "))
        #expect(script.contains("#SBATCH --no-requeue\n"))
        #expect(script.contains("\nexport PARSIMONY_DATA='/data of '\\''all'\\'''\n"))
        #expect(
          script.hasSuffix(
            "exec '/opt/par si/parsimony' run --manifest '\(array.manifestPath)' --index \"$SLURM_ARRAY_TASK_ID\"\n"
          ))
        let manifest = try Manifest(contentsOf: URL(fileURLWithPath: array.manifestPath))
        #expect(manifest.data == array.manifest.data)
      }
      let first = try prepared.arrays[0].manifest.task(2, path: "")
      #expect(first.map { $0.planned.name } == [runs[2].name])
      #expect(first[0].planned.identity == runs[2].identity)
    }
  }

  @Test("nobody waits for the dense network of another kind")
  func groups() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs =
        try SmallPlan.runs(seeds: 1...2, densities: [0.1])
        + SmallPlan.runs(seeds: 1...2, densities: [0.1], network: NetworkChoice(LeNet5()))
      try site.submit(runs)
      let scripts = site.commands.calls(of: "sbatch").map { $0.input }
      #expect(
        scripts.map { option("dependency", $0) } == [nil, nil, "afterany:1", "afterany:2"])
    }
  }

  @Test("arrays are cut at the scheduler's limit, with dense indices", arguments: [1, 7, 1001])
  func chunks(limit: Int) throws {
    try withTemporaryFolder { folder in
      let site = Site(
        folder, commands: ScriptedCommands(config: "MaxArraySize            = \(limit)\n"))
      let runs = try SmallPlan.runs(seeds: 1...20, densities: [])
      let prepared = try site.submit(runs) {
        $0.runsPerTask = 1
        $0.arrayLimit = 5
      }
      let sizes = prepared.arrays.map { $0.manifest.header.taskCount }
      #expect(sizes.reduce(0, +) == 20 && sizes.allSatisfy { $0 <= limit })
      let arrays = site.commands.calls(of: "sbatch").compactMap { option("array", $0.input) }
      #expect(arrays == sizes.map { "0-\($0 - 1)%5" })
    }
  }

  @Test("what is stored, in the queue or computed somewhere is not submitted again")
  func twice() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...4, densities: [0.1])
      try site.submit(runs)
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: site.commands.queued()))
      let again = try site.submit(runs)
      #expect(again.arrays.isEmpty && again.underWayCount == 8)

      // All tasks are gone from the queue; some left records, one is computed by a process of this machine.
      site.commands.answer("squeue", CommandResult(status: 0, output: ""))
      for run in runs.prefix(5) { try site.store(run) }
      var claim = RunLocks.claim(threads: 1, mebibytes: 1, attempt: 1, clusterJob: nil)
      #expect(try RunLocks(of: site.store).acquire(runs[5].name, &claim) == nil)
      let rest = try site.submit(runs)
      #expect(rest.runCount == 2 && rest.underWayCount == 1)
      let manifest = try #require(rest.arrays.first?.manifest)
      let names = try manifest.entries(path: "").flatMap { $0.map { $0.name } }
      #expect(names == runs.suffix(2).map { $0.name })
    }
  }

  @Test("a lock whose job has left the queue does not keep its run from being submitted")
  func deadJob() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...2, densities: [])
      try site.submit(runs) { $0.runsPerTask = 1 }
      // The process of the lock lives (it is this one), its job does not: so it is on a node that was cut off.
      var claim = RunLocks.claim(threads: 1, mebibytes: 1, attempt: 1, clusterJob: "1_0")
      #expect(try RunLocks(of: site.store).acquire(runs[0].name, &claim) == nil)
      let queue = site.commands.queued(state: "RUNNING")
      site.commands.answer("squeue", CommandResult(status: 0, output: queue))
      #expect(try site.submit(runs).runCount == 0)
      site.commands.answer("squeue", CommandResult(status: 0, output: ""))
      #expect(try site.submit(runs).runCount == 2)
    }
  }

  @Test("children of a network that an earlier job trains wait for that job")
  func earlierParent() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...2, densities: [0.1])
      try site.submit(Array(runs.prefix(2)))
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: site.commands.queued(state: "RUNNING")))
      try site.submit(runs)
      let scripts = site.commands.calls(of: "sbatch").map { $0.input }
      #expect(scripts.count == 2)
      #expect(option("dependency", scripts[1]) == "afterany:1")
    }
  }

  @Test(
    "a job that was submitted by a process that died before it could note it is found by its name")
  func unnoted() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...3, densities: [])
      try site.submit(runs)
      let notes = ClusterFolder(of: site.store).root.appending(path: "submissions")
      try FileManager.default.removeItem(at: notes)
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: site.commands.queued()))
      #expect(try site.submit(runs).runCount == 0)
    }
  }

  @Test("only jobs of these results are cancelled")
  func cancelled() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      try site.submit(try SmallPlan.runs(seeds: 1...3, densities: [0.5]))
      let others = "77|0|RUNNING|None|n1|parsimony-0123456789abcdef\n78|0|RUNNING|None|n1|my|job\n"
      site.commands.answer(
        "squeue", CommandResult(status: 0, output: others + site.commands.queued()))
      #expect(try Slurm(site.commands).cancelAll(of: site.store) == [1, 2])
      #expect(site.commands.calls(of: "scancel").map { $0.arguments } == [["1", "2"]])
    }
  }

  @Test("ten thousand runs take a few dozen calls of the scheduler")
  func calls() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(
        seeds: 1...100, densities: (1...99).map { Double($0) / 100 })
      #expect(runs.count == 10_000)
      let prepared = try site.submit(runs) { $0.runsPerTask = 1 }
      #expect(prepared.runCount == 10_000)
      let calls = ["sbatch", "squeue", "scontrol", "sacct"].map {
        site.commands.calls(of: $0).count
      }
      #expect(calls == [11, 1, 1, 0])
    }
  }

  @Test("without Slurm one sentence says so; a refusal of sbatch is passed on")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let runs = try SmallPlan.runs(seeds: 1...1, densities: [])
      site.commands.answer(
        "sbatch",
        CommandResult(
          status: 1, output: "",
          standardError:
            "sbatch: error: invalid partition specified: nowhere\nsbatch: error: Batch job submission failed: Invalid partition name specified\n"
        ))
      let refusal = #expect(throws: ClusterError.self) {
        try site.submit(runs) { $0.partition = "nowhere" }
      }
      #expect(refusal?.description.contains("invalid partition specified: nowhere") == true)
      #expect(
        try site.status().runs.isEmpty, "what was refused is not noted as submitted")
      site.commands.answer("scontrol show", nil)
      let error = #expect(throws: ClusterError.noSlurm(command: "scontrol")) {
        try site.submit(runs)
      }
      #expect(error?.description.contains("run --jobs N") == true)
      #expect(throws: ClusterError.noSlurm(command: "sbatch")) {
        try SystemCommandRunner(environment: ["PATH": folder.path]).run("sbatch", [], input: "")
      }
      #expect(
        throws: ClusterError.badOption(
          option: "--time", value: "soon",
          allowed: "minutes, hours:minutes:seconds or days-hours:minutes:seconds")
      ) { try site.submit(runs) { $0.time = "soon" } }
    }
  }

  @Test("a command that does not answer is ended")
  func noAnswer() throws {
    let commands = SystemCommandRunner(patience: 0.3)
    #expect(throws: ClusterError.noAnswer(command: "sleep", seconds: 0)) {
      try commands.run("sleep", ["30"], input: "")
    }
    let echo = try SystemCommandRunner().run("cat", [], input: "said\n")
    #expect(echo == CommandResult(status: 0, output: "said\n"))
  }

  @Test("one submission of the same results at a time")
  func exclusive() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      try site.submitter().exclusively {
        // A lock of this very process counts as its own, so another process is named as the holder.
        let lock = site.store.root.appending(path: ".locks/submission.json")
        var text = try String(contentsOf: lock, encoding: .utf8)
        text.replace("\"threads\":0", with: "\"threads\":1")
        try Data(text.utf8).write(to: lock)
        #expect(throws: ClusterError.self) { try site.submitter().exclusively {} }
      }
      try site.submitter().exclusively {}
    }
  }

  @Test(
    "short runs share a task, long and unknown ones have their own",
    arguments: [
      ([20, 20, 20, 20], [3, 1]), ([90, 10, 10], [1, 2]), ([10, nil, 10], [1, 1, 1]),
      ([nil, nil], [1, 1]), ([], []),
    ] as [([Double?], [Int])])
  func packing(times: [Double?], expected: [Int]) throws {
    let runs = Array(try SmallPlan.runs(seeds: 1...8, densities: []).prefix(times.count))
    let seconds = Dictionary(uniqueKeysWithValues: zip(runs.map { $0.seed }, times))
    let tasks = TaskPacking().tasks(of: runs) { seconds[$0.seed] ?? nil }
    #expect(tasks.map { $0.count } == expected)
    #expect(tasks.flatMap { $0 } == runs)
    let pairs = TaskPacking(runsPerTask: 2).tasks(of: runs) { _ in nil }
    #expect(pairs.flatMap { $0 } == runs && pairs.dropLast().allSatisfy { $0.count == 2 })
  }

  @Test(
    "durations are read as Slurm reads them",
    arguments: [
      ("30", 1800), ("1:30", 90), ("2:00:00", 7200), ("1-0", 86_400), ("1-2:30", 95_400),
      ("0-0:0:5", 5), ("soon", nil), ("1:2:3:4", nil), ("-5", nil), ("", nil), ("1-", nil),
    ] as [(String, Double?)])
  func durations(text: String, seconds: Double?) {
    #expect(SlurmTime.seconds(text) == seconds)
  }
}
