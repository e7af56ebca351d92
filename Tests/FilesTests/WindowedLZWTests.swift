// Windows of LZW: what a packer written from the format's description packs comes back, and damage is an error.

import Files
import Foundation
import Reproducibility
import Testing

/// Codes of one window in groups of eight, lowest bit first; a new table is begun at the given places of the output.
private func packedWindow(_ bytes: [UInt8], clearingAfter clearPlaces: Set<Int> = []) -> [UInt8] {
  var table: [[UInt8]: Int] = [:]
  var (next, width) = (257, 9)
  var output: [UInt8] = []
  var group: [Int] = []

  func flush(atEnd: Bool = false) {
    guard !group.isEmpty else { return }
    var bits = [Bool](repeating: false, count: 8 * width)
    for (index, code) in group.enumerated() {
      for bit in 0..<width { bits[index * width + bit] = code >> bit & 1 == 1 }
    }
    // A group is filled up, but for the last one.
    for byte in 0..<(atEnd ? (group.count * width + 7) / 8 : width) {
      output.append((0..<8).reduce(0) { $0 | (bits[byte * 8 + $1] ? 1 << $1 : 0) })
    }
    group = []
  }
  func emit(_ code: Int) {
    group.append(code)
    if group.count == 8 { flush() }
    if next >= 1 << width, width < 16 {
      flush()
      width += 1
    }
  }
  func code(_ text: [UInt8]) -> Int { text.count == 1 ? Int(text[0]) : table[text] ?? -1 }

  var current: [UInt8] = []
  for (place, byte) in bytes.enumerated() {
    let longer = current + [byte]
    if longer.count == 1 || table[longer] != nil {
      current = longer
    } else {
      emit(code(current))
      if next < 1 << 16 {
        table[longer] = next
        next += 1
      }
      current = [byte]
    }
    if clearPlaces.contains(place) {
      emit(code(current))
      group.append(256)
      flush()
      (table, next, width, current) = ([:], 257, 9, [])
    }
  }
  if !current.isEmpty { emit(code(current)) }
  flush(atEnd: true)
  return output
}

/// A file of windows.
private func packedFile(_ bytes: [UInt8], windowSize: Int, clearingAfter: Set<Int> = []) -> Data {
  let windows = stride(from: 0, to: bytes.count, by: windowSize).map { start in
    packedWindow(
      Array(bytes[start..<min(start + windowSize, bytes.count)]), clearingAfter: clearingAfter)
  }
  func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
  var header = Array("EC02Compressed Data File".utf8)
  header += [UInt8](repeating: 0, count: 0x54 - header.count)
  header += bigEndian(windowSize) + bigEndian(windows.count)
  var place = header.count + 4 * (windows.count + 1) + 3
  for window in windows {
    header += bigEndian(place)
    place += window.count
  }
  return Data(header + bigEndian(place) + [0x1f, 0x9d, 0x90] + windows.flatMap { $0 })
}

@Suite("WindowedLZW") struct WindowedLZWTests {
  /// Texts that repeat nothing, everything, and parts, long enough for codes of up to 13 bits.
  private static let texts: [[UInt8]] = {
    var stream = RandomStream(Seed(5).child("lzw"))
    let random = (0..<9000).map { _ in UInt8(stream.integer(below: 256)) }
    let letters = (0..<20_000).map { _ in UInt8(stream.integer(below: 3)) }
    return [
      [], [7], [7, 7], [UInt8](repeating: 65, count: 5000), Array("abcabcabcabcd".utf8), random,
      letters,
    ]
  }()

  @Test("what was packed comes back, whatever the windows", arguments: 0..<7)
  func roundTrip(index: Int) throws {
    let text = Self.texts[index]
    for windowSize in [1 << 16, 4096, 1000, 1] where text.count / windowSize < 6000 {
      let packed = packedFile(text, windowSize: windowSize)
      #expect(WindowedLZW.isCompressed(packed))
      let contents = try WindowedLZW.decompress(packed, path: "p", sizeLimit: 1 << 20)
      let isSame = [UInt8](contents) == text
      #expect(isSame, "windows of \(windowSize)")
    }
  }

  @Test("a new table may begin anywhere")
  func clearing() throws {
    let text = Self.texts[6]
    for places: Set<Int> in [[0], [99], [5000, 5001, 12_000], [19_999]] {
      let packed = packedFile(text, windowSize: 1 << 16, clearingAfter: places)
      let isSame =
        [UInt8](try WindowedLZW.decompress(packed, path: "p", sizeLimit: 1 << 20)) == text
      #expect(isSame, "\(places)")
    }
  }

  @Test("a file cut anywhere is an error that names it")
  func truncation() {
    let packed = packedFile(Self.texts[5], windowSize: 2000)
    for length in stride(from: 0, to: packed.count, by: 61) {
      let error = #expect(throws: FileError.self, "cut at \(length)") {
        try WindowedLZW.decompress(packed.prefix(length), path: "cut", sizeLimit: 1 << 20)
      }
      #expect(error?.path == "cut")
    }
  }

  @Test("a code that stands for nothing yet, a short window and a long one are refused")
  func damage() {
    let text = Array("abcdefgh".utf8)
    var wild = packedFile(text, windowSize: 64)
    let start = 0x5c + 8 + 3
    wild[start + 1] |= 0xfe  // the second code becomes larger than any entry
    wild[start + 2] |= 0x03
    #expect(
      throws: FileError.corrupt(path: "p", offset: start + 2, expected: "a code below 257")
    ) { try WindowedLZW.decompress(wild, path: "p", sizeLimit: 1 << 20) }

    var long = packedFile(text, windowSize: 64)
    long[0x57] = 3
    #expect(throws: FileError.self) {
      try WindowedLZW.decompress(long, path: "p", sizeLimit: 1 << 20)
    }
    var short = packedFile(Self.texts[6], windowSize: 10_000)
    short[0x56] = 0x28  // 10,256
    #expect(throws: FileError.self) {
      try WindowedLZW.decompress(short, path: "p", sizeLimit: 1 << 20)
    }
    #expect(throws: FileError.tooLarge(path: "p", limit: 63)) {
      try WindowedLZW.decompress(
        packedFile(text, windowSize: 64), path: "p", sizeLimit: 63)
    }
    #expect(!WindowedLZW.isCompressed(Data(text)))
    #expect(throws: FileError.self) {
      try WindowedLZW.decompress(Data(text), path: "p", sizeLimit: 63)
    }
  }
}
