// Small IDX files and data sets, built in memory for the tests of this room.

import Datasets
import Files
import Foundation
import Reproducibility
import Tensors

/// The bytes of an IDX file.
func idx(magic: UInt32, sizes: [UInt32], body: [UInt8]) -> Data {
  let header = ([magic] + sizes).flatMap { number in
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
  return Data(header + body)
}

/// `count` random bytes below `bound`.
func randomBytes(_ count: Int, below bound: Int = 256, seed: UInt64) -> [UInt8] {
  var stream = RandomStream(Seed(seed).child("small"))
  return (0..<count).map { _ in UInt8(stream.integer(below: bound)) }
}

/// A set of random images.
func randomSet(_ count: Int, shape: Shape, seed: UInt64, classCount: Int = 10) -> ImageSet {
  ImageSet(
    name: "random", imageShape: shape,
    pixels: randomBytes(count * shape.elementCount, seed: seed),
    labels: randomBytes(count, below: classCount, seed: seed + 1).map { UInt16($0) },
    classCount: classCount)
}

/// A published set of 5 training and 3 test images of 2 × 3 pixels in 4 classes.
struct SmallSet {
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  /// The unpacked files by name.
  var files: [String: Data] = [
    names[0]: idx(magic: 0x803, sizes: [5, 2, 3], body: randomBytes(30, seed: 1)),
    names[1]: idx(magic: 0x801, sizes: [5], body: [0, 1, 2, 3, 1]),
    names[2]: idx(magic: 0x803, sizes: [3, 2, 3], body: randomBytes(18, seed: 2)),
    names[3]: idx(magic: 0x801, sizes: [3], body: [3, 2, 0]),
  ]

  /// The entry under which these files, as they are now, are published.
  func entry(packed: [String: Data] = [:]) -> DatasetEntry {
    DatasetEntry(
      name: "small", summary: "a small set", folders: ["small", "other/raw"],
      files: Self.names.map { name in
        DatasetFile(
          name, digest: Digest(of: files[name] ?? Data()).hexadecimal,
          packed: packed[name].map { [Digest(of: $0).hexadecimal] } ?? [])
      },
      splits: [
        DatasetSplit(
          DatasetSplit.officialName, training: Array(Self.names[..<2]),
          test: Array(Self.names[2...]))
      ],
      content: .images(
        shape: [2, 3, 1], classNames: ["a", "b", "c", "d"], reader: IDXReader.mnistNames),
      sources: ["https://example.org/small"], licence: "none", command: "fetch small")
  }

  /// Writes the files into a folder, packed if asked.
  func write(to folder: URL, packed: Bool) throws {
    for (name, data) in files {
      let url = folder.appendingPathComponent(packed ? name + ".gz" : name)
      try DurableFile.replace(packed ? Gzip.compress(data) : data, at: url)
    }
  }
}
