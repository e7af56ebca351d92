// The page over all papers: what leads where, that nothing is blank, and that the same records give the same bytes. What users
// supply is tested in PageSafetyTests; that a browser shows it, in Tests/acceptance/page.sh.

import Experiments
import Foundation
import Reproducibility
import Testing
import Training

import Reporting

@Suite("The page")
struct PageTests {
  /// All values of an attribute in the page's own markup, without what the scripts hold.
  static func values(of attribute: String, in page: String) -> [String] {
    let text = page.replacingOccurrences(
      of: "(?s)<script.*?</script>|<style.*?</style>", with: "", options: .regularExpression)
    return text.matches(of: /\s([a-z\-]+)=["']([^"']*)["']/)
      .filter { $0.1 == attribute }
      .map { String($0.2).replacingOccurrences(of: "&amp;", with: "&") }
  }

  /// The part of the page from one text to the next occurrence of another.
  static func part(of page: String, from start: String, to end: String) throws -> String {
    let first = try #require(page.range(of: start), "the page has \(start)")
    let rest = page[first.lowerBound...]
    let last = try #require(rest.range(of: end))
    return String(rest[..<last.upperBound])
  }

  @Test("every link leads to a place on the page or to a file, and no two places have one name")
  func links() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.renderPage()
    let places = Self.values(of: "id", in: page)
    #expect(Set(places).count == places.count)
    let links = Self.values(of: "href", in: page) + Self.values(of: "src", in: page)
    #expect(links.count > 50)
    for link in links {
      let target = try #require(link.removingPercentEncoding)
      if target.hasPrefix("#") {
        #expect(places.contains(String(target.dropFirst())), "\(link)")
      } else {
        let file = workshop.store.root.appending(path: target)
        #expect(FileManager.default.fileExists(atPath: file.path), "\(link)")
      }
    }
  }

  @Test("a claim leads to the runs that judge it, those to their files, their row and their claims")
  func trail() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.renderPage()
    let run = try workshop.cell("mnist", 0.1)
    let digest = try RunIdentity(run, datasetChecksums: Workshop.checksums).digest()
    let section = "demo/profile/standard"
    let claim = try Self.part(of: page, from: "<tr id=\"demo/claims/D1\"", to: "</tr>")
    #expect(claim.contains("href=\"#\(section)\""))
    #expect(claim.contains("href=\"#\(section)/\(digest)\""))
    #expect(claim.contains("<span class=\"badge reproduced\">reproduced</span>"))
    let row = try Self.part(of: page, from: "<tr id=\"\(section)/profile/\(digest)\"", to: "</tr>")
    #expect(row.contains("<a href=\"#\(section)/\(digest)\">98.84 ± 0.17</a>"))
    let runs = try Self.part(of: page, from: "<tbody id=\"\(section)/\(digest)\"", to: "</tbody>")
    #expect(runs.contains("href=\"#\(section)/profile/\(digest)\""))
    for (seed, accuracy) in [(1, "98.77"), (2, "98.84"), (3, "98.91")] {
      #expect(runs.contains("<td>finished<td>\(accuracy)<"))
      #expect(runs.contains("href=\"demo/profile/standard/\(digest)-s\(seed)/record.json\""))
      #expect(runs.contains("href=\"demo/profile/standard/\(digest)-s\(seed)/history.csv\""))
    }
    #expect(runs.contains("3 of 3 seeds · 4.5 s of processor time"))
    let heading = try Self.part(of: page, from: "<section class=\"experiment\"", to: "</ul>")
    #expect(heading.contains("href=\"#demo/claims/D1\"") && heading.contains("How far?"))
    #expect(heading.contains("href=\"#demo/profile/spec\""))
    #expect(page.contains("experiment: profile\nquestion: How far?"), "the spec's own text")
    #expect(page.contains("Machine A: "))
  }

  @Test("rows say what they can be filtered by, unless their section says it for all of them")
  func facets() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.renderPage()
    for choice in ["demo", "lenet5-caffe", "fashion-mnist", "mnist", "dense", "one-shot"] {
      #expect(page.contains("<option value=\"\(choice)\">\(choice)</option>"))
    }
    #expect(page.contains("data-network=\"lenet5-caffe\" data-dataset=\"fashion-mnist|mnist\""))
    let rows = page.matches(of: /<tr id="demo\/profile\/standard[^>]*>/).map { String($0.0) }
    #expect(rows.count == 6)
    #expect(rows.filter { $0.contains("data-dataset=\"mnist\"") }.count == 3)
    #expect(rows.allSatisfy { !$0.contains("data-network") })
    #expect(rows.filter { $0.contains("data-method=\"one-shot\"") }.count == 4)
  }

  @Test("rendering twice gives the same bytes, from wherever the results lie")
  func deterministic() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let first = try workshop.renderPage()
    #expect(try workshop.renderPage() == first)
    #expect(!first.contains(workshop.root.path))
    let other = try Workshop()
    defer { other.remove() }
    try FileManager.default.copyItem(at: workshop.store.root, to: other.store.root)
    #expect(try other.renderPage() == first)
  }

  @Test("a section with many runs lists their records only, and a lost seed still says so")
  func manyRuns() throws {
    let seeds = (1...26).map { "\($0)" }.joined(separator: ", ")
    let workshop = try Workshop(
      spec: Workshop.spec.replacingOccurrences(
        of: "seeds: [1, 2, 3]", with: "seeds: [\(seeds)]"))
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    try FileManager.default.removeItem(at: workshop.url(run, seed: 7))
    let page = try workshop.renderPage()
    let digest = try workshop.url(run, seed: 8).lastPathComponent.split(separator: "-")[0]
    let runs = try Self.part(
      of: page, from: "<tbody id=\"demo/profile/standard/\(digest)\"", to: "</tbody>")
    #expect(runs.contains("href=\"demo/profile/standard/\(digest)-s8/record.json\">8</a>"))
    #expect(!runs.contains("history.csv") && !runs.contains("<td>finished<"))
    #expect(runs.contains("25 of 26 seeds"))
    #expect(runs.contains("<th scope=\"row\">7<td class=\"absent\" colspan=\"1\">"))
  }

  @Test("with nothing stored every row is not run, and says why")
  func empty() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let page = try workshop.renderPage()
    let rows = page.matches(of: /<tr id="demo\/profile\/standard[^>]*>.*/).map { String($0.0) }
    #expect(rows.count == 6)
    for row in rows {
      #expect(row.contains("not run</span> <span class=\"reason\">no record is stored</span>"))
      #expect(!row.contains("<td><") && !row.contains("href"))
    }
    #expect(page.contains("6 rows without any run; the table says why."))
    #expect(page.contains("No run is stored, so there is no machine to name."))
    let missing = Report(store: workshop.store, missingData: ["mnist": "get it <here>"])
    let second = try workshop.renderPage(missing)
    #expect(second.contains("needs data</span> <span class=\"reason\">get it &lt;here&gt;</span>"))
  }

  @Test("an experiment that waits says for what, in its section and in its rows")
  func waits() throws {
    let waiting = Workshop.spec.replacingOccurrences(
      of: "question: How far?", with: "question: How far?\nwaits: a better engine")
    let workshop = try Workshop(
      spec: waiting.replacingOccurrences(of: "{ each: [mnist, fashion-mnist] }", with: "mnist")
        .replacingOccurrences(
          of: "- { label: clothes, where: { dataset: fashion-mnist } }", with: ""))
    defer { workshop.remove() }
    let page = try workshop.renderPage()
    #expect(page.contains("not run</span> waits for a better engine</p>"))
    #expect(page.contains("<span class=\"reason\">waits for a better engine</span>"))
    #expect(page.contains("<em>filters</em>: not run"))
    let unknown = try Workshop(spec: waiting)
    defer { unknown.remove() }
    let second = try unknown.renderPage()
    #expect(second.contains("not run</span> waits for a better engine</p>"))
    #expect(!second.contains("the spec does not have this profile"))
  }

  @Test("failed, diverged and missing seeds stand beside the finished ones, with their reasons")
  func seeds() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    let digest = try RunIdentity(run, datasetChecksums: Workshop.checksums).digest()
    for seed in [1, 2, 3] {
      try FileManager.default.removeItem(at: try workshop.url(run, seed: seed))
    }
    try workshop.store.replace(
      Attempt(
        status: .failed, problem: "out of memory", seconds: 1, processorSeconds: 1, threads: 1,
        environment: .current(), endedAt: 0),
      in: RecordFolder(paper: "demo", experiment: "profile", profile: "standard"), digest: digest,
      seed: 2)
    try workshop.add(run, seed: 3, accuracy: 0, ratio: 20, status: .diverged)
    let page = try workshop.renderPage()
    let runs = try Self.part(
      of: page, from: "<tbody id=\"demo/profile/standard/\(digest)\"", to: "</tbody>")
    #expect(runs.contains("<span class=\"badge not-reproduced\">diverged</span>"))
    #expect(runs.contains("not-run\">failed</span> out of memory</tr>"))
    #expect(
      runs.contains(
        "<th scope=\"row\">1<td class=\"absent\" colspan=\"7\">"
          + "<span class=\"badge not-run\">not run</span> no record is stored</tr>"))
    #expect(runs.contains("1 of 3 seeds"))
  }

  @Test("curves hold what hovering says; long histories are thinned, their ends kept")
  func curves() throws {
    let workshop = try Workshop(
      spec: Workshop.spec.replacingOccurrences(
        of: "  pictures:", with: "  histories: [ { name: losses } ]\n  pictures:"))
    defer { workshop.remove() }
    try workshop.fill()
    var page = try workshop.renderPage()
    #expect(page.contains("<em>losses</em>: not run: no stored run has what it shows."))
    let run = try workshop.cell("mnist", 0.1)
    for seed in 1...3 {
      try FileManager.default.removeItem(at: try workshop.url(run, seed: seed))
      let history = (0...1000).map {
        HistoryRow(step: $0, metric: "validation-loss", value: 1 + Double($0 + seed))
      }
      try workshop.add(run, seed: seed, accuracy: 98, change: -1, ratio: 20, history: history)
    }
    page = try workshop.renderPage()
    let figure = try Self.part(of: page, from: "data-name=\"demo-losses\"", to: "</figure>")
    #expect(figure.contains("\"count\":1001"))
    let points = figure.matches(of: /\[(\d+),[\d.]+,[\d.\-]+,[\d.]+,3\]/).compactMap { Int($0.1) }
    #expect(points.count == 150 && points.first == 0 && points.last == 1000)
    #expect(points == points.sorted() && Set(points).count == 150)
  }

  @Test("the printed figures stand in the page while there is room, each under names of its own")
  func drawings() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.renderPage()
    #expect(page.contains("id='demo-curve-gpPt") && page.contains("href='#demo-curve-gpPt"))
    #expect(!page.contains("id='gpPt") && !page.contains("gnuplot_canvas\"><"))
    let file = workshop.folder.appending(path: "figures/curve.svg")
    let svg = try String(contentsOf: file, encoding: .utf8)
    let long = "<path d='M0,0" + String(repeating: " L1,1", count: 500_000) + "'/></svg>"
    try Data(svg.replacingOccurrences(of: "</svg>", with: long).utf8).write(to: file)
    let full = try workshop.renderPage()
    #expect(full.utf8.count < 2_000_000)
    #expect(full.contains("<img loading=\"lazy\" src=\"demo/figures/curve.svg\""))
    #expect(full.contains("<svg role=\"img\""), "the other figure stays")
    #expect(full.matches(of: /class="curves"/).count == 2)
  }

  @Test("a figure that was not rendered is an error that names it")
  func unrendered() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let report = Report(store: workshop.store)
    let contents = try workshop.library.papers.map { try report.contents(of: $0) }
    let error = #expect(throws: ReportError.self) { try report.writePage(over: contents) }
    #expect(error?.description.contains("figures/curve.svg") == true)
  }

  @Test("figures that are there are drawn again only if their data changed")
  func redrawing() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.renderPage()
    let file = workshop.folder.appending(path: "figures/curve.svg")
    let drawn = try Data(contentsOf: file)
    try (drawn + Data("<!-- kept -->".utf8)).write(to: file)
    try workshop.renderPage()
    #expect(try Data(contentsOf: file) != drawn)
    try workshop.add(try workshop.cell("mnist", 0.1), seed: 1, accuracy: 50, version: 2)
    try workshop.renderPage()
    let again = try Data(contentsOf: file)
    #expect(!String(decoding: again, as: UTF8.self).contains("kept") && again != drawn)
  }

  @Test("a thousand records fit on the page")
  func thousandRecords() throws {
    let densities = (1...166).map { "\(Double($0) / 1000)" }.joined(separator: ", ")
    let workshop = try Workshop(
      spec: Workshop.spec.replacingOccurrences(of: "each: [0.5, 0.1]", with: "each: [\(densities)]")
        .replacingOccurrences(of: "density: 0.5", with: "density: 0.001"))
    defer { workshop.remove() }
    var count = 0
    for cell in try workshop.experiment().cells {
      for seed in cell.seeds {
        if let parent = cell.run.parent, cell.coordinates["density"] == .number(0.001) {
          try workshop.add(parent, seed: seed, accuracy: 99)
          count += 1
        }
        try workshop.add(cell.run, seed: seed, accuracy: 98, change: -1, ratio: 20)
        count += 1
      }
    }
    #expect(count == 1002)
    let started = ContinuousClock.now
    let page = try workshop.renderPage()
    print(
      "a page over \(count) records: \(page.utf8.count) bytes, \(ContinuousClock.now - started)")
    #expect(page.contains("1,002") || page.contains("1002"))
    #expect(page.utf8.count < 2_000_000)
    #expect(page.matches(of: /record\.json/).count == count)
  }
}
