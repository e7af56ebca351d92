// Figures of layers and figures of several histories, over synthetic records: every number in the data file is the aggregate of
// its records, markers stand apart, and files repeat byte for byte.

import Experiments
import Files
import Foundation
import Reproducibility
import Statistics
import Tensors
import Testing
import Training

import Reporting

/// A workshop whose report shows layers and histories; its two data sets can be narrowed to one.
private func workshop(_ report: String, datasets: String = "{ each: [mnist, fashion-mnist] }")
  throws
  -> Workshop
{
  let workshop = try Workshop()
  let start = try #require(Workshop.spec.firstRange(of: "report:")).lowerBound
  let text = (Workshop.spec[..<start] + "report:\n" + report)
    .replacingOccurrences(of: "{ each: [mnist, fashion-mnist] }", with: datasets)
  try Data(text.utf8).write(
    to: workshop.root.appending(path: "papers/demo/experiments/profile.yaml"))
  return workshop
}

/// Two tensors with weights and a bias; counts and bits depend on the seed.
private func layers(_ kept: [Int], bits: [Int]) -> [LayerRow] {
  let shapes: [Shape] = [[20, 1, 5, 5], [500, 800]]
  let names = ["conv1", "fc1"]
  var rows: [LayerRow] = []
  for index in names.indices {
    rows.append(
      LayerRow(
        name: ParameterName(layer: names[index], role: "weight"), shape: shapes[index],
        nonzeros: kept[index], bitsPerValue: bits[index], isSparse: true))
    rows.append(
      LayerRow(
        name: ParameterName(layer: names[index], role: "bias"), shape: [20], nonzeros: 20,
        bitsPerValue: 32, isSparse: false))
  }
  return rows
}

/// Records of every run: with density .5 the layers keep 100 + seed and 2000 weights, with density .1 nothing of conv1.
private func fill(_ workshop: Workshop) throws {
  for cell in try workshop.experiment().cells {
    let isDenser = cell.coordinates["density"] == .number(0.5)
    for seed in cell.seeds {
      if let parent = cell.run.parent, isDenser {
        try workshop.add(
          parent, seed: seed, accuracy: 99, layers: layers([500, 400_000], bits: [32, 32]))
      }
      let history = [0, 10].flatMap { step in
        [
          HistoryRow(step: step, metric: "validation-loss", value: Double(seed + step)),
          HistoryRow(step: step, metric: "primal-residual", value: 2 * Double(seed + step) + 1),
        ]
      }
      try workshop.add(
        cell.run, seed: seed, accuracy: 98,
        layers: isDenser
          ? layers([100 + seed, 2000], bits: [2, seed]) : layers([0, 40], bits: [1, 1]),
        history: history)
    }
  }
}

private func text(_ workshop: Workshop, _ name: String) throws -> String {
  let url = workshop.folder.appending(path: "figures/\(name)")
  return String(decoding: try Data(contentsOf: url), as: UTF8.self)
}

@Suite("Figures of layers")
struct LayerFigureTests {
  @Test("every marker is the mean of its records with its interval, weights only, in network order")
  func data() throws {
    let workshop = try workshop(
      "  layers: [ { name: kept, caption: Kept., quantities: [nonzeros, density, bits] } ]",
      datasets: "mnist")
    defer { workshop.remove() }
    try fill(workshop)
    let page = try workshop.render()
    // The mean of 101, 102, 103 and of 1, 2, 3: s = 1, t(.975, 2)/√3 = 2.48414.
    let half = 4.302652729749462 / 3.0.squareRoot()
    let data = try text(workshop, "kept.dat")
    func point(_ line: String) -> [Double] { line.split(separator: "\t").compactMap { Double($0) } }
    let blocks = data.components(separatedBy: "\n\n\n").dropFirst().map {
      $0.split(separator: "\n").map(String.init)
    }
    // Three panels of two densities; the dense network is not among them.
    #expect(blocks.count == 6)
    #expect(data.contains("block 1\tdensity 0.5\n"), "\(data)")
    #expect(data.contains("block 2\tdensity 0.1\n"), "\(data)")
    #expect(data.contains("tic of x\tconv1\n") && data.contains("tic of x\tfc1\n"))
    func expect(_ line: String, _ expected: [Double]) {
      let found = point(line)
      #expect(found.count == 4, "\(line)")
      for (value, wanted) in zip(found, expected) {
        #expect(abs(value - wanted) <= 1e-9 * max(1, abs(wanted)), "\(line)")
      }
    }
    expect(blocks[0][1], [0.9, 102, 102 - half, 102 + half])
    expect(blocks[0][2], [1.9, 2000, 2000, 2000])
    expect(blocks[1][1], [1.1, 0, 0, 0])
    expect(blocks[1][2], [2.1, 40, 40, 40])
    expect(blocks[2][1], [0.9, 20.4, 20.4 - half / 5, 20.4 + half / 5])
    expect(blocks[3][2], [2.1, 0.01, 0.01, 0.01])
    expect(blocks[4][2], [1.9, 2, 2 - half, 2 + half])
    // Of a tensor without weights there are no bits to show.
    #expect(blocks[5].count == 2)
    expect(blocks[5][1], [2.1, 1, 1, 1])
    #expect(page.contains("Kept. No weight is left in conv1 of density 0.1."))
    #expect(page.contains("figures/kept.png"))
  }

