// Spreads and timing: what is counted, in which order, and that a slower thing measures slower. A false clock replaces the real one.

import Inference
import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

/// A clock that bodies move by hand.
private final class HandClock {
  var now = 0.0
}

@Suite struct TimingTests {
  @Test(
    "quartiles are interpolated between neighbouring values",
    arguments: [
      ([3.0], [3.0, 3, 3, 3]), ([4, 1, 3, 2, 5], [1, 2, 3, 4]), ([1, 2], [1, 1.25, 1.5, 1.75]),
      ([10, 0, 0, 0], [0, 0, 0, 2.5]),
    ])
  func spread(values: [Double], expected: [Double]) {
    let spread = Spread(of: values)
    #expect(
      [spread.minimum, spread.lowerQuartile, spread.median, spread.upperQuartile] == expected)
  }

  @Test("subjects take turns, and quick ones run in blocks of the wanted length")
  func turns() {
    let clock = HandClock()
    var order: [Int] = []
    // Powers of two, so that sums of them are exact.
    let plan = TimingPlan(seconds: 0, minimumRounds: 3, warmUpSeconds: 0, blockSeconds: 0.5)
    let times = InterleavedTimes(of: 2, plan: plan, clock: { clock.now }) { index in
      order.append(index)
      clock.now += index == 0 ? 0.125 : 1
    }
    #expect(times.callsPerRound == [4, 1])
    #expect(times.seconds == [[0.125, 0.125, 0.125], [1, 1, 1]])
    let round = [0, 0, 0, 0, 1]
    #expect(order == [0, 0, 1, 1] + round + round + round)
    #expect(times.ratio(of: 1, to: 0).median == 8)
  }

  @Test("rounds go on until the time is used")
  func duration() {
    let clock = HandClock()
    let plan = TimingPlan(seconds: 10, minimumRounds: 2, warmUpSeconds: 4, blockSeconds: 0)
    var calls = 0
    let times = InterleavedTimes(of: 1, plan: plan, clock: { clock.now }) { _ in
      calls += 1
      clock.now += 1
    }
    #expect(times.seconds[0].count == 10)
    #expect(calls == 14)
  }

  @Test("a ratio compares the same round, so that a disturbance of both cancels")
  func pairedRatio() {
    let clock = HandClock()
    var rounds = 0
    let plan = TimingPlan(seconds: 0, minimumRounds: 6, warmUpSeconds: 0, blockSeconds: 0)
    let times = InterleavedTimes(of: 2, plan: plan, clock: { clock.now }) { index in
      if index == 0 { rounds += 1 }
      clock.now += Double(1 << (rounds % 3)) * (index == 0 ? 2 : 1)
    }
    let ratio = times.ratio(of: 0, to: 1)
    #expect(ratio.minimum == 2 && ratio.upperQuartile == 2)
    #expect(Spread(of: times.seconds[0]).minimum < Spread(of: times.seconds[0]).upperQuartile)
  }

  @Test("a network of many times the work measures slower, and says what it was measured with")
  func networks() throws {
    let small = try Network(
      [Flatten(), Linear(outputs: 10)], inputShape: [28, 28, 1], seed: Seed(1))
    let large = try Network(
      [Flatten(), Linear(outputs: 1000), Rectifier(), Linear(outputs: 10)],
      inputShape: [28, 28, 1], seed: Seed(1))
    var stream = RandomStream(Seed(2))
    let input = Tensor.normal([16, 28, 28, 1], from: &stream)
    let plan = TimingPlan(
      seconds: 0, minimumRounds: 7, warmUpSeconds: 0.002, blockSeconds: 0.0005)
    let both = InterleavedLatencies(
      of: [large, small], input: input, workers: Workers(threadCount: 1), plan: plan)
    #expect(both.speedup(of: 1).median > 3)
    #expect(both.latencies.map { $0.batch } == [16, 16])
    #expect(both.latencies[1].repeats == 7 && both.latencies[1].threads == 1)
    #expect(both.latencies[1].passesPerRepeat > 1)
    let alone = LatencyMeasurement(
      of: small, input: input, workers: Workers(threadCount: 2), plan: plan)
    #expect(alone.threads == 2)
    #expect(alone.imagesPerSecond == 16 / alone.seconds.median)
    let ordered = [
      0, alone.seconds.minimum, alone.seconds.lowerQuartile, alone.seconds.median,
      alone.seconds.upperQuartile,
    ]
    #expect(ordered == ordered.sorted() && alone.seconds.minimum > 0)
  }

  @Test("a batch that does not fit a network is refused")
  func wrongBatch() async {
    await #expect(processExitsWith: .failure) {
      let network = try Network([Linear(outputs: 2)], inputShape: [3], seed: Seed(1))
      _ = LatencyMeasurement(
        of: network, input: Tensor([1, 4]), workers: Workers(threadCount: 1))
    }
  }
}
