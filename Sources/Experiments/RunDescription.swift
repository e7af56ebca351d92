// The resolved description of one run: what is measured, never where. Its digest names the record's folder.
// A field added later is Optional (absent means "as before"), so that stored digests stay valid.

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

  /// The name in the catalogue.
  public var name = "mnist"
  /// How many training images are set apart for validation, by the seed `splitSeed`.
  public var validation = 6000
  /// The seed of the split; the same for every run, so that seeds differ in everything else.
  public var splitSeed = 42
  /// How pixels become inputs.
  public var normalize = Normalize.perChannel
  /// Use only this many training images; 0 for all. For smoke tests.
  public var trainingLimit = 0
  /// Use only this many test images; 0 for all. For smoke tests.
  public var testLimit = 0

  public init() {}
}

/// One run without its seed: dense training, and the method applied to its result.
public struct RunDescription: Codable, Hashable, Sendable {
  /// The network.
  public var network: NetworkChoice
  /// The data.
  public var dataset: DatasetSpec
  /// How the dense network is trained.
  public var dense: TrainingRecipe
  /// What is done to the dense network; nil for the dense run itself.
  public var method: MethodChoice?

  public init(
    network: NetworkChoice, dataset: DatasetSpec, dense: TrainingRecipe, method: MethodChoice?
  ) {
    self.network = network
    self.dataset = dataset
    self.dense = dense
    self.method = method
  }

  /// The run that trains the network this one starts from; nil if this one is it.
  public var parent: RunDescription? {
    guard method != nil else { return nil }
    var result = self
    result.method = nil
    return result
  }

  /// The word for the method; `dense` for the dense run.
  public var methodName: String { method?.name ?? "dense" }

  /// The folder name of the dense networks of this kind: network and data set.
  public var denseExperiment: String { "\(network.name)-\(dataset.name)" }
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
