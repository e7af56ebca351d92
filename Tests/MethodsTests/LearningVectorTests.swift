// Learning-compression against the released code: the shared vectors of schedules, of the penalised optimizer, of a complete
// four-round run on a linear model, and of the masked fine-tuner. The model learns by its closed-form gradient.

import Compression
import Foundation
import Kernels
import Methods
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// The cases of one kind in the file that CompressionTests keeps.
private func cases(_ kind: String) throws -> [JSONValue] {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../CompressionTests/Fixtures/condensa-operators.json")
  let whole = try CanonicalJSON.decode(JSONValue.self, from: Data(contentsOf: file))
  let found = whole["cases"]?.items.filter { $0["kind"] == .string(kind) } ?? []
  try #require(!found.isEmpty, "no case of kind \(kind)")
  return found
}

/// The tolerance that the vector file states for traces, relative and absolute: its values are float32 results of another
/// order of summation.
private func expectClose(
  _ found: [Float], _ expected: [Float], _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  for (left, right) in zip(found, expected) {
    #expect(
      abs(left - right) <= 1e-5 * max(1, abs(right)), "\(what): \(found) against \(expected)",
      sourceLocation: sourceLocation)
  }
}

/// A linear model y = W x + b with the mean squared error over all elements, as the released trace uses it.
private struct LinearRegression: Learner {
  /// One minibatch of a learning step as the trace lists it.
  struct Minibatch {
    var rate: Double
    var penalty: Double
    var weight: [Float]
    var bias: [Float]
    var target: [Float]
    var multipliers: [Float]
  }

  var weights: WeightGroup
  let inputs: [[Float]]
  let outputs: [[Float]]
  var trace: [Minibatch] = []

  init(_ input: JSONValue, weight: JSONValue, bias: JSONValue) throws {
    inputs = try input.at("X").items.map { $0.floats }
    outputs = try input.at("Y").items.map { $0.floats }
    let rows = try #require(weight.items.first?.floats.count)
    weights = WeightGroup([
      .init(
        name: "fc.weight", tensor: Tensor([weight.items.count, rows], elements: weight.floats),
        kind: .linear,
        companions: [
          Companion(
            role: .bias, name: "fc.bias",
            tensor: Tensor([bias.items.count], elements: bias.floats))
        ])
    ])
  }

  var state: [Tensor] {
    get { weights.tensors }
    set { weights.tensors = newValue }
  }

  /// The loss, and its gradients for weight and bias.
  func loss(of group: WeightGroup) throws -> (value: Double, gradients: [Tensor]) {
    let weight = try #require(group["fc.weight"])
    let bias = try #require(group["fc.bias"])
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    var sum = 0.0
    var weightGradient = [Double](repeating: 0, count: rows * columns)
    var biasGradient = [Double](repeating: 0, count: rows)
    let count = Double(inputs.count * rows)
    for (x, y) in zip(inputs, outputs) {
      for row in 0..<rows {
        var value = Double(bias.elements[row])
        for column in 0..<columns {
          value += Double(weight.elements[row * columns + column]) * Double(x[column])
        }
        let error = value - Double(y[row])
        sum += error * error
        biasGradient[row] += 2 * error / count
        for column in 0..<columns {
          weightGradient[row * columns + column] += 2 * error * Double(x[column]) / count
        }
      }
    }
    return (
      sum / count,
      [
        Tensor(weight.shape, elements: weightGradient.map { Float($0) }),
        Tensor(bias.shape, elements: biasGradient.map { Float($0) }),
      ]
    )
  }

