// The report of a paper, from stored records only: report.md, tables, figures, pictures; and the page over all papers. Nothing is
// run, and what is not stored is said to be missing. The same records give the same bytes.

public import Experiments
import Files
public import Foundation

/// Renders the reports of papers from a store.
public struct Report: Sendable {
  /// Where records are read, and below which reports are written: `results` or `results/local`.
  public let store: RecordStore
  /// Why data sets are not on this machine, by name; empty for a committed report, which must not depend on the machine.
  public let missingData: [String: String]
  let renderer: FigureRenderer

  /// Whether gnuplot draws the figures; without it only their scripts and data are written.
  private let isDrawing: Bool

  /// A renderer of reports over one store.
  public init(
    store: RecordStore, missingData: [String: String] = [:],
    renderer: FigureRenderer = FigureRenderer(), isDrawing: Bool = true
  ) {
    self.store = store
    self.missingData = missingData
    self.renderer = renderer
    self.isDrawing = isDrawing
  }

  /// The profile that a report shows where nothing is stored.
  public static let defaultProfile = "standard"
  /// Profiles that are shown if they have records, in this order.
  public static let shownProfiles = ["paper", "standard", "quick"]
  /// The name of the page over all papers.
  public static let pageFile = "index.html"

  /// Reads what the report of a paper shows.
  ///
  /// - Parameters:
  ///   - paper: the folder with the specs.
  ///   - profiles: the profiles shown; nil for those with records, except `smoke`, or `defaultProfile` if there are none.
  ///   - fallback: the profile shown where nothing is stored.
  /// - Throws: `ReportError` if a spec or a record cannot be read.
  public func contents(
    of paper: PaperFolder, profiles: [String]? = nil, fallback: String = Report.defaultProfile
  ) throws(ReportError) -> PaperContents {
    let description = try PaperDescription(contentsOf: paper.url.appending(path: "paper.yaml"))
    let results = try results(of: paper, profiles: profiles, fallback: fallback)
    var sections: [ReportSection] = []
    for section in results {
      sections.append(try ReportSection(section, missingData: missingData))
    }
    return PaperContents(
      folder: paper, description: description, sections: sections,
      claims: JudgedClaim.judge(
        description.claims, by: results, published: try published(of: paper),
        missingData: missingData))
  }

  /// Renders `report.md`, `tables/` and `figures/` of a paper below the store's root.
  ///
  /// - Returns: the report.
  /// - Throws: `ReportError` if a spec or a record cannot be read, or a file cannot be written.
  @discardableResult
  public func render(
    _ paper: PaperFolder, profiles: [String]? = nil, fallback: String = Report.defaultProfile
  ) throws(ReportError) -> URL {
    try write(contents(of: paper, profiles: profiles, fallback: fallback))
  }

  /// Writes `report.md`, `tables/` and `figures/` of a paper below the store's root.
  ///
  /// - Parameter redrawing: whether figures are drawn that are there already, from the same script and data.
  /// - Returns: the report.
  /// - Throws: `ReportError` if a file cannot be written.
  @discardableResult
  public func write(_ paper: PaperContents, redrawing: Bool = true) throws(ReportError) -> URL {
    let folder = store.root.appending(path: paper.folder.name)
    var page = "# \(Escaped.markdown(paper.description.title))\n\n"
    if let citation = paper.description.citation {
      page += "\(Escaped.markdownParagraph(citation))\n\n"
    }
    page += "Rendered by `parsimony report` from stored records only; nothing was run for it.\n"
    for section in paper.sections {
      for part in section.parts { try write(part, in: folder, redrawing: redrawing) }
      page += section.markdown
    }
    if !paper.claims.isEmpty {
      let table = Table(claims: paper.claims, name: "claims")
      try write(table, in: folder)
      page += "\n## Claims\n\n" + table.markdown
      page += "\n[CSV](tables/claims.csv) · [LaTeX](tables/claims.tex)\n"
    }
    let url = folder.appending(path: "report.md")
    try FigureRenderer.put(Data(page.utf8), at: url)
    return url
  }

