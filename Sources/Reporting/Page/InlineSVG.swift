// A figure that gnuplot drew, made fit to stand inside a page: names of its own, no empty groups, nothing but drawing elements.

import Files
import Foundation

/// The text of an SVG inside HTML.
enum InlineSVG {
  /// What gnuplot draws with; a file with any other element is not put into the page.
  private static let elements: Set<String> = [
    "svg", "g", "rect", "defs", "path", "circle", "use", "text", "tspan", "polygon", "ellipse",
  ]

  /// The drawing with all its names prefixed, or nil if it is not one that gnuplot wrote.
  ///
  /// - Parameter name: what is unique to the figure on the page.
  static func drawing(_ svg: String, name: String, title: String) -> String? {
    guard let start = svg.range(of: "<svg"), let end = svg.range(of: "</svg>", options: .backwards)
    else { return nil }
    var text = String(svg[start.lowerBound..<end.upperBound])
    for pattern in [
      "<title>[^<]*</title>", "<desc>[^<]*</desc>", "(?s)<filter.*?</filter>",
      " standalone=\"[^\"]*\"", " stroke-linecap=\"butt\" stroke-linejoin=\"miter\"",
    ] {
      text = replacing(pattern, in: text, with: "")
    }
    text = replacing("[ \\t]*\\s*\\n\\s*", in: text, with: "\n")
    // A group inside an emptied group is emptied in the next round.
    var before = ""
    while before != text {
      before = text
      text = replacing("<g\\b[^>]*>\\s*</g>\\s*", in: text, with: "")
    }
    text = withoutUnusedMarkers(text)
    let prefix = name.unicodeScalars.map { scalar in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9") ~= scalar)
      return isPlain ? String(scalar) : "-"
    }.joined()
    text = replacing("\\bid=(['\"])", in: text, with: "id=$1\(prefix)-")
    text = replacing("href=(['\"])#", in: text, with: "href=$1#\(prefix)-")
    text = replacing("rgb\\( *(\\d+), *(\\d+), *(\\d+)\\)", in: text, with: "rgb($1,$2,$3)")
    text = replacing("^<svg\\s+width=\"[^\"]*\"\\s+height=\"[^\"]*\"", in: text, with: "<svg")
    guard isDrawing(text) else { return nil }
    let label = Escaped.html(title)
    return "<svg role=\"img\" aria-label=\"\(label)\"" + text.dropFirst("<svg".count)
  }

  /// Leaves out definitions of markers that nothing uses.
  private static func withoutUnusedMarkers(_ svg: String) -> String {
    var lines = svg.split(separator: "\n", omittingEmptySubsequences: true)
    var count = 0
    while count != lines.count {
      count = lines.count
      var used: Set<Substring> = []
      for line in lines {
        for piece in line.split(separator: "#").dropFirst() {
          used.insert(piece.prefix { $0.isLetter || $0.isNumber })
        }
      }
      lines.removeAll { line in
        guard let name = line.firstMatch(of: /\bid='(gp(?:Pt\d+|Dot))'/)?.1 else { return false }
        return !used.contains(name)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Whether nothing but drawing elements is left, and none of them has an action.
  private static func isDrawing(_ svg: String) -> Bool {
    for match in svg.matches(of: /<\/?([A-Za-z!?][\w:\-]*)/)
    where !elements.contains(String(match.1)) { return false }
    return svg.firstMatch(of: /<[^>]*\son\w+\s*=/) == nil
      && svg.range(of: "javascript:", options: .caseInsensitive) == nil
  }

  private static func replacing(_ pattern: String, in text: String, with new: String) -> String {
    text.replacingOccurrences(of: pattern, with: new, options: .regularExpression)
  }
}
