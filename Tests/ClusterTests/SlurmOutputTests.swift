// Slurm's answers as they were recorded on a cluster of four nodes (22.05): tasks that ended in every way that could be provoked,
// one whose node was killed, one that was sent back to the queue, one that trapped TERM and ended well at its time limit.

import Cluster
import Foundation
import Testing

@Suite("Slurm's output") struct SlurmOutputTests {
  private func recorded(_ name: String) throws -> String {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Fixtures"))
    return try String(contentsOf: url, encoding: .utf8)
  }

  @Test("the queue: waiting, sent back, running, and a job whose name contains the separator")
  func queue() throws {
    let entries = SlurmOutput.queue(try recorded("squeue"))
    #expect(entries.count == 8)
    func entry(_ array: Int, _ index: Int) throws -> QueueEntry {
      try #require(entries.first { $0.task == TaskID(array: array, index: index) })
    }
    let requeued = try entry(1, 4)
    #expect(requeued.state == TaskState("PENDING", reason: "BeginTime"))
    #expect(requeued.state.meaning == .waits)
    #expect(try entry(6, 0).state.explanation == "waits: Dependency")
    #expect(try entry(1, 6).state == TaskState("RUNNING", nodes: "n2"))
    #expect(try entry(7, 0).job == "my|job")
    #expect(try entry(1, 2).job == "parsimony-0123456789abcdef")
  }

  @Test("the accounting: a time limit with exit status 0:0, a dead node, ‘CANCELLED by 0’")
  func accounting() throws {
    let states = SlurmOutput.accounting(try recorded("sacct"))
    #expect(states.count == 11)
    let expected: [(TaskID, TaskState.Meaning, String)] = [
      (TaskID(array: 1, index: 0), .completed, "its task ended without a record on n1"),
      (TaskID(array: 1, index: 1), .failed, "its task ended with status 3:0 on n2"),
      (TaskID(array: 1, index: 2), .failed, "the time limit was reached on n3"),
      (TaskID(array: 1, index: 3), .lost, "stopped as requested on n4; it resumes"),
      (TaskID(array: 1, index: 5), .lost, "cancelled"),
      (TaskID(array: 9, index: 4), .lost, "its node failed (n3)"),
    ]
    for (task, meaning, explanation) in expected {
      let state = try #require(states[task])
      #expect(state.meaning == meaning, "\(task)")
      #expect(state.explanation == explanation, "\(task)")
    }
    #expect(states[TaskID(array: 1, index: 2)]?.exit == "0:0")
    #expect(states[TaskID(array: 1, index: 5)]?.name == "CANCELLED")
  }

  @Test("the controller's memory: ends, reasons, and a task that was started again on another node")
  func jobs() throws {
    let states = SlurmOutput.jobs(try recorded("scontrol"))
    #expect(states.count == 11)
    #expect(
      states[TaskID(array: 1, index: 2)]
        == TaskState("TIMEOUT", reason: "TimeLimit", nodes: "n3", exit: "0:0"))
    #expect(
      states[TaskID(array: 1, index: 3)]
        == TaskState("FAILED", reason: "NonZeroExitCode", nodes: "n4", exit: "75:0"))
    let restarted = try #require(states[TaskID(array: 1, index: 6)])
    #expect(restarted.meaning == .runs && restarted.nodes == "n4")
    #expect(states[TaskID(array: 9, index: 4)]?.name == "NODE_FAIL")
    #expect(states[TaskID(array: 9, index: 4)]?.meaning == .lost)
  }

  @Test("the configuration's limit")
  func configuration() throws {
    let text = try recorded("config")
    #expect(SlurmOutput.configuration(text, "MaxArraySize") == 1001)
    #expect(SlurmOutput.configuration(text, "MaxJobCount") == 20_000)
    #expect(SlurmOutput.configuration(text, "MaxArray") == nil)
    #expect(SlurmOutput.configuration("", "MaxArraySize") == nil)
  }

  @Test("the number of a job, on one cluster and on several")
  func submitted() {
    #expect(SlurmOutput.submitted("4711\n") == 4711)
    #expect(SlurmOutput.submitted("4711;blue\n") == 4711)
    #expect(SlurmOutput.submitted("sbatch: note\n4711\n") == 4711)
    #expect(SlurmOutput.submitted("") == nil && SlurmOutput.submitted("no job") == nil)
  }

  @Test("output that is not understood says nothing", arguments: ["", "\n\n", "garbage", "a|b|c"])
  func garbage(text: String) {
    #expect(SlurmOutput.queue(text).isEmpty)
    #expect(SlurmOutput.accounting(text).isEmpty)
    #expect(SlurmOutput.jobs(text).isEmpty)
  }

  @Test(
    "of a requeued task the last line of the accounting counts; steps do not")
  func requeued() {
    let text = """
      5_1|NODE_FAIL|0:0|n1
      5_1|COMPLETED|0:0|n2
      5_1.batch|FAILED|1:0|n2
      5_[2-9]|PENDING|0:0|None assigned
      """
    #expect(
      SlurmOutput.accounting(text)
        == [
          TaskID(array: 5, index: 1): TaskState("COMPLETED", nodes: "n2", exit: "0:0")
        ].merging(
          TaskID.list(array: 5, indices: "2-9").map { ($0, TaskState("PENDING", exit: "0:0")) }
        ) { $1 })
  }

  @Test(
    "states that could not be provoked, and words of Slurms to come",
    arguments: [
      ("PREEMPTED", .lost), ("OUT_OF_MEMORY", .failed), ("OUT_OF_ME+", .lost), ("BOOT_FAIL", .lost),
      ("DEADLINE", .failed), ("REVOKED", .lost), ("CANCELLED by 1000", .lost),
      ("CANCELLED+", .lost), ("SUSPENDED", .runs), ("COMPLETING", .runs),
      ("CONFIGURING", .runs), ("REQUEUED", .waits), ("TELEPORTED", .lost),
    ] as [(String, TaskState.Meaning)])
  func meanings(name: String, meaning: TaskState.Meaning) {
    #expect(TaskState(name).meaning == meaning)
    #expect(!TaskState(name).explanation.isEmpty)
  }
}
