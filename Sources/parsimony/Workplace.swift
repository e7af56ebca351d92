// Options that several subcommands share: which specs, where results, cache and data are.

import ArgumentParser
import Datasets
import Experiments
import Foundation

/// Where things are.
struct Workplace: ParsableArguments {
  @Option(help: ArgumentHelp("Folder with the papers' specs.", valueName: "folder"))
  var papers = "papers"

  @Option(help: ArgumentHelp("Folder for dense networks and checkpoints.", valueName: "folder"))
  var cache = ProcessInfo.processInfo.environment["PARSIMONY_CACHE"] ?? ".cache/parsimony"

  var library: Library { Library(root: URL(fileURLWithPath: papers)) }
  var networks: NetworkCache { NetworkCache(root: URL(fileURLWithPath: cache)) }
  var catalog: DatasetCatalog {
    DatasetCatalog.standard(
      environment: ProcessInfo.processInfo.environment,
      workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath))
  }
}

extension Workplace {
  /// The papers of the given names; all of them without names.
  func papers(named names: [String]) throws -> [PaperFolder] {
    let all = try library.requirePapers()
    for name in names where !all.contains(where: { $0.name == name }) {
      let known = all.map { $0.name }.joined(separator: ", ")
      throw ValidationError("no paper is called ‘\(name)’; papers: \(known)")
    }
    return all.filter { names.isEmpty || names.contains($0.name) }
  }
}

/// Which experiments, under which profile.
struct Selection: ParsableArguments {
  @Argument(
    help:
      "Spec files, papers, experiments, or paper/experiment where a name is not the only one; all if none is given."
  )
  var specs: [String] = []

  @Option(help: "Which profile of the specs: smoke, quick, standard or paper.")
  var profile = "quick"

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Overrides a field of every chosen spec: --set dense.epochs=2. Enters the digest.",
      valueName: "key=value"))
  var overrides: [String] = []

  /// The chosen spec files.
  func files(in library: Library) throws -> [URL] {
    if specs.isEmpty { return try library.requirePapers().flatMap { $0.experiments } }
    let papers = library.papers
    return try specs.flatMap { word -> [URL] in
      if let paper = papers.first(where: { $0.name == word }) { return paper.experiments }
      let named = papers.flatMap { paper in
        paper.experiments.map { file in
          let name = file.deletingPathExtension().lastPathComponent
          return (name: name, qualified: "\(paper.name)/\(name)", file: file)
        }
      }.filter { $0.name == word || $0.qualified == word }
      if named.count > 1 {
        let choices = named.map { $0.qualified }.joined(separator: ", ")
        throw ValidationError("several experiments are called ‘\(word)’; which one: \(choices)")
      }
      if let only = named.first { return [only.file] }
      let url = URL(fileURLWithPath: word)
      guard FileManager.default.fileExists(atPath: url.path) else {
        let known = papers.map { $0.name }.joined(separator: ", ")
        throw ValidationError(
          "‘\(word)’ is neither a file nor a paper nor an experiment; papers: \(known)")
      }
      return [url]
    }
  }

  /// The chosen experiments; prints every mistake and exits if there is one.
  func experiments(in library: Library) throws -> [Experiment] {
    guard Experiment.profileNames.contains(profile) else {
      throw ValidationError(
        "no profile is called ‘\(profile)’; profiles: \(Experiment.profileNames.joined(separator: ", "))"
      )
    }
    let pairs = try overrides.map { text -> (path: String, value: String) in
      guard let sign = text.firstIndex(of: "=") else {
        throw ValidationError("--set \(text): expected key=value")
      }
      return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
    var result: [Experiment] = []
    var failed = false
    for file in try files(in: library) {
      do {
        result.append(try Library.experiment(at: file, profile: profile, overrides: pairs))
      } catch {
        complain("\(error)")
        failed = true
      }
    }
    if failed { throw ExitCode(2) }
    return result
  }
}

extension Library {
  /// The papers; a mistake if their folder is not there, because nothing at all would look like success.
  func requirePapers() throws -> [PaperFolder] {
    guard FileManager.default.fileExists(atPath: root.path) else {
      throw ValidationError(
        "there is no folder \(root.path): start parsimony in its repository, or name it with --papers"
      )
    }
    return papers
  }
}
