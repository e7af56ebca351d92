// Runs without training, and a scheduler that answers what a test tells it to and remembers what it was asked.

import Cluster
import Compression
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import Reproducibility
import Synchronization
import Testing
import Training

/// Runs that are planned and never computed.
enum SmallPlan {
  /// Dense networks and pruned ones of some densities, for every seed.
  static func runs(
    seeds: ClosedRange<Int>, densities: [Double], epochs: Int = 1,
    network: NetworkChoice = NetworkChoice(LeNet300()), experiment: String = "small"
  ) throws -> [PlannedRun] {
    var recipe = TrainingRecipe()
    recipe.epochs = epochs
    let dense = RunDescription(
      network: network, dataset: DatasetSpec(), dense: recipe, method: nil)
    var descriptions = [dense]
    for density in densities {
      var method = OneShot()
      method.scheme = Scheme(Prune(density: density))
      var description = dense
      description.method = MethodChoice(method)
      descriptions.append(description)
    }
    return try descriptions.flatMap { description -> [PlannedRun] in
      let identity = try RunIdentity(description, datasetChecksums: [:])
      let digest = try identity.digest()
      return seeds.map { seed in
        PlannedRun(
          folder: RecordFolder(
            of: description, paper: "own", experiment: experiment, profile: "quick"),
          identity: identity, digest: digest, seed: seed, state: .missing(reason: "not run"),
          coordinates: [:])
      }
    }
  }
}

/// Slurm's commands with prepared answers.
final class ScriptedCommands: CommandRunner {
  /// One call.
  struct Call: Hashable {
    var command: String
    var arguments: [String]
    var input: String
  }

  private struct State {
    var calls: [Call] = []
    var answers: [String: CommandResult] = [:]
    var jobs = 0
  }

  private let state = Mutex(State())

  init(config: String = "MaxArraySize            = 1001\n") {
    answer("scontrol show", CommandResult(status: 0, output: config))
    answer("squeue", CommandResult(status: 0, output: ""))
    answer("sacct", CommandResult(status: 1, output: "", standardError: "disabled"))
    answer("scontrol --oneliner", CommandResult(status: 1, output: ""))
    answer("scancel", CommandResult(status: 0, output: ""))
  }

  /// Sets the answer to a command, or to a command with its first argument.
  func answer(_ command: String, _ result: CommandResult?) {
    state.withLock { $0.answers[command] = result }
  }

  func run(
    _ command: String, _ arguments: [String], input: String
  ) throws(ClusterError) -> CommandResult {
    let result: CommandResult? = state.withLock { state in
      state.calls.append(Call(command: command, arguments: arguments, input: input))
      let known =
        state.answers["\(command) \(arguments.first ?? "")"] ?? state.answers[command]
      guard command == "sbatch", known == nil else { return known }
      state.jobs += 1
      return CommandResult(status: 0, output: "\(state.jobs)\n")
    }
    guard let result else { throw .noSlurm(command: command) }
    return result
  }

  /// The calls of a command so far.
  func calls(of command: String) -> [Call] {
    state.withLock { $0.calls.filter { $0.command == command } }
  }

  /// Queue lines for every task of the scripts handed over so far.
  func queued(state name: String = "PENDING") -> String {
    var lines: [String] = []
    for (number, call) in calls(of: "sbatch").enumerated() {
      func value(_ option: String) -> String {
        let line = call.input.split(separator: "\n").first { $0.hasPrefix("#SBATCH --\(option)=") }
        return line.map { String($0.drop { $0 != "=" }.dropFirst()) } ?? ""
      }
      let last = value("array").split(separator: "%")[0].split(separator: "-")[1]
      for index in 0...(Int(last) ?? 0) {
        lines.append("\(number + 1)|\(index)|\(name)|None||\(value("job-name"))")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// A folder with results, a cache and a submitter for them.
struct Site {
  let store: RecordStore
  let cache: NetworkCache
  let commands: ScriptedCommands

  init(_ folder: URL, commands: ScriptedCommands = ScriptedCommands()) {
    store = RecordStore(root: folder.appending(path: "results"))
    cache = NetworkCache(root: folder.appending(path: "cache"))
    self.commands = commands
  }

  func submitter(_ change: (inout SubmissionOptions) -> Void = { _ in }) -> Submitter {
    var options = SubmissionOptions()
    change(&options)
    return Submitter(
      store: store, cache: cache, executable: URL(fileURLWithPath: "/opt/par si/parsimony"),
      workingDirectory: URL(fileURLWithPath: "/home/o'neil"),
      environment: ["PARSIMONY_DATA": "/data of 'all'"], options: options,
      slurm: Slurm(commands))
  }

  /// Prepares and hands over what is missing of some runs; the states of stored runs are those of the store.
  @discardableResult
  func submit(
    _ runs: [PlannedRun], _ change: (inout SubmissionOptions) -> Void = { _ in }
  ) throws -> PreparedSubmission {
    let plan = Plan(
      runs: runs.map { run in
        var run = run
        let record = recordFile(run)
        if FileManager.default.fileExists(atPath: record.path) { run.state = .stored }
        return run
      })
    let submitter = submitter(change)
    let prepared = try submitter.prepare(
      plan, estimate: CostEstimate(plan, roots: []), copies: true)
    try submitter.submit(prepared) { _, _ in }
    return prepared
  }

  func recordFile(_ run: PlannedRun) -> URL {
    store.url(of: run.folder, digest: run.digest, seed: run.seed).appending(path: "record.json")
  }

  /// Stores something that stands for a record.
  func store(_ run: PlannedRun) throws {
    let file = recordFile(run)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: file)
  }

  func status(_ filter: ClusterStatus.Filter = ClusterStatus.Filter()) throws -> ClusterStatus {
    try ClusterStatus(of: store, cache: cache, filter: filter, slurm: Slurm(commands))
  }
}
