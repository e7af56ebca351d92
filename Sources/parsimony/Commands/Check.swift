// parsimony check: reads specs and says what it understood.

import ArgumentParser
import Experiments
import Foundation
import Reporting

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads specs and prints what it understood; file, line and key for every mistake.")

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  func run() throws {
    var failed = false
    for file in try selection.files(in: workplace.library) {
      for profile in Experiment.profileNames {
        var one = selection
        one.profile = profile
        one.specs = [file.path]
        do {
          let experiments = try one.experiments(in: workplace.library)
          for experiment in experiments where experiment.profiles.contains(profile) {
            let runs = experiment.cells.reduce(0) { $0 + $1.seeds.count }
            let seeds = experiment.seeds.map { "\($0)" }.joined(separator: ", ")
            print(
              "\(Library.shortPath(file)) [\(profile)]: \(experiment.cells.count) cells, \(runs) runs, seeds \(seeds)"
            )
            let waits = experiment.waits.isEmpty ? "" : "  waits: \(experiment.waits)"
            if !waits.isEmpty { print(waits) }
          }
        } catch is ExitCode {
          failed = true
          break  // the other profiles would repeat the mistakes
        }
      }
    }
    for problem in PaperCheck.problems(in: workplace.library) {
      complain(problem)
      failed = true
    }
    if failed { throw ExitCode(2) }
  }
}