  mutating func learn(
    _ step: LearningStep, recipe: LearningRecipe, report: (TrainingProgress) -> Void
  ) throws -> LearningReport {
    let workers = Workers(threadCount: 1)
    let optimizer = recipe.optimizer.optimizer
    let constraint = step.constraint(for: ["fc.weight", "fc.bias"])
    var parameters = [try #require(weights["fc.weight"]), try #require(weights["fc.bias"])]
    var buffers = parameters.map { parameter in
      (0..<optimizer.bufferCount).map { _ in Tensor(parameter.shape) }
    }
    let count = recipe.updates(round: step.round)
    for update in 0..<count {
      var gradients = try loss(of: weights).gradients
      constraint.adjust(&gradients, parameters: parameters, workers: workers)
      let rate = recipe.rate(round: step.round, update: update)
      for index in parameters.indices {
        optimizer.update(
          &parameters[index], gradient: gradients[index], buffers: &buffers[index], rate: rate,
          step: update + 1, workers: workers)
      }
      weights.replace("fc.weight", with: parameters[0])
      weights.replace("fc.bias", with: parameters[1])
      trace.append(
        Minibatch(
          rate: rate, penalty: step.penalty, weight: parameters[0].elements,
          bias: parameters[1].elements, target: step.target["fc.weight"]?.elements ?? [],
          multipliers: step.multipliers["fc.weight"]?.elements ?? []))
    }
    return LearningReport(updates: count, trainingLoss: try loss(of: weights).value)
  }

  func validate(_ weights: WeightGroup) throws -> Evaluation? {
    Evaluation(loss: try loss(of: weights).value, correct: 0, count: 0)
  }
}

@Suite struct LearningVectorTests {
  @Test("learning rates fall as the released schedules do")
  func learningRates() throws {
    for vector in try cases("learning_rate") {
      let input = try vector.at("input")
      let start = try input.number("start")
      let expected = try vector.at("expected", "values").items.compactMap { $0.number }
      let kind = try input.at("schedule")
      var recipe = LearningRecipe()
      let found: [Double]
      switch kind {
      case .string("interval"):
        recipe.rate = ScheduleChoice(ConstantSchedule(rate: start))
        recipe.endRate = try input.number("end")
        recipe.updates = Int(try input.number("n"))
        found = expected.indices.map { recipe.rate(round: 2, update: $0) }
      case .string("milestones"):
        var step = StepSchedule()
        step.rate = start
        step.factor = try input.number("multiplier")
        step.at = try input.at("milestones").items.compactMap { $0.number }.map { Int($0) + 1 }
        recipe.rate = ScheduleChoice(step)
        found = expected.indices.map { recipe.rate(round: $0, update: 0) }
      default:
        #expect(kind == .string("exponential"))
        var exponential = ExponentialSchedule()
        exponential.rate = start
        exponential.factor = try input.number("gamma")
        recipe.rate = ScheduleChoice(exponential)
        found = expected.indices.map { recipe.rate(round: $0, update: 0) }
      }
      for (left, right) in zip(found, expected) {
        #expect(abs(left - right) <= 1e-12, "\(found) against \(expected)")
      }
    }
  }

  @Test("the penalty grows from round to round and passes its limit once")
  func penalties() throws {
    for vector in try cases("penalty_schedule") {
      let input = try vector.at("input")
      var recipe = LearningRecipe()
      recipe.penalty = try input.number("mu_init")
      recipe.penaltyFactor = try input.number("multiplier")
      recipe.penaltyLimit = try input.number("cap")
      if let single = vector["expected"]?["mu"]?.number {
        let round = Int(try input.number("j"))
        #expect(abs(recipe.penalty(round: round) - single) <= 1e-12)
      } else {
        let expected = try vector.at("expected", "j0_to_j5").items.compactMap { $0.number }
        for (round, value) in expected.enumerated() {
          #expect(abs(recipe.penalty(round: round) - value) <= 1e-12)
        }
      }
    }
  }

  @Test("Nesterov's steps with the penalty are those of the released optimizer")
  func penalisedNesterov() throws {
    for vector in try cases("penalised_nesterov") {
      let input = try vector.at("input")
      func tensor(_ name: String) throws -> Tensor {
        let values = try input.at(name).floats
        return Tensor([values.count], elements: values)
      }
      let workers = Workers(threadCount: 1)
      let sgd = SGD(
        momentum: try input.number("momentum"), nesterov: true,
        weightDecay: try input.number("weight_decay"))
      let constraint = PenaltyConstraint(
        penalty: try input.number("mu"),
        pulls: [(try tensor("theta_weight"), try tensor("lambda_weight")), nil])
      var parameters = [try tensor("weight"), try tensor("bias")]
      var buffers = parameters.map { [Tensor($0.shape)] }
      let rates = try input.at("lr_per_step").items.compactMap { $0.number }
      for (step, rate) in rates.enumerated() {
        var gradients = [try tensor("grad_weight_constant"), try tensor("grad_bias_constant")]
        constraint.adjust(&gradients, parameters: parameters, workers: workers)
        for index in parameters.indices {
          sgd.update(
            &parameters[index], gradient: gradients[index], buffers: &buffers[index], rate: rate,
            step: step + 1, workers: workers)
        }
        let expected = try vector.at("expected")
        expectClose(
          parameters[0].elements, try expected.at("weight").items[step].floats, "weight \(step)")
        expectClose(
          parameters[1].elements, [try expected.at("bias").items[step].floats[0]], "bias \(step)")
      }
    }
  }

