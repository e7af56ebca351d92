// Image sets as folders: train/<class>/*.png and val/<class>/*.png. Here the files are found and fingerprinted; what becomes of
// a picture is in ImageFiles.swift.

import Files
import Foundation
import Reproducibility

/// What the catalogue knows about images in folders.
public struct ImageTreeFormat: Hashable, Sendable {
  /// How many classes there must be.
  public let classCount: Int
  /// What of an image is seen.
  public let geometry: ImageGeometry

  /// - Precondition: labels of two bytes can count the classes.
  public init(classCount: Int, geometry: ImageGeometry) {
    precondition((1...65_536).contains(classCount), "labels cannot count \(classCount) classes")
    self.classCount = classCount
    self.geometry = geometry
  }
}

/// The files of an image set in folders. Classes and files are in the order of their names' bytes; hidden names are ignored.
struct ImageTree: Sendable {
  /// The images of one half, class by class.
  struct Half: Sendable {
    /// Where each is, below the tree's folder.
    var paths: [String] = []
    /// The class of each.
    var labels: [UInt16] = []
  }

  /// The folders of the two halves.
  static let trainingName = "train", testName = "val"

  let folder: URL
  let classNames: [String]
  let training: Half
  let test: Half

  /// Finds the images below `folder`; no file is opened.
  ///
  /// - Throws: `DatasetError` if there are no classes, a class has no images, the halves have different classes, there are not
  ///   `classCount` of them, or a class has a file that is not called `.png`.
  init(_ folder: URL, classCount: Int) throws(DatasetError) {
    self.folder = folder
    classNames = try Self.names(in: folder, Self.trainingName)
    let testNames = try Self.names(in: folder, Self.testName)
    guard !classNames.isEmpty else {
      throw .noClasses(folder: folder.appendingPathComponent(Self.trainingName).path)
    }
    guard classNames == testNames else {
      let (left, right) = (Set(classNames), Set(testNames))
      throw .differentClasses(
        folder: folder.path, onlyInTraining: classNames.filter { !right.contains($0) },
        onlyInTest: testNames.filter { !left.contains($0) })
    }
    guard classNames.count == classCount else {
      throw .otherClassCount(folder: folder.path, expected: classCount, found: classNames.count)
    }
    training = try Self.half(of: folder, Self.trainingName, classNames)
    test = try Self.half(of: folder, Self.testName, classNames)
  }

  /// Whether the folder has both halves.
  static func exists(in folder: URL) -> Bool {
    [trainingName, testName].allSatisfy { list(folder.appendingPathComponent($0)) != nil }
  }

  /// The images of both halves, each known by the digest of its file, and one digest for each half, over the digests of its classes,
  /// which are over names and contents of their files. Every file is read.
  ///
  /// - Throws: `DatasetError` if one cannot be read.
  func fingerprinted(
    as name: String, geometry: ImageGeometry
  ) throws(DatasetError) -> (training: ImageSet, test: ImageSet, checksums: [String: Digest]) {
    let (training, test) = (
      try fileDigests(of: self.training), try fileDigests(of: self.test)
    )
    func imageSet(_ half: Half, _ digests: [Digest], _ suffix: String) -> ImageSet {
      ImageSet(
        name: "\(name) \(suffix)",
        files: ImageFiles(
          folder: folder, paths: half.paths, digests: digests, geometry: geometry),
        labels: half.labels, classCount: classNames.count)
    }
    return (
      imageSet(self.training, training, "training"), imageSet(self.test, test, "test"),
      [
        Self.trainingName: digest(of: self.training, files: training),
        Self.testName: digest(of: self.test, files: test),
      ]
    )
  }

  private func fileDigests(of half: Half) throws(DatasetError) -> [Digest] {
    var result: [Digest] = []
    for path in half.paths {
      let url = folder.appendingPathComponent(path)
      do throws(FileError) {
        result.append(Digest(of: try FileContents.read(url, mapped: true)))
      } catch {
        throw .unreadable(file: url.path, reason: error.problem)
      }
    }
    return result
  }

  private func digest(of half: Half, files: [Digest]) -> Digest {
    var classes = [String](repeating: "", count: classNames.count)
    for (index, path) in half.paths.enumerated() {
      classes[Int(half.labels[index])] += "\(files[index])  \(path)\n"
    }
    return Digest(
      of: zip(classes, classNames).map { "\(Digest(of: $0))  \($1)\n" }.joined())
  }

  private static func half(
    of folder: URL, _ half: String, _ classNames: [String]
  ) throws(DatasetError) -> Half {
    var result = Half()
    for (label, className) in classNames.enumerated() {
      let place = folder.appendingPathComponent(half).appendingPathComponent(className)
      guard let names = list(place) else {
        throw .unreadable(file: place.path, reason: "expected a folder with the images of a class")
      }
      guard !names.isEmpty else { throw .emptyClass(folder: place.path) }
      for name in names {
        guard name.lowercased().hasSuffix(".png") else {
          throw .notAnImage(
            file: place.appendingPathComponent(name).path, reason: "its name does not end in .png")
        }
        result.paths.append("\(half)/\(className)/\(name)")
        result.labels.append(UInt16(truncatingIfNeeded: label))
      }
    }
    return result
  }

  private static func names(in folder: URL, _ half: String) throws(DatasetError) -> [String] {
    let place = folder.appendingPathComponent(half)
    guard let names = list(place) else {
      throw .unreadable(file: place.path, reason: "expected a folder with one folder per class")
    }
    return names
  }

  /// The names in a folder, in the order of their bytes; nil if there is no such folder.
  private static func list(_ folder: URL) -> [String]? {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      return nil
    }
    return names.filter { !$0.hasPrefix(".") }.sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }
}
