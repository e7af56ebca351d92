// parsimony data: which data sets are here, and how to get the others.

import ArgumentParser
import Datasets
import Foundation

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Data sets: found where, checksum, how to get what is missing.")

  @OptionGroup var workplace: Workplace

  func run() throws {
    let catalog = workplace.catalog
    var damaged: [String] = []
    var rows = [["data set", "found in", "checksum", "how to get it"]]
    for name in catalog.names {
      let status = try catalog.status(of: name)
      if status.isDamaged { damaged.append(name) }
      rows.append([
        name, status.folder ?? "–", status.verdict, status.isComplete ? "" : status.command,
      ])
    }
    print(TextTable.render(rows))
    print(
      """
      \(DatasetEntry.imageFolderName): PNG files in train/<class> and val/<class> of a folder below one of these places, \
      \(catalog.searchRoots.map { $0.path }.joined(separator: ", ")); in a spec: \
      dataset: { name: \(DatasetEntry.imageFolderName), folder: NAME, classes: 10, size: 64 }
      """)
    if !damaged.isEmpty {
      complain("damaged: \(damaged.joined(separator: ", ")); remove the files, then get them again")
      throw ExitCode(1)
    }
  }
}
