// Who performs the learning step of a round: minibatches on a network in production; in tests anything that has weights, so
// that an algorithm is checked without training a network. The penalty of the augmented Lagrangian enters here.

public import Compression
public import Kernels
public import Networks
public import Reproducibility
public import Tensors
public import Training

/// The pull towards the compressed copy: the gradient of (μ/2)‖w − θ‖² − λᵀ(w − θ) for the compressed weights.
///
/// Source: condensa, eqs. 2 and 3.
public struct PenaltyConstraint: UpdateConstraint {
  /// μ.
  public let penalty: Float
  /// θ and λ by parameter; nil where a parameter is free.
  public let pulls: [(target: Tensor, multipliers: Tensor)?]

  /// The pull on parameters in their order.
  ///
  /// - Precondition: θ and λ have the shape of their parameter.
  public init(penalty: Double, pulls: [(target: Tensor, multipliers: Tensor)?]) {
    self.penalty = Float(penalty)
    self.pulls = pulls
  }

  public func adjust(_ gradients: inout [Tensor], parameters: [Tensor], workers: Workers) {
    for index in gradients.indices {
      guard let pull = pulls[index] else { continue }
      let (target, multipliers) = pull
      let weights = parameters[index]
      var gradient = gradients[index].mutableSpan
      addPenaltyGradient(
        penalty, weights: weights.span, target: target.span,
        multipliers: multipliers.span, to: &gradient, workers: workers)
    }
  }
}

/// One learning step: minimise L(w) + (μ/2)‖w − θ‖² − λᵀ(w − θ) approximately.
public struct LearningStep: Sendable {
  /// The round, 1 for the first that learns.
  public var round: Int
  /// μ.
  public var penalty: Double
  /// θ: the compressed weights of the round before, in single precision.
  public var target: WeightGroup
  /// λ by the names of the compressed weights.
  public var multipliers: [ParameterName: Tensor]
  /// Where the state inside the step is kept when the learner is asked to stop; nil for nowhere.
  public var checkpoint: CheckpointFile?

  public init(
    round: Int, penalty: Double, target: WeightGroup, multipliers: [ParameterName: Tensor]
  ) {
    self.round = round
    self.penalty = penalty
    self.target = target
    self.multipliers = multipliers
  }

  /// The penalty for parameters of the given names, in order.
  public func constraint(for names: [ParameterName]) -> PenaltyConstraint {
    PenaltyConstraint(
      penalty: penalty,
      pulls: names.map { name in
        guard let multipliers = multipliers[name], let target = target[name] else { return nil }
        return (target, multipliers)
      })
  }
}

/// What a learning step says about itself.
public struct LearningReport: Hashable, Sendable {
  /// Minibatches done.
  public var updates: Int
  /// The mean loss of the last pass over the data, without the penalty.
  public var trainingLoss: Double
  /// If a loss was not finite: the minibatch of this step, counted from 1.
  public var divergedAt: Int?

  public init(updates: Int, trainingLoss: Double, divergedAt: Int? = nil) {
    self.updates = updates
    self.trainingLoss = trainingLoss
    self.divergedAt = divergedAt
  }
}

/// Weights that can learn.
public protocol Learner {
  /// w: all weights with their companions.
  var weights: WeightGroup { get }
  /// All that learning changes, in a fixed order and number: w, and what a network learns besides, like the running statistics of
  /// a normalization. Setting it takes the learner back to where it was.
  var state: [Tensor] { get set }
  /// Changes w by one learning step.
  ///
  /// - Parameters:
  ///   - step: the round and its penalty.
  ///   - recipe: number, size and rates of the minibatches.
  ///   - report: called after updates with the progress inside the step.
  mutating func learn(
    _ step: LearningStep, recipe: LearningRecipe, report: (TrainingProgress) -> Void
  ) throws -> LearningReport
  /// Loss and accuracy on the validation images with the given weights in the place of w; nil if there are none.
  func validate(_ weights: WeightGroup) throws -> Evaluation?
}

/// A network that learns by minibatches.
public struct NetworkLearner: Learner {
  /// The network with its free weights.
  public var network: Network
  /// What it learns from.
  public let data: TrainingData
  /// The source of the order of the minibatches and of dropout; every round has a child of its own.
  public let seed: Seed
  /// The threads.
  public let workers: Workers

  public init(network: Network, data: TrainingData, seed: Seed, workers: Workers) {
    self.network = network
    self.data = data
    self.seed = seed
    self.workers = workers
  }

  public var weights: WeightGroup { network.weightGroup }

  public var state: [Tensor] {
    get { network.parameters }
    set { network.parameters = newValue }
  }

  public mutating func learn(
    _ step: LearningStep, recipe: LearningRecipe, report: (TrainingProgress) -> Void
  ) throws -> LearningReport {
    let trainer = Trainer(
      network: network, recipe: recipe.training(round: step.round, over: data.epochLength),
      data: data.withoutValidation, seed: seed.child("round").child(step.round),
      constraint: step.constraint(for: network.parameterNames), workers: workers)
    let outcome = try trainer.run(
      checkpoint: step.checkpoint, savesRegularly: false, report: report)
    network = outcome.network
    let loss = outcome.history.last { $0.metric == "training-loss" }?.value ?? .nan
    return LearningReport(
      updates: outcome.updates, trainingLoss: loss, divergedAt: outcome.divergedAt)
  }

  public func validate(_ weights: WeightGroup) throws -> Evaluation? {
    guard !data.validation.isEmpty else { return nil }
    var copy = network
    try copy.setWeights(weights)
    return try copy.evaluate(on: data.validation, workers: workers)
  }
}
