// One small table in its four forms, character by character.

import Experiments
import Files
import Foundation
import Statistics
import Testing

import Reporting

@Suite("Tables")
struct TableTests {
  var table: Table {
    var table = Table(
      name: "demo", title: "A_b & 100 %",
      columns: [
        Table.Column("method"), .number("accuracy", unit: "%"),
        Table.Column("mark", alignment: .centre), .number("file", unit: "B"),
      ], notes: ["± covers seeds."])
    table.append([
      .text("one|shot"),
      Table.Cell(.estimate(mean: 98.956, halfWidth: 0.1249, digits: 2)), .text("a"),
      .count(1_724_320),
    ])
    table.append(
      [.text("say \"hi\", dense"), .number(-0.004, digits: 2), .missing, .count(9999)],
      startsGroup: true)
    return table
  }

  @Test("Markdown has aligned pipes and escapes what would start a cell")
  func markdown() {
    let expected = """
      **A\\_b \\& 100 %.**

      | method          | accuracy (%) | mark |  file (B) |
      | --------------- | -----------: | :--: | --------: |
      | one\\|shot       | 98.96 ± 0.12 |  a   | 1,724,320 |
      | say "hi", dense |         0.00 |  –   |      9999 |

      ± covers seeds.

      """
    #expect(table.markdown == expected)
  }

  @Test("CSV holds raw numbers, with the half width in a column of its own")
  func csv() {
    let expected =
      "method,accuracy (%),\"accuracy (%), 95 % half width\",mark,file (B)\r\n"
      + "one|shot,98.956,0.1249,a,1724320\r\n"
      + "\"say \"\"hi\"\", dense\",-0.004,,,9999\r\n"
    #expect(table.csv == expected)
  }

