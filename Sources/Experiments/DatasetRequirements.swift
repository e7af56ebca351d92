// What a run's data must be and what a network must fit, known from the catalogue before any file is read.

public import Datasets
public import Reproducibility
import Tensors
import Training

/// Shapes, classes and splits of the catalogue's data sets, for checking specs on machines that lack the data.
enum DatasetRequirements {
  /// The names that a spec may use.
  static var names: [String] {
    DatasetCatalog.knownEntries.map { $0.name } + [DatasetEntry.imageFolderName]
  }

  /// The entry called `name`.
  static func entry(named name: String) -> DatasetEntry? {
    DatasetCatalog.knownEntries.first { $0.name == name }
  }
}

/// A field of a data set's spec with an impossible value.
struct DatasetSpecError: Error, Hashable {
  /// The field, below `dataset`.
  let field: String
  let problem: String
}

extension DatasetSpec {
  /// The entry that the spec means: the one in the catalogue, or one made for a folder.
  ///
  /// - Throws: `DatasetSpecError` if there is none.
  func entry(in catalog: [DatasetEntry] = DatasetCatalog.knownEntries) throws(DatasetSpecError)
    -> DatasetEntry
  {
    if name == DatasetEntry.imageFolderName {
      guard let folder, Self.isBelowItsRoot(folder) else {
        throw DatasetSpecError(
          field: "folder",
          problem:
            "‘\(folder ?? "")’ is not possible; allowed: a folder below those that are searched for data"
        )
      }
      guard let classes, (1...65_536).contains(classes) else {
        throw DatasetSpecError(
          field: "classes",
          problem: "\(classes.map { "\($0)" } ?? "nothing") is not possible; allowed: 1 to 65,536")
      }
      guard let size else {
        throw DatasetSpecError(field: "size", problem: "is missing; allowed: 1 to 4,096")
      }
      return .imageFolder(
        folder,
        format: ImageTreeFormat(
          classCount: classes, geometry: try geometry(size: size, resize: size)))
    }
    guard let entry = catalog.first(where: { $0.name == name }) else {
      throw DatasetSpecError(
        field: "name",
        problem:
          "‘\(name)’ is not in the catalogue; \(NearMiss.hint(name, in: DatasetRequirements.names))"
      )
    }
    for (field, isGiven) in [("folder", folder != nil), ("classes", classes != nil)] where isGiven {
      throw DatasetSpecError(field: field, problem: "is only for image-folder")
    }
    guard case .imageTree(let format) = entry.content else {
      for (field, value) in [("resize", resize), ("size", size)] where value != nil {
        throw DatasetSpecError(field: field, problem: "is only for images in folders")
      }
      return entry
    }
    return entry.with(
      try geometry(size: format.geometry.size, resize: format.geometry.resize))
  }

  /// What of an image is seen, with numbers for what the spec leaves out.
  private func geometry(size: Int, resize: Int) throws(DatasetSpecError) -> ImageGeometry {
    let size = self.size ?? size
    guard (1...4096).contains(size) else {
      throw DatasetSpecError(field: "size", problem: "\(size) is not possible; allowed: 1 to 4,096")
    }
    let resize = self.resize ?? max(size, resize)
    guard (size...8192).contains(resize) else {
      throw DatasetSpecError(
        field: "resize", problem: "\(resize) is not possible; allowed: \(size) to 8,192")
    }
    return ImageGeometry(resize: resize, size: size)
  }

  private static func isBelowItsRoot(_ folder: String) -> Bool {
    !folder.isEmpty && !folder.hasPrefix("/")
      && !folder.split(separator: "/").contains { $0 == ".." || $0 == "." }
  }

  /// Checks what the catalogue can say about the values: the split, the numbers of images, the variation of images.
  ///
  /// - Throws: `DatasetSpecError` for the first impossible value.
  func validate(for entry: DatasetEntry) throws(DatasetSpecError) {
    let chosen: DatasetSplit
    do throws(DatasetError) {
      chosen = try entry.split(named: split)
    } catch {
      throw DatasetSpecError(field: "split", problem: "\(error)")
    }
    if !entry.isText, let count = chosen.trainingCount, validation >= count {
      throw DatasetSpecError(
        field: "validation",
        problem:
          "\(validation) of \(count) training images leave none to train on; allowed: less than \(count)"
      )
    }
    // A column needs a word and one behind it.
    let least = 2 * Evaluation.textColumns
    for (field, limit) in [("trainingLimit", trainingLimit), ("testLimit", testLimit)]
    where entry.isText && (1..<least).contains(limit) {
      throw DatasetSpecError(
        field: field,
        problem:
          "\(limit) words are too few for \(Evaluation.textColumns) columns; allowed: 0 for all, or at least \(least)"
      )
    }
    guard let augmentation else { return }
    guard let shape = entry.imageShape else {
      throw DatasetSpecError(field: "augmentation", problem: "is only for images")
    }
    if case .imageTree = entry.content {
      if augmentation.crop != 0 {
        throw DatasetSpecError(
          field: "augmentation.crop", problem: "is only for images in memory; see ‘window’")
      }
      return
    }
    if augmentation.window != nil {
      throw DatasetSpecError(
        field: "augmentation.window", problem: "is only for images in folders; see ‘crop’")
    }
    let limit = min(shape[0], shape[1])
    if !(0..<limit).contains(augmentation.crop) {
      throw DatasetSpecError(
        field: "augmentation.crop",
        problem: "\(augmentation.crop) is not possible; allowed: 0 to \(limit - 1)")
    }
  }
}

extension DatasetCatalog {
  /// The entry that a spec means.
  ///
  /// - Throws: `DatasetError.unknown` if there is none.
  func entry(for spec: DatasetSpec) throws(DatasetError) -> DatasetEntry {
    do throws(DatasetSpecError) {
      return try spec.entry(in: entries)
    } catch {
      throw .unknown(name: spec.name, known: names)
    }
  }

  /// The digests that identify the contents of a spec's data.
  public func checksums(of spec: DatasetSpec) throws(DatasetError) -> [String: Digest] {
    try checksums(of: entry(for: spec), split: spec.split)
  }

  /// A spec's images, verified.
  func load(_ spec: DatasetSpec) throws(DatasetError) -> Dataset {
    try load(entry(for: spec), split: spec.split)
  }
}
