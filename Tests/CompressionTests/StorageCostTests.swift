// The accounting of bits: Condensa's published LeNet-5 figure from real tensors, and index costs counted by hand.

import Compression
import Reproducibility
import Tensors
import Testing

@Suite("Storage cost") struct StorageCostTests {
  /// LeNet-5 in the Caffe form, 431,080 parameters, with random values.
  private func lenet5() -> WeightGroup {
    var stream = RandomStream(Seed(1).child("lenet5"))
    let layers: [(String, Shape, WeightKind)] = [
      ("conv1", [20, 1, 5, 5], .convolution), ("conv2", [50, 20, 5, 5], .convolution),
      ("fc1", [500, 800], .linear), ("fc2", [10, 500], .linear),
    ]
    return WeightGroup(
      layers.map { layer, shape, kind in
        let weight = Tensor.normal(shape, from: &stream)
        let bias = Tensor.uniform([shape[0]], bound: 0.1, from: &stream)
        return WeightGroup.Member(
          name: ParameterName(layer: layer, role: "weight"), tensor: weight, kind: kind,
          companions: [
            Companion(role: .bias, name: ParameterName(layer: layer, role: "bias"), tensor: bias)
          ])
      })
  }

  @Test("LeNet-5 at density .007 in half precision is 7186 bytes, 239.955 times less")
  func publishedRatio() throws {
    let weights = lenet5()
    #expect(weights.elementCount == 431_080)
    let scheme = Prune(density: 0.007, ties: .exact).then(CastToFloat16())
    let cost = StorageCost(of: try scheme.apply(weights), reference: weights)
    #expect(cost.referencePayloadBytes == 1_724_320)
    #expect(cost.payloadBytes == 7186)
    #expect(abs(cost.payloadRatio - 239.955) < 0.0005)
    #expect(cost.denseBytes == 1_724_320)
    // The 500 bits of conv1 are 62.5 bytes, rounded up.
    #expect(cost.bitmapBytes == 7186 + (500 + 25_000 + 400_000 + 5_000) / 8 + 1)
    let pointers = 4 * (21 + 51 + 501 + 11)
    #expect(cost.rowIndexBytes == 7186 + 2 * 3013 + pointers)
  }

  @Test("an uncompressed network costs its dense bytes, whichever way it is counted")
  func dense() throws {
    let weights = lenet5()
    let cost = StorageCost(of: CompressedGroup(unchanged: weights), reference: weights)
    #expect(cost.payloadBytes == cost.denseBytes)
    #expect(cost.bitmapBytes == cost.denseBytes)
    #expect(cost.rowIndexBytes == cost.denseBytes)
    #expect(cost.payloadRatio == 1 && cost.bitmapRatio == 1 && cost.rowIndexRatio == 1)
  }

  @Test("zeros are free in the payload and stored where no positions are")
  func zeros() {
    let cost = StorageCost(
      items: [
        .init(name: "a.weight", shape: [2, 5], nonzeroCount: 3, bitsPerValue: 16, isSparse: true),
        .init(name: "a.bias", shape: [2], nonzeroCount: 1, bitsPerValue: 16, isSparse: false),
      ], referenceNonzeroCount: 11)
    #expect(cost.denseBytes == 48)
    #expect(cost.payloadBytes == 6 + 2)
    // 48 bits of values and 10 of positions are 8 bytes; the bias keeps its zero.
    #expect(cost.bitmapBytes == 8 + 4)
    #expect(cost.rowIndexBytes == 6 + 3 * 2 + 3 * 4 + 4)
    #expect(cost.payloadRatio == 44 / 8.0)
  }

