// The operator `unify`: the laws of its projection (micro-structured-unification, section 7.2) over seeds, and what it refuses.

import Compression
import Foundation
import Reproducibility
import Tensors
import TestSupport
import Testing

/// A convolutional network in small, with sizes that no block divides.
func unevenGroup(seed: UInt64) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("uneven"))
  func member(_ layer: String, _ shape: Shape, _ kind: WeightKind) -> WeightGroup.Member {
    WeightGroup.Member(
      name: ParameterName(layer: layer, role: "weight"), tensor: .normal(shape, from: &stream),
      kind: kind,
      companions: [
        Companion(
          role: .bias, name: ParameterName(layer: layer, role: "bias"),
          tensor: .normal([shape[0]], from: &stream))
      ])
  }
  return WeightGroup([
    member("conv1", [6, 3, 3, 3], .convolution), member("conv2", [7, 6, 3, 3], .convolution),
    member("fc1", [13, 10], .linear), member("fc2", [5, 13], .linear),
  ])
}

/// One random linear weight.
private func matrix(_ shape: Shape, seed: UInt64) -> WeightGroup {
  var stream = RandomStream(Seed(seed).child("matrix"))
  return WeightGroup([
    .init(name: "fc.weight", tensor: .normal(shape, from: &stream), kind: .linear)
  ])
}

extension WeightGroup {
  fileprivate func scaled(by factor: Float) -> WeightGroup {
    var result = self
    for member in members {
      result.replace(
        member.name,
        with: Tensor(member.tensor.shape, elements: member.tensor.elements.map { factor * $0 }))
    }
    return result
  }
}

/// An operator with a name for messages.
struct UnifyCase: CustomTestStringConvertible, Sendable {
  let operation: Unify

  init(
    _ block: Shape, _ pruned: Double, _ unified: Double, _ change: (inout Unify) -> Void = { _ in }
  ) {
    var operation = Unify(block: block, pruned: pruned, unified: unified)
    change(&operation)
    self.operation = operation
  }

  var testDescription: String {
    (try? CanonicalJSON.encode(operation)).map { String(decoding: $0, as: UTF8.self) } ?? "unify"
  }

  static let all: [UnifyCase] =
    [Shape([4, 4]), [1, 4], [3, 1], [2, 3], [2, 2, 3], [3, 2, 1]].flatMap { block in
      [
        UnifyCase(block, 0, 1), UnifyCase(block, 0.4, 0.5), UnifyCase(block, 0.7, 0),
        UnifyCase(block, 0.25, 0.25) { $0.selection = .exact },
        UnifyCase(block, 0.3, 0.6) {
          $0.scope = .global
          $0.inner = false
        },
      ]
    }
    + BlockPartition.Order.allCases.map { order in UnifyCase([4, 4], 0.2, 0.5) { $0.order = order }
    }
    + [
      UnifyCase([4, 4], 0.2, 0.5) { $0.magnitude = .l1 },
      UnifyCase([4, 4], 0.2, 0.5) { $0.magnitude = .linf },
      UnifyCase([4, 4], 0.2, 0.5) { $0.shares = .value },
      UnifyCase([4, 4], 0.2, 0.5) { $0.pruneScore = .l1 },
      UnifyCase([4, 4], 0.2, 0.5) { $0.unifyScore = .deviation },
      UnifyCase([4, 4], 0.2, 0.5) { $0.only = "conv*,fc2" },
      UnifyCase([2, 3], 0.2, 0.8) {
        $0.selection = .exact
        $0.scope = .global
      },
    ]
}

@Suite("Unifying and pruning blocks") struct UnifyTests {
  @Test("projecting twice changes nothing, and the result is feasible", arguments: UnifyCase.all)
  func idempotent(subject: UnifyCase) throws {
    for seed in 0..<6 as Range<UInt64> {
      let weights = unevenGroup(seed: seed)
      let code = try subject.operation.apply(weights)
      let once = code.decompressed()
      #expect(try subject.operation.apply(once).decompressed() == once, "seed \(seed)")
      #expect(once != weights)
      #expect(try subject.operation.violations(in: code) == [], "seed \(seed)")
      let cost = try subject.operation.choices(in: weights).reduce(0) { $0 + $1.cost }
      #expect(abs(cost - weights.squaredDistance(to: once)) <= 1e-5 * cost, "seed \(seed)")
    }
  }

