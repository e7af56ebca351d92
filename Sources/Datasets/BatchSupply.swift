// Minibatches made ahead of the step that needs them: while step k computes, one background thread makes batch k + 1.

import Dispatch
import Synchronization

/// Hands out minibatches, made ahead of time if asked.
///
/// A class, because the thread that takes batches and the one that makes them share it. All shared state is behind one lock,
/// which the background thread holds while it makes a batch: to wait for the batch is to wait for the lock. Which thread makes a
/// batch, and when, changes nothing in it.
public final class BatchSupply: Sendable {
  /// Whether batches are made ahead.
  public let isAhead: Bool
  /// How many batches there are.
  public let count: Int

  private struct State: Sendable {
    var producer: any BatchProducer
    /// The batch that was made ahead, or memory for it.
    var batch = Batch()
    /// The number of the batch to be made ahead; nil if none is wanted.
    var wanted: Int?
    /// The number of the batch that was made ahead; nil if none was.
    var made: Int?
    /// Why it could not be made.
    var failure: DatasetError?
  }

  private let state: Mutex<State>
  private let queue: DispatchQueue?

  /// - Parameter isAhead: whether the batch behind each one that is taken is made in the background.
  public init(_ producer: any BatchProducer, isAhead: Bool) {
    self.isAhead = isAhead
    count = producer.count
    state = Mutex(State(producer: producer))
    queue = isAhead ? DispatchQueue(label: "parsimony.batches", qos: .userInitiated) : nil
  }

  /// Puts batch `number` into `batch`, whose memory is used again, and has the one behind it made.
  ///
  /// Any number may be asked for; only that behind the last one is there without waiting.
  ///
  /// - Throws: `DatasetError` if an image of this batch cannot be decoded.
  /// - Precondition: `0 ≤ number < count`.
  public func take(_ number: Int, into batch: inout Batch) throws(DatasetError) {
    precondition((0..<count).contains(number), "there are \(count) minibatches, none is \(number)")
    var taken = Batch()
    swap(&taken, &batch)
    defer { swap(&taken, &batch) }
    try state.withLock { (state) throws(DatasetError) in
      defer {
        state.made = nil
        state.failure = nil
        state.wanted = isAhead && number + 1 < count ? number + 1 : nil
      }
      if state.made == number {
        if let failure = state.failure { throw failure }
        swap(&state.batch, &taken)
      } else {
        try state.producer.produce(number, into: &taken)
      }
    }
    queue?.async { self.makeAhead() }
  }

  private func makeAhead() {
    state.withLock { state in
      guard let number = state.wanted else { return }
      state.wanted = nil
      do throws(DatasetError) {
        try state.producer.produce(number, into: &state.batch)
        state.failure = nil
      } catch {
        state.failure = error
      }
      state.made = number
    }
  }
}
