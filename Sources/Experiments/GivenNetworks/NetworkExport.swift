// A network handed on to others: as safetensors with PyTorch's names, as ONNX, or as a folder that
// model hubs take, whose card carries the accuracy with its interval and how it was counted.

public import Datasets
public import Foundation
import Files
import ModelFiles
public import Networks
import Reproducibility
import Statistics
import Tensors

/// A network to be exported, and what is known of it.
public struct NetworkExport: Sendable {
  /// A form that others read.
  public enum Format: String, CaseIterable, Sendable {
    /// One safetensors file.
    case safetensors
    /// One ONNX file.
    case onnx
    /// A folder: config.json, model.safetensors, README.md.
    case hub
  }

  /// The network.
  public var network: Network
  /// What is said of it, by key, as in containers.
  public var about: [String: String]
  /// Its name, for the card.
  public var name: String
  /// Correct answers on test examples, if they are known.
  public var result: (correct: Int, count: Int, dataset: String)?

  /// The network of a run's folder.
  ///
  /// - Throws: `StoreError`, `StoredNetworkError`, or `RunMeasurementError` if nothing is known of
  ///   the run's data.
  public init(run folder: URL, cache: NetworkCache, catalog: DatasetCatalog) throws {
    guard let run = try RecordStore.load(folder) else {
      throw StoreError.unreadable(path: folder.path, problem: "there is no record")
    }
    let record = run.record
    guard let spec = record.identity.run.dataset, let entry = try? catalog.entry(for: spec) else {
      throw RunMeasurementError.unknownDataset(name: record.identity.run.datasetName)
    }
    let shape = entry.imageShape ?? [1]
    network = try run.network(inputShape: shape, cache: cache)
    about = try record.described()
    about["inputs"] = entry.isText ? "words" : spec.normalize.rawValue
    name = "\(record.identity.run.networkName)-\(record.name)"
    // How many test examples there are, the data says; without it the card has no result.
    let text = entry.isText ? try? catalog.loadText(spec.name).text.test.count : nil
    if let accuracy = record.metrics["test-accuracy"],
      let count = try? text ?? catalog.load(spec).test.count
    {
      let used = spec.testLimit > 0 ? min(spec.testLimit, count) : count
      result = (Int((accuracy / 100 * Double(used)).rounded()), used, spec.name)
    }
  }

  /// The network of a file, with its own name for the card.
  ///
  /// - Throws: what `ForeignNetwork.load` throws.
  public init(_ source: ForeignNetwork) throws {
    network = try source.load()
    about =
      source.network == nil
      ? try NetworkContainer(contentsOf: source.file).about
      : ["source": source.file.lastPathComponent]
    name = source.file.deletingPathExtension().lastPathComponent
    result = about["accuracy"].flatMap { Self.result(in: $0) }
  }

  /// What `compress` wrote about a network: `91.73 % of 10000 test examples of cifar10`.
  private static func result(in text: String) -> (correct: Int, count: Int, dataset: String)? {
    guard let match = text.wholeMatch(of: /([0-9.]+) % of ([0-9]+) test examples of (\S+)/),
      let accuracy = Double(match.1), let count = Int(match.2), count > 0
    else { return nil }
    return (Int((accuracy / 100 * Double(count)).rounded()), count, String(match.3))
  }

  /// Folds constants and removes units that cannot matter.
  ///
  /// - Throws: `ThinningError` if a value is not finite.
  public mutating func thin() throws {
    network = try network.foldingConstants().thinned().network
    about["thinned"] = "units that cannot matter are left out; outputs are the same up to 1e-4"
  }

  /// Writes a file, or a folder.
  ///
  /// - Returns: what was written.
  /// - Throws: `FileError`, `ONNXFile.Failure`, or `EncodingError`.
  public func write(as format: Format, to url: URL) throws -> [URL] {
    switch format {
    case .safetensors:
      try DurableFile.replace(safetensors(), at: url)
      return [url]
    case .onnx:
      try DurableFile.replace(ONNXFile.data(of: network, metadata: about), at: url)
      return [url]
    case .hub:
      let files = [
        ("config.json", try configuration()), ("model.safetensors", safetensors()),
        ("README.md", Data(card.utf8)),
      ]
      return try files.map { name, data in
        let file = url.appending(path: name)
        try DurableFile.replace(data, at: file)
        return file
      }
    }
  }

  /// Every parameter in single precision, under PyTorch's names.
  private func safetensors() -> Data {
    let tensors = zip(network.information, network.parameters).map { StoredTensor($0.name, $1) }
    return SafetensorsFile(
      tensors, metadata: about.merging(["format": "pt"]) { own, _ in own }
    ).encoded()
  }

  private func configuration() throws -> Data {
    struct Configuration: Encodable {
      var architectures: [String]
      var input_shape: Shape
      var layers: [LayerChoice]
      var about: [String: String]
    }
    return try CanonicalJSON.encode(
      Configuration(
        architectures: ["Parsimony"], input_shape: network.inputShape,
        layers: network.layers.compactMap { LayerChoice(choosing: $0.layer) }, about: about),
      indented: true)
  }

  // MARK: - The card

  /// README.md, whose front matter holds the results as hubs read them.
  private var card: String {
    var lines = ["---", "library_name: parsimony", "tags: [compression, pruning, quantization]"]
    if let result {
      let accuracy = 100 * Double(result.correct) / Double(result.count)
      lines += [
        "model-index:", "- name: \(Self.quoted(name))", "  results:",
        "  - task: {type: \(network.inputShape.rank == 3 ? "image-classification" : "other")}",
        "    dataset: {name: \(Self.quoted(result.dataset)), type: \(Self.quoted(result.dataset)), split: test}",
        "    metrics:",
        "    - {type: accuracy, name: \(Self.quoted(interval ?? "accuracy")), value: \(String(format: "%.2f", accuracy))}",
      ]
    }
    lines += ["---", "", "# \(name)", ""]
    if let interval { lines += [interval + ".", ""] }
    for key in about.keys.sorted() { lines.append("- \(key): \(about[key] ?? "")") }
    let count = network.information.reduce(0) { $0 + $1.shape.elementCount }
    let zeros = network.parameters.reduce(0) { $0 + $1.count - $1.nonzeroCount }
    lines += [
      "- parameters: \(count), of which \(zeros) are zero", "",
      "`model.safetensors` holds every parameter in float32 under PyTorch's names; the layers stand in `config.json`.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The accuracy with the binomial interval of its test examples, in words.
  private var interval: String? {
    guard let result else { return nil }
    let (low, high) = Self.wilson(correct: result.correct, count: result.count)
    return String(format: "accuracy %.2f %%", 100 * Double(result.correct) / Double(result.count))
      + String(format: " (95 %% interval %.2f to %.2f: binomial, Wilson)", 100 * low, 100 * high)
      + ", \(result.correct) of \(result.count) test examples of \(result.dataset), top-1"
  }

  /// The 95 % interval of a share (Wilson 1927).
  static func wilson(correct: Int, count: Int) -> (low: Double, high: Double) {
    let z = 1.959963984540054
    let (n, p) = (Double(count), Double(correct) / Double(count))
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return (max(0, centre - half), min(1, centre + half))
  }

  /// A text in quotes, as YAML and JSON read it.
  private static func quoted(_ text: String) -> String {
    let data = (try? CanonicalJSON.encode(text)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
