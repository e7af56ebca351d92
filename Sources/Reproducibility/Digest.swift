// SHA-256 through OpenSSL's libcrypto, for data files, resolved runs and stored networks.

import CCrypto
public import Foundation

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
  /// 64 hexadecimal digits.
  public let hexadecimal: String

  /// A digest read from a file; nothing is computed.
  public init(hexadecimal: String) { self.hexadecimal = hexadecimal }

  /// The digest of `bytes`.
  public init(of bytes: Data) {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    let succeeded = bytes.withUnsafeBytes { buffer in
      EVP_Digest(buffer.baseAddress, buffer.count, &result, &length, EVP_sha256(), nil)
    }
    precondition(succeeded == 1 && length == 32, "libcrypto could not compute a SHA-256 digest")
    let digits = Array("0123456789abcdef")
    hexadecimal = String(
      result.prefix(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest of `text` in UTF-8.
  public init(of text: String) { self.init(of: Data(text.utf8)) }

  /// The first 16 digits, which name folders and records.
  public var short: String { String(hexadecimal.prefix(16)) }

  public var description: String { hexadecimal }

  public init(from decoder: any Decoder) throws {
    hexadecimal = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hexadecimal)
  }
}
