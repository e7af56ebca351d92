// parsimony bundle: specs, records, tables and figures in one archive with checksums.

import ArgumentParser
import Experiments
import Foundation

struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Packs specs, records, tables and figures into one archive with checksums.",
    discussion: "‘parsimony verify --bundle FILE’ (make verify BUNDLE=FILE) checks it elsewhere.")

  @Argument(help: "Papers; all if none is given.") var papers: [String] = []
  @OptionGroup var workplace: Workplace
  @Option(help: ArgumentHelp("Folder with the records.", valueName: "folder"))
  var results = "results"
  @Option(help: ArgumentHelp("The archive that is written.", valueName: "file"))
  var output = "parsimony-results.tar.gz"

  func run() throws {
    let chosen = try workplace.papers(named: papers)
    let archive = URL(fileURLWithPath: output)
    let count = try ResultArchive.write(
      chosen, of: workplace.library, from: RecordStore(root: URL(fileURLWithPath: results)),
      to: archive)
    let bytes = (try? Data(contentsOf: archive).count) ?? 0
    print("\(Library.shortPath(archive)): \(count) files, \(bytes) bytes")
  }
}
