// One experiment under one profile, as a report shows it: tables, figures, pictures and what the numbers rest on, before they
// have a form. ReportSection+Markdown makes it a part of report.md, PageSection a part of the page.

import Tensors
import Experiments
import Foundation
import Files

/// What a row of a comparison was computed from.
struct RowSource: Sendable {
  /// Rows of the experiment; values lead to the runs of the first.
  let rows: [ResultRow]
  /// What single cells were computed from instead, by column.
  let cells: [Int: ResultRow]
}

/// Something that a report shows, in the order of the spec.
enum ReportPart {
  /// A table of results, and the row of the experiment behind each of its rows.
  case table(Table, rows: [ResultRow])
  /// A table that compares rows of the experiment, and what each of its rows was computed from.
  case comparison(Table, sources: [RowSource])
  /// Everything that a comparison rests on, for other programs; it is not shown.
  case values(Table)
  /// A figure that gnuplot draws.
  case figure(Figure)
  /// A picture of filters, as a PNG.
  case picture(Picture)
  /// A figure or picture that cannot be shown, and why.
  case absent(name: String, reason: Prose)

  /// A picture with its caption.
  struct Picture {
    /// The file name without extension.
    let name: String
    /// What is shown, for those who do not see it.
    let title: String
    let caption: String
    let bytes: Data
  }
}

/// One experiment's part of a report.
struct ReportSection {
  let results: ExperimentResults
  let parts: [ReportPart]

  var experiment: Experiment { results.experiment }

  /// What the names of this profile's files end in.
  private static func suffix(of experiment: Experiment) -> String {
    experiment.profile == Report.defaultProfile ? "" : "-\(experiment.profile)"
  }

  /// What a report shows of an experiment.
  ///
  /// - Parameter missingData: why data sets are not on this machine, by name.
  /// - Throws: `ReportError` if a spec names what does not exist, or a stored network cannot be read.
  init(_ results: ExperimentResults, missingData: [String: String]) throws(ReportError) {
    self.results = results
    let report = results.experiment.report
    let suffix = Self.suffix(of: results.experiment)
    var parts: [ReportPart] = []
    if !results.rows.isEmpty {
      for spec in report.tables {
        let table = try results.table(spec, name: spec.name + suffix, missingData: missingData)
        parts.append(.table(table, rows: results.rows))
      }
      for spec in report.comparisons {
        let (table, sources) = try results.comparison(spec, name: spec.name + suffix)
        parts.append(.comparison(table, sources: sources))
      }
      for spec in report.matched {
        parts += try results.matched(spec, suffix: suffix, missingData: missingData)
      }
      func add(_ figure: Figure?, or name: String) {
        parts.append(figure.map { .figure($0) } ?? .absent(name: name, reason: "not run"))
      }
      for spec in report.figures {
        add(try results.figure(spec, name: spec.name + suffix), or: spec.name)
      }
      for spec in report.histories {
        add(results.figure(spec, name: spec.name + suffix), or: spec.name)
      }
      for spec in report.layers {
        add(results.figure(spec, name: spec.name + suffix), or: spec.name)
      }
      for spec in report.pictures { parts += try results.pictures(spec, suffix: suffix) }
    }
    self.parts = parts
  }
}

extension ExperimentResults {
  /// The pictures that a spec asks for, one per row that it selects.
  fileprivate func pictures(
    _ spec: PictureSpec, suffix: String
  ) throws(ReportError) -> [ReportPart] {
    var parts: [ReportPart] = []
    let rows = pictureRows(spec)
    for row in rows {
      let place = rows.count > 1 ? "-\(row.dataset)" : ""
      let name = spec.name + place + suffix
      guard let before = row.before, let after = row.after else {
        let reason = Prose(.plain("not run (\(row.label), seed \(spec.seed))"))
        parts.append(.absent(name: name, reason: reason))
        continue
      }
      guard let dense = try NetworkExcerpt.parameter(spec.parameter, of: before),
        let compressed = try NetworkExcerpt.parameter(spec.parameter, of: after)
      else {
        let reason = Prose(.code(spec.parameter), .plain(" of the networks is not stored"))
        parts.append(.absent(name: name, reason: reason))
        continue
      }
      guard [2, 4].contains(dense.shape.rank), dense.shape == compressed.shape, dense.count > 0
      else {
        throw .result(
          path: experiment.file,
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
      parts.append(
        .picture(
          ReportPart.Picture(
            name: name, title: "\(spec.parameter) before and after",
            caption: "\(spec.caption) \(row.label), seed \(spec.seed).", bytes: bytes)))
    }
    return parts
  }

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
