// parsimony report: tables, figures and reports of papers, and the page over all of them, from stored records; computes nothing.

import ArgumentParser
import Datasets
import Experiments
import Foundation
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract:
      "Renders tables, figures, reports and the page over all papers from stored records only.")

  @Argument(help: "Papers; all if none is given. The page is always over all of them.") var papers:
    [String] = []
  @OptionGroup var workplace: Workplace

  @Option(
    help: ArgumentHelp("Folder with the records; pages are written into it.", valueName: "folder"))
  var results = "results"

  @Option(
    help: ArgumentHelp(
      "The committed results, which others are compared with.", valueName: "folder"))
  var committed = "results"

  func run() throws {
    let named = try workplace.papers(named: papers).map { $0.name }
    let store = RecordStore(root: URL(fileURLWithPath: results))
    let isCommitted =
      store.root.standardizedFileURL == URL(fileURLWithPath: committed).standardizedFileURL
    let report = Report(store: store, missingData: isCommitted ? [:] : missingData())
    var contents: [PaperContents] = []
    for paper in workplace.library.papers {
      let isNamed = named.contains(paper.name)
      guard !paper.experiments.isEmpty else {
        if isNamed { print("\(paper.name): no experiments yet") }
        continue
      }
      if isNamed { try report.keepExcerpts(for: paper, from: workplace.networks) }
      let found = try report.contents(of: paper)
      contents.append(found)
      // What the page leads to is there for every paper.
      let url = try report.write(found, redrawing: isNamed)
      guard isNamed else { continue }
      print(Library.shortPath(url))
      if !isCommitted { try compare(paper, store) }
    }
    print(Library.shortPath(try report.writePage(over: contents)))
    let readme = URL(fileURLWithPath: "README.md")
    if isCommitted, try report.writeHeadline(of: contents, into: readme) {
      print(Library.shortPath(readme))
    }
    if isCommitted, let bench = try BenchReport.load(from: store.root) {
      _ = try report.writePerformance(of: bench, into: readme)
    }
    if isCommitted, let files = try FileBenchReport.load(from: store.root) {
      let published = workplace.library.root.appending(path: "published-files.csv")
      let url = try report.writeFileSizes(
        of: files,
        published: FileManager.default.fileExists(atPath: published.path) ? published : nil)
      print(Library.shortPath(url))
    }
  }

  /// Prints how each row stands to the committed one, where there is one.
  private func compare(_ paper: PaperFolder, _ store: RecordStore) throws {
    for profile in Experiment.profileNames where profile != "smoke" {
      let experiments = try paper.experiments.map {
        try Library.experiment(at: $0, profile: profile)
      }
      let plan = try Plan(
        experiments, store: store, cache: workplace.networks, catalog: workplace.catalog)
      let rows = try Reproduction.compare(
        plan, own: store, committed: RecordStore(root: URL(fileURLWithPath: committed)))
      for row in rows {
        let outcome: String
        switch row.outcome {
        case .sameBits: outcome = "the same bits as committed"
        case .withinInterval(let difference):
          outcome = String(
            format: "within the interval of the committed row (%+.2f points)", difference)
        case .different(let difference):
          outcome = String(format: "different from the committed row (%+.2f points)", difference)
        }
        print("  \(profile): \(row.label), \(row.seedCount) seeds: \(outcome)")
      }
    }
  }

  private func missingData() -> [String: String] {
    var result: [String: String] = [:]
    let catalog = workplace.catalog
    for name in catalog.names {
      if let status = try? catalog.status(of: name), !status.isUsable {
        result[name] = "\(status.verdict); get it with: \(status.command)"
      }
    }
    return result
  }
}