  @Test("scaling and changing signs go through the projection", arguments: UnifyCase.all)
  func scaling(subject: UnifyCase) throws {
    let weights = unevenGroup(seed: 9)
    let result = try subject.operation.apply(weights).decompressed()
    for factor in [4, 0.125, -1] as [Float] {
      let scaled = try subject.operation.apply(weights.scaled(by: factor)).decompressed()
      for member in result.members {
        #expect(
          scaled[member.name]?.elements == member.tensor.elements.map { factor * $0 }, "\(factor)")
      }
    }
  }

  @Test(
    "signs, L1 norms of blocks and everything outside of the chosen blocks stay", arguments: 0..<8)
  func signs(seed: UInt64) throws {
    let weights = unevenGroup(seed: seed)
    let operation = Unify(block: [4, 4], pruned: 0.3, unified: 0.5)
    let code = try operation.apply(weights)
    let result = code.decompressed()
    #expect(code.compressedWeightNames == ["conv2.weight", "fc1.weight"])
    for name in weights.names where !code.compressedWeightNames.contains(name) {
      #expect(result[name] == weights[name])
    }
    for choice in try operation.choices(in: weights) {
      let before = try #require(weights[choice.name])
      let after = try #require(result[choice.name])
      let held = try #require(code[choice.name])
      for block in choice.tags.indices {
        let places = choice.partition.places(of: block)
        switch choice.tags[block] {
        case .keep: #expect(places.allSatisfy { after[$0] == before[$0] })
        case .prune: #expect(places.allSatisfy { after[$0] == 0 && !held.mask[$0] })
        case .unify:
          #expect(places.allSatisfy { abs(after[$0]) == abs(after[places[0]]) })
          #expect(places.allSatisfy { (after[$0] < 0) == (before[$0] < 0) })
          let norms = [before, after].map { tensor in
            places.reduce(0.0) { $0 + Double(abs(tensor[$1])) }
          }
          #expect(abs(norms[0] - norms[1]) <= 1e-6 * norms[0], "seed \(seed)")
        }
      }
      #expect(held.nonzeroCount == after.nonzeroCount)
      #expect(held.places.map { after[$0] } == held.floats)
    }
  }

  @Test("zero counts as positive")
  func zeros() throws {
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: Tensor([1, 4], elements: [0, -0.0, -2, 2]), kind: .linear)
    ])
    let code = try Unify(block: [1, 4], unified: 1, inner: false).apply(weights)
    #expect(code.members[0].code.decompressed().elements == [1, 1, -1, 1])
  }

  @Test("nothing feasible is nearer than the exact choice", arguments: 0..<10)
  func nearest(seed: UInt64) throws {
    let weights = matrix([7, 9], seed: seed)
    let tensor = weights.members[0].tensor
    for (pruned, unified) in [(0.0, 0.5), (0.5, 0.0), (0.25, 0.5), (0.5, 0.5)] {
      var operation = Unify(block: [2, 3], pruned: pruned, unified: unified, inner: false)
      operation.selection = .exact
      let choice = try #require(try operation.choices(in: weights).first)
      let best = weights.squaredDistance(to: try operation.apply(weights).decompressed())
      let counts = operation.counts(ofBlocks: choice.tags.count)
      var stream = RandomStream(Seed(seed).child("rivals"))
      for _ in 0..<200 {
        var rival = tensor
        let order = stream.permutation(choice.tags.count)
        for (rank, block) in order.enumerated() where rank < counts.pruned + counts.unified {
          let common = rank < counts.pruned ? 0 : stream.uniform(0, 1.5)
          for place in choice.partition.places(of: block) {
            let flips = stream.uniform(0, 1) < 0.05
            rival[place] = (tensor[place] < 0) != flips ? -common : common
          }
        }
        #expect(best <= tensor.squaredDistance(to: rival) + 1e-6, "seed \(seed)")
      }
    }
  }

  @Test(
    "the exact choice is that of trying everything, and never worse than one by one",
    arguments: 0..<12)
  func enumeration(seed: UInt64) throws {
    let weights = matrix([4, 14], seed: seed)
    for (pruned, unified) in [(0.25, 0.25), (0.125, 0.5), (0.5, 0.375), (0.375, 0.125)] {
      var operation = Unify(block: [2, 4], pruned: pruned, unified: unified, inner: false)
      let sequential = try #require(try operation.choices(in: weights).first)
      operation.selection = .exact
      let exact = try #require(try operation.choices(in: weights).first)
      let blockCount = exact.tags.count
      #expect(blockCount == 8)
      let wanted = operation.counts(ofBlocks: blockCount)
      let values = (0..<blockCount).map { block in
        exact.partition.places(of: block).map { Double(weights.members[0].tensor[$0]) }
      }
      let prune = values.map { BlockRule.pruneCost($0) }
      let unify = values.map { operation.rule.unifyCost($0) }
      var best = Double.infinity
      for code in 0..<6561 {
        var (rest, cost, counts) = (code, 0.0, (0, 0))
        for block in 0..<blockCount {
          if rest % 3 == 1 {
            cost += prune[block]
            counts.0 += 1
          } else if rest % 3 == 2 {
            cost += unify[block]
            counts.1 += 1
          }
          rest /= 3
        }
        if counts == wanted { best = min(best, cost) }
      }
      #expect(abs(exact.cost - best) <= 1e-9, "seed \(seed), \(pruned), \(unified)")
      #expect(exact.cost <= sequential.cost + 1e-12, "seed \(seed)")
    }
  }

  @Test("single weights, all pruned, nothing asked for")
  func edges() throws {
    let weights = unevenGroup(seed: 2)
    #expect(try Unify(block: [1, 1], unified: 1).apply(weights).decompressed() == weights)
    let empty = try Unify(block: [4, 4], pruned: 1).apply(weights)
    #expect(empty.emptiedMembers == ["conv2.weight", "fc1.weight"])
    let unchanged = try Unify().apply(weights)
    #expect(unchanged.decompressed() == weights)
    #expect(unchanged.compressedWeightNames == ["conv2.weight", "fc1.weight"])
    #expect(unchanged["fc1.weight"]?.unified?.tagBits == 0)
  }

  @Test("blocks partition the weights, and every order is a permutation")
  func partition() throws {
    let shapes: [Shape] = [[7, 6, 3, 3], [13, 10], [4, 3, 2], [5, 1, 3, 3], [4, 4]]
    let blocks: [Shape] = [[4, 4], [1, 5], [3, 1], [16, 2], [2, 3, 2], [1, 1, 1], [3, 4, 9]]
    for shape in shapes {
      var stream = RandomStream(Seed(1).child("partition"))
      let tensor = Tensor.normal(shape, from: &stream)
      for block in blocks {
        for order in BlockPartition.Order.allCases {
          let partition = try BlockPartition(
            cutting: shape, of: "w.weight", into: block, order: order)
          let places = (0..<partition.blockCount).flatMap { partition.places(of: $0) }
          #expect(places.sorted() == Array(0..<shape.elementCount), "\(shape), \(block), \(order)")
          #expect(partition.tensor(ofView: partition.view(tensor)) == tensor)
          for index in 0..<partition.blockCount {
            let extent = partition.extent(of: index)
            let columnCount = shape.elementCount / shape[0]
            let places = partition.places(of: index)
            #expect(Set(places.map { $0 / columnCount }).count == extent.outputs)
            #expect(Set(places.map { $0 % columnCount }).count == extent.inputs)
          }
        }
      }
    }
  }

  @Test("a choice over all layers takes the cheapest blocks wherever they are")
  func global() throws {
    let small = Tensor([4, 4], elements: (0..<16).map { 0.01 + 0.001 * Float($0) })
    let large = Tensor([4, 8], elements: (0..<32).map { 1 + Float($0) })
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: large, kind: .linear),
      .init(name: "b.weight", tensor: small, kind: .linear),
    ])
    var operation = Unify(block: [2, 2], pruned: 1.0 / 3, unified: 1.0 / 3, inner: false)
    operation.scope = .global
    let code = try operation.apply(weights)
    #expect(code["b.weight"]?.unified?.count(.prune) == 4)
    #expect(code["a.weight"]?.unified?.count(.unify) == 4)
    operation.scope = .perLayer
    #expect(try operation.apply(weights)["a.weight"]?.unified?.count(.prune) == 2)
    #expect(try operation.violations(in: code).count == 2)
  }

  @Test("the gap of selection is that of the two costs, and nothing where only one kind is chosen")
  func gap() throws {
    var stream = RandomStream(Seed(12))
    let weights = WeightGroup([
      .init(name: "a.weight", tensor: .normal([24, 32], from: &stream), kind: .linear)
    ])
    let unify = Unify(block: [2, 2], pruned: 0.4, unified: 0.4, inner: false)
    var together = unify
    together.selection = .exact
    func cost(_ unify: Unify) throws -> Double {
      try unify.apply(weights).decompressed().squaredDistance(to: weights)
    }
    let gap = try #require(try unify.selectionGap(in: weights))
    let expected = try cost(unify) / cost(together) - 1
    #expect(gap > 0 && abs(gap - expected) < 1e-6)
    #expect(try together.selectionGap(in: weights) == nil)
    #expect(
      try Unify(block: [2, 2], unified: 0.4, inner: false).selectionGap(in: weights) == nil)
  }

  @Test("violations are found")
  func violations() throws {
    let weights = matrix([4, 8], seed: 5)
    let operation = Unify(block: [2, 2], pruned: 0.25, unified: 0.5, inner: false)
    let code = try operation.apply(weights)
    let values = try #require(code.members[0].code.unified)
    func found(changing tag: BlockTag) throws -> [String] {
      var broken = code.decompressed()
      var tensor = broken.members[0].tensor
      tensor[values.places(tagged: tag)[0]] += 0.5
      broken.replace("fc.weight", with: tensor)
      return try operation.violations(in: code, weights: broken).map { "\($0)" }
    }
    let blocks = BlockTag.allCases.map { tag in values.tags.firstIndex(of: tag) ?? -1 }
    #expect(
      try found(changing: .keep) == ["fc.weight: block \(blocks[0]) is not what its code says"])
    #expect(try found(changing: .prune)[0] == "fc.weight: pruned block \(blocks[1]) is not zero")
    #expect(
      try found(changing: .unify)[0]
        == "fc.weight: unified block \(blocks[2]) has unequal magnitudes")
    let other = Unify(block: [2, 2], pruned: 0.25, unified: 0.25, inner: false)
    #expect(
      try other.violations(in: code).map { "\($0)" } == [
        "fc.weight: 2 pruned and 4 unified blocks instead of 2 and 2"
      ])
    let plain = CompressedGroup(unchanged: weights)
    #expect(try operation.violations(in: plain) == [.otherBlocks(name: "fc.weight")])
  }

  @Test("impossible values, layers and patterns are refused with the reason")
  func refusals() throws {
    let weights = unevenGroup(seed: 1)
    func problem(_ change: (inout Unify) -> Void) -> String? {
      var operation = Unify(block: [4, 4], pruned: 0.25, unified: 0.5)
      change(&operation)
      do throws(CompressionError) { _ = try operation.apply(weights) } catch { return "\(error)" }
      return nil
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.pruned = -0.1 } == "pruned is -0.1; allowed: 0 to 1")
    #expect(problem { $0.unified = .nan } == "unified is nan; allowed: 0 to 1")
    #expect(problem { $0.unified = 1.5 } == "unified is 1.5; allowed: 0 to 1")
    #expect(problem { $0.pruned = 0.5 } == nil)
    #expect(problem { $0.pruned = 0.6 }?.contains("both are shares of all blocks") == true)
    #expect(problem { $0.block = [4] }?.hasPrefix("block is [4]") == true)
    #expect(problem { $0.block = [0, 4] }?.hasPrefix("block is [0, 4]") == true)
    #expect(problem { $0.block = [64, 4] } == nil)
    #expect(
      problem { $0.block = [64, 64] }
        == "blocks of [64, 64] are larger than conv2.weight, a matrix of [7, 54]")
    #expect(problem { $0.skip = "fc9" }?.hasPrefix("skip: ‘fc9’ matches no weight") == true)
    #expect(problem { $0.only = "fc9" }?.hasPrefix("only: ‘fc9’ matches no weight") == true)
    #expect(problem { $0.kinds = [] }?.hasPrefix("kinds is an empty list") == true)
    #expect(problem { $0.skip = "conv2,fc1" }?.contains("inner: true") == true)
    #expect(
      problem {
        $0.block = [2, 2, 2]
        $0.order = .transposed
      }?.hasPrefix("order is IHW_O") == true)
    #expect(
      problem {
        $0.selection = .exact
        $0.pruneScore = .l1
      }?.hasPrefix("selection is exact") == true)
    #expect(
      problem {
        $0.shares = .value
        $0.magnitude = .linf
      }?.hasPrefix("magnitude is linf") == true)
    var broken = weights
    var tensor = try #require(broken["fc1.weight"])
    tensor[17] = .infinity
    broken.replace("fc1.weight", with: tensor)
    #expect(throws: CompressionError.notFinite(name: "fc1.weight", index: 17)) {
      try Unify(block: [4, 4], unified: 1).apply(broken)
    }
  }
}
