// Feeds a reader with damaged files: fuzz FORMAT COUNT [FIRST]. Files of the corpus are mutated,
// each by its number, so that a number reproduces its file. A reader may accept or refuse; a trap
// ends the process, and the last number printed tells where.

import Experiments
import Files
import Foundation
import ModelFiles
import Reproducibility

/// A reader under test; what it throws is its answer.
func read(_ data: Data, as format: String) throws {
  switch format {
  case "container":
    let container = try NetworkContainer(data: data, path: "a file")
    _ = try container.encoded()
  case "safetensors":
    let file = try SafetensorsFile(data: data, path: "a file")
    _ = file.tensors.map { try? file.tensor(named: .init($0.name)) }
  case "gzip": _ = try Gzip.decompress(data, path: "a file", sizeLimit: 1 << 24)
  case "record": _ = try CanonicalJSON.decode(Record.self, from: data)
  default:
    print("unknown format ‘\(format)’: container, safetensors, gzip or record")
    exit(2)
  }
}

/// The file of a number: one of the corpus with up to eight changes.
func mutated(_ corpus: [Data], number: UInt64, format: String) -> Data {
  var stream = RandomStream(Seed(number).child(format))
  func below(_ limit: Int) -> Int { min(limit - 1, Int(stream.uniform(0, 1) * Float(limit))) }
  var bytes = [UInt8](corpus[below(corpus.count)])
  for _ in 0...below(8) {
    guard !bytes.isEmpty else { break }
    let place = below(bytes.count)
    switch below(8) {
    case 0: bytes[place] ^= 1 << UInt8(below(8))
    case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][below(5)]
    case 2: bytes[place] = UInt8(below(256))
    case 3: bytes.removeLast(bytes.count - place)
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
    case 5:
      bytes.insert(contentsOf: (0...below(16)).map { _ in UInt8(below(256)) }, at: place)
    case 6:
      let other = [UInt8](corpus[below(corpus.count)])
      let start = below(other.count)
      let part = other[start..<min(other.count, start + 1 + below(64))]
      bytes.replaceSubrange(place..<min(bytes.count, place + part.count), with: part)
    default:
      // A digit, so that numbers in texts change their size.
      if let digit = bytes[place...].firstIndex(where: { (48...57).contains($0) }) {
        bytes.replaceSubrange(
          digit...digit, with: (0...below(20)).map { _ in UInt8(48 + below(10)) })
      }
    }
  }
  let data = Data(bytes)
  // Behind a checksum that is wrong nothing would be reached.
  return format == "container" && below(4) > 0 ? ContainerForgery.repaired(data) : data
}

/// The folder beside this file with a folder of files for each format.
func corpus(of format: String) -> [Data] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "Corpus").appending(path: format)
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return names.sorted().compactMap { try? Data(contentsOf: folder.appending(path: $0)) }
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = UInt64(arguments[2]) else {
  print("usage: fuzz container|safetensors|gzip|record COUNT [FIRST]")
  exit(2)
}
let format = arguments[1]
let first = arguments.count > 3 ? UInt64(arguments[3]) ?? 0 : 0
// Sixteen times what the largest file of the corpus may unpack to: a reader that asks for more is
// at fault.
var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
setvbuf(stdout, nil, _IOLBF, 0)
let files = corpus(of: format)
guard !files.isEmpty else {
  print("\(format): there is no corpus")
  exit(2)
}
var (accepted, refused) = (0, 0)
for number in first..<first + count {
  let data = mutated(files, number: number, format: format)
  do {
    try read(data, as: format)
    accepted += 1
  } catch {
    refused += 1
  }
  if (number + 1) % 100_000 == 0 { print("\(format): \(number + 1)") }
}
print("\(format): \(count) mutated files, \(refused) refused, \(accepted) accepted")
