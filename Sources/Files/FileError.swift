// What can go wrong with a file, as data; the wording is in one place, `problem`.
// Every room above wraps or passes on these errors, so they always name the path and, where there is one, the offset.

import Foundation

/// What went wrong with one file.
public enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system refused an operation; `errorNumber` is its `errno`.
  case system(path: String, operation: String, errorNumber: Int32)
  /// The file exists with other bytes than those to be created; they first differ at `offset`.
  case differentContent(path: String, offset: Int)
  /// The file ends at `offset` although more must follow.
  case truncated(path: String, offset: Int, expected: String)
  /// The bytes at or before `offset` are not what the format demands.
  case corrupt(path: String, offset: Int, expected: String)
  /// The unpacked contents would exceed the caller's limit, in bytes.
  case tooLarge(path: String, limit: Int)
  /// The bytes are not an image that can be read or written.
  case badImage(path: String, reason: String)

  /// The file concerned.
  public var path: String {
    switch self {
    case .system(let path, _, _), .differentContent(let path, _), .truncated(let path, _, _),
      .corrupt(let path, _, _), .tooLarge(let path, _), .badImage(let path, _):
      return path
    }
  }

  /// What is wrong, without the path.
  public var problem: String {
    switch self {
    case .system(_, let operation, let errorNumber):
      return "cannot \(operation): \(String(cString: strerror(errorNumber)))"
    case .differentContent(_, let offset):
      return "exists with different content, first at byte \(offset); it is left as it was"
    case .truncated(_, let offset, let expected):
      return "ends at byte \(offset); expected \(expected)"
    case .corrupt(_, let offset, let expected):
      return "damaged at or before byte \(offset); expected \(expected)"
    case .tooLarge(_, let limit):
      return "unpacks to more than the allowed \(limit) bytes"
    case .badImage(_, let reason):
      return "not an image that can be used: \(reason)"
    }
  }

  public var description: String { "\(path): \(problem)" }
}
