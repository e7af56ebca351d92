// Slurm's commands, each with the one question that is put to it.

import Foundation

/// The scheduler of a cluster.
public struct Slurm: Sendable {
  private let runner: any CommandRunner

  public init(_ runner: any CommandRunner = SystemCommandRunner()) { self.runner = runner }

  /// The number of elements that an array may have; Slurm's default where the configuration does not say it.
  ///
  /// - Throws: `ClusterError` if Slurm is not here, or takes no arrays.
  public func largestArray() throws(ClusterError) -> Int {
    let text = try succeed("scontrol", ["show", "config"])
    let size = SlurmOutput.configuration(text, "MaxArraySize") ?? Self.usualLargestArray
    guard size > 0 else { throw .noArrays }
    return size
  }

  private static let usualLargestArray = 1001

  /// This user's tasks that are neither finished nor failed, in one call.
  ///
  /// - Throws: `ClusterError` if Slurm is not here or does not answer.
  public func queue() throws(ClusterError) -> [QueueEntry] {
    SlurmOutput.queue(
      try succeed(
        "squeue",
        ["--noheader", "--array", "--user", "\(getuid())", "--format", SlurmOutput.queueFormat]))
  }

  /// How tasks of the arrays ended, from the accounting; nil if it is switched off.
  ///
  /// - Throws: `ClusterError.noAnswer` if nobody answers.
  public func accounting(of arrays: [Int]) throws(ClusterError) -> [TaskID: TaskState]? {
    let result: CommandResult
    do {
      result = try runner.run(
        "sacct",
        [
          "--noheader", "--allocations", "--parsable2", "JobID,State,ExitCode,NodeList", "--jobs",
          arrays.map { "\($0)" }.joined(separator: ","),
        ], input: "")
    } catch .noSlurm {
      return nil  // sacct may be missing where the rest is there
    }
    return result.status == 0 ? SlurmOutput.accounting(result.output) : nil
  }

  /// Where the tasks of an array stand, as far as the controller remembers; nil if it has forgotten them.
  ///
  /// - Throws: `ClusterError` if Slurm is not here or does not answer.
  public func tasks(of array: Int) throws(ClusterError) -> [TaskID: TaskState]? {
    let result = try runner.run("scontrol", ["--oneliner", "show", "job", "\(array)"], input: "")
    return result.status == 0 ? SlurmOutput.jobs(result.output) : nil
  }

  /// Hands over a script.
  ///
  /// - Returns: the number of its job.
  /// - Throws: `ClusterError.refused` with the message of sbatch.
  public func submit(_ script: String) throws(ClusterError) -> Int {
    let output = try succeed("sbatch", ["--parsable"], input: script)
    guard let job = SlurmOutput.submitted(output) else {
      throw .notUnderstood(command: "sbatch", output: output)
    }
    return job
  }

  /// Ends jobs, in one call.
  ///
  /// - Throws: `ClusterError` if Slurm refuses or does not answer.
  public func cancel(_ jobs: [Int]) throws(ClusterError) {
    guard !jobs.isEmpty else { return }
    _ = try succeed("scancel", jobs.map { "\($0)" })
  }

  private func succeed(
    _ command: String, _ arguments: [String], input: String = ""
  ) throws(ClusterError) -> String {
    let result = try runner.run(command, arguments, input: input)
    guard result.status == 0 else {
      let said = result.standardError.isEmpty ? result.output : result.standardError
      let lines = said.split(separator: "\n").map { line in
        line.hasPrefix("\(command): ") ? String(line.dropFirst(command.count + 2)) : String(line)
      }
      throw .refused(command: command, message: lines.joined(separator: "; "))
    }
    return result.output
  }
}
