// The page over all papers: claims with verdicts, then every experiment with its tables, figures, runs, spec, machines and cost.
// One file without anything from elsewhere; the same records give the same bytes. Read page.mustache beside this file.

import Experiments
import Foundation
import Statistics

/// The page over all papers of a store.
struct Page {
  private let papers: [PaperContents]
  /// The folder of the page, below which records, tables and figures lie.
  private let root: URL
  /// Why data sets are not on this machine, by name.
  private let missingData: [String: String]

  init(_ papers: [PaperContents], root: URL, missingData: [String: String]) {
    self.papers = papers
    self.root = root
    self.missingData = missingData
  }

  /// The page.
  ///
  /// - Throws: `ReportError` if a figure is not there or a template cannot be read.
  func html() throws(ReportError) -> String {
    let templates = try PageTemplates()
    let drawings = try PageDrawings(papers, root: root)
    func render(_ drawings: PageDrawings) throws(ReportError) -> String {
      try templates.render(try model(drawings), with: "page")
    }
    let whole = try render(drawings)
    let size = whole.utf8.count
    return size <= PageDrawings.limit ? whole : try render(drawings.fitting(pageSize: size))
  }

  private func model(_ drawings: PageDrawings) throws(ReportError) -> PageModel {
    var models: [PaperModel] = []
    for paper in papers { models.append(try model(of: paper, drawings)) }
    let runs = Set(
      papers.flatMap { $0.sections }.flatMap { $0.results.rows }.flatMap { $0.runs }.map {
        $0.url.path
      })
    return PageModel(
      styles: PageTemplates.styles, scripts: PageTemplates.scripts,
      palette: Curves.safe(FigureStyle.json),
      runCount: NumberText.fixed(Double(runs.count), digits: 0),
      experimentCount: papers.map { $0.folder.experiments.count }.reduce(0, +),
      paperCount: papers.count, facets: FacetChoice.all(in: papers), papers: models)
  }

  private func model(
    of paper: PaperContents, _ drawings: PageDrawings
  ) throws(ReportError) -> PaperModel {
    let name = paper.folder.name
    var sections: [SectionModel] = []
    var described: Set<String> = []
    for section in paper.sections {
      // The spec stands in the first of the sections of its experiment.
      let isFirst = described.insert(section.experiment.name).inserted
      let writer = PageSection(
        section, of: paper, root: root, missingData: missingData, drawings: drawings)
      sections.append(try writer.model(withSpec: isFirst))
    }
    let report = root.appending(path: "\(name)/report.md")
    return PaperModel(
      id: Anchor.paper(name), link: Anchor.link(to: Anchor.paper(name)), name: name,
      title: paper.description.title, citation: paper.description.citation,
      report: Anchor.link(to: report, from: root), verdicts: verdicts(of: paper),
      claims: claims(of: paper), sections: sections)
  }

  /// How many claims have each verdict, in the order of the verdicts.
  private func verdicts(of paper: PaperContents) -> [PaperModel.VerdictCount] {
    var counts: [(judgement: Judgement, count: Int)] = []
    for verdict in Verdict.allCases {
      for claim in paper.claims where claim.judgement.verdict == verdict {
        let index = counts.firstIndex { $0.judgement.outcome == claim.judgement.outcome }
        if let index { counts[index].count += 1 } else { counts.append((claim.judgement, 1)) }
      }
    }
    return counts.map {
      PaperModel.VerdictCount(
        words: $0.judgement.outcome, style: $0.judgement.style, count: $0.count)
    }
  }

  /// The table of claims, whose rows lead to the experiment and to the runs that judge them.
  private func claims(of paper: PaperContents) -> TableModel? {
    guard !paper.claims.isEmpty else { return nil }
    let table = Table(claims: paper.claims, name: "claims")
    let contexts = paper.claims.map { claim in
      let experiment = claim.results?.experiment
      let section = experiment.map { Anchor.link(to: Anchor.section($0)) }
      let judging = paper.sections.first {
        $0.experiment.name == experiment?.name && $0.experiment.profile == experiment?.profile
      }
      let runs = claim.row.flatMap { row in judging?.link(to: row) }
      return Table.RowContext(
        id: Anchor.claim(claim.claim.id, of: paper.folder.name), headingLink: section,
        link: runs ?? section, facets: Facets(of: claim))
    }
    // The verdict beside the claim, where it is seen without scrolling.
    return table.reordered([0, 7, 1, 2, 3, 5, 6, 4, 8]).model(
      contexts: contexts, files: PageSection.files(of: table, paper: paper.folder.name))
  }
}

extension Judgement {
  /// The class of the verdict's badge.
  var style: String { outcome.split(separator: " ").joined(separator: "-") }
}

extension FigureStyle {
  /// Colours and dashes as JSON, for the page's curves.
  fileprivate static var json: String {
    func list(_ words: [String]) -> String {
      "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
    let patterns = dashes.map { $0 == "1" ? "" : $0.filter { $0 != "(" && $0 != ")" } }
    return "{\"colours\":\(list(textColours)),\"dashes\":\(list(patterns))}"
  }
}
