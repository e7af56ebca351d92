// What the bench of files found, as it is stored for the report.

public import Foundation
public import Reproducibility
import Files

/// Sizes of one network's file, and of its weights in other forms.
public struct FileBenchRow: Codable, Hashable, Sendable {
  /// The network, as the report calls it.
  public var subject: String
  /// The group of rows it belongs to: the same network compressed alike, of different seeds.
  public var group: String
  /// All numbers of the network.
  public var parameterCount: Int
  /// The weights that all coders get.
  public var weightCount: Int
  /// The bytes of the file that was stored before: gzip of safetensors; nil for networks that were
  /// not.
  public var storedBytes: Int?
  /// Bytes of the container with every value.
  public var exactBytes: Int
  /// Bytes of the container without dead units.
  public var thinnedBytes: Int
  /// Bytes of that container with side values in half precision.
  public var halfBytes: Int
  /// The bytes of the header in the thinned container, among those above.
  public var headerBytes: Int
  /// The largest difference between outputs of the network and of its thinned container.
  public var largestDifference: Double
  /// How many test images the thinned container classifies differently.
  public var otherPredictions: Int
  /// Test accuracies in percent: of the network, and with side values in half precision; nil
  /// without data.
  public var accuracy: Double?
  /// The accuracy of the container with side values in half precision.
  public var halfAccuracy: Double?
  /// Bytes of the same integers, by coder: `container`, `entropy`, `bitmap`, `rows`, `huffman`,
  /// `gzip`, `xz`, `zstd`, `bzip2`, `nncodec`; those that are not on this machine are missing.
  public var integerBytes: [String: Int]
  /// Million weights a second, one thread, by coder and direction: `container-encode`,
  /// `nncodec-decode`.
  public var speeds: [String: Double]

  /// Parameters in single precision.
  public var denseBytes: Int { 4 * parameterCount }
}

/// All rows of one run of the bench of files.
public struct FileBenchReport: Codable, Hashable, Sendable {
  /// Where it is stored, below the results.
  public static let path = "bench/files.json"

  /// The machine.
  public var environment: Environment
  /// The peers' names with versions, as far as they were there.
  public var peers: [String]
  /// The networks.
  public var rows: [FileBenchRow]

  /// What is stored in a folder of results; nil if there is nothing.
  ///
  /// - Throws: `StoreError` for a file that is no report.
  public static func load(from results: URL) throws(StoreError) -> FileBenchReport? {
    let file = results.appending(path: path)
    guard let data = try? Data(contentsOf: file) else { return nil }
    do {
      return try CanonicalJSON.decode(FileBenchReport.self, from: data)
    } catch {
      throw .unreadable(path: file.path, problem: "\(error)")
    }
  }

  /// Replaces what is stored in a folder of results.
  ///
  /// - Throws: `StoreError` if it cannot be written.
  public func store(in results: URL) throws(StoreError) -> URL {
    let file = results.appending(path: Self.path)
    do {
      try DurableFile.replace(CanonicalJSON.encode(self, indented: true), at: file)
    } catch {
      throw .unwritable(path: file.path, problem: "\(error)")
    }
    return file
  }
}
