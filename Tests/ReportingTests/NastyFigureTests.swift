// Figures of hostile texts, drawn by the real gnuplot: every text is drawn as it was written, none stands in a script, and no
// program is started but gnuplot.

import Files
import Foundation
import TestSupport
import Testing

import Reporting

@Suite("Figures of nasty texts") struct NastyFigureTests {
  /// A figure with a text in every place that has one.
  private func figure(_ text: String) -> Figure {
    let points = [Figure.Point(1, 1), Figure.Point(2, 3)]
    return Figure(
      name: "nasty", title: text, caption: text,
      panels: [
        Figure.Panel(
          title: text, x: Figure.Axis(text, unit: text), y: Figure.Axis("y " + text),
          series: [
            Figure.Series("one " + text, points: points),
            Figure.Series("two " + text, points: points),
          ]),
        Figure.Panel(
          title: "names", x: Figure.Axis("x", categories: ["tic " + text, "b"]),
          y: Figure.Axis("y"), series: [Figure.Series("one " + text, points: points)]),
      ])
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

  @Test("every text is drawn as it was written, and nothing is run", arguments: nastyTexts)
  func drawn(text: String) throws {
    try withTemporaryFolder { folder in
      let marker = folder.appending(path: "marker")
      let hostile = text.replacingOccurrences(of: "PWNED", with: marker.path)
      let files = folder.appending(path: "figures")
      try FigureRenderer().render(figure(hostile), into: files)
      let names = try FileManager.default.contentsOfDirectory(atPath: files.path).sorted()
      #expect(names == ["dat", "gp", "pdf", "png", "svg"].map { "nasty.\($0)" })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["figures"])
      let svg = try String(contentsOf: files.appending(path: "nasty.svg"), encoding: .utf8)
      let drawn = texts(in: svg).map { Array($0.unicodeScalars) }
      for wanted in ["one " + hostile, "two " + hostile, "y " + hostile, "tic " + hostile] {
        let line = Escaped.line(wanted).trimmingCharacters(in: .whitespaces)
        #expect(drawn.contains(Array(line.unicodeScalars)), "\(line)")
      }
    }
  }

  @Test("a script depends on no text, but on the room it takes", arguments: nastyTexts)
  func script(text: String) {
    let script = FigureScript(figure(text)).script
    let quoted = script.matches(of: /'([^']*)'|"([^"]*)"/).map { String($0.1 ?? $0.2 ?? "") }
    let own = try? Regex(
      "[-+.,0-9 −]*|\\.|\\.dat|png svg pdf|png|svg|pdf|white|#[0-9A-F]{6}|\\\\t|not run|Liberation Sans,[0-9.]+"
    )
    for word in Set(quoted) {
      #expect(own.map { (try? $0.wholeMatch(in: word)) != nil } == true, "‘\(word)’ is quoted")
    }
  }
}
