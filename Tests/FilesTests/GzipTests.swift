// Gzip: what is packed comes back, and every kind of damage is an error with a place.

import Files
import Foundation
import Reproducibility
import Testing

@Suite("Gzip") struct GzipTests {
  /// Random bytes, or bytes of few values with long runs, which compress.
  private func sample(_ count: Int, seed: UInt64) -> Data {
    var stream = RandomStream(Seed(seed).child("gzip"))
    let isRandom = seed % 2 == 0
    var bytes: [UInt8] = []
    while bytes.count < count {
      let run = isRandom ? 1 : 1 + stream.integer(below: 200)
      let value = UInt8(stream.integer(below: isRandom ? 256 : 3))
      bytes += [UInt8](repeating: value, count: min(run, count - bytes.count))
    }
    return Data(bytes)
  }

  @Test("packing and unpacking returns the data", arguments: 0..<8 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    for count in [0, 1, 7, 8, 9, 31, 32, 33, 255, 1023, 200_000] {
      for level in [0, 1, 6, 9] {
        let data = sample(count, seed: seed)
        let packed = try Gzip.compress(data, level: level)
        #expect(Gzip.isCompressed(packed))
        let unpacked = try Gzip.decompress(packed, path: "p", sizeLimit: count)
        #expect(unpacked == data, "seed \(seed), \(count) bytes, level \(level)")
      }
    }
  }

  @Test("what gzip(1) packed with a name and a time is unpacked")
  func foreignFile() throws {
    let packed = try #require(
      Data(base64Encoded: "H4sICADhC14AA2hlbGxvLnR4dADLSM3JyddRSK/KLOACAIYfgqQMAAAA"))
    let text = try Gzip.decompress(packed, path: "hello.txt.gz", sizeLimit: 100)
    #expect(String(decoding: text, as: UTF8.self) == "hello, gzip\n")
  }

  @Test("the header carries no time, name or system")
  func deterministicHeader() throws {
    let data = sample(5000, seed: 1)
    let packed = try Gzip.compress(data)
    #expect([UInt8](packed.prefix(10)) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255])
    #expect(try Gzip.compress(data) == packed)
  }

  @Test("slices of data, whose indices do not begin at zero, are packed and unpacked")
  func slices() throws {
    let data = sample(3000, seed: 3)
    let slice = data.dropFirst(1000)
    let packed = try Gzip.compress(slice)
    let surrounded = (Data([9, 9, 9]) + packed).dropFirst(3)
    #expect(Gzip.isCompressed(surrounded))
    #expect(try Gzip.decompress(surrounded, path: "p", sizeLimit: 2000) == slice)
  }

  @Test("several members are unpacked one after the other")
  func members() throws {
    let parts = (0..<4).map { sample(700 * $0, seed: UInt64($0)) }
    var packed = Data()
    for part in parts { packed += try Gzip.compress(part) }
    let unpacked = try Gzip.decompress(packed, path: "p", sizeLimit: 1 << 20)
    #expect(unpacked == parts.reduce(Data(), +))
  }

  @Test("a file cut anywhere is reported as truncated there")
  func truncation() throws {
    let packed = try Gzip.compress(sample(900, seed: 5))
    for length in 0..<packed.count {
      let error = #expect(throws: FileError.self) {
        try Gzip.decompress(packed.prefix(length), path: "cut.gz", sizeLimit: 10_000)
      }
      guard case .truncated("cut.gz", length, _) = error else {
        Issue.record("cut at \(length): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("no flipped bit changes what comes out without being noticed")
  func flippedBits() throws {
    let data = sample(300, seed: 3)
    let packed = try Gzip.compress(data)
    var noticed = 0
    for bit in 0..<packed.count * 8 {
      var damaged = packed
      damaged[bit / 8] ^= 1 << (bit % 8)
      do throws(FileError) {
        let unpacked = try Gzip.decompress(damaged, path: "flip.gz", sizeLimit: 10_000)
        #expect(unpacked == data, "bit \(bit)")
      } catch {
        noticed += 1
        #expect(error.path == "flip.gz")
      }
    }
    // Some header fields, padding, and other codes for the same run mean nothing.
    #expect(noticed >= (packed.count - 9) * 8)
  }

  @Test("a wrong check sum is corrupt and names the offset of the end")
  func wrongCheckSum() throws {
    var packed = try Gzip.compress(sample(300, seed: 2))
    packed[packed.count - 8] ^= 1
    let error = #expect(throws: FileError.self) {
      try Gzip.decompress(packed, path: "crc.gz", sizeLimit: 10_000)
    }
    guard case .corrupt("crc.gz", let offset, let expected) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect((packed.count - 8...packed.count).contains(offset))
    #expect(expected.contains("incorrect data check"))
  }

  @Test("garbage after the last member is corrupt")
  func trailingGarbage() throws {
    let packed = try Gzip.compress(sample(300, seed: 2))
    let error = #expect(throws: FileError.self) {
      try Gzip.decompress(packed + Data("garbage garbage".utf8), path: "g", sizeLimit: 10_000)
    }
    guard case .corrupt("g", let offset, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect((packed.count...packed.count + 15).contains(offset))
  }

  @Test("data that is not gzip is corrupt at byte 0")
  func notGzip() {
    #expect(
      throws: FileError.corrupt(path: "p", offset: 0, expected: "the gzip magic bytes 1f 8b")
    ) {
      try Gzip.decompress(Data("plain text".utf8), path: "p", sizeLimit: 100)
    }
  }

  @Test("no more comes out than the limit, whatever the file claims")
  func sizeLimit() throws {
    let packed = try Gzip.compress(Data(count: 1 << 20))
    #expect(try Gzip.decompress(packed, path: "p", sizeLimit: 1 << 20).count == 1 << 20)
    for limit in [0, 1000, 1 << 20 - 1] {
      #expect(throws: FileError.tooLarge(path: "p", limit: limit)) {
        try Gzip.decompress(packed, path: "p", sizeLimit: limit)
      }
    }
    var lying = packed  // the last four bytes claim the size
    lying.replaceSubrange(lying.count - 4..<lying.count, with: [0xff, 0xff, 0xff, 0xff])
    #expect(throws: FileError.self) {
      try Gzip.decompress(lying, path: "p", sizeLimit: 1 << 40)
    }
  }

  @Test("a level that does not exist is a programming error")
  func wrongLevel() async {
    await #expect(processExitsWith: .failure) { _ = try Gzip.compress(Data(), level: 10) }
  }
}
