// Timing of several things in turn (A B A B …) in one process, so that what disturbs the machine disturbs all of them.
// Quick things are timed in blocks of calls: each finds its own data in the caches again after the first call of a block.

public import Reproducibility

/// How long something is measured.
public struct TimingPlan: Codable, Hashable, Sendable {
  /// Seconds for all subjects together, without the warm-up; the round that is under way is finished.
  public var seconds: Double
  /// Rounds that are measured even if that takes longer.
  public var minimumRounds: Int
  /// Seconds that each subject runs before anything is measured, and at least two calls.
  public var warmUpSeconds: Double
  /// Calls of one subject follow each other until they take this long; 0 for one call a round.
  public var blockSeconds: Double

  /// - Precondition: at least one round, no negative times.
  public init(
    seconds: Double = 2, minimumRounds: Int = 15, warmUpSeconds: Double = 0.1,
    blockSeconds: Double = 0.005
  ) {
    precondition(
      minimumRounds >= 1 && seconds >= 0 && warmUpSeconds >= 0 && blockSeconds >= 0,
      "a timing plan needs at least one round and no negative times")
    self.seconds = seconds
    self.minimumRounds = minimumRounds
    self.warmUpSeconds = warmUpSeconds
    self.blockSeconds = blockSeconds
  }
}

/// The times of several subjects that were measured in turn.
public struct InterleavedTimes: Hashable, Sendable {
  /// Seconds per call: one row per subject, one value per round.
  public let seconds: [[Double]]
  /// Calls of each subject in one round.
  public let callsPerRound: [Int]

  /// Measures `count` subjects in turn.
  ///
  /// - Parameters:
  ///   - clock: seconds on a clock that only goes forward.
  ///   - body: runs the subject with the given index once.
  /// - Precondition: `count ≥ 1`.
  public init(
    of count: Int, plan: TimingPlan, clock: () -> Double = { ProcessClock.monotonicSeconds },
    _ body: (Int) -> Void
  ) {
    precondition(count >= 1, "there is nothing to measure")
    var calls: [Int] = []
    for index in 0..<count {
      // The fastest call of the warm-up says how many fill a block.
      let began = clock()
      var fastest = Double.infinity
      var done = 0
      while done < 2 || clock() - began < plan.warmUpSeconds {
        let start = clock()
        body(index)
        fastest = min(fastest, clock() - start)
        done += 1
      }
      let wanted = plan.blockSeconds / max(fastest, 1e-9)
      calls.append(max(1, Int(min(wanted, 1e6).rounded(.up))))
    }
    var times = [[Double]](repeating: [], count: count)
    let began = clock()
    while times[0].count < plan.minimumRounds || clock() - began < plan.seconds {
      for index in 0..<count {
        let start = clock()
        for _ in 0..<calls[index] { body(index) }
        times[index].append((clock() - start) / Double(calls[index]))
      }
    }
    seconds = times
    callsPerRound = calls
  }

  /// How many times as long `index` took as `other`, round by round.
  public func ratio(of index: Int, to other: Int) -> Spread {
    Spread(of: zip(seconds[index], seconds[other]).map { $0 / $1 })
  }
}
