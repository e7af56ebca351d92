// parsimony verify: runs a stored run again and says whether the same bits come out.

public import Foundation
import Files
import Inference
import Reproducibility
public import Training

/// What running a stored run again has shown.
public enum VerificationResult: Hashable, Sendable {
  /// record.json and history.csv have the same bytes, but for metrics that were not counted yet when the run was stored.
  case sameBits
  /// Other bits, but no metric differs by more than the tolerance (relative).
  case withinTolerance(largest: Double, metric: String)
  /// The histories part at a step, or metrics differ by more.
  case different(problem: String)
}

/// Runs stored runs again.
public struct Verification {
  /// The relative difference that other processors or libraries may cause without a mistake.
  public static let tolerance = 1e-3

  /// Runs a stored run again, with its parent, in a temporary place.
  ///
  /// - Parameters:
  ///   - stored: the run.
  ///   - executor: makes what computes runs into the given store and cache.
  ///   - temporary: a folder for both; the caller removes it.
  ///   - report: called often with the progress of the training.
  /// - Throws: `StoreError` if there is no readable record; whatever the runs throw.
  public static func verify(
    _ stored: StoredRun, executor: (RecordStore, NetworkCache) -> RunExecutor, temporary: URL,
    report: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> VerificationResult {
    let store = RecordStore(root: temporary.appending(path: "results"))
    let cache = NetworkCache(root: temporary.appending(path: "cache"))
    let executor = executor(store, cache)
    let record = stored.record
    let run = record.identity.run
    let folder = RecordFolder(paper: "verify", experiment: "verify", profile: "verify")
    if let parent = run.parent {
      let identity = try RunIdentity(
        parent, datasetChecksums: record.identity.datasetChecksums,
        numericsVersion: record.identity.numericsVersion)
      let place = RecordFolder(
        of: parent, paper: folder.paper, experiment: folder.experiment, profile: folder.profile)
      _ = try executor.execute(
        PlannedRun(
          folder: place, identity: identity, digest: try identity.digest(), seed: record.seed,
          state: .missing(reason: ""), coordinates: [:]), report: report)
    }
    let planned = PlannedRun(
      folder: folder, identity: record.identity, digest: record.digest, seed: record.seed,
      state: .missing(reason: ""), coordinates: [:])
    // Measured values that decided something are replayed.
    let measured = stored.url.appending(path: MeasurementFile.name)
    if record.search?.dependsOnMeasuredTime == true, let data = try? Data(contentsOf: measured) {
      let copy = store.url(of: folder, digest: record.digest, seed: record.seed)
      try DurableFile.replace(data, at: copy.appending(path: MeasurementFile.name))
    }
    _ = try executor.execute(planned, report: report)
    guard let again = try store.run(in: folder, digest: record.digest, seed: record.seed) else {
      return .different(problem: "the run left no record")
    }
    return compare(stored, again)
  }

  /// Compares two stored results of one run.
  static func compare(_ stored: StoredRun, _ again: StoredRun) -> VerificationResult {
    if again.hasSameBits(as: stored) { return .sameBits }
    if stored.record.digest != again.record.digest {
      return .different(problem: "another digest: \(stored.record.digest) → \(again.record.digest)")
    }
    var largest = (value: 0.0, metric: "")
    for (metric, value) in stored.record.metrics {
      guard let other = again.record.metrics[metric] else {
        return .different(problem: "\(metric) is missing in the new record")
      }
      let difference = abs(value - other) / max(abs(value), abs(other), 1e-12)
      if difference > largest.value { largest = (difference, metric) }
    }
    let parting = RunDifference.firstParting(stored.history(), again.history())
    if largest.value <= tolerance {
      return .withinTolerance(largest: largest.value, metric: largest.metric)
    }
    return .different(
      problem: ((parting.map { [$0.line] } ?? []) + [
        "\(largest.metric) differs by \(largest.value) (relative)"
      ])
      .joined(separator: "; "))
  }
}

extension StoredRun {
  /// Whether record and history have the bytes of an earlier result, but for metrics that it did not count yet.
  func hasSameBits(as earlier: StoredRun) -> Bool {
    func bytes(_ run: StoredRun, _ name: String) -> Data? {
      try? Data(contentsOf: run.url.appending(path: name))
    }
    guard let history = bytes(self, "history.csv"), history == bytes(earlier, "history.csv"),
      let known = bytes(earlier, "record.json")
    else { return false }
    return known == bytes(self, "record.json")
      || known
        == (try? CanonicalJSON.encode(record.restricted(to: earlier.record), indented: true))
  }
}
