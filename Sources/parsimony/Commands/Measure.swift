// parsimony measure: how fast stored runs' networks are on this machine once what is zero is removed.

import ArgumentParser
import Datasets
import Experiments
import Foundation
import Inference
import Networks
import Reproducibility

struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Speed of stored networks, thinned or in blocks against dense, alone on the machine.",
    discussion: """
      Results go to measurements.json beside each record and are printed from there afterwards; --remeasure replaces them.
      """)

  @Argument(help: "Folders of runs, each with a record.json.") var runs: [String]
  @OptionGroup var workplace: Workplace
  @Option(help: "A size of batch; may be given again. (default: 1 and 64)") var batch: [Int] = []
  @Option(help: "A number of threads; may be given again. (default: 1)") var threads: [Int] = []
  @Option(help: "Rounds at least; each measures both networks.") var repeats = 15
  @Option(help: "Seconds for each batch and number of threads.") var seconds = 2.0
  @Flag(help: "Measure again what is stored.") var remeasure = false
  @Flag(help: "Measure although other processes keep the machine busy.") var busy = false

  func validate() throws {
    guard threads.allSatisfy({ (1...64).contains($0) }) else {
      throw ValidationError("--threads must be 1 to 64")
    }
    guard batch.allSatisfy({ (1...4096).contains($0) }) else {
      throw ValidationError("--batch must be 1 to 4096")
    }
    guard (1...100_000).contains(repeats) else {
      throw ValidationError("--repeats must be 1 to 100000")
    }
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be in (0, 600]")
    }
    for (option, values) in [("--batch", batch), ("--threads", threads)]
    where Set(values).count != values.count {
      throw ValidationError("\(option) names a number twice")
    }
  }

  func run() throws {
    let measurement = RunMeasurement(cache: workplace.networks, catalog: workplace.catalog)
    let request = MeasurementRequest(
      batches: batch.isEmpty ? [1, 64] : batch, threads: threads.isEmpty ? [1] : threads,
      plan: TimingPlan(seconds: seconds, minimumRounds: repeats), replaces: remeasure,
      allowsBusyMachine: busy)
    var failed = false
    for path in runs {
      do {
        let stored = try Diff.load(path)
        show(try measurement.measure(stored, request), path: path)
      } catch let error as ValidationError {
        throw error
      } catch {
        complain("\(error)")
        failed = true
      }
    }
    if failed { throw ExitCode(1) }
  }

  private func show(_ result: RunMeasurementResult, path: String) {
    print(path)
    if result.storedBefore > 0 {
      print("\(result.storedBefore) already measured; --remeasure measures again")
    }
    for layer in result.thinning?.layers ?? [] {
      let reasons = layer.kept.map { "\($0.units.count) kept: \($0.reason)" }
      print(
        (["\(layer.name): \(layer.unitsBefore) → \(layer.unitsAfter) units"] + reasons)
          .joined(separator: "; "))
    }
    var rows = [
      [
        "batch", "threads", "dense ms", "compressed ms", "times as fast", "quartiles",
        "multiply–accumulates", "parameters", "measured on",
      ]
    ]
    for measurement in result.measurements {
      guard let dense = measurement.networks.first, let compact = measurement.networks.last else {
        continue
      }
      func milliseconds(_ network: MeasuredNetwork) -> String {
        String(format: "%.3f", 1e3 * network.latency.seconds.median)
      }
      let quartiles = measurement.speedup.map {
        String(format: "%.2f–%.2f", $0.lowerQuartile, $0.upperQuartile)
      }
      rows.append([
        "\(dense.latency.batch)", "\(dense.latency.threads)", milliseconds(dense),
        milliseconds(compact), measurement.speedup.map { String(format: "%.2f", $0.median) } ?? "–",
        quartiles ?? "–", "\(dense.multiplyAccumulates) → \(compact.multiplyAccumulates)",
        "\(dense.parameters) → \(compact.parameters)", measurement.environment.processor,
      ])
    }
    print(TextTable.render(rows))
  }
}
