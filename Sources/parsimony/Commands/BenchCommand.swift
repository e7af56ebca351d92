// parsimony bench: how fast this machine is, in ratios of one run.

import ArgumentParser
import Experiments
import Foundation

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Products, training steps and inference on this machine, against OpenBLAS and PyTorch.")

  @Option(help: "Seconds spent on each quantity.") var seconds = 3.0

  @Option(
    help: ArgumentHelp("The PyTorch peer; PARSIMONY_PYTHON names its python.", valueName: "file"))
  var peer = "Tests/Benchmarks/pytorch_step.py"

  @Flag(help: "Measure although other processes keep the machine busy.") var force = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be in (0, 600]")
    }
  }

  func run() throws {
    let busy = MachineLoad.measured()
    if busy > 0.25, !force {
      let amount = String(format: "%.1f", busy)
      complain(
        "\(amount) processors are busy: a measurement would say nothing; wait, or use --force")
      throw ExitCode(1)
    }
    var rows = [["what", "threads", "ours", "peer", "unit", "ratio", "compared with"]]
    try Bench(seconds: seconds, peerScript: URL(fileURLWithPath: peer)).run { row in
      rows.append([
        row.what, "\(row.threads)", String(format: "%.1f", row.rate),
        row.peerRate.map { String(format: "%.1f", $0) } ?? "–", row.unit,
        row.ratio.map { String(format: "%.2f", $0) } ?? "–", row.peer,
      ])
    }
    print(TextTable.render(rows))
  }
}

/// How busy the machine is.
private enum MachineLoad {
  /// Processors that were busy on average during one second; this process sleeps meanwhile.
  static func measured() -> Double {
    let before = counters()
    Thread.sleep(forTimeInterval: 1)
    let after = counters()
    let total = after.total - before.total
    guard total > 0 else { return 0 }
    let busy = 1 - (after.idle - before.idle) / total
    return busy * Double(ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Idle and all ticks of all processors since the machine started.
  private static func counters() -> (idle: Double, total: Double) {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    let ticks = (text.split(separator: "\n").first ?? "").split(separator: " ").dropFirst()
      .compactMap { Double($0) }
    guard ticks.count >= 5 else { return (0, 0) }
    return (ticks[3] + ticks[4], ticks.prefix(8).reduce(0, +))  // idle and waiting for a disk
  }
}
