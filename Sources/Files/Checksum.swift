// The cyclic redundancy check of gzip, PNG and our containers, from zlib.

import CZlib
public import Foundation

/// A check of 32 bits that finds every burst of up to 32 damaged bits.
public enum Checksum {
  /// CRC-32 (ISO 3309) of `data`.
  public static func crc32(_ data: Data) -> UInt32 {
    data.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      let pointer = base.assumingMemoryBound(to: UInt8.self)
      return UInt32(truncatingIfNeeded: crc32_z(0, pointer, bytes.count))
    }
  }
}
