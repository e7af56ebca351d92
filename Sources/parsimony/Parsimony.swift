// The executable: parsing and printing only; one file per subcommand. Closures written here belong to the main actor,
// so nothing is computed in this target.

import ArgumentParser
import Experiments
import Foundation
import Kernels

@main
struct Parsimony: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parsimony",
    abstract: "A reproducible research harness for neural-network compression.",
    discussion: """
      Experiments are YAML files in papers/<paper>/experiments. ‘run’ computes what is missing and stores records; \
      ‘report’ renders tables and figures from stored records and computes nothing.
      """,
    version: "0.1.0",
    subcommands: [
      List.self, Check.self, PlanCommand.self, Run.self, Report.self, Verify.self, Diff.self,
      DataCommand.self, Inspect.self, Bench.self, Compare.self, Execute.self,
    ])

  static func main() {
    if !BLAS.isPinned { Reexecution.pinBLAS() }
    let missing = requiredFeaturesMissing()
    if !missing.isEmpty {
      FileHandle.standardError.write(
        Data(
          "parsimony needs a processor with \(missing.joined(separator: ", ")), which this one lacks.\n".utf8))
      Foundation.exit(1)
    }
    setvbufToLines()
    Self.main(nil)
  }
}

/// Prints to standard error.
func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// Writes lines at once, so that logs can be followed.
private func setvbufToLines() { unsafe setvbuf(stdout, nil, _IOLBF, 0) }

/// OpenBLAS reads its core type from the environment when it is loaded, so the process starts again with it set.
private enum Reexecution {
  static func pinBLAS() {
    let marker = "PARSIMONY_REEXECUTED"
    guard ProcessInfo.processInfo.environment[marker] == nil else { return }
    setenv("OPENBLAS_CORETYPE", BLAS.pinnedCore, 1)
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    setenv(marker, "1", 1)
    let path = Executable.url.path
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe CommandLine.arguments.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    unsafe execv(path, arguments)
    complain("parsimony: could not start itself again with OPENBLAS_CORETYPE=\(BLAS.pinnedCore)")
  }
}

/// This program's file.
enum Executable {
  static var url: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  }
}
