// PNG files of any bit depth and colour type, written without libpng, so that its reading is tested against something else.

public import Foundation

/// The colour types of PNG, by their numbers in the format.
public enum PNGColour: UInt8, Sendable, CaseIterable {
  case grey = 0
  case colour = 2
  case greyWithAlpha = 4
  case colourWithAlpha = 6

  /// Samples of a pixel.
  public var channels: Int {
    switch self {
    case .grey: 1
    case .colour: 3
    case .greyWithAlpha: 2
    case .colourWithAlpha: 4
    }
  }
}

/// A PNG file with the given samples, not filtered and not compressed.
///
/// - Parameters:
///   - bitDepth: 1, 2, 4, 8 or 16 bits a sample.
///   - samples: `[height, width, channels]`, each below 2 to the power of `bitDepth`.
public func plainPNG(
  width: Int, height: Int, bitDepth: Int, colour: PNGColour, samples: [Int]
) -> Data {
  let rowSize = width * colour.channels
  var raw: [UInt8] = []
  for row in 0..<height {
    raw.append(0)  // no filter
    var (bits, count) = (0, 0)
    for sample in samples[row * rowSize..<(row + 1) * rowSize] {
      bits = bits << bitDepth | sample
      count += bitDepth
      while count >= 8 {
        raw.append(UInt8(truncatingIfNeeded: bits >> (count - 8)))
        count -= 8
      }
    }
    if count > 0 { raw.append(UInt8(truncatingIfNeeded: bits << (8 - count))) }
  }
  let header =
    bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [
      UInt8(bitDepth), colour.rawValue, 0, 0, 0,
    ]
  return Data([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    + chunk("IHDR", header) + chunk("IDAT", stored(raw)) + chunk("IEND", [])
}

/// The check sum of a PNG chunk, bit by bit.
public func crc32(of bytes: some Sequence<UInt8>) -> [UInt8] {
  var remainder = UInt32.max
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 {
      remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xedb8_8320 : 0)
    }
  }
  return bigEndian(~remainder)
}

private func chunk(_ name: String, _ contents: [UInt8]) -> Data {
  let body = Array(name.utf8) + contents
  return Data(bigEndian(UInt32(contents.count)) + body + crc32(of: body))
}

/// Bytes as a zlib stream of blocks that are not compressed (RFC 1950 and 1951).
private func stored(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x78, 0x01]
  var start = 0
  repeat {
    let end = min(start + 65_535, bytes.count)
    let length = UInt16(end - start)
    result.append(end == bytes.count ? 1 : 0)
    for number in [length, ~length] { result += [UInt8(number & 255), UInt8(number >> 8)] }
    result += bytes[start..<end]
    start = end
  } while start < bytes.count
  var (low, high): (UInt32, UInt32) = (1, 0)
  for byte in bytes {
    low = (low + UInt32(byte)) % 65_521
    high = (high + low) % 65_521
  }
  return result + bigEndian(high << 16 | low)
}

private func bigEndian(_ number: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}