  @Test("a whole run of learning-compression is the released one, minibatch by minibatch")
  func trace() throws {
    for vector in try cases("lc_trace") {
      let input = try vector.at("input")
      let expected = try vector.at("expected")
      var recipe = LearningRecipe()
      recipe.rounds = Int(try input.number("config", "steps"))
      recipe.updates = Int(try input.number("config", "mb_iterations_per_l"))
      recipe.firstUpdates = Int(try input.number("config", "mb_iterations_first_l"))
      recipe.rate = ScheduleChoice(ConstantSchedule(rate: try input.number("config", "lr")))
      recipe.endRate = try input.number("config", "lr_end")
      recipe.optimizer = OptimizerChoice(
        SGD(momentum: try input.number("config", "momentum"), nesterov: true))
      recipe.penalty = try input.number("config", "mu_init")
      recipe.penaltyFactor = try input.number("config", "mu_multiplier")
      var learner = try LinearRegression(
        input, weight: try input.at("init", "weight"), bias: try input.at("init", "bias"))
      let loop = LearningLoop(
        scheme: Scheme(Prune(density: try input.number("scheme", "density"))), recipe: recipe,
        context: CompressionContext(seed: Seed(1)))
      var rounds: [LearningRound] = []
      let result = try loop.run(&learner) { _ in
      } observe: {
        rounds.append($0)
      }

      let minibatches = try expected.at("l_step_minibatches").items
      #expect(learner.trace.count == minibatches.count)
      for (found, wanted) in zip(learner.trace, minibatches) {
        expectClose([Float(found.rate)], try wanted.at("lr").floats, "rate")
        expectClose([Float(found.penalty)], try wanted.at("mu").floats, "penalty")
        expectClose(found.weight, try wanted.at("weight").floats, "w")
        expectClose(found.bias, try wanted.at("bias").floats, "bias")
        expectClose(found.target, try wanted.at("theta_weight").floats, "θ")
        expectClose(found.multipliers, try wanted.at("lambda_weight").floats, "λ")
      }
      // The released list also holds passes that only record what will be compressed; they change nothing.
      let calls = try expected.at("compress_decompress_calls").items
      let projections = calls.filter {
        $0["op"] == .string("compress") && $0["record_only"] == .boolean(false)
      }
      #expect(projections.count == rounds.count)
      for (round, call) in zip(rounds, projections) {
        let shifted = try #require(round.shifted["fc.weight"])
        let copy = try #require(round.copy["fc.weight"])
        expectClose(shifted.elements, try call.at("before", "weight").floats, "w − λ/μ")
        expectClose(copy.elements, try call.at("after", "weight").floats, "Π(w − λ/μ)")
      }
      let losses = try expected.at("val_losses_theta").floats
      expectClose(rounds.map { Float($0.validation?.loss ?? .nan) }, losses, "validation loss")
      let best = result.compressed.decompressed()
      expectClose(
        try #require(best["fc.weight"]).elements, try expected.at("best_model", "weight").floats,
        "best weight")
      expectClose(
        try #require(best["fc.bias"]).elements, try expected.at("best_model", "bias").floats,
        "best bias")
      expectClose(
        try #require(learner.weights["fc.weight"]).elements,
        try expected.at("final_w", "weight").floats, "final w")
    }
  }

  @Test("masked fine-tuning is the released one, biases that are zero included")
  func fineTune() throws {
    for vector in try cases("fine_tune") {
      let input = try vector.at("input")
      let expected = try vector.at("expected")
      var model = try LinearRegression(
        input, weight: try input.at("init_weight"), bias: try input.at("init_bias"))
      let names: [ParameterName] = ["fc.weight", "fc.bias"]
      let constraint = try SupportConstraint(
        nonzerosOf: model.weights, parameters: names, layers: ["fc"])
      let workers = Workers(threadCount: 1)
      let sgd = SGD(
        momentum: try input.number("momentum"), weightDecay: try input.number("weight_decay"),
        rateOutsideVelocity: true)
      let epochs = Int(try input.number("epochs"))
      var schedule = ExponentialSchedule()
      schedule.rate = try input.number("lr")
      schedule.factor = pow(try input.number("lr_end") / schedule.rate, 1 / Double(epochs))
      var parameters = names.compactMap { model.weights[$0] }
      var buffers = parameters.map { [Tensor($0.shape)] }
      var best: (loss: Double, parameters: [Tensor]) = (.infinity, [])
      for epoch in 0..<epochs {
        var gradients = try model.loss(of: model.weights).gradients
        constraint.adjust(&gradients, parameters: parameters, workers: workers)
        let rate = schedule.rate(update: epoch, total: epochs, perEpoch: 1)
        let wanted = try expected.at("lr_per_epoch").floats
        expectClose([Float(rate)], [wanted[epoch]], "rate")
        for index in parameters.indices {
          sgd.update(
            &parameters[index], gradient: gradients[index], buffers: &buffers[index], rate: rate,
            step: epoch + 1, workers: workers)
        }
        constraint.restore(&parameters, rate: 0.1, workers: workers)
        for (name, tensor) in zip(names, parameters) { model.weights.replace(name, with: tensor) }
        let loss = try model.loss(of: model.weights).value
        if loss < best.loss { best = (loss, parameters) }
      }
      expectClose(best.parameters[0].elements, try expected.at("best_weight").floats, "weight")
      expectClose(best.parameters[1].elements, try expected.at("best_bias").floats, "bias")
    }
  }

  @Test("a fine-tuner without layers is refused")
  func fineTunerNeedsLayers() throws {
    let vector = try #require(try cases("fine_tune").first)
    let input = try vector.at("input")
    let model = try LinearRegression(
      input, weight: try input.at("init_weight"), bias: try input.at("init_bias"))
    #expect(throws: CompressionError.nothingEligible(operator: "fine-tuning", skip: nil)) {
      try SupportConstraint(nonzerosOf: model.weights, parameters: ["fc.weight"], layers: [])
    }
  }
}
