// The bench of files: containers of stored and of pretrained networks beside every other way of
// storing the same weights, with what the files compute checked on test images.

public import Datasets
public import Foundation
import Compression
import Files
import Inference
public import Kernels
import Methods
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Training

/// Measures files.
public struct FileBench: Sendable {
  /// The stored networks: what rows are grouped by, and the runs' folders below the results.
  private static let storedRuns: [(group: String, runs: [String])] = [
    (
      "LeNet-5, 6,975 bits",
      (1...5).map { "joint-sparsity-quantization/lenet5-mnist/paper/ea7026aac160f968-s\($0)" }
    ),
    (
      "LeNet-300-100, 42,592 bits",
      (1...3).map { "joint-sparsity-quantization/lenet300-joint/standard/47d54dd0910be0dc-s\($0)" }
    ),
    (
      "LeNet-300-100, unified 4×4",
      (1...3).map {
        "micro-structured-unification/combined-bits/standard/12f0815fe2d9c35d-s\($0)"
      }
    ),
  ]

  /// Ratios, by the common formula, at which the pretrained network is compressed.
  private static let pretrainedRatios = [16.0, 35]

  /// The stored results.
  public var store: RecordStore
  /// Where networks are that stand not beside their records.
  public var cache: NetworkCache
  /// Where data is looked for.
  public var catalog: DatasetCatalog
  /// A safetensors file of ResNet-20 for CIFAR-10; nil leaves its rows out.
  public var pretrained: URL?
  /// The script of the peers.
  public var peerScript: URL
  /// The program that runs it.
  public var python: String
  /// Seconds for each speed.
  public var seconds: Double
  /// The threads of evaluations; coders have one.
  public var workers: Workers

  public init(
    store: RecordStore, cache: NetworkCache, catalog: DatasetCatalog, pretrained: URL?,
    peerScript: URL, python: String, seconds: Double, workers: Workers
  ) {
    self.store = store
    self.cache = cache
    self.catalog = catalog
    self.pretrained = pretrained
    self.peerScript = peerScript
    self.python = python
    self.seconds = seconds
    self.workers = workers
  }

  /// What one row is made of.
  private struct Subject {
    var name: String
    var group: String
    var network: Network
    var cuts: [ParameterName: TensorCut] = [:]
    var about: [String: String]
    var storedBytes: Int?
    var test: Examples?
  }

  /// Measures all networks.
  ///
  /// - Parameter report: called with every row as soon as it is known.
  /// - Throws: the errors of records, data, networks and schemes.
  public func run(report: (FileBenchRow) -> Void) throws -> FileBenchReport {
    let peer = PeerProcess(peerScript, [], python: python)
    defer { peer.end() }
    struct Greeting: Decodable { var peers: [String] }
    let peers = peer.answer(Greeting.self).value?.peers ?? []
    var rows: [FileBenchRow] = []
    for subject in try storedSubjects() + pretrainedSubjects() {
      let row = try measure(subject, peer: peer)
      rows.append(row)
      report(row)
    }
    return FileBenchReport(environment: .current(), peers: peers, rows: rows)
  }

  // MARK: - Subjects

  private func storedSubjects() throws -> [Subject] {
    var result: [Subject] = []
    for (group, runs) in Self.storedRuns {
      for (index, path) in runs.enumerated() {
        let folder = store.root.appending(path: path)
        guard let run = try RecordStore.load(folder) else {
          throw StoreError.unreadable(path: folder.path, problem: "there is no record")
        }
        guard let spec = run.record.identity.run.dataset,
          let shape = try catalog.entry(for: spec).imageShape
        else { throw RunMeasurementError.unknownDataset(name: run.record.identity.run.datasetName) }
        let executor = RunExecutor(store: store, cache: cache, catalog: catalog, workers: workers)
        let stored = run.networkURL.flatMap { try? Data(contentsOf: $0) }
        result.append(
          Subject(
            name: "\(group), seed \(index + 1)", group: group,
            network: try run.network(inputShape: shape, cache: cache),
            cuts: run.record.cuts, about: try run.record.described(),
            storedBytes: stored?.count,
            test: (try? executor.material(run.record.identity))?.test))
      }
    }
    return result
  }

