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
  /// Which attempt at the run it is.
  public var attempt: Int?
  /// The job of a cluster's scheduler that it belongs to.
  public var clusterJob: String?

  /// The planned run.
  public var planned: PlannedRun {
    PlannedRun(
      folder: RecordFolder(paper: paper, experiment: experiment, profile: profile),
      identity: identity, digest: digest, seed: seed,
      state: isRetraining ? .retraining : .missing(reason: ""), coordinates: [:])
  }
}

/// How the process of a run ends.
public enum RunExit {
  /// The run failed; the process said why.
  public static let failed: Int32 = 1
  /// Something that the run needs is not here: its dense network, or its data. EX_UNAVAILABLE.
  public static let unavailable: Int32 = 69
  /// The run was stopped as requested and resumes when it is started again. EX_TEMPFAIL.
  public static let stopped: Int32 = 75

  /// The status that says how an attempt at a run went wrong.
  public static func status(for error: any Error) -> Int32 {
    switch error {
    case TrainingError.stopped: stopped
    case RunError.missingParent: unavailable
    default: failed
    }
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
