// The report of a paper, from stored records only: page, tables, figures, pictures. Nothing is run, and what is not stored is
// said to be missing. The same records give the same bytes.

public import Experiments
public import Foundation
import Files
import Reproducibility
import Tensors

/// Renders the reports of papers from a store.
public struct Report: Sendable {
  /// Where records are read, and below which reports are written: `results` or `results/local`.
  public let store: RecordStore
  /// Why data sets are not on this machine, by name; empty for a committed report, which must not depend on the machine.
  public let missingData: [String: String]
  private let renderer: FigureRenderer

  /// A renderer of reports over one store.
  public init(
    store: RecordStore, missingData: [String: String] = [:],
    renderer: FigureRenderer = FigureRenderer()
  ) {
    self.store = store
    self.missingData = missingData
    self.renderer = renderer
  }

  /// The profile that a report shows where nothing is stored.
  public static let defaultProfile = "standard"
  /// Profiles that are shown if they have records, in this order.
  public static let shownProfiles = ["paper", "standard", "quick"]

  /// Renders `report.md`, `tables/` and `figures/` of a paper below the store's root.
  ///
  /// - Parameters:
  ///   - paper: the folder with the specs.
  ///   - profiles: the profiles shown; nil for those with records, except `smoke`, or `defaultProfile` if there are none.
  ///   - fallback: the profile shown where nothing is stored.
  /// - Returns: the page.
  /// - Throws: `ReportError` if a spec or a record cannot be read, or a file cannot be written.
  @discardableResult
  public func render(
    _ paper: PaperFolder, profiles: [String]? = nil, fallback: String = Report.defaultProfile
  ) throws(ReportError) -> URL {
    let folder = store.root.appending(path: paper.name)
    let description = try PaperDescription(contentsOf: paper.url.appending(path: "paper.yaml"))
    let sections = try results(of: paper, profiles: profiles, fallback: fallback)
    var page = "# \(description.title)\n\n"
    if let citation = description.citation { page += "\(citation)\n\n" }
    page += "Rendered by `parsimony report` from stored records only; nothing was run for it.\n"

    for section in sections { page += try render(section, in: folder) }
    if !description.claims.isEmpty {
      // A claim is judged by the first profile shown that has records.
      var judging: [String: ExperimentResults] = [:]
      for section in sections {
        let name = section.experiment.name
        if judging[name].map({ !$0.hasRecords && section.hasRecords }) ?? true {
          judging[name] = section
        }
      }
      let table = claimsTable(
        description.claims, name: "claims", results: judging, missingData: missingData)
      try write(table, in: folder)
      page += "\n## Claims\n\n" + table.markdown
      page += "\n[CSV](tables/claims.csv) · [LaTeX](tables/claims.tex)\n"
    }
    let url = folder.appending(path: "report.md")
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
    return sections
  }

  /// One experiment's part of the page; writes its tables, figures and pictures.
  private func render(_ section: ExperimentResults, in folder: URL) throws(ReportError) -> String {
    let experiment = section.experiment
    let suffix = experiment.profile == Self.defaultProfile ? "" : "-\(experiment.profile)"
    var page = "\n## \(experiment.name), profile \(experiment.profile)\n\n"
    if !experiment.question.isEmpty { page += "\(experiment.question)\n" }
    if section.rows.isEmpty { return page + "\nThe spec does not have this profile.\n" }
    for spec in experiment.report.tables {
      let name = spec.name + suffix
      let table = try section.table(spec, name: name, missingData: missingData)
      try write(table, in: folder)
      page += "\n" + table.markdown
      page += "\n[CSV](tables/\(name).csv) · [LaTeX](tables/\(name).tex)\n"
    }
    for spec in experiment.report.comparisons {
      let name = spec.name + suffix
      let table = try section.table(spec, name: name)
      try write(table, in: folder)
      page += "\n" + table.markdown
      page += "\n[CSV](tables/\(name).csv) · [LaTeX](tables/\(name).tex)\n"
    }
    for spec in experiment.report.matched {
      page += try compare(spec, in: section, suffix: suffix, folder: folder)
    }
    for spec in experiment.report.figures {
      page += try show(
        try section.figure(spec, name: spec.name + suffix), or: spec.name, in: folder)
    }
    for spec in experiment.report.histories {
      page += try show(section.figure(spec, name: spec.name + suffix), or: spec.name, in: folder)
    }
    for spec in experiment.report.layers {
      page += try show(section.figure(spec, name: spec.name + suffix), or: spec.name, in: folder)
    }
    for spec in experiment.report.pictures {
      page += try picture(spec, of: section, suffix: suffix, in: folder)
    }
    return page + provenance(section)
  }

