// From specs to runs: which are stored, which must be computed, in which order, and why.

public import Foundation
public import Datasets
import Files
import ModelFiles
public import Reproducibility

/// One run with one seed and its place in the store.
public struct PlannedRun: Hashable, Sendable {
  /// Why a run is, or is not, to be computed.
  public enum State: Hashable, Sendable {
    /// Its record is stored.
    case stored
    /// There is no record; the reason names what made an older one stale, if there is one.
    case missing(reason: String)
    /// The same run is stored for another experiment or profile: it is copied, not computed again.
    case elsewhere(RecordFolder)
    /// The record is stored, but the network that others start from is not on this machine, or altered: it is trained again.
    case retraining
    /// The data set is not on this machine.
    case needsData(howToGet: String)
    /// The experiment waits for something that does not exist yet.
    case waits(reason: String)
  }

  /// Where the record belongs.
  public var folder: RecordFolder
  /// What is run and what it depends on.
  public var identity: RunIdentity
  /// The digest of the identity.
  public var digest: String
  /// The seed.
  public var seed: Int
  /// Whether it is stored, and why not.
  public var state: State
  /// The experiment's swept values.
  public var coordinates: [String: JSONValue]

  public init(
    folder: RecordFolder, identity: RunIdentity, digest: String, seed: Int, state: State,
    coordinates: [String: JSONValue]
  ) {
    self.folder = folder
    self.identity = identity
    self.digest = digest
    self.seed = seed
    self.state = state
    self.coordinates = coordinates
  }

  /// Digest and seed.
  public var name: String { "\(digest)-s\(seed)" }
  /// The name of the run this one starts from.
  public var parentName: String? { identity.parent.map { "\($0)-s\(seed)" } }
  /// The run in few words.
  public var label: String {
    let values = coordinates.keys.sorted().filter { $0 != "dataset" && $0 != "method" }
      .map { "\($0) \(coordinates[$0]?.summary ?? "")" }
    let parts = [identity.run.methodName, identity.run.datasetName] + values + ["seed \(seed)"]
    return parts.joined(separator: ", ")
  }
  /// Whether it has to be computed now.
  public var isDue: Bool {
    switch state {
    case .missing, .elsewhere, .retraining: return true
    default: return false
    }
  }
}

/// The runs of some experiments, parents before children, each once.
public struct Plan: Sendable {
  /// Every run.
  public var runs: [PlannedRun] = []

  /// A plan of given runs, parents before children.
  public init(runs: [PlannedRun]) { self.runs = runs }

  /// Runs that must be computed, in order.
  public var due: [PlannedRun] { runs.filter { $0.isDue } }

  /// Plans experiments against a store.
  ///
  /// - Parameters:
  ///   - experiments: read under one profile each.
  ///   - store: where results go.
  ///   - cache: where dense networks are kept.
  ///   - catalog: where data is looked for.
  ///   - explainsMissing: whether missing runs are compared with every stored one beside them, to name what made it stale.
  /// - Throws: `StoreError` for a record that cannot be read.
  /// - Complexity: linear in the runs and in what is stored.
  public init(
    _ experiments: [Experiment], store: RecordStore, cache: NetworkCache, catalog: DatasetCatalog,
    explainsMissing: Bool = true
  ) throws {
    let index = RecordIndex(of: store)
    var reasons = StaleReasons(store)
    var checksums: [[String?]: Result<[String: Digest], DatasetError>] = [:]
    var parents: [PlannedRun] = []
    var children: [PlannedRun] = []
    var seen: Set<String> = []
    for experiment in experiments {
      for cell in experiment.cells {
        var files: [String: Digest] = [:]
        var problem: PlannedRun.State?
        if let dataset = cell.run.dataset {
          let key = [dataset.name, dataset.split, dataset.folder]
          let found = checksums[key] ?? Self.checksums(of: dataset, in: catalog)
          checksums[key] = found
          switch found {
          case .success(let digests): files = digests
          case .failure(let error):
            // The digests that the files must have are known, so that stored records are found without them.
            files = Self.publishedChecksums(of: dataset)
            problem = .needsData(howToGet: "\(error)")
          }
        }
        if !experiment.waits.isEmpty { problem = .waits(reason: experiment.waits) }
        var descriptions = [cell.run]
        if let parent = cell.run.parent { descriptions.insert(parent, at: 0) }
        for description in descriptions {
          let isParent = description.isDense
          let folder = RecordFolder(
            of: description, paper: experiment.paper, experiment: experiment.name,
            profile: experiment.profile)
          let identity = try RunIdentity(description, datasetChecksums: files)
          let digest = try identity.digest()
          for seed in cell.seeds
          where seen.insert("\(folder.paper)/\(folder.experiment)/\(digest)-s\(seed)").inserted {
            var run = PlannedRun(
              folder: folder, identity: identity, digest: digest, seed: seed, state: .stored,
              coordinates: isParent ? [:] : cell.coordinates)
            if try store.run(in: folder, digest: digest, seed: seed) == nil {
              run.state =
                try problem ?? index.folder(holding: run.name, besides: folder).map {
                  .elsewhere($0)
                } ?? .missing(reason: explainsMissing ? reasons.reason(for: run) : "not run")
            }
            if isParent { parents.append(run) } else { children.append(run) }
          }
        }
      }
    }
    // A stored dense network is needed again only if something that starts from it is due.
    let needed = Set(children.filter { $0.isDue }.compactMap { $0.parentName })
    for index in parents.indices
    where parents[index].state == .stored && needed.contains(parents[index].name) {
      let parent = parents[index]
      let record = try store.run(in: parent.folder, digest: parent.digest, seed: parent.seed)?
        .record
      if !cache.contains(parent.name, digest: record?.networkDigest) {
        parents[index].state = .retraining
      }
    }
    runs = parents + children
  }

  private static func checksums(of dataset: DatasetSpec, in catalog: DatasetCatalog) -> Result<
    [String: Digest], DatasetError
  > {
    do {
      return .success(try catalog.checksums(of: dataset))
    } catch {
      return .failure(error)
    }
  }

  private static func publishedChecksums(of dataset: DatasetSpec) -> [String: Digest] {
    guard let entry = try? dataset.entry(), let split = try? entry.split(named: dataset.split)
    else { return [:] }
    return entry.publishedChecksums(of: split)
  }
}

/// Dense networks on this machine, outside git, by the name of their run.
public struct NetworkCache: Sendable {
  /// `.cache/parsimony`.
  public let root: URL

  public init(root: URL) { self.root = root }

  /// Where the network of a run is kept.
  public func url(of name: String) -> URL {
    root.appending(path: "networks").appending(path: "\(name).safetensors")
  }

  /// Where the unfinished training of a run is kept.
  public func checkpointURL(of name: String) -> URL {
    root.appending(path: "checkpoints").appending(path: "\(name).safetensors")
  }

  /// Whether the network of a run is here and is the one with this digest: an altered one is as good as none.
  func contains(_ name: String, digest: Digest?) -> Bool {
    guard contains(name), let digest, let data = try? FileContents.read(url(of: name), mapped: true)
    else { return false }
    return Digest(of: data) == digest
  }

  /// Whether the network of a run is here.
  public func contains(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: url(of: name).path)
  }
}
