// The report of the bench of files: what networks take as containers, beside other coders of the
// same weights and beside what others published; and every bar with what it was measured against.

public import Experiments
public import Foundation
import Files
import Reproducibility
import SwiftCSV

extension Report {
  /// Writes `bench/files.md` and its figure below the results.
  ///
  /// - Parameter published: `papers/published-files.csv`, sizes of files that others published; nil
  ///   for none.
  /// - Returns: the report.
  /// - Throws: `ReportError` if a file cannot be read or written, or gnuplot fails.
  public func writeFileSizes(
    of bench: FileBenchReport, published: URL?
  ) throws(ReportError) -> URL {
    let folder = store.root.appending(path: FileBenchReport.path).deletingLastPathComponent()
    let figure = Figure(fileSizes: bench)
    if !renderer.isCurrent(figure, in: folder) { try renderer.render(figure, into: folder) }
    let literature = try published.map { url throws(ReportError) in
      try Table(publishedFiles: url)
    }
    let parts = [
      "# Files\n\nWritten by `parsimony report` from `files.json`, which `parsimony bench files --store` measures.",
      "![\(figure.caption)](\(figure.name).png)", figure.caption,
      Table(files: bench).markdown, Table(integers: bench).markdown, Table(speeds: bench).markdown,
      Table(bars: bench).markdown, literature?.markdown ?? "",
      "Measured on \(bench.environment.processor); peers: "
        + (bench.peers.isEmpty ? "none" : bench.peers.joined(separator: ", ")) + ".",
    ]
    let text = parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    let url = folder.appending(path: "files.md")
    try FigureRenderer.put(Data(text.utf8), at: url)
    return url
  }
}

extension FileBenchReport {
  /// The rows by group, in their order.
  fileprivate var groups: [(name: String, rows: [FileBenchRow])] {
    var result: [(name: String, rows: [FileBenchRow])] = []
    for row in rows {
      if let index = result.firstIndex(where: { $0.name == row.group }) {
        result[index].rows.append(row)
      } else {
        result.append((row.group, [row]))
      }
    }
    return result
  }
}

extension [FileBenchRow] {
  /// The mean of a quantity over the rows; nil if one lacks it.
  fileprivate func mean(_ value: (FileBenchRow) -> Double?) -> Double? {
    let values = compactMap(value)
    return values.count == count && !isEmpty ? values.reduce(0, +) / Double(count) : nil
  }
}

extension Table {
  /// Whole files.
  fileprivate init(files bench: FileBenchReport) {
    self.init(
      name: "files", title: "Whole files, in bytes",
      columns: [
        Column("network"), .number("float32"), .number("stored so far"), .number("exact"),
        .number("thinned"), .number("side values in half precision"), .number("of it header"),
        .number("ratio"), .number("accuracy", unit: "%"), .number("half", unit: "%"),
        .number("largest difference"), .number("other predictions"),
      ],
      notes: [
        """
        *exact* gives every value back bit for bit, which is checked; *thinned* leaves out units that cannot matter. The next \
        column also rounds biases, scales, shifts and codebooks to half precision: a scheme of its own, whose accuracy stands \
        under *half*. Files hold graph, names, metadata and checksums. Ratio: float32 over thinned. Differences and predictions \
        are those of the thinned file on all test images.
        """
      ])
    for (index, row) in bench.rows.enumerated() {
      let startsGroup = index > 0 && bench.rows[index - 1].group != row.group
      append(
        [
          .text(row.subject), .number(Double(row.denseBytes), digits: 0),
          row.storedBytes.map { .number(Double($0), digits: 0) } ?? .missing,
          .number(Double(row.exactBytes), digits: 0), .number(Double(row.thinnedBytes), digits: 0),
          .number(Double(row.halfBytes), digits: 0), .number(Double(row.headerBytes), digits: 0),
          .number(Double(row.denseBytes) / Double(row.thinnedBytes), digits: 1),
          row.accuracy.map { .number($0, digits: 2) } ?? .missing,
          row.halfAccuracy.map { .number($0, digits: 2) } ?? .missing,
          .text(String(format: "%.0e", row.largestDifference)),
          .number(Double(row.otherPredictions), digits: 0),
        ], startsGroup: startsGroup)
    }
  }

