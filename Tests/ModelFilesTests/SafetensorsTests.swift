// Safetensors: what is written is read back, and nothing hostile gets past the checks.

import Files
import Foundation
import ModelFiles
import Reproducibility
import Tensors
import TestSupport
import Testing

private let pretrained = ProcessInfo.processInfo.environment["PARSIMONY_DATA"].map {
  URL(fileURLWithPath: $0).appendingPathComponent("pretrained/lenet5-caffe-mnist.safetensors")
}
private let hasPretrained =
  pretrained.map { FileManager.default.fileExists(atPath: $0.path) } ?? false

/// A file with this header and `bodySize` bytes of data.
private func file(_ header: String, bodySize: Int = 0) -> Data {
  file(Array(header.utf8), bodySize: bodySize)
}

private func file(_ header: [UInt8], bodySize: Int) -> Data {
  LittleEndian.data([Int64(header.count)]) + Data(header)
    + Data((0..<bodySize).map { UInt8(truncatingIfNeeded: $0) })
}

@Suite("Safetensors") struct SafetensorsTests {
  private let names = [
    "conv1.weight", "", "a \"quoted\" \\ name", "línea\n\t\u{1}", "名前", "😀", "é", "__metadata",
    "x/y",
  ]

  /// A file of random tensors of every kind, some empty.
  private func sample(seed: UInt64) -> SafetensorsFile {
    var stream = RandomStream(Seed(seed).child("safetensors"))
    var tensors: [StoredTensor] = []
    for name in names {
      let sizes = (0..<stream.integer(below: 4)).map { _ in stream.integer(below: 5) }
      let shape = Shape(sizes)
      let types = ElementType.allCases
      let type = types[stream.integer(below: types.count)]
      let bytes = (0..<shape.elementCount * type.width).map { _ in
        UInt8(stream.integer(below: 256))
      }
      tensors.append(StoredTensor(name: name, type: type, shape: shape, bytes: Data(bytes)))
    }
    let order = stream.permutation(tensors.count)
    let metadata = Dictionary(
      names.map { ($0, String($0.reversed())) }, uniquingKeysWith: { first, _ in first })
    return SafetensorsFile(order.map { tensors[$0] }, metadata: seed % 3 == 0 ? [:] : metadata)
  }

  @Test("a file is read back as it was written, in its order", arguments: 0..<30 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    let written = sample(seed: seed)
    let data = written.encoded()
    let read = try SafetensorsFile(data: data, path: "p")
    #expect(read == written, "seed \(seed)")
    #expect(read.tensors.map { $0.name } == written.tensors.map { $0.name })
    #expect(read.encoded() == data)
    // The data begins at a multiple of eight bytes.
    #expect(Int(data[0]) % 8 == 0)
    // A slice, and a gzip file on disk.
    #expect(try SafetensorsFile(data: (Data([1, 2, 3]) + data).dropFirst(3), path: "p") == written)
    try withTemporaryFolder { folder throws in
      for (name, contents) in [("a.safetensors", data), ("a.gz", try Gzip.compress(data))] {
        let url = folder.appendingPathComponent(name)
        try DurableFile.create(contents, at: url)
        #expect(try SafetensorsFile(contentsOf: url) == written)
      }
    }
  }

