// Readers of what Slurm's commands print. A line that is not understood is left out: the record decides, Slurm only explains.

/// A line of the queue.
public struct QueueEntry: Hashable, Sendable {
  /// The task.
  public var task: TaskID
  /// Where it stands.
  public var state: TaskState
  /// The name of its job.
  public var job: String
}

/// The forms in which output is asked for, and their readers.
public enum SlurmOutput {
  /// The format of `squeue --format`; the name of the job comes last, because it may contain anything.
  static let queueFormat = "%F|%K|%T|%r|%N|%j"

  /// The tasks in what `squeue --array --format` prints.
  public static func queue(_ text: String) -> [QueueEntry] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false)
      guard fields.count == 6, let array = Int(fields[0]), let index = Int(fields[1]) else {
        return nil
      }
      return QueueEntry(
        task: TaskID(array: array, index: index),
        state: TaskState(fields[2], reason: String(fields[3]), nodes: String(fields[4])),
        job: String(fields[5]))
    }
  }

  /// The tasks in what `sacct --parsable2 --format JobID,State,ExitCode,NodeList` prints; of a task that was requeued the last
  /// line counts, and steps of a task do not (their names end in `.batch`).
  public static func accounting(_ text: String) -> [TaskID: TaskState] {
    var result: [TaskID: TaskState] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
      // `4711_3`, or `4711_[0-8]` for tasks that never began.
      let parts = (fields.first ?? "").split(separator: "_", omittingEmptySubsequences: false)
      guard fields.count == 4, parts.count == 2, let array = Int(parts[0]) else { continue }
      let state = TaskState(fields[1], nodes: String(fields[3]), exit: String(fields[2]))
      let indices = parts[1].drop { $0 == "[" }.prefix { $0 != "]" }
      for task in TaskID.list(array: array, indices: indices) { result[task] = state }
    }
    return result
  }

  /// The tasks in what `scontrol --oneliner show job` prints.
  public static func jobs(_ text: String) -> [TaskID: TaskState] {
    var result: [TaskID: TaskState] = [:]
    for line in text.split(separator: "\n") {
      var fields: [Substring: Substring] = [:]
      for word in line.split(separator: " ") {
        guard let sign = word.firstIndex(of: "=") else { continue }
        let key = word[..<sign]
        if fields[key] == nil { fields[key] = word[word.index(after: sign)...] }
      }
      guard let array = fields["ArrayJobId"].flatMap({ Int($0) }),
        let indices = fields["ArrayTaskId"], let word = fields["JobState"]
      else { continue }
      let state = TaskState(
        word, reason: String(fields["Reason"] ?? ""), nodes: String(fields["NodeList"] ?? ""),
        exit: String(fields["ExitCode"] ?? ""))
      for task in TaskID.list(array: array, indices: indices) { result[task] = state }
    }
    return result
  }

  /// A number in what `scontrol show config` prints; nil if it is not there.
  public static func configuration(_ text: String, _ key: String) -> Int? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].split(separator: " ").first == key[...] else { continue }
      return parts[1].split(separator: " ").first.flatMap { Int($0) }
    }
    return nil
  }

  /// The number of the job in what `sbatch --parsable` prints: `4711`, or `4711;cluster`.
  public static func submitted(_ text: String) -> Int? {
    text.split(separator: "\n").last.flatMap { $0.split(separator: ";").first }.flatMap { Int($0) }
  }
}