  @Test("fixed point costs its bits a value and 32 bits a scale")
  func fixedPoint() throws {
    let weights = lenet5()
    let rows = 20 + 50 + 500 + 10
    for (bits, granularity, scales) in [
      (8, .perTensor, 4), (5, .perChannel, rows), (2, .perTensor, 4),
    ] as [(Int, FixedPointValues.Granularity, Int)] {
      let scheme = CastToFixedPoint(bits: bits, granularity: granularity)
      let compressed = try scheme.apply(weights)
      let cost = StorageCost(of: compressed, reference: weights)
      #expect(cost.items.reduce(0) { $0 + $1.scaleCount } == scales)
      let nonzeros = compressed.members.reduce(0) { $0 + $1.code.nonzeroCount }
      let payload = cost.items.filter { $0.scaleCount > 0 }.reduce(0) { $0 + $1.payloadBits }
      #expect(payload == bits * nonzeros + 32 * scales)
      // 500, 25,000, 400,000 and 5,000 weights are whole bytes at each of these widths, the first excepted at 5 bits.
      #expect(cost.bitmapBytes == (430_500 * bits + 7) / 8 + 4 * scales + 4 * 580)
    }
    let sparse = try Prune(density: 0.1, ties: .exact).then(CastToFixedPoint(bits: 8)).apply(
      weights)
    let item = try #require(StorageCost(of: sparse, reference: weights).items.first)
    #expect(item.bitmapBits == 8 * item.nonzeroCount + 32 + 500)
    #expect(item.rowIndexBits == 8 * item.nonzeroCount + 32 + 16 * item.nonzeroCount + 32 * 21)
  }

  @Test("columns beyond 65,536 need 32-bit indices")
  func wideRows() {
    func cost(_ columns: Int) -> Int {
      StorageCost(
        items: [
          .init(name: "w", shape: [1, columns], nonzeroCount: 10, bitsPerValue: 32, isSparse: true)
        ], referenceNonzeroCount: columns
      ).rowIndexBytes
    }
    #expect(cost(65_536) == 40 + 20 + 8)
    #expect(cost(65_537) == 40 + 40 + 8)
  }

  /// A published network, its memory ratio, and the sparsity in the same table (condensa, sections 4.1 and 5.1).
  struct PublishedRatio: CustomTestStringConvertible, Sendable {
    let network: String
    /// Weights that are pruned and halved.
    let weights: Int
    /// Biases that are halved.
    let biases: Int
    /// Parameters that stay in single precision: batch normalisation and skipped shortcuts.
    let rest: Int
    let ratio: Double
    let sparsity: Double

    var testDescription: String { network }
  }

  @Test(
    "inverting a published memory ratio gives the published sparsity",
    arguments: [
      PublishedRatio(
        network: "VGG19-BN, CIFAR-10", weights: 20_024_000, biases: 5514, rest: 11_008,
        ratio: 188.23, sparsity: 0.99),
      // 855,770 parameters, of them 4,256 of batch normalisation and 2,560 of 1×1 shortcuts.
      PublishedRatio(
        network: "ResNet-56, CIFAR-10", weights: 848_944, biases: 10, rest: 6816, ratio: 31.14,
        sparsity: 0.95),
      PublishedRatio(
        network: "VGG16-BN, ImageNet", weights: 138_344_128, biases: 13_416, rest: 8448,
        ratio: 29.29, sparsity: 0.93),
    ])
  func inversion(published: PublishedRatio) {
    func ratio(nonzeros: Int) -> Double {
      func item(_ name: ParameterName, _ count: Int, _ kept: Int, bits: Int) -> StorageCost.Item {
        StorageCost.Item(
          name: name, shape: [count], nonzeroCount: kept, bitsPerValue: bits, isSparse: false)
      }
      let items = [
        item("weights", published.weights, nonzeros, bits: 16),
        item("biases", published.biases, published.biases, bits: 16),
        item("rest", published.rest, published.rest, bits: 32),
      ]
      return StorageCost(
        items: items,
        referenceNonzeroCount: published.weights + published.biases + published.rest
      ).payloadRatio
    }
    // The ratio falls with every weight that is kept: the largest number that still reaches it is found by halving.
    var (reaching, missing) = (0, published.weights)
    while missing - reaching > 1 {
      let middle = (reaching + missing) / 2
      if ratio(nonzeros: middle) >= published.ratio { reaching = middle } else { missing = middle }
    }
    let sparsity = 1 - Double(reaching) / Double(published.weights)
    #expect(abs(sparsity - published.sparsity) <= 0.005)
  }
}
