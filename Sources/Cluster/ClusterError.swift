// What can go wrong between a plan and a cluster's scheduler, as data; the wording is in one place.

import Foundation

/// A reason why runs cannot be handed to the scheduler, or why a task of theirs cannot begin.
public enum ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Slurm's commands are not on this machine.
  case noSlurm(command: String)
  /// A command of the scheduler refused; the message is its own.
  case refused(command: String, message: String)
  /// A command of the scheduler did not answer.
  case noAnswer(command: String, seconds: Int)
  /// A command of the scheduler answered something else than expected.
  case notUnderstood(command: String, output: String)
  /// The scheduler takes no job arrays.
  case noArrays
  /// A file below the results is not what it should be.
  case badManifest(path: String, problem: String)
  /// The manifest belongs to other results than those named.
  case otherResults(path: String, manifest: String, named: String)
  /// The manifest has no task of this number.
  case badIndex(Int, taskCount: Int, path: String)
  /// A file cannot be written.
  case unwritable(problem: String)
  /// Somebody else submits runs of the same results at this moment.
  case busy(holder: String)
  /// The data of a run are not on the node.
  case missingData(dataset: String, node: String, problem: String)
  /// The dense network of a run is not there.
  case missingParent(name: String, node: String)
  /// A value of an option has no meaning.
  case badOption(option: String, value: String, allowed: String)

  public var description: String {
    switch self {
    case .noSlurm(let command):
      return
        "Slurm is not here: there is no ‘\(command)’ on the PATH; ‘parsimony run --jobs N’ computes the same runs on this machine"
    case .refused(let command, let message): return "\(command): \(message)"
    case .noAnswer(let command, let seconds):
      return "\(command) did not answer within \(seconds) s; is the controller reachable?"
    case .notUnderstood(let command, let output):
      return "\(command) answered ‘\(output)’, which is not understood"
    case .noArrays: return "this Slurm takes no job arrays (MaxArraySize is 0)"
    case .badManifest(let path, let problem): return "\(path): \(problem)"
    case .otherResults(let path, let manifest, let named):
      return "\(path): this manifest belongs to the results in \(manifest), not to \(named)"
    case .badIndex(let index, let taskCount, let path):
      return "\(path): has no task \(index); its tasks are 0 to \(taskCount - 1)"
    case .unwritable(let problem): return problem
    case .busy(let holder): return "runs of these results are being submitted by \(holder)"
    case .missingData(let dataset, let node, let problem):
      return "\(node): the data set \(dataset) is not on this node: \(problem)"
    case .missingParent(let name, let node):
      return
        "\(node): the dense network \(name) is not in the cache, because its task has not finished or failed; submit again"
    case .badOption(let option, let value, let allowed):
      return "\(option) \(value): must be \(allowed)"
    }
  }
}
