// Whether stored results are what they say, without running anything: digests of identities and results, names of folders, networks,
// and the dense records that others start from.

import Foundation
import Files
import Reproducibility

/// What a look through a store has found.
public struct Integrity: Sendable {
  /// Records looked at.
  public var recordCount = 0
  /// Stored networks whose bytes were digested.
  public var networkCount = 0
  /// Records without a digest of their result, which were stored before there were any.
  public var unsealed: [StoredRun] = []
  /// One line per contradiction, sorted by path.
  public var problems: [String] = []

  /// No network stored beside its record can have more bytes: gzip shrinks by a factor of a thousand at most.
  private static let largestNetwork = 1024 * RecordStore.networkLimit

  /// Looks through every record of a store, except those in `local`, which is a store of its own.
  public init(of store: RecordStore) {
    for folder in Self.runFolders(in: store.root) { examine(folder, in: store) }
  }

  /// Every folder with a record, by path.
  static func runFolders(in root: URL) -> [URL] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix("/record.json") && !$0.hasPrefix("local/") }.sorted()
      .map { root.appending(path: $0).deletingLastPathComponent() }
  }

  private mutating func examine(_ folder: URL, in store: RecordStore) {
    recordCount += 1
    let path = Self.path(of: folder, below: store.root)
    func wrong(_ problem: String) { problems.append("\(path): \(problem)") }
    let run: StoredRun
    do throws(StoreError) {
      guard let found = try RecordStore.load(folder) else { return }
      run = found
    } catch {
      problems.append("\(error)")
      return
    }
    let record = run.record
    let digest = try? record.identity.digest()
    if let digest, digest != record.digest {
      wrong("its identity has the digest \(digest), the record says \(record.digest)")
    }
    if folder.lastPathComponent != record.name { wrong("the record is that of \(record.name)") }
    let history = try? Data(contentsOf: folder.appending(path: "history.csv"))
    if history.flatMap(HistoryTable.decode) == nil {
      wrong("history.csv is missing or no history")
    } else if record.resultDigest == nil {
      unsealed.append(run)
    } else if let history, digest == record.digest,
      (try? record.sealed(history: history))?.resultDigest != record.resultDigest
    {
      wrong("record.json or history.csv was changed: together they have another digest")
    }
    if run.networkURL == nil, Self.keepsNetwork(run) {
      wrong("\(RecordStore.networkFile) is missing")
    }
    if let url = run.networkURL {
      networkCount += 1
      let plain = (try? Data(contentsOf: url)).flatMap {
        try? Gzip.decompress($0, path: url.path, sizeLimit: Self.largestNetwork)
      }
      if plain.map({ Digest(of: $0) }) != record.networkDigest {
        wrong("\(RecordStore.networkFile) is not the network of the record")
      }
    }
    if let parent = record.identity.parent, let dense = record.identity.run.parent {
      // The same dense run may lie under any profile.
      let name = "\(parent)-s\(record.seed)"
      let place = "dense/\(dense.denseExperiment)"
      let isThere = store.profiles(paper: "dense", experiment: dense.denseExperiment).contains {
        let file = store.root.appending(path: "\(place)/\($0)/\(name)/record.json")
        return FileManager.default.fileExists(atPath: file.path)
      }
      if !isThere { wrong("the dense record \(place)/…/\(name) it starts from is not there") }
    }
  }

  /// Whether the network of a run is stored beside its record: it is small, and no sample of a search.
  private static func keepsNetwork(_ run: StoredRun) -> Bool {
    guard run.record.networkDigest != nil, run.record.identity.run.evaluation != .validation,
      let bytes = run.attempt?.networkFileBytes
    else { return false }
    return bytes <= RecordStore.networkLimit
  }

  private static func path(of url: URL, below root: URL) -> String {
    let (whole, prefix) = (url.standardizedFileURL.path, root.standardizedFileURL.path + "/")
    return whole.hasPrefix(prefix) ? String(whole.dropFirst(prefix.count)) : whole
  }
}
