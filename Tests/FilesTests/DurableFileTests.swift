// Durable files: whole or absent, created once, replaced at once, whoever else writes and whenever the process dies.

import Dispatch
import Files
import Foundation
import TestSupport
import Testing

@Suite("DurableFile") struct DurableFileTests {
  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("a file is created with its folders, and nothing else is left")
  func create() throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("a/b/c/record.json")
      #expect(try DurableFile.create(Data("one".utf8), at: url) == .created)
      #expect(try Data(contentsOf: url) == Data("one".utf8))
      #expect(try names(in: url.deletingLastPathComponent()) == ["record.json"])
    }
  }

  @Test("creating a file again succeeds with the same bytes, also with none")
  func createAgain() throws {
    try withTemporaryFolder { folder throws in
      for text in ["", "one", String(repeating: "x", count: 100_000)] {
        let url = folder.appendingPathComponent("\(text.count)")
        #expect(try DurableFile.create(Data(text.utf8), at: url) == .created)
        #expect(try DurableFile.create(Data(text.utf8), at: url) == .alreadyThereSame)
      }
      #expect(try names(in: folder) == ["0", "100000", "3"])
    }
  }

  @Test(
    "creating a file that has other bytes fails and leaves it alone",
    arguments: [("one", "one!", 3), ("one!", "one", 3), ("one", "ole", 1), ("", "x", 0)])
  func createDifferent(before: String, after: String, offset: Int) throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("record.json")
      try DurableFile.create(Data(before.utf8), at: url)
      #expect(throws: FileError.differentContent(path: url.path, offset: offset)) {
        try DurableFile.create(Data(after.utf8), at: url)
      }
      #expect(try Data(contentsOf: url) == Data(before.utf8))
      #expect(try names(in: folder) == ["record.json"])
    }
  }

  @Test("a slice of data is written from its own beginning")
  func slices() throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("slice")
      let slice = Data("0123456789".utf8)[4..<7]
      try DurableFile.create(slice, at: url)
      #expect(try Data(contentsOf: url) == Data("456".utf8))
      #expect(try DurableFile.create(Data("456".utf8), at: url) == .alreadyThereSame)
    }
  }

  @Test("replacing creates a file and changes it")
  func replace() throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("new/attempt.json")
      for text in ["one", "", "something longer"] {
        try DurableFile.replace(Data(text.utf8), at: url)
        #expect(try Data(contentsOf: url) == Data(text.utf8))
      }
      #expect(try names(in: url.deletingLastPathComponent()) == ["attempt.json"])
    }
  }

  @Test("of many writers of the same bytes exactly one creates the file")
  func sameWriters() throws {
    try withTemporaryFolder { folder throws in
      for round in 0..<20 {
        let url = folder.appendingPathComponent("\(round)/record.json")
        let data = Data(repeating: UInt8(round), count: 10_000)
        let outcomes = Outcomes()
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
          outcomes.add { try DurableFile.create(data, at: url) }
        }
        #expect(outcomes.created == 1)
        #expect(outcomes.same == 7)
        #expect(try Data(contentsOf: url) == data)
        #expect(try names(in: url.deletingLastPathComponent()) == ["record.json"])
      }
    }
  }

  @Test("of many writers of different bytes one creates the file and the others learn of it")
  func rivalWriters() throws {
    try withTemporaryFolder { folder throws in
      for round in 0..<20 {
        let url = folder.appendingPathComponent("\(round)/record.json")
        let outcomes = Outcomes()
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
          let data = Data(repeating: UInt8(writer), count: 10_000)
          outcomes.add { try DurableFile.create(data, at: url) }
        }
        #expect(outcomes.created == 1)
        #expect(
          outcomes.errors
            == Array(repeating: .differentContent(path: url.path, offset: 0), count: 7))
        let found = try Data(contentsOf: url)
        #expect(found.count == 10_000 && Set(found).count == 1)
      }
    }
  }

  @Test("a reader of a file that is being replaced sees one version whole")
  func replaceWhileReading() throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("attempt.json")
      try DurableFile.replace(Data(repeating: 0, count: 50_000), at: url)
      let torn = Outcomes()
      DispatchQueue.concurrentPerform(iterations: 4) { worker in
        for round in 0..<50 {
          if worker < 2 {
            let data = Data(repeating: UInt8(worker * 100 + round), count: 50_000)
            torn.note { try DurableFile.replace(data, at: url) }
          } else {
            torn.note {
              let found = try FileContents.read(url)
              if found.count != 50_000 || Set(found).count != 1 {
                throw FileError.truncated(
                  path: url.path, offset: found.count, expected: "one version")
              }
            }
          }
        }
      }
      #expect(torn.errors == [])
    }
  }

  @Test("a process killed while it writes leaves whole files and temporary ones that are swept")
  func killed() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("parsimony-kill-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path
    for round in 0..<4 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        let folder = URL(fileURLWithPath: path, isDirectory: true)
        // Dies in the middle of one of the writes.
        Thread.detachNewThread {
          Thread.sleep(forTimeInterval: 0.02 + 0.007 * Double(round))
          kill(getpid(), SIGKILL)
        }
        for number in 0..<1_000_000 {
          let data = Data(repeating: UInt8(truncatingIfNeeded: number), count: 100_000)
          try DurableFile.create(data, at: folder.appendingPathComponent("\(round)-\(number)"))
        }
      }
    }
    DurableFile.sweepTemporaries(in: folder)
    let left = try names(in: folder)
    #expect(!left.isEmpty)
    for name in left {
      let found = try Data(contentsOf: folder.appendingPathComponent(name))
      #expect(found.count == 100_000 && Set(found).count == 1, "\(name)")
    }
  }

  @Test("what cannot be written says which operation the system refused")
  func refusals() throws {
    try withTemporaryFolder { folder throws in
      let file = folder.appendingPathComponent("file")
      try DurableFile.create(Data("x".utf8), at: file)
      let below = file.appendingPathComponent("below")
      let first = #expect(throws: FileError.self) { try DurableFile.create(Data(), at: below) }
      guard case .system(_, _, ENOTDIR) = first else {
        Issue.record("\(String(describing: first))")
        return
      }
      #expect(throws: FileError.system(path: folder.path, operation: "read", errorNumber: EISDIR)) {
        try DurableFile.create(Data("x".utf8), at: folder)
      }
      let second = #expect(throws: FileError.self) {
        try DurableFile.replace(Data("x".utf8), at: folder)
      }
      guard case .system(folder.path, "rename", _) = second else {
        Issue.record("\(String(describing: second))")
        return
      }
      #expect(try names(in: folder) == ["file"])
    }
  }

  @Test("only temporary files of dead processes and old ones are swept")
  func sweep() throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/true")
    try child.run()
    child.waitUntilExit()
    let dead = child.processIdentifier
    let living = getpid()
    try withTemporaryFolder { folder throws in
      let here = DurableFile.hostName
      let old = Date(timeIntervalSinceNow: -2 * 86_400)
      let cases: [(name: String, isOld: Bool, goes: Bool)] = [
        (DurableFile.temporaryName(process: dead, host: here), false, true),
        (DurableFile.temporaryName(process: living, host: here), false, false),
        (DurableFile.temporaryName(process: living, host: here), true, true),
        (DurableFile.temporaryName(process: dead, host: "else-where"), false, false),
        (DurableFile.temporaryName(process: dead, host: "else-where"), true, true),
        ("record.json", true, false),
        (".tmp-notes", true, false),
        (".tmp-\(dead)-nothex-\(here)", true, false),
      ]
      for (name, isOld, _) in cases {
        let path = folder.appendingPathComponent(name).path
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        if isOld {
          try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
        }
      }
      let removed = DurableFile.sweepTemporaries(in: folder)
      #expect(removed == cases.filter { $0.goes }.map { $0.name }.sorted())
      #expect(try names(in: folder) == cases.filter { !$0.goes }.map { $0.name }.sorted())
      #expect(DurableFile.sweepTemporaries(in: folder.appendingPathComponent("none")) == [])
    }
  }
}

/// What concurrent writers met.
private final class Outcomes: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var created = 0
  private(set) var same = 0
  private(set) var errors: [FileError] = []

  func add(_ body: () throws -> DurableFile.Created) {
    note {
      let outcome = try body()
      lock.withLock {
        if outcome == .created { created += 1 } else { same += 1 }
      }
    }
  }

  func note(_ body: () throws -> Void) {
    do {
      try body()
    } catch let error as FileError {
      lock.withLock { errors.append(error) }
    } catch {
      Issue.record(error)
    }
  }
}