  /// The tables and the figure of a comparison at matched size; writes them, and all values as CSV.
  private func compare(
    _ spec: MatchedSpec, in section: ExperimentResults, suffix: String, folder: URL
  ) throws(ReportError) -> String {
    var page = ""
    var panels: [Figure.Panel] = []
    let name = spec.name + suffix
    let published = spec.literature ? try Literature.points(for: section.experiment) : []
    for comparison in MatchedComparison.all(spec, in: section, missingData: missingData) {
      let place = section.datasets.count > 1 ? "\(name)-\(comparison.dataset)" : name
      let tables = [
        comparison.table(name: place), comparison.differenceTable(name: "\(place)-differences"),
      ]
      for table in tables.compactMap({ $0 }) {
        try write(table, in: folder)
        page += "\n" + table.markdown
        page += "\n[CSV](tables/\(table.name).csv) · [LaTeX](tables/\(table.name).tex)\n"
      }
      let values = comparison.valuesTable(name: "\(place)-values")
      try FigureRenderer.put(
        Data(values.csv.utf8), at: folder.appending(path: "tables/\(values.name).csv"))
      page += "\nAll runs and readings: [CSV](tables/\(values.name).csv)\n"
      panels.append(
        comparison.panel(
          title: section.datasets.count > 1 ? comparison.dataset : "", published: published))
    }
    guard !panels.isEmpty else { return page }
    let figure = Figure(
      name: name, title: "\(section.experiment.name), profile \(section.experiment.profile)",
      caption: spec.caption, panels: panels, width: .twoColumns)
    return page + (try show(figure, in: folder))
  }

  /// Draws a figure that may have nothing to show, and gives its part of the page.
  private func show(_ figure: Figure?, or name: String, in folder: URL) throws(ReportError)
    -> String
  {
    guard let figure else { return "\n*\(name)*: not run.\n" }
    return try show(figure, in: folder)
  }

  /// Draws a figure and gives its part of the page.
  private func show(_ figure: Figure, in folder: URL) throws(ReportError) -> String {
    try renderer.render(figure, into: folder.appending(path: "figures"))
    var page = "\n![\(figure.title)](figures/\(figure.name).png)\n\n"
    if !figure.caption.isEmpty { page += "\(figure.caption) " }
    let links = ["svg", "pdf", "gp", "dat"].map { "[\($0)](figures/\(figure.name).\($0))" }
    return page + links.joined(separator: " · ") + "\n"
  }

  private func picture(
    _ spec: PictureSpec, of section: ExperimentResults, suffix: String, in folder: URL
  ) throws(ReportError) -> String {
    var page = ""
    let rows = section.pictureRows(spec)
    for row in rows {
      let place = rows.count > 1 ? "-\(row.dataset)" : ""
      let name = spec.name + place + suffix
      let caption = "\(spec.caption) \(row.label), seed \(spec.seed)."
      guard let before = row.before, let after = row.after else {
        page += "\n*\(name)*: not run (\(row.label), seed \(spec.seed)).\n"
        continue
      }
      guard let dense = try NetworkExcerpt.parameter(spec.parameter, of: before),
        let compressed = try NetworkExcerpt.parameter(spec.parameter, of: after)
      else {
        page += "\n*\(name)*: `\(spec.parameter)` of the networks is not stored.\n"
        continue
      }
      guard [2, 4].contains(dense.shape.rank), dense.shape == compressed.shape, dense.count > 0
      else {
        throw .result(
          path: section.experiment.file,
          problem:
            "report.pictures.\(spec.name): \(spec.parameter) is \(dense.shape), no filters and no matrix"
        )
      }
      let bytes: Data
      do {
        bytes = try FilterPicture().bitmap(before: dense, after: compressed).encoded()
      } catch {
        throw .file(path: name, problem: "\(error)")
      }
      try FigureRenderer.put(bytes, at: folder.appending(path: "figures/\(name).png"))
      page += "\n![\(spec.parameter) before and after](figures/\(name).png)\n\n\(caption)\n"
    }
    return page
  }

