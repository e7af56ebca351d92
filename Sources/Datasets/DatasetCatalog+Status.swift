// Looking for a data set without using it: every folder it may be in, every file, every split.

import Foundation

extension DatasetCatalog {
  /// Where the set is and whether its contents are the published ones.
  public func status(of name: String) throws(DatasetError) -> DatasetStatus {
    let entry = try find(name)
    let candidates = candidateFolders(of: entry)
    let found = files(of: entry, in: candidates)
    var folder = found.folder
    var tree: DatasetStatus.TreeState?
    if case .imageTree(let format) = entry.content {
      folder = candidates.first { ImageTree.exists(in: $0) }
      tree = folder.map { Self.state(of: $0, classCount: format.classCount) }
    }
    return DatasetStatus(
      name: name, summary: entry.summary, folder: folder?.path,
      searched: candidates.map { $0.path }, files: found.files,
      splits: entry.splits.map {
        DatasetStatus.Split(name: $0.name, files: $0.trainingFiles + $0.testFiles)
      },
      tree: tree, sources: entry.sources, command: entry.command, licence: entry.licence)
  }

  /// The folder that is used for most splits, and the state of every file there.
  private func files(
    of entry: DatasetEntry, in candidates: [URL]
  ) -> (folder: URL?, files: [DatasetStatus.File]) {
    guard !entry.files.isEmpty else { return (nil, []) }
    let located = candidates.map { folder in
      entry.files.map { DatasetFiles.locate($0, in: folder) }
    }
    func splitCount(_ index: Int) -> Int {
      entry.splits.count { DatasetFiles(entry, $0, in: candidates[index]) != nil }
    }
    // Of equals the first, which is the one that runs use.
    let best = candidates.indices.max {
      (splitCount($0), located[$0].count { $0 != nil }, -$0)
        < (splitCount($1), located[$1].count { $0 != nil }, -$1)
    }
    guard let best, located[best].contains(where: { $0 != nil }) else {
      return (
        nil,
        entry.files.map {
          DatasetStatus.File(name: $0.name, path: nil, sizeInBytes: 0, state: .missing)
        }
      )
    }
    let files = zip(entry.files, located[best]).map { file, place -> DatasetStatus.File in
      guard let place else {
        return DatasetStatus.File(name: file.name, path: nil, sizeInBytes: 0, state: .missing)
      }
      let attributes = try? FileManager.default.attributesOfItem(atPath: place.url.path)
      let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
      return DatasetStatus.File(
        name: file.name, path: place.url.path, sizeInBytes: size,
        state: Self.state(of: file, at: place))
    }
    return (candidates[best], files)
  }

  private static func state(
    of file: DatasetFile, at place: DatasetFiles.Place
  ) -> DatasetStatus.FileState {
    do throws(DatasetError) {
      let found = try DatasetFiles.digest(of: file, at: place)
      return found == file.digest ? .correct : .mismatch(found: found)
    } catch {
      if case .unreadable(_, let reason) = error { return .unreadable(reason: reason) }
      return .unreadable(reason: error.description)
    }
  }

  private static func state(of folder: URL, classCount: Int) -> DatasetStatus.TreeState {
    do throws(DatasetError) {
      let tree = try ImageTree(folder, classCount: classCount)
      return .found(
        classCount: tree.classNames.count, trainingCount: tree.training.paths.count,
        testCount: tree.test.paths.count)
    } catch {
      return .broken(reason: error.description)
    }
  }
}
