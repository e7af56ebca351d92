// Where a data set was found, and whether it is the published one: what `parsimony data` shows.

public import Reproducibility

/// Where a data set was found, and whether it is the published one.
public struct DatasetStatus: Hashable, Sendable {
  /// What is known of one file.
  public enum FileState: Hashable, Sendable {
    /// The contents are those of the published file.
    case correct
    /// The contents have another digest.
    case mismatch(found: Digest)
    /// The file cannot be read or unpacked.
    case unreadable(reason: String)
    /// There is no such file.
    case missing
  }

  /// One file.
  public struct File: Hashable, Sendable {
    /// Its name, unpacked.
    public let name: String
    /// Where its contents are; nil if they are missing.
    public let path: String?
    /// The size of the file at `path` as stored.
    public let sizeInBytes: Int
    /// Whether it is as it should be.
    public let state: FileState
  }

  /// One split.
  public struct Split: Hashable, Sendable {
    /// The word for it in specs.
    public let name: String
    /// The names of the files it needs.
    public let files: [String]
  }

  /// What was found in a folder with one folder per class.
  public enum TreeState: Hashable, Sendable {
    /// Classes and images; their contents are compared with nothing.
    case found(classCount: Int, trainingCount: Int, testCount: Int)
    /// Something is wrong.
    case broken(reason: String)
  }

  /// The set's name.
  public let name: String
  /// One line about it.
  public let summary: String
  /// The folder that has at least one of its files; nil if none has.
  public let folder: String?
  /// The folders searched, in order.
  public let searched: [String]
  /// Its files, in the catalogue's order; none for images in folders.
  public let files: [File]
  /// Its splits, in the catalogue's order.
  public let splits: [Split]
  /// What the folder has, if the set is one of images in folders that was found.
  public let tree: TreeState?
  /// Where it is published.
  public let sources: [String]
  /// A command that fetches it.
  public let command: String
  /// Its licence.
  public let licence: String

  /// The names of the splits whose files are all there with the published contents.
  public var usableSplits: [String] {
    if files.isEmpty {
      guard case .found = tree else { return [] }
      return splits.map { $0.name }
    }
    let correct = Set(files.filter { $0.state == .correct }.map { $0.name })
    return splits.filter { correct.isSuperset(of: $0.files) }.map { $0.name }
  }

  /// Whether at least one split can be used.
  public var isUsable: Bool { !usableSplits.isEmpty }
  /// Whether every split can be used.
  public var isComplete: Bool { usableSplits.count == splits.count }

  /// Whether a file is there that is not the published one.
  public var isDamaged: Bool {
    files.contains {
      switch $0.state {
      case .correct, .missing: false
      case .mismatch, .unreadable: true
      }
    }
  }

  /// The bytes of the files found, as stored.
  public var sizeInBytes: Int {
    var sizes: [String: Int] = [:]
    for file in files {
      if let path = file.path { sizes[path] = file.sizeInBytes }
    }
    return sizes.values.reduce(0, +)
  }

  /// `ok`, or what is wrong in a few words.
  public var verdict: String {
    switch tree {
    case .found(let classCount, let trainingCount, let testCount):
      return "\(classCount) classes, \(trainingCount) + \(testCount) images, contents not published"
    case .broken(let reason): return reason
    case nil: break
    }
    if isComplete { return "ok" }
    let problems = files.compactMap { file -> String? in
      switch file.state {
      case .correct: return nil
      case .mismatch: return "\(file.name): checksum mismatch"
      case .unreadable(let reason): return "\(file.name): \(reason)"
      case .missing: return folder == nil ? nil : "\(file.name): missing"
      }
    }
    if problems.isEmpty { return "missing" }
    let usable = usableSplits.isEmpty ? [] : ["ok for \(usableSplits.joined(separator: ", "))"]
    return (usable + problems).joined(separator: "; ")
  }
}
