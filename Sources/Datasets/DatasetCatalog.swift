// The data sets Parsimony knows by name: where they are, whether they are the published ones, and how to get them.
// Nothing is downloaded; what is missing is said together with the command that fetches it.

public import Foundation
public import Reproducibility

/// A data set in memory.
public struct Dataset: Sendable {
  /// Its name in the catalogue.
  public let name: String
  /// The images to learn and validate on.
  public let training: ImageSet
  /// The images that are looked at once, at the end of a run.
  public let test: ImageSet
  /// SHA-256 of the unpacked contents, by file name.
  public let checksums: [String: Digest]
  /// The names of the classes, in the order of the labels.
  public let classNames: [String]
}

/// Where a data set was found, and whether it is the published one.
public struct DatasetStatus: Hashable, Sendable {
  /// What is known of one file.
  public enum FileState: Hashable, Sendable {
    /// The contents are those of the published file.
    case correct
    /// The contents have another digest.
    case mismatch(found: Digest)
    /// The file cannot be read or unpacked.
    case unreadable(reason: String)
    /// There is no such file.
    case missing
  }

  /// One file.
  public struct File: Hashable, Sendable {
    /// Its name, unpacked.
    public let name: String
    /// Where it is; nil if it is missing.
    public let path: String?
    /// Its size as stored.
    public let sizeInBytes: Int
    /// Whether it is as it should be.
    public let state: FileState
  }

  /// The set's name.
  public let name: String
  /// One line about it.
  public let summary: String
  /// The folder that has at least one of its files; nil if none has.
  public let folder: String?
  /// The folders searched, in order.
  public let searched: [String]
  /// Its files, in the catalogue's order.
  public let files: [File]
  /// Where it is published.
  public let sources: [String]
  /// A command that fetches it.
  public let command: String
  /// Its licence.
  public let licence: String

  /// Whether every file is there with the published contents.
  public var isUsable: Bool { files.allSatisfy { $0.state == .correct } }
  /// Whether a file is there that is not the published one.
  public var isDamaged: Bool {
    files.contains {
      switch $0.state {
      case .correct, .missing: false
      case .mismatch, .unreadable: true
      }
    }
  }
  /// The bytes of the files found, as stored.
  public var sizeInBytes: Int { files.reduce(0) { $0 + $1.sizeInBytes } }
  /// `ok`, or what is wrong in a few words.
  public var verdict: String {
    if isUsable { return "ok" }
    let problems = files.compactMap { file -> String? in
      switch file.state {
      case .correct: return nil
      case .mismatch: return "\(file.name): checksum mismatch"
      case .unreadable(let reason): return "\(file.name): \(reason)"
      case .missing: return folder == nil ? nil : "\(file.name): missing"
      }
    }
    return problems.isEmpty ? "missing" : problems.joined(separator: "; ")
  }
}

/// The data sets that specs may name, and the folders they are looked for in.
public struct DatasetCatalog: Sendable {
  /// Every set Parsimony knows.
  public static let knownEntries: [DatasetEntry] = [.mnist, .fashionMNIST]

  /// The sets of this catalogue.
  public let entries: [DatasetEntry]
  /// The folders that may hold a set's folder, in the order in which they are searched.
  public let searchRoots: [URL]

  public init(searchRoots: [URL], entries: [DatasetEntry] = knownEntries) {
    self.searchRoots = searchRoots
    self.entries = entries
  }

  /// The catalogue that looks in `$PARSIMONY_DATA`, then in `data` below the working directory, then where Debian's packages
  /// put data sets.
  public static func standard(
    environment: [String: String], workingDirectory: URL
  ) -> DatasetCatalog {
    var roots: [URL] = []
    if let path = environment["PARSIMONY_DATA"], !path.isEmpty {
      roots.append(URL(fileURLWithPath: path, isDirectory: true, relativeTo: workingDirectory))
    }
    roots.append(workingDirectory.appendingPathComponent("data", isDirectory: true))
    roots.append(URL(fileURLWithPath: "/usr/share/datasets", isDirectory: true))
    return DatasetCatalog(searchRoots: roots)
  }