  @Test("LaTeX is escaped and ruled by booktabs")
  func latex() {
    let text = table.latex
    #expect(text.contains("\\caption{A\\_b \\& 100 \\%.}"))
    #expect(text.contains("\\begin{tabular}{@{}lrcr@{}}\n\\toprule\n"))
    #expect(text.contains("one\\textbar{}shot & 98.96 $\\pm$ 0.12 & a & 1,724,320 \\\\\n"))
    #expect(
      text.contains(
        "\\addlinespace\nsay {\\char34}hi{\\char34}, dense & 0.00 & -- & 9999 \\\\\n\\bottomrule"))
    #expect(text.hasSuffix("\\end{table}\n"))
    #expect(
      Escaped.latex("50 % ~ {x}^2 \\ − ×")
        == "50 \\% \\textasciitilde{} \\{x\\}\\textasciicircum{}2 \\textbackslash{} $-$ $\\times$")
  }

  @Test("columns of sentences are broken into lines in LaTeX")
  func sentences() {
    var table = Table(name: "t", title: "T", columns: [Table.Column("a"), Table.Column("why")])
    table.append([
      .text("short"), .text("a reason that is longer than a line of a page has room for"),
    ])
    #expect(table.latex.contains("\\begin{tabular}{@{}lp{14em}@{}}"))
  }

  @Test("HTML has a heading in every row, classes for alignment, and nothing that is not escaped")
  func html() throws {
    let expected = """
      <figure class="table">
      <div class="scroll" role="region" tabindex="0" aria-label="A_b &amp; 100 %"><table>
      <caption>A_b &amp; 100 %</caption>
      <thead><tr><th scope="col">method<th scope="col" class="n">accuracy <small>(%)</small>\
      <th scope="col" class="c">mark<th scope="col" class="n">file <small>(B)</small></tr></thead>
      <tbody>
      <tr><th scope="row">one|shot<td class="n">98.96 ± 0.12<td class="c">a<td class="n">1,724,320</tr>
      <tr class="group"><th scope="row">say &quot;hi&quot;, dense<td class="n">0.00<td class="c missing">–\
      <td class="n">9999</tr>
      </tbody></table></div>
      <figcaption><p>± covers seeds.</p>
      </figcaption>
      </figure>

      """
    #expect(try table.html() == expected)
  }

  @Test("what was not run says why in HTML, across the cells that it has no values for")
  func absent() throws {
    var table = Table(
      name: "t", title: "", columns: [Table.Column("a"), .number("b"), .number("c"), .number("d")])
    table.append([.text("x"), .absent("not run", because: "no <data>"), .missing, .text("0 of 3")])
    let html = try table.html()
    #expect(
      html.contains(
        "<td class=\"absent\" colspan=\"2\"><span class=\"badge not-run\">not run</span> "
          + "<span class=\"reason\">no &lt;data&gt;</span><td class=\"n words\">0 of 3</tr>"))
    #expect(table.markdown.contains("| x   | not run |   – | 0 of 3 |"))
    #expect(table.csv.hasSuffix("x,not run,,0 of 3\r\n"))
    #expect(table.latex.contains("x & not run & -- & 0 of 3"))
  }

  @Test("verdicts are words in text and badges in HTML", arguments: Verdict.allCases)
  func verdicts(verdict: Verdict) throws {
    var table = Table(name: "t", title: "", columns: [Table.Column("a"), Table.Column("verdict")])
    table.append([.text("x"), .verdict(Judgement(verdict, because: "why"))])
    let style = verdict.words.replacingOccurrences(of: " ", with: "-")
    #expect(
      try table.html().contains("<span class=\"badge \(style)\">\(verdict.words)</span>"))
    for text in [table.markdown, table.csv, table.latex] { #expect(text.contains(verdict.words)) }
  }

  @Test("unverified cells are marked in every form, and the mark is explained")
  func unverified() throws {
    var table = Table(name: "t", title: "", columns: [.number("ratio")])
    table.append([Table.Cell.number(31.2, digits: 1).unverified])
    table.append([.number(30, digits: 1)])
    #expect(table.markdown.contains("| *31.2* |"))
    #expect(table.markdown.contains("Italic: recalled or unknown, not verified, never judged."))
    #expect(table.csv == "ratio,\"ratio, status\"\r\n31.2,unverified\r\n30,\r\n")
    #expect(table.latex.contains("\\textcolor{gray}{31.2}"))
    #expect(table.latex.contains("Grey: recalled"))
    #expect(try table.html().contains("<th scope=\"row\" class=\"n unverified\">31.2</tr>"))
    #expect(try table.html().contains("<p>Grey: recalled"))
  }

  @Test("numbers have true minus signs, groups from 10,000 on, and no negative zero")
  func numbers() {
    #expect(NumberText.fixed(-1.25, digits: 1) == "−1.2")
    #expect(NumberText.fixed(-0.01, digits: 1) == "0.0")
    #expect(NumberText.fixed(0.3, digits: 1, isSigned: true) == "+0.3")
    #expect(NumberText.fixed(0, digits: 2, isSigned: true) == "0.00")
    #expect(NumberText.fixed(9999, digits: 0) == "9999")
    #expect(NumberText.fixed(1234567.5, digits: 1) == "1,234,567.5")
    #expect(NumberText.fixed(.infinity, digits: 1) == "∞")
    #expect(NumberText.raw(430_500) == "430500")
    #expect(NumberText.raw(0.1) == "0.1")
  }

  @Test("a mean of no values is missing, of one value stands alone, of more has an interval")
  func means() {
    #expect(Table.Cell.mean(of: [], digits: 1) == .missing)
    #expect(Table.Cell.mean(of: [2], digits: 1).plainText == "2.0")
    // s/√2 = 1 and t(.975, 1) = 12.706.
    #expect(Table.Cell.mean(of: [0, 2], digits: 1, isSigned: true).plainText == "+1.0 ± 12.7")
  }

  @Test("a row needs one cell per column")
  func refused() async {
    await #expect(processExitsWith: .failure) {
      var table = Table(name: "t", title: "", columns: [.number("a")])
      table.append([.missing, .missing])
    }
  }

  @Test("all that metrics and units say is written for every LaTeX engine")
  func latexCharacters() {
    let text =
      Metric.all.flatMap { [$0.label, $0.meaning, $0.unit] }.joined() + "ρ ≤ 10² ‖w‖₂ ⌊x⌋ √n"
    // Quotes, dashes, ellipses and Latin letters are set up in every engine.
    let known = Set("‘’“”–…")
    let left = Set(
      Escaped.latex(text).unicodeScalars.filter { $0.value > 0x17f }.map { Character($0) })
    #expect(left.subtracting(known).isEmpty, "\(left.subtracting(known))")
    #expect(Escaped.latex("Σ b·nnz") == "$\\Sigma$ b$\\cdot$nnz")
    #expect(Escaped.latex("log₂ 5²") == "log$_2$ 5$^2$")
  }
}
