// A table as a LaTeX float in the style of booktabs, to be \input into a paper.

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

  /// Whether a column has texts too long for one line of a page.
  private func hasSentences(in column: Int) -> Bool {
    rows.contains { $0.cells[column].plainText.count > 40 }
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
      case "–": result += "--"
      case "\n": result += " "
      default: result += mathematics[character].map { "$\($0)$" } ?? String(character)
      }
    }
    return result
  }

  /// Signs that text fonts lack, as commands in mathematics. Quotes, dashes and accented letters are text in every engine.
  private static let mathematics: [Character: String] = {
    var result: [Character: String] = [
      "<": "<", ">": ">", "±": "\\pm", "×": "\\times", "·": "\\cdot", "÷": "\\div", "−": "-",
      "∞": "\\infty",
      "≈": "\\approx", "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "→": "\\to", "←": "\\leftarrow",
      "√": "\\surd",
      "‖": "\\|", "⌈": "\\lceil", "⌉": "\\rceil", "⌊": "\\lfloor", "⌋": "\\rfloor", "∈": "\\in",
      "ℓ": "\\ell",
      "½": "\\frac{1}{2}", "ᵏ": "^k", "ᵀ": "^T", "′": "'",
    ]
    let letters: [(Character, String)] = [
      ("α", "alpha"), ("β", "beta"), ("γ", "gamma"), ("δ", "delta"), ("ε", "varepsilon"),
      ("η", "eta"),
      ("θ", "theta"), ("κ", "kappa"), ("λ", "lambda"), ("μ", "mu"), ("ν", "nu"), ("π", "pi"),
      ("ρ", "rho"),
      ("σ", "sigma"), ("τ", "tau"), ("φ", "varphi"), ("ω", "omega"), ("Δ", "Delta"), ("Θ", "Theta"),
      ("Λ", "Lambda"), ("Π", "Pi"), ("Σ", "Sigma"), ("Φ", "Phi"), ("Ω", "Omega"),
    ]
    for (letter, name) in letters { result[letter] = "\\\(name)" }
    for (digit, sign) in "⁰¹²³⁴⁵⁶⁷⁸⁹".enumerated() { result[sign] = "^\(digit)" }
    for (digit, sign) in "₀₁₂₃₄₅₆₇₈₉".enumerated() { result[sign] = "_\(digit)" }
    return result
  }()
}
