// Files that are either absent or complete, whatever kills the process: a temporary file in the same folder, fsync,
// then link (create) or rename (replace), then fsync of the folder. Start with `DurableFile.create`.

public import Foundation

/// Writes files that survive a kill or a power cut whole or not at all.
public enum DurableFile {
  /// What `create` found.
  public enum Created: Equatable, Sendable {
    /// The file is new.
    case created
    /// The file existed with the same bytes, for example because another process was faster.
    case alreadyThereSame
  }

  /// Creates a file that never changes afterwards; of several writers of the same bytes one creates it, the others succeed.
  ///
  /// Missing folders are created. An existing file is never touched.
  ///
  /// - Throws: `.differentContent` if the file exists with other bytes.
  @discardableResult
  public static func create(_ data: Data, at url: URL) throws(FileError) -> Created {
    let folder = url.deletingLastPathComponent()
    let temporary = try writeTemporary(data, in: folder)
    var failure = link(temporary, url.path) == 0 ? nil : Optional(errno)
    unlink(temporary)
    var result = Created.created
    if failure == EEXIST {
      let existing = try FileContents.read(url)
      if let offset = firstDifference(existing, data) {
        throw .differentContent(path: url.path, offset: offset)
      }
      failure = nil
      result = .alreadyThereSame
    }
    if let failure { throw .system(path: url.path, operation: "link", errorNumber: failure) }
    try synchronize(folder: folder)
    return result
  }

  /// Puts a file with these bytes in place of whatever is there; readers see the old bytes or the new ones.
  ///
  /// Missing folders are created.
  public static func replace(_ data: Data, at url: URL) throws(FileError) {
    let folder = url.deletingLastPathComponent()
    let temporary = try writeTemporary(data, in: folder)
    guard rename(temporary, url.path) == 0 else {
      let failure = errno
      unlink(temporary)
      throw .system(path: url.path, operation: "rename", errorNumber: failure)
    }
    try synchronize(folder: folder)
  }

  /// Makes sure that files can be written in a folder, which is created if it is missing; a full disk takes names, but no bytes.
  public static func probe(_ folder: URL) throws(FileError) {
    unlink(try writeTemporary(Data(count: 4096), in: folder))
  }

  /// Removes what killed writers left in a folder: temporary files whose process on this host is gone, and any older than a
  /// day. A missing folder has none.
  ///
  /// - Returns: the names that were removed, sorted.
  @discardableResult
  public static func sweepTemporaries(in folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let removed = names.filter { name in
      guard let owner = owner(ofTemporary: name) else { return false }
      let path = folder.appendingPathComponent(name).path
      var information = stat()
      guard lstat(path, &information) == 0 else { return false }
      let age = time(nil) - information.st_mtim.tv_sec
      let isAbandoned =
        owner.host == hostName && kill(owner.process, 0) != 0 && errno == ESRCH
      return (isAbandoned || age > 86_400) && unlink(path) == 0
    }
    return removed.sorted()
  }

  // MARK: - Temporary files

  /// What every temporary file's name begins with; version control ignores `.tmp-*`.
  package static let temporaryPrefix = ".tmp-"

  /// The name of a new temporary file: process, 64 random bits (not part of any result), host.
  package static func temporaryName(process: Int32, host: String) -> String {
    var generator = SystemRandomNumberGenerator()
    return "\(temporaryPrefix)\(process)-\(String(generator.next(), radix: 16))-\(host)"
  }

  package static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "/", with: "_")
  }

  private static func owner(ofTemporary name: String) -> (process: Int32, host: String)? {
    guard name.hasPrefix(temporaryPrefix) else { return nil }
    let parts = name.dropFirst(temporaryPrefix.count)
      .split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let process = Int32(parts[0]), process > 0,
      UInt64(parts[1], radix: 16) != nil
    else { return nil }
    return (process, String(parts[2]))
  }

  /// Writes and synchronises a new file in `folder`; returns its path.
  private static func writeTemporary(_ data: Data, in folder: URL) throws(FileError) -> String {
    try createFolder(folder)
    let name = temporaryName(process: getpid(), host: hostName)
    let path = folder.appendingPathComponent(name).path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .system(path: path, operation: "create", errorNumber: errno)
    }
    var failure: FileError? = writeAll(data, to: descriptor, path: path)
    if failure == nil, fsync(descriptor) != 0 {
      failure = .system(path: path, operation: "fsync", errorNumber: errno)
    }
    if close(descriptor) != 0, failure == nil {
      failure = .system(path: path, operation: "close", errorNumber: errno)
    }
    if let failure {
      unlink(path)
      throw failure
    }
    return path
  }

  private static func writeAll(_ data: Data, to descriptor: Int32, path: String) -> FileError? {
    data.withUnsafeBytes { buffer -> FileError? in
      guard let base = buffer.baseAddress else { return nil }
      var offset = 0
      while offset < buffer.count {
        let count = write(descriptor, base + offset, buffer.count - offset)
        if count < 0 {
          if errno == EINTR { continue }
          return .system(path: path, operation: "write", errorNumber: errno)
        }
        offset += count
      }
      return nil
    }
  }

  // MARK: - Folders

  /// Creates a folder and those above it, and makes each new name durable.
  private static func createFolder(_ folder: URL) throws(FileError) {
    var information = stat()
    if stat(folder.path, &information) == 0 { return }
    let parent = folder.deletingLastPathComponent()
    if parent.path != folder.path { try createFolder(parent) }
    guard mkdir(folder.path, 0o755) == 0 || errno == EEXIST else {
      throw .system(path: folder.path, operation: "create the folder", errorNumber: errno)
    }
    try synchronize(folder: parent)
  }

  private static func synchronize(folder: URL) throws(FileError) {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .system(path: folder.path, operation: "open the folder", errorNumber: errno)
    }
    defer { close(descriptor) }
    // Some network file systems cannot synchronise folders and answer EINVAL; there is nothing more to be done there.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw .system(path: folder.path, operation: "fsync the folder", errorNumber: errno)
    }
  }

  /// The first offset at which two contents differ; nil if they are the same.
  private static func firstDifference(_ left: Data, _ right: Data) -> Int? {
    if left == right { return nil }
    return zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(left.count, right.count)
  }
}
