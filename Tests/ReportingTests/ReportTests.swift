// Reports over synthetic records, written through the real store into a temporary folder and read back by the real specs.

import Experiments
import Files
import Foundation
import ModelFiles
import Reproducibility
import Statistics
import Tensors
import Testing
import Training

import Reporting

@Suite("Reports")
struct ReportTests {
  @Test("every cell of the table is the aggregate of its records")
  func cells() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.count == 7)  // two data sets: dense and two densities
    #expect(
      lines[0].prefix(5) == [
        "data set", "method", "density", "test accuracy (%)", "test accuracy (%) ±",
      ])
    #expect(lines[1].prefix(4) == ["mnist", "dense", "", "99.1"])
    #expect(lines[3].prefix(3) == ["mnist", "one-shot", "0.1"])
    // Per seed 98.77, 98.84, 98.91: s = .07, t(.975, 2)/√3 = 2.48414.
    #expect(abs((Double(lines[3][3]) ?? 0) - 98.84) < 1e-9)
    #expect(abs((Double(lines[3][4]) ?? 0) - 0.07 * 4.302652729749462 / 3.0.squareRoot()) < 1e-9)
    #expect(lines[3].suffix(4) == ["20", "40002", "3", "1.5"])
    #expect(page.contains("| mnist         | one-shot |     0.1 |      98.84 ± 0.17 |"))
    #expect(page.contains("−0.26 ± 0.05"))
    #expect(page.contains("Nobody, \\*Nowhere\\*, 2026."))
    #expect(page.contains("Numerics version 1."))
    #expect(page.contains("dense/lenet5-caffe-mnist/standard/"))
  }

  @Test(
    "pairs are compared seed by seed, with Holm's correction, and references with the prediction interval"
  )
  func comparisons() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.render()
    #expect(try workshop.csv("densities").dropFirst().allSatisfy { $0.contains("not run") })
    try workshop.fill()
    try workshop.render()
    let lines = try workshop.csv("densities")
    #expect(lines.count == 3)
    for line in lines.dropFirst() {
      // .18, .16 and .14 points: mean .16, s .02; p of scipy, twice that after Holm's correction.
      #expect(abs((Double(line[5]) ?? 0) - 0.16) < 1e-9)
      #expect(abs((Double(line[6]) ?? 0) - 0.02 * 4.302652729749462 / 3.0.squareRoot()) < 1e-9)
      #expect(Array(line[7...10]) == ["3", "0.005", "0.010", "higher"])
    }
    // 98.95, 99 and 99.05, and 98.77, 98.84 and 98.91: t(.975, 2) · s · √(4/3) about the means.
    #expect(lines[1][11] == "99.00 inside 98.75…99.25")
    #expect(lines[1][12] == "97.00 outside 98.49…99.19")
    #expect(Array(lines[2][11...12]) == ["", ""])
    // The quick profile has one data set, and so one pair; of one seed nothing can be tested.
    let cell = try #require(try workshop.experiment("quick").cells.first)
    for density in [0.5, 0.1] {
      let run = try #require(
        try workshop.experiment("quick").cells.first {
          $0.coordinates["density"] == .number(density)
        })
      try workshop.add(run.run, seed: 1, accuracy: 90 + density, profile: "quick")
    }
    #expect(cell.run.datasetName == "fashion-mnist")
    try workshop.render()
    let quick = try workshop.csv("densities-quick")
    #expect(quick.count == 2 && quick[1][0] == "clothes" && quick[1].contains("too few seeds"))
  }

  @Test("a figure may draw a line per swept value, a panel per another, and leave rows out")
  func lines() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let data = try String(
      contentsOf: workshop.folder.appending(path: "figures/lines.dat"), encoding: .utf8)
    #expect(data.contains("0.5") && data.contains("0.1") && data.contains("98.84"))
    #expect(!data.contains("90.84"), "not fashion-mnist")
    #expect(data.contains("one-shot") && !data.contains("dense"), "the panel's title")
  }

  @Test("two experiments that would write one file are refused by check and by report")
  func meetingNames() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let folder = workshop.root.appending(path: "papers/demo/experiments")
    let spec = try String(contentsOf: folder.appending(path: "profile.yaml"), encoding: .utf8)
    try Data(
      spec.replacingOccurrences(of: "experiment: profile", with: "experiment: second").utf8
    ).write(to: folder.appending(path: "second.yaml"))
    let problems = PaperCheck.problems(in: workshop.library)
    #expect(
      problems.contains {
        $0.contains("tables/profile would be written by two experiments, ‘profile’ and ‘second’")
      }, "\(problems)")
    let error = #expect(throws: ReportError.self) { try workshop.render() }
    #expect(error?.description.contains("‘profile’ and ‘second’") == true)
    #expect(
      !FileManager.default.fileExists(atPath: workshop.folder.appending(path: "report.md").path))
  }

  @Test("rendering twice gives the same bytes, and reading order does not matter")
  func deterministic() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let first = try workshop.files()
    let names = [
      "report.md", "tables/profile.csv", "tables/profile.md", "tables/profile.tex",
      "tables/claims.csv", "figures/curve.gp", "figures/curve.dat", "figures/curve.png",
      "figures/curve.svg", "figures/curve.pdf",
    ]
    #expect(Set(names).isSubset(of: first.keys))
    for name in first.keys {
      try FileManager.default.removeItem(at: workshop.folder.appending(path: name))
    }
    try workshop.render()
    #expect(try workshop.files() == first)
  }

  @Test("altering one record changes exactly its cells", arguments: [1, 2, 3])
  func altered(seed: Int) throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let before = try workshop.csv()
    let file = try workshop.url(try workshop.cell("fashion-mnist", 0.1), seed: seed)
      .appending(path: "record.json")
    var record = try CanonicalJSON.decode(Record.self, from: try Data(contentsOf: file))
    record.metrics["test-accuracy"] = 50
    try CanonicalJSON.encode(record, indented: true).write(to: file)
    try workshop.render()
    let after = try workshop.csv()
    var changed: [String] = []
    for (row, (left, right)) in zip(before, after).enumerated() {
      for (column, (old, new)) in zip(left, right).enumerated() where old != new {
        changed.append("\(row).\(column)")
      }
    }
    #expect(changed == ["6.3", "6.4"])  // accuracy and its half width of that row
    let points = String(
      decoding: try Data(contentsOf: workshop.folder.appending(path: "figures/curve.dat")),
      as: UTF8.self)
    let expected = Double(after[6][3]) ?? 0
    #expect(points.contains("20\t\(expected)\t"))
  }

  @Test("deleting a record says so: a seed less, and not run when it was the last")
  func deleted() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    try FileManager.default.removeItem(at: try workshop.url(run, seed: 2))
    var page = try workshop.render()
    #expect(try workshop.csv()[3].contains("2 of 3"))
    #expect(page.contains("Not run: one-shot, mnist, density 0.1, seed 2."))
    for seed in [1, 3] { try FileManager.default.removeItem(at: try workshop.url(run, seed: seed)) }
    page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines[3].contains("not run") && lines[3].contains("0 of 3"))
    #expect(lines[2][3] == "99")
    #expect(
      page.contains("| D1    |")
        && page.contains("no stored record of one-shot, mnist, density 0.1"))
    #expect(page.contains("*filters*: not run"))
  }

  @Test("with nothing stored at all the report is complete, and everything is not run")
  func empty() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.dropFirst().allSatisfy { $0.contains("not run") && $0.contains("0 of 3") })
    #expect(page.contains("## profile, profile standard"))
    let svg = String(
      decoding: try Data(contentsOf: workshop.folder.appending(path: "figures/curve.svg")),
      as: UTF8.self)
    #expect(svg.contains("not run"))
  }

  @Test("dense networks of which something is swept are told apart")
  func sweptDense() throws {
    let workshop = try Workshop(
      spec: """
        experiment: profile
        question: Which one?
        network: { lenet5-caffe: { activation: { each: [none, relu] } } }
        dataset: { name: mnist }
        dense: { schedule: { constant: { rate: 0.02 } }, epochs: 2, batch: 128 }
        seeds: [1]
        profiles: { standard: {} }
        report:
          tables:
            - { name: profile, title: Demo, columns: [test-accuracy, seeds] }
        """)
    defer { workshop.remove() }
    let page = try workshop.render()
    #expect(
      try workshop.csv().map { $0.prefix(3) } == [
        ["data set", "method", "activation"], ["mnist", "dense", "none"],
        ["mnist", "dense", "relu"],
      ])
    #expect(page.contains("Dense network on mnist, activation relu: "))
  }

  @Test("a missing data set is named with its reason, where the caller knows it")
  func needsData() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let report = Report(store: workshop.store, missingData: ["mnist": "apt-get install mnist."])
    let page = try workshop.render(report)
    let lines = try workshop.csv()
    #expect(lines[1].contains("needs data") && lines[4].contains("not run"))
    #expect(page.contains("mnist needs data: apt-get install mnist."))
    let claim = try workshop.csv("claims").first { $0[0] == "D1" }
    #expect(claim?.contains("needs data") == true)
  }

  @Test("a failed attempt says why, and a diverged run is not averaged")
  func failedAndDiverged() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    let digest = try RunIdentity(run, datasetChecksums: Workshop.checksums).digest()
    for seed in [2, 3] { try FileManager.default.removeItem(at: try workshop.url(run, seed: seed)) }
    try workshop.store.replace(
      Attempt(
        status: .failed, problem: "out of memory", seconds: 1, processorSeconds: 1, threads: 1,
        environment: .current(), endedAt: 0),
      in: RecordFolder(paper: "demo", experiment: "profile", profile: "standard"), digest: digest,
      seed: 2)
    try workshop.add(run, seed: 3, accuracy: 0, ratio: 20, status: .diverged)
    let page = try workshop.render()
    #expect(try workshop.csv()[3][3] == "98.77")  // seed 1 alone
    #expect(page.contains("Failed: one-shot, mnist, density 0.1, seed 2: out of memory"))
    #expect(page.contains("Diverged, not in the means: one-shot, mnist, density 0.1, seed 3."))
    #expect(try workshop.csv()[3].contains("1 of 3"))
  }

  @Test("numerics versions never share a row, and the newest comes first")
  func versions() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    for seed in [1, 2] {
      try workshop.add(run, seed: seed, accuracy: 97, ratio: 20, version: 2)
    }
    let page = try workshop.render()
    let lines = try workshop.csv()
    #expect(lines.count == 8)
    #expect(lines[3].prefix(5) == ["mnist", "one-shot", "0.1", "2", "97"])
    #expect(lines[3].contains("2 of 3"))
    #expect(lines[4][3] == "1" && lines[4].contains("3"))
    #expect(page.contains("no row mixes versions"))
    #expect(page.contains("Numerics version 1 and 2."))
  }

  @Test("records of a spec that has changed since are counted, not shown")
  func stale() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    var other = try workshop.cell("mnist", 0.1)
    other.dense?.epochs = 7
    try workshop.add(other, seed: 1, accuracy: 12)
    let page = try workshop.render()
    #expect(try workshop.csv().count == 7)
    #expect(page.contains("1 stored records belong to no run of the spec as it is now."))
  }

  /// The field of a claim's line that holds the verdict; commas inside other fields do not matter.
  private static func verdict(in line: [String]) -> String {
    let words = Verdict.allCases.map { $0.words } + ["met", "not met"]
    return line.first { field in words.contains { field == $0 || field.hasPrefix($0 + " ·") } }
      ?? "none"
  }

  @Test("claims are judged from the records, each by its own circumstances")
  func claims() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let page = try workshop.render()
    let verdicts = Dictionary(
      uniqueKeysWithValues: try workshop.csv("claims").dropFirst().map { line in
        (line[0], Self.verdict(in: line))
      })
    // A projection trains nothing, so that no schedule limits it.
    #expect(
      verdicts == [
        "D1": "reproduced", "D2": "reproduced · imposed", "D3": "unverified claim",
        "D4": "not run", "D5": "reproduced", "D6": "met · own expectation",
      ])
    #expect(page.contains("*about 30 ×*"))
    #expect(page.contains("(counted: non-zero values only)"))
  }

  @Test(
    "a limit appears with one changed number of updates, and says how far the runs are from the paper's"
  )
  func scaledDown() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    func verdict() throws -> String {
      try workshop.render()
      return Self.verdict(in: try #require(try workshop.csv("claims").first { $0[0] == "D5" }))
    }
    /// Stores a number of updates in every record that judges D5.
    func train(_ updates: Double, butSeed odd: Int? = nil, _ other: Double = 0) throws {
      for seed in 1...3 {
        let file = try workshop.url(try workshop.cell("mnist", 0.5), seed: seed)
          .appending(path: "record.json")
        var record = try CanonicalJSON.decode(Record.self, from: try Data(contentsOf: file))
        record.metrics["updates"] = seed == odd ? other : updates
        try CanonicalJSON.encode(record, indented: true).write(to: file)
      }
    }
    try train(1000)
    #expect(try verdict() == "reproduced")
    try train(900)
    #expect(try verdict() == "reproduced")
    try train(1000, butSeed: 2, 898)
    #expect(try verdict() == "reproduced · scaled down: 89.8 % of the updates")
    try train(21)
    #expect(try verdict() == "reproduced · scaled down: 2.10 % of the updates")
  }

  @Test("a quick profile scales claims down, and its files have its name")
  func quick() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let cells = try workshop.experiment("quick").cells
    for cell in cells {
      for seed in cell.seeds {
        try workshop.add(cell.run, seed: seed, accuracy: 90, profile: "quick", change: 0, ratio: 4)
      }
    }
    let page = try workshop.render()
    #expect(page.contains("## profile, profile quick"))
    #expect(!page.contains("profile standard"))
    #expect(try workshop.csv("profile-quick").count == 4)
    #expect(page.contains("figures/curve-quick.png"))
  }

  @Test(
    "the filter picture needs both networks; the dense one is kept as an excerpt of the right network only"
  )
  func picture() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    var page = try workshop.render()
    #expect(page.contains("*filters*: `conv1.weight` of the networks is not stored."))
    let paper = try #require(workshop.library.papers.first)
    let parent = try #require(try workshop.cell("mnist", 0.1).parent)
    let name = "\(try RunIdentity(parent, datasetChecksums: Workshop.checksums).digest())-s1"
    let cached = workshop.cache.url(of: name)
    try DurableFile.replace(workshop.network(99, keep: 500), at: cached)
    #expect(throws: ReportError.self) {
      try Report(store: workshop.store).keepExcerpts(for: paper, from: workshop.cache)
    }
    try DurableFile.replace(workshop.network(1, keep: 500), at: cached)
    try Report(store: workshop.store).keepExcerpts(for: paper, from: workshop.cache)
    try FileManager.default.removeItem(at: cached)
    page = try workshop.render()
    #expect(page.contains("![conv1.weight before and after](figures/filters.png)"))
    let picture = try Bitmap(
      png: try Data(contentsOf: workshop.folder.appending(path: "figures/filters.png")))
    // Nothing is zero before; after, 450 of 500 weights are, each of 12 × 12 pixels.
    var zeros = 0
    for start in stride(from: 0, to: picture.pixels.count, by: 3)
    where Array(picture.pixels[start..<start + 3]) == FilterPicture.zeroColour { zeros += 1 }
    #expect(zeros == 450 * 144)
  }

  @Test(
    "an unreadable record is an error that names the file, an unknown column one that names the spec"
  )
  func errors() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let file = try workshop.url(try workshop.cell("mnist", 0.1), seed: 1)
      .appending(path: "record.json")
    try Data("{".utf8).write(to: file)
    let error = #expect(throws: ReportError.self) { try workshop.render() }
    #expect(error?.description.contains("record.json") == true)
    try FileManager.default.removeItem(at: file)
    let spec = workshop.root.appending(path: "papers/demo/experiments/profile.yaml")
    let changed = Workshop.spec.replacingOccurrences(
      of: "payload-ratio, file-bytes", with: "payload-ration, file-bytes")
    try Data(changed.utf8).write(to: spec)
    let second = #expect(throws: ReportError.self) { try workshop.render() }
    #expect(second?.description.contains("payload-ration") == true)
  }
}

