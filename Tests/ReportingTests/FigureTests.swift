// Scales, layout and files of figures. Those that run gnuplot check bytes; the looks were judged by eye.

import Files
import Foundation
import Testing

import Reporting

private let ratio = Figure.Axis("payload ratio", unit: "×", isLogarithmic: true)
private let accuracy = Figure.Axis("test accuracy", unit: "%")

private func line(_ label: String, _ points: [(Double, Double)], bar: Double? = nil)
  -> Figure.Series
{
  Figure.Series(
    label,
    points: points.map { x, y in
      Figure.Point(x, y, low: bar.map { y - $0 }, high: bar.map { y + $0 })
    })
}

private func temporaryFolder() -> URL {
  FileManager.default.temporaryDirectory.appending(path: "figure-tests-\(UUID().uuidString)")
}

@Suite("Scales of axes")
struct AxisScaleTests {
  @Test("accuracies never reach above 100 %, and error bars are clipped rather than shown whole")
  func percent() {
    let scale = AxisScale(accuracy, values: [98, 99.9], bars: [60, 140])
    #expect(scale.upper == 100)
    // A quarter of the span of 1.9 points, then 5 % of what is shown.
    #expect(scale.lower > 97 && scale.lower < 98)
    #expect(scale.tics.allSatisfy { $0.value >= scale.lower && $0.value <= 100 })
    #expect(scale.tics.count >= 4)
  }

  @Test("a single point has a range and tics", arguments: [0, 1, -3.5, 1e-9, 99.9, 1e6])
  func single(value: Double) {
    let scale = AxisScale(Figure.Axis("y"), values: [value])
    #expect(scale.lower < value && value < scale.upper)
    #expect(scale.tics.count >= 2)
    #expect(Set(scale.tics.map { $0.label }).count == scale.tics.count)
  }

  @Test("linear tics are round numbers with the digits they need")
  func linear() {
    let scale = AxisScale(Figure.Axis("y"), values: [-0.31, 0.42])
    #expect(scale.tics.map { $0.label } == ["−0.2", "0.0", "0.2", "0.4"])
    let large = AxisScale(Figure.Axis("y"), values: [0, 52_000])
    #expect(large.tics.map { $0.label } == ["0", "10,000", "20,000", "30,000", "40,000", "50,000"])
  }

  @Test("several decades are labelled by powers of ten, with tics between")
  func decades() {
    let scale = AxisScale(ratio, values: [1, 285])
    #expect(scale.tics.map { $0.label } == ["1", "10", "100"])
    #expect(scale.minorTics.contains(50) && scale.minorTics.contains(200))
    #expect(!scale.minorTics.contains(10))
  }

  @Test("one decade is labelled by 1, 2 and 5; less than that by equal steps")
  func oneDecade() {
    #expect(AxisScale(ratio, values: [1, 11]).tics.map { $0.label } == ["1", "2", "5", "10"])
    let narrow = AxisScale(ratio, values: [2.2, 3.9])
    #expect(narrow.tics.count >= 4)
    #expect(AxisScale(ratio, values: [0.001, 0.02]).tics.map { $0.label }.contains("0.01"))
  }

  @Test("small powers of ten are written with their exponent")
  func small() {
    let labels = AxisScale(ratio, values: [2e-7, 1]).tics.map { $0.label }
    #expect(labels == ["1e−6", "0.0001", "0.01", "1"], "\(labels)")
    #expect(
      AxisScale(ratio, values: [2e-6, 1.1e-5]).tics.map { $0.label } == ["2e−6", "5e−6", "1e−5"])
  }

  @Test("a logarithmic scale ignores what it cannot show")
  func positive() throws {
    let scale = AxisScale(ratio, values: [0, -4, 10, 100, .nan])
    #expect(scale.lower > 1 && scale.upper < 1000)
    #expect(scale.fraction(0) == nil)
    #expect(scale.fraction(-1) == nil)
    #expect(scale.fraction(1e6) == nil)
    let middle = try #require(scale.fraction(1000.0.squareRoot()) as Double?)
    #expect(abs(middle - 0.5) < 1e-9)
  }

  @Test("given bounds are kept")
  func bounds() {
    let axis = Figure.Axis("y", unit: "%", lower: 90)
    let scale = AxisScale(axis, values: [10, 99])
    #expect(scale.lower == 90)
    #expect(scale.upper > 99 && scale.upper <= 100)
    #expect(scale.fraction(10) == nil)
  }

  @Test("labels that would touch lose every second one, and keep the tic")
  func thinned() {
    let scale = AxisScale(Figure.Axis("x"), values: [0, 52_000])
    let thin = scale.thinned(length: 5, textWidth: { Double($0.count) * 0.2 })
    #expect(thin.tics.map { $0.label } == ["0", "20,000", "40,000"])
    #expect(thin.minorTics == [10_000, 30_000, 50_000])
    #expect(scale.thinned(length: 50, textWidth: { Double($0.count) * 0.2 }) == scale)
  }
}

