// The stored records of one experiment under one profile, in rows: one per cell and numerics version, aggregated over seeds.
// Cells find their records by the run they describe, so no data set need be on the machine.

import Experiments
import Inference
import Foundation
import Reproducibility

/// One row: a run without its seed, and what is stored of it.
struct ResultRow {
  /// What is run.
  let run: RunDescription
  /// Swept values, without data set and method.
  let coordinates: [String: JSONValue]
  /// The seeds that the spec asks for.
  let seeds: [Int]
  /// The digest that all records share; nil if there are none.
  let digest: String?
  /// The version of the kernels' arithmetic; nil if there are none.
  let numericsVersion: Int?
  /// Finished runs, by seed.
  let finished: [StoredRun]
  /// Diverged runs, by seed.
  let diverged: [StoredRun]
  /// Why seeds failed, where an attempt says so.
  let failures: [(seed: Int, problem: String)]
  /// Whether a newer numerics version has a row of its own.
  let isSuperseded: Bool

  var dataset: String { run.datasetName }
  /// The same with its split, where that is not the publisher's.
  var datasetInWords: String {
    run.dataset?.split.map { "\(dataset), \($0)" } ?? dataset
  }
  var method: String { run.methodName }

  /// Seeds whose run diverged.
  var divergedSeeds: [Int] { diverged.map { $0.record.seed } }

  /// Everything stored, by seed.
  var runs: [StoredRun] { (finished + diverged).sorted { $0.record.seed < $1.record.seed } }

  /// Seeds of which nothing is stored.
  var missingSeeds: [Int] {
    let known = Set(finished.map { $0.record.seed } + divergedSeeds)
    return seeds.filter { !known.contains($0) }
  }

  /// The values of a metric, in the order of the seeds.
  func values(of metric: String) -> [Double] { finished.compactMap { $0.record.metrics[metric] } }

  /// The values of a metric, or of a column of measured speed, in the order of the seeds.
  func measuredOrStored(_ name: String) -> [Double] {
    measuredOrStoredBySeed(name).sorted { $0.key < $1.key }.map { $0.value }
  }

  /// The values of a metric, or of a column of measured speed, by seed.
  func measuredOrStoredBySeed(_ name: String) -> [Int: Double] {
    guard let column = MeasuredColumn.all.first(where: { $0.name == name }) else {
      return valuesBySeed(of: name)
    }
    var result: [Int: Double] = [:]
    for run in finished { result[run.record.seed] = Self.speedup(of: run, batch: column.batch) }
    return result
  }

  /// The values of a metric by seed.
  func valuesBySeed(of metric: String) -> [Int: Double] {
    var result: [Int: Double] = [:]
    for stored in finished { result[stored.record.seed] = stored.record.metrics[metric] }
    return result
  }

  /// How many times as fast as the dense network the compressed one was measured to be, thinned or in blocks; nil if it was not.
  private static func speedup(of run: StoredRun, batch: Int) -> Double? {
    let file = try? MeasurementFile(contentsOf: RunMeasurement.file(of: run))
    return file?[
      MeasurementRequest.name(MeasuredForm(of: run.record), batch: batch, threads: 1)]?.speedup?
      .median
  }

  /// What tells the row from the others shown beside it: its swept values that vary, and the method where those do not do.
  func label(among rows: [ResultRow]) -> String {
    let names = Set(rows.flatMap { $0.coordinates.keys }).sorted().filter { name in
      Set(rows.map { $0.coordinates[name]?.summary ?? "" }).count > 1
    }
    // A number says little without its name: ‘penalty 0.05’.
    func values(_ row: ResultRow) -> [String] {
      names.compactMap { name in
        guard let value = row.coordinates[name] else { return nil }
        if case .number = value { return "\(name) \(value.summary)" }
        return value.summary
      }
    }
    let isTold = Set(rows.map(values)).count == rows.count
    return ((isTold && !values(self).isEmpty ? [] : [method]) + values(self))
      .joined(separator: ", ")
  }

  /// The row in few words.
  var label: String {
    ([method, dataset] + swept).joined(separator: ", ")
  }

  /// The swept values, each with its name.
  var swept: [String] {
    coordinates.keys.sorted().map { "\($0) \(coordinates[$0]?.summary ?? "")" }
  }

  /// Whether the row has the given values; `method` and `dataset` are among the names.
  func matches(_ wanted: [String: JSONValue]) -> Bool {
    wanted.allSatisfy { name, value in
      switch name {
      case "method": method == value.summary
      case "dataset": dataset == value.summary
      default: coordinates[name].map { $0 == value || $0.summary == value.summary } ?? false
      }
    }
  }
}

extension ResultRow {
  /// Whether the row has, under every name of a rule, one of the values that the rule lists.
  func matches(any rule: [String: [JSONValue]]) -> Bool {
    rule.allSatisfy { name, allowed in allowed.contains { matches([name: $0]) } }
  }
}

extension Cell {
  /// The swept values, without data set and method.
  fileprivate var sweptValues: [String: JSONValue] {
    coordinates.filter { $0.key != "dataset" && $0.key != "method" }
  }
}

/// What is stored of an experiment under one profile.
struct ExperimentResults {
  let experiment: Experiment
  /// One row per cell and numerics version: data sets in the spec's order, the dense network first.
  let rows: [ResultRow]
  /// Records in the experiment's folder that no cell describes.
  let staleCount: Int

