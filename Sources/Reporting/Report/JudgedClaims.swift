// The claims of a paper with their verdicts: judged once, shown as a table in the report and as the overview of the page.

import Experiments
import Statistics

/// A claim, what it was judged by, and the verdict.
struct JudgedClaim {
  let claim: Claim
  /// The rows of the claim's experiment under the profile that judges it; nil if there is no such experiment.
  let results: ExperimentResults?
  let judgement: Judgement
  /// One value per seed.
  let values: [Double]
  /// Where the values come from.
  let row: ResultRow?

  init(
    _ claim: Claim, results: ExperimentResults?, published: ExperimentResults?,
    missingData: [String: String]
  ) {
    self.claim = claim
    self.results = results
    judgement = claim.judgement(results, published: published, missingData: missingData)
    (values, row) = results.map { claim.values(in: $0) } ?? ([], nil)
  }

  /// The claims of a paper, each judged by the first shown profile of its experiment that has values for it, or else records.
  ///
  /// - Parameters:
  ///   - sections: the shown profiles of the paper's experiments.
  ///   - published: the experiments under their `paper` profile.
  static func judge(
    _ claims: [Claim], by sections: [ExperimentResults], published: [ExperimentResults],
    missingData: [String: String]
  ) -> [JudgedClaim] {
    claims.map { claim in
      let profiles = sections.filter { $0.experiment.name == claim.experiment }
      let judging =
        profiles.first { !claim.values(in: $0).values.isEmpty }
        ?? profiles.first { $0.hasRecords } ?? profiles.first
      return JudgedClaim(
        claim, results: judging,
        published: published.first { $0.experiment.name == claim.experiment },
        missingData: missingData)
    }
  }

  /// The number of the paper, with its unit.
  private var published: Table.Cell { claim.isOwnExpectation ? .missing : number }

  /// The number that we expected, with its unit.
  private var expected: Table.Cell { claim.isOwnExpectation ? number : .missing }

  private var number: Table.Cell {
    var cell = Table.Cell.missing
    if let text = claim.published?.text {
      cell = .text(text)
    } else if let value = claim.published?.value {
      let unit = claim.published?.unit.map { $0.isEmpty ? "" : " \($0)" } ?? ""
      cell = .text(NumberText.raw(value) + unit)
    }
    return claim.isRecalled ? cell.unverified : cell
  }

  /// Our mean with its interval.
  private var ours: Table.Cell {
    let metric = claim.metric.flatMap { Metric.named($0) }
    let isSigned = claim.minus != nil || claim.metric?.hasSuffix("-change") == true
    return .mean(of: values, digits: metric?.digits ?? 2, isSigned: isSigned)
  }

  private var count: Table.Cell { values.isEmpty ? .missing : .count(values.count) }

  /// Statement, published value with its evidence, ours, number of seeds and verdict.
  var headlineCells: [Table.Cell] {
    [
      .text(claim.statement), published, .text(claim.evidence), ours, count, .verdict(judgement),
    ]
  }

  /// Whether the README's table has a row of it: every claim whose number was published, and of which there is a number of ours.
  var isHeadline: Bool { claim.isPublished && !values.isEmpty && judgement.isTested }

  /// The claim's row in the table of claims.
  fileprivate var cells: [Table.Cell] {
    var statement = claim.statement
    if let rule = claim.rule { statement += " (counted: \(rule))" }
    return [
      .text(claim.id), .text(statement), published, expected, .text(claim.evidence),
      ours, count, .verdict(judgement), .text(judgement.reasons),
    ]
  }
}

extension Table {
  /// The table of a paper's claims with their verdicts, in their order.
  init(claims: [JudgedClaim], name: String) {
    self.init(
      name: name, title: "Claims and verdicts",
      columns: [
        Column("claim"), Column("statement"), .number("published"), .number("own expectation"),
        Column("evidence"), .number("ours"), .number("n"), Column("verdict"), Column("reason"),
      ],
      rows: claims.map { Row($0.cells) })
  }
}
