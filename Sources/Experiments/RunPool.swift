// The loop of the scheduler: what waits, what runs, and what somebody else computes.

import Foundation
import Files
import Reproducibility
import Training

/// The runs of one call of the scheduler.
struct RunPool {
  /// Seconds between two looks at the children.
  private static let pause = 0.05
  /// Seconds between two looks at the runs of others.
  private static let lookAtOthers = 1.0

  private let scheduler: Scheduler
  private let locks: RunLocks
  private var estimate: CostEstimate
  private var index: RecordIndex
  private var waiting: [PlannedRun]
  /// Dense networks of this plan that are still to be trained.
  private var unavailable: Set<String>
  private var running: [RunProcess] = []
  /// Runs of this plan that somebody else computes.
  private var others: Set<String> = []
  private var lastLook = 0.0
  private var lastHeartbeat = 0.0
  private var lastRequest = 0.0
  private var isStopping = false
  private(set) var outcome = SchedulerOutcome()

  init(_ due: [PlannedRun], scheduler: Scheduler) {
    self.scheduler = scheduler
    locks = RunLocks(of: scheduler.store)
    estimate = scheduler.estimate
    index = scheduler.index
    waiting = due
    unavailable = Set(due.filter { $0.identity.parent == nil }.map { $0.name })
  }

  /// Runs until nothing is left that could be run.
  mutating func run(_ observe: (SchedulerEvent) -> Void) throws {
    while !waiting.isEmpty || !running.isEmpty {
      if scheduler.stop.isRequested { stop() }
      lookAtOthers(observe)
      while try startNext(observe) {}
      if running.isEmpty, !waiting.isEmpty, try giveUp(observe) { break }
      for index in running.indices.reversed() where !running[index].isRunning {
        try close(running.remove(at: index), observe)
      }
      observe(.progress(running.map { ($0.run, $0.progress) }))
      beat()
      if !running.isEmpty || !waiting.isEmpty { Thread.sleep(forTimeInterval: Self.pause) }
    }
  }

  /// Gives back what this process holds.
  func releaseAll() {
    for child in running { locks.release(child.run.name) }
  }

  // MARK: Starting

  /// Starts the first waiting run that can be started, or settles it without starting.
  ///
  /// - Returns: whether there was one.
  private mutating func startNext(_ observe: (SchedulerEvent) -> Void) throws -> Bool {
    guard running.count < scheduler.jobs, !isStopping else { return false }
    let names = Set(running.map { $0.run.name })
    let place = waiting.firstIndex { run in
      // A run that another experiment has too is computed once.
      !names.contains(run.name) && !others.contains(run.name)
        && run.parentName.map { !unavailable.contains($0) } ?? true
    }
    guard let place, fits(waiting[place]) else { return false }
    let run = waiting[place]
    var claim = RunLocks.claim(
      threads: scheduler.threads, mebibytes: estimate.mebibytes(of: run),
      attempt: nextAttempt(at: run), clusterJob: scheduler.clusterJob)
    if let holder = try locks.acquire(run.name, &claim) {
      others.insert(run.name)
      observe(.shared(run, with: holder))
      return true
    }
    waiting.remove(at: place)
    // Who held the lock before may have finished the run.
    if isDone(run) {
      locks.release(run.name)
      settle(run)
      observe(.stored(run))
    } else if let other = try adopted(run) {
      locks.release(run.name)
      settle(run)
      observe(.adopted(run, from: other))
    } else {
      DurableFile.sweepTemporaries(in: folder(of: run))
      do {
        running.append(try RunProcess(run, claim: claim, by: scheduler))
      } catch {
        locks.release(run.name)
        throw error
      }
      observe(.started(run))
    }
    return true
  }

  /// Whether the machine has the processors and the memory for a run, beside all that run on it. One run always fits.
  private mutating func fits(_ run: PlannedRun) -> Bool {
    if running.isEmpty { return true }
    let own = running.map { $0.claim }
    let foreign = locks.holders().values.filter { claim in
      claim.host == DurableFile.hostName
        && claim.process != ProcessInfo.processInfo.processIdentifier
    }
    let all = own + foreign
    let threads = all.reduce(scheduler.threads) { $0 + $1.threads }
    let mebibytes = all.reduce(estimate.mebibytes(of: run)) { $0 + $1.mebibytes }
    return threads <= scheduler.capacity.processorCount
      && mebibytes <= scheduler.capacity.mebibytes
  }

  private func nextAttempt(at run: PlannedRun) -> Int {
    guard let earlier = RecordStore.attempt(in: folder(of: run)) else { return 1 }
    return (earlier.number ?? 1) + 1
  }

  private func folder(of run: PlannedRun) -> URL {
    scheduler.store.url(of: run.folder, digest: run.digest, seed: run.seed)
  }

  private func isDone(_ run: PlannedRun) -> Bool {
    (try? scheduler.store.holds(run, cache: scheduler.cache)) ?? false
  }

  /// Copies the run's record from where the same run is stored; nil if it is nowhere, or if its network is needed and not here.
  private func adopted(_ run: PlannedRun) throws -> RecordFolder? {
    guard run.state != .retraining else { return nil }
    return try scheduler.store.adopt(run, knowing: index, cache: scheduler.cache)
  }

