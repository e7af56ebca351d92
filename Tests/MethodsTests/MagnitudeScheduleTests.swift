// Iterative and gradual magnitude pruning: their supports shrink along the curves they are named after and end at the scheme's
// density, and bits repeat.

import Compression
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

private let density = 0.1
private let scheme = Scheme(Prune(density: density).then(CastToFloat16()))

private func iterative(_ change: (inout IterativeMagnitude) -> Void = { _ in })
  -> IterativeMagnitude
{
  var method = IterativeMagnitude()
  method.scheme = scheme
  method.steps = 3
  method.retraining = SmallProblem.recipe
  change(&method)
  return method
}

private func gradual(_ change: (inout GradualMagnitude) -> Void = { _ in }) -> GradualMagnitude {
  var method = GradualMagnitude()
  method.scheme = scheme
  method.steps = 4
  method.pruningShare = 0.5
  method.retraining = SmallProblem.recipe
  method.retraining?.epochs = 8
  change(&method)
  return method
}

/// The weights that are not zero.
private func kept(_ outcome: CompressionOutcome) throws -> Int {
  let code = try #require(outcome.compressed)
  return code.members.filter { $0.code.isSparse }.reduce(0) { sum, member in
    sum + member.code.mask.reduce(0) { $0 + ($1 ? 1 : 0) }
  }
}

private func weightCount() throws -> Int {
  try SmallProblem.dense().weightGroup.members.filter { $0.name.role == "weight" }
    .reduce(0) { $0 + $1.tensor.count }
}

@Suite("Pruning while training") struct MagnitudeScheduleTests {
  @Test("both end at the scheme's density, in its number format")
  func ends() throws {
    let wanted = Int((density * Double(try weightCount())).rounded(.down))
    for outcome in [
      try SmallProblem.run(iterative()), try SmallProblem.run(gradual()),
    ] {
      #expect(try kept(outcome) == wanted)
      let code = try #require(outcome.compressed)
      for member in code.members where member.code.isSparse {
        let tensor = try #require(outcome.network.parameter(member.name))
        for index in 0..<tensor.count {
          if !member.code.mask[index] { #expect(tensor[index] == 0) }
          #expect(tensor[index] == Float(Float16(tensor[index])))
        }
      }
    }
  }

  @Test("iterative pruning makes its updates in steps, and one step is one-shot pruning")
  func steps() throws {
    let outcome = try SmallProblem.run(iterative())
    #expect(outcome.updates == 3 * 18)
    #expect(outcome.hardAccuracy != nil)
    let single = try SmallProblem.run(iterative { $0.steps = 1 })
    var once = OneShot()
    once.scheme = scheme
    let direct = try SmallProblem.run(once)
    let masks = { (outcome: CompressionOutcome) in
      outcome.compressed?.members.map { $0.code.mask }
    }
    #expect(masks(single) == masks(direct))
    #expect(masks(outcome) != masks(direct), "later steps rank trained weights")
  }

  @Test("later steps of iterative pruning never bring a weight back")
  func nested() throws {
    // Two of three steps leave the share d^(2/3); the third starts from their result.
    let two = try SmallProblem.run(
      iterative {
        $0.steps = 2
        $0.scheme = Scheme(Prune(density: density))
      })
    let one = try SmallProblem.run(
      iterative {
        $0.steps = 1
        $0.scheme = Scheme(Prune(density: density.squareRoot()))
      })
    for member in try #require(two.compressed).members where member.code.isSparse {
      let earlier = try #require(one.compressed?[member.name]).mask
      for (late, early) in zip(member.code.mask, earlier) where late { #expect(early) }
    }
  }

  @Test("gradual pruning follows the cubic curve and lets the support rest afterwards")
  func curve() throws {
    let outcome = try SmallProblem.run(gradual { $0.scheme = Scheme(Prune(density: density)) })
    let weights = Double(try weightCount())
    let rows = outcome.history.filter { $0.metric == "kept-weights" }
    // 48 updates, pruned four times at equal distances in the first half.
    #expect(rows.map { $0.step } == [0, 6, 12, 18])
    for (index, row) in rows.enumerated() {
      let left = 1 - Double(index + 1) / 4
      let share = 1 - (1 - density) * (1 - left * left * left)
      #expect(row.value == (share * weights).rounded(.down), "step \(index + 1)")
    }
    #expect(try kept(outcome) == Int((density * weights).rounded(.down)))
  }

  @Test("gradual pruning ends with as many weights as the scheme, at any density")
  func roundDensities() throws {
    let weights = try weightCount()
    for hundredth in stride(from: 5, through: 95, by: 5) {
      let density = Double(hundredth) / 100
      let method = gradual {
        $0.scheme = Scheme(Prune(density: density))
        $0.retraining?.epochs = 1
      }
      let outcome = try SmallProblem.run(method)
      let left = try #require(outcome.compressed).members.filter { $0.name.role == "weight" }
        .reduce(0) { $0 + $1.code.nonzeroCount }
      #expect(
        left == MagnitudeThreshold.rank(density: density, count: weights), "density \(density)")
    }
  }

  @Test("one, two and four threads give the same bits, and seeds differ")
  func threads() throws {
    let one = try SmallProblem.run(gradual())
    for count in [2, 4] {
      let other = try SmallProblem.run(gradual(), threads: count)
      #expect(other.network.parameters == one.network.parameters)
      #expect(other.history == one.history)
    }
    #expect(try SmallProblem.run(gradual(), seed: 6).network.parameters != one.network.parameters)
  }

  @Test("schemes without a density, no steps and a best state of gradual pruning are refused")
  func refused() throws {
    let format = Scheme(CastToFloat16())
    #expect(throws: MethodError.self) { try iterative { $0.scheme = format }.validate() }
    #expect(throws: MethodError.self) { try gradual { $0.scheme = format }.validate() }
    #expect(throws: TrainingError.self) { try iterative { $0.steps = 0 }.validate() }
    #expect(throws: TrainingError.self) { try gradual { $0.pruningShare = 0 }.validate() }
    #expect(throws: MethodError.self) {
      try gradual { $0.retraining?.keep = .bestValidationLoss }.validate()
    }
    #expect(throws: CompressionError.self) {
      try iterative { $0.scheme = Scheme(Prune(density: 0)) }.validate()
    }
    try iterative().validate()
    try gradual().validate()
  }
}
