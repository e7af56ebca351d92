// The joint method: its splitting against the shared vectors on a closed-form loss, and the whole method on a small network.

import Compression
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

/// The cases of one kind in the file that CompressionTests keeps.
private func cases(_ kind: String) throws -> [JSONValue] {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../CompressionTests/Fixtures/joint-projection.json")
  let whole = try CanonicalJSON.decode(JSONValue.self, from: Data(contentsOf: file))
  let found = (whole["cases"]?.items ?? []).filter { $0["kind"] == .string(kind) }
  try #require(!found.isEmpty, "no case of kind \(kind)")
  return found
}

extension JSONValue {
  /// Rows of numbers as linear layers.
  fileprivate var group: WeightGroup {
    WeightGroup(
      items.enumerated().map { index, row in
        WeightGroup.Member(
          name: ParameterName("fc\(index + 1).weight"),
          tensor: Tensor([1, row.floats.count], elements: row.floats), kind: .linear)
      })
  }
}

/// Float results of Double traces (style, section 9).
private let tolerance: Float = 1e-6

private func expectClose(
  _ found: WeightGroup, _ expected: WeightGroup, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for (member, other) in zip(found.members, expected.members) {
    for (value, wanted) in zip(member.tensor.elements, other.tensor.elements) {
      #expect(
        abs(value - wanted) <= tolerance * max(1, abs(wanted)), "\(what), \(member.name)",
        sourceLocation: sourceLocation)
    }
  }
}

@Suite("The splitting of the joint method") struct BudgetSplittingTests {
  @Test("the proximal step follows the optimizer's and uses its rate")
  func proximal() throws {
    let vector = try cases("prox_dual")[0]
    let weights = try vector.at("input", "W").group.members[0].tensor
    let gradient = try vector.at("input", "grad").group.members[0].tensor
    let copy = try vector.at("input", "V").group.members[0].tensor
    let multipliers = try vector.at("input", "Y").group.members[0].tensor
    let rate = try vector.number("input", "alpha")
    let penalty = try vector.number("input", "rho")
    var target = copy
    for index in 0..<target.count {
      target[index] -= multipliers[index] / Float(penalty)
    }
    var parameters = [weights]
    SGD().step(&parameters[0], gradient: gradient, rate: rate)
    let pull = ProximalPull(
      penalty: penalty, targets: ["w": target], parameters: ["w"])
    pull.restore(&parameters, rate: rate, workers: Workers(threadCount: 1))
    let expected = try vector.at("expected", "Wbar").group.members[0].tensor
    for index in 0..<expected.count {
      #expect(abs(parameters[0][index] - expected[index]) <= tolerance)
    }
    // Without a penalty the step is plain descent, to the bit; parameters without a target stay.
    var free = [weights, weights]
    ProximalPull(penalty: 0, targets: ["w": target], parameters: ["w", "v"])
      .restore(&free, rate: rate, workers: Workers(threadCount: 1))
    #expect(free == [weights, weights])
  }

