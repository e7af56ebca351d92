// How far the runs that judge a claim are from those of its paper: network, data, test images and updates. Computed, never typed.

import Experiments
import Statistics

/// The schedule under which a paper got its number.
public enum PublishedSchedule: Hashable, Sendable, Decodable {
  /// What the paper says of it.
  public struct Known: Hashable, Sendable, Decodable {
    /// Minibatch updates: of the method, or of the dense training where the claim is about that.
    public var updates: Int
    /// Examples in a minibatch.
    public var batch: Int?
  }

  /// The paper does not say.
  case unknown
  /// It does.
  case known(Known)

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let word = try? container.decode(String.self) {
      guard word == "unknown" else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "expected ‘unknown’ or a mapping with updates")
      }
      self = .unknown
    } else {
      self = .known(try container.decode(Known.self))
    }
  }
}

extension Claim {
  /// The least share of the published updates that is not scaled down.
  static let leastShare = 0.9

  /// What the schedule of the judged runs does to the verdict: nothing, or one limit.
  ///
  /// - Parameters:
  ///   - row: the judged runs.
  ///   - paper: the same cell of the experiment's `paper` profile, which has the published schedule unless the claim says it.
  func scale(of row: ResultRow, comparedWith paper: RunDescription?) -> [Limit] {
    // A search on a curve trains nothing, and neither does a projection.
    guard let network = row.run.network else { return [] }
    let updates = row.values(of: "updates").min() ?? row.run.updateCount.map { Double($0) }
    guard updates != 0 else { return [] }
    var parts: [String] = []
    let known: PublishedSchedule.Known?
    switch schedule {
    case .unknown:
      return [Limit(.unknownSchedule, because: "the paper does not say how it trained")]
    case .known(let published): known = published
    case nil:
      guard let paper, let published = paper.updateCount else {
        return [Limit(.unknownSchedule, because: "no published schedule is on record")]
      }
      known = PublishedSchedule.Known(updates: published, batch: paper.batchSize)
    }
    if let paper {
      if paper.network != network { parts.append("another network or width") }
      if paper.datasetName != row.run.datasetName {
        parts.append("\(row.run.datasetName) for \(paper.datasetName)")
      } else if paper.dataset?.split != row.run.dataset?.split {
        parts.append("split \(row.run.dataset?.split ?? "official")")
      }
    } else if let dataset, dataset != row.run.datasetName, !dataset.contains(" ") {
      parts.append("\(row.run.datasetName) for \(dataset)")
    }
    if let limit = row.run.dataset?.testLimit, limit > 0 { parts.append("\(limit) test images") }
    if let known, let updates {
      let share = updates / Double(known.updates)
      if share < Self.leastShare {
        let digits = share < 0.1 ? 2 : 1
        parts.append("\(NumberText.fixed(100 * share, digits: digits)) % of the updates")
        if let batch = row.run.batchSize, let published = known.batch, batch != published {
          parts.append("batch \(batch) for \(published)")
        }
      }
    }
    return parts.isEmpty ? [] : [Limit(.scaledDown, because: parts.joined(separator: ", "))]
  }
}
