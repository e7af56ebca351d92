// Text in LaTeX: characters that are commands, signs that its text fonts lack, and pairs that it would join.

extension Escaped {
  /// Text of a LaTeX document in which no character is a command, mathematical signs are in mathematics, and quotes and hyphens
  /// that stand beside each other stay apart.
  public static func latex(_ text: String) -> String {
    var last: Unicode.Scalar?
    return replacing(line(text)) { scalar in
      // -- is a dash to LaTeX, '' a closing quote, ?` an inverted question mark.
      let joins = (scalar == "-" || scalar == "'") && last == scalar
      last = scalar
      switch scalar {
      case "&", "%", "$", "#", "_", "{", "}": return "\\\(scalar)"
      case "~": return "\\textasciitilde{}"
      case "^": return "\\textasciicircum{}"
      case "\\": return "\\textbackslash{}"
      case "|": return "\\textbar{}"
      case "\"": return "{\\char34}"
      case "`": return "\\textasciigrave{}"
      case "–": return "--"
      default:
        if joins { return "{}\(scalar)" }
        return mathematics[scalar].map { "$\($0)$" }
      }
    }
  }

  /// Signs that text fonts lack, as commands in mathematics. Dashes and accented letters are text in every engine.
  private static let mathematics: [Unicode.Scalar: String] = {
    var result: [Unicode.Scalar: String] = [
      "<": "<", ">": ">", "±": "\\pm", "×": "\\times", "·": "\\cdot", "÷": "\\div", "−": "-",
      "∞": "\\infty",
      "≈": "\\approx", "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "→": "\\to", "←": "\\leftarrow",
      "√": "\\surd",
      "‖": "\\|", "⌈": "\\lceil", "⌉": "\\rceil", "⌊": "\\lfloor", "⌋": "\\rfloor", "∈": "\\in",
      "ℓ": "\\ell",
      "½": "\\frac{1}{2}", "ᵏ": "^k", "ᵀ": "^T", "′": "'",
    ]
    let letters: [(Unicode.Scalar, String)] = [
      ("α", "alpha"), ("β", "beta"), ("γ", "gamma"), ("δ", "delta"), ("ε", "varepsilon"),
      ("η", "eta"),
      ("θ", "theta"), ("κ", "kappa"), ("λ", "lambda"), ("μ", "mu"), ("ν", "nu"), ("π", "pi"),
      ("ρ", "rho"),
      ("σ", "sigma"), ("τ", "tau"), ("φ", "varphi"), ("ω", "omega"), ("Δ", "Delta"), ("Θ", "Theta"),
      ("Λ", "Lambda"), ("Π", "Pi"), ("Σ", "Sigma"), ("Φ", "Phi"), ("Ω", "Omega"),
    ]
    for (letter, name) in letters { result[letter] = "\\\(name)" }
    for (digit, sign) in "⁰¹²³⁴⁵⁶⁷⁸⁹".unicodeScalars.enumerated() { result[sign] = "^\(digit)" }
    for (digit, sign) in "₀₁₂₃₄₅₆₇₈₉".unicodeScalars.enumerated() { result[sign] = "_\(digit)" }
    return result
  }()
}
