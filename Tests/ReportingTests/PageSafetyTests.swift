// What users supply stands on the page as text: titles, questions, statements, labels and specs that try to be markup or script.

import Experiments
import Foundation
import Reproducibility
import Testing

import Reporting

@Suite("What users supply to the page")
struct PageSafetyTests {
  /// A workshop in which every text that users write holds `text`.
  static func workshop(_ text: String) throws -> Workshop {
    // As a string of YAML in double quotes.
    let quoted = text.replacingOccurrences(of: "\\", with: "\\\\", options: .literal)
      .replacingOccurrences(of: "\"", with: "\\\"", options: .literal)
      .replacingOccurrences(of: "\u{2028}", with: "\\L")
    let spec = Workshop.spec
      .replacingOccurrences(of: "question: How far?", with: "question: \"\(quoted)\"")
      .replacingOccurrences(of: "title: Demo", with: "title: \"\(quoted)\"")
      .replacingOccurrences(of: "caption: A curve.", with: "caption: \"\(quoted)\"")
      .replacingOccurrences(of: "label: digits", with: "label: \"\(quoted)\"")
      .replacingOccurrences(of: "referenceLabel: pilot", with: "referenceLabel: \"\(quoted)\"")
      .replacingOccurrences(
        of: "density: { each: [0.5, 0.1] }",
        with: "density: { each: { \"\(quoted)\": 0.5, plain: 0.1 } }"
      )
      .replacingOccurrences(of: "density: 0.5", with: "density: \"\(quoted)\"")
      .replacingOccurrences(of: "density: 0.1", with: "density: plain")
    let paper = Workshop.paper
      .replacingOccurrences(of: "title: A demonstration", with: "title: \"\(quoted)\"")
      .replacingOccurrences(of: "citation: \"Nobody", with: "citation: \"\(quoted) Nobody")
      .replacingOccurrences(
        of: "statement: The ratio is twenty", with: "statement: \"\(quoted)\""
      )
      .replacingOccurrences(of: "text: about 30 ×", with: "text: \"\(quoted)\"")
      .replacingOccurrences(of: "id: D4", with: "id: \"\(quoted)\"")
      .replacingOccurrences(of: "rule: non-zero values only", with: "rule: \"\(quoted)\"")
    let workshop = try Workshop(spec: spec, paper: paper)
    for cell in try workshop.experiment().cells {
      for seed in cell.seeds {
        if let parent = cell.run.parent, cell.coordinates["density"] == .string("plain") {
          try workshop.add(parent, seed: seed, accuracy: 99 + 0.01 * Double(seed))
        }
        let accuracy = 98 + 0.02 * Double(seed)
        try workshop.add(cell.run, seed: seed, accuracy: accuracy, change: -1, ratio: 20)
      }
    }
    return workshop
  }

  @Test(
    "texts are never markup",
    arguments: [
      "<script>alert(1)</script> \"><img src=x onerror=alert(1)>",
      "' onmouseover='alert(1)' <!-- </script></style>", "{{{scripts}}} {{#papers}}x{{/papers}} &",
    ])
  func escaped(text: String) throws {
    let workshop = try Self.workshop(text)
    defer { workshop.remove() }
    let page = try workshop.renderPage()
    // The palette, two scripts, and the curves of two figures; there is no picture.
    #expect(page.components(separatedBy: "<script").count == 6)
    #expect(page.components(separatedBy: "</script").count == 6)
    #expect(!page.contains("<img") && !page.contains("<!--"))
    let tags = page.replacingOccurrences(
      of: "=\"[^\"]*\"", with: "", options: .regularExpression)
    #expect(tags.firstMatch(of: /<[a-z][^<>]*\son[a-z]+/) == nil, "no element has an action")
    let shown = text.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
      .replacingOccurrences(of: "\"", with: "&quot;").replacingOccurrences(of: "'", with: "&#39;")
    #expect(page.contains("<p class=\"question\">\(shown)</p>"))
    #expect(page.contains("<caption>\(shown)</caption>"))
    #expect(page.contains("<h2 id=\"demo/title\">\(shown)</h2>"))
    #expect(page.contains("<td>\(shown)"), "a statement")
    #expect(page.contains("<figcaption><p>\(shown)</p>"))
    #expect(page.contains("aria-label=\"\(shown)\""))
  }

  @Test("a quote with a combining accent still ends no attribute")
  func combining() throws {
    let workshop = try Self.workshop("x\"\u{301} onclick=alert(1) <\u{338}b>")
    defer { workshop.remove() }
    let page = try workshop.renderPage()
    #expect(page.contains("x&quot;\u{301} onclick=alert(1) &lt;\u{338}b&gt;"))
    #expect(!page.unicodeScalars.elementsEqual("x\"\u{301}".unicodeScalars))
    let scalars = String(page.unicodeScalars.filter { $0 != "\u{301}" })
    #expect(!scalars.contains("aria-label=\"x\" onclick"))
  }

  @Test("data for scripts cannot end them, whatever lines are called")
  func data() throws {
    let workshop = try Self.workshop("</script><!-- \u{2028} &")
    defer { workshop.remove() }
    let page = try workshop.renderPage()
    let scripts = page.matches(of: /(?s)<script type="application\/json"[^>]*>(.*?)<\/script>/)
    #expect(scripts.count == 3)
    for script in scripts {
      let value = try JSONSerialization.jsonObject(with: Data(String(script.1).utf8))
      #expect(value is [String: Any])
      #expect(!script.1.contains("<") && !script.1.unicodeScalars.contains("\u{2028}"))
    }
    #expect(page.contains("\\u003c/script\\u003e\\u003c!-- \\u2028 \\u0026"))
  }

  @Test(
    "a drawing with anything but drawing elements stays out of the page",
    arguments: [
      "<script>alert(1)</script>", "<foreignObject><p>x</p></foreignObject>",
      "<rect onload=\"alert(1)\"/>", "<a href=\"javascript:alert(1)\"><text>x</text></a>",
      "<image href=\"http://example.org/x.png\"/>",
    ])
  func drawing(text: String) throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.renderPage()
    let file = workshop.folder.appending(path: "figures/curve.svg")
    let svg = try String(contentsOf: file, encoding: .utf8)
    try Data(svg.replacingOccurrences(of: "</svg>", with: text + "</svg>").utf8).write(to: file)
    let page = try workshop.renderPage()
    #expect(!page.contains(text))
    #expect(page.contains("<img loading=\"lazy\" src=\"demo/figures/curve.svg\""))
  }

  @Test("the page asks nothing of the network")
  func offline() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.renderPage()
    let addresses = page.matches(of: /https?:\/\/[^"'\s<]*/).map { String($0.0) }
    #expect(
      Set(addresses).subtracting(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"])
        .isEmpty)
    #expect(!page.contains("@import") && !page.contains("<link"))
  }
}
