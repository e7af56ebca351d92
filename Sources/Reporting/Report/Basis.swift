// What the numbers of a section rest on: dense networks, numerics, what intervals cover, and what every column counts.

import Experiments

extension ExperimentResults {
  /// What a reader must know before comparing the numbers with others, one sentence each.
  var basis: [Prose] {
    var result: [Prose] = []
    for row in rows where row.run.isDense {
      let seeds = row.finished.map { "\($0.record.seed)" }.joined(separator: ", ")
      let place = "dense/\(row.run.denseExperiment)/\(experiment.profile)"
      let network = Prose.Span.plain(
        "Dense network on \(([row.dataset] + row.swept).joined(separator: ", ")): ")
      if let digest = row.digest {
        result.append(Prose(network, .code("\(place)/\(digest)"), .plain(", seeds \(seeds).")))
      } else {
        result.append(Prose(network, .code(place), .plain(", not run.")))
      }
    }
    let versions = Set(rows.compactMap { $0.numericsVersion }).sorted()
    if !versions.isEmpty {
      let list = versions.map { "\($0)" }.joined(separator: " and ")
      result.append(Prose(.plain("Numerics version \(list).")))
    }
    let splits = Set(rows.compactMap { $0.run.dataset?.splitSeed }).sorted()
    result.append(
      Prose(
        .plain(
          "Intervals cover the whole training, dense network included: initialisation and order of the images differ "
            + "between seeds; the split into training and validation (split seed "
            + splits.map { "\($0)" }.joined(separator: ", ") + ") does not.")))
    result.append("Changes are per seed, against the dense network with the same seed.")
    return result + columnMeanings
  }

  /// What the columns of the tables count.
  private var columnMeanings: [Prose] {
    let names = Set(experiment.report.tables.flatMap { $0.columns })
    var result = Metric.all.filter { names.contains($0.name) }.map { metric in
      Prose(.emphasis(metric.label), .plain(": \(metric.meaning)."))
    }
    if names.contains("file-bytes") {
      result.append(
        Prose(
          .emphasis("file"),
          .plain(
            ": bytes of the returned network as a gzipped safetensors file; mean over seeds.")))
    }
    if MeasuredColumn.all.contains(where: { names.contains($0.name) }) {
      result.append(
        Prose(
          .emphasis("measured speed"),
          .plain(
            ": time of the dense network over that of the compressed one, thinned or by its blocks, measured in turn on one "
              + "thread by "), .code("parsimony measure"),
          .plain("; it differs between machines, and it is no number of the paper's.")))
    }
    if names.contains("processor-seconds") {
      result.append(
        Prose(
          .emphasis("CPU time per run"),
          .plain(
            ": processor seconds of the run's own training, without its dense network's; mean over seeds; it differs between "
              + "machines.")))
    }
    return result
  }
}
