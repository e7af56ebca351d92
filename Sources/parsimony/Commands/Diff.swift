// parsimony diff: where two stored runs differ.

import ArgumentParser
import Experiments
import Foundation

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Spec, environment, metrics and layers of two runs, and where their curves part.")

  @Argument(help: "Folder of a run.") var first: String
  @Argument(help: "Folder of the run to compare with.") var second: String

  func run() throws {
    let left = try Self.load(first)
    let right = try Self.load(second)
    for section in RunDifference(left, right).sections {
      print("\(section.title):")
      if section.lines.isEmpty { print("  the same") }
      for line in section.lines { print("  \(line)") }
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
