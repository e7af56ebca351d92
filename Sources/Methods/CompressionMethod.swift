// What a method is: which scheme it projects on, and how it retrains. The driver does the rest; methods with learning rounds
// will say here what they change in them.

public import Compression
public import Reproducibility
public import Training

/// A compression method a spec can name.
public protocol CompressionMethod: Alternative {
  /// What the network is projected on; nil for controls that compress nothing.
  var scheme: Scheme? { get }

  /// Rounds of learning and projecting; nil for methods that project once.
  var learning: LearningRecipe? { get }

  /// Whether the rounds update multipliers; without them they are the quadratic-penalty method.
  var updatesMultipliers: Bool { get }

  /// Training after the last projection with the support held fixed; nil for none.
  var retraining: TrainingRecipe? { get }

  /// What happens in it to numbers that several weights share; nil means that they are trained and stay tied.
  var sharing: SharedTraining? { get }

  /// The training recipes of the method, with the names of their fields.
  var recipes: [(field: String, recipe: TrainingRecipe)] { get }

  /// Whether it decides by the validation images, apart from what its recipes keep.
  var needsValidation: Bool { get }

  /// Minibatch updates of the method over epochs of `length`.
  func updateCount(over length: EpochLength) -> Int

  /// - Throws: an error that names the field, for values that types cannot exclude.
  func validate() throws
}

extension CompressionMethod {
  public var recipes: [(field: String, recipe: TrainingRecipe)] {
    retraining.map { [("retraining", $0)] } ?? []
  }

  public var learning: LearningRecipe? { nil }

  public var updatesMultipliers: Bool { true }

  public var sharing: SharedTraining? { nil }

  public var needsValidation: Bool { false }

  public func updateCount(over length: EpochLength) -> Int {
    (learning?.updateCount ?? 0) + (retraining?.updateCount(over: length) ?? 0)
  }

  public func validate() throws { try scheme?.validate() }
}

/// A method whose scheme a search may change.
public protocol SchemeMethod: CompressionMethod {
  /// What the network is projected on.
  var scheme: Scheme? { get set }
}

/// Direct compression: the scheme's projection of the dense network, nothing else.
///
/// Source: condensa, section 2.3.
public struct OneShot: SchemeMethod {
  public static var name: String { "one-shot" }
  /// What the network is projected on.
  public var scheme: Scheme? = Scheme(Chain())
  public var retraining: TrainingRecipe? { nil }

  public init() {}

  private enum CodingKeys: String, CodingKey { case scheme }
}

/// Direct compression, then training with the support held fixed, then the scheme's number format again.
///
/// Source: condensa, sections 2.3 and 6 (decision 11).
public struct OneShotRetrain: SchemeMethod {
  public static var name: String { "one-shot-retrain" }
  /// What the network is projected on.
  public var scheme: Scheme? = Scheme(Chain())
  /// The training of the surviving weights.
  public var retraining: TrainingRecipe? = TrainingRecipe()
  /// Whether numbers that several weights share are trained or stay; nil means trained.
  public var sharing: SharedTraining?

  public init() {}

  public func validate() throws {
    try scheme?.validate()
    try requireSomethingToTrain(scheme, sharing: sharing)
  }
}

/// The same after every operator of a chain: prune, retrain, quantize, retrain.
///
/// Source: Han, Mao and Dally 2016 (Deep Compression), as a control.
public struct StepwiseRetrain: SchemeMethod {
  public static var name: String { "stepwise-retrain" }
  /// What the network is projected on, operator after operator.
  public var scheme: Scheme? = Scheme(Chain())
  /// The training after each operator, with what it decided held fixed.
  public var retraining: TrainingRecipe? = TrainingRecipe()

  public init() {}

  public func updateCount(over length: EpochLength) -> Int {
    (scheme?.operators.count ?? 0) * (retraining?.updateCount(over: length) ?? 0)
  }
}

/// The same with a support drawn at random: what the choice of weights is worth.
public struct RandomSupport: SchemeMethod {
  public static var name: String { "random" }
  /// What the network is projected on; contains `random-prune`, or a `bit-budget` with `allocation: random`.
  public var scheme: Scheme? = Scheme(Chain())
  /// The training of the surviving weights.
  public var retraining: TrainingRecipe? = TrainingRecipe()

  public init() {}
}

/// Learning-compression: learn with a growing penalty and multipliers, project, return the best compressed copy.
///
/// Source: condensa, section 2.1.
public struct LearningCompression: SchemeMethod {
  public static var name: String { "learning-compression" }
  /// What the network is projected on.
  public var scheme: Scheme? = Scheme(Chain())
  /// The rounds.
  public var learning: LearningRecipe? = LearningRecipe()
  /// Masked fine-tuning of the returned network; nil for none.
  public var retraining: TrainingRecipe?

  public init() {}
}

/// Learning-compression without multipliers.
///
/// Source: condensa, section 1.2 (with λ = 0).
public struct QuadraticPenalty: SchemeMethod {
  public static var name: String { "quadratic-penalty" }
  /// What the network is projected on.
  public var scheme: Scheme? = Scheme(Chain())
  /// The rounds.
  public var learning: LearningRecipe? = LearningRecipe()
  /// Masked fine-tuning of the returned network; nil for none.
  public var retraining: TrainingRecipe?

  public init() {}

  public var updatesMultipliers: Bool { false }

  private enum CodingKeys: String, CodingKey { case scheme, learning, retraining }
}

/// The same further updates without compression: what the training alone is worth.
public struct DenseContinued: CompressionMethod {
  public static var name: String { "dense-continued" }
  public var scheme: Scheme? { nil }
  /// The further training.
  public var retraining: TrainingRecipe? = TrainingRecipe()

  public init() {}

  private enum CodingKeys: String, CodingKey { case retraining }
}

/// A method in a spec: `{one-shot: {scheme: …}}`.
public struct MethodChoice: Choice {
  /// The chosen method.
  public let method: any CompressionMethod

  public init(_ method: some CompressionMethod) { self.method = method }

  public init?(choosing alternative: any Alternative) {
    guard let method = alternative as? any CompressionMethod else { return nil }
    self.method = method
  }

  public var chosen: any Alternative { method }

  /// Whether the method's scheme has a density that a search may set.
  public var hasDensity: Bool { (method as? any SchemeMethod)?.scheme?.hasDensity ?? false }

  /// Why a search or a wanted size cannot set the density of the method's scheme; nil where it can, or where the method has no
  /// scheme, like one that only trains on.
  public var obstacleToDensity: String? {
    guard let scheme = (method as? any SchemeMethod)?.scheme else { return nil }
    if !scheme.hasDensity { return "has no density, which is what the size is reached by" }
    return scheme.isDensitySet ? "gives a density, which would be replaced: leave it out" : nil
  }

  /// The same method with `density` in every operator of its scheme that has one.
  public func withDensity(_ density: Double) -> MethodChoice {
    guard var changed = method as? any SchemeMethod else { return self }
    changed.scheme = changed.scheme?.withDensity(density)
    return MethodChoice(changed)
  }

  public static var alternatives: [any Alternative.Type] {
    [
      LearningCompression.self, QuadraticPenalty.self, JointADMM.self, UnificationADMM.self,
      ProgressiveUnification.self, OneShot.self, OneShotRetrain.self, IterativeMagnitude.self,
      GradualMagnitude.self, StepwiseRetrain.self, RandomSupport.self, DenseContinued.self,
    ]
  }
}
