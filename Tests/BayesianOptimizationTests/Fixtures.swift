// The files beside these tests: the shared vectors, the digitised curve of Condensa's Figure 1, and values from numpy and scipy.

import BayesianOptimization
import Foundation
import Reproducibility
import Testing

/// Reads `Fixtures/name.json`.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = try #require(
    Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
  return try CanonicalJSON.decode(Content.self, from: Data(contentsOf: url))
}

/// A JSON value with the accessors tests need.
extension JSONValue {
  subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  var double: Double? {
    if case .number(let number) = self { return number }
    return nil
  }

  var string: String? {
    if case .string(let string) = self { return string }
    return nil
  }

  var doubles: [Double]? {
    guard case .array(let elements) = self else { return nil }
    let numbers = elements.compactMap { $0.double }
    return numbers.count == elements.count ? numbers : nil
  }
}

/// Accuracy of VGG-19 after filter pruning against sparsity, linear between the published points and constant beyond.
struct PublishedCurve: Sendable {
  /// Sparsities in ascending order with the accuracy in per cent.
  let points: [[Double]]
  /// The dense network's accuracy less the tolerance of two points, in per cent.
  static let level = 90.98

  init() throws {
    struct File: Decodable { let accuracy: [[Double]] }
    points = [[0, 92.98]] + (try fixture("condensa-figure1-vgg19-filter", as: File.self)).accuracy
  }

  /// In per cent.
  func accuracy(_ sparsity: Double) -> Double {
    guard let above = points.firstIndex(where: { $0[0] >= sparsity }) else {
      return points[points.count - 1][1]
    }
    if above == 0 { return points[0][1] }
    let (left, right) = (points[above - 1], points[above])
    let share = (sparsity - left[0]) / (right[0] - left[0])
    return left[1] + (right[1] - left[1]) * share
  }

  /// The search of the paper on this curve, in fractions: ten evaluations, the ends known.
  var problem: SearchProblem {
    SearchProblem(level: Self.level / 100, valueAtLower: 0.9298, valueAtUpper: 0.1)
  }

  /// A finished search.
  func search(_ strategy: some SearchStrategy, seed: UInt64) throws -> SearchState {
    var state = try SearchState(problem, by: .init(strategy), seed: Seed(seed))
    try state.run { accuracy($0) / 100 }
    return state
  }

  /// The sparsity each seed finds, 0 where nothing feasible was sampled, in ascending order.
  func found(_ strategy: some SearchStrategy, seeds: Range<UInt64>) throws -> [Double] {
    try seeds.map { try search(strategy, seed: $0).result?.point ?? 0 }.sorted()
  }
}

/// The value below which the given share of sorted numbers lies, linear between them.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
  let position = share * Double(sorted.count - 1)
  let lower = Int(position)
  let upper = min(lower + 1, sorted.count - 1)
  return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
}

/// Numbers in [lower, upper).
func uniform(
  _ count: Int, _ lower: Double = 0, _ upper: Double = 1, from stream: inout RandomStream
) -> [Double] {
  (0..<count).map { _ in lower + (upper - lower) * stream.uniformDouble() }
}

/// Whether two numbers agree within a tolerance that is relative above 1 and absolute below.
func isClose(_ value: Double, _ reference: Double, _ tolerance: Double) -> Bool {
  abs(value - reference) <= tolerance * max(1, abs(reference))
}
