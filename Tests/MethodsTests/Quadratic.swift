// A loss of which the learning step has a closed form, so that rounds can be checked without training.

import Compression
import Methods
import Tensors
import Testing
import Training

/// Weights whose loss is ‖w − goal‖²/2: the learning step has a closed form, w = (goal + μθ + λ)/(1 + μ).
struct Quadratic: Learner {
  var weights: WeightGroup
  let goal: WeightGroup
  /// The round in which learning fails, as if the process were killed.
  var failingRound: Int?

  struct Interrupted: Error {}

  init(_ goal: WeightGroup) {
    self.goal = goal
    weights = goal
  }

  var state: [Tensor] {
    get { weights.tensors }
    set { weights.tensors = newValue }
  }

  mutating func learn(
    _ step: LearningStep, recipe: LearningRecipe, report: (TrainingProgress) -> Void
  ) throws -> LearningReport {
    if step.round == failingRound { throw Interrupted() }
    for member in goal.members {
      let target = try #require(step.target[member.name])
      let multipliers = try #require(step.multipliers[member.name])
      let penalty = Float(step.penalty)
      let elements = member.tensor.elements.indices.map { i in
        (member.tensor.elements[i] + penalty * target.elements[i] + multipliers.elements[i])
          / (1 + penalty)
      }
      weights.replace(member.name, with: Tensor(member.tensor.shape, elements: elements))
    }
    return LearningReport(updates: 1, trainingLoss: weights.squaredDistance(to: goal) / 2)
  }

  func validate(_ weights: WeightGroup) throws -> Evaluation? {
    Evaluation(loss: weights.squaredDistance(to: goal) / 2, correct: 0, count: 0)
  }
}

extension WeightGroup {
  /// The tensors in the order of their names.
  var tensors: [Tensor] {
    get { names.compactMap { self[$0] } }
    set { for (name, tensor) in zip(names, newValue) { replace(name, with: tensor) } }
  }
}
