// IDX files: sizes, pixels and labels are read, and every defect is reported with its place.

import Datasets
import Foundation
import Testing

@Suite("IDX") struct IDXTests {
  private let imageFile = idx(magic: 0x803, sizes: [4, 3, 2], body: randomBytes(24, seed: 7))
  private let labelFile = idx(magic: 0x801, sizes: [4], body: [3, 0, 9, 1])

  @Test("images are read with their sizes, also from a slice")
  func images() throws {
    for data in [imageFile, (Data([1, 2]) + imageFile).dropFirst(2)] {
      let images = try IDX.images(in: data, file: "i")
      #expect(images.count == 4 && images.height == 3 && images.width == 2)
      #expect(images.pixels == randomBytes(24, seed: 7))
    }
  }

  @Test("labels are read, also from a slice")
  func labels() throws {
    for data in [labelFile, (Data([1, 2]) + labelFile).dropFirst(2)] {
      #expect(try IDX.labels(in: data, file: "l", classCount: 10) == [3, 0, 9, 1])
    }
  }

  @Test("files without images or labels are read")
  func empty() throws {
    let images = try IDX.images(in: idx(magic: 0x803, sizes: [0, 28, 28], body: []), file: "i")
    #expect(images.count == 0 && images.pixels == [])
    #expect(
      try IDX.labels(in: idx(magic: 0x801, sizes: [0], body: []), file: "l", classCount: 1) == [])
  }

  @Test("a file cut anywhere is truncated there, and the expected size is said")
  func truncation() {
    for length in 0..<imageFile.count {
      let expected = length < 16 ? 16 : 40
      #expect(throws: DatasetError.truncated(file: "i", offset: length, expected: expected)) {
        try IDX.images(in: imageFile.prefix(length), file: "i")
      }
    }
    for length in 0..<labelFile.count {
      let expected = length < 8 ? 8 : 12
      #expect(throws: DatasetError.truncated(file: "l", offset: length, expected: expected)) {
        try IDX.labels(in: labelFile.prefix(length), file: "l", classCount: 10)
      }
    }
  }

  @Test("bytes after the end are refused")
  func trailingBytes() {
    #expect(throws: DatasetError.trailingBytes(file: "i", offset: 40, found: 42)) {
      try IDX.images(in: imageFile + Data([0, 0]), file: "i")
    }
    #expect(throws: DatasetError.trailingBytes(file: "l", offset: 12, found: 13)) {
      try IDX.labels(in: labelFile + Data([0]), file: "l", classCount: 10)
    }
  }

  @Test("labels where images should be, and the other way round, have the wrong magic number")
  func wrongMagic() {
    #expect(throws: DatasetError.wrongMagic(file: "i", expected: 0x803, found: 0x801)) {
      try IDX.images(in: labelFile, file: "i")
    }
    #expect(throws: DatasetError.wrongMagic(file: "l", expected: 0x801, found: 0x803)) {
      try IDX.labels(in: imageFile, file: "l", classCount: 10)
    }
    #expect(throws: DatasetError.wrongMagic(file: "i", expected: 0x803, found: 0x1f8b_0800)) {
      try IDX.images(in: Data([0x1f, 0x8b, 8, 0, 0, 0]), file: "i")
    }
  }

  @Test("the first label that is no class is reported at its offset", arguments: [9, 4, 3, 1])
  func labelOutOfRange(classCount: Int) {
    // The labels are 3, 0, 9, 1, from byte 8 on.
    let isFirst = classCount <= 3
    #expect(
      throws: DatasetError.labelOutOfRange(
        file: "l", offset: isFirst ? 8 : 10, label: isFirst ? 3 : 9, classCount: classCount)
    ) {
      try IDX.labels(in: labelFile, file: "l", classCount: classCount)
    }
  }

  @Test("sizes that no file can have are refused without reading on")
  func hostileSizes() {
    let huge = idx(magic: 0x803, sizes: [.max, .max, .max], body: [])
    let error = #expect(throws: DatasetError.self) { try IDX.images(in: huge, file: "i") }
    guard case .wrongDimension("i", 8, _, 0xffff_ffff) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let flat = idx(magic: 0x803, sizes: [1, 28, 0], body: [])
    #expect(
      throws: DatasetError.wrongDimension(
        file: "i", offset: 12, expected: "images of at least one pixel", found: 0)
    ) {
      try IDX.images(in: flat, file: "i")
    }
    let large = idx(magic: 0x803, sizes: [.max, 28, 28], body: [])
    #expect(
      throws: DatasetError.truncated(
        file: "i", offset: 16, expected: 16 + 0xffff_ffff * 784)
    ) {
      try IDX.images(in: large, file: "i")
    }
  }

  @Test("messages name the file, the offset and what was expected")
  func descriptions() {
    let cases: [(DatasetError, String)] = [
      (
        .wrongMagic(file: "f", expected: 0x803, found: 0x801),
        "f: byte 0: expected the magic number 0x00000803, found 0x00000801"
      ),
      (
        .truncated(file: "f", offset: 20, expected: 40), "f: ends at byte 20; expected 40 bytes"
      ),
      (
        .trailingBytes(file: "f", offset: 40, found: 42),
        "f: byte 40: expected the end of the file, found 2 more bytes"
      ),
      (
        .labelOutOfRange(file: "f", offset: 9, label: 12, classCount: 10),
        "f: byte 9: expected a label below 10, found 12"
      ),
      (
        .countMismatch(imageFile: "i", imageCount: 5, labelFile: "l", labelCount: 4),
        "l: expected 5 labels, one per image of i, found 4"
      ),
      (.unreadable(file: "f", reason: "why"), "f: why"),
      (
        .unknown(name: "x", known: ["a", "b"]), "no data set is called ‘x’; known: a, b"
      ),
      (
        .unknownSplit(dataset: "d", split: "s", known: ["a", "b"]),
        "data set ‘d’ has no split ‘s’; known: a, b"
      ),
      (
        .otherKind(dataset: "d", expected: "images", found: "a text"),
        "data set ‘d’ is a text, and images are needed"
      ),
      (.wrongLine(file: "f", line: 3, expected: "a verse"), "f: line 3: expected a verse"),
      (
        .unknownWord(file: "f", line: 3, word: "w"),
        "f: line 3: ‘w’ is not in the training text, which has no <unk> either"
      ),
      (.notAnImage(file: "f", reason: "why"), "f: not a PNG that can be used: why"),
      (.noClasses(folder: "f"), "f: expected one folder per class, found none"),
      (.emptyClass(folder: "f"), "f: expected the PNG files of a class, found none"),
      (
        .differentClasses(folder: "f", onlyInTraining: ["a", "b"], onlyInTest: ["c"]),
        "f: expected the same classes in train and val; only train has a, b; only val has c"
      ),
      (
        .otherClassCount(folder: "f", expected: 3, found: 2), "f: expected 3 classes, found 2"
      ),
      (
        .missing(dataset: "d", files: ["f"], searched: ["p", "q"], howToGet: "do"),
        "data set ‘d’ is not there: no folder of p, q has f; to get it: do"
      ),
    ]
    for (error, text) in cases { #expect(error.description == text) }
  }
}
