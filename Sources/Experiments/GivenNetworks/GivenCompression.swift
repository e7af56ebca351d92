// Someone's trained network made small: projected on a scheme, at the density that gives a size or
// keeps an accuracy, perhaps retrained with its support fixed, and written as a container. Sizes
// are those of the file, not of a formula.

public import Compression
public import Datasets
public import Foundation
public import Kernels
import Methods
public import ModelFiles
import Networks
import Reproducibility
import Tensors
public import Training

/// What decides how far a given network is compressed.
public enum CompressionGoal: Hashable, Sendable {
  /// The scheme says it.
  case scheme
  /// A file of at most so many bytes.
  case bytes(Int)
  /// A file that is so many times smaller than all parameters in single precision.
  case ratio(Double)
  /// At most so many points of validation accuracy less than the given network.
  case tolerance(Double)
}

/// Why a given network is not compressed.
public enum GivenCompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no density to look for.
  case noDensity(scheme: String)
  /// Something that only data can tell was asked for without data.
  case noData(field: String)
  /// The network has perhaps seen the images that would decide.
  case seenValidation
  /// Not even the smallest density gives the size, or every one loses too much.
  case unreachable(goal: String, best: String)
  /// A loss was not finite.
  case diverged(update: Int)

  public var description: String {
    switch self {
    case .noDensity(let scheme):
      return "--scheme \(scheme): there is no density that could be varied; add prune"
    case .noData(let field): return "\(field) needs --dataset"
    case .seenValidation:
      return
        "--tolerance decides by validation images, which this network may have been trained on; say --training this-split if it was not"
    case .unreachable(let goal, let best):
      return "\(goal) cannot be reached with this scheme; the nearest is \(best)"
    case .diverged(let update): return "the retraining diverged at update \(update)"
    }
  }
}

/// A compression of a network that was given as a file.
public struct GivenCompression: Sendable {
  /// The network and how its inputs are made.
  public var source: ForeignNetwork
  /// What it is projected on.
  public var scheme: Scheme
  /// What decides how far.
  public var goal: CompressionGoal
  /// The training of what is left; nil for none.
  public var retraining: TrainingRecipe?
  /// How training images are varied in it.
  public var augmentation: Augmentation?
  /// Whether the network was trained without the validation images of this split.
  public var knowsSplit = false
  /// Training images that are set apart for validation, where something is decided by them.
  public var validationCount = 5000
  /// Whether dead units are left out of the file.
  public var thins = false
  /// Whether biases, scales, shifts and codebooks are rounded to half precision.
  public var halvesSideValues = false

  public init(source: ForeignNetwork, scheme: Scheme, goal: CompressionGoal) {
    self.source = source
    self.scheme = scheme
    self.goal = goal
  }

  /// What came of it.
  public struct Result: Sendable {
    /// The file's contents.
    public var container: NetworkContainer
    /// The file.
    public var file: Data
    /// The density that was found; nil if the scheme said it.
    public var density: Double?
    /// What storing the code costs by formulas.
    public var cost: StorageCost
    /// The given network, evaluated on test images or words; nil without data.
    public var before: Evaluation?
    /// The compressed network, read back from the file and evaluated likewise.
    public var after: Evaluation?
    /// Multiply–accumulates for one example before, dense.
    public var multiplyAccumulatesBefore: Int
    /// Multiply–accumulates for one example after, zeros skipped.
    public var multiplyAccumulatesAfter: Int
  }

