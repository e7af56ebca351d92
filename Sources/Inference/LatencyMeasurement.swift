// How long networks take for a batch on this processor: alone, or several in turn with the ratio of their times.

public import Kernels
public import Networks
public import Tensors

/// How long a network takes for one batch.
public struct LatencyMeasurement: Codable, Hashable, Sendable {
  /// Examples in the batch.
  public var batch: Int
  /// Threads that compute it.
  public var threads: Int
  /// Rounds that were measured.
  public var repeats: Int
  /// Passes in each round; a round's time is divided by it.
  public var passesPerRepeat: Int
  /// Seconds for one batch, over the rounds.
  public var seconds: Spread

  /// Examples per second, by the median.
  public var imagesPerSecond: Double { Double(batch) / seconds.median }

  /// Measures the forward pass of one network in evaluation mode.
  ///
  /// - Parameter input: one batch, `[N]` followed by the network's input shape.
  public init(of network: Network, input: Tensor, workers: Workers, plan: TimingPlan = TimingPlan())
  {
    self =
      InterleavedLatencies(of: [network], input: input, workers: workers, plan: plan)
      .latencies[0]
  }

  /// The measurement that these times of one batch are.
  init(batch: Int, threads: Int, passesPerRepeat: Int, seconds: [Double]) {
    self.batch = batch
    self.threads = threads
    repeats = seconds.count
    self.passesPerRepeat = passesPerRepeat
    self.seconds = Spread(of: seconds)
  }
}

/// Several networks measured in turn on the same batch.
public struct InterleavedLatencies: Hashable, Sendable {
  /// One measurement per network, in their order.
  public let latencies: [LatencyMeasurement]
  private let times: InterleavedTimes

  /// Measures the forward passes of `networks` in evaluation mode, A B A B ….
  ///
  /// - Parameter input: one batch, `[N]` followed by the input shape of every network.
  /// - Precondition: there is a network, a batch of at least one, and all networks take it.
  public init(
    of networks: [any Evaluable], input: Tensor, workers: Workers,
    plan: TimingPlan = TimingPlan()
  ) {
    let batch = input.shape.rank > 0 ? input.shape[0] : 0
    precondition(batch >= 1, "a batch of shape \(input.shape) has nothing to measure")
    for network in networks {
      precondition(
        Array(input.shape.sizes.dropFirst()) == network.inputShape.sizes,
        "a network that takes \(network.inputShape) cannot take a batch of shape \(input.shape)")
    }
    let pass = Pass(.evaluation, workers: workers)
    var activations = networks.map { _ in Activations() }
    let times = InterleavedTimes(of: networks.count, plan: plan) { index in
      _ = networks[index].forward(input, activations: &activations[index], pass: pass)
    }
    self.times = times
    latencies = networks.indices.map {
      LatencyMeasurement(
        batch: batch, threads: workers.threadCount, passesPerRepeat: times.callsPerRound[$0],
        seconds: times.seconds[$0])
    }
  }

  /// How many times as fast as the first network another one is, round by round.
  public func speedup(of index: Int) -> Spread { times.ratio(of: 0, to: index) }
}
