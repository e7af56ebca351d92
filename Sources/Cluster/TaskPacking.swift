// Short runs share a task: a scheduler starts a few tasks a second, so tasks of seconds would wait for it more than they compute.

public import Experiments

/// How runs are put together into tasks.
public struct TaskPacking: Hashable, Sendable {
  /// A task of short runs takes about so many seconds.
  public static let targetSeconds = 60.0

  /// The number of runs in a task; nil to go by their estimated time.
  public var runsPerTask: Int?
  /// The seconds that a task of several runs may take.
  public var limit: Double

  /// - Parameter timeLimit: the seconds after which the scheduler ends a task; nil if it is not known.
  public init(runsPerTask: Int? = nil, timeLimit: Double? = nil) {
    self.runsPerTask = runsPerTask
    // Estimates are of another machine and another day.
    limit = min(Self.targetSeconds, (timeLimit ?? .infinity) / 4)
  }

  /// The tasks of some runs, in their order.
  ///
  /// - Parameter seconds: the time of a run; nil if it is not known: such a run has a task of its own.
  public func tasks(
    of runs: [PlannedRun], seconds: (PlannedRun) -> Double?
  ) -> [[PlannedRun]] {
    if let runsPerTask {
      return stride(from: 0, to: runs.count, by: runsPerTask).map {
        Array(runs[$0..<min(runs.count, $0 + runsPerTask)])
      }
    }
    var result: [[PlannedRun]] = []
    var used = Double.infinity
    for run in runs {
      let time = seconds(run) ?? .infinity
      if used + time <= limit {
        result[result.count - 1].append(run)
        used += time
      } else {
        result.append([run])
        used = time
      }
    }
    return result
  }
}

/// Durations as Slurm's `--time` takes them.
public enum SlurmTime {
  /// The seconds of `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes` or
  /// `days-hours:minutes:seconds`; nil for anything else.
  public static func seconds(_ text: String) -> Double? {
    let halves = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(halves.count), let clock = halves.last else { return nil }
    var parts: [Int] = []
    for part in clock.split(separator: ":", omittingEmptySubsequences: false) {
      guard let number = Int(part), number >= 0 else { return nil }
      parts.append(number)
    }
    guard (1...3).contains(parts.count) else { return nil }
    if halves.count == 2 {
      guard let days = Int(halves[0]), days >= 0 else { return nil }
      let factors = [3600, 60, 1]
      return Double(days * 86_400 + zip(parts, factors).reduce(0) { $0 + $1.0 * $1.1 })
    }
    switch parts.count {
    case 1: return Double(60 * parts[0])
    case 2: return Double(60 * parts[0] + parts[1])
    default: return Double(3600 * parts[0] + 60 * parts[1] + parts[2])
    }
  }
}
