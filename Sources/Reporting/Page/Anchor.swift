// Names of places on the page, and links to them and to files. They depend on the papers, the specs and the digests only, so that
// a link into the page stays valid when more is stored.

import Experiments
import Foundation
import Reproducibility

/// The places of the page.
enum Anchor {
  /// `condensa`.
  static func paper(_ name: String) -> String { clean(name) }

  /// `condensa/claims/C26`.
  static func claim(_ id: String, of paper: String) -> String { clean("\(paper)/claims/\(id)") }

  /// `condensa/lenet5-memory/standard`.
  static func section(_ experiment: Experiment) -> String {
    clean("\(experiment.paper)/\(experiment.name)/\(experiment.profile)")
  }

  /// `condensa/lenet5-memory/spec`.
  static func spec(_ experiment: Experiment) -> String {
    clean("\(experiment.paper)/\(experiment.name)/spec")
  }

  /// `condensa/lenet5-memory/standard/3f9c21ab04d1e77c`: the runs of a row.
  static func runs(_ row: ResultRow, of experiment: Experiment) -> String {
    section(experiment) + "/" + name(row)
  }

  /// `condensa/lenet5-memory/standard/results/3f9c21ab04d1e77c`: a row of a table.
  static func row(_ row: ResultRow, in table: Table, of experiment: Experiment) -> String {
    section(experiment) + "/" + clean(table.name) + "/" + name(row)
  }

  /// The address of a place on the page.
  static func link(to place: String) -> String { "#" + encoded(place) }

  /// The address of a file by its path from the page's own folder.
  static func link(toFile path: String) -> String { encoded(path) }

  /// The address of a file or folder below the page's own folder; nil if it does not lie there.
  static func link(to file: URL, from root: URL) -> String? {
    let base = root.standardizedFileURL.path
    let path = file.standardizedFileURL.path
    guard path.hasPrefix(base + "/") else { return nil }
    return encoded(String(path.dropFirst(base.count + 1)))
  }

  /// The address of a file of a paper, where the page lies in the repository that the papers lie in; nil elsewhere, because the
  /// address would depend on where that is.
  static func repositoryLink(to file: URL, paper: PaperFolder, from root: URL) -> String? {
    let repository = paper.url.deletingLastPathComponent().deletingLastPathComponent()
      .standardizedFileURL.path
    let page = root.standardizedFileURL.path
    guard page.hasPrefix(repository + "/"),
      let path = link(to: file, from: URL(filePath: repository))
    else { return nil }
    let depth = page.dropFirst(repository.count + 1).split(separator: "/").count
    return String(repeating: "../", count: depth) + path
  }

  /// A row by its records' digest, or by that of what would be run.
  private static func name(_ row: ResultRow) -> String {
    if let digest = row.digest { return digest }
    let wanted = try? CanonicalJSON.digest(row.run).short
    return "run-" + (wanted ?? clean(row.label))
  }

  /// Names of places hold no white space.
  private static func clean(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: "-")
  }

  private static func encoded(_ text: String) -> String {
    let allowed = CharacterSet(
      charactersIn:
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }
}
