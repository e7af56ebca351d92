// Whether two networks compute the same function, up to the order in which sums are rounded (condensa, section 6, decision 9).

public import Kernels
import Networks
public import Tensors

/// The largest difference between the outputs of two networks for one batch, on the direct convolution path.
public struct OutputDifference: Codable, Hashable, Sendable {
  /// Outputs may differ by this share of the largest one, or of one if that is smaller: some hundred roundings of Float.
  public static let tolerance = 1e-5

  /// max |Δ| over all outputs.
  public var largest: Double
  /// The largest absolute output of the first network.
  public var largestOutput: Double
  /// Examples that were compared.
  public var examples: Int

  /// The most that `largest` may be.
  public var limit: Double { Self.tolerance * max(1, largestOutput) }

  /// Whether the networks agree.
  public var isWithinTolerance: Bool { largestOutput.isFinite && largest <= limit }

  /// Compares two networks that take the same inputs and give outputs of the same shape.
  ///
  /// - Parameter input: one batch.
  /// - Precondition: the shapes of the outputs agree.
  public init(
    between first: some Evaluable, and second: some Evaluable, on input: Tensor, workers: Workers
  ) {
    precondition(
      first.outputShape == second.outputShape,
      "cannot compare outputs of \(first.outputShape) with \(second.outputShape)")
    let pass = Pass(.evaluation, workers: workers, convolution: .direct)
    var (left, right) = (Activations(), Activations())
    let expected = first.forward(input, activations: &left, pass: pass)
    let found = second.forward(input, activations: &right, pass: pass)
    largestOutput = expected.elements.reduce(0.0) { max($0, Double(abs($1))) }
    // A value that is not a number differs by more than anything.
    largest = zip(expected.elements, found.elements).reduce(0.0) { result, pair in
      let difference = Double(abs(pair.0 - pair.1))
      return difference.isNaN ? .greatestFiniteMagnitude : max(result, difference)
    }
    examples = input.shape[0]
  }
}
