// How a network is trained: the part of a spec that says optimizer, schedule, length and what is kept.

public import Datasets
public import Reproducibility

/// How much there is to learn from in an epoch.
public enum EpochLength: Hashable, Sendable {
  /// So many images.
  case images(Int)
  /// A running text of so many words.
  case words(Int)
}

/// How a network is trained.
public struct TrainingRecipe: Defaulted {
  /// Which of the states that training passes is returned.
  public enum Keep: String, Codable, Hashable, Sendable, CaseIterable {
    /// The state after the last update.
    case last
    /// The state at the end of the epoch with the lowest validation loss; the earliest of equals.
    case bestValidationLoss = "best-validation-loss"
  }

  /// The optimizer.
  public var optimizer = OptimizerChoice(SGD())
  /// The learning rate of each update.
  public var schedule = ScheduleChoice(ConstantSchedule())
  /// Passes over the training split, or the text.
  public var epochs = 1
  /// Images per update, the last batch of an epoch may be smaller; or the columns into which a text is cut, read side by side.
  public var batch = 128
  /// The epochs over which the rate rises linearly from zero to the schedule's.
  public var warmUpEpochs = 0.0
  /// Which state is returned.
  public var keep = Keep.last
  /// Stop after this many updates, whatever the epochs say; 0 for no limit. For smoke tests.
  public var updateLimit = 0
  /// The largest Euclidean norm that the gradient of all parameters together may have; nil for no limit.
  public var gradientNormLimit: Double?
  /// Whether the schedule begins after the warm-up, which then rises to the schedule's first rate; nil means that both run from
  /// the first update on.
  public var scheduleAfterWarmUp: Bool?
  /// Whether the optimizer's weight decay acts on biases and on shifts of normalisations too; nil means it does.
  public var decaysBiases: Bool?
  /// Of a text: the words of each column in an update, through which gradients flow back; nil means 35.
  public var steps: Int?

  public init() {}

  /// Updates in one epoch.
  public func updatesPerEpoch(over length: EpochLength) -> Int {
    switch length {
    case .images(let count): (count + batch - 1) / batch
    case .words(let count):
      TokenBatches.count(words: count, columns: batch, steps: stepsPerUpdate)
    }
  }

  /// The words of each column of a text in an update.
  var stepsPerUpdate: Int { steps ?? TokenBatches.usualSteps }

  /// Updates in the whole training.
  public func updateCount(over length: EpochLength) -> Int {
    let all = epochs * updatesPerEpoch(over: length)
    return updateLimit > 0 ? min(updateLimit, all) : all
  }

  /// The learning rate of update `update` (0 for the first), with the warm-up.
  public func rate(update: Int, over length: EpochLength) -> Double {
    let perEpoch = updatesPerEpoch(over: length)
    let total = updateCount(over: length)
    let warmUp = warmUpEpochs * Double(perEpoch)
    if scheduleAfterWarmUp == true {
      let length = min(total, Int(warmUp.rounded(.up)))
      let rate = schedule.schedule.rate(
        update: max(0, update - length), total: max(1, total - length), perEpoch: perEpoch)
      return update < length ? rate * Double(update + 1) / Double(length) : rate
    }
    let rate = schedule.schedule.rate(update: update, total: total, perEpoch: perEpoch)
    return Double(update) < warmUp ? rate * Double(update + 1) / (warmUp.rounded(.up) + 1) : rate
  }

  /// - Throws: `TrainingError` for an impossible value.
  public func validate() throws(TrainingError) {
    try optimizer.optimizer.validate()
    try schedule.schedule.validate()
    // The limits leave room for every product of them in 64 bits.
    guard (1...1_000_000).contains(epochs) else {
      throw .value(field: "epochs", value: Double(epochs), allowed: "1 or more, to 1,000,000")
    }
    guard (1...1_000_000).contains(batch) else {
      throw .value(field: "batch", value: Double(batch), allowed: "1 or more, to 1,000,000")
    }
    if let steps, !(1...10_000).contains(steps) {
      throw .value(field: "steps", value: Double(steps), allowed: "1 to 10,000")
    }
    guard warmUpEpochs >= 0, warmUpEpochs <= Double(epochs) else {
      throw .value(field: "warmUpEpochs", value: warmUpEpochs, allowed: "0 to epochs")
    }
    if let limit = gradientNormLimit, !(limit > 0 && limit.isFinite) {
      throw .value(field: "gradientNormLimit", value: limit, allowed: "more than 0")
    }
    guard updateLimit >= 0 else {
      throw .value(field: "updateLimit", value: Double(updateLimit), allowed: "0 or more")
    }
  }
}

/// What can be wrong with a training recipe, a checkpoint or an image.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field has an impossible value.
  case value(field: String, value: Double, allowed: String)
  /// A checkpoint cannot be written.
  case checkpoint(path: String, problem: String)
  /// An image in a file cannot be decoded.
  case data(DatasetError)
  /// The workers were asked to stop; what was done until then is in the checkpoint, if the run has one.
  case stopped(update: Int)

  public var description: String {
    switch self {
    case .value(let field, let value, let allowed):
      let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
      return "\(field): \(number) is not possible; allowed: \(allowed)"
    case .checkpoint(let path, let problem):
      return "\(path): the checkpoint cannot be used: \(problem)"
    case .data(let error): return error.description
    case .stopped(let update): return "stopped at update \(update) as requested; it resumes there"
    }
  }
}
