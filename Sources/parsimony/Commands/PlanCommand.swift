// parsimony plan: what would be computed, and why.

import ArgumentParser
import Experiments
import Foundation

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Lists the runs of specs: which are stored, why the others are not, and an estimate.")

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results/local"

  func run() throws {
    let experiments = try selection.experiments(in: workplace.library)
    let store = RecordStore(root: URL(fileURLWithPath: results))
    let plan = try Plan(
      experiments, store: store, cache: workplace.networks, catalog: workplace.catalog)
    var rows = [["run", "experiment", "what", "state"]]
    var hints: [String] = []
    for run in plan.runs {
      let state: String
      switch run.state {
      case .stored: state = "stored"
      case .missing(let reason): state = reason
      case .elsewhere(let other):
        state = "stored in \(other.paper)/\(other.experiment)/\(other.profile): copied"
      case .retraining: state = "stored, but its network is not in the cache: trained again"
      case .needsData(let how):
        state = "needs data"
        if !hints.contains(how) { hints.append(how) }
      case .waits(let reason): state = "waits: \(reason)"
      }
      rows.append([run.name, run.folder.experiment, run.label, state])
    }
    if plan.runs.isEmpty {
      print("nothing to run under profile ‘\(selection.profile)’")
    } else {
      print(TextTable.render(rows))
    }
    for hint in hints { print("needs data: \(hint)") }
    let estimate = CostEstimate(
      plan, roots: [store, RecordStore(root: URL(fileURLWithPath: "results"))])
    print("\(plan.due.count) of \(plan.runs.count) runs to compute; \(estimate.summary)")
  }
}
