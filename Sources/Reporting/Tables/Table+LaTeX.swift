// A table as a LaTeX float in the style of booktabs, to be \input into a paper.

extension Table {
  /// The table as LaTeX; the preamble needs `booktabs` and `xcolor`.
  public var latex: String {
    let specification = columns.map { column in
      switch column.alignment {
      case .leading: "l"
      case .centre: "c"
      case .trailing: "r"
      }
    }.joined()
    var text = "% Needs \\usepackage{booktabs} and \\usepackage{xcolor}.\n"
    text += "\\begin{table}\n\\centering\n"
    text += "\\caption{\(Self.latex(title)).}\n\\label{tab:\(name)}\n"
    text += "\\begin{tabular}{@{}\(specification)@{}}\n\\toprule\n"
    text +=
      columns.map { Self.latex($0.fullHeading) }.joined(separator: " & ") + " \\\\\n\\midrule\n"
    for (index, row) in rows.enumerated() {
      if row.startsGroup && index > 0 { text += "\\addlinespace\n" }
      text += row.cells.map(Self.latexCell).joined(separator: " & ") + " \\\\\n"
    }
    text += "\\bottomrule\n\\end{tabular}\n"
    var sentences = notes
    if hasUnverifiedCells { sentences.append(Self.unverifiedNote(mark: "Grey")) }
    if !sentences.isEmpty {
      text += "\\par\\smallskip\\footnotesize\\raggedright\n"
      for sentence in sentences { text += "\(Self.latex(sentence))\\par\n" }
    }
    return text + "\\end{table}\n"
  }

  private static func latexCell(_ cell: Cell) -> String {
    let text = latex(cell.plainText)
    if cell.isBest { return "\\textbf{\(text)}" }
    return cell.isUnverified && !text.isEmpty ? "\\textcolor{gray}{\(text)}" : text
  }

  /// Text in which no character is a command, and mathematical signs are in mathematics.
  package static func latex(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "\\": result += "\\textbackslash{}"
      case "<": result += "$<$"
      case ">": result += "$>$"
      case "±": result += "$\\pm$"
      case "×": result += "$\\times$"
      case "·": result += "$\\cdot$"
      case "−": result += "$-$"
      case "–": result += "--"
      case "∞": result += "$\\infty$"
      case "≈": result += "$\\approx$"
      case "≤": result += "$\\le$"
      case "≥": result += "$\\ge$"
      case "→": result += "$\\to$"
      case "²": result += "$^2$"
      case "λ": result += "$\\lambda$"
      case "μ": result += "$\\mu$"
      case "ℓ": result += "$\\ell$"
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
