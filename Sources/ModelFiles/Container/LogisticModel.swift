// The probability of a decision, learned from the decisions before it: logistic regression on up to
// eight features that hold, each with a weight of its own that is known up to a variance. A step is
// the one of an extended Kalman filter whose covariance is kept diagonal: features seen often move
// little, new ones much. All arithmetic is IEEE single precision in a written order, so that
// encoder and decoder agree to the last bit on every machine.

/// The features that hold for one decision, as places in a `LogisticModel`; places may repeat only
/// for `none`.
struct Features {
  var first = 0
  var second = 0
  var third = 0
  var fourth = 0
  var fifth = 0
  var sixth = 0
  var seventh = 0
  var eighth = 0
}

/// Weights of features, and the probabilities that follow from them.
struct LogisticModel {
  /// The feature that says nothing: its weight stays zero.
  static let none = 0

  /// Mean and variance of each feature's weight.
  private var weights: [SIMD2<Float>] = [.zero]
  /// Below this variance no weight becomes surer, so that it can follow what changes.
  private let leastVariance: Float
  private let logistic: LogisticTable

  init(leastVariance: Float = 0.005, logistic: LogisticTable) {
    self.leastVariance = leastVariance
    self.logistic = logistic
  }

  /// Adds features whose weights are zero up to a variance.
  ///
  /// - Returns: the place of the first of them.
  mutating func add(_ count: Int, variance: Float) -> Int {
    weights.append(contentsOf: repeatElement(SIMD2(0, variance), count: count))
    return weights.count - count
  }

  /// Takes over the weights of features of another model, as a first guess: they are at most as
  /// sure as `variance` says.
  mutating func adopt(
    _ count: Int, at place: Int, from other: LogisticModel, at start: Int, variance: Float
  ) {
    for index in 0..<count {
      let weight = other.weights[start + index]
      weights[place + index] = SIMD2(weight.x, max(weight.y, variance))
    }
  }

  /// Codes a decision for which these features hold, and learns from it.
  @inline(__always)
  mutating func code<Coder: BinaryCoder>(
    _ decision: Bool, _ features: Features, with coder: inout Coder
  ) -> Bool {
    let (logistic, least) = (self.logistic, leastVariance)
    var weights = self.weights.mutableSpan
    let (w0, w1) = (weights[features.first], weights[features.second])
    let (w2, w3) = (weights[features.third], weights[features.fourth])
    let (w4, w5) = (weights[features.fifth], weights[features.sixth])
    let (w6, w7) = (weights[features.seventh], weights[features.eighth])
    // Both sums at once, pairwise.
    let sum = ((w0 + w1) + (w2 + w3)) + ((w4 + w5) + (w6 + w7))
    // The logistic function averaged over the weights' uncertainty is the function of a smaller sum
    // (MacKay 1992).
    let probability = logistic.value(sum.x / (1 + 0.17 * sum.y))
    let units = max(1, min(65_535, UInt32(probability * 65_536)))
    let result = coder.code(decision, probability: units)

    let error = (result ? 1 : 0) - probability
    let slope = probability * (1 - probability)
    let gain = 1 / (1 + slope * sum.y)
    let (step, shrinkage) = (error * gain, slope * gain)
    func moved(_ weight: SIMD2<Float>) -> SIMD2<Float> {
      let variance = weight.y
      return SIMD2(
        weight.x + variance * step,
        max(min(variance, least), variance - variance * variance * shrinkage))
    }
    weights[features.first] = moved(w0)
    weights[features.second] = moved(w1)
    weights[features.third] = moved(w2)
    weights[features.fourth] = moved(w3)
    weights[features.fifth] = moved(w4)
    weights[features.sixth] = moved(w5)
    weights[features.seventh] = moved(w6)
    weights[features.eighth] = moved(w7)
    return result
  }
}

/// 1/(1 + e⁻ˣ) at 4,096 points.
struct LogisticTable {
  private static let reach: Float = 12
  private static let count = 4096
  private let values: [Float]

  init() {
    // (e^(x/1024))^1024 from four terms of the series: no library's rounding enters the format.
    func exponential(_ x: Double) -> Double {
      let y = x / 1024
      var result = 1 + y * (1 + y / 2 * (1 + y / 3 * (1 + y / 4)))
      for _ in 0..<10 { result *= result }
      return result
    }
    let width = Double(2 * Self.reach) / Double(Self.count)
    values = (0..<Self.count).map { index in
      let x = (Double(index) + 0.5) * width - Double(Self.reach)
      let power = exponential(-abs(x))
      return Float((x < 0 ? power : 1) / (1 + power))
    }
  }

  /// The value at `x`, which is no NaN.
  @inline(__always)
  func value(_ x: Float) -> Float {
    let position = (x + Self.reach) * (Float(Self.count) / (2 * Self.reach))
    return values[Int(max(0, min(Float(Self.count - 1), position)))]
  }
}

/// A decision that nothing else tells of: two estimates of its probability, one that follows
/// quickly and one slowly, half and half.
struct AdaptiveBit {
  private var quick: UInt32 = 1 << 15
  private var slow: UInt32 = 1 << 15
  /// How many decisions there were, as far as it matters.
  private var count: UInt32 = 1

  /// Codes a decision and learns from it.
  @inline(__always)
  mutating func code<Coder: BinaryCoder>(_ decision: Bool, with coder: inout Coder) -> Bool {
    let result = coder.code(decision, probability: max(64, min(65_472, (quick + slow) >> 1)))
    let (quickShift, slowShift) = (min(count, 4), min(count, 7))
    if result {
      quick += (65_536 - quick) >> quickShift
      slow += (65_536 - slow) >> slowShift
    } else {
      quick -= quick >> quickShift
      slow -= slow >> slowShift
    }
    if count < 7 { count += 1 }
    return result
  }
}