@Suite("Layout of figures")
struct FigureLayoutTests {
  let far = Figure.Panel(
    x: ratio, y: accuracy,
    series: [line("a", [(1, 99), (100, 95)]), line("b", [(1, 98), (100, 90)])])
  let close = Figure.Panel(
    x: ratio, y: accuracy,
    series: [
      line("a", [(1, 99), (100, 95)]), line("b", [(1, 80), (100, 95.1)]),
      line("c", [(1, 80), (100, 95.2)]), line("d", [(1, 80), (100, 95.3)]),
    ])

  @Test("lines that end apart at the right are labelled there, without a key")
  func direct() throws {
    let layout = FigureLayout(Figure(name: "f", title: "", panels: [far]))
    #expect(layout.key.isEmpty)
    #expect(layout.panels[0].directLabels.map { $0.text } == ["b", "a"])
    #expect(layout.width == 8.6)
    // Labels fit between the frame and the edge.
    #expect(layout.width - layout.panels[0].right >= FigureLayout.textWidth("a") + 0.12)
  }

  @Test("lines that end together, or early, or below the frame, get a key outside")
  func key() {
    let together = FigureLayout(Figure(name: "f", title: "", panels: [close]))
    #expect(together.key.map { $0.text } == ["a", "b", "c", "d"])
    #expect(together.panels[0].directLabels.isEmpty)
    var early = far
    early.series.append(line("c", [(1, 99)]))
    #expect(!FigureLayout(Figure(name: "f", title: "", panels: [early])).key.isEmpty)
    var below = far
    below.y.lower = 94
    #expect(!FigureLayout(Figure(name: "f", title: "", panels: [below])).key.isEmpty)
  }

  @Test("one key serves all panels, and a name keeps its style")
  func sharedKey() {
    var second = far
    second.series.reverse()
    let figure = Figure(name: "f", title: "", panels: [close, second])
    #expect(figure.labels == ["a", "b", "c", "d"])
    let layout = FigureLayout(figure)
    #expect(layout.key.map { $0.style } == [0, 1, 2, 3])
    #expect(layout.width == 17.6)
    #expect(layout.panels[1].yLabelAt == nil)
    let script = FigureScript(figure).script
    // In the second panel b comes first, but keeps line style 2.
    #expect(script.contains("index 5 using 1:2 with lines ls 2"))
  }

  @Test("a line without points keeps its style, but has no entry in the key")
  func withoutPoints() {
    var panel = close
    panel.series.insert(Figure.Series("not run yet", points: [Figure.Point(1, nil)]), at: 1)
    let layout = FigureLayout(Figure(name: "f", title: "", panels: [panel]))
    #expect(layout.key.map { $0.text } == ["a", "b", "c", "d"])
    #expect(layout.key.map { $0.style } == [0, 2, 3, 4])
  }

  @Test("a key too wide for the figure takes more rows, which stay inside it and above the panels")
  func keyRows() {
    let names = (1...7).map { "a-rather-long-method-name-\($0)" }
    let panel = Figure.Panel(
      x: ratio, y: accuracy, series: names.map { line($0, [(1, 99), (2, 99)]) })
    let layout = FigureLayout(Figure(name: "f", title: "", panels: [panel]))
    #expect(Set(layout.key.map { $0.y }).count > 1)
    for entry in layout.key {
      let end = entry.x + FigureLayout.sampleLength + 0.15 + FigureLayout.textWidth(entry.text)
      #expect(entry.x >= 0 && end <= layout.width)
      #expect(entry.y > layout.panels[0].top && entry.y < layout.height)
    }
  }

  @Test("panels of a wide figure do not overlap")
  func panels() {
    let layout = FigureLayout(Figure(name: "f", title: "", panels: [close, far, close, far, far]))
    #expect(layout.panels.count == 5)
    for (index, first) in layout.panels.enumerated() {
      #expect(first.right > first.left && first.top > first.bottom)
      for second in layout.panels[(index + 1)...] {
        let apart =
          first.right <= second.left || second.right <= first.left || first.bottom >= second.top
          || second.bottom >= first.top
        #expect(apart)
      }
    }
  }
}

@Suite("Files of figures")
struct FigureRendererTests {
  let figure = Figure(
    name: "demo", title: "It's a figure",
    panels: [
      Figure.Panel(
        title: "it's_one {panel}", x: ratio, y: accuracy,
        series: [
          Figure.Series(
            "a_b",
            points: [
              Figure.Point(1, 99.5, low: 99, high: 100.5), Figure.Point(10, nil),
              Figure.Point(100, 90, low: 20, high: 130), Figure.Point(300, 89),
            ]), line("single", [(10, 95)], bar: 0.5), Figure.Series("empty", points: []),
        ]),
      Figure.Panel(title: "nothing", x: ratio, y: accuracy, series: []),
    ])

