// PNG: pixels come back, the same picture gives the same bytes, and damage is an error.

import Files
import Foundation
import Reproducibility
import TestSupport
import Testing

@Suite("Bitmap") struct BitmapTests {
  private func sample(width: Int, height: Int, channels: Int, seed: UInt64) -> Bitmap {
    var stream = RandomStream(Seed(seed).child("bitmap"))
    let pixels = (0..<width * height * channels).map { _ in UInt8(stream.integer(below: 256)) }
    return Bitmap(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test("a picture written as PNG is read back pixel by pixel", arguments: [1, 3])
  func roundTrip(channels: Int) throws {
    for (seed, size) in [(1, 1), (1, 7), (9, 1), (28, 28), (33, 255)].enumerated() {
      let picture = sample(
        width: size.0, height: size.1, channels: channels, seed: UInt64(seed))
      let data = try picture.encoded()
      #expect(data.prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
      #expect(try Bitmap(png: data) == picture, "\(size), \(channels) channels")
      #expect(try picture.encoded() == data)
      #expect(try Bitmap(png: (Data([0]) + data).dropFirst()) == picture, "as a slice")
    }
  }

  @Test("transparency is laid on white")
  func transparency() throws {
    // One opaque red pixel, one transparent blue one.
    let data = try #require(
      Data(
        base64Encoded: """
          iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAADUlEQVR4nGP4z8AARgAO+gL+9R5MqQAAAABJRU5ErkJggg==
          """))
    let picture = try Bitmap(png: data)
    #expect(
      picture == Bitmap(width: 2, height: 1, channels: 3, pixels: [255, 0, 0, 255, 255, 255]))
  }

  @Test("a PNG that is cut before its pixels end, or is none, is refused")
  func damage() throws {
    let data = try sample(width: 20, height: 20, channels: 3, seed: 1).encoded()
    for length in [0, 1, 8, 20, 33, 60, data.count / 2] {
      let error = #expect(throws: FileError.self, "cut at \(length)") {
        try Bitmap(png: data.prefix(length), path: "cut.png")
      }
      guard case .badImage("cut.png", let reason) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!reason.isEmpty)
    }
    #expect(throws: FileError.self) { try Bitmap(png: Data("no picture at all".utf8)) }
    var flipped = data
    flipped[data.count / 2] ^= 0x10
    #expect(throws: FileError.self) { try Bitmap(png: flipped) }
  }

  @Test("every bit depth and colour type is read, and transparency is laid on white")
  func formats() throws {
    for colour in PNGColour.allCases {
      for depth in colour == .grey ? [1, 2, 4, 8, 16] : [8, 16] {
        var stream = RandomStream(Seed(UInt64(depth)).child("\(colour)"))
        let (width, height) = (7, 5)
        let top = 1 << depth - 1
        let samples = (0..<width * height * colour.channels).map { place -> Int in
          let isAlpha = colour.channels % 2 == 0 && (place + 1) % colour.channels == 0
          return isAlpha ? [0, top][stream.integer(below: 2)] : stream.integer(below: 1 << depth)
        }
        let picture = try Bitmap(
          png: plainPNG(
            width: width, height: height, bitDepth: depth, colour: colour, samples: samples))
        let shown = colour.channels <= 2 ? 1 : 3
        #expect(picture.channels == shown && picture.width == width && picture.height == height)
        for pixel in 0..<width * height {
          let first = pixel * colour.channels
          let isClear = colour.channels % 2 == 0 && samples[first + colour.channels - 1] == 0
          for channel in 0..<shown {
            let value = Double(samples[first + channel]) * 255 / Double(top)
            let found = Double(picture.pixels[pixel * shown + channel])
            // 16 bits become 8 by libpng's own rounding, which is off by less than one.
            let tolerance = depth == 16 ? 1 : 0.5
            #expect(
              abs(found - (isClear ? 255 : value)) <= tolerance, "\(colour), \(depth) bits")
          }
        }
      }
    }
  }

  @Test("a claimed size beyond the limit is refused before memory is taken")
  func hugeSize() throws {
    var data = try sample(width: 2, height: 2, channels: 1, seed: 1).encoded()
    // Width and height stand at 16 and 20, their check sum at 29; 60,000 × 60,000.
    data.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
    data.replaceSubrange(29..<33, with: crc32(of: data[12..<29]))
    let error = #expect(throws: FileError.self) { try Bitmap(png: data) }
    #expect(error?.problem.contains("60000 × 60000") == true, "\(String(describing: error))")
  }

  @Test("pixels that do not fit the size are a programming error")
  func wrongPixelCount() async {
    await #expect(processExitsWith: .failure) {
      _ = Bitmap(width: 2, height: 2, channels: 3, pixels: [0, 0, 0, 0])
    }
  }
}
