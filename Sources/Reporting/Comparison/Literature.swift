// Published results of other methods, from a CSV file with a source for every row. They are drawn faintly behind our curves and never
// judged: every paper counts its ratio in its own way.

import Experiments
public import Foundation
import SwiftCSV

/// A published trade-off of size and accuracy.
public struct LiteraturePoint: Hashable, Sendable {
  /// The network's name in the catalogue, `lenet5-caffe`.
  public var network: String
  /// The data set's name in the catalogue.
  public var dataset: String
  /// The method, in the words of its paper.
  public var method: String
  /// Dense size over compressed size, as counted there.
  public var ratio: Double
  /// What is counted.
  public var rule: String
  /// The accuracy on the test images in percent.
  public var accuracy: Double
  /// How the number is known.
  public var evidence: String
  /// Where it stands.
  public var source: String
}

/// Reads published points.
public enum Literature {
  /// The name of the file in the folder of the papers.
  static let fileName = "literature.csv"
  /// The columns of the file.
  static let columns = [
    "network", "dataset", "method", "ratio", "rule", "accuracy", "evidence", "source",
  ]

  /// The points that stand beside the papers of an experiment, in `papers/literature.csv`; none without that file.
  static func points(for experiment: Experiment) throws(ReportError) -> [LiteraturePoint] {
    let paper = URL(fileURLWithPath: experiment.file).deletingLastPathComponent()
      .deletingLastPathComponent()
    let url = paper.deletingLastPathComponent().appending(path: fileName)
    return FileManager.default.fileExists(atPath: url.path) ? try points(contentsOf: url) : []
  }

  /// The points of a file, in its order.
  ///
  /// - Throws: `ReportError` that names the line, for a missing column or source, or a number that is none.
  public static func points(contentsOf url: URL) throws(ReportError) -> [LiteraturePoint] {
    let file: CSV<Named>
    do {
      file = try CSV<Named>(string: String(contentsOf: url, encoding: .utf8))
    } catch {
      throw .file(path: url.path, problem: "it is not a table of published points: \(error)")
    }
    let missing = columns.filter { !file.header.contains($0) }
    guard missing.isEmpty else {
      throw .file(
        path: url.path, problem: "it has no column \(missing.joined(separator: ", "))")
    }
    var result: [LiteraturePoint] = []
    for (index, row) in file.rows.enumerated() {
      func refuse(_ column: String, _ allowed: String) -> ReportError {
        .file(
          path: url.path,
          problem: "line \(index + 2): \(column) ‘\(row[column] ?? "")’ is not \(allowed)")
      }
      guard let ratio = row["ratio"].flatMap({ Double($0) }), ratio >= 1, ratio.isFinite else {
        throw refuse("ratio", "a number of 1 or more")
      }
      guard let accuracy = row["accuracy"].flatMap({ Double($0) }), (0...100).contains(accuracy)
      else { throw refuse("accuracy", "a percentage") }
      for column in ["network", "dataset", "method", "rule", "evidence", "source"]
      where (row[column] ?? "").isEmpty {
        throw refuse(column, "given")
      }
      result.append(
        LiteraturePoint(
          network: row["network"] ?? "", dataset: row["dataset"] ?? "",
          method: row["method"] ?? "", ratio: ratio, rule: row["rule"] ?? "", accuracy: accuracy,
          evidence: row["evidence"] ?? "", source: row["source"] ?? ""))
    }
    return result
  }
}
