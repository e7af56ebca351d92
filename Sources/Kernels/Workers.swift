// The parallelism of kernels, and the only one of a run but for `BatchSupply`, which makes minibatches ahead: fixed slices of work
// handed out to a few persistent threads.
// What a slice computes never depends on how many threads there are, so neither do the bits.
// Look first at `run`; `Crew` below is the fork-join protocol.

import Glibc
import Synchronization

/// A few threads that share the slices of each kernel call, and the scratch memory kernels need.
///
/// A class, because it owns threads: they end when the last reference goes. One thread at a time may
/// call kernels with the same workers, and a slice must not start another parallel call with them.
public final class Workers: Sendable {
  /// How many threads compute, the calling one included.
  public let threadCount: Int
  private let crew: Crew
  private let stop = Atomic<Bool>(false)

  /// Starts `threadCount − 1` helpers and limits OpenBLAS to one thread per call. In the calling thread and in the helpers
  /// subnormal numbers count as zero from then on.
  ///
  /// - Precondition: `threadCount ≥ 1`, the processor has what the kernels are compiled for, and
  ///   OpenBLAS runs on the pinned core type.
  public init(threadCount: Int) {
    precondition(threadCount >= 1, "Workers: threadCount is \(threadCount), at least 1 is needed")
    BLAS.requirePinnedCore()
    BLAS.useOneThread()
    SubnormalNumbers.countAsZero()
    self.threadCount = threadCount
    crew = Crew(helperCount: threadCount - 1)
  }

  deinit { crew.shutDown() }

  /// Asks whoever loops over minibatches with these workers to keep its state and stop; any thread may ask.
  ///
  /// Kernels do not look at it: a call that has begun is finished.
  public func requestStop() { stop.store(true, ordering: .releasing) }

  /// `true` once a stop was requested.
  public var isStopRequested: Bool { stop.load(ordering: .acquiring) }

  /// Calls `body` with the number of each slice of `size` elements (the last may be shorter) and the
  /// slice itself, on any thread and in any order.
  ///
  /// - Precondition: `size ≥ 1`.
  public func forEachSlice(
    of elements: inout MutableSpan<Float>, size: Int,
    _ body: @Sendable (Int, inout MutableSpan<Float>) -> Void
  ) {
    precondition(size >= 1, "forEachSlice: size is \(size), at least 1 is needed")
    let count = elements.count
    let start = elements.mutablePointer
    run(ceilingDivision(count, size)) { index, _ in
      let first = index * size
      let slice = UnsafeMutableBufferPointer(start: start + first, count: min(size, count - first))
      var span = slice.mutableSpan
      body(index, &span)
    }
  }

  /// Calls `body` for each task number in `0..<taskCount`, on any thread and in any order.
  ///
  /// - Parameters:
  ///   - scratchCount: how many floats of memory `body`'s second argument points to. Their contents
  ///     are undefined at the start of a task.
  func run(
    _ taskCount: Int, scratchCount: Int = 0, _ body: (Int, MutableFloatPointer) -> Void
  ) {
    crew.run(taskCount, scratchCount: scratchCount, body)
  }

  /// Memory for `count` floats that all tasks of the next `run` may share, aligned to 64 bytes.
  /// Its contents are undefined; the next call invalidates it.
  func sharedScratch(_ count: Int) -> MutableFloatPointer { crew.shared.reserve(count) }
}

/// Memory that grows and never shrinks, so that a kernel allocates nothing once it has run.
struct Scratch {
  private var start: MutableFloatPointer?
  private var capacity = 0

  mutating func reserve(_ count: Int) -> MutableFloatPointer {
    if count > capacity || start == nil {
      release()
      // One line more than asked for: kernels may read a full register at the end.
      let byteCount = (max(count, 1024) * 4 + 127) / 64 * 64
      guard let memory = aligned_alloc(64, byteCount) else {
        preconditionFailure("Workers: no memory for \(byteCount) bytes of scratch")
      }
      memset(memory, 0, byteCount)
      start = memory.bindMemory(to: Float.self, capacity: byteCount / 4)
      capacity = count
    }
    return start.unsafelyUnwrapped
  }

  mutating func release() {
    free(start)
    start = nil
    capacity = 0
  }
}

/// The threads and the state they share.
///
/// A call opens a generation; helpers that see it step inside and take task numbers from a counter
/// until none is left. The caller works too, then closes the generation and waits for those inside, so
/// a helper that was asleep delays nobody.
private final class Crew: @unchecked Sendable {
  typealias Body = (Int, MutableFloatPointer) -> Void

  /// How long a helper looks for the next call before it sleeps, in nanoseconds.
  private static let spinTime = 40_000

  private let helperCount: Int
  private var threads: [pthread_t] = []

  // Written by the caller before it opens a generation, read by helpers inside it.
  private var body: Body?
  private var taskCount = 0
  private var scratchCount = 0
  // One for each thread, which alone changes it.
  private let scratch: UnsafeMutableBufferPointer<Scratch>
  var shared = Scratch()

