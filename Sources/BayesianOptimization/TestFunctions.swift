// Functions with known optima, on which optimisers are judged.

import Foundation

/// A function of several coordinates whose minimum is known.
public struct TestFunction: Sendable {
  /// What it is called.
  public let name: String
  /// The range of each coordinate.
  public let bounds: [ClosedRange<Double>]
  /// The smallest value where all constraints hold.
  public let minimum: Double
  /// The number of constraints.
  public let constraintCount: Int
  /// The function.
  public let value: @Sendable ([Double]) -> Double
  /// Every constraint; at most 0 where it holds.
  public let constraints: @Sendable ([Double]) -> [Double]

  /// Branin's function: three minima of the same depth.
  public static let branin = TestFunction(
    name: "branin", bounds: [-5...10, 0...15], minimum: 0.39788735772973816, constraintCount: 0,
    value: { point in
      let (x, y) = (point[0], point[1])
      let valley = y - 5.1 / (4 * Double.pi * Double.pi) * x * x + 5 / Double.pi * x - 6
      return valley * valley + 10 * (1 - 1 / (8 * Double.pi)) * cos(x) + 10
    },
    constraints: { _ in [] })

  /// The toy problem of Gramacy et al. 2016: a linear objective, a wavy constraint and a circle.
  public static let gramacy = TestFunction(
    name: "gramacy", bounds: [0...1, 0...1], minimum: 0.5997880520100622, constraintCount: 2,
    value: { $0[0] + $0[1] },
    constraints: { point in
      let (x, y) = (point[0], point[1])
      let wave = sin(2 * Double.pi * (x * x - 2 * y))
      return [1.5 - x - 2 * y - 0.5 * wave, x * x + y * y - 1.5]
    })

  /// Forrester's function of one coordinate: a local minimum beside the global one.
  public static let forrester = TestFunction(
    name: "forrester", bounds: [0...1], minimum: -6.020740055766075, constraintCount: 0,
    value: { point in
      let factor = 6 * point[0] - 2
      return factor * factor * sin(12 * point[0] - 4)
    },
    constraints: { _ in [] })
}
