// One experiment under one profile on the page: its claims, tables whose cells lead to runs, figures, spec. The runs themselves are
// in PageRuns.

import Statistics
import Experiments
import Foundation

/// Makes the model of a section.
struct PageSection {
  private let section: ReportSection
  private let paper: PaperContents
  private let root: URL
  private let missingData: [String: String]
  private let drawings: PageDrawings

  private var experiment: Experiment { section.experiment }
  private var results: ExperimentResults { section.results }

  init(
    _ section: ReportSection, of paper: PaperContents, root: URL, missingData: [String: String],
    drawings: PageDrawings
  ) {
    self.section = section
    self.paper = paper
    self.root = root
    self.missingData = missingData
    self.drawings = drawings
  }

  /// The section as its template reads it.
  ///
  /// - Parameter withSpec: whether the text of the spec stands in this section.
  /// - Throws: `ReportError` if the spec cannot be read again.
  func model(withSpec: Bool) throws(ReportError) -> SectionModel {
    let id = Anchor.section(experiment)
    let hasRows = !results.rows.isEmpty
    let runs = PageRuns(
      section, root: root, missingData: missingData, tableOfRow: section.mainTable)
    return SectionModel(
      id: id, link: Anchor.link(to: id), paper: experiment.paper, name: experiment.name,
      profile: experiment.profile,
      question: experiment.question.isEmpty ? nil : experiment.question,
      waits: experiment.waits.isEmpty ? nil : experiment.waits,
      empty: hasRows || !experiment.waits.isEmpty ? nil : "the spec does not have this profile",
      isNotRun: !results.hasRecords, facets: facets, claims: claims, cost: runs.cost,
      parts: try parts(),
      basis: hasRows ? results.basis.map { ProseModel($0) } : [],
      runs: hasRows ? runs.model : nil, machines: runs.machines,
      specLink: Anchor.link(to: Anchor.spec(experiment)), spec: withSpec ? try spec() : nil)
  }

  /// The claims that name the experiment, and those that the experiment names.
  private var claims: [SectionModel.ClaimLink] {
    paper.claims.filter { claim in
      claim.claim.experiment == experiment.name || experiment.claims.contains(claim.claim.id)
    }.map { claim in
      SectionModel.ClaimLink(
        id: claim.claim.id,
        href: Anchor.link(to: Anchor.claim(claim.claim.id, of: paper.folder.name)),
        statement: claim.claim.statement, words: claim.judgement.words,
        style: claim.judgement.style)
    }
  }

  /// What the section is about.
  private var facets: Facets { Facets(of: results.rows) }

  private func parts() throws(ReportError) -> [PartModel] {
    var models: [PartModel] = []
    for part in section.parts {
      switch part {
      case .table(let table, let rows): models.append(PartModel(table: model(table, rows)))
      case .comparison(let table, let sources):
        models.append(PartModel(table: model(table, sources: sources)))
      case .values(let table):
        models.append(PartModel(values: address("tables/\(table.name).csv")))
      case .figure(let figure): models.append(PartModel(figure: model(figure)))
      case .picture(let picture):
        models.append(
          PartModel(
            picture: PictureModel(
              image: address("figures/\(picture.name).png"), title: picture.title,
              caption: picture.caption)))
      case .absent(let name, let reason):
        let why = reason == "not run" ? "not run: \(reasonOfAbsence)" : nil
        models.append(
          PartModel(
            absent: AbsentModel(
              name: name, reason: ProseModel(why.map { Prose(.plain($0)) } ?? reason))))
      }
    }
    return models
  }

  /// Why a figure has nothing to show.
  private var reasonOfAbsence: String {
    experiment.waits.isEmpty
      ? "no stored run has what it shows" : "it waits for \(experiment.waits)"
  }

  private func model(_ table: Table, _ rows: [ResultRow]) -> TableModel {
    let contexts = rows.map { row in
      Table.RowContext(
        id: Anchor.row(row, in: table, of: experiment),
        link: row.hasAttempts ? section.link(to: row) : nil,
        facets: Facets(of: [row]).inside(facets))
    }
    return table.model(
      id: Anchor.section(experiment) + "/" + table.name, contexts: contexts,
      files: Self.files(of: table, paper: paper.folder.name))
  }

  /// A table of comparisons: its values lead to the runs of the rows that they were computed from.
  private func model(_ table: Table, sources: [RowSource]) -> TableModel {
    let contexts = sources.map { source in
      Table.RowContext(
        link: source.rows.first.map { section.link(to: $0) },
        links: source.cells.mapValues { section.link(to: $0) },
        facets: Facets(of: source.rows).inside(facets))
    }
    return table.model(
      id: Anchor.section(experiment) + "/" + table.name, contexts: contexts,
      files: Self.files(of: table, paper: paper.folder.name))
  }

  private func model(_ figure: Figure) -> FigureModel {
    let name = PageDrawings.name(figure, of: paper)
    let drawing = drawings[name]
    // Printed figures are small; on a screen they have half as much room again.
    let pixelsPerCentimetre = 57.0
    return FigureModel(
      name: name, title: figure.title, caption: figure.caption.isEmpty ? nil : figure.caption,
      width: Int(figure.width.centimetres * pixelsPerCentimetre),
      image: address("figures/\(figure.name).svg"), svg: drawing.svg, curves: drawing.curves,
      files: FigureRenderer.extensions.map {
        TableModel.Link(text: $0, href: address("figures/\(figure.name).\($0)"))
      })
  }

  /// The address of a file of the paper.
  private func address(_ path: String) -> String {
    Self.address(path, paper: paper.folder.name)
  }

  private static func address(_ path: String, paper: String) -> String {
    Anchor.link(toFile: "\(paper)/\(path)")
  }

  /// Links to the other forms of a table.
  static func files(of table: Table, paper: String) -> [TableModel.Link] {
    [("CSV", "csv"), ("LaTeX", "tex"), ("Markdown", "md")].map { name, type in
      TableModel.Link(text: name, href: address("tables/\(table.name).\(type)", paper: paper))
    }
  }

  private func spec() throws(ReportError) -> SectionModel.Spec? {
    let file = paper.folder.experiments.first {
      $0.deletingPathExtension().lastPathComponent == experiment.name
    }
    guard let file else { return nil }
    do {
      return SectionModel.Spec(
        id: Anchor.spec(experiment),
        file: "papers/\(paper.folder.name)/experiments/\(file.lastPathComponent)",
        href: Anchor.repositoryLink(to: file, paper: paper.folder, from: root),
        text: try String(contentsOf: file, encoding: .utf8))
    } catch {
      throw .file(path: file.path, problem: "\(error)")
    }
  }
}

extension ReportSection {
  /// The first table that shows results, to which runs lead back.
  fileprivate var mainTable: Table? {
    for part in parts {
      if case .table(let table, _) = part { return table }
    }
    return nil
  }

  /// The address of a row's runs; of a row without any, that of its place in the table, which says why.
  func link(to row: ResultRow) -> String {
    if !row.hasAttempts, let mainTable {
      return Anchor.link(to: Anchor.row(row, in: mainTable, of: experiment))
    }
    return Anchor.link(to: Anchor.runs(row, of: experiment))
  }
}

extension ResultRow {
  /// Whether anything was run, be it in vain.
  var hasAttempts: Bool { !runs.isEmpty || !failures.isEmpty }
}