  private let isBusy = Atomic<Bool>(false)
  private let nextTask = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let openGeneration = Atomic<Int>(0)
  private let insideCount = Atomic<Int>(0)
  private let sleeperCount = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>

  init(helperCount: Int) {
    self.helperCount = helperCount
    scratch = .allocate(capacity: helperCount + 1)
    scratch.initialize(repeating: Scratch())
    lock = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(wakeUp, nil)
    for index in 0..<helperCount { startHelper(index + 1) }
  }

  deinit {
    for index in scratch.indices { scratch[index].release() }
    scratch.deinitialize()
    scratch.deallocate()
    shared.release()
    pthread_cond_destroy(wakeUp)
    pthread_mutex_destroy(lock)
    wakeUp.deallocate()
    lock.deallocate()
  }

  func shutDown() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    pthread_mutex_lock(lock)
    pthread_cond_broadcast(wakeUp)
    pthread_mutex_unlock(lock)
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  func run(_ count: Int, scratchCount: Int, _ body: Body) {
    if count <= 0 { return }
    precondition(
      !isBusy.exchange(true, ordering: .acquiring),
      "Workers: a parallel call was started inside or beside another one of the same workers")
    if helperCount == 0 || count == 1 {
      let memory = scratch[0].reserve(scratchCount)
      for task in 0..<count { body(task, memory) }
    } else {
      withoutActuallyEscaping(body) { escapable in
        fork(count, scratchCount, escapable)
      }
    }
    isBusy.store(false, ordering: .releasing)
  }

  private func fork(_ count: Int, _ scratchCount: Int, _ body: @escaping Body) {
    self.body = body
    taskCount = count
    self.scratchCount = scratchCount
    nextTask.store(0, ordering: .relaxed)
    let memory = scratch[0].reserve(scratchCount)
    let number = generation.load(ordering: .relaxed) + 1
    openGeneration.store(number, ordering: .sequentiallyConsistent)
    generation.store(number, ordering: .sequentiallyConsistent)
    if sleeperCount.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(lock)
      pthread_cond_broadcast(wakeUp)
      pthread_mutex_unlock(lock)
    }
    while true {
      let task = nextTask.add(1, ordering: .relaxed).oldValue
      if task >= count { break }
      body(task, memory)
    }
    openGeneration.store(0, ordering: .sequentiallyConsistent)
    var turns = 0
    while insideCount.load(ordering: .sequentiallyConsistent) != 0 {
      turns += 1
      // With fewer cores than threads the helper may need this one to finish.
      if turns % 4096 == 0 { sched_yield() }
    }
    self.body = nil
  }

  // Steps into a generation if it is still open, and works until no task is left.
  private func join(_ number: Int, as index: Int) {
    insideCount.add(1, ordering: .sequentiallyConsistent)
    if openGeneration.load(ordering: .sequentiallyConsistent) == number {
      work(as: index)
    }
    insideCount.subtract(1, ordering: .sequentiallyConsistent)
  }

  private func work(as index: Int) {
    guard let body else { return }
    let memory = scratch[index].reserve(scratchCount)
    while true {
      let task = nextTask.add(1, ordering: .relaxed).oldValue
      if task >= taskCount { break }
      body(task, memory)
    }
  }

  private func startHelper(_ index: Int) {
    let start = HelperStart(crew: self, index: index)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<HelperStart>.fromOpaque(argument).takeRetainedValue()
        SubnormalNumbers.countAsZero()
        start.crew.help(as: start.index)
        return nil
      }, Unmanaged.passRetained(start).toOpaque())
    precondition(failure == 0, "Workers: cannot start a thread, error \(failure)")
    threads.append(thread)
  }

  private func help(as index: Int) {
    var seen = 0
    while let number = awaitGeneration(after: seen) {
      join(number, as: index)
      seen = number
    }
  }

  // The number of the next generation, or nil when the workers end.
  private func awaitGeneration(after seen: Int) -> Int? {
    let deadline = nanoseconds() + Self.spinTime
    while true {
      for _ in 0..<64 {
        let number = generation.load(ordering: .acquiring)
        if number != seen { return number }
      }
      if isStopping.load(ordering: .relaxed) { return nil }
      if nanoseconds() > deadline { break }
    }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    sleeperCount.add(1, ordering: .sequentiallyConsistent)
    defer { sleeperCount.subtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let number = generation.load(ordering: .sequentiallyConsistent)
      if number != seen { return number }
      if isStopping.load(ordering: .sequentiallyConsistent) { return nil }
      pthread_cond_wait(wakeUp, lock)
    }
  }

  private func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

/// What a new thread is given.
private final class HelperStart {
  let crew: Crew
  let index: Int

  init(crew: Crew, index: Int) {
    self.crew = crew
    self.index = index
  }
}