@Suite("The README's table") struct HeadlineTests {
  @Test(
    "every judged published claim stands between the two comments with the totals, and nothing else changes"
  )
  func table() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let report = Report(store: workshop.store)
    let contents = try report.contents(of: try #require(workshop.library.papers.first))
    let readme = workshop.root.appending(path: "README.md")
    #expect(try !report.writeHeadline(of: [contents], into: readme), "no file")
    try Data("# Title\n".utf8).write(to: readme)
    #expect(try !report.writeHeadline(of: [contents], into: readme), "no comments")
    let start = "<!-- The table below is written by `parsimony report`. -->"
    let end = "<!-- End of the table. -->"
    try Data("# Title\n\(start)\nold\n\(end)\nMore.\n".utf8).write(to: readme)
    #expect(try report.writeHeadline(of: [contents], into: readme))
    let written = try String(contentsOf: readme, encoding: .utf8)
    #expect(written.hasPrefix("# Title\n\(start)\n\n| paper "))
    #expect(written.hasSuffix("\n\(end)\nMore.\n"))
    #expect(written.contains("Pruning to a tenth loses at most half a point"))
    #expect(written.contains("The ratio is twenty") && !written.contains("old"))
    #expect(!written.contains("Something that someone remembers"))
    #expect(!written.contains("The ratio was to be expected"))
    #expect(
      written.contains(
        "Of 6 claims, 3 published numbers are judged: 3 reproduced (2 of them without a limit), 0 not reproduced, 0 inconclusive. "
          + "1 more are expectations of our own: 1 met"), "\(written)")
    #expect(try report.writeHeadline(of: [contents], into: readme))
    #expect(try String(contentsOf: readme, encoding: .utf8) == written, "twice is once")
  }
}

