// Reading whole files: plain, mapped, and with gzip unpacked where the first two bytes say so.

public import Foundation

/// Whole files as data.
public enum FileContents {
  /// The bytes of a file.
  ///
  /// - Parameter mapped: whether the bytes may stay on disk until they are used.
  public static func read(_ url: URL, mapped: Bool = false) throws(FileError) -> Data {
    var information = stat()
    guard stat(url.path, &information) == 0 else {
      throw .system(path: url.path, operation: "open", errorNumber: errno)
    }
    guard information.st_mode & S_IFMT != S_IFDIR else {
      throw .system(path: url.path, operation: "read", errorNumber: EISDIR)
    }
    do {
      return try Data(contentsOf: url, options: mapped ? [.mappedIfSafe] : [])
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let isDenied = (error as? CocoaError)?.code == .fileReadNoPermission
      let errorNumber = cause.map { Int32($0.code) } ?? (isDenied ? EACCES : EIO)
      throw .system(path: url.path, operation: "read", errorNumber: errorNumber)
    }
  }

  /// The bytes of a file; gzip, recognised by its first two bytes, is unpacked.
  ///
  /// - Parameter sizeLimit: the most bytes that may come out of gzip.
  public static func readUnpacked(_ url: URL, sizeLimit: Int = 1 << 32) throws(FileError) -> Data {
    let data = try read(url, mapped: true)
    return Gzip.isCompressed(data)
      ? try Gzip.decompress(data, path: url.path, sizeLimit: sizeLimit) : data
  }
}
