// PNG in and out through libpng's simplified interface, which never longjmps.

import CPNG
public import Foundation

/// A picture of 8-bit pixels in sRGB, grey or coloured.
public struct Bitmap: Hashable, Sendable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// `height · width · channels` values, row by row from the top left.
  public var pixels: [UInt8]

  /// The most pixels a picture may have.
  public static let pixelLimit = 1 << 28

  /// A picture with the given pixels.
  ///
  /// - Precondition: sizes are positive, `channels` is 1 or 3, and `pixels` has `height · width · channels` values.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "a picture cannot be \(width) × \(height)")
    precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
    precondition(
      pixels.count == width * height * channels,
      "a \(width) × \(height) picture of \(channels) channels has \(width * height * channels) values, not \(pixels.count)"
    )
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The picture in a PNG file; transparency is laid on white, other depths become 8 bits.
  ///
  /// - Parameter path: where the data comes from, for errors.
  public init(png data: Data, path: String = "PNG data") throws(FileError) {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var pixels: [UInt8] = []
    var channels = 0
    let problem: String? = data.withUnsafeBytes { buffer -> String? in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return "there is no data" }
      guard png_image_begin_read_from_memory(&image, base, buffer.count) != 0 else {
        return Self.message(of: image)
      }
      let size = Int(image.width).multipliedReportingOverflow(by: Int(image.height))
      guard !size.overflow, size.partialValue <= Self.pixelLimit else {
        return "\(image.width) × \(image.height) exceeds \(Self.pixelLimit) pixels"
      }
      // Otherwise 16-bit samples of a file that says nothing are taken for linear light.
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let isColoured = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0
      channels = isColoured ? 3 : 1
      image.format = isColoured ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0
      pixels = [UInt8](repeating: 0, count: size.partialValue * channels)
      var white = png_color(red: 255, green: 255, blue: 255)
      guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else {
        return Self.message(of: image)
      }
      return nil
    }
    if let problem { throw .badImage(path: path, reason: problem) }
    self.init(
      width: Int(image.width), height: Int(image.height), channels: channels, pixels: pixels)
  }

  /// The picture as a PNG file; the same pixels give the same bytes wherever libpng and zlib are the same versions.
  public func encoded() throws(FileError) -> Data {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = channels == 3 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0
    defer { png_image_free(&image) }
    // The first call counts the bytes, the second writes them.
    var size = 0
    guard png_image_write_to_memory(&image, nil, &size, 0, pixels, 0, nil) != 0 else {
      throw .badImage(path: "PNG data", reason: Self.message(of: image))
    }
    var data = Data(count: size)
    let succeeded = data.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil) != 0
    }
    guard succeeded else { throw .badImage(path: "PNG data", reason: Self.message(of: image)) }
    return data.prefix(size)
  }

  /// libpng's own words, from its fixed array of characters.
  private static func message(of image: png_image) -> String {
    withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
