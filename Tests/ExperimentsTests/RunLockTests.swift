// Locks of runs: one holder at a time, the dead are recognised, and the machine is shared with those that live.

import Experiments
import Foundation
import Reproducibility
import TestSupport
import Testing

@Suite("Locks of runs") struct RunLockTests {
  private func claim(attempt: Int = 1, job: String? = nil) -> RunClaim {
    RunLocks.claim(threads: 1, mebibytes: 100, attempt: attempt, clusterJob: job)
  }

  /// Tries to lock a run.
  private func acquire(
    _ claim: inout RunClaim, in locks: RunLocks, findsHolder expected: RunClaim?,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let holder = try locks.acquire("a-s1", &claim)
    #expect(holder == expected, sourceLocation: sourceLocation)
  }

  private func locks(_ folder: URL) -> RunLocks { RunLocks(of: RecordStore(root: folder)) }

  /// The file of a lock, as another process would have written it.
  private func write(_ claim: RunClaim, _ name: String, in locks: RunLocks) throws -> URL {
    let file = locks.folder.appending(path: "\(name).json")
    try FileManager.default.createDirectory(at: locks.folder, withIntermediateDirectories: true)
    try CanonicalJSON.encode(claim).write(to: file)
    return file
  }

  @Test("a held run is not given to another, and is free once it is released")
  func held() throws {
    try withTemporaryFolder { folder in
      let locks = locks(folder)
      var first = claim()
      try acquire(&first, in: locks, findsHolder: nil)
      var second = claim(attempt: 7)
      try acquire(&second, in: locks, findsHolder: first)
      #expect(locks.holders() == ["a-s1": first])
      locks.release("a-s1")
      #expect(locks.holder(of: "a-s1") == nil)
      try acquire(&second, in: locks, findsHolder: nil)
    }
  }

  @Test("the lock of a process that is gone, or of another process with its number, is taken over")
  func dead() throws {
    try withTemporaryFolder { folder in
      let locks = locks(folder)
      let child = Process()
      child.executableURL = URL(fileURLWithPath: "/bin/true")
      try child.run()
      child.waitUntilExit()
      var gone = claim(attempt: 3)
      gone.process = child.processIdentifier
      var reused = claim(attempt: 3)
      reused.processStart += 1
      for dead in [gone, reused] {
        _ = try write(dead, "a-s1", in: locks)
        #expect(locks.holder(of: "a-s1") == nil)
        var mine = claim()
        try acquire(&mine, in: locks, findsHolder: nil)
        #expect(mine.attempt == 4, "the attempt of the dead is counted")
        #expect(locks.holder(of: "a-s1") == mine)
        locks.release("a-s1")
      }
    }
  }

  @Test("a process on another machine lives as long as it says so")
  func otherMachine() throws {
    try withTemporaryFolder { folder in
      let locks = locks(folder)
      var foreign = claim()
      foreign.host = "another-machine"
      let file = try write(foreign, "a-s1", in: locks)
      #expect(locks.holder(of: "a-s1") == foreign)
      func age(_ seconds: Double) throws {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file.path)
      }
      try age(RunLocks.patience - 20)
      var mine = claim()
      try acquire(&mine, in: locks, findsHolder: foreign)
      try age(RunLocks.patience + 20)
      locks.refresh(["a-s1"])
      #expect(locks.holder(of: "a-s1") == foreign, "it has just said that it lives")
      try age(RunLocks.patience + 20)
      try acquire(&mine, in: locks, findsHolder: nil)
    }
  }

  @Test("a lock that cannot be read is taken over", arguments: ["", "{}", "no lock"])
  func unreadable(text: String) throws {
    try withTemporaryFolder { folder in
      let locks = locks(folder)
      let file = try write(claim(), "a-s1", in: locks)
      try Data(text.utf8).write(to: file)
      var mine = claim()
      try acquire(&mine, in: locks, findsHolder: nil)
    }
  }

  @Test("only locks of jobs that have ended are released")
  func endedJobs() throws {
    try withTemporaryFolder { folder in
      let locks = locks(folder)
      _ = try write(claim(job: "4_1"), "a-s1", in: locks)
      _ = try write(claim(job: "4_2"), "a-s2", in: locks)
      _ = try write(claim(), "a-s3", in: locks)
      locks.release(of: ["a-s1", "a-s2", "a-s3"]) { $0 == "4_2" }
      #expect(locks.holders().keys.sorted() == ["a-s2", "a-s3"])
    }
  }
}