  /// Compresses the network.
  ///
  /// - Parameters:
  ///   - dataset: the name of the data it is evaluated and retrained on; nil for none.
  ///   - split: the split of the images; nil for the publisher's.
  ///   - report: called with the progress of the retraining.
  /// - Throws: `GivenCompressionError`, `ForeignNetworkError`, and the errors of files, data,
  ///   scheme and training.
  public func run(
    dataset: String?, split: String?, catalog: DatasetCatalog, workers: Workers,
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> Result {
    try scheme.validate()
    if goal != .scheme, !scheme.hasDensity {
      throw GivenCompressionError.noDensity(scheme: scheme.name)
    }
    var data: (training: TrainingData, test: Examples)?
    if let dataset {
      data = try examples(dataset, split: split, catalog: catalog)
    } else if retraining != nil {
      throw GivenCompressionError.noData(field: "--retrain")
    }
    let dense = try data.map { try source.load(for: $0.test) } ?? source.load()
    let before = try data.map { try dense.evaluate(on: $0.test, workers: workers) }
    let context = CompressionContext(seed: Seed(0).child("method").child("scheme"))
    let density = try density(
      of: dense, data: data?.training, dataset: dataset, split: split, context: context,
      workers: workers)
    let chosen = density.map { scheme.withDensity($0) } ?? scheme

    var code = try chosen.compress(dense.weightGroup, context: context)
    var network = dense
    try network.setWeights(code.decompressed())
    if let retraining, let data {
      var method = OneShotRetrain()
      method.scheme = chosen
      method.retraining = retraining
      let driver = CompressionDriver(
        data: data.training, seed: Seed(0).child("method"), workers: workers)
      let outcome = try driver.run(method, on: dense, report: report)
      if let update = outcome.divergedAt { throw GivenCompressionError.diverged(update: update) }
      network = outcome.network
      code = outcome.compressed ?? code
    }
    var about = try described(chosen, dataset: dataset, split: split)
    var result = try container(network, code: code, about: about)
    let after = try data.map { try result.network.evaluate(on: $0.test, workers: workers) }
    if let after, let dataset {
      about["accuracy"] =
        String(format: "%.2f", after.accuracy) + " % of \(after.count) test examples of \(dataset)"
      result = try container(network, code: code, about: about)
    }
    let file = try result.encoded()
    if let limit = byteLimit(of: dense), file.count > limit {
      throw GivenCompressionError.unreachable(
        goal: "\(limit) bytes", best: "\(file.count) bytes, after retraining")
    }
    let used = result.network.costs.reduce(0) { $0 + $1.multiplyAccumulates }
    return Result(
      container: result, file: file, density: density,
      cost: StorageCost(of: code, reference: dense.weightGroup), before: before, after: after,
      multiplyAccumulatesBefore: dense.denseMultiplyAccumulates, multiplyAccumulatesAfter: used)
  }

  private func examples(
    _ dataset: String, split: String?, catalog: DatasetCatalog
  ) throws -> (training: TrainingData, test: Examples) {
    let test = try source.examples(dataset, split: split, catalog: catalog)
    guard case .images(_, _, let normalization) = test else {
      let text = try catalog.loadText(dataset).text
      func words(_ part: [Int32]) -> Examples {
        .words(part, vocabularyCount: text.vocabulary.count)
      }
      return (
        TrainingData(training: words(text.training), validation: words(text.validation)), test
      )
    }
    let images = try catalog.load(dataset, split: split).training
    let decides: Bool
    if case .tolerance = goal { decides = true } else { decides = false }
    let parts = Split.random(
      count: images.count, validationCount: decides ? min(validationCount, images.count - 1) : 0,
      seed: Seed(42).child("split"))
    return (
      TrainingData(
        images: images, training: parts.training, validation: parts.validation,
        normalization: normalization, augmentation: augmentation), test
    )
  }

  /// The bytes that the goal allows; nil where it does not speak of bytes.
  private func byteLimit(of dense: Network) -> Int? {
    switch goal {
    case .scheme, .tolerance: return nil
    case .bytes(let limit): return limit
    case .ratio(let ratio):
      // As the printed sizes count: measured statistics are no parameters.
      return Int(Double(4 * dense.parameterCount) / ratio)
    }
  }

  /// What the file says about itself.
  private func described(
    _ scheme: Scheme, dataset: String?, split: String?
  ) throws -> [String: String] {
    var about = [
      "scheme": String(decoding: try CanonicalJSON.encode(scheme), as: UTF8.self),
      "inputs": source.inputs.text,
      "source": "\(source.file.lastPathComponent), SHA-256 "
        + Digest(of: try Data(contentsOf: source.file)).hexadecimal,
    ]
    if let dataset { about["data-set"] = split.map { "\(dataset), split \($0)" } ?? dataset }
    if let retraining {
      about["retraining"] = "\(retraining.epochs) epochs with the support held fixed"
    }
    if halvesSideValues { about["side-values"] = "float16" }
    return about
  }

  private func container(
    _ network: Network, code: CompressedGroup, about: [String: String]
  ) throws -> NetworkContainer {
    let whole =
      thins
      ? try NetworkContainer(thinning: network, about: about, cuts: code.cuts)
      : NetworkContainer(network, about: about, cuts: code.cuts)
    guard halvesSideValues else { return whole }
    return NetworkContainer(whole.network.withSideValuesInHalfPrecision(), like: whole)
  }
}

// MARK: - The density

extension GivenCompression {
  /// How often a density is tried at most.
  private static let trials = 24