  @Test("the bytes of a small file are those of the format")
  func knownBytes() {
    let tensor = Tensor([2], elements: [1, -2])
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let expected =
      LittleEndian.data([Int64(padded.utf8.count)]) + Data(padded.utf8)
      + Data([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    let file = SafetensorsFile([StoredTensor("w", tensor)], metadata: ["b": "2", "a": "1"])
    #expect(file.encoded() == expected)
  }

  @Test("a file without tensors is read")
  func empty() throws {
    let file = try SafetensorsFile(data: SafetensorsFile([]).encoded(), path: "p")
    #expect(file.tensors == [] && file.metadata == [:])
  }

  @Test(
    "a header of another writer is read: spaces, escapes, any order, data not in the header's order"
  )
  func foreignHeader() throws {
    let header = """
      { "b\\u00e9\\ud83d\\ude00" : {"shape":[ ] , "dtype":"U8","data_offsets":[ 4 ,5]},
      \t"a\\/\\n\\"": {"data_offsets":[0,4],"dtype":"F32","shape":[1,1]}, "__metadata__":{} }\r\n
      """
    let read = try SafetensorsFile(data: file(header, bodySize: 5), path: "p")
    #expect(read.tensors.map { $0.name } == ["a/\n\"", "bé😀"])
    #expect(read.tensors.map { $0.shape } == [[1, 1], []])
    #expect(read.tensors[1].bytes == Data([4]))
  }

  // MARK: - Tensors

  @Test("Float tensors keep their bits, special values included", arguments: 0..<5 as Range<UInt64>)
  func float32(seed: UInt64) throws {
    var stream = RandomStream(Seed(seed).child("floats"))
    let special: [Float] = [0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, .pi]
    let random = (0..<94).map { _ in
      Float(bitPattern: UInt32(truncatingIfNeeded: stream.next()))
    }
    let tensor = Tensor([4, 25], elements: special + random)
    let data = SafetensorsFile([StoredTensor("w", tensor)]).encoded()
    let back = try SafetensorsFile(data: data, path: "p").tensor(named: "w")
    #expect(back.shape == tensor.shape)
    #expect(back.elements.map { $0.bitPattern } == tensor.elements.map { $0.bitPattern })
  }

  @Test("half precision rounds to the nearest, ties to even, and every half is kept")
  func float16() throws {
    let pairs: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-11, 1), (1 + 0x1p-11 + 0x1p-20, 1 + 0x1p-10), (1 + 0x3p-11, 1 + 0x1p-9),
      (65504, 65504), (65519, 65504), (65520, .infinity), (0x1p-24, 0x1p-24), (0x1p-25, 0),
      (0x1.8p-25, 0x1p-24), (-0.1, -0.0999755859375),
    ]
    let tensor = Tensor([pairs.count], elements: pairs.map { $0.0 })
    let data = SafetensorsFile([StoredTensor("w", tensor, as: .float16)]).encoded()
    let file = try SafetensorsFile(data: data, path: "p")
    #expect(file.tensors[0].type == .float16 && file.tensors[0].bytes.count == 2 * pairs.count)
    #expect(try file.tensor(named: "w").elements == pairs.map { $0.1 })
    let halves = (0...UInt16.max).map { Float(Float16(bitPattern: $0)) }.filter { !$0.isNaN }
    let all = StoredTensor("h", Tensor([halves.count], elements: halves), as: .float16)
    #expect(
      try SafetensorsFile(data: SafetensorsFile([all]).encoded(), path: "p")
        .tensor(named: "h").elements == halves)
  }

  @Test("bfloat16 and double tensors become Float")
  func otherFloats() throws {
    let file = SafetensorsFile([
      StoredTensor(
        name: "b", type: .bfloat16, shape: [3],
        bytes: LittleEndian.data([UInt16(0x3f80), 0xc000, 0x4049])),
      StoredTensor(
        name: "d", type: .float64, shape: [1, 3], bytes: LittleEndian.data([0.1, -2, 1e300])),
    ])
    #expect(try file.tensor(named: "b") == Tensor([3], elements: [1, -2, 3.140625]))
    #expect(try file.tensor(named: "d") == Tensor([1, 3], elements: [0.1, -2, .infinity]))
  }

  @Test("lists of bytes, whole numbers and doubles come back")
  func payloads() throws {
    let written = SafetensorsFile([
      StoredTensor(name: "bytes", payload: Data([0, 255, 7])),
      StoredTensor(name: "integers", integers: [.min, -1, 0, .max]),
      StoredTensor(name: "doubles", doubles: [0.1, -.infinity, .leastNonzeroMagnitude]),
    ])
    let file = try SafetensorsFile(data: written.encoded(), path: "p")
    #expect(try file.payload(named: "bytes") == Data([0, 255, 7]))
    #expect(try file.integers(named: "integers") == [.min, -1, 0, .max])
    #expect(try file.doubles(named: "doubles") == [0.1, -.infinity, .leastNonzeroMagnitude])
  }

  @Test("asking for what is not there, or not of that type, names what is")
  func wrongAccess() throws {
    let data = SafetensorsFile([
      StoredTensor(name: "i", integers: [1]), StoredTensor("w", Tensor([1])),
    ]).encoded()
    let file = try SafetensorsFile(data: data, path: "f")
    let missing = ModelFileError(path: "f", tensor: "x", problem: .missing(known: ["i", "w"]))
    #expect(throws: missing) { try file.tensor(named: "x") }
    #expect(throws: missing) { try file.stored(named: "x") }
    #expect(
      missing.description == "f: tensor ‘x’: expected this tensor; the file has i, w")
    func wrong(_ name: String, _ expected: [String], _ found: String) -> ModelFileError {
      ModelFileError(
        path: "f", tensor: name, problem: .wrongElementType(expected: expected, found: found))
    }
    #expect(throws: wrong("i", ["F32", "F16", "BF16", "F64"], "I32")) {
      try file.tensor(named: "i")
    }
    #expect(throws: wrong("w", ["U8"], "F32")) { try file.payload(named: "w") }
    #expect(throws: wrong("w", ["I32"], "F32")) { try file.integers(named: "w") }
    #expect(throws: wrong("w", ["F64"], "F32")) { try file.doubles(named: "w") }
  }

  // MARK: - Damage

  @Test("a file cut anywhere is truncated there")
  func truncation() throws {
    let data = sample(seed: 4).encoded()
    for length in 0..<data.count {
      let error = #expect(throws: ModelFileError.self) {
        try SafetensorsFile(data: data.prefix(length), path: "cut")
      }
      guard case .truncated(length, _)? = error?.problem else {
        Issue.record("cut at \(length): \(String(describing: error))")
        continue
      }
      #expect(error?.path == "cut")
    }
  }

  @Test("hostile headers are refused with the reason", arguments: HostileHeader.all)
  func hostile(header: HostileHeader) {
    let error = #expect(throws: ModelFileError.self) {
      try SafetensorsFile(data: file(header.text, bodySize: header.bodySize), path: "h")
    }
    #expect(error?.problem == header.problem, "\(header.text)")
    #expect(error?.tensor == header.tensor, "\(header.text)")
    #expect(error?.description.hasPrefix("h: ") == true)
  }

  @Test("a header beyond the limit is refused before it is read")
  func largeHeader() {
    for size in [UInt64(100_000_001), 1 << 40, .max] {
      let data = LittleEndian.data([Int64(bitPattern: size)]) + Data("{}".utf8)
      #expect(
        throws: ModelFileError(
          path: "h", problem: .headerTooLarge(size: size, limit: 100_000_000))
      ) {
        try SafetensorsFile(data: data, path: "h")
      }
    }
  }

  @Test(
    "names that are not UTF-8 are refused", arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]])
  func invalidText(bytes: [UInt8]) {
    let header =
      Array("{\"".utf8) + bytes + Array(#"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#.utf8)
    #expect(
      throws: ModelFileError(
        path: "h", problem: .badHeader(offset: 10, expected: "valid UTF-8 in a string"))
    ) {
      try SafetensorsFile(data: file(header, bodySize: 0), path: "h")
    }
  }

  @Test(
    "damaged bytes are refused or read as something that can be written again",
    arguments: 0..<6 as Range<UInt64>)
  func randomDamage(seed: UInt64) throws {
    var stream = RandomStream(Seed(seed).child("damage"))
    let data = sample(seed: seed).encoded()
    var refused = 0
    for _ in 0..<400 {
      var damaged = data
      for _ in 0...stream.integer(below: 3) {
        damaged[stream.integer(below: data.count)] = UInt8(stream.integer(below: 256))
      }
      do throws(ModelFileError) {
        let read = try SafetensorsFile(data: damaged, path: "d")
        #expect(try SafetensorsFile(data: read.encoded(), path: "d") == read, "seed \(seed)")
      } catch {
        refused += 1
      }
    }
    // Most bytes of these small files are header, where most changes are defects.
    #expect(refused > 100, "seed \(seed): \(refused)")
  }

  @Test("a file that is missing, and a damaged gzip file, say so")
  func unreadable() throws {
    try withTemporaryFolder { folder throws in
      let url = folder.appendingPathComponent("missing.safetensors")
      #expect(
        throws: ModelFileError(
          path: url.path,
          problem: .unreadable(
            .system(path: url.path, operation: "open", errorNumber: ENOENT)))
      ) {
        try SafetensorsFile(contentsOf: url)
      }
      let packed = folder.appendingPathComponent("cut.gz")
      try DurableFile.create(try Gzip.compress(sample(seed: 1).encoded()).prefix(40), at: packed)
      let error = #expect(throws: ModelFileError.self) { try SafetensorsFile(contentsOf: packed) }
      guard case .unreadable(.truncated(_, 40, _))? = error?.problem else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a file that cannot be written is a programming error")
  func invalidFiles() async {
    await #expect(processExitsWith: .failure) {
      let tensor = StoredTensor("w", Tensor([1]))
      _ = SafetensorsFile([tensor, tensor])
    }
    await #expect(processExitsWith: .failure) {
      _ = SafetensorsFile([StoredTensor("__metadata__", Tensor([1]))])
    }
    await #expect(processExitsWith: .failure) {
      _ = StoredTensor(name: "w", type: .float32, shape: [2], bytes: Data([0, 0, 0, 0]))
    }
  }

  @Test("a network stored by PyTorch is read", .enabled(if: hasPretrained))
  func pretrainedNetwork() throws {
    let url = try #require(pretrained)
    let file = try SafetensorsFile(contentsOf: url)
    #expect(file.tensors.count == 8)
    #expect(try file.tensor(named: "features.0.weight").shape == [20, 1, 5, 5])
    #expect(try file.tensor(named: "classifier.0.weight").shape == [500, 800])
    let count = try file.tensors.reduce(0) { sum, stored in
      let tensor = try file.tensor(named: ParameterName(stored.name))
      #expect(tensor.isFinite && tensor.nonzeroCount > 0)
      return sum + tensor.count
    }
    #expect(count == 431_080)
    #expect(try SafetensorsFile(data: file.encoded(), path: "again") == file)
  }
}

