// What a network learns from and is evaluated on: labelled images, or a running text whose next word is to be told.

public import Datasets
import Reproducibility
public import Tensors

/// Examples that a network learns from or is evaluated on.
public enum Examples: Sendable {
  /// The images at some indices of a set, and how pixels become inputs.
  case images(ImageSet, at: [Int], normalization: Normalization)
  /// The numbers of a text's words, of so many different ones; each is told from those before it.
  case words([Int32], vocabularyCount: Int)

  /// Whether there are none.
  public var isEmpty: Bool {
    switch self {
    case .images(_, let indices, _): indices.isEmpty
    case .words(let words, _): words.isEmpty
    }
  }

  /// Whether they are a text.
  public var isText: Bool {
    if case .words = self { true } else { false }
  }

  /// The shape of one input of a network.
  public var inputShape: Shape {
    switch self {
    case .images(let set, _, _): set.imageShape
    case .words: [1]
    }
  }

  /// How many classes, or words, there are to choose from.
  public var classCount: Int {
    switch self {
    case .images(let set, _, _): set.classCount
    case .words(_, let count): count
    }
  }

  /// How much there is to learn from in an epoch.
  public var epochLength: EpochLength {
    switch self {
    case .images(_, let indices, _): .images(indices.count)
    case .words(let words, _): .words(words.count)
    }
  }

  /// The same kind of examples, but none.
  var none: Examples {
    switch self {
    case .images(let set, _, let normalization): .images(set, at: [], normalization: normalization)
    case .words(_, let count): .words([], vocabularyCount: count)
    }
  }

  /// Images in files are decoded ahead of the pass that needs them.
  private var areInFiles: Bool {
    if case .images(let set, _, _) = self { set.files != nil } else { false }
  }

  /// The minibatches of one pass, in order.
  var evaluationBatches: BatchSupply {
    switch self {
    case .images(let set, let indices, let normalization):
      BatchSupply(
        EvaluationBatches(of: set, at: indices, normalization: normalization, size: 256),
        isAhead: areInFiles)
    case .words(let words, _):
      BatchSupply(
        TextBatches(of: words, columns: Evaluation.textColumns, steps: TokenBatches.usualSteps),
        isAhead: false)
    }
  }

  /// The minibatches of a training run.
  func trainingBatches(
    _ recipe: TrainingRecipe, augmentation: Augmentation?, seed: Seed
  ) -> BatchSupply {
    let count = recipe.updateCount(over: epochLength)
    switch self {
    case .images(let set, let indices, let normalization):
      // Made ahead where making them is more than copying pixels.
      return BatchSupply(
        TrainingBatches(
          of: set, at: indices, normalization: normalization, augmentation: augmentation,
          size: recipe.batch, count: count, seed: seed),
        isAhead: augmentation != nil || areInFiles)
    case .words(let words, _):
      return BatchSupply(
        TextBatches(
          of: words, columns: recipe.batch, steps: recipe.stepsPerUpdate, count: count),
        isAhead: false)
    }
  }
}

/// The examples a run works on: which it learns from, and which it validates on.
public struct TrainingData: Sendable {
  /// What is learned from.
  public let training: Examples
  /// What is validated on, and never learned from.
  public let validation: Examples
  /// How images are varied when they are learned from; nil for not at all.
  public let augmentation: Augmentation?

  public init(training: Examples, validation: Examples, augmentation: Augmentation? = nil) {
    self.training = training
    self.validation = validation
    self.augmentation = augmentation
  }

  /// Images of one set.
  ///
  /// - Parameters:
  ///   - training: the indices of the images to learn from.
  ///   - validation: the indices of the images to validate on.
  ///   - normalization: from pixels to inputs; computed from the training split only.
  public init(
    images: ImageSet, training: [Int], validation: [Int], normalization: Normalization,
    augmentation: Augmentation? = nil
  ) {
    self.init(
      training: .images(images, at: training, normalization: normalization),
      validation: .images(images, at: validation, normalization: normalization),
      augmentation: augmentation)
  }

  /// The same data without validation.
  public var withoutValidation: TrainingData {
    TrainingData(training: training, validation: validation.none, augmentation: augmentation)
  }

  /// How much there is to learn from in an epoch.
  public var epochLength: EpochLength { training.epochLength }
}
