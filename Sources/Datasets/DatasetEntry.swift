// What the catalogue knows about one data set. A new set is one entry beside these types and, if its format is new, one reader.

public import Reproducibility
public import Tensors

/// A file of a data set, identified by the digest of its unpacked contents, so that packed and unpacked copies agree.
public struct DatasetFile: Hashable, Sendable {
  /// A file that begins with another one's contents.
  public struct Continuation: Hashable, Sendable {
    /// The name of the longer file, unpacked.
    public let name: String
    /// How many of its bytes are the other file's contents.
    public let prefixCount: Int

    public init(name: String, prefixCount: Int) {
      self.name = name
      self.prefixCount = prefixCount
    }
  }

  /// The name of the unpacked file; `.gz` is added for the packed one.
  public let name: String
  /// SHA-256 of the unpacked contents.
  public let digest: Digest
  /// SHA-256 of packed copies known to have these contents; they need not be unpacked to be recognised.
  public let packedDigests: [Digest]
  /// Other names under which the file is distributed.
  public let aliases: [String]
  /// The file whose beginning serves where this one is missing.
  public let continuation: Continuation?

  /// A file known by the digests of its unpacked contents and of packed copies, in hexadecimal digits.
  public init(
    _ name: String, digest: String, packed packedDigests: [String] = [], aliases: [String] = [],
    continuation: Continuation? = nil
  ) {
    self.name = name
    self.digest = Digest(hexadecimal: digest)
    self.packedDigests = packedDigests.map { Digest(hexadecimal: $0) }
    self.aliases = aliases
    self.continuation = continuation
  }
}

/// A division of a data set into what is learned and validated on, and what is looked at once; specs choose it by name.
public struct DatasetSplit: Hashable, Sendable {
  /// The name of the split that a set's publisher made, which counts where a spec names none.
  public static let officialName = "official"

  /// The word for it in specs and tables.
  public let name: String
  /// The names of the files with the images or the text to learn and validate on.
  public let trainingFiles: [String]
  /// The names of the files that are looked at once.
  public let testFiles: [String]
  /// How many images, or words of a text, there are to learn from; known before any file is read, nil if it is not.
  public let trainingCount: Int?

  public init(
    _ name: String, training trainingFiles: [String], test testFiles: [String],
    trainingCount: Int? = nil
  ) {
    self.name = name
    self.trainingFiles = trainingFiles
    self.testFiles = testFiles
    self.trainingCount = trainingCount
  }
}

/// Turns the files of one format into images.
public protocol ImageReader: Sendable {
  /// The images of both halves of a split, in the order of their files.
  func read(
    _ entry: DatasetEntry, _ split: DatasetSplit, from files: DatasetFiles
  ) throws(DatasetError) -> (training: ImageSet, test: ImageSet)
}

/// Turns the files of one format into numbered words.
public protocol TextReader: Sendable {
  /// The text, in the order of its files.
  func read(_ entry: DatasetEntry, from files: DatasetFiles) throws(DatasetError) -> TextSet
}

/// What a data set consists of, as far as it is known before a file is read.
public enum DatasetContent: Sendable {
  /// Images of one shape in a few files, all of which fit into memory.
  case images(shape: Shape, classNames: [String], reader: any ImageReader)
  /// PNG files in one folder per class. Nothing is published that contents could be compared with.
  case imageTree(ImageTreeFormat)
  /// Running text with so many different words.
  case text(reader: any TextReader, words: Int)
}

/// What the catalogue knows about one data set.
public struct DatasetEntry: Sendable {
  /// How specs call it.
  public let name: String
  /// One line about it.
  public let summary: String
  /// The folders it may be in, below a search root; the first is the one that `command` fills.
  public let folders: [String]
  /// Folders with absolute paths into which a system's packages put it; searched last.
  public let systemFolders: [String]
  /// Its files; none for images in folders.
  public let files: [DatasetFile]
  /// Its splits; the first counts where a spec names none.
  public let splits: [DatasetSplit]
  /// What it consists of.
  public let content: DatasetContent
  /// Where it is published.
  public let sources: [String]
  /// The licence as its publisher states it.
  public let licence: String
  /// A shell command that fetches it, from the folder the experiment runs in.
  public let command: String

  /// - Precondition: there is a folder and a split, and splits name files of the entry.
  public init(
    name: String, summary: String, folders: [String], systemFolders: [String] = [],
    files: [DatasetFile], splits: [DatasetSplit], content: DatasetContent, sources: [String],
    licence: String, command: String
  ) {
    precondition(
      !(folders.isEmpty && systemFolders.isEmpty), "data set \(name) needs a folder")
    precondition(!splits.isEmpty, "data set \(name) needs a split")
    let names = Set(files.map { $0.name })
    for split in splits {
      precondition(
        names.isSuperset(of: split.trainingFiles + split.testFiles),
        "split \(split.name) of \(name) names a file that the set does not have")
    }
    self.name = name
    self.summary = summary
    self.folders = folders
    self.systemFolders = systemFolders
    self.files = files
    self.splits = splits
    self.content = content
    self.sources = sources
    self.licence = licence
    self.command = command
  }

  /// The split called `name`, or the one that counts if it is nil.
  public func split(named name: String?) throws(DatasetError) -> DatasetSplit {
    guard let name else { return splits[0] }
    guard let split = splits.first(where: { $0.name == name }) else {
      throw .unknownSplit(dataset: self.name, split: name, known: splits.map { $0.name })
    }
    return split
  }

  /// The files that a split needs, in the order of the entry.
  public func files(of split: DatasetSplit) -> [DatasetFile] {
    let needed = Set(split.trainingFiles + split.testFiles)
    return files.filter { needed.contains($0.name) }
  }

  /// The digests that a split's files must have; none for images in folders.
  public func publishedChecksums(of split: DatasetSplit) -> [String: Digest] {
    Dictionary(uniqueKeysWithValues: files(of: split).map { ($0.name, $0.digest) })
  }

  /// `[height, width, channels]` of what a network sees; nil for a text.
  public var imageShape: Shape? {
    switch content {
    case .images(let shape, _, _): return shape
    case .imageTree(let format): return [format.geometry.size, format.geometry.size, 3]
    case .text: return nil
    }
  }

  /// Whether it is a running text.
  public var isText: Bool { imageShape == nil }

  /// The shape of one input of a network: an image, or the number of a word.
  public var inputShape: Shape { imageShape ?? [1] }

  /// What there is to choose from: the classes of images, or the words of a text.
  public var classCount: Int {
    switch content {
    case .images(_, let classNames, _): return classNames.count
    case .imageTree(let format): return format.classCount
    case .text(_, let words): return words
    }
  }
}
