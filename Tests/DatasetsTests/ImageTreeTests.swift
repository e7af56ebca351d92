// Images in folders: found in order, fingerprinted, and what is wrong is named.

import Datasets
import Files
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite("ImageTree") struct ImageTreeTests {
  @Test("classes and files are in the order of their names, and the halves are apart")
  func order() throws {
    try withTemporaryFolder { folder throws in
      try SmallTree().write(to: folder)
      let set = try loadTree(folder)
      #expect(set.name == "image-folder" && set.classNames == ["a", "b"])
      #expect(
        set.training.files?.paths == [
          "train/a/x.png", "train/a/y.png", "train/a/z.png", "train/b/10.PNG", "train/b/2.png",
        ])
      #expect(set.training.labels == [0, 0, 0, 1, 1] && set.test.labels == [0, 1])
      #expect(set.test.files?.paths == ["val/a/1.png", "val/b/1.png"])
      #expect(set.training.imageShape == [9, 9, 3] && set.training.classCount == 2)
      #expect(set.training.pixels.isEmpty && set.training.count == 5)
    }
  }

  @Test("the checksums are those of names and contents, one for each half")
  func checksums() throws {
    try withTemporaryFolder { folder throws in
      let tree = try SmallTree()
      try tree.write(to: folder)
      let first = try loadTree(folder).checksums
      #expect(first.keys.sorted() == ["train", "val"])
      let catalog = DatasetCatalog(searchRoots: [folder], entries: [])
      #expect(try catalog.checksums(of: .imageFolder("tree", format: smallFormat)) == first)
      func changed(_ change: (inout [String: Data]) -> Void) throws -> [String: Digest] {
        var altered = tree
        change(&altered.files)
        return try withTemporaryFolder { other throws in
          try altered.write(to: other)
          return try loadTree(other).checksums
        }
      }
      #expect(try changed { _ in } == first)
      #expect(try changed { $0["train/a/.other"] = Data() } == first)
      let renamed = try changed { $0["train/a/w.png"] = $0.removeValue(forKey: "train/a/x.png") }
      #expect(renamed["train"] != first["train"] && renamed["val"] == first["val"])
      let repainted = try changed { $0["val/b/1.png"] = $0["val/a/1.png"] }
      #expect(repainted["train"] == first["train"] && repainted["val"] != first["val"])
      let moved = try changed { $0["train/b/x.png"] = $0.removeValue(forKey: "train/a/x.png") }
      #expect(moved["train"] != first["train"] && moved["train"] != renamed["train"])
    }
  }

  @Test("wrong trees are errors that name the file or the folder", arguments: 0..<9)
  func wrongTrees(kind: Int) throws {
    try withTemporaryFolder { folder throws in
      var tree = try SmallTree()
      func path(_ name: String) -> String { folder.appendingPathComponent("tree/\(name)").path }
      let expected: DatasetError
      switch kind {
      case 0:
        tree.files["val/b/1.png"] = nil
        tree.files["val/b/.keep"] = Data()
        expected = .emptyClass(folder: path("val/b"))
      case 1:
        tree.files["val/c/1.png"] = tree.files.removeValue(forKey: "val/b/1.png")
        expected = .differentClasses(
          folder: path(""), onlyInTraining: ["b"], onlyInTest: ["c"])
      case 2:
        tree.files["train/c/1.png"] = tree.files["val/b/1.png"]
        tree.files["val/c/1.png"] = tree.files["val/b/1.png"]
        expected = .otherClassCount(folder: path(""), expected: 2, found: 3)
      case 3:
        tree.files["train/a/x.jpg"] = Data([1])
        expected = .notAnImage(
          file: path("train/a/x.jpg"), reason: "its name does not end in .png")
      case 4:
        tree.files = tree.files.filter { !$0.key.hasPrefix("train") }
        tree.files["train/.keep"] = Data()
        expected = .noClasses(folder: path("train"))
      case 5:
        tree.files["train/c"] = Data()
        tree.files["val/c"] = Data()
        expected = .otherClassCount(folder: path(""), expected: 2, found: 3)
      case 6:
        tree.files["train/b/2.png"] = Data("no picture".utf8)
        expected = .notAnImage(file: path("train/b/2.png"), reason: "Not a PNG file")
      case 7:
        tree.files["train/b/2.png"] = tree.files["train/b/2.png"]?.prefix(700)
        expected = .notAnImage(file: path("train/b/2.png"), reason: "Read Error")
      default:
        tree.files["train/b/2.png"] = Data()
        expected = .notAnImage(file: path("train/b/2.png"), reason: "there is no data")
      }
      try tree.write(to: folder)
      if kind < 6 {
        let error = #expect(throws: DatasetError.self) { try loadTree(folder) }
        #expect(Self.withoutSlash(error) == Self.withoutSlash(expected))
        return
      }
      // What is in a file is seen when it is decoded.
      let set = try loadTree(folder).training
      var batch = Batch()
      try set.fill(&batch, at: [0, 1, 2, 3], normalization: .none)
      let error = #expect(throws: DatasetError.self) {
        try set.fill(&batch, at: [3, 4], normalization: .none)
      }
      guard case .notAnImage(let file, let reason) = error,
        case .notAnImage(let expectedFile, let expectedReason) = expected
      else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(file == expectedFile && !reason.isEmpty)
      #expect(reason.lowercased().contains(expectedReason.lowercased().prefix(4)), "\(reason)")
    }
  }

  /// Paths of folders may end in a slash.
  private static func withoutSlash(_ error: DatasetError?) -> String {
    String(describing: error).replacing("tree/\"", with: "tree\"")
  }

  @Test("a tree that is not there is missing, and the status says what a tree has")
  func status() throws {
    try withTemporaryFolder { folder throws in
      let error = #expect(throws: DatasetError.self) { try loadTree(folder) }
      guard case .missing("image-folder", let files, let searched, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(files == ["train/<class>/*.png", "val/<class>/*.png"])
      #expect(searched == [folder.appendingPathComponent("tree").path])
      let catalog = DatasetCatalog(
        searchRoots: [folder], entries: [.imageFolder("tree", format: smallFormat)])
      #expect(try catalog.status(of: "image-folder").verdict == "missing")
      try SmallTree().write(to: folder)
      let status = try catalog.status(of: "image-folder")
      #expect(status.isUsable && status.isComplete && !status.isDamaged)
      #expect(status.tree == .found(classCount: 2, trainingCount: 5, testCount: 2))
      #expect(status.verdict == "2 classes, 5 + 2 images, contents not published")
      try DurableFile.replace(Data(), at: folder.appendingPathComponent("tree/val/c/1.png"))
      let broken = try catalog.status(of: "image-folder")
      #expect(!broken.isUsable && broken.verdict.contains("only val has c"))
    }
  }
}
