// Micro-structured unification with ADMM: learning rounds with a growing penalty, a hard projection of the last weights, tied
// retraining (micro-structured-unification, section 2). The rounds are those of `LearningLoop`; U = −λ/μ is the scaled dual.

public import Compression
import Networks
import Reproducibility
import Tensors
public import Training

/// Blocks that share a magnitude, learned by the alternating direction method.
///
/// Source: micro-structured-unification, sections 1.2 and 2; the defaults are those of the pilot, section 5.3.
public struct UnificationADMM: SchemeMethod {
  public static var name: String { "unification-admm" }

  /// What the network is projected on; contains `unify`.
  public var scheme: Scheme? = Scheme(Chain())
  /// The rounds: K of them beside the direct projection, ρ of the first and its growth, the training in each.
  public var learning: LearningRecipe? = Self.rounds
  /// The training after the hard projection, tags and signs held.
  public var retraining: TrainingRecipe? = TrainingRecipe()
  /// Whether the magnitudes of unified blocks are trained then, or stay; nil means trained.
  public var sharing: SharedTraining?

  public init() {}

  /// K 5, ρ 1e-3 tripled every round, Adam from 1e-3 to 1e-4 in each; hardened.
  static var rounds: LearningRecipe {
    var recipe = LearningRecipe()
    recipe.rounds = 6
    recipe.updates = 844
    recipe.firstUpdates = 844
    recipe.optimizer = OptimizerChoice(Adam())
    recipe.rate = ScheduleChoice(ConstantSchedule(rate: 1e-3))
    recipe.endRate = 1e-4
    recipe.penalty = 1e-3
    recipe.penaltyFactor = 3
    recipe.hardens = true
    return recipe
  }

  public func validate() throws {
    try scheme?.validate()
    try requireUnify(scheme, of: Self.name)
    try requireSomethingToTrain(scheme, sharing: sharing)
  }
}

extension Scheme {
  /// `Unify.selectionGap` of its first operator, which is the one that sees the weights as they are.
  func selectionGap(in weights: WeightGroup) throws -> Double? {
    try (operators.first as? Unify)?.selectionGap(in: weights)
  }
}

/// Refuses schemes without `unify`.
func requireUnify(_ scheme: Scheme?, of method: String) throws(MethodError) {
  guard scheme?.operators.contains(where: { $0 is Unify }) == true else {
    throw .value(field: "scheme", problem: "\(method) needs a scheme with unify")
  }
}

/// Refuses frozen training where every block is pruned or unified.
func requireSomethingToTrain(
  _ scheme: Scheme?, sharing: SharedTraining?
) throws(MethodError) {
  guard sharing == .frozen else { return }
  for operation in scheme?.operators ?? [] {
    if let unify = operation as? Unify, unify.pruned + unify.unified >= 1 {
      throw .value(
        field: "sharing",
        problem: "frozen leaves nothing to train where all blocks are pruned or unified")
    }
  }
}

/// Refuses results that are not what the operators `unify` of their scheme promise: exact counts, zeros, equal magnitudes.
///
/// Source: micro-structured-unification, section 1.2.
func requireFeasible(_ outcome: CompressionOutcome, of scheme: Scheme?) throws {
  guard let compressed = outcome.compressed, outcome.divergedAt == nil else { return }
  for case let unify as Unify in scheme?.operators ?? [] {
    let violations = try unify.violations(in: compressed, weights: outcome.network.weightGroup)
    if let first = violations.first { throw MethodError.infeasible(first) }
  }
}
