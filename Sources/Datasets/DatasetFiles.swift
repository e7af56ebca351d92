// Where the files of one data set were found, and their verified contents. Readers get their bytes from here only.

public import Foundation
import Files
import Reproducibility

/// The files of one split of a data set, found but not yet read.
public struct DatasetFiles: Sendable {
  /// The folder they are in.
  public let folder: URL
  private let located: [String: (file: DatasetFile, place: Place)]
  /// Whether contents are compared with the published digests; only a diagnosis does without.
  private var isVerifying = true

  /// A file that was found.
  struct Place: Hashable, Sendable {
    /// The file that has the contents.
    let url: URL
    /// How many of the unpacked bytes are the contents; nil for all.
    let prefixCount: Int?
  }

  /// The files of `entry` that `split` needs, in `folder`, packed or not; nil if one is missing.
  init?(_ entry: DatasetEntry, _ split: DatasetSplit, in folder: URL) {
    self.folder = folder
    var located: [String: (file: DatasetFile, place: Place)] = [:]
    for file in entry.files(of: split) {
      guard let place = Self.locate(file, in: folder) else { return nil }
      located[file.name] = (file, place)
    }
    self.located = located
  }

  /// Where the file's contents are: under its own name, under another name for it, or at the beginning of a file that continues
  /// it; packed before unpacked. Nil if they are missing.
  static func locate(_ file: DatasetFile, in folder: URL) -> Place? {
    func find(_ name: String) -> URL? {
      [name + ".gz", name].lazy
        .map { folder.appendingPathComponent($0) }
        .first { FileManager.default.fileExists(atPath: $0.path) }
    }
    for name in [file.name] + file.aliases {
      if let url = find(name) { return Place(url: url, prefixCount: nil) }
    }
    guard let whole = file.continuation, let url = find(whole.name) else { return nil }
    return Place(url: url, prefixCount: whole.prefixCount)
  }

  /// The path of the file called `name` unpacked, for errors.
  ///
  /// - Precondition: the split needs this file.
  public func path(of name: String) -> String { find(name).place.url.path }

  /// The unpacked contents of the file called `name` unpacked, which are those of the published file.
  ///
  /// - Precondition: the split needs this file.
  public func contents(of name: String) throws(DatasetError) -> Data {
    let (file, place) = find(name)
    let stored = try Self.read(place.url)
    if Self.isKnown(stored, as: file, at: place) { return try Self.unpack(stored, at: place) }
    let contents = try Self.unpack(stored, at: place)
    guard isVerifying else { return contents }
    let found = Digest(of: contents)
    guard found == file.digest else {
      throw .checksumMismatch(file: place.url.path, expected: file.digest, found: found)
    }
    return contents
  }

  /// The digest of the file's unpacked contents; a known packed copy is recognised without unpacking it.
  static func digest(of file: DatasetFile, at place: Place) throws(DatasetError) -> Digest {
    let stored = try read(place.url)
    if isKnown(stored, as: file, at: place) { return file.digest }
    return Digest(of: try unpack(stored, at: place))
  }

  /// The digests of the unpacked contents by file name, which are those of the published files.
  func digests() throws(DatasetError) -> [String: Digest] {
    var result: [String: Digest] = [:]
    for name in located.keys.sorted() {
      let (file, place) = find(name)
      let found = try Self.digest(of: file, at: place)
      guard found == file.digest else {
        throw .checksumMismatch(file: place.url.path, expected: file.digest, found: found)
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

  /// What is wrong inside a file whose digest is wrong: where `read`, which reads its format, stops; else the error itself.
  func diagnosis(
    of error: DatasetError, reading read: (DatasetFiles) throws(DatasetError) -> Void
  ) -> DatasetError {
    guard case .checksumMismatch = error else { return error }
    do throws(DatasetError) {
      try read(unverified)
      return error
    } catch {
      return error
    }
  }

  private func find(_ name: String) -> (file: DatasetFile, place: Place) {
    guard let found = located[name] else {
      preconditionFailure("no file of the data set is called \(name)")
    }
    return found
  }

  /// Whether the bytes are a packed copy whose contents are known.
  private static func isKnown(_ stored: Data, as file: DatasetFile, at place: Place) -> Bool {
    guard place.prefixCount == nil, !file.packedDigests.isEmpty else { return false }
    return file.packedDigests.contains(Digest(of: stored))
  }

  private static func read(_ url: URL) throws(DatasetError) -> Data {
    do throws(FileError) {
      return try FileContents.read(url, mapped: true)
    } catch {
      throw .unreadable(file: url.path, reason: error.problem)
    }
  }

  /// The contents of a file's bytes. No set is larger than the limit, which a damaged or hostile file may claim to be.
  private static func unpack(_ stored: Data, at place: Place) throws(DatasetError) -> Data {
    let path = place.url.path
    var contents = stored
    do throws(FileError) {
      if Gzip.isCompressed(stored) {
        contents = try Gzip.decompress(stored, path: path, sizeLimit: 1 << 31)
      } else if WindowedLZW.isCompressed(stored) {
        contents = try WindowedLZW.decompress(stored, path: path, sizeLimit: 1 << 28)
      }
    } catch {
      throw .unreadable(file: path, reason: error.problem)
    }
    guard let count = place.prefixCount else { return contents }
    guard contents.count >= count else {
      throw .truncated(file: path, offset: contents.count, expected: count)
    }
    return contents.prefix(count)
  }
}