  /// Which dense networks the runs start from, which numerics they were computed with, and what intervals cover.
  private func provenance(_ section: ExperimentResults) -> String {
    var page = "\n### What the numbers rest on\n\n"
    for row in section.rows where row.run.isDense {
      let seeds = row.finished.map { "\($0.record.seed)" }.joined(separator: ", ")
      let place = "dense/\(row.run.denseExperiment)/\(section.experiment.profile)"
      if let digest = row.digest {
        page += "- Dense network on \(row.dataset): `\(place)/\(digest)`, seeds \(seeds).\n"
      } else {
        page += "- Dense network on \(row.dataset): `\(place)`, not run.\n"
      }
    }
    let versions = Set(section.rows.compactMap { $0.numericsVersion }).sorted()
    if !versions.isEmpty {
      page += "- Numerics version \(versions.map { "\($0)" }.joined(separator: " and ")).\n"
    }
    let splits = Set(section.rows.compactMap { $0.run.dataset?.splitSeed }).sorted()
    page +=
      "- Intervals cover the whole training, dense network included: initialisation and order of the images differ "
      + "between seeds; the split into training and validation (split seed "
      + splits.map { "\($0)" }.joined(separator: ", ") + ") does not.\n"
    page += "- Changes are per seed, against the dense network with the same seed.\n"
    let names = Set(section.experiment.report.tables.flatMap { $0.columns })
    for metric in Metric.all where names.contains(metric.name) {
      page += "- *\(metric.label)*: \(metric.meaning).\n"
    }
    if names.contains("file-bytes") {
      page +=
        "- *file*: bytes of the returned network as a gzipped safetensors file; mean over seeds.\n"
    }
    if MeasuredColumn.all.contains(where: { names.contains($0.name) }) {
      page +=
        "- *measured speed*: time of the dense network over that of the compressed one, thinned or by its blocks, measured in turn on one thread by "
        + "`parsimony measure`; it differs between machines, and it is no number of the paper's.\n"
    }
    if names.contains("processor-seconds") {
      page +=
        "- *CPU time per run*: processor seconds of the run's own training, without its dense network's; mean over seeds; "
        + "it differs between machines.\n"
    }
    return page
  }

  private func write(_ table: Table, in folder: URL) throws(ReportError) {
    let place = folder.appending(path: "tables")
    for (type, text) in [("md", table.markdown), ("csv", table.csv), ("tex", table.latex)] {
      try FigureRenderer.put(Data(text.utf8), at: place.appending(path: "\(table.name).\(type)"))
    }
  }
}

extension ExperimentResults {
  /// The runs that a picture shows, one pair per data set.
  func pictureRows(_ spec: PictureSpec) -> [(
    dataset: String, label: String, before: StoredRun?, after: StoredRun?
  )] {
    let shown = rows.filter { row in
      row.method == spec.method && !row.isSuperseded
        && (spec.dataset.isEmpty || row.dataset == spec.dataset)
        && row.matches(spec.coordinates)
    }
    return shown.map { row in
      let after = row.finished.first { $0.record.seed == spec.seed }
      let parents = rows.filter { $0.run == row.run.parent }
      let before = parents.flatMap { $0.finished }.first {
        $0.record.seed == spec.seed && $0.record.digest == after?.record.identity.parent
      }
      return (row.dataset, row.label, before, after)
    }
  }
}
