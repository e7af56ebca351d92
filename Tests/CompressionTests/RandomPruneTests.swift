// The random control: as many weights as magnitude pruning keeps, reproducible from the seed, and uniformly drawn.

import Compression
import Reproducibility
import Tensors
import Testing

@Suite("Pruning at random") struct RandomPruneTests {
  @Test(
    "each layer keeps as many weights as magnitude pruning leaves it",
    arguments: 0..<20 as Range<UInt64>)
  func asMagnitude(seed: UInt64) throws {
    let weights = randomGroup(seed: seed)
    let magnitude = try Prune(density: 0.2, skip: "fc2").apply(weights)
    let random = try RandomPrune(density: 0.2, skip: "fc2").apply(weights, seed: seed)
    for name in weights.names {
      #expect(random[name]?.nonzeroCount == magnitude[name]?.nonzeroCount, "seed \(seed), \(name)")
    }
    #expect(random.compressedWeightNames == magnitude.compressedWeightNames)
    #expect(random != magnitude)
  }

  @Test("a uniform draw keeps exactly k over all layers", arguments: [0.02, 0.1, 0.29, 0.5, 1])
  func uniform(density: Double) throws {
    let weights = randomGroup(seed: 5)
    let random = try RandomPrune(density: density, allocation: .uniformGlobal).apply(weights)
    let kept = eligibleElements(random.decompressed()).filter { $0 != 0 }.count
    #expect(kept == MagnitudeThreshold.rank(density: density, count: 99))
  }

  @Test(
    "the same seed draws the same weights, another seed others",
    arguments: RandomPrune.Allocation.allCases)
  func seeds(allocation: RandomPrune.Allocation) throws {
    let weights = randomGroup(seed: 2)
    let prune = RandomPrune(density: 0.3, allocation: allocation)
    #expect(try prune.apply(weights, seed: 11) == prune.apply(weights, seed: 11))
    #expect(try prune.apply(weights, seed: 11) != prune.apply(weights, seed: 12))
  }

  @Test("the draw does not follow the magnitudes", arguments: RandomPrune.Allocation.allCases)
  func independence(allocation: RandomPrune.Allocation) throws {
    // Each of 40 different weights should be kept in half of 400 draws: 200 ± 5 standard deviations of 10.
    let weights = oneWeight((1...40).map { Float($0) })
    var kept = [Int](repeating: 0, count: 40)
    for seed in 0..<400 as Range<UInt64> {
      let prune = RandomPrune(density: 0.5, allocation: allocation)
      let mask = try #require(try prune.apply(weights, seed: seed)["layer.weight"]).mask
      for index in mask.indices where mask[index] { kept[index] += 1 }
    }
    #expect(kept.allSatisfy { (150...250).contains($0) }, "\(kept)")
  }

  @Test("a density that keeps nothing is refused", arguments: RandomPrune.Allocation.allCases)
  func keepsNothing(allocation: RandomPrune.Allocation) {
    let prune = RandomPrune(density: 0.1, allocation: allocation)
    #expect(throws: CompressionError.keepsNothing(density: 0.1, count: 3, layer: nil)) {
      try prune.apply(oneWeight([1, 2, 3]))
    }
  }
}