@Suite("What a claim must say") struct ClaimCheckTests {
  @Test(
    "a claim without evidence, rule, unit, experiment, metric or row fails the check, by name",
    arguments: [
      (
        "evidence: source text\n        rule: non", "evidence: ' '\n        rule: non", "‘evidence’"
      ),
      ("rule: non-zero values only", "rule: ''", "‘rule’"),
      ("{ value: 20, unit: × }", "{ value: 20 }", "‘unit’"),
      (
        "experiment: profile\n        metric: payload-ratio\n        where: { method: one-shot, dataset: mnist, density: 0.1 }",
        "note: none", "‘experiment’"
      ),
      (
        "metric: payload-ratio\n        where: { method: one-shot, dataset: mnist, density: 0.1 }",
        "where: { method: one-shot }", "‘metric’"
      ),
    ])
  func incomplete(part: String, replacement: String, problem: String) throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let file = workshop.root.appending(path: "papers/demo/paper.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let indented = part.replacingOccurrences(of: "\n        ", with: "\n    ")
    #expect(text.contains(indented), "\(text)")
    try Data(
      text.replacingOccurrences(
        of: indented, with: replacement.replacingOccurrences(of: "\n        ", with: "\n    ")
      ).utf8
    ).write(to: file)
    let found = PaperCheck.problems(in: workshop.library)
    #expect(found.contains { $0.contains("claim D2") && $0.contains(problem) }, "\(found)")
  }
}
