// A size in the place of a density: the projection of the dense weights has it, whatever the operator's knob is, and what cannot be
// had is refused.

import Compression
import Datasets
import Experiments
import Foundation
import Kernels
import Methods
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing
import Training

private func network() throws -> Network {
  try Network(
    [
      Flatten(), Linear(outputs: 100), Rectifier(), Linear(outputs: 60), Rectifier(),
      Linear(outputs: 10),
    ],
    inputShape: [28, 28, 1], seed: Seed(3))
}

private func oneShot(_ scheme: Scheme) -> MethodChoice {
  var method = OneShot()
  method.scheme = scheme
  return MethodChoice(method)
}

private func target(_ ratio: Double, _ measure: SizeTarget.Measure = .commonPayload) -> SizeTarget {
  var target = SizeTarget()
  target.ratio = ratio
  target.measure = measure
  return target
}

private let context = CompressionContext(seed: Seed(9))

@Suite("Matching a size") struct SizeTargetTests {
  static let schemes: [Scheme] = [
    Scheme(Prune(density: 0.5)),
    Scheme(Prune(density: 0.5).then(CastToFloat16())),
    Scheme(RandomPrune(density: 0.5).then(CastToFloat16())),
    Scheme(BitBudget(ratio: 2)),
    Scheme(Chain([Scheme(Unify(block: [4, 4], unified: 1)), Scheme(CastToFloat16())])),
    Scheme(Unify(block: [4, 4], pruned: 0.5)),
  ]

  @Test(
    "the density found gives the size within two per cent, for every operator with one",
    arguments: schemes.indices, [16.0, 25, 40])
  func found(index: Int, ratio: Double) throws {
    let dense = try network()
    let scheme = Self.schemes[index]
    let found = try target(ratio).density(for: oneShot(scheme), on: dense, context: context)
    #expect((0...1).contains(found.density))
    let code = try scheme.withDensity(found.density).compress(dense.weightGroup, context: context)
    let reached = StorageCost(of: code, reference: dense.weightGroup).commonRatio
    #expect(reached == found.ratio)
    #expect(abs(reached / ratio - 1) <= SizeTarget.tolerance)
  }

  @Test("multiply–accumulates can be matched instead", arguments: [2.0, 8, 30])
  func arithmetic(ratio: Double) throws {
    let dense = try network()
    let scheme = Scheme(Prune(density: 0.5))
    let found = try target(ratio, .multiplyAccumulates)
      .density(for: oneShot(scheme), on: dense, context: context)
    var pruned = dense
    try pruned.setWeights(
      scheme.withDensity(found.density).compress(dense.weightGroup, context: context)
        .decompressed())
    let used = pruned.costs.reduce(0) { $0 + $1.multiplyAccumulates }
    let all = dense.costs.reduce(0) { $0 + $1.denseMultiplyAccumulates }
    #expect(abs(Double(all) / Double(used) / ratio - 1) <= SizeTarget.tolerance)
  }

