// parsimony list: papers, experiments and what is stored of them.

import ArgumentParser
import Experiments
import Foundation

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Papers and experiments: what is stored, stale, or needs data.")

  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results"

  func run() throws {
    let store = RecordStore(root: URL(fileURLWithPath: results))
    var rows = [
      ["paper", "experiment", "profile", "runs", "stored", "stale or missing", "remarks"]
    ]
    for paper in try workplace.library.requirePapers() {
      if paper.experiments.isEmpty {
        rows.append([paper.name, "–", "", "", "", "", "no experiments yet"])
      }
      for file in paper.experiments {
        for profile in Experiment.profileNames where profile != "smoke" {
          let experiment: Experiment
          do {
            experiment = try Library.experiment(at: file, profile: profile)
          } catch {
            rows.append([
              paper.name, file.lastPathComponent, "", "", "", "", "mistakes; see ‘parsimony check’",
            ])
            break
          }
          guard experiment.profiles.contains(profile) else { continue }
          let plan = try Plan(
            [experiment], store: store, cache: workplace.networks, catalog: workplace.catalog,
            explainsMissing: false)
          let stored = plan.runs.filter { $0.state == .stored || $0.state == .retraining }.count
          let missing = plan.runs.filter { $0.isDue && $0.state != .retraining }
            .count
          var remarks: Set<String> = experiment.waits.isEmpty ? [] : ["waits: \(experiment.waits)"]
          for run in plan.runs {
            switch run.state {
            case .needsData: remarks.insert("needs data (\(run.identity.run.datasetName))")
            default: break
            }
          }
          rows.append([
            paper.name, experiment.name, profile, "\(plan.runs.count)", "\(stored)", "\(missing)",
            remarks.sorted().joined(separator: "; "),
          ])
        }
      }
    }
    print(TextTable.render(rows))
  }
}