  /// The coders, in the order of the columns.
  private static var coders: [(key: String, heading: String)] {
    [
      ("container", "container"), ("entropy", "entropy"), ("nncodec", "NNCodec"),
      ("huffman", "relative index + Huffman"), ("bitmap", "bitmap + values"),
      ("rows", "compressed rows"), ("bzip2", "bzip2 −9"), ("xz", "xz −9e"), ("zstd", "zstd −19"),
      ("gzip", "gzip −9"),
    ]
  }

  /// The same integers in every coder.
  fileprivate init(integers bench: FileBenchReport) {
    self.init(
      name: "file-integers",
      title: "The weights alone, as the same integers in every coder, in bytes",
      columns: [Column("network"), .number("weights")] + Self.coders.map { .number($0.heading) },
      notes: [
        """
        A weight is the index of its level, 0 for none; codebooks and side values are in no column. *entropy*: mask and values by \
        their frequencies in each tensor. Programs for bytes get a byte a weight. NNCodec: its coder of integers without any \
        header, for every tensor the best of its ten options. Of relative indices the width of distances that is best for each tensor.
        """
      ])
    for (index, row) in bench.rows.enumerated() {
      append(
        [.text(row.subject), .number(Double(row.weightCount), digits: 0)]
          + Self.coders.map { coder in
            row.integerBytes[coder.key].map { .number(Double($0), digits: 0) } ?? .missing
          }, startsGroup: index > 0 && bench.rows[index - 1].group != row.group)
    }
  }

  /// Speeds beside NNCodec's.
  fileprivate init(speeds bench: FileBenchReport) {
    self.init(
      name: "file-speeds", title: "Million weights a second, one thread, processor time",
      columns: [
        Column("network"), .number("encoding"), .number("NNCodec"), .number("ratio"),
        .number("decoding"), .number("NNCodec"), .number("ratio"),
      ])
    for (name, rows) in bench.groups {
      var cells: [Cell] = [.text(name)]
      for direction in ["encode", "decode"] {
        let own = rows.mean { $0.speeds["container-\(direction)"] }
        let peer = rows.mean { $0.speeds["nncodec-\(direction)"] }
        cells.append(own.map { .number($0, digits: 1) } ?? .missing)
        cells.append(peer.map { .number($0, digits: 1) } ?? .missing)
        if let own, let peer {
          cells.append(.number(own / peer, digits: 2))
        } else {
          cells.append(.missing)
        }
      }
      append(cells)
    }
  }

  /// What others published, from a file of their numbers.
  fileprivate init(publishedFiles url: URL) throws(ReportError) {
    let file: CSV<Named>
    do {
      file = try CSV<Named>(string: String(contentsOf: url, encoding: .utf8))
    } catch {
      throw .file(path: url.path, problem: "it is not a table of published files: \(error)")
    }
    self.init(
      name: "file-published", title: "Published sizes of files",
      columns: [
        Column("network"), Column("method"), .number("ratio"), Column("what is counted"),
        Column("evidence"),
      ])
    for (index, row) in file.rows.enumerated() {
      guard let ratio = row["ratio"].flatMap({ Double($0) }), ratio.isFinite,
        let network = row["network"],
        let method = row["method"], let rule = row["rule"], let evidence = row["evidence"],
        let source = row["source"]
      else {
        throw .file(
          path: url.path,
          problem: "line \(index + 2): expected network, method, ratio, rule, evidence and source")
      }
      append([
        .text(network), .text(method), .number(ratio, digits: 0), .text(rule),
        .text("\(evidence): \(source)"),
      ])
    }
  }
}

// MARK: - Bars

/// A bar that was set before anything was measured.
private struct Bar {
  var what: String
  var allowed: String
  var reached: String
  var isMet: Bool

  /// A bar that all rows must meet; the worst of them is shown.
  init?(
    _ what: String, _ rows: [FileBenchRow], atMost limit: Double, digits: Int = 0,
    unit: String = "", _ value: (FileBenchRow) -> Double?
  ) {
    guard let worst = rows.compactMap(value).max() else { return nil }
    self.what = what
    allowed = "≤ \(NumberText.fixed(limit, digits: digits))\(unit)"
    reached = "\(NumberText.fixed(worst, digits: digits))\(unit)"
    isMet = worst <= limit
  }

