// The claims of a paper, read from paper.yaml, and their verdicts, computed from an experiment's rows. Judged together and as a
// table they are in JudgedClaims.

import Experiments
public import Foundation
public import Reproducibility
public import Statistics
import Yams

/// A published statement that experiments can judge.
public struct Claim: Hashable, Sendable, Decodable {
  /// A published number.
  public struct Published: Hashable, Sendable, Decodable {
    /// The number.
    public var value: Double?
    /// Its unit.
    public var unit: String?
    /// The number in the paper's own words, where one number does not do.
    public var text: String?
  }

  /// The identifier that specs name.
  public var id: String
  /// The statement, in one sentence.
  public var statement: String
  /// What was published.
  public var published: Published?
  /// How the published number is known: *source text*, *released code*, *recalled, unverified* and so on.
  public var evidence: String
  /// How the paper counts.
  public var rule: String?
  /// The form of the claim, with its tolerance or margin.
  public var form: ClaimForm?
  /// Which way the quantity improves, if it is not that of the metric.
  public var direction: Direction?
  /// The experiment that judges it.
  public var experiment: String?
  /// What has to exist before an experiment can judge it.
  public var waits: String?
  /// The metric whose per-seed values are judged.
  public var metric: String?
  /// The cell, by method, data set and swept values.
  public var `where`: [String: JSONValue]?
  /// A cell whose values are subtracted seed by seed.
  public var minus: [String: JSONValue]?
  /// Images in the test set, from which the sampling error of accuracies follows.
  public var testCount: Int?
  /// What fixes the value, so that agreement is arithmetic.
  public var imposed: String?
  /// What differs in hardware.
  public var notComparable: String?
  /// The data set, by its name in the catalogue where it has one.
  public var dataset: String?
  /// The published schedule; nil for that of the experiment's `paper` profile.
  public var schedule: PublishedSchedule?
}

/// What paper.yaml says.
public struct PaperDescription: Hashable, Sendable, Decodable {
  /// The title.
  public var title: String
  /// The full citation.
  public var citation: String?
  /// The claims.
  public var claims: [Claim]

  /// Reads a paper.yaml.
  ///
  /// - Throws: `ReportError` if it cannot be read or does not have these fields.
  public init(contentsOf url: URL) throws(ReportError) {
    do {
      let text = try String(contentsOf: url, encoding: .utf8)
      self = try YAMLDecoder().decode(PaperDescription.self, from: text)
    } catch {
      throw .file(path: url.path, problem: "it is not a paper's description: \(error)")
    }
  }
}

extension Claim {
  /// Whether the number is recalled or unknown, so that it is no fact of the paper.
  var isRecalled: Bool { evidence.hasPrefix("recalled") || evidence.hasPrefix("unknown") }

  /// Whether the number was derived or inferred by us, so that nobody published it.
  var isOwnExpectation: Bool {
    evidence.hasPrefix("computed independently") || evidence.hasPrefix("inferred")
  }

  /// Whether the number stands in a text or in code that we have.
  var isPublished: Bool { !isRecalled && !isOwnExpectation }

  /// The values that the claim is judged by, in the order of the seeds, and the row they come from.
  func values(in results: ExperimentResults) -> (values: [Double], row: ResultRow?) {
    guard let metric, let wanted = `where` else { return ([], nil) }
    let candidates = results.rows.filter { !$0.isSuperseded }
    guard let row = candidates.first(where: { $0.matches(wanted) }) else { return ([], nil) }
    guard let minus else { return (row.measuredOrStored(metric), row) }
    guard let other = candidates.first(where: { $0.matches(minus) }) else { return ([], row) }
    let subtracted = other.valuesBySeed(of: metric)
    let values = row.valuesBySeed(of: metric).sorted { $0.key < $1.key }.compactMap { seed, value in
      subtracted[seed].map { value - $0 }
    }
    return (values, row)
  }

  /// The verdict on the claim.
  ///
  /// - Parameters:
  ///   - results: of the claim's experiment; nil if the spec is not there.
  ///   - published: of the same experiment under its `paper` profile, if it has one.
  ///   - missingData: why data sets are not on this machine, by name.
  func judgement(
    _ results: ExperimentResults?, published: ExperimentResults?, missingData: [String: String]
  ) -> Judgement {
    guard let form, let results else {
      return isRecalled
        ? Judgement(.unverifiedClaim, because: "the evidence is ‘\(evidence)’")
        : Judgement(
          .notRun, because: waits.map { "waits for \($0)" } ?? "no experiment judges it yet")
    }
    let (values, row) = values(in: results)
    var circumstances = Circumstances(
      unverified: isRecalled ? "the evidence is ‘\(evidence)’" : nil)
    if isOwnExpectation { circumstances.limits.append(Limit(.ownExpectation, because: evidence)) }
    if let imposed {
      circumstances.limits.append(Limit(.imposed, because: imposed))
    } else if let row {
      circumstances.limits += scale(
        of: row, comparedWith: published.flatMap { self.values(in: $0).row?.run })
    }
    if let notComparable {
      circumstances.limits.append(Limit(.otherHardware, because: notComparable))
    }
    if !results.experiment.waits.isEmpty {
      circumstances.notRun = results.experiment.waits
    } else if values.isEmpty {
      if let row, let reason = missingData[row.dataset] {
        circumstances.needsData = reason
      } else {
        circumstances.notRun =
          row == nil
          ? "the experiment has no such cell" : "no stored record of \(row?.label ?? "it")"
      }
    }
    var samplingError: Double?
    var additionalError = 0.0
    if let testCount, testCount > 0, let metric, metric.hasPrefix("test-accuracy"), let row {
      let accuracies = row.values(of: "test-accuracy").filter { $0 >= 0 && $0 <= 100 }
      if !accuracies.isEmpty {
        let error =
          100 * Binomial.standardError(rate: Sample(accuracies).mean / 100, count: testCount)
        samplingError = error
        if testCount < 10_000 { additionalError = error }
      }
    }
    let direction =
      self.direction
      ?? (metric.flatMap { Metric.named($0) }?.direction == .lower
        ? .lowerIsBetter : .higherIsBetter)
    return Verdict.judge(
      form, values: values, direction: direction, samplingError: samplingError,
      additionalError: additionalError, circumstances: circumstances)
  }
}
