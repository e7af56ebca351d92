// parsimony bench: how fast this machine is, in ratios of one run.

import ArgumentParser
import Experiments
import Foundation

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Products, training steps, inference, thinning and projections on this machine, against OpenBLAS, PyTorch and scikit-learn."
  )

  @Option(help: "Seconds spent on each quantity.") var seconds = 3.0

  @Option(
    help: ArgumentHelp("The PyTorch peer; PARSIMONY_PYTHON names its python.", valueName: "file"))
  var peer = "Tests/Benchmarks/pytorch_step.py"

  @Option(help: ArgumentHelp("The k-means peer, for the same python.", valueName: "file"))
  var quantizerPeer = "Tests/Benchmarks/sklearn_kmeans.py"

  @Flag(help: "Measure although other processes keep the machine busy.") var force = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be in (0, 600]")
    }
  }

  func run() throws {
    let busy = MachineLoad.busyProcessors()
    if busy > MachineLoad.limit, !force {
      let amount = String(format: "%.1f", busy)
      complain(
        "\(amount) processors are busy: a measurement would say nothing; wait, or use --force")
      throw ExitCode(1)
    }
    var rows = [["what", "threads", "ours", "peer", "unit", "ratio", "compared with"]]
    try Bench(
      seconds: seconds, peerScript: URL(fileURLWithPath: peer),
      quantizerPeerScript: URL(fileURLWithPath: quantizerPeer)
    ).run { row in
      rows.append([
        row.what, "\(row.threads)", String(format: "%.1f", row.rate),
        row.peerRate.map { String(format: "%.1f", $0) } ?? "–", row.unit,
        row.ratio.map { String(format: "%.2f", $0) } ?? "–", row.peer,
      ])
    }
    print(TextTable.render(rows))
  }
}
