// How the rounds of a method that alternates learning and projecting are run: their number and length, the learning rate in
// them, and how the penalty grows (condensa, sections 2.1 and 2.2). Start with `penalty(round:)` and `rate(round:update:)`.

import Foundation
public import Reproducibility
public import Training

/// Number, length, rates and penalties of learning rounds.
public struct LearningRecipe: Defaulted {
  /// Projections, the direct one of round 0 included; there is a learning step before each of the others.
  public var rounds = 30
  /// Minibatches of the learning steps from round 2 on.
  public var updates = 2000
  /// Minibatches of the learning step of round 1.
  public var firstUpdates = 10_000
  /// A factor on both numbers of minibatches, to run a published schedule on a smaller budget; 1 is the schedule as written.
  public var scale = 1.0
  /// Images per minibatch.
  public var batch = 128
  /// The optimizer; its state is reset before every learning step.
  public var optimizer = OptimizerChoice(SGD(momentum: 0.95, nesterov: true))
  /// The learning rate at the beginning of each learning step; its epochs are rounds.
  public var rate = ScheduleChoice(ConstantSchedule(rate: 0.02))
  /// The rate to which each learning step falls geometrically; nil for a constant rate inside a step.
  public var endRate: Double?
  /// μ of round 1.
  public var penalty = 1e-3
  /// What μ is multiplied by from round to round.
  public var penaltyFactor = 1.1
  /// μ grows no more once it is above this; it passes it once, as released.
  public var penaltyLimit = 1e4
  /// The largest Euclidean norm of the loss's gradient, before the penalty is added; nil for no limit.
  public var gradientNormLimit: Double?
  /// Whether the returned code is the projection of the last weights themselves, not the best of the shifted ones; nil means
  /// the best.
  public var hardens: Bool?
  /// The rounds end when ‖w − Δ(Θ)‖ / ‖w‖ is below this in every compressed layer; nil for never.
  public var stopResidual: Double?
  /// Whether λ stays when μ changes, so that the scaled dual U = −λ/μ is rescaled; nil means it does. Without it U stays.
  public var rescalesDual: Bool?

  public init() {}

  /// Minibatches of the learning step of `round`; round 0 has none.
  ///
  /// Source: condensa, section 2.1.
  public func updates(round: Int) -> Int {
    guard round > 0 else { return 0 }
    return max(1, Int((scale * Double(round == 1 ? firstUpdates : updates)).rounded()))
  }

  /// Minibatches of all learning steps.
  public var updateCount: Int {
    rounds < 2 ? 0 : updates(round: 1) + (rounds - 2) * updates(round: 2)
  }

  /// μ of `round`: 0, then `penalty`, then multiplied as long as it is not above the limit.
  ///
  /// Source: condensa, section 2.1.
  public func penalty(round: Int) -> Double {
    guard round > 0 else { return 0 }
    var value = penalty
    for _ in 1..<max(1, round) where value <= penaltyLimit { value *= penaltyFactor }
    return value
  }

  /// The learning rates inside the learning step of `round`.
  public func schedule(round: Int) -> ScheduleChoice {
    let start = rate.schedule.rate(update: round, total: rounds, perEpoch: 1)
    return endRate.map { ScheduleChoice(IntervalSchedule(rate: start, end: $0)) }
      ?? ScheduleChoice(ConstantSchedule(rate: start))
  }

  /// The learning rate of minibatch `update` (0 for the first) in the learning step of `round`.
  ///
  /// Source: condensa, section 2.2.
  public func rate(round: Int, update: Int) -> Double {
    schedule(round: round).schedule.rate(
      update: update, total: updates(round: round), perEpoch: 1)
  }

  /// The learning step of `round` as a training recipe over epochs of `length`.
  func training(round: Int, over length: EpochLength) -> TrainingRecipe {
    var recipe = TrainingRecipe()
    recipe.optimizer = optimizer
    recipe.schedule = schedule(round: round)
    recipe.batch = batch
    recipe.updateLimit = updates(round: round)
    // No update at all, for a text too short, is what the training session refuses.
    let perEpoch = max(1, recipe.updatesPerEpoch(over: length))
    recipe.epochs = (recipe.updateLimit + perEpoch - 1) / perEpoch
    recipe.gradientNormLimit = gradientNormLimit
    return recipe
  }

  /// - Throws: `TrainingError` for an impossible value.
  public func validate() throws(TrainingError) {
    try optimizer.optimizer.validate()
    try rate.schedule.validate()
    for (field, value) in [
      ("rounds", rounds), ("updates", updates), ("firstUpdates", firstUpdates), ("batch", batch),
    ] where !(1...1_000_000).contains(value) {
      throw .value(field: field, value: Double(value), allowed: "1 or more, to 1,000,000")
    }
    let positive: [(field: String, value: Double?)] = [
      ("scale", scale), ("endRate", endRate), ("penalty", penalty), ("penaltyLimit", penaltyLimit),
      ("gradientNormLimit", gradientNormLimit), ("stopResidual", stopResidual),
    ]
    for (field, value) in positive {
      if let value, !(value > 0 && value.isFinite) {
        throw .value(field: field, value: value, allowed: "more than 0")
      }
    }
    guard scale <= 1000 else {
      throw .value(field: "scale", value: scale, allowed: "more than 0, to 1000")
    }
    guard penaltyFactor >= 1, penaltyFactor.isFinite else {
      throw .value(field: "penaltyFactor", value: penaltyFactor, allowed: "1 or more")
    }
  }
}