/// A header that must be refused, and how.
struct HostileHeader: Sendable, CustomTestStringConvertible {
  let text: String
  var bodySize = 0
  var tensor: String?
  let problem: ModelFileError.Problem

  var testDescription: String { text }

  private static func bad(_ text: String, _ offset: Int, _ expected: String, tensor: String? = nil)
    -> HostileHeader
  {
    HostileHeader(
      text: text, tensor: tensor, problem: .badHeader(offset: 8 + offset, expected: expected))
  }

  private static func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String)
    -> String
  {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  static let all: [HostileHeader] = [
    bad("", 0, "‘{’"),
    bad("[]", 0, "‘{’"),
    bad(" {}", 0, "‘{’"),
    bad("{", 1, "‘\"’"),
    bad("{}x", 2, "only spaces after the last ‘}’"),
    bad("{}{}", 2, "only spaces after the last ‘}’"),
    bad(#"{"a"}"#, 4, "‘:’"),
    bad(#"{"a":1}"#, 5, "‘{’"),
    bad(#"{"a":{}}"#, 5, "the key dtype", tensor: "a"),
    bad(#"{"a\x":{}}"#, 4, #"an escape out of " \ / b f n r t u"#),
    bad(#"{"\ud800":{}}"#, 8, "the second half of a surrogate pair"),
    bad(#"{"\udc00":{}}"#, 8, "valid UTF-16 in an escape"),
    bad(#"{"\u00g0":{}}"#, 4, "four hexadecimal digits"),
    bad("{\"a\nb\":{}}", 3, "no control character in a string"),
    bad(#"{"__metadata__":{"a":1}}"#, 21, "‘\"’"),
    bad(#"{"__metadata__":[]}"#, 16, "‘{’"),
    bad(
      #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#, 28,
      "a whole number that is not negative"),
    bad(#"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}}"#, 29, "‘]’"),
    bad(
      #"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,0]}}"#, 28,
      "a whole number that is not negative"),
    bad(
      #"{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,0]}}"#, 28,
      "a number below 2^63"),
    bad(
      #"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,0]}}"#, 28,
      "a number below 2^63"),
    bad(
      #"{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,0]}}"#, 28,
      "a whole number that is not negative"),
    bad(
      #"{"a":{"dtype":"U8","shape":[1,],"data_offsets":[0,0]}}"#, 30,
      "a whole number that is not negative"),
    HostileHeader(
      text: #"{"a":{"dtype":"U8","shape":[0]}}"#, tensor: "a",
      problem: .badHeader(offset: 13, expected: "the key data_offsets")),
    HostileHeader(
      text: #"{"a":{"dtype":"U8","data_offsets":[0,0]}}"#, tensor: "a",
      problem: .badHeader(offset: 13, expected: "the key shape")),
    HostileHeader(
      text: "{" + entry("a", "U8", "[1]", "[1,0]") + "}", bodySize: 1, tensor: "a",
      problem: .badHeader(offset: 13, expected: "two ascending data_offsets, not [1, 0]")),
    HostileHeader(
      text: "{" + entry("a", "U8", "[1]", "[0,1,2]") + "}", bodySize: 1, tensor: "a",
      problem: .badHeader(offset: 13, expected: "two ascending data_offsets, not [0, 1, 2]")),
    HostileHeader(
      text: #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}"#, tensor: "a",
      problem: .badHeader(
        offset: 8 + 56, expected: "a key out of dtype, shape, data_offsets, not ‘x’")),
    HostileHeader(
      text: #"{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
      tensor: "dtype", problem: .duplicateName(offset: 8 + 19)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[0]", "[0,0]") + "," + entry("a", "U8", "[0]", "[0,0]") + "}",
      tensor: "a", problem: .duplicateName(offset: 8 + 53)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[0]", "[0,0]") + "," + entry("\\u0061", "U8", "[0]", "[0,0]")
        + "}", tensor: "a", problem: .duplicateName(offset: 8 + 53)),
    HostileHeader(
      text: #"{"__metadata__":{},"__metadata__":{}}"#, tensor: "__metadata__",
      problem: .duplicateName(offset: 8 + 19)),
    HostileHeader(
      text: "{" + entry("a", "f32", "[0]", "[0,0]") + "}", tensor: "a",
      problem: .unknownElementType(
        found: "f32", allowed: ElementType.allCases.map { $0.rawValue })),
    HostileHeader(
      text: "{" + entry("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}", tensor: "a",
      problem: .shapeTooLarge(shape: [1 << 32, 1 << 32])),
    HostileHeader(
      text: "{" + entry("a", "F64", "[9223372036854775807]", "[0,0]") + "}", tensor: "a",
      problem: .shapeTooLarge(shape: [.max])),
    HostileHeader(
      text: "{" + entry("a", "F32", "[4294967296,4294967296,0]", "[0,0]") + "}", tensor: "a",
      problem: .shapeTooLarge(shape: [1 << 32, 1 << 32, 0])),
    HostileHeader(
      text: "{" + entry("a", "F32", "[2]", "[0,4]") + "}", bodySize: 4, tensor: "a",
      problem: .wrongSize(expected: 8, found: 4)),
    HostileHeader(
      text: "{" + entry("a", "F32", "[]", "[0,0]") + "}", tensor: "a",
      problem: .wrongSize(expected: 4, found: 0)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[2]", "[1,3]") + "}", bodySize: 3, tensor: "a",
      problem: .notContiguous(expected: 0, found: 1)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[3,5]") + "}",
      bodySize: 5, tensor: "b", problem: .notContiguous(expected: 2, found: 3)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[1,3]") + "}",
      bodySize: 3, tensor: "b", problem: .notContiguous(expected: 2, found: 1)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[0,2]") + "}",
      bodySize: 2, tensor: "b", problem: .notContiguous(expected: 2, found: 0)),
    HostileHeader(
      text: "{" + entry("a", "U8", "[2]", "[0,2]") + "}", bodySize: 3,
      problem: .trailingBytes(expected: 2, found: 3)),
    HostileHeader(text: "{}", bodySize: 1, problem: .trailingBytes(expected: 0, found: 1)),
  ]
}
