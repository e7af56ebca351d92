// parsimony bench files: what networks take as containers, beside every other way of storing the
// same weights.

import ArgumentParser
import Experiments
import Foundation
import Kernels

struct BenchFilesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "files",
    abstract:
      "Sizes and speeds of containers of stored networks, against NNCodec, bzip2, xz, zstd and others.",
    discussion: """
      NNCodec, zstandard and numpy are looked for in the python that PARSIMONY_PYTHON names; what is not there has no column. \
      ‘parsimony report’ writes bench/files.md and its figure from what --store keeps.
      """)

  @Option(help: ArgumentHelp("Folder with the stored networks.", valueName: "folder"))
  var results = "results"

  @Option(
    help: ArgumentHelp(
      "ResNet-20 for CIFAR-10 that others trained, as safetensors; its rows need it.",
      valueName: "file"))
  var pretrained: String?

  @Option(help: ArgumentHelp("The peers, for the same python.", valueName: "file"))
  var peer = "Tests/Benchmarks/file_sizes.py"

  @Option(help: "Seconds spent on each speed.") var seconds = 1.0

  @Option(help: "Threads of the evaluations on test images; coders have one.") var threads = 2

  @Option(help: ArgumentHelp("Keeps the numbers below a folder of results.", valueName: "folder"))
  var store: String?

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be in (0, 600]")
    }
    guard (1...64).contains(threads) else {
      throw ValidationError("--threads \(threads): expected 1 to 64")
    }
  }

  func run() throws {
    let bench = FileBench(
      store: RecordStore(root: URL(fileURLWithPath: results)), cache: workplace.networks,
      catalog: workplace.catalog, pretrained: pretrained.map { URL(fileURLWithPath: $0) },
      peerScript: URL(fileURLWithPath: peer),
      python: ProcessInfo.processInfo.environment["PARSIMONY_PYTHON"] ?? "python3",
      seconds: seconds, workers: Workers(threadCount: threads))
    let report = try bench.run { row in complain("measured \(row.subject)") }
    let coders = ["container", "entropy", "nncodec", "huffman", "bitmap", "rows", "bzip2", "xz"]
    print(
      TextTable.render(
        [["network", "exact", "thinned", "half"] + coders.map { "weights, \($0)" }]
          + report.rows.map { row in
            [row.subject, "\(row.exactBytes)", "\(row.thinnedBytes)", "\(row.halfBytes)"]
              + coders.map { row.integerBytes[$0].map { "\($0)" } ?? "–" }
          }))
    guard let store else { return }
    print(Library.shortPath(try report.store(in: URL(fileURLWithPath: store))))
  }
}
