// The README's table of speeds and the figure of costs say what the bench has stored, and nothing else.

import Experiments
import Foundation
import Reporting
import TestSupport
import Testing

private let stored = """
  { "environment": { "blasCore": "Haswell", "host": "h", "memoryMebibytes": 1000, "processor": "A Processor",
      "processorCount": 2, "system": "Some Linux",
      "instructionSet": "AVX-512" },
    "secondsEach": 3,
    "rows": [
      { "what": "product 1×2·2×3", "threads": 1, "rate": 9, "unit": "GFLOP/s", "peer": "OpenBLAS", "peerRate": 9 },
      { "what": "resnet20, training step", "threads": 2, "rate": 700, "unit": "images/s", "peer": "PyTorch 2.13.0 (contiguous fused)", "peerRate": 280 },
      { "what": "resnet20, inference", "threads": 2, "rate": 3000, "unit": "images/s", "peer": "PyTorch 2.13.0 (contiguous plain)", "peerRate": 1500 },
      { "what": "lstm-200, training step", "threads": 2, "rate": 11000.4, "unit": "words/s", "peer": "none" },
      { "what": "lstm-200, inference", "threads": 2, "rate": 40000, "unit": "words/s", "peer": "none" },
      { "what": "lenet5-caffe, tied step, 4×4 blocks", "threads": 2, "rate": 1, "unit": "updates/s", "peer": "untied", "peerRate": 1 }
    ],
    "costs": [
      { "network": "resnet20", "depth": 20, "batch": 32, "threads": 2, "seconds": 0.05 },
      { "network": "resnet20", "depth": 20, "batch": 64, "threads": 2, "seconds": 0.1 },
      { "network": "resnet56", "depth": 56, "batch": 64, "threads": 2, "seconds": 0.28 }
    ],
    "memory": [ { "network": "resnet20", "batch": 128, "mebibytes": 301.2, "peerMebibytes": 600 } ] }
  """

@Suite("Stored speeds") struct PerformanceTests {
  @Test("a line for each network, the ratios, the machine and the memory; a missing peer is a dash")
  func table() throws {
    try withTemporaryFolder { folder throws in
      #expect(try BenchReport.load(from: folder) == nil, "nothing is stored")
      let file = folder.appending(path: BenchReport.path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(stored.utf8).write(to: file)
      let bench = try #require(try BenchReport.load(from: folder))
      #expect(try bench.store(in: folder) == file)
      #expect(try BenchReport.load(from: folder) == bench)

      let report = Report(store: RecordStore(root: folder))
      let readme = folder.appending(path: "README.md")
      let start =
        "<!-- The table below is written by `parsimony report` from results/bench/bench.json. -->"
      let end = "<!-- End of the table. -->"
      try Data("# Title\n\(start)\nstale line\n\(end)\nMore.\n".utf8).write(to: readme)
      #expect(try report.writePerformance(of: bench, into: readme))
      let written = try String(contentsOf: readme, encoding: .utf8)
      let lines = written.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
        line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      #expect(lines.count == 4, "a heading, a rule and two networks; no products, no tied steps")
      #expect(
        lines[2]
          == ["resnet20", "2", "700", "280", "2.50", "3000", "1500", "2.00", "images/s"])
      #expect(lines[3] == ["lstm-200", "2", "11,000", "–", "–", "40,000", "–", "–", "words/s"])
      for words in [
        "A Processor", "Some Linux, our kernels compiled for AVX-512", "3 s",
        "PyTorch 2.13.0 is the fastest", "resnet20 301 MiB, PyTorch 600 MiB",
      ] {
        #expect(written.contains(words), "\(words)")
      }
      #expect(!written.contains("stale line") && written.hasSuffix("\(end)\nMore.\n"))
      for type in FigureRenderer.extensions {
        #expect(
          FileManager.default.fileExists(
            atPath: file.deletingLastPathComponent().appending(path: "cost.\(type)").path))
      }
      let data = try String(
        contentsOf: file.deletingLastPathComponent().appending(path: "cost.dat"), encoding: .utf8)
      #expect(data.contains("280"), "milliseconds of the deepest network")
    }
  }

  @Test("a file that is no report of the bench is named")
  func damaged() throws {
    try withTemporaryFolder { folder throws in
      let file = folder.appending(path: BenchReport.path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: file)
      let error = #expect(throws: StoreError.self) { try BenchReport.load(from: folder) }
      #expect(error?.description.contains(file.path) == true)
    }
  }
}
