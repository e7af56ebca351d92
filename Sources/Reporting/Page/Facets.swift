// What rows can be filtered by: network, data set and method. Papers are filtered as a whole.

import Experiments
import Reproducibility

/// What a row is about; several of a kind are joined by a bar, because a difference is about two rows.
struct Facets: Hashable {
  /// Nil where it is that of the section.
  private(set) var network: String?
  /// Nil where it is that of the section.
  private(set) var dataset: String?
  let method: String

  init(networks: [String], datasets: [String], methods: [String]) {
    network = Self.joined(networks)
    dataset = Self.joined(datasets)
    method = Self.joined(methods)
  }

  init(of rows: [ResultRow]) {
    self.init(
      networks: rows.map { $0.run.networkName }, datasets: rows.map { $0.dataset },
      methods: rows.map { $0.method })
  }

  init(of claim: JudgedClaim) {
    if let row = claim.row {
      self.init(of: [row])
    } else {
      let rule = claim.claim.where ?? [:]
      self.init(
        networks: [], datasets: rule["dataset"].map { [$0.summary] } ?? [],
        methods: rule["method"].map { [$0.summary] } ?? [])
    }
  }

  /// The same, without what a section says for all of its rows.
  func inside(_ section: Facets) -> Facets {
    var result = self
    if network == section.network { result.network = nil }
    if dataset == section.dataset { result.dataset = nil }
    return result
  }

  private static func joined(_ names: [String]) -> String {
    Set(names.filter { !$0.isEmpty }).sorted().joined(separator: "|")
  }
}

/// One way to filter: its name and the values there are.
struct FacetChoice {
  let name: String
  let label: String
  let values: [String]

  /// The choices over all papers of a page.
  static func all(in papers: [PaperContents]) -> [FacetChoice] {
    let rows = papers.flatMap { $0.sections }.flatMap { $0.results.rows }
    func values(_ value: (ResultRow) -> String) -> [String] {
      Set(rows.map(value)).subtracting([""]).sorted()
    }
    return [
      FacetChoice(name: "paper", label: "paper", values: papers.map { $0.folder.name }),
      FacetChoice(name: "network", label: "network", values: values { $0.run.networkName }),
      FacetChoice(name: "dataset", label: "data set", values: values { $0.dataset }),
      FacetChoice(name: "method", label: "method", values: values { $0.method }),
    ]
  }
}
