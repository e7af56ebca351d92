// Where every submitted run stands. The record decides; only for a run without one is the scheduler asked, first the queue, then
// the accounting, then the controller's memory, each in as few calls as there are arrays to explain.

public import Experiments
import Foundation
import Reproducibility

/// Where a run stands.
public enum RunStanding: Hashable, Sendable {
  /// Its record is stored.
  case stored
  /// It is computed, by whom.
  case running(String)
  /// It waits, for what.
  case pending(String)
  /// It ended without a record for a reason that may hold the next time too.
  case failed(String)
  /// It ended without a record because its node, the scheduler or somebody ended it; the next submission computes it.
  case lost(String)
  /// Neither the scheduler nor a file says anything.
  case unknown(String)

  /// The word for it.
  public var word: String {
    switch self {
    case .stored: "stored"
    case .running: "running"
    case .pending: "pending"
    case .failed: "failed"
    case .lost: "lost"
    case .unknown: "unknown"
    }
  }

  /// What there is to say about it.
  public var detail: String {
    switch self {
    case .stored: ""
    case .running(let text), .pending(let text), .failed(let text), .lost(let text),
      .unknown(let text):
      text
    }
  }

  /// The words in the order in which they are counted.
  public static let words = ["stored", "running", "pending", "failed", "lost", "unknown"]
}

/// One run and where it stands.
public struct RunStatus: Hashable, Sendable {
  /// The run.
  public var run: ManifestEntry
  /// Where it stands.
  public var standing: RunStanding
  /// The newest task it belonged to; nil if none was noted.
  public var task: TaskID?
}

/// All submitted runs of one folder of results.
public struct ClusterStatus: Sendable {
  /// Arrays whose ends the controller is asked for one by one, at most.
  private static let explainedArrays = 24

  /// The runs, in the order of their first submission.
  public var runs: [RunStatus]

  /// Which of the submitted runs are wanted.
  public struct Filter: Hashable, Sendable {
    /// Names of papers or experiments; empty for all.
    public var names: [String]
    /// The profile; nil for all.
    public var profile: String?

    public init(names: [String] = [], profile: String? = nil) {
      self.names = names
      self.profile = profile
    }

    func contains(_ run: ManifestEntry) -> Bool {
      (names.isEmpty || names.contains(run.paper) || names.contains(run.experiment))
        && (profile == nil || profile == run.profile)
    }
  }

  /// A run and the tasks it belonged to, oldest first.
  private struct History {
    let run: ManifestEntry
    var tasks: [(task: TaskID, submittedAt: Double)] = []
  }

  /// Asks the files, and the scheduler about what the files leave open.
  ///
  /// - Parameters:
  ///   - store: where records go.
  ///   - cache: where dense networks are.
  /// - Throws: `ClusterError` if a manifest cannot be read, or if Slurm is needed and does not answer.
  public init(
    of store: RecordStore, cache: NetworkCache, filter: Filter = Filter(), slurm: Slurm
  ) throws(ClusterError) {
    let folder = ClusterFolder(of: store)
    var histories: [History] = []
    var places: [String: Int] = [:]
    for (manifest, submissions) in try Self.submissions(in: folder) {
      let url = folder.url(ofManifest: manifest)
      for (index, task) in try Manifest(contentsOf: url).entries(path: url.path).enumerated() {
        for run in task where filter.contains(run) {
          let key = "\(run.paper)/\(run.experiment)/\(run.profile)/\(run.name)"
          let place = places[key] ?? histories.count
          if place == histories.count { histories.append(History(run: run)) }
          places[key] = place
          histories[place].tasks += submissions.map {
            (TaskID(array: $0.job, index: index), $0.submittedAt)
          }
        }
      }
    }
    let isStored = histories.map { history in
      let record = store.url(of: history.run.folder)
        .appending(path: history.run.name).appending(path: "record.json")
      return FileManager.default.fileExists(atPath: record.path)
        && (!history.run.isRetraining || cache.contains(history.run.name))
    }
    let open = histories.indices.filter { !isStored[$0] }
    let tasks = try Self.explanations(
      of: open.flatMap { histories[$0].tasks.map { $0.task } }, slurm: slurm)
    let locks = open.isEmpty ? [:] : RunLocks(of: store).holders()
    runs = zip(histories, isStored).map { history, isStored in
      let newest = history.tasks.max { ($0.submittedAt, $0.task) < ($1.submittedAt, $1.task) }
      let standing =
        isStored
        ? .stored
        : Self.standing(
          of: history, tasks: tasks, holder: locks[history.run.name], store: store)
      return RunStatus(run: history.run, standing: standing, task: newest?.task)
    }
  }

