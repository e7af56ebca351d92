// The names of tables and figures in the folder of a paper, where those of two experiments must not meet.

import Experiments

/// Checks the names of the files that a paper's experiments write.
enum ReportNames {
  /// One line per file that two experiments of a paper would write, the second over the first.
  static func meeting(in experiments: [Experiment]) -> [String] {
    var writers: [String: String] = [:]
    var result: [String] = []
    for experiment in experiments {
      for file in experiment.report.files {
        guard let other = writers.updateValue(experiment.name, forKey: file),
          other != experiment.name
        else { continue }
        result.append(
          "\(file) would be written by two experiments, ‘\(other)’ and ‘\(experiment.name)’: "
            + "give it another ‘name’ in the report of one of them")
      }
    }
    return result
  }
}