  @Test("sixty sweeps on a quadratic loss", arguments: 0..<2)
  func reference(index: Int) throws {
    let vector = try cases("admm_reference_run")[index]
    let goal = try vector.at("input", "T").group
    var operation = BitBudget(totalBits: Int(try vector.number("input", "S_budget")))
    operation.maximumBits = try vector.at("input", "B").items.count
    operation.startBits = Int(try #require(vector.at("input", "bits0").items[0].number))
    operation.selection = .prefix
    operation.knapsack = .skip
    let projector = try operation.projector(for: goal)
    let rate = try vector.number("input", "alpha")
    let penalty = try vector.number("input", "rho")
    let names = goal.members.map { $0.name }
    var weights = goal
    var splitting = BudgetSplitting(projector, weights: goal)
    var first: BudgetSplitting.Projection?
    var last: BudgetSplitting.Projection?
    for _ in 0..<Int(try vector.number("input", "sweeps")) {
      let pull = ProximalPull(
        penalty: penalty, targets: splitting.targets, parameters: names)
      for _ in 0..<Int(try vector.number("input", "inner")) {
        var parameters = weights.members.map { $0.tensor }
        for place in parameters.indices {
          // The gradient of ½‖W − T‖².
          var gradient = parameters[place]
          for i in 0..<gradient.count { gradient[i] -= goal.members[place].tensor[i] }
          SGD().step(&parameters[place], gradient: gradient, rate: rate)
        }
        pull.restore(&parameters, rate: rate, workers: Workers(threadCount: 1))
        for (name, tensor) in zip(names, parameters) { weights.replace(name, with: tensor) }
      }
      let earlier = splitting
      let projection = try splitting.project(weights)
      weights = projection.weights
      #expect(projection.cost <= projector.budget && projection.isFeasible)
      for name in names {
        // U moves by W − V, exactly as far as Float addition is exact.
        let (w, v) = (try #require(weights[name]), try #require(splitting.copy[name]))
        let (before, after) = (
          try #require(earlier.dual[name]), try #require(splitting.dual[name])
        )
        for i in 0..<w.count { #expect(after[i] == before[i] + (w[i] - v[i])) }
      }
      first = first ?? projection
      last = projection
    }
    let reference = try vector.at("expected", "reference")
    expectClose(weights, try reference.at("W").group, "W")
    expectClose(splitting.copy, try reference.at("V").group, "V")
    let code = try projector.coded(weights, bits: splitting.bits)
    expectClose(code.decompressed(), try reference.at("Wq").group, "W quantized")
    for (name, dual) in zip(names, try reference.at("U").group.members) {
      let found = try #require(splitting.dual[name])
      for i in 0..<found.count { #expect(abs(found[i] - dual.tensor[i]) <= 60 * tolerance) }
    }
    let bits = try reference.at("bits").items.compactMap { $0.number.map { Int($0) } }
    #expect(splitting.bits == bits)
    for (projection, key) in [(first, "first"), (last, "last")] {
      let projection = try #require(projection)
      let expected = try reference.at(key)
      #expect(projection.bits == (try expected.at("bits").items.map { Int($0.number ?? 0) }))
      #expect(projection.nonzeros == (try expected.at("nnz").items.map { Int($0.number ?? 0) }))
      let residual = try expected.number("res")
      #expect(abs(projection.squaredResidual - residual) <= 1e-5 * max(1, residual))
    }
    let loss = code.decompressed().squaredDistance(to: goal) / 2
    #expect(abs(loss - (try reference.number("loss"))) <= 1e-6)
    #expect(loss >= (try vector.number("expected", "brute_force_best_loss")) - 1e-6)
  }
}

extension SGD {
  /// One step without momentum.
  fileprivate func step(_ weights: inout Tensor, gradient: Tensor, rate: Double) {
    var buffers: [Tensor] = []
    update(
      &weights, gradient: gradient, buffers: &buffers, rate: rate, step: 1,
      workers: Workers(threadCount: 1))
  }
}

@Suite("The joint method") struct JointMethodTests {
  private func joint(_ change: (inout JointADMM) -> Void = { _ in }) -> JointADMM {
    var method = JointADMM()
    method.scheme = Scheme(BitBudget(totalBits: 500))
    method.training = SmallProblem.recipe
    method.training.epochs = 6
    change(&method)
    return method
  }

  private func cost(_ code: CompressedGroup) -> Int {
    code.members.reduce(0) { $0 + $1.code.nonzeroCount * $1.code.values.bitsPerValue }
  }

  @Test("the returned network is its code, within the budget, better than the direct projection")
  func feasible() throws {
    let outcome = try SmallProblem.run(joint())
    let code = try #require(outcome.compressed)
    #expect(code.decompressed() == outcome.network.weightGroup)
    #expect(cost(code) <= 500)
    #expect(outcome.updates == 36)
    let losses = outcome.history.filter { $0.metric == "validation-loss" }
    #expect(losses.map { $0.step } == [0, 6, 12, 18, 24, 30, 36])
    #expect((losses.last?.value ?? .infinity) < (losses.first?.value ?? 0))
    for metric in [
      "squared-residual", "dual-norm", "budget-bits", "validation-loss-sparse", "bits.conv1.weight",
      "nonzeros.fc1.weight",
    ] {
      #expect(outcome.history.filter { $0.metric == metric }.count == 7, "\(metric)")
    }
    for row in outcome.history where row.metric == "budget-bits" { #expect(row.value <= 500) }
    #expect(!outcome.history.contains { $0.metric == "over-budget" })
  }

  @Test("one, two and four threads give the same bits")
  func threads() throws {
    let one = try SmallProblem.run(joint())
    for count in [2, 4] {
      let other = try SmallProblem.run(joint(), threads: count)
      #expect(other.network.parameters == one.network.parameters)
      #expect(other.history == one.history)
    }
  }

  @Test("a run that was killed goes on with the same bits", arguments: [8, 20, 40, 50, 75])
  func resumed(update: Int) throws {
    let method = joint {
      $0.stages = [8]
      $0.training.keep = .bestValidationLoss
      var tuning = SmallProblem.recipe
      tuning.epochs = 2
      tuning.keep = .bestValidationLoss
      $0.fineTuning = tuning
    }
    try withTemporaryFolder { folder in
      func file(_ name: String) throws -> CheckpointFile {
        let place = folder.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return CheckpointFile(url: place.appending(path: "run.safetensors"), identity: "run")
      }
      let whole = try file("whole")
      var copied = false
      let expected = try SmallProblem.run(method, checkpoint: whole) { progress in
        guard progress.update == update else { return }
        // What a kill at this update would leave.
        try? FileManager.default.copyItem(
          at: folder.appending(path: "whole"), to: folder.appending(path: "killed"))
        copied = true
      }
      #expect(copied)
      #expect(expected.updates == 2 * 36 + 12)
      let found = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "killed").path)
      #expect(!found.isEmpty, "a checkpoint was there")
      var updates: [Int] = []
      let result = try SmallProblem.run(method, checkpoint: try file("killed")) {
        updates.append($0.update)
      }
      #expect(updates.count < 84, "something was saved")
      #expect(result.network.parameters == expected.network.parameters)
      #expect(result.compressed == expected.compressed)
      #expect(result.history == expected.history)
      #expect(result.keptUpdate == expected.keptUpdate)
    }
  }

  @Test(
    "weights that run away end the run as diverged, with the last feasible code",
    arguments: [1, 40])
  func diverged(rate: Double) throws {
    let outcome = try SmallProblem.run(
      joint { $0.training.schedule = ScheduleChoice(ConstantSchedule(rate: rate * 1e20)) })
    #expect(outcome.divergedAt != nil)
    #expect(outcome.history.last?.metric == "diverged")
    #expect(cost(try #require(outcome.compressed)) <= 500)
  }

  @Test("bits stay as they are once they are frozen")
  func frozen() throws {
    let outcome = try SmallProblem.run(joint { $0.freezeBitsAfter = 2 })
    for name in ["conv1.weight", "fc1.weight", "fc2.weight"] {
      let bits = outcome.history.filter { $0.metric == "bits.\(name)" }.map { $0.value }
      #expect(Set(bits.dropFirst(2)).count == 1, "\(name)")
    }
    #expect(cost(try #require(outcome.compressed)) <= 500)
  }

  @Test("quantization only, pruning only, fixed bits")
  func modes() throws {
    func run(_ change: (inout BitBudget) -> Void) throws -> CompressionOutcome {
      var budget = BitBudget(ratio: 16)
      change(&budget)
      return try SmallProblem.run(joint { $0.scheme = Scheme(budget) })
    }
    let quantized = try #require(try run { $0.prunes = false }.compressed)
    #expect(quantized.members.allSatisfy { !$0.code.isSparse })
    #expect(quantized.members.allSatisfy { $0.code.values.levelCount > 0 })
    let pruned = try run { $0.quantizes = false }
    let code = try #require(pruned.compressed)
    #expect(code.members.allSatisfy { $0.code.values.bitsPerValue == 32 })
    let all = code.members.reduce(0) { $0 + $1.code.shape.elementCount }
    #expect(code.members.reduce(0) { $0 + $1.code.nonzeroCount } == all / 16)
    #expect(pruned.history.allSatisfy { $0.metric != "squared-residual" || $0.value == 0 })
    let fixed = try #require(
      try run {
        $0.minimumBits = 2
        $0.maximumBits = 2
      }.compressed)
    #expect(fixed.members.allSatisfy { $0.code.values.bitsPerValue == 2 })
  }

  @Test("the stages end in the last budget, and the first ones are larger")
  func stages() throws {
    let outcome = try SmallProblem.run(
      joint {
        $0.scheme = Scheme(BitBudget(ratio: 40))
        $0.stages = [10, 20]
      })
    #expect(outcome.updates == 3 * 36)
    let spent = outcome.history.filter { $0.metric == "budget-bits" }.map { $0.value }
    let count = try #require(outcome.compressed).members.reduce(0) {
      $0 + $1.code.shape.elementCount
    }
    #expect(spent.allSatisfy { $0 <= 32 * Double(count) / 10 })
    #expect((spent.last ?? .infinity) <= 32 * Double(count) / 40)
    #expect((spent.first ?? 0) > 32 * Double(count) / 20)
  }

  @Test("fine-tuning through the quantized weights keeps zeros and bits and moves levels")
  func fineTuning() throws {
    let before = try SmallProblem.run(joint())
    let after = try SmallProblem.run(
      joint {
        var tuning = SmallProblem.recipe
        tuning.epochs = 3
        $0.fineTuning = tuning
      })
    let start = try #require(before.compressed)
    let end = try #require(after.compressed)
    #expect(end.decompressed() == after.network.weightGroup)
    #expect(cost(end) <= 500)
    #expect(end != start)
    for (old, new) in zip(start.members, end.members) {
      #expect(new.code.values.bitsPerValue == old.code.values.bitsPerValue)
      for (was, isKept) in zip(old.code.mask, new.code.mask) where !was { #expect(!isKept) }
    }
  }

  @Test(
    "retraining keeps zeros and ties exactly, with momentum, decay and Adam",
    arguments: ["sgd", "adam"])
  func ties(optimizer: String) throws {
    var method = OneShotRetrain()
    method.scheme = Scheme(BitBudget(totalBits: 500))
    var recipe = SmallProblem.recipe
    var adam = Adam()
    adam.weightDecay = 0.01
    recipe.optimizer =
      optimizer == "adam"
      ? OptimizerChoice(adam)
      : OptimizerChoice(SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01))
    method.retraining = recipe
    var direct = OneShot()
    direct.scheme = method.scheme
    let start = try #require(try SmallProblem.run(direct).compressed)
    let outcome = try SmallProblem.run(method)
    let end = try #require(outcome.compressed)
    #expect(end.decompressed() == outcome.network.weightGroup)
    var moved = 0
    for (old, new) in zip(start.members, end.members) {
      guard case .codebook(let before) = old.code.values,
        case .codebook(let after) = new.code.values
      else {
        Issue.record("\(old.name) has no codebook")
        continue
      }
      #expect(old.code.support == new.code.support)
      #expect(before.codes == after.codes)
      moved += zip(before.levels, after.levels).count { $0 != $1 }
      // Before the mean is taken all elements of a level are the same Float already.
      let tensor = try #require(outcome.network.parameter(old.name))
      for (place, code) in zip(new.code.places, after.codes) {
        #expect(tensor[place] == after.levels[Int(code)])
      }
    }
    #expect(moved > 3)
  }

  @Test("stepwise retraining retrains after every operator and keeps what earlier ones decided")
  func stepwise() throws {
    var method = StepwiseRetrain()
    method.scheme = Scheme(Chain([Scheme(Prune(density: 0.2)), Scheme(KMeans(bits: 2))]))
    method.retraining = SmallProblem.recipe
    let outcome = try SmallProblem.run(method)
    #expect(outcome.updates == 36)
    #expect(method.updateCount(over: .images(150)) == 36)
    let code = try #require(outcome.compressed)
    #expect(code.decompressed() == outcome.network.weightGroup)
    let pruned = try #require(
      try SmallProblem.run(
        {
          var first = OneShot()
          first.scheme = Scheme(Prune(density: 0.2))
          return first
        }()
      ).compressed)
    for (member, other) in zip(code.members, pruned.members) {
      #expect(member.code.values.bitsPerValue == 2)
      for (isKept, was) in zip(member.code.mask, other.code.mask) where !was { #expect(!isKept) }
    }
  }

  @Test("fields that do not go together are refused and named")
  func refusals() throws {
    func problem(_ change: (inout JointADMM) -> Void) -> String {
      do { try joint(change).validate() } catch { return "\(error)" }
      return ""
    }
    #expect(problem { _ in } == "")
    #expect(problem { $0.scheme = Scheme(Prune(density: 0.1)) }.hasPrefix("scheme:"))
    #expect(problem { $0.scheme = nil }.hasPrefix("scheme:"))
    #expect(problem { $0.penalty = -1 }.hasPrefix("penalty:"))
    #expect(problem { $0.freezeBitsAfter = -1 }.hasPrefix("freezeBitsAfter:"))
    #expect(problem { $0.stages = [0.5] }.hasPrefix("stages:"))
    #expect(
      problem {
        var budget = BitBudget(totalBits: 500)
        budget.allocation = .random
        $0.scheme = Scheme(budget)
      }.hasPrefix("scheme.bit-budget.allocation:"))
    #expect(
      problem {
        var budget = BitBudget(totalBits: 500)
        budget.quantizes = false
        $0.scheme = Scheme(budget)
        $0.fineTuning = TrainingRecipe()
      }.hasPrefix("fineTuning:"))
    // Whoever holds any method sees its recipes and counts its updates.
    var staged: any CompressionMethod = joint {
      $0.stages = [4]
      $0.fineTuning = SmallProblem.recipe
    }
    #expect(staged.recipes.map { $0.field } == ["training", "fineTuning"])
    #expect(staged.updateCount(over: .images(150)) == 2 * 36 + 18)
    var stepwise = StepwiseRetrain()
    stepwise.scheme = Scheme(Chain([Scheme(Prune(density: 0.2)), Scheme(KMeans(bits: 2))]))
    stepwise.retraining = SmallProblem.recipe
    staged = stepwise
    #expect(staged.updateCount(over: .images(150)) == 36)
    // A budget that the network cannot meet is a typed error of the run.
    #expect(throws: CompressionError.self) {
      try SmallProblem.run(joint { $0.scheme = Scheme(BitBudget(totalBits: 2)) })
    }
  }
}
