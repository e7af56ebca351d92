// Every operator there is, by name. A new operator is its own file and one line in `Scheme.alternatives`.

public import Reproducibility

/// One of the operators of the catalogue; in a spec an object with one key, {"prune": {"density": 0.1}}.
public struct Scheme: Choice {
  public static let alternatives: [any Alternative.Type] = [
    Prune.self,
    PruneNeurons.self,
    PruneFilters.self,
    PruneStructures.self,
    PruneBlocks.self,
    RandomPrune.self,
    CastToFloat16.self,
    CastToFixedPoint.self,
    KMeans.self,
    BitBudget.self,
    Unify.self,
    Chain.self,
  ]

  /// The operator itself.
  public let operation: any CompressionOperator

  public var chosen: any Alternative { operation }

  /// The scheme that applies `operation`.
  ///
  /// - Precondition: the operator stands in the catalogue.
  public init(_ operation: some CompressionOperator) {
    let name = type(of: operation).name
    precondition(
      Self.alternative(named: name) == type(of: operation), "\(name) is not in the catalogue")
    self.operation = operation
  }

  public init?(choosing alternative: any Alternative) {
    guard let operation = alternative as? any CompressionOperator,
      Self.alternative(named: type(of: operation).name) == type(of: alternative)
    else { return nil }
    self.operation = operation
  }

  /// The operators this scheme applies, in order, chains taken apart.
  public var operators: [any CompressionOperator] {
    (operation as? Chain)?.schemes.flatMap { $0.operators } ?? [operation]
  }

  /// Whether one of the operators has a density.
  public var hasDensity: Bool { operators.contains { $0 is any DensityOperator } }

  /// Whether one of the operators has its density already.
  public var isDensitySet: Bool {
    operators.contains { ($0 as? any DensityOperator)?.isDensitySet ?? false }
  }

  /// The same scheme with `density` in every operator that has one; the others stay as they are.
  public func withDensity(_ density: Double) -> Scheme {
    if let chain = operation as? Chain {
      return Scheme(Chain(chain.schemes.map { $0.withDensity(density) }))
    }
    guard var changed = operation as? any DensityOperator else { return self }
    changed.density = density
    return Scheme(changed)
  }

  /// The code of `weights`; see `CompressionOperator.compress`.
  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup? = nil,
    context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try operation.compress(weights, startingFrom: previous, context: context)
  }

  /// Refuses impossible values; the error's field is the path below the scheme: `chain[1].prune.density`.
  public func validate() throws(CompressionError) {
    do { try operation.validate() } catch { throw error.within(name) }
  }
}
