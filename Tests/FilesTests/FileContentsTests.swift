// Reading whole files, their errors, and numbers as bytes.

import Files
import Foundation
import Reproducibility
import TestSupport
import Testing

@Suite("FileContents") struct FileContentsTests {
  @Test("a file is read the same whether mapped or not", arguments: [0, 1, 100_000])
  func read(count: Int) throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("file")
      let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try data.write(to: url)
      #expect(try FileContents.read(url) == data)
      #expect(try FileContents.read(url, mapped: true) == data)
      #expect(try FileContents.readUnpacked(url) == data)
      try Gzip.compress(data).write(to: url)
      #expect(try FileContents.readUnpacked(url) == data)
    }
  }

  @Test("a missing file and a folder are told apart")
  func errors() throws {
    try withTemporaryFolder { folder throws in
      let missing = folder.appendingPathComponent("missing")
      let error = FileError.system(path: missing.path, operation: "open", errorNumber: ENOENT)
      #expect(throws: error) { try FileContents.read(missing) }
      #expect(error.description == "\(missing.path): cannot open: No such file or directory")
      #expect(throws: FileError.system(path: folder.path, operation: "read", errorNumber: EISDIR)) {
        try FileContents.read(folder)
      }
    }
  }

  @Test(
    "every error names its file, and its offset if it has one",
    arguments: [
      (
        FileError.differentContent(path: "a/b", offset: 17),
        "a/b: exists with different content, first at byte 17; it is left as it was"
      ),
      (.truncated(path: "f", offset: 3, expected: "more"), "f: ends at byte 3; expected more"),
      (
        .corrupt(path: "f", offset: 9, expected: "a header"),
        "f: damaged at or before byte 9; expected a header"
      ),
      (.tooLarge(path: "f", limit: 5), "f: unpacks to more than the allowed 5 bytes"),
      (
        .badImage(path: "f", reason: "no pixels"),
        "f: not an image that can be used: no pixels"
      ),
    ])
  func descriptions(error: FileError, text: String) {
    #expect(error.description == text)
    #expect(text.hasPrefix(error.path))
  }
}

@Suite("LittleEndian") struct LittleEndianTests {
  @Test("numbers have the bytes the format prescribes")
  func bytes() {
    #expect(LittleEndian.data([Float(1)]) == Data([0, 0, 0x80, 0x3f]))
    #expect(LittleEndian.data([-2.0 as Double]) == Data([0, 0, 0, 0, 0, 0, 0, 0xc0]))
    #expect(LittleEndian.data([Int32(-2), 258]) == Data([0xfe, 0xff, 0xff, 0xff, 2, 1, 0, 0]))
    #expect(LittleEndian.data([Int64(1)]) == Data([1, 0, 0, 0, 0, 0, 0, 0]))
    #expect(LittleEndian.data([UInt16(0x1234)]) == Data([0x34, 0x12]))
  }

  @Test(
    "numbers come back bit by bit, also from odd places in slices",
    arguments: 0..<10 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var stream = RandomStream(Seed(seed).child("bytes"))
    let bits = (0..<stream.integer(below: 40)).map { _ in stream.next() }
    func slice(_ data: Data) -> Data {
      (Data([1, 2, 3]) + data + Data([4])).dropFirst(3).dropLast()
    }
    let floats = bits.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
    #expect(
      LittleEndian.floats(slice(LittleEndian.data(floats))).map { $0.bitPattern }
        == floats.map { $0.bitPattern })
    let doubles = bits.map { Double(bitPattern: $0) }
    #expect(
      LittleEndian.doubles(slice(LittleEndian.data(doubles))).map { $0.bitPattern }
        == doubles.map { $0.bitPattern })
    let integers = bits.map { Int64(bitPattern: $0) }
    #expect(LittleEndian.integers64(slice(LittleEndian.data(integers))) == integers)
    let small = bits.map { Int32(truncatingIfNeeded: $0) }
    #expect(LittleEndian.integers32(slice(LittleEndian.data(small))) == small)
    let halves = bits.map { UInt16(truncatingIfNeeded: $0) }
    #expect(LittleEndian.unsigned16(slice(LittleEndian.data(halves))) == halves)
  }

  @Test("bytes that are no whole number of values are a programming error")
  func partialValue() async {
    await #expect(processExitsWith: .failure) { _ = LittleEndian.floats(Data([1, 2, 3])) }
  }
}
