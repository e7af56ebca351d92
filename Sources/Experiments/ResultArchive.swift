// One archive of specs, records and what is rendered from them, with a checksum for every file, so that somebody else can check it:
// `parsimony bundle` writes it, `parsimony verify --bundle` reads it. tar and gzip do the packing; the bytes depend on the files only.

public import Foundation
import Files
import Reproducibility

/// What is wrong with an archive of results.
public enum ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
  /// tar is not installed, or ended with an error.
  case tar(problem: String)
  /// A file cannot be read or written.
  case file(path: String, problem: String)
  /// Files are missing, altered or not listed; one line each.
  case checksums([String])

  public var description: String {
    switch self {
    case .tar(let problem): "tar: \(problem)"
    case .file(let path, let problem): "\(path): \(problem)"
    case .checksums(let lines): lines.joined(separator: "\n")
    }
  }
}

/// Archives of results.
public enum ResultArchive {
  /// The name of the list of checksums, in the form of `sha256sum`.
  public static let checksumFile = "SHA256SUMS"
  private static let folderName = "parsimony-results"

  /// Writes an archive of papers: their folders, their results with the dense records these start from, and checksums.
  ///
  /// - Parameters:
  ///   - papers: those that are packed.
  ///   - library: the folder of all papers.
  ///   - store: where the records are; rendered files are taken as they stand there.
  ///   - archive: the `.tar.gz` that is written.
  /// - Returns: the number of files.
  /// - Throws: `ArchiveError`.
  public static func write(
    _ papers: [PaperFolder], of library: Library, from store: RecordStore, to archive: URL
  ) throws(ArchiveError) -> Int {
    let whole = papers.map { $0.name } == library.papers.map { $0.name }
    var files: [(source: URL, name: String)] = []
    func add(_ source: URL, as name: String) {
      guard isFolder(source) else {
        if FileManager.default.fileExists(atPath: source.path) { files.append((source, name)) }
        return
      }
      let inside = (try? FileManager.default.subpathsOfDirectory(atPath: source.path)) ?? []
      for path in inside.sorted() {
        let url = source.appending(path: path)
        // Hidden files are leftovers of writes that were killed.
        let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
        if !isHidden && !isFolder(url) { files.append((url, "\(name)/\(path)")) }
      }
    }
    for paper in papers {
      add(paper.url, as: "papers/\(paper.name)")
      add(store.root.appending(path: paper.name), as: "results/\(paper.name)")
    }
    add(library.root.appending(path: "literature.csv"), as: "papers/literature.csv")
    add(store.root.appending(path: "README.md"), as: "results/README.md")
    if whole { add(store.root.appending(path: "index.html"), as: "results/index.html") }
    for name in denseRuns(of: papers, in: store) {
      add(store.root.appending(path: name), as: "results/\(name)")
    }
    var seen: Set<String> = []
    files = files.filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }

    return try withTemporaryFolder { folder throws(ArchiveError) in
      var sums = ""
      for (source, name) in files {
        let data = try read(source)
        sums += "\(Digest(of: data))  \(name)\n"
        try put(data, at: folder.appending(path: "\(folderName)/\(name)"))
      }
      try put(Data(sums.utf8), at: folder.appending(path: "\(folderName)/\(checksumFile)"))
      try tar([
        "--create", "--file", archive.path, "--use-compress-program", "gzip -n -9", "--sort=name",
        "--format=gnu", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner",
        "--mode=u=rwX,go=rX", "--directory", folder.path, folderName,
      ])
      return files.count
    }
  }

  /// Unpacks an archive and checks every file against its checksum.
  ///
  /// - Parameter folder: where it is unpacked.
  /// - Returns: the folder with `papers` and `results`, and the number of files.
  /// - Throws: `ArchiveError`; `checksums` lists what is missing, altered or not listed.
  public static func unpack(_ archive: URL, into folder: URL) throws(ArchiveError) -> (
    root: URL, fileCount: Int
  ) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .file(path: folder.path, problem: "\(error)")
    }
    try tar([
      "--extract", "--gzip", "--file", archive.path, "--no-same-owner", "--directory", folder.path,
    ])
    let root = folder.appending(path: folderName)
    let list = String(decoding: try read(root.appending(path: checksumFile)), as: UTF8.self)
    var problems: [String] = []
    var listed: Set<String> = []
    for line in list.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard parts.count == 2 else {
        problems.append("\(checksumFile): ‘\(line)’ is no checksum and name")
        continue
      }
      let name = parts[1].trimmingCharacters(in: .whitespaces)
      listed.insert(name)
      guard let data = try? FileContents.read(root.appending(path: name)) else {
        problems.append("\(name): is missing")
        continue
      }
      if "\(Digest(of: data))" != parts[0] { problems.append("\(name): is not the file listed") }
    }
    let present = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
    for name in present.sorted() where name != checksumFile && !listed.contains(name) {
      if !isFolder(root.appending(path: name)) { problems.append("\(name): is not listed") }
    }
    guard problems.isEmpty else { throw .checksums(problems) }
    return (root, listed.count)
  }

  /// The folders of the dense runs that the records of some papers start from, below the store.
  private static func denseRuns(of papers: [PaperFolder], in store: RecordStore) -> [String] {
    var result: Set<String> = []
    for paper in papers {
      for folder in Integrity.runFolders(in: store.root.appending(path: paper.name)) {
        guard let record = try? RecordStore.load(folder)?.record,
          let parent = record.identity.parent, let dense = record.identity.run.parent
        else { continue }
        for profile in store.profiles(paper: "dense", experiment: dense.denseExperiment) {
          let name = "dense/\(dense.denseExperiment)/\(profile)/\(parent)-s\(record.seed)"
          if FileManager.default.fileExists(atPath: store.root.appending(path: name).path) {
            result.insert(name)
          }
        }
      }
    }
    return result.sorted()
  }

  private static func isFolder(_ url: URL) -> Bool {
    (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
  }

  private static func withTemporaryFolder<Result>(
    _ body: (URL) throws(ArchiveError) -> Result
  ) throws(ArchiveError) -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "parsimony-archive-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private static func read(_ url: URL) throws(ArchiveError) -> Data {
    do throws(FileError) {
      return try FileContents.read(url)
    } catch {
      throw .file(path: url.path, problem: error.problem)
    }
  }

  private static func put(_ data: Data, at url: URL) throws(ArchiveError) {
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    } catch {
      throw .file(path: url.path, problem: "\(error)")
    }
  }

  private static func tar(_ arguments: [String]) throws(ArchiveError) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar"] + arguments
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw .tar(problem: "\(error)")
    }
    let message = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw .tar(problem: message.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
}
