// What every way of compressing weights has in common. An operator is a struct: its name is the word in specs and reports,
// its properties are the fields of the spec. New operators are one file and one line in the catalogue.

public import Reproducibility

/// What an operator may use besides the weights.
public struct CompressionContext: Hashable, Sendable {
  /// The root of the operator's random numbers. The same seed gives the same choice, whatever the weights were before.
  public let seed: Seed

  public init(seed: Seed) { self.seed = seed }

  /// The context of part `index` of a composed operator.
  func child(_ index: Int) -> CompressionContext { CompressionContext(seed: seed.child(index)) }
}

/// A way of compressing a group of named tensors.
public protocol CompressionOperator: Alternative {
  /// The code Θ that stands for `weights`; where the operator is a projection, the one that minimises ‖w − Δ(Θ)‖².
  ///
  /// - Parameters:
  ///   - weights: the group; tensors that do not concern the operator come back unchanged.
  ///   - previous: the operator's own last result, from which iterative operators may start. It never decides what is allowed.
  ///   - context: the seed of operators that choose at random.
  func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup

  /// Refuses values that no weights could satisfy, before anything is computed.
  func validate() throws(CompressionError)
}

extension CompressionOperator {
  /// This operator, then `next` on what it leaves: `Prune(density: 0.02).then(CastToFloat16())`.
  public func then(_ next: some CompressionOperator) -> Chain {
    let earlier = (self as? Chain)?.schemes ?? [Scheme(self)]
    let later = (next as? Chain)?.schemes ?? [Scheme(next)]
    return Chain(earlier + later)
  }
}