  @Test("a rule selects rows, and the dense network where it is named")
  func rule() throws {
    let workshop = try workshop(
      """
        layers:
          - { name: some, where: { density: [0.5], dataset: [mnist] } }
          - { name: dense, where: { method: [dense] } }
      """)
    defer { workshop.remove() }
    try fill(workshop)
    try workshop.render()
    let some = try text(workshop, "some.dat")
    #expect(some.contains("\tmnist: one-shot\n") && !some.contains("fashion"))
    let dense = try text(workshop, "dense.dat")
    #expect(dense.contains("\tmnist: dense\n") && dense.contains("\tfashion-mnist: dense\n"))
    #expect(dense.contains("\n2\t400000\t400000\t400000\n"))
    #expect(!dense.contains("one-shot"))
  }

  @Test("without records, or with records that have no layers, the page says ‘not run’")
  func empty() throws {
    let workshop = try workshop("  layers: [ { name: kept } ]", datasets: "mnist")
    defer { workshop.remove() }
    #expect(try workshop.render().contains("*kept*: not run."))
    for cell in try workshop.experiment().cells {
      for seed in cell.seeds { try workshop.add(cell.run, seed: seed, accuracy: 98) }
    }
    #expect(try workshop.render().contains("*kept*: not run."))
  }

  @Test("rendering twice gives the same bytes")
  func deterministic() throws {
    let workshop = try workshop(
      """
        layers: [ { name: kept } ]
        histories: [ { name: two, panels: [ { metric: validation-loss }, { metric: primal-residual } ] } ]
      """)
    defer { workshop.remove() }
    try fill(workshop)
    try workshop.render()
    let first = try workshop.files()
    for name in ["kept", "two"] {
      for type in FigureRenderer.extensions {
        #expect(first["figures/\(name).\(type)"] != nil, "\(name).\(type)")
      }
    }
    for name in first.keys {
      try FileManager.default.removeItem(at: workshop.folder.appending(path: name))
    }
    try workshop.render()
    #expect(try workshop.files() == first)
  }
}

@Suite("Several histories in one figure")
struct HistoryPanelTests {
  @Test("one panel per data set and metric; numbers among the labels have their names")
  func panels() throws {
    let workshop = try workshop(
      """
        histories:
          - name: two
            intervals: false
            panels:
              - { metric: validation-loss }
              - { metric: primal-residual, label: ‖w − θ‖, logarithmic: true }
          - { name: one, metric: primal-residual, where: { density: [0.5] } }
      """)
    defer { workshop.remove() }
    try fill(workshop)
    try workshop.render()
    let two = try text(workshop, "two.dat")
    let headings = two.split(separator: "\n").filter { $0.contains("\tblock ") }
      .compactMap { $0.split(separator: "\t").last }
    #expect(
      headings
        == ["mnist", "fashion-mnist"].flatMap { dataset in
          (0..<2).flatMap { _ in ["\(dataset): density 0.5", "\(dataset): density 0.1"] }
        }, "\(headings)")
    #expect(two.contains("\tx axis\tupdates\n"))
    #expect(two.contains("\ty axis\tvalidation loss (nats)\n"))
    #expect(two.contains("\ty axis\t‖w − θ‖\n"))
    let start = "# x, y, low, high\n0\t"
    #expect(two.contains(start + "2\tNaN\tNaN\n10\t12\tNaN\tNaN\n"))
    #expect(two.contains(start + "5\tNaN\tNaN\n10\t25\tNaN\tNaN\n"))
    // A single metric is drawn as before.
    #expect(try text(workshop, "one.dat").contains(start + "5\t"))
  }

  @Test("a metric that is not stored leaves its place empty; nothing at all is said to be not run")
  func missing() throws {
    let workshop = try workshop(
      """
        histories:
          - { name: half, panels: [ { metric: validation-loss }, { metric: nothing } ] }
          - { name: whole, panels: [ { metric: nothing }, { metric: either } ] }
      """, datasets: "mnist")
    defer { workshop.remove() }
    try fill(workshop)
    let page = try workshop.render()
    let script = try text(workshop, "half.gp")
    #expect(script.components(separatedBy: "'not run'").count == 2)
    #expect(page.contains("*whole*: not run."))
  }
}