  /// The largest density that fits a size, or the smallest that keeps an accuracy; nil where the
  /// scheme says it.
  private func density(
    of dense: Network, data: TrainingData?, dataset: String?, split: String?,
    context: CompressionContext, workers: Workers
  ) throws -> Double? {
    switch goal {
    case .scheme: return nil
    case .bytes, .ratio:
      // The text that the file will hold, with an accuracy of the same length.
      var about = try described(
        scheme.withDensity(0.1234567890123456), dataset: dataset, split: split)
      if let dataset { about["accuracy"] = "12.34 % of 10000 test examples of \(dataset)" }
      // Retrained scales and codebooks may take a few bytes more.
      let limit = Double(byteLimit(of: dense) ?? 0) * (retraining == nil ? 1 : 0.995)
      return try largestDensity(of: dense, within: Int(limit), about: about, context: context)
    case .tolerance(let points):
      guard let data else { throw GivenCompressionError.noData(field: "--tolerance") }
      guard knowsSplit else { throw GivenCompressionError.seenValidation }
      return try smallestDensity(
        of: dense, losing: points, data: data, context: context, workers: workers)
    }
  }

  private func projected(
    _ dense: Network, density: Double, context: CompressionContext
  ) throws -> (network: Network, code: CompressedGroup) {
    let code = try scheme.withDensity(density).compress(dense.weightGroup, context: context)
    var network = dense
    try network.setWeights(code.decompressed())
    return (network, code)
  }

  /// File sizes grow with densities, so the bracket is halved, in logarithms.
  private func largestDensity(
    of dense: Network, within limit: Int, about: [String: String], context: CompressionContext
  ) throws -> Double {
    func size(_ density: Double) throws -> Int? {
      do {
        let (network, code) = try projected(dense, density: density, context: context)
        return try container(network, code: code, about: about).encoded().count
      } catch is CompressionError {
        return nil  // nothing is left of a layer, or of all
      }
    }
    var (low, high) = (log(1e-5), 0.0)
    var best: Double?
    var smallest = Int.max
    for _ in 0..<Self.trials {
      let middle = best == nil && high == 0 && low == log(1e-5) ? log(0.1) : (low + high) / 2
      guard let found = try size(exp(middle)) else {
        low = middle
        continue
      }
      smallest = min(smallest, found)
      if found <= limit {
        best = middle
        low = middle
        if Double(found) > 0.998 * Double(limit) { break }
      } else {
        high = middle
      }
    }
    guard let best else {
      throw GivenCompressionError.unreachable(goal: "\(limit) bytes", best: "\(smallest) bytes")
    }
    return exp(best)
  }

  /// Accuracies are taken to grow with densities; the smallest density found that keeps enough is
  /// the answer.
  private func smallestDensity(
    of dense: Network, losing points: Double, data: TrainingData, context: CompressionContext,
    workers: Workers
  ) throws -> Double {
    let level = try dense.evaluate(on: data.validation, workers: workers).accuracy - points
    var (low, high) = (log(1e-4), 0.0)
    var best: Double?
    var most = 0.0
    for _ in 0..<12 {
      let middle = (low + high) / 2
      let accuracy: Double
      do {
        let network = try projected(dense, density: exp(middle), context: context).network
        accuracy = try network.evaluate(on: data.validation, workers: workers).accuracy
      } catch is CompressionError {
        low = middle
        continue
      }
      most = max(most, accuracy)
      if accuracy >= level {
        best = middle
        high = middle
      } else {
        low = middle
      }
    }
    guard let best else {
      throw GivenCompressionError.unreachable(
        goal: String(format: "a validation accuracy of %.2f %%", level),
        best: String(format: "%.2f %%", most))
    }
    return exp(best)
  }
}

extension Scheme {
  /// The scheme that a command line names as a spec would: `{prune: {density: 0.1}}`.
  ///
  /// - Throws: `SpecErrors` for anything else.
  public init(option text: String) throws(SpecErrors) {
    let node: SpecNode
    do throws(SpecError) {
      node = try SpecNode(yaml: text, file: "--scheme")
    } catch {
      throw SpecErrors([error])
    }
    self = try SpecReader.decode(Scheme.self, from: node)
  }
}

extension Augmentation {
  /// The augmentation that a command line names as a spec would: `{crop: 4, flip: true}`.
  ///
  /// - Throws: `SpecErrors` for anything else.
  public init(option text: String) throws(SpecErrors) {
    let node: SpecNode
    do throws(SpecError) {
      node = try SpecNode(yaml: text, file: "--augmentation")
    } catch {
      throw SpecErrors([error])
    }
    self = try SpecReader.decode(Augmentation.self, from: node)
  }
}
