// Comparisons at matched size, on records whose curves are straight lines: what is read, what is interpolated, who is best, what the
// differences are, and which points no other one beats.

import Experiments
import Foundation
import Reproducibility
import Testing

import Reporting

/// A papers folder whose experiment has three methods at three sizes, with synthetic records.
private struct Bench {
  static let spec = """
    experiment: profile
    network: { lenet5-caffe: { activation: none } }
    dataset: { name: mnist }
    dense: { epochs: 1 }
    match: { ratio: { each: [10, 20, 40] } }
    methods:
      - one-shot: { scheme: { each: { first: { chain: [prune, float16] }, second: { chain: [prune] } } } }
      - random: { scheme: { each: { first: { chain: [random-prune] } } }, retraining: { epochs: 1 } }
      - dense-continued: { retraining: { epochs: 1 } }
    seeds: [1, 2, 3]
    profiles: { standard: {} }
    report:
      matched:
        - name: side
          title: Side by side
          size: payload-ratio
          at: [10, 20, 28.284271247461902, 80]
          baseline: { method: one-shot, scheme: second }
          literature: true
    """

  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    try Data(Self.spec.utf8).write(
      to: workshop.root.appending(path: "papers/demo/experiments/profile.yaml"))
    try Data("title: A demonstration\nclaims: []\n".utf8).write(
      to: workshop.root.appending(path: "papers/demo/paper.yaml"))
  }

  /// Accuracies that fall by one point per doubling; `first` is 2 points better than `second`, with a spread between seeds that is
  /// the same for both. The random curve is a hundredth off the sizes and 5 points worse; at 40 nothing of it is stored.
  func fill() throws {
    let experiment = try workshop.experiment()
    for cell in experiment.cells {
      for seed in cell.seeds {
        let spread = [0, 0.5, -0.5][seed - 1]
        if let parent = cell.run.parent, cell.coordinates["ratio"] == .number(10),
          cell.run.methodName == "random"
        {
          try workshop.add(parent, seed: seed, accuracy: 99)
        }
        guard case .number(let ratio)? = cell.coordinates["ratio"] else {
          try workshop.add(cell.run, seed: seed, accuracy: 98.9)
          continue
        }
        let doublings = log2(ratio / 10)
        let isFirst = cell.coordinates["scheme"] == .string("first")
        if cell.run.methodName == "random" {
          if ratio == 40 { continue }
          try workshop.add(
            cell.run, seed: seed, accuracy: 91 - doublings + spread, ratio: 1.01 * ratio)
        } else {
          try workshop.add(
            cell.run, seed: seed,
            accuracy: (isFirst ? 98 : 96) - doublings + spread + (isFirst ? 0.01 * spread : 0),
            ratio: ratio)
        }
      }
    }
  }

  func comparison(at sizes: [Double] = [], baseline: Bool = true) throws -> MethodComparison {
    var spec = MatchedSpec()
    spec.size = "payload-ratio"
    spec.at = sizes
    if baseline { spec.baseline = ["method": .string("one-shot"), "scheme": .string("second")] }
    let found = try MethodComparison.all(
      spec, of: [try workshop.experiment()], in: workshop.store)
    return try #require(found.first)
  }
}

extension Table {
  fileprivate func row(_ label: String) throws -> [Cell] {
    let wanted = Cell.Content.text(label)
    return try #require(rows.first { $0.cells.contains { $0.content == wanted } }).cells
  }
}

private func mean(_ cell: Table.Cell) throws -> Double {
  switch cell.content {
  case .estimate(let mean, _, _): return mean
  case .number(let value, _): return value
  default: throw CocoaError(.coderInvalidValue)
  }
}

