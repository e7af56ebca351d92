// The README's table of speeds and the figure of costs, from what the bench has stored.

public import Experiments
public import Foundation
import Reproducibility

extension Report {
  /// The line above the table of speeds.
  static let performanceStart =
    "<!-- The table below is written by `parsimony report` from results/bench/bench.json. -->"

  /// Writes the table of speeds into a file between two comments, and the figure of costs beside what the bench has stored.
  ///
  /// - Returns: whether something is stored, and the file is there and has the comments.
  /// - Throws: `ReportError` if a file cannot be read or written, or gnuplot fails.
  public func writePerformance(
    of bench: BenchReport, into file: URL
  ) throws(ReportError) -> Bool {
    let folder = store.root.appending(path: BenchReport.path).deletingLastPathComponent()
    var figures: [Figure] = []
    if !bench.costs.isEmpty { figures.append(Figure(costs: bench)) }
    if let scaling = bench.scaling { figures.append(Figure(scaling: scaling)) }
    for figure in figures where !renderer.isCurrent(figure, in: folder) {
      try renderer.render(figure, into: folder)
    }
    let text = Table(speeds: bench).markdown + "\n" + bench.conditions + "\n"
    return try replace(in: file, between: Self.performanceStart, with: text)
  }
}

extension BenchReport {
  /// On which machine and how it was measured, and the memory, in one paragraph.
  fileprivate var conditions: String {
    let memory = memory.map { row in
      let peer = row.peerMebibytes.map { String(format: ", PyTorch %.0f MiB", $0) } ?? ""
      return "\(row.network) \(String(format: "%.0f", row.mebibytes)) MiB\(peer)"
    }
    let peaks =
      memory.isEmpty
      ? "" : " Peak memory of training steps at the same batch: \(memory.joined(separator: "; "))."
    let kernels = environment.instructionSet.map { ", our kernels compiled for \($0)" } ?? ""
    let peer = peerName.map {
      " \($0) is the fastest of its variants, each alone in its process and measured in turn with ours."
    }
    return """
      Measured on \(environment.processor), \(environment.processorCount) processors, \(environment.system)\(kernels), \
      \(String(format: "%g", secondsEach)) s for each number; a training step is forward, backward and update, inference of \
      networks with folded normalisations, on both sides.\(peer ?? " PyTorch was not there.")\(peaks)
      """
  }

  /// `PyTorch 2.13.0`, without the variant behind it; nil where it was not measured.
  private var peerName: String? {
    rows.lazy.filter { $0.peer.hasPrefix("PyTorch ") && $0.peerRate != nil }
      .compactMap { $0.peer.components(separatedBy: " (").first }.first
  }
}

extension Table {
  /// Training steps and inference beside PyTorch, a line for each network and number of threads.
  fileprivate init(speeds bench: BenchReport) {
    self.init(
      name: "speeds", title: "",
      columns: [
        Column("network"), .number("threads"), .number("training step"), .number("PyTorch"),
        .number("ratio"), .number("inference"), .number("PyTorch"), .number("ratio"),
        Column("unit"),
      ])
    func parts(_ row: BenchRow) -> [String] { row.what.components(separatedBy: ", ") }
    for training in bench.rows where parts(training).last == "training step" {
      let subject = parts(training).dropLast().joined(separator: ", ")
      let inference = bench.rows.first {
        $0.what == "\(subject), inference" && $0.threads == training.threads
      }
      func cells(_ row: BenchRow?) -> [Cell] {
        guard let row else { return [.missing, .missing, .missing] }
        return [
          .number(row.rate, digits: 0), row.peerRate.map { .number($0, digits: 0) } ?? .missing,
          row.ratio.map { .number($0, digits: 2) } ?? .missing,
        ]
      }
      append(
        [.text(subject), .text("\(training.threads)")] + cells(training) + cells(inference)
          + [.text(training.unit)])
    }
  }
}

extension Figure {
  /// Seconds of planning, submitting and asking by the number of runs.
  fileprivate init(scaling: [BenchScaling]) {
    func series(_ name: String, _ seconds: (BenchScaling) -> Double) -> Series {
      Series(
        name,
        points: scaling.sorted { $0.runCount < $1.runCount }
          .map { Point(Double($0.runCount) / 1000, seconds($0)) })
    }
    self.init(
      name: "scaling", title: "Plans of many runs",
      caption: """
        Time to plan runs, to submit them and to ask where they stand, by their number; nothing is trained, and the scheduler's \
        own time is left out.
        """,
      panels: [
        Panel(
          x: Axis("runs in thousands", lower: 0), y: Axis("time", unit: "s", lower: 0),
          series: [
            series("plan") { $0.planSeconds }, series("submit") { $0.submitSeconds },
            series("status") { $0.statusSeconds },
          ])
      ])
  }

  /// Seconds of a training step by batch and by depth, each with the line through the origin that fits best.
  fileprivate init(costs bench: BenchReport) {
    let depth = bench.costs.map { $0.depth }.min() ?? 0
    let byBatch = bench.costs.filter { $0.depth == depth }
    let batch = byBatch.map { $0.batch }.filter { batch in
      bench.costs.contains { $0.batch == batch && $0.depth != depth }
    }.first
    func panel(_ label: String, _ costs: [BenchCost], by size: (BenchCost) -> Int) -> Panel {
      let points = costs.map { (x: Double(size($0)), y: 1000 * $0.seconds) }.sorted { $0.x < $1.x }
      let slope =
        points.reduce(0) { $0 + $1.x * $1.y } / max(1e-12, points.reduce(0) { $0 + $1.x * $1.x })
      return Panel(
        x: Axis(label, lower: 0), y: Axis("training step", unit: "ms", lower: 0),
        series: [
          Series(
            "proportional", points: ([0] + points.map { $0.x }).map { Point($0, slope * $0) },
            role: .front),
          Series("measured", points: points.map { Point($0.x, $0.y) }),
        ])
    }
    self.init(
      name: "cost", title: "Cost of a training step",
      caption: """
        Time of a whole training step of residual networks by batch and by depth; the grey line goes through the origin.
        """,
      panels: [
        panel("images in a batch, ResNet-\(depth)", byBatch) { $0.batch },
        panel(
          "layers, batch of \(batch ?? 0)", bench.costs.filter { $0.batch == batch }
        ) { $0.depth },
      ])
  }
}