  private func pretrainedSubjects() throws -> [Subject] {
    guard let pretrained else { return [] }
    let source = ForeignNetwork(
      network: NetworkChoice(ResNet20()), file: pretrained,
      inputs: .standardized(means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225]))
    let test = try? source.examples("cifar10", split: nil, catalog: catalog)
    let dense = try source.load()
    return try Self.pretrainedRatios.map { ratio in
      var method = OneShot()
      method.scheme = Scheme(Chain([Scheme(Prune()), Scheme(KMeans(bits: 4))]))
      var target = SizeTarget()
      target.ratio = ratio
      let context = CompressionContext(seed: Seed(0).child("scheme"))
      let choice = MethodChoice(method)
      let density = try target.density(for: choice, on: dense, context: context).density
      let scheme = choice.withDensity(density).method.scheme ?? Scheme(Chain())
      let code = try scheme.compress(dense.weightGroup, context: context)
      var network = dense
      try network.setWeights(code.decompressed())
      let name = String(format: "ResNet-20 of others, %.0f×", ratio)
      return Subject(
        name: name, group: name, network: network,
        about: ["scheme": String(decoding: try CanonicalJSON.encode(scheme), as: UTF8.self)],
        test: test)
    }
  }

  // MARK: - Measuring

  private func measure(_ subject: Subject, peer: PeerProcess) throws -> FileBenchRow {
    let network = subject.network
    let (about, cuts) = (subject.about, subject.cuts)
    let exact = try NetworkContainer(network, about: about, cuts: cuts).encoded()
    let read = try NetworkContainer(data: exact, path: subject.name).network
    let isExact = zip(read.parameters, network.parameters).allSatisfy {
      $0.elements.map { $0.bitPattern } == $1.elements.map { $0.bitPattern }
    }
    precondition(isExact, "\(subject.name): the container gives back other values")
    let thinned = try NetworkContainer(thinning: network, about: about, cuts: cuts).encoded()
    let single = try NetworkContainer(
      thinning: network, about: about.merging(["side-values": "float16"]) { _, new in new },
      cuts: cuts)
    let half = NetworkContainer(single.network.withSideValuesInHalfPrecision(), like: single)
    let halfFile = try half.encoded()
    let thinnedNetwork = try NetworkContainer(data: thinned, path: subject.name).network
    let halfNetwork = try NetworkContainer(data: halfFile, path: subject.name).network

    var row = FileBenchRow(
      subject: subject.name, group: subject.group,
      parameterCount: network.information.reduce(0) { $0 + $1.shape.elementCount },
      weightCount: 0, storedBytes: subject.storedBytes, exactBytes: exact.count,
      thinnedBytes: thinned.count, halfBytes: halfFile.count,
      headerBytes: try ContainerReader(data: thinned, path: subject.name).headerByteCount,
      largestDifference: 0, otherPredictions: 0, integerBytes: [:], speeds: [:])
    if let test = subject.test {
      let outputs = try network.outputs(on: test, workers: workers)
      let others = try thinnedNetwork.outputs(on: test, workers: workers)
      for (left, right) in zip(outputs, others) {
        for (a, b) in zip(left, right) {
          row.largestDifference = max(row.largestDifference, Double(abs(a - b)))
        }
        if left.indexOfLargest != right.indexOfLargest { row.otherPredictions += 1 }
      }
      row.accuracy = try network.evaluate(on: test, workers: workers).accuracy
      row.halfAccuracy = try halfNetwork.evaluate(on: test, workers: workers).accuracy
    }
    try compare(IntegerWeights(of: network), of: network, cuts: cuts, peer: peer, in: &row)
    return row
  }

  /// Sizes and speeds of the same integers, by coder.
  private func compare(
    _ weights: IntegerWeights, of network: Network, cuts: [ParameterName: TensorCut],
    peer: PeerProcess, in row: inout FileBenchRow
  ) throws {
    row.weightCount = weights.count
    let stream = WeightStream(of: network, cuts: cuts)
    let tensors = weights.tensors(like: network)
    let coded = stream.encoded(tensors)
    precondition(stream.decoded(coded) == tensors, "\(row.subject): other integers come back")
    row.integerBytes["container"] = coded.count
    row.integerBytes["entropy"] = weights.entropyBytes
    row.integerBytes["bitmap"] = weights.bitmapBytes
    row.integerBytes["rows"] = weights.rowBytes
    row.integerBytes["huffman"] = weights.huffmanBytes
    let million = Double(weights.count) / 1e6
    row.speeds["container-encode"] = million / medianSeconds { _ = stream.encoded(tensors) }
    row.speeds["container-decode"] = million / medianSeconds { _ = stream.decoded(coded) }

    guard let bytes = weights.bytes else { return }
    let file = FileManager.default.temporaryDirectory.appending(
      path: "parsimony-weights-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let stored = weights.matrices.enumerated().map { index, matrix in
      StoredTensor(
        name: "\(index)", type: .int32, shape: [matrix.rows, matrix.columns],
        bytes: LittleEndian.data(matrix.values))
    }
    try DurableFile.replace(SafetensorsFile(stored).encoded(), at: file)
    row.integerBytes["gzip"] = try Gzip.compress(bytes).count
    struct Answer: Decodable {
      var sizes: [String: Int]
      var seconds: [String: Double]
    }
    guard let answer = peer.ask(file.path, Answer.self).value else { return }
    row.integerBytes.merge(answer.sizes) { own, _ in own }
    row.speeds.merge(answer.seconds.mapValues { million / $0 }) { own, _ in own }
  }

  /// The median processor time of a body, called for the bench's seconds.
  private func medianSeconds(_ body: () -> Void) -> Double {
    var times: [Double] = []
    let end = ProcessClock.processorSeconds + seconds
    repeat {
      let start = ProcessClock.processorSeconds
      body()
      times.append(ProcessClock.processorSeconds - start)
    } while ProcessClock.processorSeconds < end || times.count < 3
    return max(1e-9, Spread(of: times).median)
  }
}

