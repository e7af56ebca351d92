// Where results live: <root>/<paper>/<experiment>/<profile>/<digest>-s<seed>/. Records are created once, by exclusive
// link after fsync; a second run that computed other bytes is an error, but more metrics of the same result complete a record.
// Attempts are replaced freely.

public import Foundation
import Files
import Reproducibility
public import Training

/// A place in the store: one experiment of one paper under one profile.
public struct RecordFolder: Hashable, Sendable {
  /// `condensa`.
  public var paper: String
  /// `lenet5-direct-profile`.
  public var experiment: String
  /// `quick`.
  public var profile: String
  /// Whether it is the folder of the samples that the experiment's searches evaluated.
  public var holdsSamples = false

  public init(paper: String, experiment: String, profile: String) {
    self.paper = paper
    self.experiment = experiment
    self.profile = profile
  }

  /// The folder of the samples of this experiment's searches.
  var samples: RecordFolder {
    var result = self
    result.holdsSamples = true
    return result
  }

  /// Where a run of an experiment belongs: dense networks have folders of their own, which all experiments share.
  public init(of run: RunDescription, paper: String, experiment: String, profile: String) {
    let isDense = run.isDense
    self.init(
      paper: isDense ? "dense" : paper, experiment: isDense ? run.denseExperiment : experiment,
      profile: profile)
  }
}

/// What is wrong with a stored file.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read as what it should be.
  case unreadable(path: String, problem: String)
  /// The file was written by a newer Parsimony.
  case newerSchema(path: String, found: Int, known: Int)
  /// The same run computed other bytes than those stored.
  case differentResult(path: String)
  /// The file could not be written.
  case unwritable(path: String, problem: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let problem): return "\(path): \(problem)"
    case .newerSchema(let path, let found, let known):
      return "\(path): schema \(found) is newer than \(known), which this version reads"
    case .differentResult(let path):
      return
        "\(path): not deterministic: the same run computed other bytes than those stored; both are kept, the new ones beside it in ‘\(Self.differentName(of: path))…’; ‘parsimony verify’ says where it parts from its record; without a record, remove the file"
    case .unwritable(let path, let problem): return "\(path): cannot be written: \(problem)"
    }
  }

  /// What the names of files begin with that hold other bytes for the same result.
  static func differentName(of path: String) -> String {
    (URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent) + ".different-"
  }
}

/// A stored result: the record and what lies beside it.
public struct StoredRun: Sendable {
  /// The folder of this run.
  public let url: URL
  /// The record.
  public let record: Record
  /// The last attempt, if its file is there and readable.
  public let attempt: Attempt?

  /// The rows of history.csv.
  public func history() -> [HistoryRow] {
    (try? Data(contentsOf: url.appending(path: "history.csv"))).flatMap(HistoryTable.decode) ?? []
  }

  /// The stored network, if it was small enough to be stored.
  public var networkURL: URL? {
    let file = url.appending(path: RecordStore.networkFile)
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}

/// Reads and writes results below one root folder.
public struct RecordStore: Sendable {
  /// The name of the stored network.
  public static let networkFile = "network.safetensors.gz"
  /// Networks above this size are not stored beside their record.
  public static let networkLimit = 512 * 1024

  /// `results`, or `results/local`.
  public let root: URL

  public init(root: URL) { self.root = root }

  /// The folder of an experiment under a profile.
  public func url(of folder: RecordFolder) -> URL {
    let url = root.appending(path: folder.paper).appending(path: folder.experiment)
      .appending(path: folder.profile)
    return folder.holdsSamples ? url.appending(path: "samples") : url
  }

  /// The folder of one run.
  public func url(of folder: RecordFolder, digest: String, seed: Int) -> URL {
    url(of: folder).appending(path: "\(digest)-s\(seed)")
  }

  /// The stored run, or nil if there is no record.
  ///
  /// - Throws: `StoreError` if there is one that cannot be read.
  public func run(in folder: RecordFolder, digest: String, seed: Int) throws(StoreError)
    -> StoredRun?
  {
    try Self.load(url(of: folder, digest: digest, seed: seed))
  }

  /// The stored run in one folder, or nil if there is no record.
  ///
  /// - Throws: `StoreError` if there is one that cannot be read.
  public static func load(_ url: URL) throws(StoreError) -> StoredRun? {
    let file = url.appending(path: "record.json")
    let data: Data
    do throws(FileError) {
      data = try FileContents.read(file)
    } catch {
      switch error {
      case .system(_, _, ENOENT), .system(_, _, ENOTDIR): return nil
      default: throw .unreadable(path: file.path, problem: error.problem)
      }
    }
    struct Schema: Decodable { var schema: Int }
    if let found = try? CanonicalJSON.decode(Schema.self, from: data),
      found.schema > Record.currentSchema
    {
      throw .newerSchema(path: file.path, found: found.schema, known: Record.currentSchema)
    }
    let record: Record
    do {
      record = try CanonicalJSON.decode(Record.self, from: data)
    } catch {
      throw .unreadable(
        path: file.path,
        problem:
          "it is not a record: \(Self.words(for: error)); remove it to compute the run again")
    }
    return StoredRun(url: url, record: record, attempt: attempt(in: url))
  }

  /// Where a decoding stopped, and why.
  private static func words(for error: any Error) -> String {
    func place(_ context: DecodingError.Context, _ problem: String) -> String {
      let path = context.codingPath.map { $0.stringValue }.joined(separator: ".")
      return path.isEmpty ? problem : "\(path): \(problem)"
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return place(context, "‘\(key.stringValue)’ is missing")
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      return place(context, context.debugDescription.trimmingCharacters(in: ["."]))
    default: return "\(error)"
    }
  }

