// Expansion of `each`: one document with a list of values becomes one document per value. A mapping under `each` gives every
// value a label of its own: `retraining: {each: {rewound: {…}, as-method: {…}}}`; values with labels may be swept in turn.

import Foundation
import Reproducibility

/// Expansion of `each`.
enum Sweep {
  /// Every combination of the values under `each` in a node, with the values by name.
  ///
  /// The name of a swept value is its key; `name: {each: …}` takes the key above, so that `dataset.name` is `dataset`.
  static func expand(_ node: SpecNode, key: String = "", above: String = "") throws(SpecError) -> [(
    SpecNode, [String: JSONValue]
  )] {
    if let entries = node.entries, entries.count == 1, entries[0].key == "each" {
      let name = key == "name" ? above : key
      if let labelled = entries[0].value.entries, !labelled.isEmpty {
        // A labelled value may itself be swept.
        var results: [(SpecNode, [String: JSONValue])] = []
        for entry in labelled {
          for (value, found) in try expand(entry.value, key: key, above: above) {
            results.append((value, found.merging([name: .string(entry.key)]) { $1 }))
          }
        }
        return results
      }
      guard let values = entries[0].value.items, !values.isEmpty else {
        throw entries[0].value.error(
          "\(key).each", "expected a list of values, or values with a label each")
      }
      return values.map { value in
        let number = value.text.flatMap { Double($0) }.map { JSONValue.number($0) }
        return (value, [name: number ?? .string(value.text ?? value.summary)])
      }
    }
    switch node.content {
    case .mapping(let entries):
      var results: [([SpecNode.Entry], [String: JSONValue])] = [([], [:])]
      for entry in entries {
        let expansions = try expand(entry.value, key: entry.key, above: key)
        results = results.flatMap { partial, coordinates in
          expansions.map { value, found in
            (
              partial + [.init(key: entry.key, value: value, line: entry.line)],
              coordinates.merging(found) { first, _ in first }
            )
          }
        }
      }
      return results.map {
        (SpecNode(.mapping($0.0), file: node.file, line: node.line), $0.1)
      }
    case .sequence(let items):
      var results: [([SpecNode], [String: JSONValue])] = [([], [:])]
      for item in items {
        let expansions = try expand(item, key: key, above: above)
        results = results.flatMap { partial, coordinates in
          expansions.map { value, found in
            (partial + [value], coordinates.merging(found) { first, _ in first })
          }
        }
      }
      return results.map { (SpecNode(.sequence($0.0), file: node.file, line: node.line), $0.1) }
    default: return [(node, [:])]
    }
  }
}
