// `parsimony compare`: methods of any papers on one network and one data set, from stored records only. Rows of all experiments that
// start from the same dense network stand in one comparison.

public import Experiments
import Reproducibility

/// Comparisons of methods across experiments.
public struct MethodComparison: Sendable {
  /// The network.
  public let network: String
  /// The data set.
  public let dataset: String
  /// The digest of the dense network that all runs start from.
  public let dense: String
  /// The metric at every size, and the differences from the baseline if there is one.
  public let tables: [Table]
  /// All runs and readings in a long form, for other programs.
  public let values: Table

  /// The comparisons of what is stored.
  ///
  /// - Parameters:
  ///   - spec: sizes, metric and baseline; without sizes those of 1, 2, 5, 10 and so on that the runs cover.
  ///   - experiments: under one profile each.
  ///   - network: the network's name; nil for any.
  ///   - dataset: the data set's name; nil for any.
  /// - Returns: one per dense network that has compressed descendants, in the order of the experiments.
  /// - Throws: `ReportError` for a record that cannot be read.
  public static func all(
    _ spec: MatchedSpec, of experiments: [Experiment], in store: RecordStore,
    network: String? = nil, dataset: String? = nil
  ) throws(ReportError) -> [MethodComparison] {
    var groups: [RunDescription: [(experiment: String, row: ResultRow)]] = [:]
    var order: [RunDescription] = []
    for experiment in experiments {
      let results = try ExperimentResults(experiment, store: store)
      for row in results.rows where !row.isSuperseded && !row.finished.isEmpty {
        guard let parent = row.run.isDense ? row.run : row.run.parent,
          network.map({ $0 == row.run.networkName }) ?? true,
          dataset.map({ $0 == row.dataset }) ?? true
        else { continue }
        if groups[parent] == nil { order.append(parent) }
        let isKnown = groups[parent]?.contains { $0.row.run == row.run } ?? false
        if !isKnown { groups[parent, default: []].append((experiment.name, row)) }
      }
    }
    var result: [MethodComparison] = []
    for parent in order {
      let rows = groups[parent] ?? []
      guard rows.contains(where: { !$0.row.run.isDense }) else { continue }
      var settled = spec
      if settled.at.isEmpty { settled.at = sizes(coveredBy: rows.map { $0.row }, of: spec.size) }
      let comparison = MatchedComparison(
        settled, dataset: parent.datasetName, rows: rows, state: { _ in "not run" })
      let name = "\(parent.networkName)-\(parent.datasetName)"
      result.append(
        MethodComparison(
          network: parent.networkName, dataset: parent.datasetName,
          dense: rows.first { $0.row.run.isDense }?.row.digest ?? "",
          tables: [
            comparison.table(name: name),
            comparison.differenceTable(name: "\(name)-differences"),
          ].compactMap { $0 },
          values: comparison.valuesTable(name: "\(name)-values")))
    }
    return result
  }

  /// Round sizes between the smallest and the largest of some rows.
  private static func sizes(coveredBy rows: [ResultRow], of name: String) -> [Double] {
    let sizes = rows.filter { $0.run.compresses }
      .flatMap { $0.measuredOrStored(name) }.filter { $0 > 0 }
    guard let smallest = sizes.min(), let largest = sizes.max() else { return [] }
    var round: [Double] = []
    var power = 0.01
    while power <= largest {
      round += [power, 2 * power, 5 * power]
      power *= 10
    }
    return round.filter { smallest <= $0 && $0 <= largest }
  }
}