  @Test("a size that no density gives is refused with the nearest one")
  func unreachable() throws {
    let dense = try network()
    // Blocks of one magnitude are small even if all of them stay, and their tags cost something even if none does.
    let blocks = Scheme(
      Chain([Scheme(Unify(block: [4, 4], unified: 1)), Scheme(CastToFloat16())]))
    for ratio in [4.0, 500] {
      let error = #expect(throws: RunError.self) {
        _ = try target(ratio).density(for: oneShot(blocks), on: dense, context: context)
      }
      guard case .unreachableSize(let wanted, let nearest) = error else {
        Issue.record("another error: \(String(describing: error))")
        continue
      }
      #expect(wanted == ratio)
      #expect(ratio < 100 ? nearest > ratio : nearest < ratio)
    }
  }

  @Test("where ties make sizes jump a little, the nearest one is taken; where they jump far, none")
  func jumps() throws {
    // A hundredth of the weights is largest, a seventh as many come next, and all the others are equal.
    var dense = try network()
    dense.parameters = dense.parameters.map { tensor in
      Tensor(
        tensor.shape,
        elements: (0..<tensor.count).map { $0 % 100 == 0 ? 3 : $0 % 700 == 50 ? 2 : 0.5 })
    }
    let scheme = Scheme(Prune(density: 0.5))
    func ratio(at density: Double) throws -> Double {
      let code = try scheme.withDensity(density).compress(dense.weightGroup, context: context)
      return StorageCost(of: code, reference: dense.weightGroup).commonRatio
    }
    let (larger, smaller) = (try ratio(at: 0.0114), try ratio(at: 0.01))
    for wanted in [larger * 1.05, smaller / 1.05] {
      let found = try target(wanted).density(for: oneShot(scheme), on: dense, context: context)
      #expect(abs(found.ratio / wanted - 1) > SizeTarget.tolerance)
      #expect(abs(log(found.ratio / wanted)) <= log(1 + SizeTarget.jump))
      #expect([larger, smaller].contains { abs(found.ratio / $0 - 1) < 1e-9 })
      #expect(abs(try ratio(at: found.density) / found.ratio - 1) < 1e-9)
    }
    #expect(throws: RunError.self) {
      _ = try target(larger / 2).density(for: oneShot(scheme), on: dense, context: context)
    }
  }

  @Test("densities of budgets and blocks are what they say")
  func densities() {
    var budget = BitBudget(totalBits: 1000)
    budget.density = 0.02
    #expect(budget.ratio == 50 && budget.totalBits == nil)
    var unify = Unify(block: [4, 4], pruned: 0.2, unified: 0.4)
    #expect(unify.density == 0.8)
    unify.density = 0.4
    #expect(abs(unify.pruned - 0.6) < 1e-12 && abs(unify.unified - 0.2) < 1e-12)
  }

  private static func spec(_ fields: String) -> String {
    """
    experiment: tiny
    network: { layers: [ flatten, linear: { outputs: 20 }, relu, linear: { outputs: 10 } ] }
    dataset: { name: fashion-mnist, trainingLimit: 256, testLimit: 100 }
    dense: { epochs: 1, batch: 32 }
    methods:
      - one-shot: { scheme: { chain: [prune, float16] } }
      - dense-continued: { retraining: { epochs: 1 } }
    \(fields)
    profiles: { standard: {} }
    """
  }

  private func read(_ fields: String) throws -> Experiment {
    try Experiment(
      yaml: Self.spec(fields), file: "tiny.yaml", paper: "own", profile: "standard")
  }

  @Test("every method with a density meets every size; those without are one run")
  func sweeps() throws {
    let experiment = try read("match: { ratio: { each: [5, 10, 20] } }")
    #expect(experiment.cells.count == 4)
    let ratios = experiment.cells.compactMap { $0.run.match?.ratio }
    #expect(ratios == [5, 10, 20])
    #expect(
      experiment.cells.map { $0.coordinates["ratio"] } == [
        .number(5), .number(10), .number(20), nil,
      ])
  }

  @Test(
    "wrong sizes and rules are refused with their place",
    arguments: [
      ("match: { ratio: 1 }", "match.ratio"),
      ("match: { ratio: 10, corrections: 99 }", "match.corrections"),
      ("match: { rato: 10 }", "match.rato"),
      ("match: { ratio: 10 }\nsearch: { tolerance: 0.1 }", "match"),
      (
        "match: { ratio: 10 }\nwithout: [ { where: { ratio: [11] }, because: too small } ]",
        "without[0]"
      ),
      (
        "match: { ratio: 10 }\nwithout: [ { where: { method: [one-shot] } } ]", "without[0].because"
      ),
    ])
  func refused(fields: String, path: String) throws {
    let errors = #expect(throws: SpecErrors.self) { _ = try read(fields) }
    #expect(errors?.errors.contains { $0.keyPath == path } == true, "\(String(describing: errors))")
  }

  @Test(
    "a density beside a size, and a scheme that has none, are refused where they stand",
    arguments: [
      ("{ chain: [ prune: { density: 0.1 }, float16 ] }", "gives a density"),
      ("{ bit-budget: { totalBits: 5000 } }", "gives a density"),
      ("{ k-means: { bits: 4 } }", "has no density"), ("float16", "has no density"),
    ])
  func densityBesideSize(scheme: String, problem: String) throws {
    let text = Self.spec("match: { ratio: 20 }").replacingOccurrences(
      of: "{ chain: [prune, float16] }", with: scheme)
    let errors = #expect(throws: SpecErrors.self) {
      _ = try Experiment(yaml: text, file: "tiny.yaml", paper: "own", profile: "standard")
    }
    let error = try #require(errors?.errors.first)
    #expect(error.keyPath == "methods[0].one-shot.scheme" && error.line == 6, "\(error)")
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test("runs that are left out are not cells, and the reason stays")
  func omitted() throws {
    let experiment = try read(
      "match: { ratio: { each: [5, 10] } }\nwithout: [ { where: { ratio: [10] }, because: of a reason } ]"
    )
    #expect(experiment.cells.compactMap { $0.run.match?.ratio } == [5])
    #expect(experiment.omissions.map { $0.because } == ["of a reason"])
  }
}
