// How much memory a run will take, known before it starts: the data set, the parameters with their optimizer, and the activations
// of a minibatch. Runs of the same kind that were measured say it better.

import Datasets
import Methods
import Networks
import Reproducibility
import Tensors
import Training

/// Memory of runs, in MiB.
struct MemoryEstimate {
  /// The program, its threads' scratch memory and what a method needs besides tensors.
  private static let process = 80.0
  /// Copies of the parameters: values, gradients, the optimizer's, a compressed copy with multipliers, the best and what is being
  /// projected.
  private static let parameterCopies = 8.0
  /// Activations of a minibatch with their gradients over the outputs of all layers, some of which are not kept.
  private static let activationCopies = 0.8
  /// A data set while it is unpacked, over the bytes of its training images.
  private static let imageCopies = 2.0
  /// Examples of an evaluation at a time.
  private static let evaluationBatch = 128

  private struct Subject: Hashable {
    let network: NetworkChoice
    let dataset: DatasetSpec
  }

  private struct Size {
    let parameters: Double
    let outputs: Double
    let images: Double
  }

  private var sizes: [Subject: Size] = [:]

  /// The memory of a run.
  mutating func mebibytes(of run: RunDescription) -> Double {
    guard let network = run.network, let dataset = run.dataset,
      let size = size(of: Subject(network: network, dataset: dataset))
    else { return Self.process }
    var recipes = run.method?.method.recipes.map { $0.recipe } ?? []
    if let dense = run.dense, run.isDense { recipes = [dense] }
    let rows = recipes.map { $0.batch * (dataset.isText ? $0.steps ?? 35 : 1) }
    let batch = max(rows.max() ?? 0, run.method?.method.learning?.batch ?? 0, Self.evaluationBatch)
    let floats =
      Self.parameterCopies * size.parameters
      + Self.activationCopies * Double(batch) * size.outputs
    return Self.process + (4 * floats + size.images) / 1_048_576
  }

  private mutating func size(of subject: Subject) -> Size? {
    if let known = sizes[subject] { return known }
    guard let entry = try? subject.dataset.entry(),
      let network = try? subject.network.build(
        inputShape: entry.inputShape, classes: entry.classCount, seed: nil)
    else { return nil }
    let costs = network.costs
    var images = 0.0
    if case .images(let shape, _, _) = entry.content {
      let count = (try? entry.split(named: subject.dataset.split).trainingCount) ?? nil
      images = Self.imageCopies * Double(shape.elementCount * (count ?? 60_000))
    }
    let size = Size(
      parameters: Double(costs.reduce(0) { $0 + $1.parameterCount }),
      outputs: Double(costs.reduce(0) { $0 + $1.outputShape.elementCount }), images: images)
    sizes[subject] = size
    return size
  }
}

extension DatasetSpec {
  fileprivate var isText: Bool { (try? entry().isText) ?? false }
}
