// Fixed point, which condensa's code declares and refuses (section 2.5, Quantize): whole numbers of b bits times a scale.
// Symmetric, without a zero point: zero stays zero, and the largest magnitude is held exactly up to rounding of its scale.

public import Tensors

/// Rounds weights to whole multiples of a scale, by default those of linear and convolution layers; biases stay float32.
///
/// The codes are `round(w / scale)` to nearest, ties to even, in ±(2^(b−1) − 1); `scale = max│w│ / (2^(b−1) − 1)` over the
/// tensor or over each row. Rounding twice changes nothing, to the bit.
public struct CastToFixedPoint: NumberFormat {
  public static let name = "fixed-point"
  public static let defaultKinds: Set<WeightKind> = [.linear, .convolution]

  /// The bits of one value, 2 to 8.
  public var bits = 8
  /// Which weights share a scale.
  public var granularity = FixedPointValues.Granularity.perTensor
  /// Layers to leave as they are.
  public var skip: ParameterPattern?
  /// The layers to work on, of whatever kind they are; nil for all.
  public var only: ParameterPattern?
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  public var kinds: [WeightKind]?

  public init() {}

  public init(
    bits: Int, granularity: FixedPointValues.Granularity = .perTensor,
    skip: ParameterPattern? = nil, only: ParameterPattern? = nil, kinds: [WeightKind]? = nil
  ) {
    self.bits = bits
    self.granularity = granularity
    self.skip = skip
    self.only = only
    self.kinds = kinds
  }

  public func validate() throws(CompressionError) {
    guard FixedPointValues.possibleBits.contains(bits) else {
      throw .impossibleValue(field: "bits", value: "\(bits)", allowed: "2 to 8")
    }
    try requireKinds()
  }

  public func compress(
    _ weights: WeightGroup, startingFrom previous: CompressedGroup?, context: CompressionContext
  ) throws(CompressionError) -> CompressedGroup {
    try compress(weights, codedAs: nil)
  }

  func code(of tensor: Tensor, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    try CompressedTensor(fixing: tensor, bits: bits, granularity: granularity, named: name)
  }

  func code(of values: UnifiedValues, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    guard granularity == .perTensor else {
      throw .impossibleValue(
        field: "granularity", value: granularity.rawValue,
        allowed: "per-tensor after unify, whose blocks share magnitudes across rows")
    }
    return try values.fixed(bits: bits, named: name)
  }
}

/// Values in fixed point: codes of a few bits, and the scales they are multiples of.
public struct FixedPointValues: Hashable, Sendable {
  /// Which elements of a tensor share a scale.
  public enum Granularity: String, CaseIterable, Codable, Hashable, Sendable {
    /// All of them.
    case perTensor = "per-tensor"
    /// Those of one row, that is of one output channel.
    case perChannel = "per-channel"

    /// The number of scales of a tensor.
    public func scaleCount(in shape: Shape) -> Int {
      self == .perTensor || shape.rank == 0 ? 1 : shape[0]
    }

    /// How many consecutive elements share a scale; at least 1.
    func elementsPerScale(in shape: Shape) -> Int {
      max(1, shape.elementCount / max(1, scaleCount(in: shape)))
    }
  }

  /// The bits a code may have.
  public static let possibleBits = 2...8

  /// The bits of one code.
  public let bits: Int
  /// Which elements share a scale.
  public let granularity: Granularity
  /// The whole numbers, in the order of the support.
  public let codes: [Int8]
  /// One scale for the tensor or one per row; zero where there is nothing but zeros.
  public let scales: [Float]

  /// Values from their parts.
  ///
  /// - Precondition: the bits are possible and every code fits them.
  public init(bits: Int, granularity: Granularity, codes: [Int8], scales: [Float]) {
    precondition(Self.possibleBits.contains(bits), "codes of \(bits) bits")
    let limit = Self.largestCode(bits: bits)
    precondition(
      codes.allSatisfy { abs(Int($0)) <= limit }, "a code beyond ±\(limit) in \(bits) bits")
    self.bits = bits
    self.granularity = granularity
    self.codes = codes
    self.scales = scales
  }

  /// 2^(b−1) − 1, the largest code; its negative is the smallest.
  public static func largestCode(bits: Int) -> Int { (1 << (bits - 1)) - 1 }

  /// `maximum / largestCode`; the smallest number there is where the quotient would vanish, and a hair less where its
  /// largest multiple would be infinite.
  static func scale(maximum: Float, bits: Int) -> Float {
    guard maximum > 0 else { return 0 }
    let limit = Float(largestCode(bits: bits))
    var reached = maximum
    while !(reached / limit * limit).isFinite { reached = reached.nextDown }
    return max(reached / limit, .leastNonzeroMagnitude)
  }

  /// The code nearest to `value`, to even on ties.
  static func code(_ value: Float, scale: Float, bits: Int) -> Int8 {
    guard scale > 0 else { return 0 }
    let limit = Double(largestCode(bits: bits))
    let quotient = (Double(value) / Double(scale)).rounded(.toNearestOrEven)
    return Int8(max(-limit, min(limit, quotient)))
  }

  /// The elements of `tensor` at `places` with these scales; nil if one of them is no multiple of its scale.
  func holding(_ tensor: Tensor, at places: [Int]) -> FixedPointValues? {
    let run = granularity.elementsPerScale(in: tensor.shape)
    var codes: [Int8] = []
    codes.reserveCapacity(places.count)
    for place in places {
      let scale = scales[place / run]
      let code = Self.code(tensor[place], scale: scale, bits: bits)
      guard Float(code) * scale == tensor[place] else { return nil }
      codes.append(code)
    }
    return FixedPointValues(bits: bits, granularity: granularity, codes: codes, scales: scales)
  }
}

extension CompressedTensor {
  /// The code of `tensor` in fixed point, on `support`; scales come from the values of the support.
  ///
  /// - Throws: `notFinite` for the first value of the support that is not.
  init(
    fixing tensor: Tensor, bits: Int, granularity: FixedPointValues.Granularity,
    on support: Support = .all, named name: ParameterName
  ) throws(CompressionError) {
    let shape = tensor.shape
    var places = Array(tensor.elements.indices)
    if case .mask(let mask) = support { places = places.filter { mask[$0] } }
    let run = granularity.elementsPerScale(in: shape)
    var maxima = [Float](repeating: 0, count: granularity.scaleCount(in: shape))
    for place in places {
      guard tensor[place].isFinite else { throw .notFinite(name: name, index: place) }
      maxima[place / run] = max(maxima[place / run], abs(tensor[place]))
    }
    let scales = maxima.map { FixedPointValues.scale(maximum: $0, bits: bits) }
    var codes: [Int8] = []
    codes.reserveCapacity(places.count)
    var underflowCount = 0
    for place in places {
      let scale = scales[place / run]
      let code = FixedPointValues.code(tensor[place], scale: scale, bits: bits)
      if code == 0, tensor[place] != 0 { underflowCount += 1 }
      codes.append(code)
    }
    let values = FixedPointValues(
      bits: bits, granularity: granularity, codes: codes, scales: scales)
    self.init(
      shape: shape, support: support, values: .fixedPoint(values), underflowCount: underflowCount)
  }
}
