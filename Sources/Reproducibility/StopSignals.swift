// Signals that ask a process to end, as calls of a closure: what is computed is then kept before the process ends.

import Dispatch
import Glibc
import Synchronization

/// Watches for TERM and INT; ends watching with its last reference.
public final class StopSignals {  // a class, because the watching ends with it
  private let sources: [any DispatchSourceSignal]

  /// Calls `handler` on a background queue for every one of the signals, which then do nothing else.
  ///
  /// - Parameter signals: `SIGTERM`, `SIGINT`.
  public init(
    _ signals: [Int32], handler: @escaping @Sendable (_ signal: Int32) -> Void
  ) {
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(
        signal: number, queue: .global(qos: .userInitiated))
      source.setEventHandler { handler(number) }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// Gives a signal its usual effect again: the next one ends the process at once.
  public static func restoreDefault(_ number: Int32) { signal(number, SIG_DFL) }

  /// Makes this process deaf to a signal.
  public static func ignore(_ number: Int32) { signal(number, SIG_IGN) }
}

/// A request to stop, which any thread may make and whoever loops looks at.
///
/// A class, because who asks and who looks share it.
public final class StopRequest: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  /// Asks for the stop.
  public func make() { flag.store(true, ordering: .releasing) }

  /// `true` once it was asked for.
  public var isRequested: Bool { flag.load(ordering: .acquiring) }
}
