// Which folders of a store hold the record of a run, from one walk through the store: a plan asks it for every run it lacks.

import Foundation

/// The folders that hold each run, by the run's name.
public struct RecordIndex: Sendable {
  private let store: RecordStore
  private var folders: [String: [RecordFolder]] = [:]

  /// An index that knows of no folder.
  public init(empty store: RecordStore) { self.store = store }

  /// The index of everything stored, in the order of the folders' names.
  public init(of store: RecordStore) {
    self.init(empty: store)
    func names(in url: URL) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
        .filter { !$0.hasPrefix(".") }
    }
    for paper in names(in: store.root) {
      for experiment in names(in: store.root.appending(path: paper)) {
        for profile in store.profiles(paper: paper, experiment: experiment) {
          let folder = RecordFolder(paper: paper, experiment: experiment, profile: profile)
          for name in names(in: store.url(of: folder)) { folders[name, default: []].append(folder) }
        }
      }
    }
  }

  /// Notes that a folder holds a run from now on.
  public mutating func add(_ name: String, in folder: RecordFolder) {
    folders[name, default: []].append(folder)
  }

  /// The folder of another experiment or profile that holds the same run, finished; of several the first by name.
  ///
  /// - Parameter name: digest and seed.
  public func folder(holding name: String, besides own: RecordFolder) -> RecordFolder? {
    folders[name]?.first { folder in
      let record = store.url(of: folder).appending(path: name).appending(path: "record.json")
      return folder != own && FileManager.default.fileExists(atPath: record.path)
    }
  }
}
