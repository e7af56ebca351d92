// The form in which Debian's bible-kjv-text packs its text: windows of equal size, each compressed for itself by the adaptive LZW
// of Unix `compress`. A header of 80 bytes, three numbers, the places of the windows, all big-endian, then the windows.

public import Foundation

/// Unpacks files of windows compressed by LZW (Welch 1984).
public enum WindowedLZW {
  private static let title = Array("EC02Compressed Data File".utf8)
  /// Where the numbers begin: one that is not used, the size of a window, and how many windows there are.
  private static let numbersOffset = 0x50
  /// The most bits of a code.
  private static let maximumBits = 16

  /// Whether the data begins with the title of such a file.
  public static func isCompressed(_ data: Data) -> Bool { data.starts(with: title) }

  /// The contents of all windows.
  ///
  /// - Parameters:
  ///   - path: the file the data comes from, for errors.
  ///   - sizeLimit: the most bytes that may come out.
  public static func decompress(
    _ data: Data, path: String, sizeLimit: Int
  ) throws(FileError) -> Data {
    guard isCompressed(data) else {
      throw .corrupt(path: path, offset: 0, expected: "the title of a compressed data file")
    }
    let bytes = [UInt8](data)
    func number(_ offset: Int) throws(FileError) -> Int {
      guard offset + 4 <= bytes.count else {
        throw .truncated(path: path, offset: bytes.count, expected: "the places of the windows")
      }
      return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let windowSize = try number(numbersOffset + 4)
    let windowCount = try number(numbersOffset + 8)
    guard windowCount == 0 || windowSize <= sizeLimit / windowCount else {
      throw .tooLarge(path: path, limit: sizeLimit)
    }
    var contents: [UInt8] = []
    for window in 0..<windowCount {
      let place = numbersOffset + 12 + 4 * window
      let (start, end) = (try number(place), try number(place + 4))
      guard start <= end, end <= bytes.count else {
        throw .truncated(
          path: path, offset: bytes.count, expected: "window \(window + 1) of \(windowCount)")
      }
      let before = contents.count
      try expand(bytes[start..<end], into: &contents, limit: windowSize, path: path)
      let isLast = window == windowCount - 1
      guard contents.count - before == windowSize || isLast else {
        throw .corrupt(path: path, offset: end, expected: "a window of \(windowSize) bytes")
      }
    }
    return Data(contents)
  }

  /// Appends the contents of one window, whose bit stream has codes of 9 bits at first, lowest bit first.
  ///
  /// Codes come in groups of eight; when their width changes, the rest of a group is filled up. Code 256 begins a new table.
  private static func expand(
    _ packed: ArraySlice<UInt8>, into contents: inout [UInt8], limit: Int, path: String
  ) throws(FileError) {
    let begin = contents.count
    // An entry is the text of an earlier one and a byte: both lie in the output already.
    var places = [Int](repeating: 0, count: 257)
    var lengths = [Int](repeating: 0, count: 257)
    var previous: (place: Int, length: Int)?
    var width = 9
    var (bit, groupStart) = (packed.startIndex * 8, packed.startIndex * 8)
    let bitEnd = packed.endIndex * 8

    func fillGroup() {
      let size = width * 8
      groupStart += (bit - groupStart + size - 1) / size * size
      bit = groupStart
    }
    while true {
      if places.count >= 1 << width, width < maximumBits {
        fillGroup()
        width += 1
      }
      guard bit + width <= bitEnd else { return }
      var code = 0
      for offset in 0..<width {
        let at = bit + offset
        code |= Int(packed[at >> 3] >> UInt8(at & 7) & 1) << offset
      }
      bit += width
      if code == 256 {
        fillGroup()
        places.removeSubrange(257...)
        lengths.removeSubrange(257...)
        (width, previous) = (9, nil)
        continue
      }
      let start = contents.count
      if code < 256 {
        contents.append(UInt8(code))
      } else if code < places.count {
        for offset in 0..<lengths[code] { contents.append(contents[places[code] + offset]) }
      } else if code == places.count, let previous {
        for offset in 0..<previous.length { contents.append(contents[previous.place + offset]) }
        contents.append(contents[previous.place])
      } else {
        throw .corrupt(path: path, offset: bit / 8, expected: "a code below \(places.count)")
      }
      guard contents.count - begin <= limit else {
        throw .corrupt(path: path, offset: bit / 8, expected: "a window of \(limit) bytes")
      }
      if let previous, places.count < 1 << maximumBits {
        // The byte that follows the previous text is the first of this one.
        places.append(previous.place)
        lengths.append(previous.length + 1)
      }
      previous = (start, contents.count - start)
    }
  }
}
