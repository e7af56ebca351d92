// Networks that others trained, from safetensors files: read as a network of the zoo, with their own normalization, and evaluated on
// a data set's test images. Nothing is selected by such an evaluation; what a run may start from is another matter.

public import Datasets
public import Foundation
public import Kernels
import ModelFiles
public import Networks
import Reproducibility
import Tensors
public import Training

/// A file with a network's parameters, and what the network expects of its inputs.
public struct ForeignNetwork: Sendable {
  /// The network as a spec would name it: `resnet20`, or `{resnet20: {shortcuts: B}}`.
  public var network: String
  /// The safetensors file.
  public var file: URL
  /// The means of the channels, of pixels / 255.
  public var means: [Double]
  /// The standard deviations of the channels.
  public var deviations: [Double]

  public init(network: String, file: URL, means: [Double], deviations: [Double]) {
    self.network = network
    self.file = file
    self.means = means
    self.deviations = deviations
  }

  /// Its loss and accuracy on the test images of a split.
  ///
  /// - Parameters:
  ///   - convolution: `direct` computes every product as it stands, for comparisons to the image.
  /// - Throws: `SpecErrors` for a network that cannot be read, `DatasetError` for missing or damaged data, `NetworkFileError` with
  ///   every tensor that does not fit, `NetworkError` if network and images do not.
  public func evaluate(
    on dataset: String, split: String?, catalog: DatasetCatalog, workers: Workers,
    convolution: Pass.ConvolutionPath = .fastest
  ) throws -> Evaluation {
    let node = try SpecNode(yaml: network, file: "--network")
    let choice = try SpecReader.decode(NetworkChoice.self, from: node)
    let images = try catalog.load(dataset, split: split).test
    let empty = try choice.build(
      inputShape: images.imageShape, classes: images.classCount, seed: Seed(0))
    let filled = try empty.filled(
      from: SafetensorsFile(contentsOf: file), path: file.path, namings: choice.recipe.namings)
    guard [1, images.imageShape[2]].contains(means.count), means.count == deviations.count,
      deviations.allSatisfy({ $0 > 0 && $0.isFinite }), means.allSatisfy({ $0.isFinite })
    else {
      throw ForeignNetworkError.normalization(
        means: means.count, deviations: deviations.count, channels: images.imageShape[2])
    }
    return try filled.evaluate(
      on: .images(
        images, at: Array(0..<images.count),
        normalization: .fixed(mean: means, standardDeviation: deviations)),
      workers: workers, convolution: convolution)
  }
}

/// Why a foreign network cannot be evaluated.
public enum ForeignNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Means and deviations do not fit the images.
  case normalization(means: Int, deviations: Int, channels: Int)

  public var description: String {
    switch self {
    case .normalization(let means, let deviations, let channels):
      return """
        expected as many finite means as positive deviations, one or \(channels) of each; found \
        \(means) and \(deviations)
        """
    }
  }
}
