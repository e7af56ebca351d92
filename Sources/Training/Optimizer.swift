// Optimizers: SGD (plain, heavy-ball, Nesterov) and Adam, as specs name them, and the buffers they keep.

public import Kernels
public import Reproducibility
public import Tensors

/// An optimizer a spec can name.
public protocol OptimizerKind: Alternative {
  /// How many buffers of the parameters' shapes it keeps.
  var bufferCount: Int { get }
  /// The weight decay added to the gradient.
  var weightDecay: Double { get set }

  /// Changes `weights` by one step.
  ///
  /// - Parameters:
  ///   - buffers: `bufferCount` tensors that belong to this parameter.
  ///   - step: 1 for the first step after a reset.
  func update(
    _ weights: inout Tensor, gradient: Tensor, buffers: inout [Tensor], rate: Double, step: Int,
    workers: Workers)

  /// - Throws: `TrainingError` for an impossible value.
  func validate() throws(TrainingError)
}

extension OptimizerKind {
  /// The same optimizer for parameters that do not decay.
  var withoutWeightDecay: any OptimizerKind {
    var result = self
    result.weightDecay = 0
    return result
  }
}

/// Stochastic gradient descent; with momentum in Condensa's form, where the velocity contains the rate.
///
/// g′ = g + decay·w; v ← m·v − rate·g′; then w ← w + v (heavy ball), or w ← w − rate·g′ + m·v (Nesterov).
/// Source: condensa, section 2.2.
public struct SGD: OptimizerKind {
  public static var name: String { "sgd" }

  /// m, in [0, 1).
  public var momentum = 0.0
  /// Nesterov's form of the momentum.
  public var nesterov = false
  /// The weight decay added to the gradient.
  public var weightDecay = 0.0
  /// Keeps the rate out of the velocity, as PyTorch and Condensa's fine-tuner do: v ← m·v + g′, then w ← w − rate·v (heavy
  /// ball) or w ← w − rate·(g′ + m·v) (Nesterov). The forms differ when the rate changes; nil means false.
  public var rateOutsideVelocity: Bool?

  public init() {}

  public init(
    momentum: Double, nesterov: Bool = false, weightDecay: Double = 0,
    rateOutsideVelocity: Bool? = nil
  ) {
    self.rateOutsideVelocity = rateOutsideVelocity
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  public var bufferCount: Int { momentum == 0 ? 0 : 1 }

  public func update(
    _ weights: inout Tensor, gradient: Tensor, buffers: inout [Tensor], rate: Double, step: Int,
    workers: Workers
  ) {
    var velocity = Tensor.empty
    if momentum != 0 { swap(&velocity, &buffers[0]) }
    do {
      var weightSpan = weights.mutableSpan
      var velocitySpan = velocity.mutableSpan
      sgdStep(
        &weightSpan, velocity: &velocitySpan, gradient: gradient.span, learningRate: Float(rate),
        momentum: Float(momentum), nesterov: nesterov, weightDecay: Float(weightDecay),
        rateOutsideVelocity: rateOutsideVelocity ?? false, workers: workers)
    }
    if momentum != 0 { swap(&velocity, &buffers[0]) }
  }

  public func validate() throws(TrainingError) {
    guard momentum >= 0, momentum < 1 else {
      throw .value(field: "momentum", value: momentum, allowed: "0 ≤ momentum < 1")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw .value(field: "weightDecay", value: weightDecay, allowed: "0 or more")
    }
  }
}

/// Adam (Kingma and Ba 2015) with bias correction; the weight decay is added to the gradient.
public struct Adam: OptimizerKind {
  public static var name: String { "adam" }

  /// Decay of the first moment, in [0, 1).
  public var beta1 = 0.9
  /// Decay of the second moment, in [0, 1).
  public var beta2 = 0.999
  /// Added to the square root of the second moment.
  public var epsilon = 1e-8
  /// The weight decay added to the gradient.
  public var weightDecay = 0.0

  public init() {}

  public var bufferCount: Int { 2 }

  public func update(
    _ weights: inout Tensor, gradient: Tensor, buffers: inout [Tensor], rate: Double, step: Int,
    workers: Workers
  ) {
    var first = Tensor.empty
    var second = Tensor.empty
    swap(&first, &buffers[0])
    swap(&second, &buffers[1])
    do {
      var weightSpan = weights.mutableSpan
      var firstSpan = first.mutableSpan
      var secondSpan = second.mutableSpan
      adamStep(
        &weightSpan, firstMoment: &firstSpan, secondMoment: &secondSpan, gradient: gradient.span,
        learningRate: Float(rate), beta1: Float(beta1), beta2: Float(beta2),
        epsilon: Float(epsilon), weightDecay: Float(weightDecay), step: step, workers: workers)
    }
    swap(&first, &buffers[0])
    swap(&second, &buffers[1])
  }

  public func validate() throws(TrainingError) {
    for (field, value) in [("beta1", beta1), ("beta2", beta2)] where !(value >= 0 && value < 1) {
      throw .value(field: field, value: value, allowed: "0 ≤ \(field) < 1")
    }
    guard epsilon > 0 else {
      throw .value(field: "epsilon", value: epsilon, allowed: "more than 0")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw .value(field: "weightDecay", value: weightDecay, allowed: "0 or more")
    }
  }
}

/// An optimizer in a spec: `{sgd: {momentum: 0.9}}`.
public struct OptimizerChoice: Choice {
  /// The chosen optimizer.
  public let optimizer: any OptimizerKind

  public init(_ optimizer: some OptimizerKind) { self.optimizer = optimizer }

  public init?(choosing alternative: any Alternative) {
    guard let optimizer = alternative as? any OptimizerKind else { return nil }
    self.optimizer = optimizer
  }

  public var chosen: any Alternative { optimizer }

  public static var alternatives: [any Alternative.Type] { [SGD.self, Adam.self] }
}
