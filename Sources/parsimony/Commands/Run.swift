// parsimony run: computes what a plan lacks.

import ArgumentParser
import Datasets
import Experiments
import Foundation
import Reproducibility

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the runs of specs that are not stored yet; resumes what was interrupted.")

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results/local"

  @Option(help: "Runs computed at the same time, each in a process of its own.")
  var jobs = 1

  @Option(help: "Threads inside each run; results do not depend on it.")
  var threads = 1

  func validate() throws {
    guard jobs >= 1 else { throw ValidationError("--jobs must be at least 1") }
    guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
  }

  func run() throws {
    let experiments = try selection.experiments(in: workplace.library)
    let store = RecordStore(root: URL(fileURLWithPath: results))
    let plan = try Plan(
      experiments, store: store, cache: workplace.networks, catalog: workplace.catalog)
    for experiment in experiments where !experiment.profiles.contains(selection.profile) {
      print(
        "\(experiment.paper)/\(experiment.name): no profile ‘\(selection.profile)’, nothing to run")
    }
    if experiments.isEmpty { print("no experiments yet") }
    var told: Set<String> = []
    for run in plan.runs {
      switch run.state {
      case .needsData(let how) where told.insert(how).inserted: print("needs data: \(how)")
      case .waits(let reason) where told.insert(run.folder.experiment).inserted:
        print("\(run.folder.experiment) waits: \(reason)")
      default: break
      }
    }
    let stored = plan.runs.filter { $0.state == .stored }.count
    print(
      "\(plan.runs.count) runs, \(stored) stored, \(plan.due.count) to compute (profile \(selection.profile))"
    )
    // Data that is not there is left out; data that is there and wrong is a mistake.
    let lacking = Set(
      plan.runs.compactMap { run -> String? in
        if case .needsData = run.state { run.identity.run.datasetName } else { nil }
      })
    let damaged = try lacking.sorted().filter { try workplace.catalog.status(of: $0).isDamaged }
    defer {
      if !damaged.isEmpty {
        let names = damaged.joined(separator: ", ")
        complain("not run, because files are damaged: \(names); see ‘parsimony data’")
      }
    }
    guard !plan.due.isEmpty else {
      if !damaged.isEmpty { throw ExitCode(1) }
      return
    }
    let scheduler = Scheduler(
      executable: ProcessStart.executable, store: store, cache: workplace.networks, jobs: jobs,
      threads: threads)
    let view = ProgressView(total: plan.due.count)
    let failures = try scheduler.run(plan) { view.show($0) }
    view.clear()
    if failures > 0 {
      complain("\(failures) of \(plan.due.count) runs failed; their attempt.json says why")
      throw ExitCode(1)
    }
    if !damaged.isEmpty { throw ExitCode(1) }
  }
}
