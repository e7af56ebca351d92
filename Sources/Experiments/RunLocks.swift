// Who is computing which run: one small file per run below the results, created by exclusive link, so that any number of
// processes and machines share the work of one plan. Computing a run twice is a waste and never a danger: records agree.

public import Foundation
import Files
import Reproducibility

/// The process that computes a run, or waits for the one that does.
public struct RunClaim: Codable, Hashable, Sendable {
  /// The host's name.
  public var host: String
  /// The number of the process.
  public var process: Int32
  /// When the process was started, in clock ticks since its machine was: another process of the same number differs in it.
  public var processStart: UInt64
  /// Threads of the run.
  public var threads: Int
  /// The memory that the run is expected to take, in MiB.
  public var mebibytes: Double
  /// Which attempt at the run it is, counted from 1.
  public var attempt: Int
  /// The job of a cluster's scheduler that the process belongs to.
  public var clusterJob: String?

  /// The holder in words.
  public var summary: String {
    "process \(process) on \(host)" + (clusterJob.map { ", job \($0)" } ?? "")
  }
}

/// The locks of one folder of results.
public struct RunLocks: Sendable {
  /// How often a holder says that it is alive, in seconds.
  public static let heartbeat = 15.0
  /// After so many seconds without a word from another machine its lock is void: more than a network file system takes to show a
  /// changed time of a file.
  public static let patience = 120.0

  /// The folder of the locks, below the results.
  public let folder: URL

  public init(of store: RecordStore) { folder = store.root.appending(path: ".locks") }

  private func url(of name: String) -> URL { folder.appending(path: "\(name).json") }

  /// A claim of this process on a run.
  public static func claim(
    threads: Int, mebibytes: Double, attempt: Int, clusterJob: String?
  ) -> RunClaim {
    RunClaim(
      host: DurableFile.hostName, process: ProcessInfo.processInfo.processIdentifier,
      processStart: startTime(of: ProcessInfo.processInfo.processIdentifier) ?? 0,
      threads: threads, mebibytes: mebibytes, attempt: attempt, clusterJob: clusterJob)
  }

  /// Locks a run for this process.
  ///
  /// A lock whose holder is gone is taken over; the claim then counts its attempt.
  ///
  /// - Returns: nil if the run is now ours, else who holds it.
  /// - Throws: `StoreError` if the lock can be neither read nor written.
  public func acquire(_ name: String, _ claim: inout RunClaim) throws(StoreError) -> RunClaim? {
    let file = url(of: name)
    for _ in 0..<3 {
      do {
        try DurableFile.create(CanonicalJSON.encode(claim), at: file)
        return nil
      } catch FileError.differentContent {
        let held = try? Data(contentsOf: file)
        let holder = held.flatMap { try? CanonicalJSON.decode(RunClaim.self, from: $0) }
        if let holder, isAlive(holder, file: file) { return holder }
        claim.attempt = max(claim.attempt, (holder?.attempt ?? 0) + 1)
        // Only what was judged is removed, unless somebody else replaces it in this very moment; then both compute the run.
        if let held, (try? Data(contentsOf: file)) == held {
          try? FileManager.default.removeItem(at: file)
        }
      } catch {
        throw .unwritable(path: file.path, problem: "\(error)")
      }
    }
    throw .unwritable(path: file.path, problem: "the lock changes hands all the time")
  }

  /// Gives runs back.
  public func release(_ name: String) { try? FileManager.default.removeItem(at: url(of: name)) }

  /// Tells other machines that the holder of these locks is alive.
  public func refresh(_ names: [String]) {
    for name in names {
      try? FileManager.default.setAttributes(
        [.modificationDate: Date()], ofItemAtPath: url(of: name).path)
    }
  }

  /// The run's holder; nil if nobody holds it who is alive.
  public func holder(of name: String) -> RunClaim? {
    let file = url(of: name)
    guard let data = try? Data(contentsOf: file),
      let claim = try? CanonicalJSON.decode(RunClaim.self, from: data), isAlive(claim, file: file)
    else { return nil }
    return claim
  }

  /// All runs with holders that are alive, by name.
  public func holders() -> [String: RunClaim] {
    var result: [String: RunClaim] = [:]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasSuffix(".json") {
      let run = String(name.dropLast(5))
      result[run] = holder(of: run)
    }
    return result
  }

  /// Removes the locks of jobs that a cluster's scheduler no longer knows as running.
  ///
  /// - Parameter isActive: called with the name of a job.
  public func release(of names: [String], unless isActive: (String) -> Bool) {
    for name in names {
      guard let job = holder(of: name)?.clusterJob, !isActive(job) else { continue }
      release(name)
    }
  }

  private func isAlive(_ claim: RunClaim, file: URL) -> Bool {
    if claim.host == DurableFile.hostName {
      return Self.startTime(of: claim.process) == claim.processStart
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    guard let changed = attributes?[.modificationDate] as? Date else { return false }
    return Date().timeIntervalSince(changed) < Self.patience
  }

  /// When a process of this machine was started, in clock ticks since the machine was; nil if there is none or it has ended.
  private static func startTime(of process: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      // The second field is the program's name in parentheses, which may contain anything.
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return UInt64(fields[19])
  }
}
