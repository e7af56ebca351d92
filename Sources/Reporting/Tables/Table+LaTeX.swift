// A table as a LaTeX float in the style of booktabs, to be \input into a paper.

import Files

extension Table {
  /// The table as LaTeX; the preamble needs `booktabs` and `xcolor`.
  public var latex: String {
    let specification = columns.indices.map { index in
      switch columns[index].alignment {
      case .leading: hasSentences(in: index) ? "p{14em}" : "l"
      case .centre: "c"
      case .trailing: "r"
      }
    }.joined()
    var text = "% Needs \\usepackage{booktabs} and \\usepackage{xcolor}.\n"
    text += "\\begin{table}\n\\centering\n"
    text += "\\caption{\(Escaped.latex(title)).}\n\\label{tab:\(name)}\n"
    text += "\\begin{tabular}{@{}\(specification)@{}}\n\\toprule\n"
    text +=
      columns.map { Escaped.latex($0.fullHeading) }.joined(separator: " & ") + " \\\\\n\\midrule\n"
    for (index, row) in rows.enumerated() {
      if row.startsGroup && index > 0 { text += "\\addlinespace\n" }
      text += row.cells.map(Self.latexCell).joined(separator: " & ") + " \\\\\n"
    }
    text += "\\bottomrule\n\\end{tabular}\n"
    var sentences = notes
    if hasUnverifiedCells { sentences.append(Self.unverifiedNote(mark: "Grey")) }
    if !sentences.isEmpty {
      text += "\\par\\smallskip\\footnotesize\\raggedright\n"
      for sentence in sentences { text += "\(Escaped.latex(sentence))\\par\n" }
    }
    return text + "\\end{table}\n"
  }

  /// Whether a column has texts too long for one line of a page.
  private func hasSentences(in column: Int) -> Bool {
    rows.contains { $0.cells[column].plainText.count > 40 }
  }

  private static func latexCell(_ cell: Cell) -> String {
    let text = Escaped.latex(cell.plainText)
    if cell.isBest { return "\\textbf{\(text)}" }
    return cell.isUnverified && !text.isEmpty ? "\\textcolor{gray}{\(text)}" : text
  }
}
