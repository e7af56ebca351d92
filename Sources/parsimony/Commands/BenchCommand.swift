// parsimony bench: how fast this machine is, in ratios of one run.

import ArgumentParser
import Cluster
import Datasets
import Experiments
import Foundation

/// The benches; without a name, the one of speeds.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "How fast this machine is; files: how small networks get.",
    subcommands: [BenchSpeedCommand.self, BenchFilesCommand.self],
    defaultSubcommand: BenchSpeedCommand.self)
}

struct BenchSpeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "speed",
    abstract:
      "Products, training steps, inference, thinning and projections on this machine, against OpenBLAS, PyTorch and scikit-learn."
  )

  @Option(help: "Seconds spent on each quantity.") var seconds = 3.0

  @Option(
    help: ArgumentHelp(
      "Measures only training steps and inference of this network; may be given several times.",
      valueName: "network"))
  var network: [String] = []

  @Option(
    help: ArgumentHelp("The PyTorch peer; PARSIMONY_PYTHON names its python.", valueName: "file"))
  var peer = "Tests/Benchmarks/pytorch_step.py"

  @Option(help: ArgumentHelp("The k-means peer, for the same python.", valueName: "file"))
  var quantizerPeer = "Tests/Benchmarks/sklearn_kmeans.py"

  @Option(
    help: ArgumentHelp(
      "Also measures memory, and costs by batch and depth, and keeps all below a folder of results, where ‘report’ finds it.",
      valueName: "folder"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Only makes some training steps of one network, and prints the peak memory of this process in MiB.",
      valueName: "network"))
  var memoryOf: String?

  @Flag(
    help:
      "Measures only how planning, submitting and ‘status’ grow with the number of runs; with --store replaces these numbers in what is kept."
  )
  var scheduling = false

  @Flag(help: "Measure although other processes keep the machine busy.") var force = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be in (0, 600]")
    }
    func require(_ name: String, option: String) throws {
      guard !Bench.subjectNames.contains(name) else { return }
      throw ValidationError(
        "\(option): ‘\(name)’ is not measured; \(Bench.subjectNames.joined(separator: ", ")) are")
    }
    for name in network { try require(name, option: "--network") }
    if let memoryOf { try require(memoryOf, option: "--memory-of") }
    guard store == nil || network.isEmpty else {
      throw ValidationError("--store keeps a whole bench; leave --network out")
    }
  }

  func run() throws {
    if let memoryOf {
      if let peak = try Bench.memoryOfSteps(memoryOf) { print(String(format: "%.1f", peak)) }
      return
    }
    if scheduling { return try measureScheduling() }
    let busy = MachineLoad.busyProcessors()
    if busy > MachineLoad.limit, !force {
      let amount = String(format: "%.1f", busy)
      complain(
        "\(amount) processors are busy: a measurement would say nothing; wait, or use --force")
      throw ExitCode(1)
    }
    let bench = Bench(
      seconds: seconds, peerScript: URL(fileURLWithPath: peer),
      quantizerPeerScript: URL(fileURLWithPath: quantizerPeer),
      python: ProcessInfo.processInfo.environment["PARSIMONY_PYTHON"] ?? "python3")
    var rows: [BenchRow] = []
    try bench.run(networks: network) { row in
      rows.append(row)
      complain("measured \(row.what), \(row.threads) \(row.threads == 1 ? "thread" : "threads")")
    }
    print(
      TextTable.render(
        [["what", "threads", "ours", "peer", "unit", "ratio", "compared with"]]
          + rows.map { row in
            [
              row.what, "\(row.threads)", String(format: "%.1f", row.rate),
              row.peerRate.map { String(format: "%.1f", $0) } ?? "–", row.unit,
              row.ratio.map { String(format: "%.2f", $0) } ?? "–", row.peer,
            ]
          }))
    guard let store else { return }
    var report = BenchReport(
      secondsEach: seconds, rows: rows, costs: try bench.costs(),
      memory: try bench.memory(
        of: ["resnet20", "resnet56", "vgg19-bn"], rows: rows,
        executable: Bundle.main.executableURL ?? URL(fileURLWithPath: "/proc/self/exe")))
    report.scaling = try scaling()
    for memory in report.memory {
      let peer = memory.peerMebibytes.map { String(format: ", PyTorch %.0f MiB", $0) } ?? ""
      print(
        "\(memory.network), batch \(memory.batch): "
          + String(format: "peak memory %.0f MiB", memory.mebibytes) + peer)
    }
    print(Library.shortPath(try report.store(in: URL(fileURLWithPath: store))))
  }

  /// Plans of these numbers of runs are measured.
  private static let runCounts = [1000, 3000, 10_000, 30_000, 100_000]

  private func scaling() throws -> [BenchScaling] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "parsimony-bench-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try SchedulingBench.measure(
      Self.runCounts, in: folder,
      catalog: .standard(
        environment: ProcessInfo.processInfo.environment,
        workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath)))
  }

  private func measureScheduling() throws {
    let scaling = try scaling()
    print(
      TextTable.render(
        [["runs", "plan", "submit", "status", "seconds"]]
          + scaling.map { row in
            ["\(row.runCount)"]
              + [row.planSeconds, row.submitSeconds, row.statusSeconds].map {
                String(format: "%.2f", $0)
              } + [""]
          }))
    guard let store else { return }
    let results = URL(fileURLWithPath: store)
    guard var report = try BenchReport.load(from: results) else {
      throw ValidationError("\(store): nothing is stored that these numbers could be added to")
    }
    report.scaling = scaling
    print(Library.shortPath(try report.store(in: results)))
  }
}
