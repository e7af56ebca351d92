// One run as a message to a child process: runs are computed in processes of their own, so that a crash ends one run only
// and `--jobs` needs no locks. The child writes its progress to a small file, which the parent reads.

import Foundation
import Files
import Reproducibility
public import Training

/// What a child process needs to compute one run.
public struct Job: Codable, Hashable, Sendable {
  /// Where the record belongs.
  public var paper: String
  /// The experiment's folder.
  public var experiment: String
  /// The profile's folder.
  public var profile: String
  /// What is run.
  public var identity: RunIdentity
  /// The digest of the identity.
  public var digest: String
  /// The seed.
  public var seed: Int
  /// Whether only the network is wanted because the record is stored.
  public var isRetraining: Bool
  /// Root of the results.
  public var results: String
  /// Root of the cache.
  public var cache: String
  /// Threads inside the run.
  public var threads: Int
  /// Where the child writes its progress.
  public var progressFile: String
  /// The process that waits for this one; when it is gone, the child ends too.
  public var parentProcess: Int32

  /// The planned run.
  public var planned: PlannedRun {
    PlannedRun(
      folder: RecordFolder(paper: paper, experiment: experiment, profile: profile),
      identity: identity, digest: digest, seed: seed,
      state: isRetraining ? .retraining : .missing(reason: ""), coordinates: [:])
  }
}

/// How far a run is, as its process last said.
public struct JobProgress: Codable, Hashable, Sendable {
  /// Updates done and to do, and the loss.
  public var training: TrainingProgress
  /// Seconds since the process began.
  public var seconds: Double

  public init(training: TrainingProgress, seconds: Double) {
    self.training = training
    self.seconds = seconds
  }
}