@Suite("Comparisons at matched size") struct MatchedComparisonTests {
  @Test("values stand where runs have the size, and between runs they are interpolated and marked")
  func readings() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    // 28.28 lies in the middle between 20 and 40 in logarithms.
    let comparison = try bench.comparison(at: [10, 20, 28.284271247461902, 80])
    #expect(comparison.network == "lenet5-caffe" && comparison.dataset == "mnist")
    let table = try #require(comparison.tables.first)
    let first = try table.row("one-shot, first")
    #expect(abs(try mean(first[2]) - 98) < 1e-9)
    #expect(!first[2].isInterpolated)
    #expect(abs(try mean(first[4]) - 96.5) < 1e-9)
    #expect(first[4].isInterpolated && first[4].plainText.hasPrefix("≈ "))
    #expect(first[5].content == .text("outside"))
    let random = try table.row("random, first")
    #expect(abs(try mean(random[2]) - 91) < 1e-9, "within two per cent it counts as the size")
    #expect(!random[2].isInterpolated)
    #expect(random[4].content == .text("outside"))
    #expect(abs(try mean(try table.row("dense-continued")[1]) - 98.9) < 1e-9)
    #expect(try table.row("dense")[2].content == .missing)
  }

  @Test("bold is what is better than every other method seed by seed")
  func best() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let table = try #require(try bench.comparison(at: [10, 20]).tables.first)
    // Two points apart with a spread of half a point: the intervals overlap, the differences do not hold zero.
    #expect(try table.row("one-shot, first")[2].isBest)
    #expect(table.markdown.contains("**98.00 ± "))
    #expect(table.latex.contains("\\textbf{98.00"))
    for label in ["one-shot, second", "random, first"] {
      #expect(try !table.row(label)[2].isBest)
    }
  }

  @Test("differences are taken seed by seed and corrected over the whole table")
  func differences() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let table = try #require(try bench.comparison(at: [10, 20]).tables.last)
    #expect(table.title.hasPrefix("Minus one-shot, second"))
    let cell = try table.row("one-shot, first")[1]
    guard case .estimate(let mean, let halfWidth, _) = cell.content else {
      Issue.record("no estimate: \(cell)")
      return
    }
    #expect(abs(mean - 2) < 1e-9)
    // t₂(.975) · .005 / √3
    #expect(abs(halfWidth - 4.302652729911275 * 0.005 / 3.0.squareRoot()) < 1e-6)
    #expect(cell.isBest, "decided")
    #expect(try bench.comparison(at: [10], baseline: false).tables.count == 1)
  }

  @Test("the values table holds every run with the front, and every reading with its kind")
  func values() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let table = try bench.comparison(at: [20, 30]).values
    let runs = table.rows.filter { $0.cells[5].content == .text("run") }
    #expect(runs.count == 8)
    for row in runs {
      let isFirst = row.cells[1].content == .text("one-shot, first")
      #expect(
        row.cells[6].content == .text(isFirst ? "yes" : "no"), "\(row.cells.map { $0.plainText })")
    }
    let kinds = table.rows.dropFirst(8).map { $0.cells[5].plainText }
    #expect(kinds == ["matched", "matched", "matched", "interpolated", "interpolated"])
    #expect(table.csv.hasPrefix("data set,method,"))
  }

  @Test("without sizes, round ones that the runs cover are taken")
  func roundSizes() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let table = try #require(try bench.comparison().tables.first)
    #expect(table.columns.dropFirst(2).map { $0.heading } == ["at 10", "at 20"])
  }

  @Test("an empty store gives no comparison; a curve without records says why")
  func empty() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    var spec = MatchedSpec()
    spec.size = "payload-ratio"
    #expect(
      try MethodComparison.all(
        spec, of: [try bench.workshop.experiment()], in: bench.workshop.store
      )
      .isEmpty)
    let page = try bench.workshop.render()
    let lines = page.split(separator: "\n").filter { $0.hasPrefix("| one-shot, first") }
    #expect(!lines.isEmpty)
    for line in lines { #expect(line.contains("not run"), "\(line)") }
  }

  @Test("the report has the tables, the figure with the front, and published points behind it")
  func report() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let literature = bench.workshop.root.appending(path: "papers/literature.csv")
    try Data(
      """
      network,dataset,method,ratio,rule,accuracy,evidence,source
      lenet5-caffe,mnist,A,12,weights,97.5,source text,"Somewhere, table 1"
      lenet5-caffe,fashion-mnist,B,13,weights,90,source text,Elsewhere

      """.utf8
    ).write(to: literature)
    let page = try bench.workshop.render()
    #expect(page.contains("**Side by side, mnist.**"))
    #expect(page.contains("tables/side-values.csv"))
    let data = try String(
      contentsOf: bench.workshop.folder.appending(path: "figures/side.dat"), encoding: .utf8)
    #expect(data.contains("Pareto front\n"))
    #expect(data.contains("published, counted as there\n"))
    #expect(data.contains("\n12\t97.5\tNaN\tNaN\n"))
    #expect(!data.contains("\n13\t90\t"))
    let files = try bench.workshop.files()
    _ = try bench.workshop.render()
    #expect(try bench.workshop.files() == files, "the same bytes again")
  }

  @Test("on the page a reading leads to the runs next to its size, and all of them can be reached")
  func page() throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    try bench.fill()
    let page = try bench.workshop.renderPage()
    let rows = page.matches(of: /<tr[^>]*><th scope="row">one-shot, first<.*/)
    #expect(rows.count == 2, "the table and the differences")
    for row in rows {
      let links = row.0.matches(of: /<a href="#([^"]*)">/).map { String($0.1) }
      let digests = try [10.0, 20, 20].map { ratio in
        let cell = try #require(
          try bench.workshop.experiment().cells.first {
            $0.coordinates["ratio"] == .number(ratio)
              && $0.coordinates["scheme"] == .string("first") && $0.run.methodName == "one-shot"
          })
        return try RunIdentity(cell.run, datasetChecksums: Workshop.checksums).digest()
      }
      #expect(links.prefix(3) == digests.map { "demo/profile/standard/\($0)" }[...])
      for link in links { #expect(page.contains("<tbody id=\"\(link)\"")) }
    }
    #expect(page.contains("\"role\":\"front\""))
    #expect(page.contains("All runs and readings: <a href=\"demo/tables/side-values.csv\">"))
    #expect(page.contains("class=\"n best\""))
  }

  @Test(
    "published points without a source or a number are refused, with the line",
    arguments: [
      ("lenet5-caffe,mnist,A,12,weights,97.5,source text,", "line 2: source"),
      ("lenet5-caffe,mnist,A,many,weights,97.5,source text,B", "line 2: ratio"),
      ("lenet5-caffe,mnist,A,12,weights,975,source text,B", "line 2: accuracy"),
      ("lenet5-caffe,mnist,A,12,,97.5,source text,B", "line 2: rule"),
    ])
  func literature(row: String, problem: String) throws {
    let bench = try Bench()
    defer { bench.workshop.remove() }
    let url = bench.workshop.root.appending(path: "papers/literature.csv")
    try Data("network,dataset,method,ratio,rule,accuracy,evidence,source\n\(row)\n".utf8).write(
      to: url)
    let error = #expect(throws: ReportError.self) { _ = try Literature.points(contentsOf: url) }
    #expect("\(String(describing: error))".contains(problem))
    #expect(PaperCheck.problems(in: bench.workshop.library).contains { $0.contains(problem) })
  }
}
