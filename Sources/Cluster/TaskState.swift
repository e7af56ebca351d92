// The states of a task in Slurm's words, and what they mean for a run that has no record.

import Experiments

/// One element of a job array.
public struct TaskID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number of the array.
  public var array: Int
  /// The number of the element.
  public var index: Int

  public init(array: Int, index: Int) {
    self.array = array
    self.index = index
  }

  /// The elements of an array that a list of indices names: `3`, `0-8`, `1,4-6`, `0-8%2` with a limit behind it; a list that was cut
  /// off names fewer.
  public static func list(array: Int, indices: some StringProtocol) -> [TaskID] {
    let list = indices.split(separator: "%").first ?? ""
    return list.split(separator: ",").flatMap { part -> [TaskID] in
      let ends = part.split(separator: "-").map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        first <= last
      else { return [] }
      return (first...last).map { TaskID(array: array, index: $0) }
    }
  }

  public var description: String { "\(array)_\(index)" }

  public static func < (left: TaskID, right: TaskID) -> Bool {
    (left.array, left.index) < (right.array, right.index)
  }
}

/// Where a task stands, as the scheduler says.
public struct TaskState: Hashable, Sendable {
  /// The state in the scheduler's long form: `RUNNING`, `NODE_FAIL`.
  public var name: String
  /// Why it waits, or why it ended; empty if that is not said.
  public var reason: String
  /// The nodes it runs or ran on; empty if there are none.
  public var nodes: String
  /// Exit status and signal, `1:0`; empty if they are not known.
  public var exit: String

  /// - Parameter name: as the scheduler writes it; of `CANCELLED by 0` the first word counts.
  public init(
    _ name: some StringProtocol, reason: String = "", nodes: String = "", exit: String = ""
  ) {
    // A plus marks names that were cut off.
    let word = name.split(separator: " ").first ?? ""
    self.name = String(word.last == "+" ? word.dropLast() : word)
    self.reason = reason == "None" || reason == "(null)" ? "" : reason
    self.nodes = ["(null)", "None assigned"].contains(nodes) ? "" : nodes
    self.exit = exit
  }

  /// What a state means.
  public enum Meaning: Hashable, Sendable {
    /// The task will begin, or begin again.
    case waits
    /// The task is at work.
    case runs
    /// The task ended by itself, or by a limit that will end it again.
    case failed
    /// The task was ended by the cluster or its user; another attempt may end well.
    case lost
    /// The task ended well.
    case completed
  }

  /// What the state means; a word of a later Slurm counts as lost, because another attempt is harmless.
  public var meaning: Meaning {
    switch name {
    case "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT":
      .waits
    case "RUNNING", "COMPLETING", "CONFIGURING", "STAGE_OUT", "SUSPENDED", "RESIZING", "SIGNALING",
      "STOPPED":
      .runs
    case "COMPLETED": .completed
    case "FAILED" where [RunExit.stopped, RunExit.unavailable].contains(exitStatus): .lost
    case "FAILED", "OUT_OF_MEMORY", "TIMEOUT", "DEADLINE": .failed
    default: .lost
    }
  }

  /// The status with which the task ended; nil if it is not known.
  private var exitStatus: Int32? { exit.split(separator: ":").first.flatMap { Int32($0) } }

  /// The state in words, for a run that has no record.
  public var explanation: String {
    let place = nodes.isEmpty ? "" : " on \(nodes)"
    switch name {
    case "NODE_FAIL": return "its node failed\(nodes.isEmpty ? "" : " (\(nodes))")"
    case "BOOT_FAIL": return "its node did not start\(nodes.isEmpty ? "" : " (\(nodes))")"
    case "PREEMPTED": return "preempted\(place)"
    case "CANCELLED": return "cancelled"
    case "REVOKED": return "revoked by another cluster"
    case "TIMEOUT": return "the time limit was reached\(place)"
    case "DEADLINE": return "its deadline passed"
    case "OUT_OF_MEMORY": return "out of memory\(place)"
    case "COMPLETED": return "its task ended without a record\(place)"
    case "FAILED" where exitStatus == RunExit.stopped:
      return "stopped as requested\(place); it resumes"
    case "FAILED" where exitStatus == RunExit.unavailable:
      return "its dense network or its data were not there\(place)"
    case "FAILED":
      return "its task ended with status \(exit.isEmpty ? "unknown" : exit)\(place)"
    case "PENDING": return reason.isEmpty ? "waits" : "waits: \(reason)"
    default: return reason.isEmpty ? name.lowercased() : "\(name.lowercased()): \(reason)"
    }
  }
}
