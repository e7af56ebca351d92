// How long a plan will take, from stored attempts at runs of the same network; a guess is called one.

import Datasets
import Methods
import Networks
import Reproducibility
import Training

/// An estimate of the processor time of the due runs.
public struct CostEstimate: Sendable {
  /// Processor seconds, as far as they can be estimated.
  public let processorSeconds: Double
  /// Due runs about which nothing is known.
  public let unknownCount: Int

  /// Estimates from the attempts in `roots`: seconds per update of runs of the same network.
  public init(_ plan: Plan, roots: [RecordStore]) {
    var rates: [String: (seconds: Double, updates: Double)] = [:]
    let folders = Set(plan.runs.map { $0.folder })
    for root in roots {
      for folder in folders {
        for profile in root.profiles(paper: folder.paper, experiment: folder.experiment) {
          let place = RecordFolder(
            paper: folder.paper, experiment: folder.experiment, profile: profile)
          for run in (try? root.runs(in: place)) ?? [] {
            guard let attempt = run.attempt, let updates = run.record.metrics["updates"],
              updates > 0
            else { continue }
            let key = run.record.identity.run.networkName
            let known = rates[key] ?? (0, 0)
            rates[key] = (known.seconds + attempt.processorSeconds, known.updates + updates)
          }
        }
      }
    }
    var total = 0.0
    var unknown = 0
    for run in plan.due {
      if case .elsewhere = run.state { continue }  // copied
      let description = run.identity.run
      guard description.dataset != nil else { continue }  // a search on a curve: seconds
      guard var updates = description.updateCount else {
        unknown += 1
        continue
      }
      if let search = description.search { updates *= search.samples }
      guard updates > 0 else { continue }  // evaluation only: a second or two
      if let rate = rates[description.networkName], rate.updates > 0 {
        total += rate.seconds / rate.updates * Double(updates)
      } else {
        unknown += 1
      }
    }
    processorSeconds = total
    unknownCount = unknown
  }

  /// The estimate in words.
  public var summary: String {
    let minutes = processorSeconds / 60
    let known = minutes < 1 ? "less than a minute" : "about \(Int(minutes.rounded())) min"
    if unknownCount == 0 { return "\(known) of processor time" }
    return "\(known) of processor time, and \(unknownCount) runs of which no time is known yet"
  }
}
