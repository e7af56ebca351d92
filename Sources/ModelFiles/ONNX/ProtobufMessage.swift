// Protocol Buffers out: fields with a number and a value, as bytes. Seven messages of ONNX need no
// more than this, so that neither generated code nor a library comes with them.

import Foundation

/// The bytes of a message, field by field.
struct ProtobufMessage {
  private(set) var bytes = Data()

  /// Appends a whole number.
  mutating func append(_ field: Int, _ value: Int64) {
    key(field, type: 0)
    varint(UInt64(bitPattern: value))
  }

  /// Appends a single-precision number.
  mutating func append(_ field: Int, _ value: Float) {
    key(field, type: 5)
    let pattern = value.bitPattern
    for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: pattern >> UInt32(8 * byte))) }
  }

  /// Appends bytes.
  mutating func append(_ field: Int, _ value: Data) {
    key(field, type: 2)
    varint(UInt64(value.count))
    bytes.append(value)
  }

  /// Appends a text.
  mutating func append(_ field: Int, _ text: String) { append(field, Data(text.utf8)) }

  /// Appends a message.
  mutating func append(_ field: Int, _ message: ProtobufMessage) { append(field, message.bytes) }

  private mutating func key(_ field: Int, type: Int) { varint(UInt64(field << 3 | type)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
