// One task on its node: which of its runs are to be computed, and whether this node has what they need.

public import Datasets
public import Experiments
public import Foundation
import Files
import Reproducibility

/// A task of a manifest, read on the node that computes it.
public struct ClusterTask: Sendable {
  /// Where records go.
  public let store: RecordStore
  /// Where dense networks and checkpoints are kept.
  public let cache: NetworkCache
  /// Threads inside each run.
  public let threads: Int
  /// The runs that have no record yet.
  public let due: [PlannedRun]
  /// How many runs the task has.
  public let runCount: Int
  /// Runs whose dense network is not there.
  public let orphans: [(run: PlannedRun, problem: ClusterError)]

  /// Reads a task.
  ///
  /// - Parameters:
  ///   - named: the results that the caller names; nil if it names none.
  ///   - catalog: where data is looked for on this node.
  ///   - node: the name of this node, for errors.
  /// - Throws: `ClusterError` for a manifest or number that is none, or belongs to other results, and if the node lacks data;
  ///   `RunError.otherNumerics`.
  public init(
    manifest url: URL, index: Int, named: URL?, catalog: DatasetCatalog, node: String
  ) throws {
    let manifest = try Manifest(contentsOf: url)
    if let named {
      let path = Manifest.path(of: named)
      guard path == manifest.header.results else {
        throw ClusterError.otherResults(
          path: url.path, manifest: manifest.header.results, named: path)
      }
    }
    let runs = try manifest.task(index, path: url.path)
    store = RecordStore(root: URL(fileURLWithPath: manifest.header.results))
    cache = NetworkCache(root: URL(fileURLWithPath: manifest.header.cache))
    threads = manifest.header.threads
    runCount = runs.count
    var due: [PlannedRun] = []
    var orphans: [(run: PlannedRun, problem: ClusterError)] = []
    for run in runs.map({ $0.planned }) {
      if try store.holds(run, cache: cache) { continue }
      guard run.identity.numericsVersion == NumericsVersion.current else {
        throw RunError.otherNumerics(
          planned: run.identity.numericsVersion, here: NumericsVersion.current)
      }
      try Self.requireData(of: run, in: catalog, node: node)
      if let parent = run.parentName, !cache.contains(parent) {
        orphans.append((run, .missingParent(name: parent, node: node)))
      } else {
        due.append(run)
      }
    }
    self.due = due
    self.orphans = orphans
  }

  private static func requireData(
    of run: PlannedRun, in catalog: DatasetCatalog, node: String
  ) throws(ClusterError) {
    guard let dataset = run.identity.run.dataset else { return }
    let found: [String: Digest]
    do throws(DatasetError) {
      found = try catalog.checksums(of: dataset)
    } catch {
      throw .missingData(dataset: dataset.name, node: node, problem: "\(error)")
    }
    guard found == run.identity.datasetChecksums else {
      throw .missingData(
        dataset: dataset.name, node: node,
        problem: "the files here are not those that the run was planned with")
    }
  }
}
