// What can be wrong with a model file, as data. `Problem` says what was expected and what was found; the wording is in one place.

public import Files
public import Networks

/// Why a model file, or one tensor of it, cannot be used.
public struct ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Equatable, Sendable {
    /// The file could not be read or unpacked.
    case unreadable(FileError)
    /// The file ends at `offset`; `expected` says what had to follow.
    case truncated(offset: Int, expected: String)
    /// The header claims to have more bytes than are allowed.
    case headerTooLarge(size: UInt64, limit: Int)
    /// The header is not what the format demands, at byte `offset` of the file.
    case badHeader(offset: Int, expected: String)
    /// A name occurs twice.
    case duplicateName(offset: Int)
    /// The element type is not one of the format's.
    case unknownElementType(found: String, allowed: [String])
    /// The shape has more bytes than can be counted.
    case shapeTooLarge(shape: [Int])
    /// The bytes between the offsets are not those that shape and element type need.
    case wrongSize(expected: Int, found: Int)
    /// The tensor's bytes do not begin where those before it end: a gap or an overlap.
    case notContiguous(expected: Int, found: Int)
    /// The file has more bytes of data than the tensors cover.
    case trailingBytes(expected: Int, found: Int)
    /// There is no such tensor.
    case missing(known: [String])
    /// The tensor's elements are of another type.
    case wrongElementType(expected: [String], found: String)
    /// The bytes at or before `offset` are not what the format demands.
    case damaged(offset: Int, expected: String)
    /// The file was written in a later version of the format.
    case newerVersion(found: Int, known: Int)
    /// The layers in the file form no network.
    case network(NetworkError)
  }

  /// The file concerned.
  public let path: String
  /// The tensor concerned, if it is one.
  public let tensor: String?
  /// What is wrong.
  public let problem: Problem

  /// - Parameter tensor: the tensor concerned; nil if it is the file as a whole.
  public init(path: String, tensor: String? = nil, problem: Problem) {
    self.path = path
    self.tensor = tensor
    self.problem = problem
  }

  public var description: String {
    let place = tensor.map { "\(path): tensor ‘\($0)’" } ?? path
    return "\(place): \(wording)"
  }

  private var wording: String {
    switch problem {
    case .unreadable(let error): return error.problem
    case .truncated(let offset, let expected):
      return "ends at byte \(offset); expected \(expected)"
    case .headerTooLarge(let size, let limit):
      return "byte 0: expected a header of at most \(limit) bytes, found \(size)"
    case .badHeader(let offset, let expected): return "byte \(offset): expected \(expected)"
    case .duplicateName(let offset): return "byte \(offset): expected a new name, found it twice"
    case .unknownElementType(let found, let allowed):
      return "expected an element type out of \(allowed.joined(separator: ", ")), found ‘\(found)’"
    case .shapeTooLarge(let shape): return "expected a size below 2^63 bytes, found shape \(shape)"
    case .wrongSize(let expected, let found):
      return "expected \(expected) bytes for its shape and type, found \(found)"
    case .notContiguous(let expected, let found):
      return "expected its data at offset \(expected), found \(found)"
    case .trailingBytes(let expected, let found):
      return "expected \(expected) bytes of data, found \(found)"
    case .missing(let known):
      return "expected this tensor; the file has \(known.joined(separator: ", "))"
    case .wrongElementType(let expected, let found):
      return "expected elements of type \(expected.joined(separator: " or ")), found \(found)"
    case .damaged(let offset, let expected): return "byte \(offset): expected \(expected)"
    case .newerVersion(let found, let known):
      return "byte 4: version \(found) of the format is newer than \(known), which is read here"
    case .network(let error): return "its layers form no network: \(error)"
    }
  }
}
