// A binary range coder: a decision costs −log₂ of the probability that it had been given. The range
// has 32 bits, probabilities have 16, carries run through bytes that are held back. Encoder and
// decoder share one protocol, so that every model of the container is written once and runs in both
// directions.

import Foundation

/// Codes decisions, one after the other, in one of the two directions.
protocol BinaryCoder: Sendable {
  /// Whether decisions come out of the coder instead of going in.
  static var decodes: Bool { get }
  /// Whether the decisions so far need more bytes than there are; a decoder then goes on with
  /// zeros.
  var isExhausted: Bool { get }

  /// Codes one decision.
  ///
  /// - Parameters:
  ///   - decision: what is encoded; a decoder passes over it.
  ///   - probability: that of `true`, in units of 2⁻¹⁶.
  /// - Returns: the decision.
  /// - Precondition: the probability is 1 to 65,535.
  mutating func code(_ decision: Bool, probability: UInt32) -> Bool

  /// Codes the lowest `count` bits of `value`, each as likely as the other.
  ///
  /// - Precondition: there are at most 16 bits.
  mutating func code(_ value: UInt32, bits count: Int) -> UInt32
}

/// The smallest range before the next byte is moved.
private let leastRange: UInt32 = 1 << 24

/// Collects the bytes of decisions.
struct RangeEncoder: BinaryCoder {
  static var decodes: Bool { false }
  var isExhausted: Bool { false }

  private var low: UInt64 = 0
  private var range = UInt32.max
  /// The last byte, which a carry may still change, followed by bytes of 255.
  private var held: UInt8 = 0
  private var heldCount = 0
  private var bytes: [UInt8] = []

  @inline(__always)
  mutating func code(_ decision: Bool, probability: UInt32) -> Bool {
    let bound = UInt32(truncatingIfNeeded: (UInt64(range) &* UInt64(probability)) >> 16)
    if decision {
      range = bound
    } else {
      low &+= UInt64(bound)
      range &-= bound
    }
    while range < leastRange {
      range &<<= 8
      moveByte()
    }
    return decision
  }

  mutating func code(_ value: UInt32, bits count: Int) -> UInt32 {
    range &>>= UInt32(count)
    low &+= UInt64(range) &* UInt64(value)
    while range < leastRange {
      range &<<= 8
      moveByte()
    }
    return value
  }

  private mutating func moveByte() {
    if low < 0xFF00_0000 || low > 0xFFFF_FFFF {
      let carry = UInt8(truncatingIfNeeded: low >> 32)
      if heldCount > 0 {
        bytes.append(held &+ carry)
        bytes.append(contentsOf: repeatElement(0xFF &+ carry, count: heldCount - 1))
        heldCount = 0
      }
      held = UInt8(truncatingIfNeeded: low >> 24)
    }
    heldCount += 1
    low = (low & 0x00FF_FFFF) << 8
  }

  /// The bytes of all decisions. Up to four zeros that would end them are left out: a decoder reads
  /// zeros beyond the end.
  mutating func finish() -> [UInt8] {
    // Of all numbers in the range the one that ends in most zeros.
    let last = low + UInt64(range) - 1
    for zeroBits in stride(from: 32, through: 0, by: -8) {
      let mask = (UInt64(1) << UInt64(zeroBits)) - 1
      let candidate = (low + mask) & ~mask
      if candidate <= last {
        low = candidate
        break
      }
    }
    for _ in 0..<5 { moveByte() }
    for _ in 0..<4 where bytes.last == 0 { bytes.removeLast() }
    return bytes
  }
}

/// Takes decisions from bytes.
struct RangeDecoder: BinaryCoder {
  static var decodes: Bool { true }

  private let bytes: Data
  private var position: Int
  private var range = UInt32.max
  private var value: UInt32 = 0

  /// - Parameter bytes: what an encoder finished with, without copying it.
  init(_ bytes: Data) {
    self.bytes = bytes
    position = bytes.startIndex
    for _ in 0..<4 { takeByte() }
  }

  /// An encoder leaves out at most four zeros.
  var isExhausted: Bool { position > bytes.endIndex + 4 }

  /// How many bytes were not needed.
  var unreadCount: Int { max(0, bytes.endIndex - position) }

  /// Whether nothing but zeros follows.
  var onlyZerosAreLeft: Bool {
    position >= bytes.endIndex || bytes[position...].allSatisfy { $0 == 0 }
  }

  private mutating func takeByte() {
    value = value &<< 8 | (position < bytes.endIndex ? UInt32(bytes[position]) : 0)
    position += 1
  }

  @inline(__always)
  mutating func code(_ decision: Bool, probability: UInt32) -> Bool {
    let bound = UInt32(truncatingIfNeeded: (UInt64(range) &* UInt64(probability)) >> 16)
    let result = value < bound
    if result {
      range = bound
    } else {
      value &-= bound
      range &-= bound
    }
    while range < leastRange {
      range &<<= 8
      takeByte()
    }
    return result
  }

  mutating func code(_ value: UInt32, bits count: Int) -> UInt32 {
    range &>>= UInt32(count)
    let result = min(self.value / range, 1 &<< UInt32(count) - 1)
    self.value &-= result &* range
    while range < leastRange {
      range &<<= 8
      takeByte()
    }
    return result
  }
}
