// Networks that others trained, from safetensors files or containers: read as a network of the zoo,
// or as the file's own graph, with their own normalization, and evaluated on a data set's test
// images or words. Nothing is selected by such an evaluation; what a run may start from is another
// matter.

public import Datasets
public import Foundation
public import Kernels
import ModelFiles
public import Networks
import Reproducibility
public import Tensors
public import Training

/// A file with a network's parameters, and what the network expects of its inputs.
public struct ForeignNetwork: Sendable {
  /// How the network's inputs come from pixels.
  public enum Inputs: Hashable, Sendable {
    /// Pixels / 255, minus means and divided by standard deviations: one for all channels, or one
    /// for each.
    case standardized(means: [Double], deviations: [Double])
    /// As a spec says it, with statistics of all training images of the data set.
    case normalized(DatasetSpec.Normalize)
    /// The network takes words.
    case words
  }

  /// The network whose parameters a safetensors file has; nil for a container, which says it
  /// itself.
  public var network: NetworkChoice?
  /// The safetensors file, or the container.
  public var file: URL
  /// How its inputs come from pixels.
  public var inputs: Inputs

  public init(network: NetworkChoice?, file: URL, inputs: Inputs) {
    self.network = network
    self.file = file
    self.inputs = inputs
  }

  /// Its loss and accuracy on the test images of a split, or on the test words of a text.
  ///
  /// - Parameters:
  ///   - split: the split of the images; nil for the publisher's.
  ///   - convolution: `direct` computes every product as it stands, for comparisons to the image.
  /// - Throws: `DatasetError` for missing or damaged data, `NetworkFileError` with every tensor
  ///   that does not fit, `NetworkError` if network and data do not, `ForeignNetworkError` for
  ///   inputs that are not those of the data, or a loss that is no number.
  public func evaluate(
    on dataset: String, split: String?, catalog: DatasetCatalog, workers: Workers,
    convolution: Pass.ConvolutionPath = .fastest
  ) throws -> Evaluation {
    try requireNumbers()
    let examples = try examples(dataset, split: split, catalog: catalog)
    let result = try load(for: examples).evaluate(
      on: examples, workers: workers, convolution: convolution)
    guard result.loss.isFinite else { throw ForeignNetworkError.loss }
    return result
  }

  /// The network with the file's values.
  ///
  /// - Throws: `ModelFileError`, `NetworkFileError`, and `NetworkError` or `ForeignNetworkError` if
  ///   it does not fit the examples.
  func load(for examples: Examples) throws -> Network {
    let result = try load(inputShape: examples.inputShape, classes: examples.classCount)
    guard result.inputShape == examples.inputShape else {
      throw ForeignNetworkError.inputShape(
        network: result.inputShape, data: examples.inputShape)
    }
    try result.require(classes: examples.classCount, ofText: examples.isText)
    return result
  }

  /// The network with the file's values, without data; shape and classes are those of the network's
  /// paper unless given.
  ///
  /// - Throws: `ModelFileError`, `NetworkFileError` or `NetworkError`.
  public func load(inputShape: Shape? = nil, classes: Int? = nil) throws -> Network {
    guard let network else { return try NetworkContainer(contentsOf: file).network }
    let kind = type(of: network.recipe)
    let empty = try network.build(
      inputShape: inputShape ?? kind.usualInput, classes: classes ?? kind.usualClasses,
      seed: Seed(0))
    return try empty.filled(
      from: SafetensorsFile(contentsOf: file), path: file.path, namings: network.recipe.namings)
  }

  func examples(
    _ dataset: String, split: String?, catalog: DatasetCatalog
  ) throws -> Examples {
    if let entry = catalog.entry(named: dataset), entry.isText {
      guard inputs == .words else { throw ForeignNetworkError.normalizedWords(dataset: dataset) }
      _ = try entry.split(named: split)
      let text = try catalog.loadText(dataset).text
      return .words(text.test, vocabularyCount: text.vocabulary.count)
    }
    let images = try catalog.load(dataset, split: split)
    let normalization: Normalization
    switch inputs {
    case .standardized(let means, let deviations):
      let channels = images.test.imageShape[2]
      guard [1, channels].contains(means.count), means.count == deviations.count else {
        throw ForeignNetworkError.counts(
          means: means.count, deviations: deviations.count, channels: channels)
      }
      normalization = .fixed(mean: means, standardDeviation: deviations)
    case .normalized(let kind):
      normalization = try kind.normalization(
        of: images.training, at: Array(0..<images.training.count))
    case .words: throw ForeignNetworkError.noNormalization(dataset: dataset)
    }
    return .images(images.test, at: Array(0..<images.test.count), normalization: normalization)
  }

  /// Inputs are computed in Float, so that means and deviations must be numbers there.
  private func requireNumbers() throws(ForeignNetworkError) {
    guard case .standardized(let means, let deviations) = inputs else { return }
    // Pixels / 255 have their mean between 0 and 1.
    for mean in means where !(0...1).contains(mean) { throw .mean(mean) }
    for deviation in deviations where !(Float(deviation) > 0 && Float(deviation).isFinite) {
      throw .deviation(deviation)
    }
  }
}

/// Why a foreign network cannot be evaluated.
public enum ForeignNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A mean that pixels / 255 cannot have.
  case mean(Double)
  /// A standard deviation is no positive Float.
  case deviation(Double)
  /// Means and deviations do not fit the images.
  case counts(means: Int, deviations: Int, channels: Int)
  /// Nothing says how images become inputs.
  case noNormalization(dataset: String)
  /// Words were to be normalised.
  case normalizedWords(dataset: String)
  /// The network takes inputs of another shape than the data's.
  case inputShape(network: Shape, data: Shape)
  /// The loss is no finite number.
  case loss

  public var description: String {
    switch self {
    case .mean(let value):
      return "mean \(value): expected the mean of pixels / 255, from 0 to 1"
    case .deviation(let value): return "deviation \(value): expected a positive, finite number"
    case .counts(let means, let deviations, let channels):
      return """
        expected as many means as deviations, one or \(channels) of each; found \(means) and \
        \(deviations)
        """
    case .noNormalization(let dataset):
      return "\(dataset) has images: expected the normalization that the network was trained with"
    case .normalizedWords(let dataset):
      return "\(dataset) is a text, for which there is no normalization"
    case .inputShape(let network, let data):
      return "the network takes inputs of shape \(network), the data has \(data)"
    case .loss: return "the network’s loss is not a finite number"
    }
  }
}

extension NetworkChoice {
  /// The network that a command line names as a spec would: `resnet20`, or `{resnet20: {shortcuts:
  /// B}}`.
  ///
  /// - Throws: `SpecErrors` for anything else.
  public init(option text: String) throws(SpecErrors) {
    let node: SpecNode
    do throws(SpecError) {
      node = try SpecNode(yaml: text, file: "--network")
    } catch {
      throw SpecErrors([error])
    }
    self = try SpecReader.decode(NetworkChoice.self, from: node)
  }
}