  /// Notes that the record of a run is stored.
  private mutating func settle(_ run: PlannedRun) {
    unavailable.remove(run.name)
    index.add(run.name, in: run.folder)
  }

  // MARK: Ending

  private mutating func close(
    _ child: RunProcess, _ observe: (SchedulerEvent) -> Void
  ) throws {
    defer {
      child.removeFiles()
      locks.release(child.run.name)
    }
    switch child.ending {
    case .finished:
      settle(child.run)
      if let attempt = RecordStore.attempt(in: folder(of: child.run)) {
        observe(.finished(child.run, attempt))
      }
    case .stopped(let problem):
      outcome.stopped += 1
      try note(child, status: .stopped, problem: problem)
      observe(.stopped(child.run, problem: problem))
    case .unavailable(let problem):
      outcome.failed += 1
      outcome.unavailable += 1
      try note(child, status: .failed, problem: problem)
      observe(.failed(child.run, problem: problem))
    case .failed(let problem) where isStopping:
      // Asked to stop before it could listen.
      outcome.stopped += 1
      observe(.stopped(child.run, problem: problem))
    case .failed(let problem):
      outcome.failed += 1
      try note(child, status: .failed, problem: problem)
      observe(.failed(child.run, problem: problem))
    }
  }

  private func note(_ child: RunProcess, status: Attempt.Status, problem: String) throws {
    try note(
      child.run, status: status, problem: problem, seconds: child.seconds,
      number: child.claim.attempt)
  }

  private func note(
    _ run: PlannedRun, status: Attempt.Status, problem: String, seconds: Double, number: Int
  ) throws {
    // The stored attempt belongs to the stored record.
    guard run.state != .retraining else { return }
    try scheduler.store.replace(
      Attempt(
        status: status, problem: problem, seconds: seconds, processorSeconds: 0,
        threads: scheduler.threads, environment: .current(),
        endedAt: Date().timeIntervalSince1970, number: number, clusterJob: scheduler.clusterJob),
      in: run.folder, digest: run.digest, seed: run.seed)
  }

  /// Asks the children to keep their state and end; nothing else is started.
  private mutating func stop() {
    let now = ProcessClock.monotonicSeconds
    // More than once, because a child that has just begun does not listen yet.
    guard !isStopping || now - lastRequest > 1 else { return }
    isStopping = true
    lastRequest = now
    for child in running { child.requestStop() }
  }

  /// What to do when nothing runs and something waits.
  ///
  /// - Returns: whether there is nothing more to do.
  private mutating func giveUp(_ observe: (SchedulerEvent) -> Void) throws -> Bool {
    if isStopping {
      outcome.stopped += waiting.count
      return true
    }
    if !others.isEmpty, scheduler.waitsForOthers { return false }
    for run in waiting {
      if others.contains(run.name) || run.parentName.map(others.contains) ?? false {
        outcome.shared += 1
        continue
      }
      // What is left starts from networks that could not be trained.
      outcome.failed += 1
      let problem = "the dense network it starts from could not be trained"
      try note(run, status: .failed, problem: problem, seconds: 0, number: nextAttempt(at: run))
      observe(.failed(run, problem: problem))
    }
    return true
  }

  // MARK: Others

  /// Takes note of what others have finished, and takes back what they have given up.
  private mutating func lookAtOthers(_ observe: (SchedulerEvent) -> Void) {
    let now = ProcessClock.monotonicSeconds
    guard !others.isEmpty, now - lastLook > Self.lookAtOthers else { return }
    lastLook = now
    for name in others.sorted() {
      let isHeld = locks.holder(of: name) != nil
      for run in waiting where run.name == name && isDone(run) {
        settle(run)
        observe(.stored(run))
        waiting.removeAll { $0 == run }
      }
      if !isHeld || !waiting.contains(where: { $0.name == name }) { others.remove(name) }
    }
  }

  /// Tells other machines that this process is alive.
  private mutating func beat() {
    let now = ProcessClock.monotonicSeconds
    guard now - lastHeartbeat > RunLocks.heartbeat else { return }
    lastHeartbeat = now
    locks.refresh(running.map { $0.run.name })
  }
}

extension RecordStore {
  /// `true` if the record of a run is stored, and its network is in the cache where that was wanted.
  ///
  /// - Throws: `StoreError` for a record that cannot be read.
  public func holds(_ run: PlannedRun, cache: NetworkCache) throws(StoreError) -> Bool {
    guard let record = try self.run(in: run.folder, digest: run.digest, seed: run.seed)?.record
    else { return false }
    return run.state != .retraining || cache.contains(run.name, digest: record.networkDigest)
  }

  /// Copies a run's record from where the same run is stored.
  ///
  /// - Returns: the folder it came from; nil if it is nowhere, or if it is a dense network that is not on this machine.
  /// - Throws: `StoreError` if its files cannot be read or written.
  public func adopt(
    _ run: PlannedRun, knowing index: RecordIndex, cache: NetworkCache
  ) throws(StoreError) -> RecordFolder? {
    guard let other = index.folder(holding: run.name, besides: run.folder) else { return nil }
    if run.identity.run.isDense {
      let record = try self.run(in: other, digest: run.digest, seed: run.seed)?.record
      guard cache.contains(run.name, digest: record?.networkDigest) else { return nil }
    }
    try adopt(run.name, from: other, into: run.folder)
    return other
  }
}