  /// Writes the page over all papers, `index.html`, into the store's root. The papers have been written before.
  ///
  /// - Returns: the page.
  /// - Throws: `ReportError` if a figure of a paper is not there, or the page cannot be written.
  @discardableResult
  public func writePage(over papers: [PaperContents]) throws(ReportError) -> URL {
    let page = try Page(papers, root: store.root, missingData: missingData).html()
    let url = store.root.appending(path: Self.pageFile)
    try FigureRenderer.put(Data(page.utf8), at: url)
    return url
  }

  /// Keeps the tensors that pictures of a paper show beside their records, from networks in the cache.
  ///
  /// - Throws: `ReportError` if a cached network is not the one that its record describes.
  public func keepExcerpts(
    for paper: PaperFolder, from cache: NetworkCache, profiles: [String]? = nil
  ) throws(ReportError) {
    for section in try results(of: paper, profiles: profiles, fallback: Self.defaultProfile) {
      for picture in section.experiment.report.pictures {
        for row in section.pictureRows(picture) {
          for run in [row.before, row.after] {
            if let run { try NetworkExcerpt.keep(picture.parameter, of: run, from: cache) }
          }
        }
      }
    }
  }

  /// The experiments of a paper that have the published schedule in a profile `paper`, under that profile.
  private func published(of paper: PaperFolder) throws(ReportError) -> [ExperimentResults] {
    try results(of: paper, profiles: ["paper"], fallback: "paper")
  }

  func results(
    of paper: PaperFolder, profiles: [String]?, fallback: String
  ) throws(ReportError) -> [ExperimentResults] {
    var sections: [ExperimentResults] = []
    for file in paper.experiments {
      func load(_ profile: String) throws(ReportError) -> ExperimentResults {
        do {
          let experiment = try Library.experiment(at: file, profile: profile)
          return try ExperimentResults(experiment, store: store)
        } catch let error as ReportError {
          throw error
        } catch {
          throw .result(path: file.path, problem: "\(error)")
        }
      }
      var found: [ExperimentResults] = []
      for profile in profiles ?? Self.shownProfiles {
        let section = try load(profile)
        if !section.experiment.cells.isEmpty && (profiles != nil || section.hasRecords) {
          found.append(section)
        }
      }
      if found.isEmpty && profiles == nil { found.append(try load(fallback)) }
      sections += found
    }
    if let meeting = ReportNames.meeting(in: sections.map { $0.experiment }).first {
      throw .result(path: paper.url.path, problem: meeting)
    }
    return sections
  }

  /// Writes the files of one part of a report.
  private func write(
    _ part: ReportPart, in folder: URL, redrawing: Bool
  ) throws(ReportError) {
    let figures = folder.appending(path: "figures")
    switch part {
    case .table(let table, _), .comparison(let table, _): try write(table, in: folder)
    case .figure(let figure):
      if !isDrawing {
        try FigureRenderer.write(figure, into: figures)
      } else if redrawing || !renderer.isCurrent(figure, in: figures) {
        try renderer.render(figure, into: figures)
      }
    case .values(let table):
      let file = folder.appending(path: "tables/\(table.name).csv")
      try FigureRenderer.put(Data(table.csv.utf8), at: file)
    case .picture(let picture):
      try FigureRenderer.put(picture.bytes, at: figures.appending(path: "\(picture.name).png"))
    case .absent: break
    }
  }

  private func write(_ table: Table, in folder: URL) throws(ReportError) {
    let place = folder.appending(path: "tables")
    for (type, text) in [("md", table.markdown), ("csv", table.csv), ("tex", table.latex)] {
      try FigureRenderer.put(Data(text.utf8), at: place.appending(path: "\(table.name).\(type)"))
    }
  }
}
