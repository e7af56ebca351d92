// parsimony measure: a stored run's compressed network is thinned, or evaluated by its blocks if it has any, checked, and measured
// in turn with the dense one (condensa, section 6, decisions 9 and 25). The result stands in measurements.json beside the record,
// which never changes.

public import Datasets
public import Foundation
public import Inference
import Kernels
public import Networks
import Reproducibility
import Tensors

/// Why a stored run is not measured.
public enum RunMeasurementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The run trained a dense network; there is nothing to compare it with.
  case dense(run: String)
  /// Nothing is known about the run's data set, not even the shape of its images.
  case unknownDataset(name: String)
  /// The network reads a text; only networks that see images are measured.
  case text(name: String)
  /// The network cannot be thinned.
  case thinning(run: String, ThinningError)
  /// The thinned network computes something else.
  case otherOutputs(run: String, OutputDifference)
  /// Others keep the machine busy.
  case busy(processors: Double)

  public var description: String {
    switch self {
    case .dense(let run):
      return
        "\(run) is a dense network; measure a run that compressed one, the dense one comes along"
    case .unknownDataset(let name): return "no data set is called ‘\(name)’"
    case .text(let name):
      return "‘\(name)’ is a text; only networks that see images can be measured"
    case .thinning(let run, let error): return "\(run) cannot be thinned: \(error)"
    case .otherOutputs(let run, let difference):
      return
        "\(run): outputs of the network as measured differ by \(difference.largest), more than \(difference.limit); nothing was measured"
    case .busy(let processors):
      return
        "\(String(format: "%.1f", processors)) processors are busy: a measurement would say nothing; wait, or use --busy"
    }
  }
}

/// In which form a compressed network is measured.
public enum MeasuredForm: String, Sendable {
  /// Without the units that are zero.
  case thinned
  /// With its linear layers evaluated by their blocks.
  case blocks

  /// The form of a stored run's network: blocks if a matrix is in blocks.
  public init(of record: Record) {
    self = Self.blocks(of: record).isEmpty ? .thinned : .blocks
  }

  /// The sizes of the blocks of every matrix in blocks.
  static func blocks(of record: Record) -> [ParameterName: (height: Int, width: Int)] {
    var result: [ParameterName: (height: Int, width: Int)] = [:]
    for layer in record.layers {
      // Of a linear layer every order but the transposed one is the matrix itself.
      guard let row = layer.blocks, layer.shape.rank == 2, row.block.rank == 2,
        row.order != "IHW_O"
      else { continue }
      result[layer.name] = (row.block[0], row.block[1])
    }
    return result
  }
}

/// What is to be measured of a run.
public struct MeasurementRequest: Hashable, Sendable {
  /// Sizes of the batches.
  public var batches: [Int]
  /// Numbers of threads.
  public var threads: [Int]
  /// How long each combination is measured.
  public var plan: TimingPlan
  /// Whether stored measurements give way.
  public var replaces: Bool
  /// Whether a busy machine will do.
  public var allowsBusyMachine: Bool

  public init(
    batches: [Int] = [1, 64], threads: [Int] = [1], plan: TimingPlan = TimingPlan(),
    replaces: Bool = false, allowsBusyMachine: Bool = false
  ) {
    self.batches = batches
    self.threads = threads
    self.plan = plan
    self.replaces = replaces
    self.allowsBusyMachine = allowsBusyMachine
  }

  /// The name of one combination in the file of measurements.
  public static func name(
    _ form: MeasuredForm = .thinned, batch: Int, threads: Int
  ) -> String {
    "\(form.rawValue) against dense, batch \(batch), \(threads) \(threads == 1 ? "thread" : "threads")"
  }

  /// The combinations, in the order in which they are measured.
  var combinations: [(batch: Int, threads: Int)] {
    threads.flatMap { threads in batches.map { (batch: $0, threads: threads) } }
  }
}

/// The measurements of a run.
public struct RunMeasurementResult: Hashable, Sendable {
  /// Those that were asked for, in that order.
  public var measurements: [SpeedMeasurement]
  /// How many of them were stored before and not measured again.
  public var storedBefore: Int
  /// What thinning did; nil if nothing was thinned.
  public var thinning: ThinningReport?
}

/// Measures stored runs.
public struct RunMeasurement: Sendable {
  /// Where dense networks are.
  public let cache: NetworkCache
  /// Where images are looked for; without them, the inputs are random.
  public let catalog: DatasetCatalog
  /// How many processors are busy.
  private let load: @Sendable () -> Double

  public init(
    cache: NetworkCache, catalog: DatasetCatalog,
    load: @escaping @Sendable () -> Double = { MachineLoad.busyProcessors() }
  ) {
    self.cache = cache
    self.catalog = catalog
    self.load = load
  }

  /// The file that a run's measurements stand in.
  public static func file(of run: StoredRun) -> URL {
    run.url.appending(path: MeasurementFile.name)
  }

