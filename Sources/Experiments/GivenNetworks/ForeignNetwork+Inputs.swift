// How a container says how its network's inputs are made, so that whoever evaluates it need not
// know.

import Foundation

extension ForeignNetwork.Inputs {
  /// `per-channel`, `words`, or `mean 0.485,0.456,0.406 deviation 0.229,0.224,0.225`.
  public var text: String {
    switch self {
    case .words: return "words"
    case .normalized(let kind): return kind.rawValue
    case .standardized(let means, let deviations):
      func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ",") }
      return "mean \(list(means)) deviation \(list(deviations))"
    }
  }

  /// What `text` says; nil if it says nothing of that kind.
  public init?(text: String) {
    if text == "words" {
      self = .words
      return
    }
    if let kind = DatasetSpec.Normalize(rawValue: text) {
      self = .normalized(kind)
      return
    }
    let words = text.split(separator: " ")
    guard words.count == 4, words[0] == "mean", words[2] == "deviation" else { return nil }
    func numbers(_ word: Substring) -> [Double]? {
      let values = word.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
      return values.contains(nil) ? nil : values.compactMap { $0 }
    }
    guard let means = numbers(words[1]), let deviations = numbers(words[3]) else { return nil }
    self = .standardized(means: means, deviations: deviations)
  }
}
