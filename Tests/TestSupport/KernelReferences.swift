// What each kernel should compute, written the plainest way in Double, and how far a Float kernel may be from it.
// Nothing here is fast; every loop is the formula.

public import Kernels

/// How far a computed Float may be from its Double reference.
public struct KernelTolerance: Sendable {
  /// The largest allowed difference at a given reference value.
  public let relative: Double
  /// Allowed on top of the relative part.
  public let absolute: Double

  /// A tolerance for one kernel; its reason belongs beside it.
  public init(relative: Double, absolute: Double) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Exactly the same value.
  public static let sameBits = KernelTolerance(relative: 0, absolute: 0)

  /// A polynomial approximation: a few units in the last place (2⁻²³ ≈ 1.2·10⁻⁷ each).
  public static let elementary = KernelTolerance(relative: 4e-7, absolute: 1e-30)

  /// A scalar formula of several roundings, each half a unit, with a cancellation of one bit.
  public static let formula = KernelTolerance(relative: 1e-6, absolute: 1e-7)

  /// Rounding of a sum of `terms` products of total magnitude Σ│aᵢbᵢ│: each addition loses at most half
  /// a unit of the running sum, and lanes make the chain at least eight times shorter than `terms`.
  public static func accumulation(terms: Int, magnitude: Double) -> KernelTolerance {
    KernelTolerance(
      relative: 0, absolute: magnitude * 6e-8 * (8 + Double(terms) / 8) + 1e-30)
  }

  /// The same sum by Winograd's method: its transforms multiply by up to 25 and cancel again, and a
  /// sum of few terms shares the rounding of its whole tile. Beside the rounding of a sum that leaves up
  /// to 3·10⁻⁶ of the magnitude with 5 × 5 filters and 7·10⁻⁶ with 3 × 3 filters at these sizes (measured).
  public static func winograd(kernel: Int, terms: Int, magnitude: Double) -> KernelTolerance {
    let sum = accumulation(terms: terms, magnitude: magnitude)
    let share = kernel == 3 ? 1e-5 : 5e-6
    return KernelTolerance(relative: 0, absolute: sum.absolute + share * magnitude)
  }

  /// Whether `computed` is close enough to `expected`.
  public func accepts(_ computed: Float, _ expected: Double) -> Bool {
    if expected.isNaN { return computed.isNaN }
    if expected.isInfinite { return Double(computed) == expected }
    return abs(Double(computed) - expected) <= absolute + relative * abs(expected)
  }
}

/// A sum with the total magnitude of its terms, which bounds its rounding.
public struct ReferenceSum: Sendable {
  /// The sum of all terms.
  public var value = 0.0
  /// The sum of the terms' magnitudes.
  public var magnitude = 0.0
  /// How many terms were added.
  public var terms = 0

  /// A sum without terms.
  public init() {}

  /// Adds one term.
  public mutating func add(_ term: Double) {
    value += term
    magnitude += abs(term)
    terms += 1
  }

  /// What the sum of a Winograd kernel for `kernel` × `kernel` filters may differ by.
  public func winogradTolerance(kernel: Int) -> KernelTolerance {
    .winograd(kernel: kernel, terms: terms, magnitude: magnitude)
  }

  /// What a Float kernel's sum may differ by.
  public var tolerance: KernelTolerance { .accumulation(terms: terms, magnitude: magnitude) }
}

/// The naive counterparts of the kernels.
public enum KernelReference {
  /// A·B (+ C), any of the two transposed.
  public static func product(
    _ a: [Float], _ b: [Float], rows: Int, columns: Int, inner: Int, transposeA: Bool = false,
    transposeB: Bool = false, addingTo c: [Float]? = nil
  ) -> [ReferenceSum] {
    var result = [ReferenceSum](repeating: ReferenceSum(), count: rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<inner {
          let left = transposeA ? a[k * rows + i] : a[i * inner + k]
          let right = transposeB ? b[j * inner + k] : b[k * columns + j]
          result[i * columns + j].add(Double(left) * Double(right))
        }
        if let c { result[i * columns + j].add(Double(c[i * columns + j])) }
      }
    }
    return result
  }

  /// Calls `body` with input, weight and output index of every multiply-add of a convolution.
  public static func forEachConnection(
    _ g: ConvolutionGeometry, _ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void
  ) {
    let groupInputs = g.inputChannels / g.groups
    let groupOutputs = g.outputChannels / g.groups
    for n in 0..<g.batch {
      for row in 0..<g.outputHeight {
        for column in 0..<g.outputWidth {
          for k in 0..<g.outputChannels {
            let output =
              ((n * g.outputHeight + row) * g.outputWidth + column) * g.outputChannels + k
            let firstInput = k / groupOutputs * groupInputs
            for c in 0..<groupInputs {
              for r in 0..<g.kernelHeight {
                for s in 0..<g.kernelWidth {
                  let y = row * g.stride - g.padding + r
                  let x = column * g.stride - g.padding + s
                  if y < 0 || y >= g.height || x < 0 || x >= g.width { continue }
                  body(
                    ((n * g.height + y) * g.width + x) * g.inputChannels + firstInput + c,
                    ((k * groupInputs + c) * g.kernelHeight + r) * g.kernelWidth + s, output)
                }
              }
            }
          }
        }
      }
    }
  }

  /// A convolution's output; an empty bias adds nothing.
  public static func convolution(
    _ input: [Float], weights: [Float], bias: [Float], _ g: ConvolutionGeometry
  ) -> [ReferenceSum] {
    var result = [ReferenceSum](repeating: ReferenceSum(), count: g.outputCount)
    forEachConnection(g) { i, w, o in result[o].add(Double(input[i]) * Double(weights[w])) }
    if !bias.isEmpty {
      for o in result.indices { result[o].add(Double(bias[o % g.outputChannels])) }
    }
    return result
  }

  /// The gradient of a convolution's input.
  public static func convolutionInputGradient(
    _ outputGradient: [Float], weights: [Float], _ g: ConvolutionGeometry
  ) -> [ReferenceSum] {
    var result = [ReferenceSum](repeating: ReferenceSum(), count: g.inputCount)
    forEachConnection(g) { i, w, o in
      result[i].add(Double(outputGradient[o]) * Double(weights[w]))
    }
    return result
  }

  /// The gradient of a convolution's filters.
  public static func convolutionWeightGradient(
    _ outputGradient: [Float], input: [Float], _ g: ConvolutionGeometry
  ) -> [ReferenceSum] {
    var result = [ReferenceSum](repeating: ReferenceSum(), count: g.weightCount)
    forEachConnection(g) { i, w, o in
      result[w].add(Double(outputGradient[o]) * Double(input[i]))
    }
    return result
  }

  /// The sum of each column of a matrix.
  public static func columnSums(_ matrix: [Float], columns: Int) -> [ReferenceSum] {
    var result = [ReferenceSum](repeating: ReferenceSum(), count: columns)
    for (i, value) in matrix.enumerated() { result[i % columns].add(Double(value)) }
    return result
  }
}
