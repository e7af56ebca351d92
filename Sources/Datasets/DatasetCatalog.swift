// The data sets Parsimony knows by name: where they are, whether they are the published ones, and how to get them.
// Nothing is downloaded; what is missing is said together with the command that fetches it.

public import Foundation
public import Reproducibility

/// A set of labelled images, found and verified.
public struct Dataset: Sendable {
  /// Its name in the catalogue.
  public let name: String
  /// The name of the split.
  public let split: String
  /// The images to learn and validate on.
  public let training: ImageSet
  /// The images that are looked at once, at the end of a run.
  public let test: ImageSet
  /// SHA-256 of the unpacked contents, by file name; of images in folders, by half.
  public let checksums: [String: Digest]
  /// The names of the classes, in the order of the labels.
  public let classNames: [String]
}

/// A text in memory, verified.
public struct TextDataset: Sendable {
  /// Its name in the catalogue.
  public let name: String
  /// The numbered words.
  public let text: TextSet
  /// SHA-256 of the unpacked contents, by file name.
  public let checksums: [String: Digest]
}

/// The data sets that specs may name, and the folders they are looked for in.
public struct DatasetCatalog: Sendable {
  /// Every set Parsimony knows.
  public static let knownEntries: [DatasetEntry] = [
    .mnist, .fashionMNIST, .cifar10, .cifar100, .imageNet, .wikiText2, .kingJamesBible,
  ]

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

  /// The digests of the unpacked files that a split of the set needs, by name, which are those of the published files.
  ///
  /// They identify the contents, so packed and unpacked copies agree.
  public func checksums(
    of name: String, split: String? = nil
  ) throws(DatasetError) -> [String: Digest] {
    try checksums(of: find(name), split: split)
  }

  /// The digests that identify the contents of a split of a set, whether or not the catalogue has it.
  ///
  /// For images in folders they are one for each half, over the names and contents of its files, all of which are read.
  public func checksums(
    of entry: DatasetEntry, split: String? = nil
  ) throws(DatasetError) -> [String: Digest] {
    if case .imageTree(let format) = entry.content {
      return try tree(entry, format)
        .fingerprinted(as: entry.name, geometry: format.geometry).checksums
    }
    let split = try entry.split(named: split)
    let files = try locate(entry, split)
    do throws(DatasetError) {
      return try files.digests()
    } catch {
      throw files.diagnosis(of: error) { (files) throws(DatasetError) in
        switch entry.content {
        case .images(_, _, let reader): _ = try reader.read(entry, split, from: files)
        case .text(let reader, _): _ = try reader.read(entry, from: files)
        case .imageTree: break
        }
      }
    }
  }

  /// The images called `name`, verified.
  public func load(_ name: String, split: String? = nil) throws(DatasetError) -> Dataset {
    try load(find(name), split: split)
  }

  /// The images of a split, verified, whether or not the catalogue has the set. Images in folders stay there, and each
  /// is verified again whenever it is decoded.
  public func load(_ entry: DatasetEntry, split: String? = nil) throws(DatasetError) -> Dataset {
    let split = try entry.split(named: split)
    switch entry.content {
    case .text: throw .otherKind(dataset: entry.name, expected: "images", found: "a text")
    case .imageTree(let format):
      let tree = try tree(entry, format)
      let found = try tree.fingerprinted(as: entry.name, geometry: format.geometry)
      return Dataset(
        name: entry.name, split: split.name, training: found.training, test: found.test,
        checksums: found.checksums, classNames: tree.classNames)
    case .images(_, let classNames, let reader):
      // Reading verifies every file against the catalogue's digest.
      let files = try locate(entry, split)
      let images: (training: ImageSet, test: ImageSet)
      do throws(DatasetError) {
        images = try reader.read(entry, split, from: files)
      } catch {
        throw files.diagnosis(of: error) { (files) throws(DatasetError) in
          _ = try reader.read(entry, split, from: files)
        }
      }
      return Dataset(
        name: entry.name, split: split.name, training: images.training, test: images.test,
        checksums: entry.publishedChecksums(of: split), classNames: classNames)
    }
  }

  /// The text called `name` in memory, verified.
  public func loadText(_ name: String) throws(DatasetError) -> TextDataset {
    let entry = try find(name)
    guard case .text(let reader, _) = entry.content else {
      throw .otherKind(dataset: name, expected: "words", found: "a set of images")
    }
    let split = entry.splits[0]
    let files = try locate(entry, split)
    do throws(DatasetError) {
      return TextDataset(
        name: name, text: try reader.read(entry, from: files),
        checksums: entry.publishedChecksums(of: split))
    } catch {
      throw files.diagnosis(of: error) { (files) throws(DatasetError) in
        _ = try reader.read(entry, from: files)
      }
    }
  }

  func find(_ name: String) throws(DatasetError) -> DatasetEntry {
    guard let entry = entry(named: name) else { throw .unknown(name: name, known: names) }
    return entry
  }

  func candidateFolders(of entry: DatasetEntry) -> [URL] {
    searchRoots.flatMap { root in
      entry.folders.map { root.appendingPathComponent($0, isDirectory: true) }
    } + entry.systemFolders.map { URL(fileURLWithPath: $0, isDirectory: true) }
  }

  /// The first folder that has every file of the split.
  private func locate(
    _ entry: DatasetEntry, _ split: DatasetSplit
  ) throws(DatasetError) -> DatasetFiles {
    let candidates = candidateFolders(of: entry)
    for folder in candidates {
      if let files = DatasetFiles(entry, split, in: folder) { return files }
    }
    let needed = entry.files(of: split)
    let absent = needed.filter { file in
      !candidates.contains { DatasetFiles.locate(file, in: $0) != nil }
    }
    throw .missing(
      dataset: entry.name, files: (absent.isEmpty ? needed : absent).map { $0.name + "[.gz]" },
      searched: candidates.map { $0.path }, howToGet: entry.command)
  }

  /// The first folder with both halves.
  private func tree(
    _ entry: DatasetEntry, _ format: ImageTreeFormat
  ) throws(DatasetError) -> ImageTree {
    let candidates = candidateFolders(of: entry)
    guard let folder = candidates.first(where: { ImageTree.exists(in: $0) }) else {
      throw .missing(
        dataset: entry.name,
        files: [ImageTree.trainingName, ImageTree.testName].map { "\($0)/<class>/*.png" },
        searched: candidates.map { $0.path }, howToGet: entry.command)
    }
    return try ImageTree(folder, classCount: format.classCount)
  }
}
