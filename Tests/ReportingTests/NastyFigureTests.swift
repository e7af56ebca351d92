// Figures of hostile texts, drawn by the real gnuplot: every text is drawn as it was written, none stands in a script, and no
// program is started but gnuplot.

import Files
import Foundation
import TestSupport
import Testing

import Reporting

@Suite("Figures of nasty texts") struct NastyFigureTests {
  /// A figure with texts in every place that has one.
  private func figure(_ texts: [String]) -> Figure {
    let points = [Figure.Point(1, 1), Figure.Point(2, 3)]
    let first = texts[0]
    return Figure(
      name: "nasty", title: first, caption: first,
      panels: [
        Figure.Panel(
          title: first, x: Figure.Axis(first, unit: first), y: Figure.Axis("y " + first),
          series: texts.map { Figure.Series("line " + $0, points: points) }),
        Figure.Panel(
          title: "names", x: Figure.Axis("x", categories: texts.map { "tic " + $0 }),
          y: Figure.Axis("y"), series: [Figure.Series("line " + first, points: points)]),
      ])
  }

  /// Four at a time: gnuplot draws each figure three times.
  private static let groups = stride(from: 0, to: nastyTexts.count, by: 4).map {
    Array(nastyTexts[$0..<min($0 + 4, nastyTexts.count)])
  }

  /// The texts of an SVG, as they are drawn.
  private func texts(in svg: String) -> [String] {
    svg.matches(of: /<text[^>]*>(.*?)<\/text>/.dotMatchesNewlines()).map { match in
      var text = String(match.1)
      text = text.replacing(/<\/?tspan[^>]*>/, with: "")
      for (entity, sign) in [
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
      ] { text = text.replacingOccurrences(of: entity, with: sign, options: .literal) }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  @Test("every text is drawn as it was written, and nothing is run", arguments: groups)
  func drawn(texts: [String]) throws {
    try withTemporaryFolder { folder in
      let marker = folder.appending(path: "marker")
      let hostile = texts.map { $0.replacingOccurrences(of: "PWNED", with: marker.path) }
      let files = folder.appending(path: "figures")
      try FigureRenderer().render(figure(hostile), into: files)
      let names = try FileManager.default.contentsOfDirectory(atPath: files.path).sorted()
      #expect(names == ["dat", "gp", "pdf", "png", "svg"].map { "nasty.\($0)" })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["figures"])
      let svg = try String(contentsOf: files.appending(path: "nasty.svg"), encoding: .utf8)
      let drawn = self.texts(in: svg).map { Array($0.unicodeScalars) }
      for wanted in hostile.flatMap({ ["line " + $0, "tic " + $0] }) + ["y " + hostile[0]] {
        let line = Escaped.line(wanted).trimmingCharacters(in: .whitespaces)
        #expect(drawn.contains(Array(line.unicodeScalars)), "\(line)")
      }
    }
  }

  @Test("a script depends on no text, but on the room it takes", arguments: groups)
  func script(texts: [String]) throws {
    let script = FigureScript(figure(texts)).script
    let quoted = script.matches(of: /'([^']*)'|"([^"]*)"/).map { String($0.1 ?? $0.2 ?? "") }
    let own = try Regex(
      "[-+.,0-9 −]*|\\.|\\.dat|png svg pdf|png|svg|pdf|white|#[0-9A-F]{6}|\\\\t|not run|Liberation Sans,[0-9.]+"
    )
    for word in Set(quoted) {
      #expect(try own.wholeMatch(in: word) != nil, "‘\(word)’ is quoted")
    }
  }
}