  init(_ experiment: Experiment, store: RecordStore) throws(ReportError) {
    self.experiment = experiment
    var folders: [RecordFolder: [StoredRun]] = [:]
    func stored(_ folder: RecordFolder) throws(ReportError) -> [StoredRun] {
      if let found = folders[folder] { return found }
      do {
        let found = try store.runs(in: folder)
        folders[folder] = found
        return found
      } catch {
        throw .result(path: store.url(of: folder).path, problem: "\(error)")
      }
    }
    func folder(of run: RunDescription) -> RecordFolder {
      RecordFolder(
        of: run, paper: experiment.paper, experiment: experiment.name, profile: experiment.profile)
    }

    // Dense networks first; each is wanted with the seeds of everything that starts from it.
    var wanted: [(run: RunDescription, coordinates: [String: JSONValue], seeds: [Int])] = []
    for cell in experiment.cells {
      guard let parent = cell.run.isDense ? cell.run : cell.run.parent else { continue }
      if let index = wanted.firstIndex(where: { $0.run == parent }) {
        wanted[index].seeds = Set(wanted[index].seeds + cell.seeds).sorted()
      } else {
        wanted.append((parent, cell.run.isDense ? cell.sweptValues : [:], cell.seeds))
      }
    }
    for cell in experiment.cells where !cell.run.isDense {
      let coordinates = cell.sweptValues
      if !wanted.contains(where: { $0.run == cell.run }) {
        wanted.append((cell.run, coordinates, cell.seeds))
      }
    }
    var datasets: [String] = []
    for item in wanted where !datasets.contains(item.run.datasetName) {
      datasets.append(item.run.datasetName)
    }

    var rows: [ResultRow] = []
    for dataset in datasets {
      for item in wanted where item.run.datasetName == dataset {
        let place = folder(of: item.run)
        let all = try stored(place)
        let matching = all.filter { $0.record.identity.run == item.run }
        var groups: [String: [StoredRun]] = [:]
        for run in matching where item.seeds.contains(run.record.seed) {
          groups[run.record.digest, default: []].append(run)
        }
        let order = groups.keys.sorted { left, right in
          let first = groups[left]?.first?.record.identity.numericsVersion ?? 0
          let second = groups[right]?.first?.record.identity.numericsVersion ?? 0
          return (second, left) < (first, right)
        }
        let checksums = try Self.checksums(of: dataset, among: folders)
        for (position, digest) in order.enumerated() {
          let runs = (groups[digest] ?? []).sorted { $0.record.seed < $1.record.seed }
          rows.append(
            ResultRow(
              run: item.run, coordinates: item.coordinates, seeds: item.seeds, digest: digest,
              numericsVersion: runs.first?.record.identity.numericsVersion,
              finished: runs.filter { $0.record.status == .finished },
              diverged: runs.filter { $0.record.status == .diverged },
              failures: position > 0
                ? []
                : Self.failures(
                  digest: digest, seeds: item.seeds, known: runs.map { $0.record.seed },
                  folder: place, store: store),
              isSuperseded: position > 0))
        }
        if order.isEmpty {
          var failures: [(seed: Int, problem: String)] = []
          if let checksums,
            let digest = try? RunIdentity(item.run, datasetChecksums: checksums).digest()
          {
            failures = Self.failures(
              digest: digest, seeds: item.seeds, known: [], folder: place, store: store)
          }
          rows.append(
            ResultRow(
              run: item.run, coordinates: item.coordinates, seeds: item.seeds, digest: nil,
              numericsVersion: nil, finished: [], diverged: [], failures: failures,
              isSuperseded: false))
        }
      }
    }
    self.rows = rows
    let own = RecordFolder(
      paper: experiment.paper, experiment: experiment.name, profile: experiment.profile)
    let described = Set(wanted.map { $0.run })
    staleCount = (folders[own] ?? []).filter { !described.contains($0.record.identity.run) }.count
  }

  /// The data sets, in the order of the rows.
  var datasets: [String] {
    var result: [String] = []
    for row in rows where !result.contains(row.dataset) { result.append(row.dataset) }
    return result
  }

  /// The newest rows on a data set that a figure's rule selects; a list means any of its values.
  func rows(on dataset: String, where rule: [String: [JSONValue]]) -> [ResultRow] {
    rows.filter { row in
      row.dataset == dataset && !row.isSuperseded && row.matches(any: rule)
    }
  }

  /// The names of all swept values, sorted.
  var coordinateNames: [String] { Set(rows.flatMap { $0.coordinates.keys }).sorted() }

  /// Whether anything of the experiment is stored; its dense networks, which others share, count where nothing starts from them.
  var hasRecords: Bool {
    let own = rows.filter { !$0.run.isDense }
    return (own.isEmpty ? rows : own).contains { $0.digest != nil }
  }

  private static func checksums(
    of dataset: String, among folders: [RecordFolder: [StoredRun]]
  ) throws(ReportError) -> [String: Digest]? {
    let identities = folders.values.flatMap { $0 }.map { $0.record.identity }
      .filter { $0.run.datasetName == dataset }
    return identities.max { $0.numericsVersion < $1.numericsVersion }?.datasetChecksums
  }

  /// What the attempts of unrecorded seeds say.
  private static func failures(
    digest: String, seeds: [Int], known: [Int], folder: RecordFolder, store: RecordStore
  ) -> [(seed: Int, problem: String)] {
    var result: [(seed: Int, problem: String)] = []
    for seed in seeds where !known.contains(seed) {
      let url = store.url(of: folder, digest: digest, seed: seed)
      if let attempt = RecordStore.attempt(in: url), attempt.status == .failed {
        result.append((seed, attempt.problem ?? "no reason stored"))
      }
    }
    return result
  }
}
