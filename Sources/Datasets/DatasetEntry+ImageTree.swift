// Images in folders: ImageNet, which has to be supplied, and any folder that a spec describes.

import Files

extension DatasetEntry {
  /// How specs call images in a folder that they describe themselves.
  public static let imageFolderName = "image-folder"

  /// ImageNet of the 2012 challenge, as PNG files: the shorter side is resized to 256, and 224 × 224 pixels are seen.
  public static let imageNet = imageTree(
    name: "imagenet",
    summary: "photographs in 1,000 classes, 1,281,167 training and 50,000 validation images",
    folder: "imagenet",
    format: ImageTreeFormat(classCount: 1000, geometry: ImageGeometry(resize: 256, size: 224)),
    trainingCount: 1_281_167, sources: ["https://www.image-net.org/challenges/LSVRC/2012/"],
    licence: "non-commercial research and education, after registration",
    command: "mkdir -p data/imagenet/train data/imagenet/val  "
      + "# register at https://www.image-net.org and sort the images into "
      + "train/<class>/*.png and val/<class>/*.png")

  /// The images in the folder called `folder` below a search root.
  public static func imageFolder(_ folder: String, format: ImageTreeFormat) -> DatasetEntry {
    let halves = ["train", "val"].map { Escaped.shell("data/\(folder)/\($0)") }
    return imageTree(
      name: imageFolderName, summary: "images in \(folder), one folder per class", folder: folder,
      format: format, trainingCount: nil, sources: [], licence: "that of the images",
      command: "mkdir -p \(halves.joined(separator: " "))  "
        + "# and put PNG files into train/<class>/ and val/<class>/")
  }

  /// The same set of images in folders, of which another square is seen; other sets stay as they are.
  public func with(_ geometry: ImageGeometry) -> DatasetEntry {
    guard case .imageTree(let format) = content else { return self }
    return DatasetEntry(
      name: name, summary: summary, folders: folders, systemFolders: systemFolders, files: files,
      splits: splits,
      content: .imageTree(ImageTreeFormat(classCount: format.classCount, geometry: geometry)),
      sources: sources, licence: licence, command: command)
  }

  private static func imageTree(
    name: String, summary: String, folder: String, format: ImageTreeFormat, trainingCount: Int?,
    sources: [String], licence: String, command: String
  ) -> DatasetEntry {
    DatasetEntry(
      name: name, summary: summary, folders: [folder], files: [],
      splits: [
        DatasetSplit(
          DatasetSplit.officialName, training: [], test: [], trainingCount: trainingCount)
      ],
      content: .imageTree(format), sources: sources, licence: licence, command: command)
  }
}
