// parsimony verify: runs stored runs again and compares the bits; or, without runs, checks everything that is stored, in this
// repository or in an archive, against its digests and against what is rendered from it.

import ArgumentParser
import Experiments
import Foundation
import Kernels
import Reporting

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Runs a stored run again: the same bits, within tolerance, or diverged at a step. Without runs: checks all that is stored.",
    discussion: """
      Without runs nothing is computed: records with their histories and networks are compared with their digests, and reports and tables with \
      what is rendered from the records now. With --bundle the same is done to an archive of ‘parsimony bundle’, after its checksums; \
      the scripts and data of its figures are compared, and gnuplot draws them only with --draw.
      """)

  @Argument(help: "Folders of runs, each with a record.json; all that is stored if none is given.")
  var runs: [String] = []
  @OptionGroup var workplace: Workplace
  @Option(help: "Threads inside the run; results do not depend on it.") var threads = 1
  @Option(
    help: ArgumentHelp("Folder with the records, where no run is given.", valueName: "folder"))
  var results = "results"
  @Option(help: ArgumentHelp("An archive that is checked instead.", valueName: "file"))
  var bundle: String?

  @Flag(help: "Draws the figures of an archive again, and compares them too.") var draw = false

  @Flag(
    help: "Adds the digest of its result to every record that was stored before there were any.")
  var seal = false

  func validate() throws {
    guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
    guard bundle != nil || !draw else {
      throw ValidationError("--draw goes with --bundle; elsewhere figures are always drawn")
    }
    guard !seal || (runs.isEmpty && bundle == nil) else {
      throw ValidationError("--seal goes with a whole store; name no runs and no archive beside it")
    }
    guard runs.isEmpty || bundle == nil else {
      throw ValidationError("--bundle checks an archive as a whole; name no runs beside it")
    }
  }

  func run() throws {
    guard runs.isEmpty else { return try runAgain() }
    let temporary = Again.temporaryFolder
    defer { try? FileManager.default.removeItem(at: temporary) }
    var papers = workplace.library
    var store = RecordStore(root: URL(fileURLWithPath: results))
    if let bundle {
      let unpacked = try ResultArchive.unpack(
        URL(fileURLWithPath: bundle), into: temporary.appending(path: "bundle"))
      print("\(bundle): \(unpacked.fileCount) files, all with their checksums")
      papers = Library(root: unpacked.root.appending(path: "papers"))
      store = RecordStore(root: unpacked.root.appending(path: "results"))
    }
    guard FileManager.default.fileExists(atPath: store.root.path) else {
      throw ValidationError("there is no folder \(store.root.path)")
    }
    let integrity = Integrity(of: store)
    print(
      "\(integrity.recordCount) records and \(integrity.networkCount) networks compared with their digests"
    )
    let rendering = try RenderingCheck(
      of: papers, in: store, isDrawing: bundle == nil || draw,
      temporary: temporary.appending(path: "rendered"))
    print("\(rendering.fileCount) rendered files compared with what the records give now")
    let problems = integrity.problems + rendering.problems
    for problem in problems { complain(problem) }
    for note in rendering.notes { print(note) }
    if !problems.isEmpty { throw ExitCode(1) }
    if seal {
      for run in integrity.unsealed { _ = try store.seal(run) }
      print("\(integrity.unsealed.count) records have the digest of their result now")
    } else if !integrity.unsealed.isEmpty {
      print(
        "\(integrity.unsealed.count) records have no digest of their result, so that an edited number would not be noticed; "
          + "--seal adds it")
    }
    print("everything agrees")
  }

  private func runAgain() throws {
    var failed = false
    for path in runs {
      let stored = try Diff.load(path)
      let result = try Again.verify(stored, workplace: workplace, threads: threads)
      switch result {
      case .sameBits: print("\(path): the same bits")
      case .withinTolerance(let largest, let metric):
        print("\(path): within tolerance; largest relative difference \(largest) (\(metric))")
      case .different(let problem):
        print("\(path): different: \(problem)")
        failed = true
      }
    }
    if failed { throw ExitCode(1) }
  }
}

/// The computation; outside the command type, whose closures belong to the main actor.
private enum Again {
  static var temporaryFolder: URL {
    FileManager.default.temporaryDirectory
      .appending(path: "parsimony-verify-\(ProcessInfo.processInfo.processIdentifier)")
  }

  static func verify(_ stored: StoredRun, workplace: Workplace, threads: Int) throws
    -> VerificationResult
  {
    let temporary = temporaryFolder
    defer { try? FileManager.default.removeItem(at: temporary) }
    let catalog = workplace.catalog
    let workers = Workers(threadCount: threads)
    return try Verification.verify(
      stored,
      executor: { store, cache in
        RunExecutor(store: store, cache: cache, catalog: catalog, workers: workers)
      }, temporary: temporary)
  }
}
