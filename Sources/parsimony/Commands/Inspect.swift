// parsimony inspect: what is in a record, a container, a safetensors file, a checkpoint or a network.

import ArgumentParser
import Experiments
import Files
import Foundation
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Training

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What is in a record, a network file or a checkpoint; --network: a summary table.")

  @Argument(help: "A run's folder, a record.json, a container or a safetensors file (.gz too).")
  var file: String?

  @Option(help: "A network, as a spec names it: lenet5-caffe, or '{resnet20: {shortcuts: B}}'.")
  var network: String?

  @Option(help: "The network's input: height,width,channels; usually that of its paper.")
  var input: String?

  @Option(help: "The network's classes, or words; usually those of its paper.") var classes: Int?

  func validate() throws {
    guard (file == nil) != (network == nil) else {
      throw ValidationError("give either a file or --network NAME")
    }
    guard network != nil || (input == nil && classes == nil) else {
      throw ValidationError("--input and --classes go with --network")
    }
  }

  func run() throws {
    if let network { return try summarize(network) }
    guard let file else { return }
    var isFolder: ObjCBool = false  // Foundation asks for a pointer
    guard unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
      throw ValidationError("\(file): no such file or folder")
    }
    let url = URL(fileURLWithPath: file)
    if isFolder.boolValue { return try showRecord(url, path: file) }
    if url.lastPathComponent == "record.json" {
      return try showRecord(url.deletingLastPathComponent(), path: file)
    }
    if try isContainer(url) { return try showContainer(url) }
    try showTensors(url)
  }

  private func showContainer(_ url: URL) throws {
    let data = try FileContents.read(url)
    var reader = try ContainerReader(data: data, path: url.path)
    let mode = reader.mode == .exact ? "exact: every value" : "thinned: the same outputs up to 1e-4"
    print("a container, \(data.count) bytes, \(mode)")
    for key in reader.about.keys.sorted() { print("\(key): \(reader.about[key] ?? "")") }
    var rows = [["tensor", "shape", "non-zeros", "different values", "blocks"]]
    var network = reader.network
    network.parameters = []
    while let (name, tensor, cut) = try reader.next() {
      let values = Set(tensor.elements.lazy.filter { $0 != 0 }.map { $0.bitPattern })
      rows.append([
        name.text, "\(tensor.shape)", "\(tensor.nonzeroCount)", "\(values.count)",
        cut.map { "\($0.sizes.map { "\($0)" }.joined(separator: "×")), \($0.order)" } ?? "–",
      ])
      network.parameters.append(tensor)
    }
    print(TextTable.render(rows))
    let count = network.information.reduce(0) { $0 + $1.shape.elementCount }
    let used = network.costs.reduce(0) { $0 + $1.multiplyAccumulates }
    print(
      "header \(reader.headerByteCount) bytes; \(count) numbers, \(4 * count) bytes in float32, "
        + String(format: "%.1f times the file", Double(4 * count) / Double(data.count)))
    print(
      "input \(network.inputShape), output \(network.outputShape); multiply–accumulates "
        + "\(network.denseMultiplyAccumulates) dense, \(used) with zeros skipped")
    print(
      TextTable.render(
        [["layer", "kind", "output"]]
          + network.costs.map { [$0.name, $0.kind, "\($0.outputShape)"] }))
  }

  private func showRecord(_ folder: URL, path: String) throws {
    guard let run = try RecordStore.load(folder) else {
      throw ValidationError("\(path): there is no record.json in this folder")
    }
    let record = run.record
    print("run       \(record.name), \(record.status.rawValue), schema \(record.schema)")
    print("method    \(record.identity.run.methodName)")
    print("data set  \(record.identity.run.datasetName)")
    if let parent = record.identity.parent { print("parent    \(parent)-s\(record.seed)") }
    if let attempt = run.attempt {
      print(
        "computed  on \(attempt.environment.processor), \(Int(attempt.processorSeconds)) CPU-seconds"
      )
    }
    var rows = [["metric", "value", "unit"]]
    for metric in Metric.all {
      guard let value = record.metrics[metric.name] else { continue }
      rows.append([metric.name, String(format: "%.\(metric.digits)f", value), metric.unit])
    }
    print(TextTable.render(rows))
    if let search = record.search { show(search) }
    if record.layers.isEmpty { return }
    var layers = [["parameter", "shape", "non-zeros", "bits per value", "positions"]]
    for row in record.layers {
      layers.append([
        row.name.text, "\(row.shape)", "\(row.nonzeros)", "\(row.bitsPerValue)",
        row.isSparse ? "stored" : "–",
      ])
    }
    print(TextTable.render(layers))
  }

  private func show(_ search: SearchReport) {
    let level = String(format: "%.4f", search.level)
    print(
      "search    \(search.outcome.rawValue); validation accuracy of at least \(level) is feasible")
    var rows = [["stage", "sparsity", "value", "feasible", "run"]]
    for sample in search.samples {
      rows.append([
        sample.stage.rawValue, String(format: "%.4f", sample.sparsity),
        sample.value.map { String(format: "%.6g", $0) } ?? "diverged",
        sample.isFeasible.map { $0 ? "yes" : "no" } ?? "–", sample.run ?? "measured",
      ])
    }
    print(TextTable.render(rows))
  }

  private func showTensors(_ url: URL) throws {
    let file: SafetensorsFile
    if let data = try? Data(contentsOf: url),
      let checkpoint = CheckpointFile.unsealed(data, path: url.path)
    {
      print("a checkpoint, whole")
      file = checkpoint
    } else {
      do {
        file = try SafetensorsFile(contentsOf: url)
      } catch {
        complain("\(error)")
        complain("expected a run's folder, a record.json, a safetensors file or a whole checkpoint")
        throw ExitCode(1)
      }
    }
    for key in file.metadata.keys.sorted() {
      let value = file.metadata[key] ?? ""
      print("\(key): \(value.prefix(300))\(value.count > 300 ? "…" : "")")
    }
    var rows = [["tensor", "type", "shape", "bytes", "non-zeros"]]
    for tensor in file.tensors {
      let values = try? file.tensor(named: ParameterName(tensor.name))
      rows.append([
        tensor.name, "\(tensor.type)", "\(tensor.shape)", "\(tensor.bytes.count)",
        values.map { "\($0.nonzeroCount)" } ?? "–",
      ])
    }
    print(TextTable.render(rows))
  }

  private func summarize(_ text: String) throws {
    let choice = try NetworkChoice(option: text)
    let recipe = choice.recipe
    var shape = Swift.type(of: recipe).usualInput
    if let input {
      let sizes = input.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      guard sizes.count == shape.rank, sizes.allSatisfy({ $0 > 0 }) else {
        let expected = shape.rank == 3 ? "height,width,channels" : "one number"
        throw ValidationError("--input \(input): expected \(expected)")
      }
      shape = Shape(sizes)
    }
    let classes = classes ?? Swift.type(of: recipe).usualClasses
    guard classes > 0 else { throw ValidationError("--classes \(classes): expected 1 or more") }
    let network = try choice.build(inputShape: shape, classes: classes, seed: nil)
    guard !network.layers.isEmpty else { throw NetworkError.empty }
    var rows = [["layer", "kind", "output", "parameters", "multiply–accumulates"]]
    for cost in network.costs {
      rows.append([
        cost.name, cost.kind, "\(cost.outputShape)", "\(cost.parameterCount)",
        "\(cost.denseMultiplyAccumulates)",
      ])
    }
    let operations = network.costs.reduce(0) { $0 + $1.denseMultiplyAccumulates }
    rows.append(["total", "", "", "\(network.parameterCount)", "\(operations)"])
    print(TextTable.render(rows))
  }
}
