// parsimony compare: methods side by side at matched size, whatever paper they come from; from stored records only.

import ArgumentParser
import Experiments
import Foundation
import Reporting
import Reproducibility

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Methods side by side at matched size, whatever paper they come from.",
    discussion: """
      Computes nothing: it reads stored records of the chosen specs (of all, if none is given) and puts those that start from the \
      same dense network into one table. A value stands where a run has the size within 2 %; values between two runs are marked ≈.
      """)

  @OptionGroup var selection: Selection
  @OptionGroup var workplace: Workplace

  @Option(help: ArgumentHelp("Only this network, like lenet5-caffe.", valueName: "name"))
  var network: String?

  @Option(help: ArgumentHelp("Only this data set, like mnist.", valueName: "name"))
  var dataset: String?

  @Option(
    help: ArgumentHelp(
      "What counts as size: common-ratio, payload-ratio, arithmetic-ratio, speedup-batch-1 …",
      valueName: "metric"))
  var by = MatchedSpec().size

  @Option(
    help: ArgumentHelp(
      "The sizes, 10,20,50; round numbers the runs cover if none is given.", valueName: "sizes"))
  var at = ""

  @Option(help: "The metric compared.") var metric = MatchedSpec().metric

  @Option(
    help: ArgumentHelp(
      "Swept values that walk along a curve; all others tell curves apart.", valueName: "names"))
  var along = "ratio,density"

  @Option(
    help: ArgumentHelp("The method that others are compared with.", valueName: "method"))
  var baseline: String?

  @Option(help: ArgumentHelp("Folder with the records.", valueName: "folder"))
  var results = "results"

  @Option(help: ArgumentHelp("Writes all runs and readings as CSV.", valueName: "file"))
  var csv: String?

  func run() throws {
    var spec = MatchedSpec()
    spec.size = by
    spec.metric = metric
    spec.along = along.split(separator: ",").map { String($0) }
    spec.title = "\(metric) by \(by)"
    for word in at.split(separator: ",") {
      guard let size = Double(word), size > 0, size.isFinite else {
        throw ValidationError("--at \(at): ‘\(word)’ is not a size; expected numbers like 10,20,50")
      }
      spec.at.append(size)
    }
    let sizes = Metric.all.map { $0.name } + MeasuredColumn.all.map { $0.name }
    guard sizes.contains(by) else {
      throw ValidationError("--by \(by): no such metric; known: \(sizes.joined(separator: ", "))")
    }
    guard Metric.named(metric) != nil else {
      throw ValidationError("--metric \(metric): no such metric")
    }
    if let baseline { spec.baseline = ["method": .string(baseline)] }
    let experiments = try selection.experiments(in: workplace.library)
    let comparisons = try MethodComparison.all(
      spec, of: experiments, in: RecordStore(root: URL(fileURLWithPath: results)),
      network: network, dataset: dataset)
    guard !comparisons.isEmpty else {
      throw ValidationError(
        "nothing is stored in \(results) for these specs under profile \(selection.profile), this network and this data set"
      )
    }
    for comparison in comparisons {
      print(
        "\(comparison.network) on \(comparison.dataset), dense network \(comparison.dense)\n")
      for table in comparison.tables { print(table.markdown) }
    }
    if let csv, var values = comparisons.first?.values {
      for comparison in comparisons.dropFirst() { values.rows += comparison.values.rows }
      try Data(values.csv.utf8).write(to: URL(fileURLWithPath: csv))
      print(csv)
    }
  }
}
