// What a submission leaves below the results: manifests, one small file per job array, and the workers' output. Everything else is
// the scheduler's.

public import Experiments
public import Foundation
import Files
import Reproducibility

/// A job array that was handed to the scheduler.
public struct Submission: Codable, Hashable, Sendable {
  /// The name of its manifest.
  public var manifest: String
  /// The number of the array.
  public var job: Int
  /// When it was submitted, in seconds since 1970.
  public var submittedAt: Double

  public init(manifest: String, job: Int, submittedAt: Double) {
    self.manifest = manifest
    self.job = job
    self.submittedAt = submittedAt
  }

  /// What the names of jobs begin with; the manifest's name follows.
  static let jobPrefix = "parsimony-"
}

/// The part of a folder of results that belongs to the scheduler's jobs.
public struct ClusterFolder: Sendable {
  /// `<results>/.cluster`.
  public let root: URL

  public init(of store: RecordStore) {
    root = URL(fileURLWithPath: Manifest.path(of: store.root)).appending(path: ".cluster")
  }

  /// The file of a manifest.
  public func url(ofManifest name: String) -> URL {
    root.appending(path: "manifests").appending(path: "\(name).jsonl")
  }

  /// Where workers write.
  var logs: URL { root.appending(path: "logs") }

  private var submissionFolder: URL { root.appending(path: "submissions") }

  /// Keeps a manifest; the same one is kept once.
  func keep(_ manifest: Manifest) throws(ClusterError) {
    do {
      try DurableFile.create(manifest.data, at: url(ofManifest: manifest.name))
      try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(problem: "\(error)")
    }
  }

  /// Notes that a manifest was submitted.
  func note(_ submission: Submission) throws(ClusterError) {
    do {
      try DurableFile.create(
        CanonicalJSON.encode(submission),
        at: submissionFolder.appending(path: "\(submission.job)-\(submission.manifest).json"))
    } catch {
      throw .unwritable(problem: "\(error)")
    }
  }

  /// All that was submitted, oldest first.
  ///
  /// - Throws: `ClusterError.badManifest` for a file that cannot be read.
  public func submissions() throws(ClusterError) -> [Submission] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: submissionFolder.path)) ?? []
    var result: [Submission] = []
    for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
      let file = submissionFolder.appending(path: name)
      guard let data = try? Data(contentsOf: file),
        let submission = try? CanonicalJSON.decode(Submission.self, from: data)
      else { throw .badManifest(path: file.path, problem: "is no note of a submission") }
      result.append(submission)
    }
    return result.sorted { ($0.submittedAt, $0.job) < ($1.submittedAt, $1.job) }
  }

  /// The names of all manifests.
  public func manifestNames() -> Set<String> {
    let folder = root.appending(path: "manifests")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return Set(
      names.filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }.map { String($0.dropLast(6)) })
  }

  /// The tasks of the queue that compute runs of these results, by manifest.
  ///
  /// A job is known by its name: one that was submitted by a process that was killed before it could note that is found too.
  public func tasks(in queue: [QueueEntry]) -> [String: [QueueEntry]] {
    let known = manifestNames()
    var result: [String: [QueueEntry]] = [:]
    for entry in queue where entry.job.hasPrefix(Submission.jobPrefix) {
      let name = String(entry.job.dropFirst(Submission.jobPrefix.count))
      if known.contains(name) { result[name, default: []].append(entry) }
    }
    return result
  }
}
