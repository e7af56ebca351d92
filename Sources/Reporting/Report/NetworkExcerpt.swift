// A few tensors of a network that is too large to be stored beside its record, so that pictures need no cache.
// An excerpt is written only from the very network whose digest the record holds.

public import Experiments
import Files
import Foundation
import ModelFiles
import Reproducibility
public import Tensors

/// Small parts of stored networks.
public enum NetworkExcerpt {
  /// Tensors above this size are not kept.
  static let limit = 256 * 1024
  private static let sizeLimit = 1 << 30

  static func url(of parameter: String, in run: StoredRun) -> URL {
    run.url.appending(path: "excerpt-\(parameter).safetensors")
  }

  /// A parameter of a stored run's network: from the stored network, or from an excerpt; nil if neither is there.
  ///
  /// - Throws: `ReportError` if a file is there and cannot be read.
  public static func parameter(_ name: String, of run: StoredRun) throws(ReportError) -> Tensor? {
    let excerpt = url(of: name, in: run)
    do {
      if let network = run.networkURL {
        let packed = try Data(contentsOf: network)
        let plain = try Gzip.decompress(packed, path: network.path, sizeLimit: sizeLimit)
        guard Digest(of: plain) == run.record.networkDigest else {
          throw ReportError.result(
            path: network.path, problem: "not the network that its record describes")
        }
        return try SafetensorsFile(data: plain, path: network.path)
          .tensor(named: ParameterName(name))
      }
      guard FileManager.default.fileExists(atPath: excerpt.path) else { return nil }
      return try SafetensorsFile(contentsOf: excerpt).tensor(named: ParameterName(name))
    } catch let error as ReportError {
      throw error
    } catch {
      throw .result(path: excerpt.deletingLastPathComponent().path, problem: "\(error)")
    }
  }

  /// Keeps one parameter of a run beside its record, if the run's network is in the cache and not stored.
  ///
  /// - Returns: whether the parameter can be read from the store afterwards.
  /// - Throws: `ReportError` if the cached network is another one than the record's, or a file cannot be written.
  @discardableResult
  public static func keep(_ name: String, of run: StoredRun, from cache: NetworkCache)
    throws(ReportError) -> Bool
  {
    let target = url(of: name, in: run)
    if run.networkURL != nil || FileManager.default.fileExists(atPath: target.path) { return true }
    let source = cache.url(of: run.record.name)
    guard let data = try? Data(contentsOf: source) else { return false }
    guard Digest(of: data) == run.record.networkDigest else {
      throw .result(path: source.path, problem: "not the network that its record describes")
    }
    do {
      let tensor = try SafetensorsFile(data: data, path: source.path)
        .tensor(named: ParameterName(name))
      guard tensor.count * 4 <= limit else { return false }
      let excerpt = SafetensorsFile(
        [StoredTensor(ParameterName(name), tensor)],
        metadata: ["run": run.record.name, "network": run.record.networkDigest?.hexadecimal ?? ""])
      try DurableFile.replace(excerpt.encoded(), at: target)
      return true
    } catch {
      throw .file(path: target.path, problem: "\(error)")
    }
  }
}
