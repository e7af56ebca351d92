// parsimony diff: where two stored runs differ.

import ArgumentParser
import Experiments
import Foundation

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Spec, environment, metrics and layers of two runs, and where their curves part.")

  /// How differences are written.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json }

  @Argument(help: "Folder of a run.") var first: String
  @Argument(help: "Folder of the run to compare with.") var second: String
  @Option(help: "How differences are written.") var format = Format.text

  func run() throws {
    let left = try Self.load(first)
    let right = try Self.load(second)
    let difference = RunDifference(left, right)
    switch format {
    case .text: print(difference.text, terminator: "")
    case .markdown:
      print(
        difference.markdown(from: Library.shortPath(left.url), to: Library.shortPath(right.url)),
        terminator: "")
    case .json: print(try difference.json)
    }
  }

  static func load(_ path: String) throws -> StoredRun {
    var url = URL(fileURLWithPath: path)
    if url.lastPathComponent == "record.json" { url.deleteLastPathComponent() }
    guard FileManager.default.fileExists(atPath: path) else {
      throw ValidationError("\(path): no such file or folder")
    }
    guard let run = try RecordStore.load(url) else {
      throw ValidationError("\(path): there is no record.json in this folder")
    }
    return run
  }
}