  @Test("the data file holds true values, blocks per series, and NaN for what is missing")
  func data() {
    let expected = """
      # number, role, text
      1\tkey\ta_b
      2\tkey\tsingle
      3\tx axis\tpayload ratio (×)
      4\tpanel\tit's_one {panel}
      5\ty axis\ttest accuracy (%)
      6\tpanel\tnothing
      7\tblock 1\tit's_one {panel}: a_b
      8\tblock 2\tit's_one {panel}: single


      # x, y, low, high
      1\t99.5\t99\t100.5
      10\tNaN\tNaN\tNaN
      100\t90\t20\t130
      300\t89\tNaN\tNaN


      # x, y, low, high
      10\t95\t94.5\t95.5

      """
    #expect(FigureScript(figure).data == expected)
  }

  @Test(
    "with many points the intervals are a band and some points have markers", arguments: [10, 40])
  func manyPoints(count: Int) {
    let points = (0..<count).map { index in
      Figure.Point(Double(index), 2, low: 1, high: 3)
    }
    let panel = Figure.Panel(
      x: Figure.Axis("x"), y: Figure.Axis("y"), series: [Figure.Series("a", points: points)])
    let script = FigureScript(Figure(name: "f", title: "", panels: [panel])).script
    #expect(script.contains("filledcurves") == (count == 40))
    #expect(script.contains("with vectors") == (count == 10))
    #expect(script.contains("every 4 using 1:2 with points") == (count == 40))
  }

  @Test("five files are written, twice the same bytes, in the sizes of the style")
  func render() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let renderer = FigureRenderer()
    try renderer.render(figure, into: folder)
    func contents() throws -> [String: Data] {
      var result: [String: Data] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        result[name] = try Data(contentsOf: folder.appending(path: name))
      }
      return result
    }
    let first = try contents()
    #expect(first.keys.sorted() == ["demo.dat", "demo.gp", "demo.pdf", "demo.png", "demo.svg"])
    for name in first.keys { try FileManager.default.removeItem(at: folder.appending(path: name)) }
    Thread.sleep(forTimeInterval: 1.1)  // a PDF's date has a resolution of one second
    try renderer.render(figure, into: folder)
    #expect(try contents() == first)

    let picture = try Bitmap(png: try #require(first["demo.png"]))
    #expect(picture.width == 2079)  // 17.6 cm at 300 dpi
    #expect(Set(picture.pixels).count > 50)  // something is drawn, with smooth edges
    let svg = String(decoding: try #require(first["demo.svg"]), as: UTF8.self)
    #expect(svg.contains("Liberation Sans"))
    #expect(svg.contains("not run"))
    #expect(svg.contains("#0072B2") || svg.contains("rgb(  0, 114, 178)"))
    let pdf = String(decoding: try #require(first["demo.pdf"]), as: UTF8.self)
    #expect(pdf.contains("(D:20000101000000"))
  }

  @Test("the script stands alone: run by hand in its folder it writes the pictures again")
  func standsAlone() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try FigureRenderer().render(figure, into: folder)
    let picture = folder.appending(path: "demo.png")
    let first = try Data(contentsOf: picture)
    try FileManager.default.removeItem(at: picture)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-d", "demo.gp"]
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try Data(contentsOf: picture) == first)
  }

  @Test("without gnuplot the error names the package, and nothing is written")
  func missingGnuplot() {
    let folder = temporaryFolder()
    let error = #expect(throws: ReportError.self) {
      try FigureRenderer(searchPath: [folder.path]).render(figure, into: folder)
    }
    #expect(error == .gnuplotMissing)
    #expect(error?.description.contains("gnuplot-nox") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test("gnuplot's own words come back in a typed error")
  func failure() {
    let folder = temporaryFolder()
    let error = #expect(throws: ReportError.self) {
      try FigureRenderer().render(name: "bad", script: "plott 3\n", data: "", into: folder)
    }
    guard case .gnuplotFailed(let script, let status, let message) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(script == "bad.gp" && status != 0 && message.contains("invalid command"))
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test("the date of a PDF is replaced at the same length, and nothing else")
  func pdfDate() {
    let source =
      "x /Title (D:1) /CreationDate (D:20261121053000-08'00)\n/ModDate (D:20261121053000Z) /K 7"
    let result = String(
      decoding: FigureRenderer.withoutDate(pdf: Data(source.utf8)), as: UTF8.self)
    #expect(
      result
        == "x /Title (D:1) /CreationDate (D:20000101000000+00'00)\n/ModDate (D:20000101000000Z) /K 7"
    )
  }

  @Test("more lines than colours still look different")
  func styles() {
    let styles = (0..<14).map { FigureStyle.line($0) + FigureStyle.marker($0) }
    #expect(Set(styles).count == 14)
  }
}
