// The frame of containers: a signature, the version, then blocks, each with its kind, its size and
// a checksum.

import Files
package import Foundation

/// The frame of a container: signature, version, and blocks with a checksum each.
enum ContainerFormat {
  static let signature: [UInt8] = Array("PARS".utf8)
  static let version: UInt8 = 1
  static let headerBlock = UInt8(ascii: "H")
  static let tensorBlock = UInt8(ascii: "T")
  /// A block of tensors ends with the one by which it has at least so many elements.
  static let blockElements = 1 << 20
  /// The most elements that each byte of a block, and sixteen more, may stand for.
  static let elementsPerByte = 1 << 12

  /// The elements that a block of `count` bytes may claim.
  static func elementLimit(bytes count: Int) -> Int { (count + 16) * elementsPerByte }

  /// Signature, version and the block of a header's text.
  static func start(header: [UInt8]) -> Data {
    var result = Data(signature + [version])
    var coder = RangeEncoder()
    var text = TextCoder()
    _ = text.code(header, with: &coder)
    append(headerBlock, coder.finish(), to: &result)
    return result
  }

  /// Appends a block: its kind, its size seven bits a byte, the lowest first, its payload, and the
  /// checksum over all of these.
  static func append(_ kind: UInt8, _ payload: [UInt8], to file: inout Data) {
    var block = Data([kind])
    var size = payload.count
    while size >= 0x80 {
      block.append(UInt8(size & 0x7F) | 0x80)
      size >>= 7
    }
    block.append(UInt8(size))
    block.append(contentsOf: payload)
    let sum = Checksum.crc32(block)
    file.append(block)
    for byte in 0..<4 { file.append(UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte))) }
  }
}

/// Files that no writer would write but whose checksums are right, for tests of the reader.
package enum ContainerForgery {
  /// A file of one header and one block of tensors.
  package static func file(header: String, payload: [UInt8]) -> Data {
    var result = ContainerFormat.start(header: Array(header.utf8))
    ContainerFormat.append(ContainerFormat.tensorBlock, payload, to: &result)
    return result
  }

  /// The same file with the checksums that its blocks should have, as far as blocks can be told.
  package static func repaired(_ file: Data) -> Data {
    var bytes = [UInt8](file)
    var position = 5
    while position + 1 < bytes.count {
      let start = position
      var (size, shift) = (0, 0)
      position += 1
      while position < bytes.count, shift < 28 {
        let byte = bytes[position]
        position += 1
        size |= Int(byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      guard position + size + 4 <= bytes.count else { break }
      let sum = Checksum.crc32(Data(bytes[start..<position + size]))
      position += size
      for byte in 0..<4 {
        bytes[position + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte))
      }
      position += 4
    }
    return Data(bytes)
  }
}