  /// The last attempt in a run's folder.
  public static func attempt(in url: URL) -> Attempt? {
    (try? Data(contentsOf: url.appending(path: "attempt.json"))).flatMap {
      try? CanonicalJSON.decode(Attempt.self, from: $0)
    }
  }

  /// Every run stored for an experiment, in the order of their names.
  ///
  /// - Throws: `StoreError` for the first record that cannot be read.
  public func runs(in folder: RecordFolder) throws(StoreError) -> [StoredRun] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: url(of: folder).path)) ?? []
    var result: [StoredRun] = []
    for name in names.sorted() {
      if let run = try Self.load(url(of: folder).appending(path: name)) { result.append(run) }
    }
    return result
  }

  /// Profiles that have results for an experiment.
  public func profiles(paper: String, experiment: String) -> [String] {
    let url = root.appending(path: paper).appending(path: experiment)
    return ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
      .filter { !$0.hasPrefix(".") }
  }

  /// Copies a finished run from the folder of another experiment or profile: the same run is never computed twice.
  ///
  /// - Throws: `StoreError` if its files cannot be read or written.
  public func adopt(_ name: String, from other: RecordFolder, into own: RecordFolder)
    throws(StoreError)
  {
    let source = url(of: other).appending(path: name)
    let target = url(of: own).appending(path: name)
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: source.path)) ?? []).sorted()
    // The record last: where there is one, all is there.
    for file in files.filter({ $0 != "record.json" }) + ["record.json"] {
      let data: Data
      do throws(FileError) {
        data = try FileContents.read(source.appending(path: file))
      } catch {
        throw .unreadable(path: source.appending(path: file).path, problem: error.problem)
      }
      try write(data, to: target.appending(path: file), exclusive: file == "record.json")
    }
  }

  /// Writes a finished run: network and history first, the record last, so that a record means all is there.
  ///
  /// A record that an earlier version of Parsimony stored, equal but for metrics that it did not count yet, is completed: a
  /// dense network that left the cache is trained again on any machine without losing or contradicting what is stored.
  ///
  /// - Throws: `StoreError.differentResult` if the run is stored already with other bytes.
  public func create(
    _ record: Record, history: [HistoryRow], compressedNetwork: Data?, in folder: RecordFolder
  ) throws(StoreError) {
    let target = url(of: folder, digest: record.digest, seed: record.seed)
    if let compressedNetwork, compressedNetwork.count <= Self.networkLimit {
      // gzip's bytes may differ between zlib versions, so this file is replaced, not compared.
      try write(compressedNetwork, to: target.appending(path: Self.networkFile), exclusive: false)
    }
    let history = HistoryTable.encode(history)
    try write(history, to: target.appending(path: "history.csv"), exclusive: true)
    let sealed: Record
    do {
      sealed = try record.sealed(history: history)
    } catch {
      throw .unwritable(path: target.path, problem: "\(error)")
    }
    let stored = try Self.load(target)?.record
    let completes = stored.map { $0 != sealed && $0 == sealed.restricted(to: $0) } ?? false
    try write(sealed, in: target, exclusive: !completes)
  }

  /// Adds the digest of its result to a record that was stored before there were any.
  ///
  /// - Returns: whether the record lacked it.
  /// - Throws: `StoreError` if record or history cannot be read, or the record cannot be written.
  public func seal(_ run: StoredRun) throws(StoreError) -> Bool {
    guard run.record.resultDigest == nil else { return false }
    let file = run.url.appending(path: "history.csv")
    let sealed: Record
    do {
      sealed = try run.record.sealed(history: try FileContents.read(file))
    } catch {
      throw .unreadable(path: file.path, problem: "\(error)")
    }
    try write(sealed, in: run.url, exclusive: false)
    return true
  }

  private func write(_ record: Record, in folder: URL, exclusive: Bool) throws(StoreError) {
    let data: Data
    do {
      data = try CanonicalJSON.encode(record, indented: true)
    } catch {
      throw .unwritable(path: folder.path, problem: "\(error)")
    }
    try write(data, to: folder.appending(path: "record.json"), exclusive: exclusive)
  }

  /// Replaces the attempt of a run.
  public func replace(_ attempt: Attempt, in folder: RecordFolder, digest: String, seed: Int)
    throws(StoreError)
  {
    let file = url(of: folder, digest: digest, seed: seed).appending(path: "attempt.json")
    let data: Data
    do {
      data = try CanonicalJSON.encode(attempt, indented: true)
    } catch {
      throw .unwritable(path: file.path, problem: "\(error)")
    }
    try write(data, to: file, exclusive: false)
  }

  private func write(_ data: Data, to url: URL, exclusive: Bool) throws(StoreError) {
    do {
      if exclusive {
        _ = try DurableFile.create(data, at: url)
      } else {
        try DurableFile.replace(data, at: url)
      }
    } catch FileError.differentContent {
      // What was computed may be the only trace of what went wrong.
      let name = StoreError.differentName(of: url.path) + Digest(of: data).short
      let other = url.deletingLastPathComponent().appending(path: name)
        .appendingPathExtension(url.pathExtension)
      try? DurableFile.replace(data, at: other)
      throw .differentResult(path: url.path)
    } catch {
      throw .unwritable(path: url.path, problem: "\(error)")
    }
  }
}