  /// All submissions by manifest, in the order of the first of each.
  private static func submissions(
    in folder: ClusterFolder
  ) throws(ClusterError) -> [(manifest: String, submissions: [Submission])] {
    var result: [(manifest: String, submissions: [Submission])] = []
    var places: [String: Int] = [:]
    for submission in try folder.submissions() {
      if let place = places[submission.manifest] {
        result[place].submissions.append(submission)
      } else {
        places[submission.manifest] = result.count
        result.append((submission.manifest, [submission]))
      }
    }
    return result
  }

  /// What the scheduler says of tasks.
  private static func explanations(
    of tasks: [TaskID], slurm: Slurm
  ) throws(ClusterError) -> [TaskID: TaskState] {
    guard !tasks.isEmpty else { return [:] }
    let wanted = Set(tasks)
    var result: [TaskID: TaskState] = [:]
    for entry in try slurm.queue() where wanted.contains(entry.task) {
      result[entry.task] = entry.state
    }
    func unexplained() -> [Int] {
      Set(wanted.filter { result[$0] == nil }.map { $0.array }).sorted()
    }
    var arrays = unexplained()
    guard !arrays.isEmpty else { return result }
    if let ended = try slurm.accounting(of: arrays) {
      result.merge(ended.filter { wanted.contains($0.key) }) { queued, _ in queued }
      arrays = unexplained()
    }
    // The newest first: the controller forgets.
    for array in arrays.reversed().prefix(explainedArrays) {
      let ended = try slurm.tasks(of: array) ?? [:]
      result.merge(ended.filter { wanted.contains($0.key) }) { known, _ in known }
    }
    return result
  }

  /// Where a run without a record stands.
  private static func standing(
    of history: History, tasks: [TaskID: TaskState], holder: RunClaim?, store: RecordStore
  ) -> RunStanding {
    let known = history.tasks.compactMap { task in tasks[task.task].map { (task, $0) } }
    let active = known.last { [.runs, .waits].contains($0.1.meaning) }
    if let holder { return .running(holder.summary) }
    if let (task, state) = active {
      return state.meaning == .runs
        ? .pending("its task \(task.task) runs on \(state.nodes)") : .pending(state.explanation)
    }
    guard let newest = history.tasks.max(by: { $0.submittedAt < $1.submittedAt }) else {
      return .unknown("no task of it is noted")
    }
    // What the run itself said is better than what its task ended with; an attempt before the submission says nothing about it.
    let own = store.url(of: history.run.folder).appending(path: history.run.name)
    if let attempt = RecordStore.attempt(in: own), attempt.endedAt >= newest.submittedAt {
      let problem = attempt.problem ?? ""
      switch attempt.status {
      case .failed: return .failed(problem)
      case .stopped: return .lost(problem)
      case .finished, .diverged: break
      }
    }
    guard let state = tasks[newest.task] else {
      return .unknown("the scheduler no longer knows its task \(newest.task)")
    }
    let explanation =
      state.name == "FAILED"
      ? "\(state.explanation); see .cluster/logs/\(newest.task).log" : state.explanation
    return state.meaning == .failed ? .failed(explanation) : .lost(explanation)
  }

  /// How many runs there are of each word.
  public var counts: [(word: String, count: Int)] {
    RunStanding.words.compactMap { word in
      let count = runs.count { $0.standing.word == word }
      return count > 0 ? (word, count) : nil
    }
  }

  /// The counts in one line.
  public var summary: String {
    "\(runs.count) runs: " + counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
  }

  /// Whether anything is still to come without another submission.
  public var isUnderWay: Bool {
    runs.contains { status in
      switch status.standing {
      case .running, .pending: true
      default: false
      }
    }
  }
}
