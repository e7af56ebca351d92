// The resolved description of one run: what is measured, never where. Its digest names the record's folder.
// A field added later is Optional (absent means "as before"), so that stored digests stay valid.

public import Datasets
import Foundation
public import Methods
public import Networks
public import Reproducibility
public import Training

/// The data set of a run and how it is split.
public struct DatasetSpec: Defaulted {
  /// How pixels become inputs; statistics come from the training split only.
  public enum Normalize: String, Codable, Hashable, Sendable, CaseIterable {
    /// Pixels / 255, minus the mean and divided by the standard deviation of each channel.
    case perChannel = "per-channel"
    /// Pixels / 255, minus the mean image.
    case meanImage = "mean-image"
    /// Pixels / 255.
    case none
  }

  /// The name in the catalogue, or `image-folder` for images in the folder called `folder`.
  public var name = "mnist"
  /// How many training images are set apart for validation, by the seed `splitSeed`. A text has a part of its own for that, which
  /// any number but 0 stands for.
  public var validation = 6000
  /// The seed of the split; the same for every run, so that seeds differ in everything else.
  public var splitSeed = 42
  /// How pixels become inputs.
  public var normalize = Normalize.perChannel
  /// Use only this many training images, or words; 0 for all. For smoke tests.
  public var trainingLimit = 0
  /// Use only this many test images, or words; 0 for all. For smoke tests.
  public var testLimit = 0
  /// The division into training and test images, by its name in the catalogue; nil for the publisher's.
  public var split: String?
  /// How training images are varied; nil for not at all.
  public var augmentation: Augmentation?
  /// For `image-folder`: the folder with `train` and `val`, below one of the places that are searched for data.
  public var folder: String?
  /// For `image-folder`: how many classes it has.
  public var classes: Int?
  /// For images in folders: the length to which the shorter side is brought, in pixels; nil for the catalogue's, or `size`.
  public var resize: Int?
  /// For images in folders: the side of the square that the network sees, in pixels; nil for the catalogue's.
  public var size: Int?

  public init() {}
}

/// On which images a run's result is evaluated.
public enum EvaluationScope: String, Codable, Hashable, Sendable, CaseIterable {
  /// Validation and test images.
  case test
  /// Validation images only: the run is a sample that something is chosen from.
  case validation
}

/// One run without its seed: dense training and the method applied to its result, or a search on a curve.
public struct RunDescription: Codable, Hashable, Sendable {
  /// The network; nil for a search on a curve, as are the data and the dense training.
  public var network: NetworkChoice?
  /// The data.
  public var dataset: DatasetSpec?
  /// How the dense network is trained.
  public var dense: TrainingRecipe?
  /// What is done to the dense network; nil for the dense run itself.
  public var method: MethodChoice?
  /// How the density of the method's scheme is found; nil if the scheme says it.
  public var search: SparsitySearch?
  /// The size that sets the density of the method's scheme; nil if the scheme says it.
  public var match: SizeTarget?
  /// What the result is evaluated on; nil means test images too.
  public var evaluation: EvaluationScope?
  /// The search on a curve, in the place of all others.
  public var curveSearch: CurveSearch?

  /// A run that trains or compresses a network.
  public init(
    network: NetworkChoice, dataset: DatasetSpec, dense: TrainingRecipe, method: MethodChoice?
  ) {
    self.network = network
    self.dataset = dataset
    self.dense = dense
    self.method = method
  }

  /// A search on a curve.
  public init(curveSearch: CurveSearch) { self.curveSearch = curveSearch }

  /// The run that trains the network this one starts from; nil if this one is it, or if there is none.
  public var parent: RunDescription? {
    guard method != nil, let network, let dataset, let dense else { return nil }
    return RunDescription(network: network, dataset: dataset, dense: dense, method: nil)
  }

  /// Whether the run trains a dense network.
  public var isDense: Bool { method == nil && curveSearch == nil }

  /// Whether the run's network is compressed: it has a method with a scheme.
  public var compresses: Bool { method?.method.scheme != nil }

  /// The word for what is done: the method, `dense`, or the strategy that searches a curve.
  public var methodName: String { method?.name ?? curveSearch?.strategy.name ?? "dense" }

  /// The name of the data set, or of the curve.
  public var datasetName: String { dataset?.name ?? curveSearch?.curve.name ?? "" }

  /// The name of the network; empty for a search on a curve.
  public var networkName: String { network?.name ?? "" }

  /// The folder name of the dense networks of this kind: network and data set.
  public var denseExperiment: String { "\(networkName)-\(datasetName)" }
}

/// A run with everything its result depends on.
public struct RunIdentity: Codable, Hashable, Sendable {
  /// What is run.
  public var run: RunDescription
  /// The content digests of the data set's files.
  public var datasetChecksums: [String: Digest]
  /// The short digest of the dense run this one starts from.
  public var parent: String?
  /// The version of the kernels' arithmetic.
  public var numericsVersion: Int

  /// The identity of a run on data with the given checksums.
  ///
  /// - Throws: `EncodingError` if the description contains a number that JSON cannot express.
  public init(
    _ run: RunDescription, datasetChecksums: [String: Digest],
    numericsVersion: Int = NumericsVersion.current
  ) throws {
    self.run = run
    self.datasetChecksums = datasetChecksums
    self.numericsVersion = numericsVersion
    if let parent = run.parent {
      self.parent = try RunIdentity(
        parent, datasetChecksums: datasetChecksums, numericsVersion: numericsVersion
      ).digest()
    }
  }

  /// 16 hexadecimal digits over all of the above.
  public func digest() throws -> String { try CanonicalJSON.digest(self).short }
}
