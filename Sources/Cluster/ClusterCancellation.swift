// Ending what was submitted for one folder of results, and nothing else.

public import Experiments

extension Slurm {
  /// Ends all jobs in the queue that compute runs of these results.
  ///
  /// - Returns: the numbers of the jobs.
  /// - Throws: `ClusterError` if Slurm is not here or does not answer.
  public func cancelAll(of store: RecordStore) throws(ClusterError) -> [Int] {
    let tasks = ClusterFolder(of: store).tasks(in: try queue())
    let jobs = Set(tasks.values.flatMap { $0.map { $0.task.array } }).sorted()
    try cancel(jobs)
    return jobs
  }
}
