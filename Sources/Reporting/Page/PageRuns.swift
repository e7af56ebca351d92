// The runs behind a section's rows: seed by seed their values, files, machine and processor time, and why others are not there.

import Experiments
import Foundation
import Reproducibility

/// Makes the list of a section's runs.
struct PageRuns {
  private let section: ReportSection
  private let root: URL
  private let missingData: [String: String]
  /// The table whose rows the runs lead back to.
  private let tableOfRow: Table?
  /// The metrics shown, in the order of `Metric.all`.
  private let metrics: [Metric]
  /// The machines that the runs were computed on, in the order in which they come up.
  private let environments: [Environment]

  private var experiment: Experiment { section.experiment }
  private var rows: [ResultRow] { section.results.rows }

  init(
    _ section: ReportSection, root: URL, missingData: [String: String], tableOfRow: Table?
  ) {
    self.section = section
    self.root = root
    self.missingData = missingData
    self.tableOfRow = tableOfRow
    let runs = section.results.rows.flatMap { $0.runs }
    let report = section.experiment.report
    let names = Set(
      report.tables.flatMap { $0.columns } + report.comparisons.map { $0.metric }
        + report.figures.flatMap { [$0.x, $0.y] } + report.matched.flatMap { [$0.size, $0.metric] })
    metrics = Metric.all.filter { metric in
      names.contains(metric.name) && runs.contains { $0.record.metrics[metric.name] != nil }
    }
    var environments: [Environment] = []
    for run in runs {
      if let environment = run.attempt?.environment, !environments.contains(environment) {
        environments.append(environment)
      }
    }
    self.environments = environments
  }

  /// What the runs took; nil if there are none.
  var cost: CostModel? {
    func time(_ rows: [ResultRow]) -> String? {
      let runs = rows.flatMap { $0.runs }
      if runs.isEmpty { return nil }
      return DurationText.words(runs.compactMap { $0.attempt?.processorSeconds }.reduce(0, +))
    }
    let own = time(rows.filter { !$0.run.isDense }).map { "\($0) of processor time" }
    let dense = time(rows.filter { $0.run.isDense }).map { "\($0) for dense networks" }
    let words = [own, dense].compactMap { $0 }
    if words.isEmpty { return nil }
    return CostModel(
      runCount: rows.map { $0.runs.count }.reduce(0, +), time: words.joined(separator: ", and "))
  }

  /// The machines, by letter.
  var machines: [MachineModel] {
    let runs = rows.flatMap { $0.runs }
    return environments.enumerated().map { index, environment in
      MachineModel(
        letter: Self.letter(index), processor: environment.processor,
        cores: environment.processorCount,
        memory: NumberText.fixed(Double(environment.memoryMebibytes) / 1024, digits: 1),
        system: environment.system, blasCore: environment.blasCore,
        instructionSet: environment.instructionSet ?? "AVX2", host: environment.host,
        runCount: runs.filter { $0.attempt?.environment == environment }.count)
    }
  }

  /// Sections with more runs than this have a short list, so that the page stays small.
  static let mostListed = 100

  /// Whether runs have no rows of their own.
  private var isShort: Bool { rows.map { $0.runs.count }.reduce(0, +) > Self.mostListed }

  /// The list.
  var model: RunsModel {
    let count = rows.map { $0.runs.count }.reduce(0, +)
    let empty = rows.filter { !isShown($0) }.count
    let wanted = rows.filter { !$0.isSuperseded }.map { $0.seeds.count }.reduce(0, +)
    return RunsModel(
      isShort: isShort,
      columns: metrics.map {
        RunsModel.Column(heading: $0.label, unit: $0.unit.isEmpty ? nil : $0.unit)
      }, columnCount: isShort ? 2 : metrics.count + 5,
      summary: "Runs, seed by seed: \(count) stored, \(wanted) asked for",
      notRun: empty == 0
        ? nil : "\(empty) \(empty == 1 ? "row" : "rows") without any run; the table says why.",
      machineList: Anchor.link(to: Anchor.section(experiment) + "/machines"),
      groups: rows.filter(isShown).map(group))
  }

  /// Whether a row has runs to list. Without a table, nothing else says why it has none.
  private func isShown(_ row: ResultRow) -> Bool { row.hasAttempts || tableOfRow == nil }

