// Cholesky factors, triangular solves and inverses against what defines them, and the bounded minimiser on known minima.

import Foundation
import Kernels
import Testing

/// A symmetric positive definite matrix with smallest eigenvalue at least 1, row-major.
private func positiveDefinite(_ order: Int) -> [Double] {
  var matrix = [Double](repeating: 0, count: order * order)
  for row in 0..<order {
    for column in 0..<order {
      var sum = row == column ? 1.0 : 0
      for k in 0..<order { sum += sin(Double(row * 7 + k * 3)) * sin(Double(column * 7 + k * 3)) }
      matrix[row * order + column] = sum
    }
  }
  return matrix
}

/// The magnitude of what rounding leaves of a sum of `order` products of elements of such a matrix.
private func tolerance(_ order: Int) -> Double { 1e-14 * Double(order * order + 1) }

@Suite("Cholesky factorisation") struct CholeskyTests {
  static let orders = [0, 1, 2, 7, 8, 9, 33, 100]

  @Test("the factor is lower triangular and its square is the matrix", arguments: orders)
  func factor(order: Int) {
    let matrix = positiveDefinite(order)
    var factor = matrix
    // The upper triangle must not be read.
    for row in 0..<order {
      for column in (row + 1)..<max(order, row + 1) { factor[row * order + column] = .nan }
    }
    var span = factor.mutableSpan
    #expect(factorCholesky(&span, order: order) == nil)
    for row in 0..<order {
      for column in 0..<order {
        if column > row { #expect(factor[row * order + column] == 0) }
        var sum = 0.0
        for k in 0..<order { sum += factor[row * order + k] * factor[column * order + k] }
        #expect(abs(sum - matrix[row * order + column]) <= tolerance(order))
      }
    }
  }

  @Test(
    "two triangular solves solve the system, for any number of right-hand sides", arguments: orders)
  func solve(order: Int) {
    let matrix = positiveDefinite(order)
    var factor = matrix
    var factorSpan = factor.mutableSpan
    #expect(factorCholesky(&factorSpan, order: order) == nil)
    for columns in [0, 1, 3, 17] {
      let solution = (0..<order * columns).map { cos(Double($0)) }
      var right = [Double](repeating: 0, count: order * columns)
      for row in 0..<order {
        for k in 0..<order {
          for column in 0..<columns {
            right[row * columns + column] +=
              matrix[row * order + k] * solution[k * columns + column]
          }
        }
      }
      var span = right.mutableSpan
      solveTriangular(factor.span, &span, order: order, columns: columns)
      solveTriangular(factor.span, transposed: true, &span, order: order, columns: columns)
      for (computed, expected) in zip(right, solution) {
        #expect(abs(computed - expected) <= 10 * tolerance(order))
      }
    }
  }

  @Test("the inverse times the matrix is the identity", arguments: orders)
  func inverse(order: Int) {
    let matrix = positiveDefinite(order)
    var inverse = matrix
    var span = inverse.mutableSpan
    #expect(factorCholesky(&span, order: order) == nil)
    invertFromCholesky(&span, order: order)
    for row in 0..<order {
      for column in 0..<order {
        var sum = 0.0
        for k in 0..<order { sum += matrix[row * order + k] * inverse[k * order + column] }
        #expect(abs(sum - (row == column ? 1 : 0)) <= 10 * tolerance(order))
      }
    }
  }

  @Test("a matrix that is not positive definite names its first bad minor")
  func notPositiveDefinite() {
    func failure(_ elements: [Double]) -> Int? {
      var matrix = elements
      var span = matrix.mutableSpan
      return factorCholesky(&span, order: 3)
    }
    #expect(failure([1, 0, 0, 0, -1, 0, 0, 0, 1]) == 2)
    #expect(failure([1, 0, 0, 1, 1, 0, 0, 0, 1]) == 2)
    #expect(failure([0, 0, 0, 0, 1, 0, 0, 0, 1]) == 1)
    #expect(failure([1, 0, 0, 0, .nan, 0, 0, 0, 1]) == 2)
    #expect(failure([1, 0, 0, 0, 1, 0, 0, 0, 1]) == nil)
  }

  @Test("sizes that do not agree stop the process")
  func sizes() async {
    await #expect(processExitsWith: .failure) {
      var matrix = [1.0, 2, 3]
      var span = matrix.mutableSpan
      _ = factorCholesky(&span, order: 2)
    }
  }
}

@Suite("Minimisation within bounds") struct BoundedMinimizationTests {
  private static func rosenbrock(_ x: [Double]) -> (value: Double, gradient: [Double]) {
    let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
    return (a * a + 100 * b * b, [-2 * a - 400 * x[0] * b, 200 * b])
  }

  @Test("Rosenbrock's valley is followed to its minimum")
  func rosenbrock() {
    let found = minimizeWithinBounds(
      from: [-1.2, 1], lower: [-5, -5], upper: [5, 5], objective: Self.rosenbrock)
    #expect(found.value < 1e-10 && abs(found.point[0] - 1) < 1e-4)
    #expect(found.outcome == .converged && found.evaluationCount < 200)
  }

  @Test("a minimum on the bounds is found there")
  func bound() {
    // Along the bound x₀ = 0.5 the minimum is at x₁ = 0.25.
    let found = minimizeWithinBounds(
      from: [-1, 2], lower: [-2, -2], upper: [0.5, 3], objective: Self.rosenbrock)
    #expect(abs(found.point[0] - 0.5) < 1e-6 && abs(found.point[1] - 0.25) < 1e-4)
    #expect(abs(found.value - 0.25) < 1e-6)
  }

  @Test("the same search gives the same bits, and stays within the bounds")
  func deterministic() {
    var seen: [[Double]] = []
    func search() -> BoundedMinimum {
      minimizeWithinBounds(from: [9, -9], lower: [-2, -2], upper: [0.5, 3]) { point in
        seen.append(point)
        return Self.rosenbrock(point)
      }
    }
    #expect(search() == search())
    #expect(seen.allSatisfy { (-2...0.5).contains($0[0]) && (-2...3).contains($0[1]) })
  }

  @Test("a limit on evaluations is kept and reported")
  func limit() {
    var count = 0
    let found = minimizeWithinBounds(
      from: [-1.2, 1], lower: [-5, -5], upper: [5, 5], evaluationLimit: 5
    ) { point in
      count += 1
      return Self.rosenbrock(point)
    }
    #expect(found.outcome == .evaluationLimit && found.evaluationCount == count && count <= 7)
    #expect(found.value < Self.rosenbrock([-1.2, 1]).value)
  }

  @Test("values that are not finite are walls")
  func walls() {
    // log x − 2 log is undefined left of 0; the minimum of x − log x is at 1.
    let found = minimizeWithinBounds(from: [4], lower: [-10], upper: [10]) { point in
      (point[0] - log(point[0]), [1 - 1 / point[0]])
    }
    #expect(abs(found.point[0] - 1) < 1e-4)
    let nowhere = minimizeWithinBounds(from: [4], lower: [-10], upper: [10]) { _ in (.nan, [0]) }
    #expect(nowhere.outcome == .stalled && nowhere.value == .infinity && nowhere.point == [4])
  }
}
