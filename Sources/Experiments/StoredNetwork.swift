// The network that a run left, from beside its record or from the cache, checked against the digest in the record.

import Files
import Datasets
import Foundation
import ModelFiles
public import Networks
import Reproducibility
public import Tensors

/// Why a run's network cannot be had.
public enum StoredNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is neither beside the record nor in the cache.
  case missing(run: String, folder: String, cache: String, experiment: String, profile: String)
  /// It is not the network that the record describes.
  case altered(path: String)
  /// Its file cannot be read.
  case unreadable(path: String, problem: String)
  /// The run returns no network.
  case none(run: String)
  /// The layers in the record form no network for these inputs.
  case network(run: String, problem: NetworkError)

  public var description: String {
    switch self {
    case .missing(let run, let folder, let cache, let experiment, let profile):
      return
        "\(folder): the network of \(run) is neither here nor in \(cache); compute it again with ‘parsimony run \(experiment) --profile \(profile) --results NEW-FOLDER’, which leaves it in one of them"
    case .altered(let path): return "\(path): not the network that its record describes"
    case .unreadable(let path, let problem): return "\(path): \(problem)"
    case .none(let run): return "\(run) is a search on a curve and has no network"
    case .network(let run, let problem): return "\(run): \(problem)"
    }
  }
}

extension StoredRun {
  /// The network that the run returned.
  ///
  /// - Parameter inputShape: the shape of one image of the run's data set.
  /// - Throws: `StoredNetworkError` if it is not here, or is another one than the record's.
  public func network(inputShape: Shape, cache: NetworkCache) throws(StoredNetworkError) -> Network
  {
    let url = networkURL ?? cache.url(of: record.name)
    let plain: Data
    do throws(FileError) {
      plain = try FileContents.readUnpacked(url)
    } catch {
      if case .system(_, _, ENOENT) = error { throw missingNetwork(cache) }
      throw .unreadable(path: url.path, problem: error.problem)
    }
    guard Digest(of: plain) == record.networkDigest else { throw .altered(path: url.path) }
    let initial = try initialNetwork(inputShape: inputShape)
    do {
      return try initial.filled(
        from: SafetensorsFile(data: plain, path: url.path), path: url.path)
    } catch {
      throw .unreadable(path: url.path, problem: "\(error)")
    }
  }

  /// The run's network before any training.
  func initialNetwork(inputShape: Shape) throws(StoredNetworkError) -> Network {
    guard let network = record.identity.run.network else { throw .none(run: record.name) }
    let entry = try? record.identity.run.dataset?.entry()
    do throws(NetworkError) {
      return try network.build(
        inputShape: inputShape, classes: entry?.classCount ?? 10,
        seed: Seed(UInt64(record.seed)).child("initialisation"))
    } catch {
      throw .network(run: record.name, problem: error)
    }
  }

  private func missingNetwork(_ cache: NetworkCache) -> StoredNetworkError {
    let profile = url.deletingLastPathComponent()
    return .missing(
      run: record.name, folder: Library.shortPath(url), cache: Library.shortPath(cache.root),
      experiment: profile.deletingLastPathComponent().lastPathComponent,
      profile: profile.lastPathComponent)
  }
}

extension Network {
  /// The network with the values of the file at `url`.
  func filled(fromFileAt url: URL) throws(StoredNetworkError) -> Network {
    do {
      return try filled(from: SafetensorsFile(contentsOf: url), path: url.path)
    } catch {
      throw .unreadable(path: url.path, problem: "\(error)")
    }
  }
}