  /// A bar that all rows must meet; the worst of them is shown.
  init?(
    _ what: String, _ rows: [FileBenchRow], atLeast limit: Double, digits: Int = 0,
    unit: String = "", _ value: (FileBenchRow) -> Double?
  ) {
    guard let worst = rows.compactMap(value).min() else { return nil }
    self.what = what
    allowed = "≥ \(NumberText.fixed(limit, digits: digits))\(unit)"
    reached = "\(NumberText.fixed(worst, digits: digits))\(unit)"
    isMet = worst >= limit
  }
}

extension Table {
  /// The bars, each with the worst row it speaks of.
  fileprivate init(bars bench: FileBenchReport) {
    self.init(
      name: "file-bars", title: "Bars, each with the worst of the rows that it speaks of",
      columns: [Column("what"), Column("rows"), .number("bar"), .number("worst"), Column("met")])
    func saved(against coder: String) -> (FileBenchRow) -> Double? {
      { row in
        guard let own = row.integerBytes["container"], let other = row.integerBytes[coder] else {
          return nil
        }
        return 100 * (1 - Double(own) / Double(other))
      }
    }
    for (name, rows) in bench.groups {
      var bars: [Bar?] = []
      if name.hasPrefix("LeNet-5") {
        bars += [
          Bar("bytes, exact", rows, atMost: 5000) { Double($0.exactBytes) },
          Bar("bytes, thinned", rows, atMost: 3300) { Double($0.thinnedBytes) },
          Bar("bytes, side values in half precision", rows, atMost: 2800) { Double($0.halfBytes) },
        ]
      }
      bars.append(
        Bar("other predictions, thinned", rows, atMost: 0) { Double($0.otherPredictions) })
      bars.append(
        Bar(
          "smaller than entropy", rows, atLeast: 0, digits: 1, unit: " %", saved(against: "entropy")
        ))
      if name.hasPrefix("LeNet") {
        bars.append(
          Bar(
            "smaller than bzip2 −9", rows, atLeast: 25, digits: 1, unit: " %",
            saved(against: "bzip2")))
      }
      bars.append(
        Bar(
          "smaller than NNCodec", rows, atLeast: 10, digits: 1, unit: " %",
          saved(against: "nncodec")))
      bars.append(
        Bar("million weights a second, decoding", rows, atLeast: 20, digits: 1) {
          $0.speeds["container-decode"]
        })
      bars.append(
        Bar("million weights a second, encoding", rows, atLeast: 10, digits: 1) {
          $0.speeds["container-encode"]
        })
      for (index, bar) in bars.compactMap({ $0 }).enumerated() {
        append(
          [
            .text(bar.what), .text(name), .text(bar.allowed), .text(bar.reached),
            .text(bar.isMet ? "met" : "not met"),
          ], startsGroup: index == 0 && !self.rows.isEmpty)
      }
    }
  }
}

extension Figure {
  /// How many times smaller than float32 each network's weights are, by coder.
  fileprivate init(fileSizes bench: FileBenchReport) {
    let groups = bench.groups
    func series(_ label: String, _ key: String) -> Series {
      Series(
        label,
        points: groups.enumerated().map { index, group in
          let ratios = group.rows.compactMap { row in
            row.integerBytes[key].map { 4 * Double(row.weightCount) / Double($0) }
          }
          let mean = ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
          return Point(
            Double(index + 1), mean, low: ratios.min(), high: ratios.max(), count: ratios.count)
        })
    }
    self.init(
      name: "files", title: "Weights by coder",
      caption: """
        How many times smaller than float32 the weights of pruned and quantized networks are, as the same integers in every coder; \
        means over the networks of a group, bars from the smallest to the largest.
        """,
      panels: [
        Panel(
          x: Axis("", categories: groups.map { $0.name }),
          y: Axis("float32 bytes over coded bytes", isLogarithmic: true),
          series: [
            series("container", "container"), series("NNCodec", "nncodec"),
            series("entropy", "entropy"), series("bzip2 −9", "bzip2"),
            series("relative index + Huffman", "huffman"), series("bitmap + values", "bitmap"),
          ])
      ], width: .twoColumns)
  }
}
