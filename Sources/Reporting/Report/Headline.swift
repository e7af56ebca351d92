// The table of results in the README: the claims that papers mark as headlines, with their verdicts, between two comments. Nothing
// else of the file is touched.

public import Foundation

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
  /// The headline claims of papers, in their order.
  fileprivate init(headlinesOf papers: [PaperContents]) {
    self.init(
      name: "headline", title: "",
      columns: [
        Column("paper"), Column("claim"), .number("published"), .number("ours"), .number("n"),
        Column("verdict"),
      ])
    for paper in papers {
      for claim in paper.claims where claim.claim.headline == true {
        append([.text(paper.description.title)] + claim.headlineCells)
      }
    }
  }
}
