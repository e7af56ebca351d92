// The executable: parsing and printing only; one file per subcommand. Closures written here belong to the main actor,
// so nothing is computed in this target.

import ArgumentParser
import Experiments
import Foundation
import Kernels
import Reproducibility

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
      List.self, Check.self, PlanCommand.self, Run.self, Submit.self, StatusCommand.self,
      Cancel.self, ReportCommand.self, Compare.self, Measure.self, CompressCommand.self,
      ExportCommand.self, EvaluateCommand.self, Verify.self, Diff.self, AuditCommand.self,
      BundleCommand.self, DataCommand.self,
      Inspect.self, BenchCommand.self, Execute.self,
    ])

  static func main() {
    ProcessStart.pinBLAS()
    let missing = ProcessorFeatures.requiredFeaturesMissing()
    if !missing.isEmpty {
      complain(
        "parsimony needs a processor with \(missing.joined(separator: ", ")), which this one lacks."
      )
      Foundation.exit(1)
    }
    if !BLAS.isPinned {
      complain(
        "parsimony: OpenBLAS computes as \(BLAS.coreName), but stored results need \(BLAS.pinnedCore); "
          + "start it with OPENBLAS_CORETYPE=\(BLAS.pinnedCore)")
      Foundation.exit(1)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let (text, code) = (fullMessage(for: error), exitCode(for: error))
      if !text.isEmpty {
        if code.isSuccess { print(text) } else { complain(text) }
      }
      Foundation.exit(code.rawValue)
    }
  }
}
