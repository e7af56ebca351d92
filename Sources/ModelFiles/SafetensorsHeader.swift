// The JSON at the beginning of a safetensors file. A parser of its own, because it must see duplicate keys and say at which
// byte something is wrong, and because the grammar is so small: objects two deep, strings, lists of whole numbers.

import Tensors

/// What the header says of one tensor, not yet checked against the data.
struct SafetensorsEntry {
  var name: String
  var elementType: String
  var shape: [Int]
  /// Offsets of the first byte and the byte after the last, from the end of the header.
  var begin: Int
  var end: Int
}

/// Reads a safetensors header from its bytes.
struct SafetensorsHeaderParser {
  private let bytes: [UInt8]
  private let path: String
  /// Where the header stands in the file.
  private let base: Int
  private var position = 0

  /// - Parameter base: the header's offset in the file, for errors.
  init(bytes: [UInt8], base: Int, path: String) {
    self.bytes = bytes
    self.base = base
    self.path = path
  }

  /// The tensors in the header's order, and the metadata.
  mutating func parse() throws(ModelFileError) -> (
    entries: [SafetensorsEntry], metadata: [String: String]
  ) {
    var entries: [SafetensorsEntry] = []
    var metadata: [String: String] = [:]
    guard bytes.first == UInt8(ascii: "{") else { throw bad("‘{’", at: 0) }
    try object { parser, name throws(ModelFileError) in
      if name == "__metadata__" {
        try parser.object { parser, key throws(ModelFileError) in
          metadata[key] = try parser.string()
        }
      } else {
        entries.append(try parser.entry(named: name))
      }
    }
    skipSpaces()
    guard position == bytes.count else { throw bad("only spaces after the last ‘}’") }
    return (entries, metadata)
  }

  private mutating func entry(named name: String) throws(ModelFileError) -> SafetensorsEntry {
    let start = position
    var elementType: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { parser, key throws(ModelFileError) in
      switch key {
      case "dtype": elementType = try parser.string()
      case "shape": shape = try parser.numbers()
      case "data_offsets": offsets = try parser.numbers()
      default: throw parser.bad("a key out of dtype, shape, data_offsets, not ‘\(key)’", of: name)
      }
    }
    guard let elementType else { throw bad("the key dtype", at: start, of: name) }
    guard let shape else { throw bad("the key shape", at: start, of: name) }
    guard let offsets else { throw bad("the key data_offsets", at: start, of: name) }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw bad("two ascending data_offsets, not \(offsets)", at: start, of: name)
    }
    return SafetensorsEntry(
      name: name, elementType: elementType, shape: shape, begin: offsets[0], end: offsets[1])
  }

  // MARK: - JSON

  private typealias Member = (inout SafetensorsHeaderParser, String) throws(ModelFileError) -> Void

  /// Reads `{"key": value, …}`; `member` reads each value.
  private mutating func object(_ member: Member) throws(ModelFileError) {
    try take(UInt8(ascii: "{"))
    if takes(UInt8(ascii: "}")) { return }
    var names: Set<[UInt8]> = []
    repeat {
      skipSpaces()
      let start = position
      let name = try string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw ModelFileError(
          path: path, tensor: name, problem: .duplicateName(offset: base + start))
      }
      try take(UInt8(ascii: ":"))
      try member(&self, name)
    } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "}"))
  }

  /// Reads `[1, 2, …]`.
  private mutating func numbers() throws(ModelFileError) -> [Int] {
    try take(UInt8(ascii: "["))
    if takes(UInt8(ascii: "]")) { return [] }
    var result: [Int] = []
    repeat { result.append(try number()) } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "]"))
    return result
  }

  private mutating func number() throws(ModelFileError) -> Int {
    skipSpaces()
    let start = position
    var result = 0
    while let digit = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      let tens = result.multipliedReportingOverflow(by: 10)
      let sum = tens.partialValue.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      guard !tens.overflow, !sum.overflow else { throw bad("a number below 2^63", at: start) }
      result = sum.partialValue
      position += 1
    }
    let hasLeadingZero = position - start > 1 && bytes[start] == UInt8(ascii: "0")
    guard position > start, !hasLeadingZero else {
      throw bad("a whole number that is not negative", at: start)
    }
    return result
  }

  private mutating func string() throws(ModelFileError) -> String {
    try take(UInt8(ascii: "\""))
    let start = position
    var content: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw bad("no control character in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        content.append(contentsOf: try escape())
      } else {
        content.append(byte)
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw bad("valid UTF-8 in a string", at: start)
    }
    try take(UInt8(ascii: "\""))
    return text
  }

  /// The UTF-8 of the escape whose backslash has been read.
  private mutating func escape() throws(ModelFileError) -> [UInt8] {
    guard let kind = current else { throw bad("an escape") }
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]) {
        guard current == UInt8(ascii: "\\") else {
          throw bad("the second half of a surrogate pair")
        }
        position += 1
        guard current == UInt8(ascii: "u") else { throw bad("the second half of a surrogate pair") }
        position += 1
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw bad("valid UTF-16 in an escape")
      }
      return Array(text.utf8)
    default: throw bad("an escape out of \" \\ / b f n r t u", at: position - 1)
    }
  }

  private mutating func codeUnit() throws(ModelFileError) -> UInt16 {
    let start = position
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw bad("four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpaces() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  /// Reads `byte` after spaces if it is there; else reads only the spaces.
  private mutating func takes(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func take(_ byte: UInt8) throws(ModelFileError) {
    guard takes(byte) else { throw bad("‘\(Character(Unicode.Scalar(byte)))’") }
  }

  private func bad(
    _ expected: String, at place: Int? = nil, of tensor: String? = nil
  ) -> ModelFileError {
    ModelFileError(
      path: path, tensor: tensor,
      problem: .badHeader(offset: base + (place ?? position), expected: expected))
  }
}
