// parsimony submit: hands what a plan lacks to Slurm.

import ArgumentParser
import Cluster
import Experiments
import Foundation
import Reproducibility

struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Hands the runs that are not stored yet to Slurm, as job arrays; no process stays.",
    discussion: """
      Results, cache, specs and this program must lie on a disk that all nodes see. Dense networks are trained first; what \
      starts from them waits in the queue. Submitting again submits what is neither stored nor in the queue: after a node \
      died, a time limit or ‘cancel’, that is the way to go on.
      """)

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results/local"

  @Option(help: "Partition of the cluster; its default if none is given.")
  var partition: String?

  @Option(
    help: ArgumentHelp(
      "Time limit of a task, as sbatch takes it: 30, 2:00:00 or 1-0. A run that reaches it keeps its state and is resumed.",
      valueName: "time"))
  var time: String?

  @Option(help: ArgumentHelp("Tasks of an array that run at a time.", valueName: "count"))
  var arrayLimit: Int?

  @Option(
    help: ArgumentHelp(
      "Runs in a task; without it short runs share a task of about a minute, by their estimated time.",
      valueName: "count"))
  var runsPerTask: Int?

  @Option(
    help: ArgumentHelp(
      "An option for sbatch, as it is: --sbatch-option=--mem=4G; may be given several times.",
      valueName: "option"))
  var sbatchOption: [String] = []

  @Option(help: "Threads inside each run; results do not depend on it.")
  var threads = 1

  @Flag(help: "Prints the scripts that would be submitted, and changes nothing.")
  var dryRun = false

  func validate() throws {
    guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
    for (name, value) in [("--array-limit", arrayLimit), ("--runs-per-task", runsPerTask)] {
      guard let value, value < 1 else { continue }
      throw ValidationError("\(name) must be at least 1")
    }
  }

  func run() throws {
    let experiments = try selection.experiments(in: workplace.library)
    let store = RecordStore(root: URL(fileURLWithPath: results))
    let plan = try Plan(
      experiments, store: store, cache: workplace.networks, catalog: workplace.catalog,
      explainsMissing: false)
    var options = SubmissionOptions()
    options.partition = partition
    options.time = time
    options.arrayLimit = arrayLimit
    options.runsPerTask = runsPerTask
    options.sbatchOptions = sbatchOption
    options.threads = threads
    let variables = ["PARSIMONY_DATA", "PARSIMONY_CACHE"].compactMap { name in
      ProcessInfo.processInfo.environment[name].map { (name, Self.absolute($0)) }
    }
    let submitter = Submitter(
      store: store, cache: workplace.networks, executable: ProcessStart.executable,
      workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
      environment: Dictionary(uniqueKeysWithValues: variables), options: options, slurm: Slurm())
    do {
      if dryRun {
        try printScripts(of: plan, by: submitter, store: store)
      } else {
        try submitter.exclusively { try submit(plan, by: submitter, store: store) }
      }
    } catch let error as ClusterError {
      complain("\(error)")
      throw ExitCode(1)
    }
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  private func estimate(_ plan: Plan, store: RecordStore) -> CostEstimate {
    CostEstimate(plan, roots: [store, RecordStore(root: URL(fileURLWithPath: "results"))])
  }

  private func printScripts(of plan: Plan, by submitter: Submitter, store: RecordStore) throws {
    let prepared = try submitter.prepare(
      plan, estimate: estimate(plan, store: store), copies: false)
    for script in submitter.scripts(of: prepared) { print(script) }
    printSummary(of: plan, prepared, verb: "would be submitted")
  }

  private func submit(_ plan: Plan, by submitter: Submitter, store: RecordStore) throws {
    let prepared = try submitter.prepare(
      plan, estimate: estimate(plan, store: store), copies: true)
    var handedOver = 0
    do {
      try submitter.submit(prepared) { array, job in
        handedOver += 1
        print(
          "job \(job): \(array.runCount) runs in \(array.manifest.header.taskCount) tasks (manifest \(array.manifest.name))"
        )
      }
    } catch {
      if handedOver > 0 {
        complain("\(handedOver) of \(prepared.arrays.count) arrays were submitted before")
      }
      throw error
    }
    printSummary(of: plan, prepared, verb: "submitted")
  }

  private func printSummary(of plan: Plan, _ prepared: PreparedSubmission, verb: String) {
    let stored = plan.runs.count { $0.state == .stored }
    var parts = ["\(plan.runs.count) runs, \(stored) stored"]
    if prepared.copiedCount > 0 { parts.append("\(prepared.copiedCount) copied") }
    if prepared.underWayCount > 0 { parts.append("\(prepared.underWayCount) under way") }
    let left = plan.runs.count - stored - plan.due.count
    if left > 0 { parts.append("\(left) without data, or waiting for something") }
    parts.append(
      "\(prepared.runCount) \(verb) in \(prepared.taskCount) tasks of \(prepared.arrays.count) arrays"
    )
    print("\(parts.joined(separator: ", ")) (profile \(selection.profile))")
  }
}