  /// The names of all sets.
  public var names: [String] { entries.map { $0.name } }

  /// What is known of the set called `name`; nil if the catalogue has none.
  public func entry(named name: String) -> DatasetEntry? { entries.first { $0.name == name } }

  /// Where the set is and whether its contents are the published ones.
  public func status(of name: String) throws(DatasetError) -> DatasetStatus {
    let entry = try find(name)
    let candidates = candidateFolders(of: entry)
    let folder =
      candidates.first { DatasetFiles(entry, in: $0) != nil }
      ?? candidates.first { folder in
        entry.files.contains { DatasetFiles.locate($0, in: folder) != nil }
      }
    let files = entry.files.map { file -> DatasetStatus.File in
      guard let folder, let url = DatasetFiles.locate(file, in: folder) else {
        return DatasetStatus.File(name: file.name, path: nil, sizeInBytes: 0, state: .missing)
      }
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
      return DatasetStatus.File(
        name: file.name, path: url.path, sizeInBytes: size, state: Self.state(of: file, at: url))
    }
    return DatasetStatus(
      name: name, summary: entry.summary, folder: folder?.path,
      searched: candidates.map { $0.path }, files: files, sources: entry.sources,
      command: entry.command, licence: entry.licence)
  }

  /// The digests of the set's unpacked files, by name, which are those of the published files.
  ///
  /// They identify the contents, so packed and unpacked copies agree.
  public func checksums(of name: String) throws(DatasetError) -> [String: Digest] {
    let entry = try find(name)
    let files = try locate(entry)
    do {
      return try files.digests()
    } catch {
      throw files.diagnosis(of: error, by: entry.reader, entry: entry)
    }
  }

  /// The set in memory, verified.
  public func load(_ name: String) throws(DatasetError) -> Dataset {
    let entry = try find(name)
    // Reading verifies every file against the catalogue's digest.
    let files = try locate(entry)
    let images: (training: ImageSet, test: ImageSet)
    do {
      images = try entry.reader.read(entry, from: files)
    } catch {
      throw files.diagnosis(of: error, by: entry.reader, entry: entry)
    }
    let checksums = Dictionary(entry.files.map { ($0.name, $0.digest) }) { first, _ in first }
    return Dataset(
      name: name, training: images.training, test: images.test, checksums: checksums,
      classNames: entry.classNames)
  }

  private func find(_ name: String) throws(DatasetError) -> DatasetEntry {
    guard let entry = entry(named: name) else { throw .unknown(name: name, known: names) }
    return entry
  }

  private func candidateFolders(of entry: DatasetEntry) -> [URL] {
    searchRoots.flatMap { root in
      entry.folders.map { root.appendingPathComponent($0, isDirectory: true) }
    }
  }

  /// The first folder that has every file.
  private func locate(_ entry: DatasetEntry) throws(DatasetError) -> DatasetFiles {
    let candidates = candidateFolders(of: entry)
    for folder in candidates {
      if let files = DatasetFiles(entry, in: folder) { return files }
    }
    let absent = entry.files.filter { file in
      !candidates.contains { DatasetFiles.locate(file, in: $0) != nil }
    }
    throw .missing(
      dataset: entry.name, files: (absent.isEmpty ? entry.files : absent).map { $0.name + "[.gz]" },
      searched: candidates.map { $0.path }, howToGet: entry.command)
  }

  private static func state(of file: DatasetFile, at url: URL) -> DatasetStatus.FileState {
    do throws(DatasetError) {
      let found = try DatasetFiles.digest(of: file, at: url)
      return found == file.digest ? .correct : .mismatch(found: found)
    } catch {
      if case .unreadable(_, let reason) = error { return .unreadable(reason: reason) }
      return .unreadable(reason: error.description)
    }
  }
}
