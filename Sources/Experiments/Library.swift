// The papers/ folder: which papers and experiments there are.

public import Foundation
import Files

/// A paper and its experiments, as files.
public struct PaperFolder: Hashable, Sendable {
  /// The folder's name.
  public var name: String
  /// The folder.
  public var url: URL
  /// The experiments' files, sorted by name.
  public var experiments: [URL]
}

/// The folder with all papers.
public struct Library: Sendable {
  /// `papers`.
  public let root: URL

  public init(root: URL) { self.root = root }

  /// Every paper, sorted by name.
  public var papers: [PaperFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.sorted().compactMap { name in
      let url = root.appending(path: name)
      let experiments = url.appending(path: "experiments")
      guard FileManager.default.fileExists(atPath: url.appending(path: "paper.yaml").path) else {
        return nil
      }
      let files = (try? FileManager.default.contentsOfDirectory(atPath: experiments.path)) ?? []
      return PaperFolder(
        name: name, url: url,
        experiments: files.sorted().filter { $0.hasSuffix(".yaml") }
          .map { experiments.appending(path: $0) })
    }
  }

  /// The experiment in one file; the paper is the folder above `experiments/`.
  ///
  /// - Throws: `SpecErrors` if the file cannot be read or has mistakes.
  public static func experiment(
    at url: URL, profile: String, overrides: [(path: String, value: String)] = []
  ) throws(SpecErrors) -> Experiment {
    let shown = Library.shortPath(url)
    func unreadable(_ problem: String) -> SpecErrors {
      SpecErrors([SpecError(file: shown, line: 0, keyPath: "", problem: problem)])
    }
    let data: Data
    do throws(FileError) {
      data = try FileContents.read(url)
    } catch {
      throw unreadable(error.problem)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw unreadable("is not text in UTF-8")
    }
    let folder = url.deletingLastPathComponent()
    let paper =
      folder.lastPathComponent == "experiments"
      ? folder.deletingLastPathComponent().lastPathComponent : "own"
    return try Experiment(
      yaml: text, file: shown, paper: paper, profile: profile, overrides: overrides)
  }

  /// The path as a user would type it from the working directory.
  public static func shortPath(_ url: URL) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    let path = url.standardizedFileURL.path
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
