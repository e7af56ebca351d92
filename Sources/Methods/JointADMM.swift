// The joint method as a spec names it: one budget of bits, learning with a proximal pull, both projections once per epoch
// (joint-sparsity-quantization, section 2.1). The loop is in `JointLoop`, the projections are the scheme's.

public import Compression
import Reproducibility
public import Training

/// Sparsity and quantization learned together under one budget of bits.
///
/// Source: joint-sparsity-quantization, sections 1 and 2.
public struct JointADMM: SchemeMethod {
  public static var name: String { "joint-admm" }

  /// The budget and its projections; a `bit-budget`.
  public var scheme: Scheme? = Scheme(BitBudget())
  /// ρ.
  public var penalty = 0.05
  /// The training; the weights are projected after each of its epochs.
  public var training = TrainingRecipe()
  /// The epoch after which the bits stay as they are; nil for never.
  public var freezeBitsAfter: Int?
  /// Whether the optimizer's buffers are zeroed after every projection; nil means they are left alone, as released.
  public var clearsMomentum: Bool?
  /// The ratios of earlier stages: each is a whole training that starts from the weights of the stage before.
  public var stages: [Double]?
  /// Training of the latent weights through their quantized copy, at the end; nil for none.
  public var fineTuning: TrainingRecipe?

  public init() {}

  public var retraining: TrainingRecipe? { nil }

  public var recipes: [(field: String, recipe: TrainingRecipe)] {
    [("training", training)] + (fineTuning.map { [("fineTuning", $0)] } ?? [])
  }

  /// The budget of each stage, the scheme's own last; empty if the scheme is no budget.
  var budgets: [BitBudget] {
    guard let budget = scheme?.operation as? BitBudget else { return [] }
    let earlier = (stages ?? []).map { ratio in
      var stage = budget
      stage.totalBits = nil
      stage.ratio = ratio
      return stage
    }
    return earlier + [budget]
  }

  public func updateCount(over length: EpochLength) -> Int {
    (1 + (stages?.count ?? 0)) * training.updateCount(over: length)
      + (fineTuning?.updateCount(over: length) ?? 0)
  }

  public func validate() throws {
    guard let budget = budgets.last else {
      throw MethodError.value(
        field: "scheme", problem: "\(scheme?.name ?? "nothing") has no budget; allowed: bit-budget")
    }
    try scheme?.validate()
    for stage in budgets {
      do { try stage.validate() } catch {
        throw MethodError.value(field: "stages", problem: "\(error)")
      }
    }
    if budget.allocation == .random {
      throw MethodError.value(
        field: "scheme.bit-budget.allocation",
        problem: "random budgets are not learned; allowed: alternating, joint-exact")
    }
    if budget.allocation == .jointExact && budget.counting != .values {
      throw MethodError.value(
        field: "scheme.bit-budget.counting",
        problem: "values-and-positions is not possible with allocation: joint-exact")
    }
    guard penalty >= 0, penalty.isFinite else {
      throw TrainingError.value(field: "penalty", value: penalty, allowed: "0 or more")
    }
    if let epoch = freezeBitsAfter, epoch < 0 {
      throw TrainingError.value(
        field: "freezeBitsAfter", value: Double(epoch), allowed: "0 or more")
    }
    if fineTuning != nil, !(budget.quantizes && budget.prunes) {
      throw MethodError.value(
        field: "fineTuning", problem: "needs a scheme that prunes and quantizes")
    }
  }
}

/// A field of a method whose value does not go with the others.
public enum MethodError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The field and what is wrong with it.
  case value(field: String, problem: String)
  /// A result that is not what its scheme promises.
  case infeasible(UnificationViolation)

  public var description: String {
    switch self {
    case .value(let field, let problem): "\(field): \(problem)"
    case .infeasible(let violation): "the result is not what its scheme promises: \(violation)"
    }
  }
}
