// How a user's own results stand to the committed ones: the same bits, within the interval, or different.

import Foundation
import Reproducibility
import Statistics

/// One row of a user's results against the committed row of the same run.
public struct ReproductionRow: Hashable, Sendable {
  /// How the results stand to each other.
  public enum Outcome: Hashable, Sendable {
    /// Every record and history has the bytes of the committed one.
    case sameBits
    /// The mean test accuracies differ by no more than both 95 % intervals together.
    case withinInterval(difference: Double)
    /// They differ by more.
    case different(difference: Double)
  }

  /// The run in few words.
  public var label: String
  /// How many seeds both have.
  public var seedCount: Int
  /// How the results stand to each other.
  public var outcome: Outcome
}

/// A user's results against committed ones.
public enum Reproduction {
  /// One row for each run that both stores hold, in the order of the plan.
  ///
  /// - Throws: `StoreError` for a record that cannot be read.
  public static func compare(_ plan: Plan, own: RecordStore, committed: RecordStore) throws
    -> [ReproductionRow]
  {
    struct Pair {
      var own: StoredRun
      var committed: StoredRun
    }
    var order: [String] = []
    var groups: [String: (label: String, pairs: [Pair])] = [:]
    for run in plan.runs {
      // The dense networks of one recipe are the same run under every profile.
      let profiles = committed.profiles(paper: run.folder.paper, experiment: run.folder.experiment)
      guard let mine = try own.run(in: run.folder, digest: run.digest, seed: run.seed) else {
        continue
      }
      for profile in profiles {
        var folder = run.folder
        folder.profile = profile
        guard let theirs = try committed.run(in: folder, digest: run.digest, seed: run.seed) else {
          continue
        }
        let key = "\(run.folder.experiment)/\(run.digest)"
        if groups[key] == nil {
          order.append(key)
          let values = run.coordinates.keys.sorted().filter { $0 != "dataset" }
            .map { "\($0) \(run.coordinates[$0]?.summary ?? "")" }
          let parts = [run.identity.run.methodName, run.identity.run.datasetName] + values
          groups[key] = (parts.joined(separator: ", "), [])
        }
        groups[key]?.pairs.append(Pair(own: mine, committed: theirs))
        break
      }
    }
    return order.compactMap { key in
      guard let group = groups[key] else { return nil }
      let same = group.pairs.allSatisfy { $0.own.hasSameBits(as: $0.committed) }
      return ReproductionRow(
        label: group.label, seedCount: group.pairs.count,
        outcome: same
          ? .sameBits
          : outcome(
            group.pairs.compactMap { $0.own.record.metrics["test-accuracy"] },
            group.pairs.compactMap { $0.committed.record.metrics["test-accuracy"] }))
    }
  }

  static func outcome(_ own: [Double], _ committed: [Double]) -> ReproductionRow.Outcome {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    let difference = mean(own) - mean(committed)
    let allowed = [own, committed].reduce(0.0) { $0 + (Interval(of: $1)?.halfWidth ?? 0) }
    return abs(difference) <= allowed
      ? .withinInterval(difference: difference) : .different(difference: difference)
  }
}
