// What the bench measured, as it is stored for the README's table and the figure of costs; times hold for one machine only.

public import Foundation
public import Reproducibility
import Files

/// How long a training step takes for one size of batch and depth.
public struct BenchCost: Codable, Hashable, Sendable {
  /// The network.
  public var network: String
  /// Its number of layers with weights along the longest path, by which it is called.
  public var depth: Int
  /// Images in a batch.
  public var batch: Int
  /// Threads.
  public var threads: Int
  /// Median seconds of a whole training step.
  public var seconds: Double
}

/// The largest memory of a process that makes training steps, and of a peer's.
public struct BenchMemory: Codable, Hashable, Sendable {
  /// The network.
  public var network: String
  /// Images in a batch.
  public var batch: Int
  /// Peak resident memory of a process of ours that makes training steps only, in MiB.
  public var mebibytes: Double
  /// That of the peer's fastest variant; nil if there is no peer on this machine.
  public var peerMebibytes: Double?
}

/// How long it takes to plan, submit and ask for runs that nobody computes.
public struct BenchScaling: Codable, Hashable, Sendable {
  /// Runs of the plan.
  public var runCount: Int
  /// Seconds from the spec to the plan.
  public var planSeconds: Double
  /// Seconds from the plan to the last job array, without the scheduler's own.
  public var submitSeconds: Double
  /// Seconds to know where every run stands, without the scheduler's own.
  public var statusSeconds: Double

  public init(runCount: Int, planSeconds: Double, submitSeconds: Double, statusSeconds: Double) {
    self.runCount = runCount
    self.planSeconds = planSeconds
    self.submitSeconds = submitSeconds
    self.statusSeconds = statusSeconds
  }
}

/// All rows of one run of the bench.
public struct BenchReport: Codable, Hashable, Sendable {
  /// Where it is stored, below the results.
  public static let path = "bench/bench.json"

  /// The machine.
  public var environment: Environment
  /// Seconds spent on each quantity.
  public var secondsEach: Double
  /// Rates and ratios.
  public var rows: [BenchRow]
  /// Costs by batch and depth.
  public var costs: [BenchCost]
  /// Memory of training steps.
  public var memory: [BenchMemory]
  /// Plans by their number of runs; nil where they were not measured.
  public var scaling: [BenchScaling]?

  public init(
    secondsEach: Double, rows: [BenchRow], costs: [BenchCost], memory: [BenchMemory]
  ) {
    environment = .current()
    self.secondsEach = secondsEach
    self.rows = rows
    self.costs = costs
    self.memory = memory
  }

  /// What is stored in a folder of results; nil if there is nothing.
  ///
  /// - Throws: `StoreError` for a file that is no report.
  public static func load(from results: URL) throws(StoreError) -> BenchReport? {
    let file = results.appending(path: path)
    guard let data = try? Data(contentsOf: file) else { return nil }
    do {
      return try CanonicalJSON.decode(BenchReport.self, from: data)
    } catch {
      throw .unreadable(path: file.path, problem: "\(error)")
    }
  }

  /// Replaces what is stored in a folder of results.
  ///
  /// - Throws: `StoreError` if it cannot be written.
  public func store(in results: URL) throws(StoreError) -> URL {
    let file = results.appending(path: Self.path)
    do {
      try DurableFile.replace(CanonicalJSON.encode(self, indented: true), at: file)
    } catch {
      throw .unwritable(path: file.path, problem: "\(error)")
    }
    return file
  }
}
