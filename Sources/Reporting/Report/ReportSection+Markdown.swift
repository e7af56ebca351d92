// A section as a part of report.md; the files it links to are written by Report.

import Experiments
import Files

extension ReportSection {
  /// The section from its heading on.
  var markdown: String {
    var page = "\n## \(Escaped.markdown(experiment.name)), profile \(experiment.profile)\n\n"
    if !experiment.question.isEmpty {
      page += Escaped.markdownParagraph(experiment.question) + "\n"
    }
    if results.rows.isEmpty { return page + "\nThe spec does not have this profile.\n" }
    for part in parts { page += Self.markdown(part) }
    page += "\n### What the numbers rest on\n\n"
    for line in results.basis { page += "- \(line.markdown)\n" }
    return page
  }

  private static func markdown(_ part: ReportPart) -> String {
    switch part {
    case .table(let table, _), .comparison(let table, _):
      return "\n" + table.markdown
        + "\n[CSV](tables/\(table.name).csv) · [LaTeX](tables/\(table.name).tex)\n"
    case .values(let table): return "\nAll runs and readings: [CSV](tables/\(table.name).csv)\n"
    case .figure(let figure):
      let caption =
        figure.caption.isEmpty ? "" : "\(Escaped.markdownParagraph(figure.caption)) "
      let links = ["svg", "pdf", "gp", "dat"].map { "[\($0)](figures/\(figure.name).\($0))" }
      return "\n![\(Escaped.markdown(figure.title))](figures/\(figure.name).png)\n\n" + caption
        + links.joined(separator: " · ") + "\n"
    case .picture(let picture):
      return "\n![\(Escaped.markdown(picture.title))](figures/\(picture.name).png)\n\n"
        + "\(Escaped.markdownParagraph(picture.caption))\n"
    case .absent(let name, let reason):
      return "\n*\(Escaped.markdown(name))*: \(reason.markdown).\n"
    }
  }
}