extension Record {
  /// How tensors in blocks are cut, by name.
  var cuts: [ParameterName: TensorCut] {
    Dictionary(
      layers.compactMap { layer in
        layer.blocks.flatMap { TensorCut(order: $0.order, sizes: $0.block.sizes) }
          .map { (layer.name, $0) }
      }
    ) { first, _ in first }
  }

  /// What a container of the run's network says about itself.
  func described() throws -> [String: String] {
    var about = ["run": name]
    if let scheme = identity.run.method?.method.scheme {
      let tree = try CanonicalJSON.tree(scheme)
      about["scheme"] = tree.summary
    }
    if let accuracy = metrics["test-accuracy"], let dataset = identity.run.dataset {
      about["accuracy"] = String(format: "%.2f", accuracy) + " % of test images of \(dataset.name)"
    }
    return about
  }
}

extension Network {
  /// The outputs for all examples, one list for each.
  fileprivate func outputs(on examples: Examples, workers: Workers) throws -> [[Float]] {
    var result: [[Float]] = []
    try forEachOutput(on: examples, workers: workers) { logits in
      let size = max(1, logits.count / max(1, logits.shape[0]))
      for start in stride(from: 0, to: logits.count, by: size) {
        result.append(Array(logits.elements[start..<start + size]))
      }
    }
    return result
  }
}

extension [Float] {
  /// The place of the largest; the first of equals.
  fileprivate var indexOfLargest: Int? { indices.max { self[$0] < self[$1] } }
}
