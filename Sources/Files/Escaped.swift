// Text as it must be written to stand in another language as nothing but text: one function for each language, by Unicode scalars,
// because a quote before a combining accent is a quote to every program that reads bytes. LaTeX is in Escaped+LaTeX.swift.

/// Text made fit for the languages that Parsimony writes.
public enum Escaped {
  /// A word of a POSIX shell; quoted only where it has to be.
  public static func shell(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ",", "+", ":", "@", "%": true
      default: false
      }
    }
    if isPlain && !text.isEmpty { return text }
    return "'" + replacing(text) { $0 == "'" ? "'\\''" : nil } + "'"
  }

  /// Text for a terminal: control characters, which could move, colour or title it, and marks that turn the direction of writing
  /// are shown by their numbers, `\u{1B}`; line feeds and tabs stay.
  public static func terminal(_ text: String) -> String {
    replacing(text) { scalar in
      if scalar == "\n" || scalar == "\t" { return nil }
      return isControl(scalar) || isDirectionMark(scalar) ? number(of: scalar) : nil
    }
  }

  /// Text of an HTML element, or an attribute's value in quotes of either kind.
  public static func html(_ text: String) -> String {
    replacing(text) { scalar in
      switch scalar {
      case "<": "&lt;"
      case ">": "&gt;"
      case "&": "&amp;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case "\0": "\u{FFFD}"
      default: nil
      }
    }
  }

  /// A field of a CSV file (RFC 4180): in quotes if it contains a comma, a quote or a line break.
  public static func csv(_ text: String) -> String {
    let isPlain = !text.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r"
    }
    return isPlain ? text : "\"" + replacing(text) { $0 == "\"" ? "\"\"" : nil } + "\""
  }

  /// Text inside a line of Markdown, in which no character starts an emphasis, code, a link, an element, an entity or a cell.
  public static func markdown(_ text: String) -> String {
    replacing(line(text)) { scalar in
      switch scalar {
      case "|", "*", "_", "`", "\\", "<", "[", "]", "&", "~", "$": "\\\(scalar)"
      default: nil
      }
    }
  }

  /// A paragraph of Markdown: the same text, which does not begin as a heading, a list, a quotation or a rule either.
  public static func markdownParagraph(_ text: String) -> String {
    let escaped = markdown(text)
    var scalars = escaped.unicodeScalars
    var position = scalars.startIndex
    while position < scalars.endIndex, ("0"..."9").contains(scalars[position]) {
      position = scalars.index(after: position)
    }
    guard position < scalars.endIndex else { return escaped }
    let starters: [Unicode.Scalar] =
      position == scalars.startIndex ? ["#", ">", "-", "+", "="] : [".", ")"]
    if starters.contains(scalars[position]) { scalars.insert("\\", at: position) }
    return String(scalars)
  }

  /// Code in a line of Markdown, between more backquotes than stand together in it.
  public static func markdownCode(_ text: String) -> String {
    let code = line(text)
    var (longest, run) = (0, 0)
    for scalar in code.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    return longest == 0 ? fence + code + fence : "\(fence) \(code) \(fence)"
  }

  /// A field of gnuplot data behind tabs: a line of at most 900 bytes, whose backslashes and quotes gnuplot reads back as what they are.
  ///
  /// gnuplot reads octal escapes as far as there are octal digits, so such a digit behind one is escaped as well.
  public static func gnuplotData(_ text: String) -> String {
    var result = ""
    var follows = false
    for scalar in line(text).unicodeScalars {
      let isEscaped = scalar == "\"" || follows && ("0"..."7").contains(scalar)
      follows = isEscaped
      let piece =
        isEscaped
        ? "\\0" + String(scalar.value, radix: 8) : scalar == "\\" ? "\\\\" : String(scalar)
      // Longer fields are cut by gnuplot, in the middle of a letter if need be.
      if result.utf8.count + piece.utf8.count > 900 { return result + "…" }
      result += piece
    }
    return result
  }

  /// The text on one line: runs of line breaks and other control characters are one space, and none at the ends.
  public static func line(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var isPending = false
    for scalar in text.unicodeScalars {
      if isControl(scalar) || scalar == "\u{2028}" || scalar == "\u{2029}" {
        isPending = !result.isEmpty
      } else {
        if isPending { result.append(" ") }
        isPending = false
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The text with other words in the place of some scalars.
  static func replacing(
    _ text: String, by replacement: (Unicode.Scalar) -> String?
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let words = replacement(scalar) {
        result.append(contentsOf: words.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private static func number(of scalar: Unicode.Scalar) -> String {
    "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }

  private static func isDirectionMark(_ scalar: Unicode.Scalar) -> Bool {
    (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }
}
