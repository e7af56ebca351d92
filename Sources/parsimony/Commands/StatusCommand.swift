// parsimony status: where every submitted run stands.

import ArgumentParser
import Cluster
import Experiments
import Foundation

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Where the runs that ‘submit’ handed to Slurm stand, and why those that failed did.",
    discussion: """
      The record decides: a run is stored, whatever the scheduler says of its task. Of the others squeue is asked once, then \
      sacct if accounting is switched on, then scontrol. ‘lost’ runs ended through no fault of theirs: submit again.
      """)

  @Argument(help: "Names of papers or experiments; all that was submitted if none is given.")
  var names: [String] = []

  @Option(help: "Only runs of this profile.") var profile: String?

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results/local"

  @Option(help: ArgumentHelp("Folder for dense networks and checkpoints.", valueName: "folder"))
  var cache = ProcessInfo.processInfo.environment["PARSIMONY_CACHE"] ?? ".cache/parsimony"

  @Flag(help: "Lists stored runs too, one line for every run.") var all = false

  @Flag(help: "Looks again until nothing waits or runs any more, with the time that is left.")
  var watch = false

  @Option(help: "Seconds between two looks, 30 or more.") var interval = 30

  func validate() throws {
    guard interval >= 30 else { throw ValidationError("--interval must be at least 30") }
  }

  func run() throws {
    do {
      var status = try look()
      guard !status.runs.isEmpty else {
        print("nothing was submitted for \(results)" + (names.isEmpty ? "" : " of that name"))
        return
      }
      var rate = StoringRate(status)
      while watch, status.isUnderWay {
        print(rate.line(status))
        fflush(nil)
        Thread.sleep(forTimeInterval: Double(interval))
        status = try look()
      }
      show(status)
    } catch let error as ClusterError {
      complain("\(error)")
      throw ExitCode(1)
    }
  }

  private func look() throws -> ClusterStatus {
    try ClusterStatus(
      of: RecordStore(root: URL(fileURLWithPath: results)),
      cache: NetworkCache(root: URL(fileURLWithPath: cache)),
      filter: ClusterStatus.Filter(names: names, profile: profile), slurm: Slurm())
  }

  private func show(_ status: ClusterStatus) {
    var rows: [[String]] = []
    for run in status.runs where all || run.standing != .stored {
      rows.append([
        run.standing.word, run.task.map { "\($0)" } ?? "–",
        "\(run.run.experiment): \(run.run.label)",
        run.standing.detail.split(separator: "\n").last.map(String.init) ?? "",
      ])
    }
    if !rows.isEmpty { print(TextTable.render([["state", "task", "run", "why"]] + rows)) }
    print(status.summary)
    if status.runs.contains(where: { ["lost", "unknown"].contains($0.standing.word) }) {
      print("‘parsimony submit’ with the same arguments computes what was lost")
    }
  }
}

/// How fast records come in while somebody watches.
private struct StoringRate {
  private let began = Date()
  private let storedAtFirst: Int

  init(_ status: ClusterStatus) { storedAtFirst = Self.stored(status) }

  private static func stored(_ status: ClusterStatus) -> Int {
    status.runs.count { $0.standing == .stored }
  }

  /// The progress, and the time that is left if runs keep finishing as they did.
  mutating func line(_ status: ClusterStatus) -> String {
    let stored = Self.stored(status)
    let seconds = Date().timeIntervalSince(began)
    let open = status.runs.count { run in
      ["running", "pending"].contains(run.standing.word)
    }
    let share = stored * 100 / max(1, status.runs.count)
    var text = "\(share) %  \(status.summary)"
    if stored > storedAtFirst, seconds > 0 {
      let left = seconds * Double(open) / Double(stored - storedAtFirst)
      text += "; about \(ProgressView.time(left)) left"
    }
    return text
  }
}
