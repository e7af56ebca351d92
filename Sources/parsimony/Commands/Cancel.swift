// parsimony cancel: ends what was submitted for one folder of results.

import ArgumentParser
import Cluster
import Experiments
import Foundation

struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ends the jobs that ‘submit’ handed to Slurm for these results, and no others.",
    discussion: "Runs in progress keep their state; ‘submit’ resumes them.")

  @Option(help: ArgumentHelp("Folder for results.", valueName: "folder"))
  var results = "results/local"

  func run() throws {
    do {
      let jobs = try Slurm().cancelAll(of: RecordStore(root: URL(fileURLWithPath: results)))
      print(
        jobs.isEmpty
          ? "no job of \(results) is in the queue"
          : "cancelled: \(jobs.map { "\($0)" }.joined(separator: ", "))")
    } catch {
      complain("\(error)")
      throw ExitCode(1)
    }
  }
}
