// How planning, submitting and asking grow with the number of runs: a plan of pruned networks that nobody trains, and a scheduler
// that answers from memory. Times are of our side alone.

public import Datasets
public import Experiments
public import Foundation
import Reproducibility
import Synchronization

/// Measures plans that are submitted to nobody.
public enum SchedulingBench {
  /// Plans are made in multiples of this number: so many seeds.
  public static let seedCount = 100

  /// Seconds to plan, to submit and to ask for the status of each number of runs.
  ///
  /// - Parameters:
  ///   - runCounts: multiples of `seedCount`.
  ///   - folder: an empty folder for what is submitted.
  ///   - catalog: where Fashion-MNIST is looked for; without it the runs would lack data.
  /// - Throws: the errors of plans and submissions.
  public static func measure(
    _ runCounts: [Int], in folder: URL, catalog: DatasetCatalog
  ) throws -> [BenchScaling] {
    try runCounts.map { count in
      let store = RecordStore(root: folder.appending(path: "results-\(count)"))
      let cache = NetworkCache(root: folder.appending(path: "cache-\(count)"))
      let slurm = Slurm(SimulatedCommands())
      var times: [Double] = []
      func timed<Result>(_ body: () throws -> Result) rethrows -> Result {
        let began = ProcessClock.monotonicSeconds
        let result = try body()
        times.append(ProcessClock.monotonicSeconds - began)
        return result
      }
      let plan = try timed {
        try Plan(
          [
            try Experiment(
              yaml: spec(runCount: count), file: "scaling.yaml", paper: "bench", profile: "quick")
          ], store: store, cache: cache, catalog: catalog, explainsMissing: false)
      }
      try timed {
        let submitter = Submitter(
          store: store, cache: cache, executable: ProcessStart.executable,
          workingDirectory: folder, environment: [:], options: SubmissionOptions(), slurm: slurm)
        let prepared = try submitter.prepare(
          plan, estimate: CostEstimate(plan, roots: [store]), copies: true)
        try submitter.submit(prepared) { _, _ in }
      }
      // Half of them have ended.
      for run in plan.due where run.seed % 2 == 0 {
        let own = store.url(of: run.folder, digest: run.digest, seed: run.seed)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: own.appending(path: "record.json"))
      }
      let status = try timed { try ClusterStatus(of: store, cache: cache, slurm: slurm) }
      precondition(
        status.runs.count == count, "\(status.runs.count) runs are known, \(count) were planned")
      return BenchScaling(
        runCount: count, planSeconds: times[0], submitSeconds: times[1], statusSeconds: times[2])
    }
  }

  /// A sweep of densities; the dense networks are runs too.
  private static func spec(runCount: Int) -> String {
    let densities = (1..<max(2, runCount / seedCount)).map { "\(Double($0) / 1024)" }
    let seeds = (1...seedCount).map { "\($0)" }
    return """
      experiment: scaling
      question: How do planning and submitting grow?
      network: lenet300-100
      dataset: { name: fashion-mnist }
      dense: { epochs: 1 }
      shared:
        scheme: { prune: { density: { each: [\(densities.joined(separator: ", "))] } } }
        retraining: { epochs: 1 }
      methods: [ one-shot-retrain ]
      seeds: [\(seeds.joined(separator: ", "))]
      profiles: { quick: {} }
      """
  }
}

/// A scheduler in memory: every task that is handed over waits.
private final class SimulatedCommands: CommandRunner {
  private let scripts = Mutex<[String]>([])

  func run(
    _ command: String, _ arguments: [String], input: String
  ) throws(ClusterError) -> CommandResult {
    switch command {
    case "sbatch":
      let number = scripts.withLock { scripts in
        scripts.append(input)
        return scripts.count
      }
      return CommandResult(status: 0, output: "\(number)\n")
    case "squeue":
      let lines = scripts.withLock { $0 }.enumerated().flatMap { number, script in
        let name = Self.value(of: "job-name", in: script)
        let last = Self.value(of: "array", in: script).split(separator: "-").last
        return (0...(last.flatMap { Int($0) } ?? 0)).map {
          "\(number + 1)|\($0)|PENDING|Priority||\(name)"
        }
      }
      return CommandResult(status: 0, output: lines.joined(separator: "\n"))
    case "scontrol": return CommandResult(status: 0, output: "MaxArraySize = 1001\n")
    default: return CommandResult(status: 1, output: "")
    }
  }

  private static func value(of option: String, in script: String) -> Substring {
    let line = script.split(separator: "\n").first { $0.hasPrefix("#SBATCH --\(option)=") }
    return line.map { $0.drop { $0 != "=" }.dropFirst() } ?? ""
  }
}
