// Where the files of one data set were found, and their verified contents. Readers get their bytes from here only.

public import Foundation
import Files
import Reproducibility

/// The files of one data set, found but not yet read.
public struct DatasetFiles: Sendable {
  /// The folder they are in.
  public let folder: URL
  private let located: [String: (file: DatasetFile, url: URL)]
  /// Whether contents are compared with the published digests; only a diagnosis does without.
  private var isVerifying = true

  /// The files of `entry` in `folder`, packed or not; nil if one is missing.
  init?(_ entry: DatasetEntry, in folder: URL) {
    self.folder = folder
    var located: [String: (file: DatasetFile, url: URL)] = [:]
    for file in entry.files {
      guard let url = Self.locate(file, in: folder) else { return nil }
      located[file.name] = (file, url)
    }
    self.located = located
  }

  /// Where the file is, packed before unpacked; nil if it is missing.
  static func locate(_ file: DatasetFile, in folder: URL) -> URL? {
    [file.name + ".gz", file.name].lazy
      .map { folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The path of the file called `name` unpacked, for errors.
  ///
  /// - Precondition: the set has this file.
  public func path(of name: String) -> String { find(name).url.path }

  /// The unpacked contents of the file called `name` unpacked, which are those of the published file.
  ///
  /// - Precondition: the set has this file.
  public func contents(of name: String) throws(DatasetError) -> Data {
    let (file, url) = find(name)
    let stored = try Self.read(url)
    if Gzip.isCompressed(stored), file.packedDigests.contains(Digest(of: stored)) {
      return try Self.unpack(stored, url)
    }
    let contents = try Self.unpack(stored, url)
    let found = Digest(of: contents)
    guard found == file.digest || !isVerifying else {
      throw .checksumMismatch(file: url.path, expected: file.digest, found: found)
    }
    return contents
  }

  /// The digest of the file's unpacked contents; a known packed copy is recognised without unpacking it.
  static func digest(of file: DatasetFile, at url: URL) throws(DatasetError) -> Digest {
    let stored = try read(url)
    if Gzip.isCompressed(stored), file.packedDigests.contains(Digest(of: stored)) {
      return file.digest
    }
    return Digest(of: try unpack(stored, url))
  }

  /// The digests of the unpacked contents by file name, which are those of the published files.
  func digests() throws(DatasetError) -> [String: Digest] {
    var result: [String: Digest] = [:]
    for name in located.keys.sorted() {
      let (file, url) = find(name)
      let found = try Self.digest(of: file, at: url)
      guard found == file.digest else {
        throw .checksumMismatch(file: url.path, expected: file.digest, found: found)
      }
      result[name] = found
    }
    return result
  }

  /// The same files, whatever their contents are.
  private var unverified: DatasetFiles {
    var result = self
    result.isVerifying = false
    return result
  }

  /// What is wrong inside a file whose digest is wrong: where the format's reader stops, else the error itself.
  func diagnosis(of error: DatasetError, by reader: any ImageReader, entry: DatasetEntry)
    -> DatasetError
  {
    guard case .checksumMismatch = error else { return error }
    do {
      _ = try reader.read(entry, from: unverified)
      return error
    } catch let found {
      return found
    }
  }

  private func find(_ name: String) -> (file: DatasetFile, url: URL) {
    guard let found = located[name] else {
      preconditionFailure("no file of the data set is called \(name)")
    }
    return found
  }

  private static func read(_ url: URL) throws(DatasetError) -> Data {
    do throws(FileError) {
      return try FileContents.read(url, mapped: true)
    } catch {
      throw .unreadable(file: url.path, reason: error.problem)
    }
  }

  /// The contents of a file's bytes. No set is larger than the limit, which a damaged or hostile file may claim to be.
  private static func unpack(_ stored: Data, _ url: URL) throws(DatasetError) -> Data {
    guard Gzip.isCompressed(stored) else { return stored }
    do throws(FileError) {
      return try Gzip.decompress(stored, path: url.path, sizeLimit: 1 << 31)
    } catch {
      throw .unreadable(file: url.path, reason: error.problem)
    }
  }
}
