// The splitting of the joint method: sparse weights W, their copy V on levels and the scaled dual U, under one budget of bits
// (joint-sparsity-quantization, section 1.3). U is Y/ρ. What happens between two projections is not this file's business.

public import Compression
public import Kernels
public import Tensors
public import Training

/// W, V and U of the alternating direction method under one budget.
public struct BudgetSplitting: Sendable {
  /// The projections.
  public let projector: BudgetProjector
  /// `[layers]`: the bits of V.
  public private(set) var bits: [Int]
  /// V: the copy on levels; tensors that are not projected are those of the last weights.
  public private(set) var copy: WeightGroup
  /// U by the names of the projected weights.
  public private(set) var dual: [ParameterName: Tensor]

  /// What one projection of both halves has found.
  public struct Projection: Hashable, Sendable {
    /// W after its projection.
    public var weights: WeightGroup
    /// `[layers]`: the non-zeros of W.
    public var nonzeros: [Int]
    /// `[layers]`: the bits of V.
    public var bits: [Int]
    /// Σ b·nnz with the bits of V and the non-zeros of W, and their positions where the budget counts them.
    public var cost: Int
    /// Whether the cost is within the budget; if not, the next projection of W mends it.
    public var isFeasible: Bool
    /// ‖W − V‖².
    public var squaredResidual: Double
    /// An upper bound of the quantization error of V minus the least possible at its bits.
    public var gap: Double
  }

  /// The splitting before the first projection: V = W, U = 0.
  public init(_ projector: BudgetProjector, weights: WeightGroup) {
    self.projector = projector
    bits = projector.startBits
    copy = weights
    dual = [:]
    for name in projector.names(in: weights) {
      dual[name] = weights[name].map { Tensor($0.shape) }
    }
  }

  /// The splitting as it was when it was stored.
  public init(
    _ projector: BudgetProjector, bits: [Int], copy: WeightGroup, dual: [ParameterName: Tensor]
  ) {
    self.projector = projector
    self.bits = bits
    self.copy = copy
    self.dual = dual
  }

  /// W ← P_W(W̄), V ← P_V(W + U), U ← U + W − V.
  ///
  /// - Parameters:
  ///   - weights: W̄, the weights after learning.
  ///   - frozen: whether the bits of V stay as they are.
  /// - Throws: `CompressionError.notFinite`.
  ///
  /// Source: joint-sparsity-quantization, eqs. 5, 10 and 7.
  public mutating func project(
    _ weights: WeightGroup, frozen: Bool = false
  ) throws(CompressionError) -> Projection {
    let sparse: BudgetProjector.Sparse
    var isFixed = frozen
    if projector.operation.allocation == .jointExact, !frozen {
      (sparse, bits) = try projector.jointly(weights)
      isFixed = true
    } else {
      sparse = try projector.sparsified(weights, bits: bits)
    }
    // Without pruning only bits can be given up, and these are chosen next.
    precondition(
      !projector.operation.prunes || sparse.cost + sparse.positionBits <= projector.budget,
      "projected weights take \(sparse.cost + sparse.positionBits) of \(projector.budget) bits")
    guard projector.operation.quantizes else {
      copy = sparse.weights
      return Projection(
        weights: sparse.weights, nonzeros: sparse.nonzeros, bits: bits, cost: sparse.cost,
        isFeasible: true, squaredResidual: 0, gap: 0)
    }
    var shifted = sparse.weights
    for (name, dual) in dual {
      guard var weight = shifted[name] else { continue }
      var span = weight.mutableSpan
      add(dual.span, to: &span)
      shifted.replace(name, with: weight)
    }
    let quantized =
      isFixed
      ? try projector.quantized(shifted, nonzeros: sparse.nonzeros, bits: bits)
      : try projector.quantized(
        shifted, nonzeros: sparse.nonzeros, positionBits: sparse.positionBits)
    bits = quantized.bits
    copy = quantized.weights
    var squaredResidual = 0.0
    for name in projector.names(in: weights) {
      guard let target = copy[name], var difference = sparse.weights[name],
        var multipliers = dual[name]
      else { continue }
      squaredResidual += difference.squaredDistance(to: target)
      var differenceSpan = difference.mutableSpan
      axpy(-1, target.span, &differenceSpan)
      var span = multipliers.mutableSpan
      add(difference.span, to: &span)
      dual[name] = multipliers
    }
    let cost = zip(bits, sparse.nonzeros).reduce(sparse.positionBits) { $0 + $1.0 * $1.1 }
    return Projection(
      weights: sparse.weights, nonzeros: sparse.nonzeros, bits: bits, cost: cost,
      isFeasible: quantized.isFeasible && cost <= projector.budget,
      squaredResidual: squaredResidual, gap: quantized.gap)
  }

  /// V − U by the names of the projected weights: where the proximal step pulls W. Empty where nothing is quantized.
  public var targets: [ParameterName: Tensor] {
    guard projector.operation.quantizes else { return [:] }
    var result: [ParameterName: Tensor] = [:]
    for (name, dual) in dual {
      guard var target = copy[name] else { continue }
      var span = target.mutableSpan
      axpy(-1, dual.span, &span)
      result[name] = target
    }
    return result
  }

  /// ‖U‖.
  public var dualNorm: Double {
    projector.names(in: copy).reduce(0.0) { sum, name in
      sum + (dual[name].map { sumOfSquares($0.span) } ?? 0)
    }.squareRoot()
  }
}

/// The proximal step of every minibatch: after the optimizer's step the weights move towards V − U.
///
/// Source: joint-sparsity-quantization, eq. 5, and section 6, choice 13.
public struct ProximalPull: UpdateConstraint {
  /// ρ.
  public let penalty: Double
  /// V − U of each parameter; nil where it is free.
  let targets: [Tensor?]

  /// The pull on parameters of the given names, in order.
  public init(
    penalty: Double, targets: [ParameterName: Tensor], parameters: [ParameterName]
  ) {
    self.penalty = penalty
    self.targets = parameters.map { targets[$0] }
  }

  public func restore(_ parameters: inout [Tensor], rate: Double, workers: Workers) {
    for index in parameters.indices {
      guard let target = targets[index] else { continue }
      var span = parameters[index].mutableSpan
      pull(&span, towards: target.span, strength: Float(rate * penalty), workers: workers)
    }
  }
}
