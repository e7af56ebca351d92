// Why a run has no record although others of its method have: the fields that differ from the nearest stored run. Every stored
// record is read once, however many runs are missing.

import Reproducibility

/// Compares missing runs with what is stored beside them.
struct StaleReasons {
  private struct Stored {
    let digest: String
    let seed: Int
    let identity: JSONValue
    let leaves: [String: JSONValue]
  }

  private struct Place: Hashable {
    let folder: RecordFolder
    let method: String
  }

  /// More stored runs of one method and seed are not compared with a missing one.
  private static let comparisonLimit = 64
  /// With more differences it is another run, not a stale one.
  private static let differenceLimit = 6

  private let store: RecordStore
  private var known: [Place: [Stored]] = [:]
  private var readFolders: Set<RecordFolder> = []

  init(_ store: RecordStore) { self.store = store }

  /// Which fields differ from the nearest stored run of the same method, or that there is none.
  ///
  /// - Throws: `StoreError` for a record that cannot be read.
  mutating func reason(for run: PlannedRun) throws -> String {
    try read(run.folder)
    let all = known[Place(folder: run.folder, method: run.identity.run.methodName)] ?? []
    if all.contains(where: { $0.digest == run.digest }) { return "not run with this seed" }
    let candidates = all.lazy.filter { $0.seed == run.seed }.prefix(Self.comparisonLimit)
    guard !candidates.isEmpty else { return "not run" }
    let wanted = try CanonicalJSON.tree(run.identity)
    let leaves = Self.leaves(of: wanted)
    var nearest: Stored?
    var least = Self.differenceLimit + 1
    for stored in candidates {
      let count = Self.differenceCount(stored.leaves, leaves, limit: least)
      if count < least { (nearest, least) = (stored, count) }
    }
    guard let nearest else { return "not run" }
    let fields = JSONValue.differences(nearest.identity, wanted).filter { $0.path != "parent" }
      .map { "\($0.path): \($0.left) → \($0.right)" }
    return fields.isEmpty ? "not run" : "stale: " + fields.joined(separator: "; ")
  }

  private mutating func read(_ folder: RecordFolder) throws {
    guard readFolders.insert(folder).inserted else { return }
    for run in try store.runs(in: folder) {
      let identity = try CanonicalJSON.tree(run.record.identity)
      let place = Place(folder: folder, method: run.record.identity.run.methodName)
      known[place, default: []].append(
        Stored(
          digest: run.record.digest, seed: run.record.seed, identity: identity,
          leaves: Self.leaves(of: identity)))
    }
  }

  private static func leaves(of tree: JSONValue) -> [String: JSONValue] {
    Dictionary(tree.leaves.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The number of paths at which two documents differ, counted up to `limit`.
  private static func differenceCount(
    _ left: [String: JSONValue], _ right: [String: JSONValue], limit: Int
  ) -> Int {
    var common = 0
    var count = 0
    for (path, value) in right {
      let other = left[path]
      if other != nil { common += 1 }
      if other != value { count += 1 }
      if count >= limit { return limit }
    }
    return min(limit, count + left.count - common)
  }
}
