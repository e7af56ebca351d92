// parsimony audit: the checklist that reviewers use, per experiment, from stored records.

import ArgumentParser
import Experiments
import Foundation
import Reporting

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "The checklist that reviewers use: sizes, controls, seeds, test images; pass or fail."
  )

  @Argument(help: "Papers; all if none is given.") var papers: [String] = []
  @OptionGroup var workplace: Workplace
  @Option(help: ArgumentHelp("Folder with the records.", valueName: "folder"))
  var results = "results"
  @Flag(help: "Ends with status 1 if anything fails.") var strict = false

  func run() throws {
    let report = Report(store: RecordStore(root: URL(fileURLWithPath: results)))
    var failures = 0
    for paper in try workplace.papers(named: papers) where !paper.experiments.isEmpty {
      let findings = try report.audit(paper)
      print("\(paper.name)")
      let rows = findings.map {
        [$0.place.isEmpty ? "all experiments" : $0.place, $0.item, $0.outcome.rawValue, $0.detail]
      }
      print(TextTable.render([["experiment", "item", "answer", "rests on"]] + rows) + "\n")
      failures += findings.filter { $0.outcome == .fail }.count
    }
    if strict && failures > 0 { throw ExitCode(1) }
  }
}