@Suite("Tables of older records")
struct OlderRecordTests {
  @Test(
    "a metric that no record has is a column of dashes and a sentence; one that some have is not")
  func missingMetrics() throws {
    let workshop = try workshop(
      "  tables: [ { name: profile, columns: [average-bits, test-accuracy, common-ratio, test-accuracy-change] } ]"
    )
    defer { workshop.remove() }
    var page = try workshop.render()
    #expect(!page.contains("Nothing to show"))  // nothing is stored, which the rows say
    try workshop.fill()
    page = try workshop.render()
    #expect(
      page.contains(
        "Nothing to show: no stored result holds any of bits per weight; ratio, all told."))
    let line = try #require(page.split(separator: "\n").first { $0.contains("one-shot |     0.1") })
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(cells[3] == "–" && cells[5] == "–" && cells[4].hasPrefix("98.84"), "\(line)")
    #expect(try workshop.csv()[3][3].isEmpty)
  }
}

@Suite("Axes of names")
struct CategoryAxisTests {
  private func figure(_ names: [String], width: Figure.Width = .oneColumn) -> Figure {
    let points = names.indices.map { Figure.Point(Double($0 + 1), Double($0 + 2), low: 1, high: 3) }
    let panel = Figure.Panel(
      x: Figure.Axis("layer", categories: names), y: Figure.Axis("bits"),
      series: [Figure.Series("a", points: points), Figure.Series("b", points: points)])
    return Figure(name: "f", title: "", panels: [panel, panel], width: width, panelsPerRow: 1)
  }

  @Test("names stand level where they fit, upright where they do not, and inside the figure")
  func upright() {
    let few = FigureLayout(figure(["conv1", "conv2", "fc1", "fc2"]))
    #expect(few.panels.allSatisfy { !$0.hasUprightTics })
    // The panel above leaves the names to the one below.
    #expect(few.panels[0].x.tics.map { $0.label } == ["", "", "", ""])
    #expect(few.panels[1].x.tics.map { $0.label } == ["conv1", "conv2", "fc1", "fc2"])
    #expect(few.panels[0].x.lower == 0.5 && few.panels[0].x.upper == 4.5)
    let names = (1...20).map { "block\($0).convolution" }
    let many = FigureLayout(figure(names))
    #expect(many.panels.allSatisfy { $0.hasUprightTics && $0.x.tics.count == 20 })
    #expect(many.panels[1].x.tics.map { $0.label } == names)
    #expect(many.panels[1].bottom >= FigureLayout.textWidth("block20.convolution"))
    #expect(many.height > few.height)
    // More than fit even so lose every second name, and keep the tic.
    let crowded = FigureLayout(figure((1...40).map { "layer\($0)" })).panels[1]
    #expect(crowded.x.tics.count == 20 && crowded.x.minorTics.count == 20)
  }

  @Test("panels on each other are flush, and the key shows markers without lines")
  func stacked() {
    let layout = FigureLayout(figure(["conv1", "fc1"]))
    #expect(layout.panels[0].left == layout.panels[1].left)
    #expect(layout.panels[0].bottom > layout.panels[1].top)
    #expect(layout.key.map { $0.text } == ["a", "b"])
    #expect(layout.key.allSatisfy { !$0.hasLine })
    let script = FigureScript(figure(["conv1", "fc1"])).script
    #expect(!script.contains("with lines") && script.contains("with points"))
    #expect(script.contains("set xtics (words[4] 1, words[5] 2)"), "\(script)")
  }
}
