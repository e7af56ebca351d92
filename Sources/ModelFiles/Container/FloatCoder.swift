// Numbers that share no levels: sign, exponent and the first bits of the mantissa by adaptive
// decisions, the rest as it is.

/// Codes single numbers of one of three formats.
struct FloatCoder {
  /// How many bits of a pattern are used; the others are zero.
  enum Format: UInt32, CaseIterable {
    case float32
    /// Values that half precision holds exactly, subnormal halves included.
    case float16
    case bfloat16

    /// The bits of the mantissa that may differ from zero.
    var mantissaBits: Int {
      switch self {
      case .float32: 23
      case .float16: 10
      case .bfloat16: 7
      }
    }

    /// Whether the format holds a pattern.
    func holds(_ pattern: UInt32) -> Bool {
      switch self {
      case .float32: true
      case .float16: pattern & 0x1FFF == 0
      case .bfloat16: pattern & 0xFFFF == 0
      }
    }

    /// The format of fewest bits that holds all patterns.
    init(holding patterns: some Sequence<UInt32>) {
      let used = patterns.reduce(0, |)
      self = [.bfloat16, .float16].first { $0.holds(used) } ?? .float32
    }
  }

  /// Steps below the largest exponent that are counted one by one; smaller numbers spell their
  /// exponent out.
  private static let countedSteps = 24

  private let format: Format
  /// The largest exponent of all numbers.
  private let largestExponent: UInt32
  private var sign = AdaptiveBit()
  private var steps = [AdaptiveBit](repeating: AdaptiveBit(), count: countedSteps)
  private var mantissa = [AdaptiveBit](repeating: AdaptiveBit(), count: 8)

  /// A coder for `patterns`, which a decoder does not know: format and largest exponent are coded
  /// first.
  init<Coder: BinaryCoder>(of patterns: [UInt32], with coder: inout Coder) {
    let wanted = Format(holding: patterns)
    // Three formats in two bits; the fourth code reads as the widest format.
    format = Format(rawValue: coder.code(wanted.rawValue, bits: 2)) ?? .float32
    let largest = patterns.reduce(0) { max($0, $1 >> 23 & 0xFF) }
    largestExponent = coder.code(largest, bits: 8)
  }

  /// Codes one number.
  mutating func code<Coder: BinaryCoder>(_ pattern: UInt32, with coder: inout Coder) -> UInt32 {
    var result: UInt32 = sign.code(pattern >> 31 == 1, with: &coder) ? 1 << 31 : 0
    let exponent = pattern >> 23 & 0xFF
    let wanted = Int(largestExponent) - Int(exponent)
    var step = 0
    while step < Self.countedSteps, !steps[step].code(wanted == step, with: &coder) { step += 1 }
    if step < Self.countedSteps {
      result |= UInt32(max(0, Int(largestExponent) - step)) << 23
    } else {
      result |= coder.code(exponent, bits: 8) << 23
    }
    var node = 1
    for bit in stride(from: 22, to: 19, by: -1) {
      let decision = mantissa[node].code(pattern >> UInt32(bit) & 1 == 1, with: &coder)
      node = node * 2 + (decision ? 1 : 0)
    }
    result |= UInt32(node & 7) << 20
    var restBits = format.mantissaBits - 3
    var shift: UInt32 = 20
    while restBits > 0 {
      let count = min(restBits, 16)
      shift -= UInt32(count)
      result |= coder.code(pattern >> shift & (1 << UInt32(count) - 1), bits: count) << shift
      restBits -= count
    }
    return result
  }
}
