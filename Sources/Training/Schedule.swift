// Learning-rate schedules: plain functions of the update's number.

import Foundation
public import Reproducibility

/// A learning-rate schedule a spec can name.
public protocol ScheduleKind: Alternative {
  /// The rate of an update.
  ///
  /// - Parameters:
  ///   - update: 0 for the first.
  ///   - total: the number of updates of the whole training.
  ///   - perEpoch: the number of updates of one epoch.
  func rate(update: Int, total: Int, perEpoch: Int) -> Double

  /// - Throws: `TrainingError` for an impossible value.
  func validate() throws(TrainingError)
}

private func requirePositive(_ field: String, _ value: Double) throws(TrainingError) {
  guard value > 0, value.isFinite else {
    throw .value(field: field, value: value, allowed: "more than 0")
  }
}

/// The same rate throughout.
public struct ConstantSchedule: ScheduleKind {
  public static var name: String { "constant" }
  /// The rate.
  public var rate = 0.01

  public init() {}
  public init(rate: Double) { self.rate = rate }

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double { rate }
  public func validate() throws(TrainingError) { try requirePositive("rate", rate) }
}

/// The rate is multiplied by `factor` at the beginning of each epoch in `at`.
///
/// Condensa multiplies after the step whose counter is a milestone; its milestone m is `at: [m + 1]` here (section 2.2).
public struct StepSchedule: ScheduleKind {
  public static var name: String { "step" }
  /// The rate at the beginning.
  public var rate = 0.01
  /// What the rate is multiplied by.
  public var factor = 0.1
  /// The epochs (counted from 0) before which the multiplication happens.
  public var at: [Int] = []

  public init() {}

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double {
    let epoch = update / max(1, perEpoch)
    let multiplications = at.filter { $0 <= epoch }.count
    return (0..<multiplications).reduce(rate) { value, _ in value * factor }
  }

  public func validate() throws(TrainingError) {
    try requirePositive("rate", rate)
    try requirePositive("factor", factor)
  }
}

/// The rate is multiplied by `factor` after every epoch.
public struct ExponentialSchedule: ScheduleKind {
  public static var name: String { "exponential" }
  /// The rate of the first epoch.
  public var rate = 0.01
  /// What the rate is multiplied by, once an epoch.
  public var factor = 0.98

  public init() {}

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double {
    rate * pow(factor, Double(update / max(1, perEpoch)))
  }

  public func validate() throws(TrainingError) {
    try requirePositive("rate", rate)
    try requirePositive("factor", factor)
  }
}

/// A geometric fall from `rate` to `end`: rate·(end/rate)^(i/n) after i of n updates.
///
/// Source: condensa, section 2.2 (the interval schedule inside a learning step).
public struct IntervalSchedule: ScheduleKind {
  public static var name: String { "interval" }
  /// The rate of the first update.
  public var rate = 0.01
  /// The rate that the last update approaches.
  public var end = 1e-4

  public init() {}
  public init(rate: Double, end: Double) {
    self.rate = rate
    self.end = end
  }

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double {
    rate * pow(end / rate, Double(update) / Double(max(1, total)))
  }

  public func validate() throws(TrainingError) {
    try requirePositive("rate", rate)
    try requirePositive("end", end)
  }
}

/// Half a cosine from `peak` down to `floor` over the whole training (Loshchilov and Hutter 2017, without restarts).
public struct CosineSchedule: ScheduleKind {
  public static var name: String { "cosine" }
  /// The rate of the first update.
  public var peak = 0.05
  /// The rate that the last update approaches.
  public var floor = 0.0

  public init() {}
  public init(peak: Double, floor: Double = 0) {
    self.peak = peak
    self.floor = floor
  }

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double {
    let share = Double(update) / Double(max(1, total))
    return floor + (peak - floor) * 0.5 * (1 + cos(Double.pi * share))
  }

  public func validate() throws(TrainingError) {
    try requirePositive("peak", peak)
    guard floor >= 0, floor <= peak else {
      throw .value(field: "floor", value: floor, allowed: "0 ≤ floor ≤ peak")
    }
  }
}

/// One cycle (Smith and Topin 2018): a cosine rise to `peak`, then a cosine fall far below the start.
public struct OneCycleSchedule: ScheduleKind {
  public static var name: String { "one-cycle" }
  /// The largest rate.
  public var peak = 0.05
  /// The share of all updates that the rise takes, in (0, 1).
  public var rise = 0.3
  /// `peak` divided by the first rate.
  public var startDivisor = 25.0
  /// The first rate divided by the last.
  public var endDivisor = 1e4

  public init() {}

  public func rate(update: Int, total: Int, perEpoch: Int) -> Double {
    let start = peak / startDivisor
    let end = start / endDivisor
    let rising = rise * Double(total)
    let position = Double(update)
    func between(_ from: Double, _ to: Double, _ share: Double) -> Double {
      to + (from - to) * 0.5 * (1 + cos(Double.pi * share))
    }
    if position < rising { return between(start, peak, position / rising) }
    return between(peak, end, (position - rising) / max(1, Double(total) - rising))
  }

  public func validate() throws(TrainingError) {
    try requirePositive("peak", peak)
    guard rise > 0, rise < 1 else {
      throw .value(field: "rise", value: rise, allowed: "0 < rise < 1")
    }
    try requirePositive("startDivisor", startDivisor)
    try requirePositive("endDivisor", endDivisor)
  }
}

/// A schedule in a spec: `{cosine: {peak: 0.05}}`.
public struct ScheduleChoice: Choice {
  /// The chosen schedule.
  public let schedule: any ScheduleKind

  public init(_ schedule: some ScheduleKind) { self.schedule = schedule }

  public init?(choosing alternative: any Alternative) {
    guard let schedule = alternative as? any ScheduleKind else { return nil }
    self.schedule = schedule
  }

  public var chosen: any Alternative { schedule }

  public static var alternatives: [any Alternative.Type] {
    [
      ConstantSchedule.self, StepSchedule.self, ExponentialSchedule.self, IntervalSchedule.self,
      CosineSchedule.self, OneCycleSchedule.self,
    ]
  }
}
