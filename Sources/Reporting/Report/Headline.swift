// The table of results in the README: every claim whose number was published and of which there is a number of ours, with its verdict,
// between two comments. The rule chooses the rows, never the outcome. Nothing else of the file is touched.

public import Foundation
import Statistics

extension Report {
  /// The line above the table.
  static let headlineStart = "<!-- The table below is written by `parsimony report`. -->"
  /// The line below a table.
  static let tableEnd = "<!-- End of the table. -->"

  /// Writes the table of headline claims between the two comments of a file.
  ///
  /// - Returns: whether the file is there and has the comments.
  /// - Throws: `ReportError` if it cannot be read or written.
  public func writeHeadline(
    of papers: [PaperContents], into file: URL
  ) throws(ReportError) -> Bool {
    try replace(
      in: file, between: Self.headlineStart, with: Table(headlinesOf: papers).markdown)
  }

  /// Puts a text between the comment `start` and the next one that ends a table.
  ///
  /// - Returns: whether the file is there and has the comments.
  /// - Throws: `ReportError` if it cannot be read or written.
  func replace(
    in file: URL, between start: String, with replacement: String
  ) throws(ReportError) -> Bool {
    guard FileManager.default.fileExists(atPath: file.path) else { return false }
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw .file(path: file.path, problem: "\(error)")
    }
    guard let start = text.range(of: start),
      let end = text.range(of: Self.tableEnd, range: start.upperBound..<text.endIndex)
    else { return false }
    let changed =
      text[..<start.upperBound] + "\n\n" + replacement + "\n" + text[end.lowerBound...]
    try FigureRenderer.put(Data(String(changed).utf8), at: file)
    return true
  }
}

extension Table {
  /// The claims whose numbers were published and of which there is a number of ours, paper by paper, the worst first.
  fileprivate init(headlinesOf papers: [PaperContents]) {
    self.init(
      name: "headline", title: "",
      columns: [
        Column("paper"), Column("claim"), .number("published"), Column("evidence"),
        .number("ours"), .number("n"), Column("verdict"),
      ])
    func rank(_ claim: JudgedClaim, _ offset: Int) -> (Int, Int, Int) {
      let judgement = claim.judgement
      let place = Verdict.allCases.firstIndex(of: judgement.verdict) ?? 0
      return (place, judgement.limits.isEmpty ? 1 : 0, offset)
    }
    for paper in papers {
      let claims = paper.claims.filter { $0.isHeadline }.enumerated().sorted {
        rank($0.element, $0.offset) < rank($1.element, $1.offset)
      }
      for (_, claim) in claims {
        append([.text(paper.description.title)] + claim.headlineCells)
      }
    }
    notes = [Self.totals(of: papers.flatMap { $0.claims })]
  }

  /// What became of all claims, in one paragraph.
  private static func totals(of claims: [JudgedClaim]) -> String {
    func count(_ condition: (JudgedClaim) -> Bool) -> Int { claims.filter(condition).count }
    func published(_ verdict: Verdict) -> Int {
      count { $0.judgement.verdict == verdict && $0.judgement.isPublished }
    }
    func expected(_ verdict: Verdict) -> Int {
      count { $0.judgement.verdict == verdict && !$0.judgement.isPublished }
    }
    let unlimited = count { $0.judgement.verdict == .reproduced && $0.judgement.limits.isEmpty }
    return """
      Of \(claims.count) claims, \(count { $0.isHeadline }) published numbers are judged: \(published(.reproduced)) reproduced \
      (\(unlimited) of them without a limit), \(published(.notReproduced)) not reproduced, \(published(.inconclusive)) \
      inconclusive. \(count { $0.judgement.isTested && !$0.judgement.isPublished }) more are expectations of our own: \
      \(expected(.reproduced)) met, \(expected(.notReproduced)) not met, \(expected(.inconclusive)) inconclusive. \
      \(count { $0.judgement.verdict == .unverifiedClaim }) rest on numbers that are recalled or unknown and are never judged; \
      \(count { [.notRun, .needsData].contains($0.judgement.verdict) }) are not run.
      """
  }
}
