// What `parsimony check` says about a paper's claims: that specs name claims that exist, and claims name experiments that do;
// and of the names of its tables and figures.

public import Experiments
import Foundation

/// Checks that claims and experiments name each other.
public enum PaperCheck {
  /// One line per mistake in the papers of a library; empty if there is none.
  public static func problems(in library: Library) -> [String] {
    var result = library.papers.flatMap { problems(in: $0) }
    let literature = library.root.appending(path: Literature.fileName)
    if FileManager.default.fileExists(atPath: literature.path) {
      do {
        _ = try Literature.points(contentsOf: literature)
      } catch {
        result.append("\(error)")
      }
    }
    return result
  }

  private static func problems(in paper: PaperFolder) -> [String] {
    let file = paper.url.appending(path: "paper.yaml")
    let description: PaperDescription
    do {
      description = try PaperDescription(contentsOf: file)
    } catch {
      return ["\(error)"]
    }
    let shown = Library.shortPath(file)
    let known = Set(description.claims.map { $0.id })
    let names = paper.experiments.map { $0.deletingPathExtension().lastPathComponent }
    var result: [String] = []
    if known.count != description.claims.count {
      result.append("\(shown): a claim's id stands twice")
    }
    for claim in description.claims {
      for problem in problems(in: claim) {
        result.append("\(shown): claim \(claim.id): \(problem)")
      }
      if let experiment = claim.experiment, !names.contains(experiment) {
        result.append("\(shown): claim \(claim.id): there is no experiment ‘\(experiment)’")
      }
    }
    // Mistakes inside a spec are reported where it is read.
    let experiments = paper.experiments.compactMap { url in
      (try? Library.experiment(at: url, profile: "standard")).map { (url, $0) }
    }
    for meeting in ReportNames.meeting(in: experiments.map { $0.1 }) {
      result.append("\(Library.shortPath(paper.url)): \(meeting)")
    }
    for (url, experiment) in experiments {
      for id in experiment.claims where !known.contains(id) {
        result.append("\(Library.shortPath(url)): claims: \(shown) has no claim ‘\(id)’")
      }
    }
    return result
  }

  /// What a claim must say to be judged, or to be shown as not judged.
  private static func problems(in claim: Claim) -> [String] {
    func isEmpty(_ text: String?) -> Bool {
      text?.trimmingCharacters(in: .whitespaces).isEmpty ?? true
    }
    var result: [String] = []
    if isEmpty(claim.evidence) {
      result.append("‘evidence’ must say where the number is known from")
    }
    if claim.published?.value != nil {
      if isEmpty(claim.rule) {
        result.append("‘rule’ must say how the published number is counted")
      }
      if claim.published?.unit == nil { result.append("the published number has no ‘unit’") }
    }
    if claim.experiment == nil && isEmpty(claim.waits) {
      result.append("it needs an ‘experiment’ that judges it, or ‘waits’ with what is missing")
    }
    if claim.form != nil && claim.experiment != nil {
      if isEmpty(claim.metric) {
        result.append("‘metric’ is missing, which the experiment measures")
      }
      if claim.where == nil {
        result.append("‘where’ is missing, which selects the experiment's row")
      }
    }
    return result
  }
}
