// Seeds and random streams: every random number comes from a named child of the run's seed.
// There is no global generator. A stream is a value: a key and a counter, so it can be stored as two numbers.

import Foundation

/// The root of a run's randomness; children are derived by name, so adding a consumer changes no other.
public struct Seed: Hashable, Sendable, Codable {
  /// The 64 bits that identify this seed.
  public let value: UInt64

  /// A seed with the given bits; a run's own seed is the number in its spec.
  public init(_ value: UInt64) { self.value = value }

  /// The seed called `name` below this one. Different names give unrelated streams.
  public func child(_ name: String) -> Seed {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a over the name, then mixed with the parent
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return Seed(mixed(mixed(value &+ 0x9e37_79b9_7f4a_7c15) ^ hash))
  }

  /// The seed with number `index` below this one, for example one per epoch.
  public func child(_ index: Int) -> Seed { child("#\(index)") }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection on 64 bits.
private func mixed(_ input: UInt64) -> UInt64 {
  var bits = input
  bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
  bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
  return bits ^ (bits >> 31)
}

/// A counter-based stream of random numbers: number *i* is a pure function of the seed and *i*.
///
/// Conforms to `RandomNumberGenerator`, but results never go through the standard library's own
/// algorithms, whose bits may change between releases.
public struct RandomStream: RandomNumberGenerator, Hashable, Sendable, Codable {
  private let key: UInt64
  private var counter: UInt64 = 0

  /// The stream that belongs to `seed`, at its beginning.
  public init(_ seed: Seed) { key = mixed(seed.value ^ 0xd1b5_4a32_d192_ed03) }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    counter &+= 1
    return mixed(key &+ counter &* 0x9e37_79b9_7f4a_7c15)
  }

  /// A number in [0, 1) with 24 random bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in [lower, upper).
  public mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * uniform()
  }

  /// A standard normal number (Box and Muller 1958, the cosine branch), computed in Double.
  public mutating func normal() -> Float {
    let radius = (-2 * log(1 - uniformDouble())).squareRoot()
    return Float(radius * cos(2 * Double.pi * uniformDouble()))
  }

  /// A whole number in 0 ..< `bound`, without bias (Lemire 2019).
  ///
  /// - Precondition: `bound > 0`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below: \(bound)): the bound must be positive")
    let limit = UInt64(bound)
    var product = next().multipliedFullWidth(by: limit)
    if product.low < limit {
      let threshold = (0 &- limit) % limit
      while product.low < threshold { product = next().multipliedFullWidth(by: limit) }
    }
    return Int(product.high)
  }

  /// A random order of 0 ..< `count` (Fisher–Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }
}