  /// Measures what is not stored yet, and stores it.
  ///
  /// - Throws: `RunMeasurementError`, `StoredNetworkError` or `MeasurementFileError`; the stored measurements stay as they were.
  public func measure(_ run: StoredRun, _ request: MeasurementRequest) throws
    -> RunMeasurementResult
  {
    guard run.record.identity.run.method != nil else {
      throw RunMeasurementError.dense(run: run.record.name)
    }
    let url = Self.file(of: run)
    var file = try MeasurementFile(contentsOf: url) ?? MeasurementFile()
    let combinations = request.combinations
    let form = MeasuredForm(of: run.record)
    func stored(_ combination: (batch: Int, threads: Int)) -> SpeedMeasurement? {
      file[
        MeasurementRequest.name(form, batch: combination.batch, threads: combination.threads)]
    }
    let due = combinations.filter { request.replaces || stored($0) == nil }
    var report: ThinningReport?
    if !due.isEmpty {
      let busy = load()
      guard busy <= MachineLoad.limit || request.allowsBusyMachine else {
        throw RunMeasurementError.busy(processors: busy)
      }
      let subject = try Subject(run, cache: cache, catalog: catalog)
      report = subject.report
      let added = due.map {
        subject.measure(batch: $0.batch, threads: $0.threads, request.plan, busy)
      }
      file = try MeasurementFile.extend(url, by: added, replacing: request.replaces)
    }
    return RunMeasurementResult(
      measurements: combinations.compactMap { stored($0) },
      storedBefore: combinations.count - due.count, thinning: report)
  }
}

/// A run's networks, ready to be measured.
private struct Subject {
  let dense: Network
  let denseLabel: String
  let form: MeasuredForm
  /// What is measured against the dense network, and the network that it is counted as.
  let compact: any Evaluable
  let counted: Network
  /// What thinning did; nil for blocks.
  let report: ThinningReport?
  let difference: OutputDifference
  let images: ImageSet?
  let inputShape: Shape

  init(_ run: StoredRun, cache: NetworkCache, catalog: DatasetCatalog) throws {
    let name = run.record.identity.run.datasetName
    guard let spec = run.record.identity.run.dataset, let entry = try? catalog.entry(for: spec)
    else { throw RunMeasurementError.unknownDataset(name: name) }
    guard let shape = entry.imageShape else { throw RunMeasurementError.text(name: name) }
    inputShape = shape
    let compressed = try run.network(inputShape: inputShape, cache: cache)
    form = MeasuredForm(of: run.record)
    switch form {
    case .blocks:
      compact = BlockNetwork(compressed, blocks: MeasuredForm.blocks(of: run.record))
      (counted, report) = (compressed, nil)
    case .thinned:
      do throws(ThinningError) {
        let (thinned, report) = try compressed.thinned()
        (counted, compact, self.report) = (thinned, thinned, report)
      } catch {
        throw RunMeasurementError.thinning(run: run.record.name, error)
      }
    }
    images = (try? catalog.load(entry, split: spec.split))?.training
    difference = OutputDifference(
      between: compressed, and: compact,
      on: Self.inputs(256, of: inputShape, from: images), workers: Workers(threadCount: 1))
    guard difference.isWithinTolerance else {
      throw RunMeasurementError.otherOutputs(run: run.record.name, difference)
    }
    // The time of a dense pass does not depend on the weights, so a parent that is not here costs nothing but its name.
    if let trained = try Self.parent(of: run, inputShape: inputShape, cache: cache) {
      dense = trained
      denseLabel = "dense"
    } else {
      dense = try run.initialNetwork(inputShape: inputShape)
      denseLabel = "dense, with its initial parameters"
    }
  }

  /// The dense network the run started from, if it is in the cache.
  private static func parent(of run: StoredRun, inputShape: Shape, cache: NetworkCache) throws
    -> Network?
  {
    guard let digest = run.record.identity.parent else { return nil }
    let name = "\(digest)-s\(run.record.seed)"
    guard cache.contains(name) else { return nil }
    return try run.initialNetwork(inputShape: inputShape).filled(fromFileAt: cache.url(of: name))
  }

  /// Training images, or random numbers where there are none.
  private static func inputs(_ count: Int, of shape: Shape, from images: ImageSet?) -> Tensor {
    let indices = (0..<count).map { $0 % max(1, images?.count ?? 0) }
    guard let images, images.count > 0, let chosen = try? images.decoded(at: indices) else {
      var stream = RandomStream(Seed(0).child("measured inputs"))
      return .normal(Shape([count] + shape.sizes), from: &stream)
    }
    let all = Array(0..<count)
    let normalization = Normalization.perChannel(of: chosen, at: all)
    var (batch, labels) = (Tensor.empty, [UInt16]())
    fillBatch(
      from: chosen, at: all, normalization: normalization, images: &batch, labels: &labels)
    return batch
  }

  func measure(batch: Int, threads: Int, _ plan: TimingPlan, _ busy: Double) -> SpeedMeasurement {
    let timed = InterleavedLatencies(
      of: [dense, compact], input: Self.inputs(batch, of: inputShape, from: images),
      workers: Workers(threadCount: threads), plan: plan)
    return SpeedMeasurement(
      name: MeasurementRequest.name(form, batch: batch, threads: threads), environment: .current(),
      busyProcessors: busy, measuredAt: Date().timeIntervalSince1970,
      networks: [
        MeasuredNetwork(label: denseLabel, network: dense, latency: timed.latencies[0]),
        MeasuredNetwork(label: form.rawValue, network: counted, latency: timed.latencies[1]),
      ], speedup: timed.speedup(of: 1), outputDifference: difference)
  }
}