  private func group(_ row: ResultRow) -> RunsModel.Group {
    let times = row.runs.compactMap { $0.attempt?.processorSeconds }
    let version = row.isSuperseded ? ", numerics \(row.numericsVersion ?? 0)" : ""
    return RunsModel.Group(
      id: Anchor.runs(row, of: experiment), label: row.label + version, digest: row.digest,
      back: tableOfRow.map { Anchor.link(to: Anchor.row(row, in: $0, of: experiment)) },
      facets: Facets(of: [row]), count: "\(row.runs.count) of \(row.seeds.count)",
      time: times.isEmpty ? nil : DurationText.words(times.reduce(0, +)),
      runs: isShort ? [] : row.runs.map(run), records: isShort ? row.runs.compactMap(record) : [],
      hasRecords: isShort && !row.runs.isEmpty,
      absences: absences(of: row))
  }

  private func record(_ stored: StoredRun) -> RunsModel.Record? {
    Anchor.link(to: stored.url.appending(path: "record.json"), from: root).map {
      RunsModel.Record(
        seed: stored.record.seed, href: $0, isDiverged: stored.record.status == .diverged)
    }
  }

  private func run(_ stored: StoredRun) -> RunsModel.Run {
    let record = stored.record
    let environment = stored.attempt?.environment
    let machine = environment.flatMap { environments.firstIndex(of: $0) }.map(Self.letter)
    return RunsModel.Run(
      seed: record.seed, status: record.status.rawValue, isDiverged: record.status == .diverged,
      values: metrics.map { metric in
        record.metrics[metric.name].map {
          NumberText.fixed(
            $0, digits: metric.digits, isSigned: metric.name.hasSuffix("-change"))
        } ?? "–"
      },
      time: stored.attempt.map { NumberText.fixed($0.processorSeconds, digits: 1) } ?? "–",
      machine: machine ?? "not stored", files: files(of: stored))
  }

  /// The files that lie in a run's folder, and the folder of the samples that its search evaluated.
  private func files(of stored: StoredRun) -> [TableModel.Link] {
    let folder = stored.url
    var found = [
      ("record", folder.appending(path: "record.json")),
      ("history", folder.appending(path: "history.csv")),
      ("measured", folder.appending(path: "measurements.json")),
    ]
    if let network = stored.networkURL { found.append(("network", network)) }
    if let search = stored.record.search {
      let samples = folder.deletingLastPathComponent().appending(path: "samples")
      found.append(("\(search.samples.count) samples", samples))
    }
    return found.compactMap { name, file in
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      return Anchor.link(to: file, from: root).map { TableModel.Link(text: name, href: $0) }
    }
  }

  /// Seeds that the spec asks for and the store does not have; older numerics are kept, not asked for.
  private func absences(of row: ResultRow) -> [RunsModel.Absence] {
    guard !row.isSuperseded else { return [] }
    let span = isShort ? 1 : metrics.count + 4
    var result = row.failures.map { failure in
      RunsModel.Absence(
        seeds: "\(failure.seed)", words: "failed", reason: failure.problem, span: span)
    }
    let failed = Set(row.failures.map { $0.seed })
    let missing = row.missingSeeds.filter { !failed.contains($0) }
    if !missing.isEmpty {
      let reason: String
      var words = "not run"
      if !experiment.waits.isEmpty {
        reason = "waits for \(experiment.waits)"
      } else if let why = missingData[row.dataset] {
        (words, reason) = ("needs data", why)
      } else {
        reason = "no record is stored"
      }
      result.append(
        RunsModel.Absence(
          seeds: missing.map { "\($0)" }.joined(separator: ", "), words: words, reason: reason,
          span: span))
    }
    return result
  }

  /// A, B, … Z, A1, B1, …
  private static func letter(_ index: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    let turn = index / letters.count
    return String(letters[index % letters.count]) + (turn == 0 ? "" : "\(turn)")
  }
}

/// Spans of time for people.
enum DurationText {
  /// Seconds up to two minutes, minutes up to two hours, hours beyond.
  static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: NumberText.fixed(seconds, digits: 1) + " s"
    case ..<7200: NumberText.fixed(seconds / 60, digits: 1) + " min"
    default: NumberText.fixed(seconds / 3600, digits: 1) + " h"
    }
  }
}
