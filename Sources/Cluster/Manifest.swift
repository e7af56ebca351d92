// Which runs the tasks of one job array compute: a file that never changes, named by the digest of its bytes. Its first line says
// where results and networks are; every line after it is one task, so that a worker decodes its own line and no other.

public import Experiments
public import Foundation
import Files
import Reproducibility

/// One run as a worker needs it.
public struct ManifestRun: Codable, Hashable, Sendable {
  /// Digest and seed.
  public var name: String
  /// The run in few words.
  public var label: String
  /// Where the record belongs.
  public var paper: String
  /// The experiment's folder.
  public var experiment: String
  /// The profile's folder.
  public var profile: String
  /// What is run.
  public var identity: RunIdentity
  /// The digest of the identity.
  public var digest: String
  /// The seed.
  public var seed: Int
  /// Whether only the network is wanted because the record is stored.
  public var isRetraining: Bool

  /// A planned run.
  public init(_ run: PlannedRun) {
    name = run.name
    label = run.label
    paper = run.folder.paper
    experiment = run.folder.experiment
    profile = run.folder.profile
    identity = run.identity
    digest = run.digest
    seed = run.seed
    isRetraining = run.state == .retraining
  }

  /// Where the record belongs.
  public var folder: RecordFolder {
    RecordFolder(paper: paper, experiment: experiment, profile: profile)
  }

  /// The run as the scheduler of this machine takes it.
  public var planned: PlannedRun {
    PlannedRun(
      folder: folder, identity: identity, digest: digest, seed: seed,
      state: isRetraining ? .retraining : .missing(reason: "not run"), coordinates: [:])
  }
}

/// What is said once for all tasks of a manifest.
public struct ManifestHeader: Codable, Hashable, Sendable {
  /// The version of this format.
  public static let currentSchema = 1

  /// The version of this format.
  public var schema = ManifestHeader.currentSchema
  /// Root of the results, an absolute path that all nodes see.
  public var results: String
  /// Root of the cache, an absolute path that all nodes see.
  public var cache: String
  /// Threads inside each run.
  public var threads: Int
  /// How many tasks follow.
  public var taskCount: Int
}

/// What is needed to know about a run of a manifest without decoding what it computes.
public struct ManifestEntry: Codable, Hashable, Sendable {
  /// Digest and seed.
  public var name: String
  /// The run in few words.
  public var label: String
  /// Where the record belongs.
  public var paper: String
  /// The experiment's folder.
  public var experiment: String
  /// The profile's folder.
  public var profile: String
  /// Whether only the network is wanted because the record is stored.
  public var isRetraining: Bool

  /// Where the record belongs.
  public var folder: RecordFolder {
    RecordFolder(paper: paper, experiment: experiment, profile: profile)
  }
}

/// The tasks of one job array.
public struct Manifest: Sendable {
  /// What is said once for all of them.
  public let header: ManifestHeader
  /// The bytes of the file.
  public let data: Data

  /// The manifest of some tasks.
  ///
  /// - Throws: `EncodingError` for a run that JSON cannot express.
  public init(
    _ tasks: [[PlannedRun]], store: RecordStore, cache: NetworkCache, threads: Int
  ) throws {
    header = ManifestHeader(
      results: Self.path(of: store.root), cache: Self.path(of: cache.root), threads: threads,
      taskCount: tasks.count)
    var data = try CanonicalJSON.encode(header)
    for task in tasks {
      data.append(UInt8(ascii: "\n"))
      data.append(try CanonicalJSON.encode(task.map { ManifestRun($0) }))
    }
    data.append(UInt8(ascii: "\n"))
    self.data = data
  }

  /// The manifest in a file.
  ///
  /// - Throws: `ClusterError.badManifest` if the file is none, was altered or cut short, or was written by a newer version.
  public init(contentsOf url: URL) throws(ClusterError) {
    func bad(_ problem: String) -> ClusterError { .badManifest(path: url.path, problem: problem) }
    do throws(FileError) {
      data = try FileContents.read(url, mapped: true)
    } catch {
      throw bad(error.problem)
    }
    guard Self.name(of: data) == url.deletingPathExtension().lastPathComponent else {
      throw bad("is no manifest, or was altered: its name is not the digest of its contents")
    }
    guard let first = data.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first,
      let header = try? CanonicalJSON.decode(ManifestHeader.self, from: Data(first))
    else { throw bad("is no manifest: its first line is no header") }
    guard header.schema <= ManifestHeader.currentSchema else {
      throw bad(
        "schema \(header.schema) is newer than \(ManifestHeader.currentSchema), which this version reads"
      )
    }
    self.header = header
  }

  /// 16 hexadecimal digits over the bytes.
  public var name: String { Self.name(of: data) }

  /// The runs of one task.
  ///
  /// - Throws: `ClusterError` if there is no such task, or if its line cannot be read.
  public func task(_ index: Int, path: String) throws(ClusterError) -> [ManifestRun] {
    guard (0..<header.taskCount).contains(index) else {
      throw .badIndex(index, taskCount: header.taskCount, path: path)
    }
    let lines = data.split(separator: UInt8(ascii: "\n"), maxSplits: index + 2)
    guard lines.count > index + 1,
      let runs = try? CanonicalJSON.decode([ManifestRun].self, from: Data(lines[index + 1]))
    else { throw .badManifest(path: path, problem: "task \(index) cannot be read") }
    return runs
  }

  /// The runs of every task, without what they compute.
  ///
  /// - Throws: `ClusterError.badManifest` if a line cannot be read.
  public func entries(path: String) throws(ClusterError) -> [[ManifestEntry]] {
    var result: [[ManifestEntry]] = []
    for line in data.split(separator: UInt8(ascii: "\n")).dropFirst() {
      guard let entries = try? CanonicalJSON.decode([ManifestEntry].self, from: Data(line)) else {
        throw .badManifest(path: path, problem: "task \(result.count) cannot be read")
      }
      result.append(entries)
    }
    return result
  }

  private static func name(of data: Data) -> String { Digest(of: data).short }

  static func path(of url: URL) -> String {
    // A path through links is another path on another machine as well, but the same text.
    url.standardizedFileURL.path
  }
}
