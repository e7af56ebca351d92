// How long a plan will take, from stored attempts at runs of the same network; a guess is called one.

import Datasets
import Methods
import Networks
import Reproducibility
import Training

/// An estimate of the processor time of the due runs, and of each run's time and memory.
public struct CostEstimate: Sendable {
  /// Processor seconds, as far as they can be estimated.
  public private(set) var processorSeconds = 0.0
  /// Due runs about which nothing is known.
  public private(set) var unknownCount = 0

  /// What is known of runs of one network.
  private struct Rate {
    var seconds = 0.0
    var updates = 0.0
  }

  /// The seconds that reading the data, evaluating and storing take, roughly.
  private static let secondsBesidesTraining = 3.0
  /// The reserve on a peak that was measured.
  private static let peakReserve = 1.1

  private var rates: [String: Rate] = [:]
  /// The largest memory of runs by network and data set, in MiB.
  private var peaks: [String: Double] = [:]
  private var memory = MemoryEstimate()

  /// Estimates from the attempts in `roots`: seconds per update of runs of the same network.
  public init(_ plan: Plan, roots: [RecordStore]) {
    let folders = Set(plan.runs.map { $0.folder })
    for root in roots {
      for folder in folders {
        for profile in root.profiles(paper: folder.paper, experiment: folder.experiment) {
          let place = RecordFolder(
            paper: folder.paper, experiment: folder.experiment, profile: profile)
          for run in (try? root.runs(in: place)) ?? [] { learn(from: run) }
        }
      }
    }
    for run in plan.due {
      if case .elsewhere = run.state { continue }  // copied
      guard run.identity.run.dataset != nil else { continue }  // a search on a curve: seconds
      guard let updates = Self.updateCount(of: run.identity.run) else {
        unknownCount += 1
        continue
      }
      guard updates > 0 else { continue }  // evaluation only: a second or two
      if let seconds = trainingSeconds(of: run, updates: updates) {
        processorSeconds += seconds
      } else {
        unknownCount += 1
      }
    }
  }

  /// The processor seconds of a run; nil if it trains and no run of its network is known.
  public func seconds(of run: PlannedRun) -> Double? {
    guard let updates = Self.updateCount(of: run.identity.run) else { return nil }
    guard updates > 0 else { return Self.secondsBesidesTraining }
    return trainingSeconds(of: run, updates: updates).map { $0 + Self.secondsBesidesTraining }
  }

  /// The memory that a run will take, in MiB.
  public mutating func mebibytes(of run: PlannedRun) -> Double {
    let description = run.identity.run
    return peaks[Self.subject(of: description)].map { $0 * Self.peakReserve }
      ?? memory.mebibytes(of: description)
  }

  private mutating func learn(from run: StoredRun) {
    guard let attempt = run.attempt else { return }
    let description = run.record.identity.run
    if let peak = attempt.peakMebibytes {
      let subject = Self.subject(of: description)
      peaks[subject] = max(peak, peaks[subject] ?? 0)
    }
    guard let updates = run.record.metrics["updates"], updates > 0 else { return }
    rates[description.networkName, default: Rate()].seconds += attempt.processorSeconds
    rates[description.networkName, default: Rate()].updates += updates
  }

  private func trainingSeconds(of run: PlannedRun, updates: Int) -> Double? {
    guard let rate = rates[run.identity.run.networkName], rate.updates > 0 else { return nil }
    return rate.seconds / rate.updates * Double(updates)
  }

  private static func subject(of run: RunDescription) -> String {
    "\(run.networkName) \(run.datasetName)"
  }

  /// The minibatches of a run, of all samples of a search; nil if the length of its data is not known.
  private static func updateCount(of description: RunDescription) -> Int? {
    guard description.dataset != nil else { return 0 }
    return description.updateCount.map { $0 * (description.search?.samples ?? 1) }
  }

  /// The estimate in words.
  public var summary: String {
    let minutes = processorSeconds / 60
    let known = minutes < 1 ? "less than a minute" : "about \(Int(minutes.rounded())) min"
    if unknownCount == 0 { return "\(known) of processor time" }
    return "\(known) of processor time, and \(unknownCount) runs of which no time is known yet"
  }
}
