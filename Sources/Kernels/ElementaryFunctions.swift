// exp, log and tanh from polynomials, the same bits on every processor with fused multiply-add.
// Cody-Waite reduction and the classic minimax coefficients of Cephes (single precision), each within 2 units in the last place.

/// eˣ in each lane; 0 below −87.3 and +∞ above 88.7.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  let lowest = Lanes(repeating: -87.3)
  let highest = Lanes(repeating: 88.7)
  var clamped = x.replacing(with: lowest, where: x .< lowest)
  clamped = clamped.replacing(with: highest, where: x .> highest)
  // Adding 1.5·2²³ rounds to the nearest integer, which then stands in the low bits.
  let shift = Lanes(repeating: 12_582_912)
  let shifted = shift.addingProduct(clamped, Lanes(repeating: 1.442_695_04))
  let power = shifted - shift
  var r = clamped.addingProduct(power, Lanes(repeating: -0.693_359_375))
  r.addProduct(power, Lanes(repeating: 2.121_944_4e-4))
  var p = Lanes(repeating: 1.398_199_950_7e-3)
  p.addProduct(Lanes(repeating: 1.987_569_15e-4), r)
  p = Lanes(repeating: 8.333_451_907_3e-3).addingProduct(p, r)
  p = Lanes(repeating: 4.166_579_589_4e-2).addingProduct(p, r)
  p = Lanes(repeating: 1.666_666_545_9e-1).addingProduct(p, r)
  p = Lanes(repeating: 0.5).addingProduct(p, r)
  let mantissa = r.addingProduct(p, r * r) + Lanes(repeating: 1)
  // Two factors, because 2¹²⁸ alone is not a Float.
  let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- SIMD8(repeating: 0x4B40_0000)
  let half = exponent &>> 1
  let rest = exponent &- half
  let one = SIMD8<Int32>(repeating: 127)
  let first = unsafeBitCast((half &+ one) &<< 23, to: Lanes.self)
  let second = unsafeBitCast((rest &+ one) &<< 23, to: Lanes.self)
  var result = mantissa * first * second
  result = result.replacing(with: Lanes(), where: x .< lowest)
  result = result.replacing(with: Lanes(repeating: .infinity), where: x .> highest)
  return result.replacing(with: x, where: x .!= x)
}

/// The natural logarithm of a positive, normal number.
@inline(__always)
func naturalLogarithm(_ x: Float) -> Float {
  if !(x > 0) { return x == 0 ? -.infinity : .nan }
  if x == .infinity { return x }
  var exponent = Float(x.exponent + 1)
  var fraction = x.significand * 0.5
  if fraction < 0.707_106_77 {
    fraction += fraction
    exponent -= 1
  }
  let f = fraction - 1
  let square = f * f
  var p: Float = 7.037_683_6e-2
  p = (-1.151_461e-1 as Float).addingProduct(p, f)
  p = (1.167_699_9e-1 as Float).addingProduct(p, f)
  p = (-1.242_014_1e-1 as Float).addingProduct(p, f)
  p = (1.424_932_3e-1 as Float).addingProduct(p, f)
  p = (-1.666_805_8e-1 as Float).addingProduct(p, f)
  p = (2.000_071_5e-1 as Float).addingProduct(p, f)
  p = (-2.499_999_4e-1 as Float).addingProduct(p, f)
  p = (3.333_333_1e-1 as Float).addingProduct(p, f)
  var correction = p * f * square
  correction = correction.addingProduct(exponent, -2.121_944_4e-4)
  correction = correction.addingProduct(square, -0.5)
  return (f + correction).addingProduct(exponent, 0.693_359_375)
}

/// tanh x in each lane: an odd polynomial near zero, 1 − 2 / (e²ˣ + 1) elsewhere.
@inline(__always)
func hyperbolicTangent(_ x: Lanes) -> Lanes {
  let sign = SIMD8<UInt32>(repeating: 0x8000_0000)
  let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
  let magnitude = unsafeBitCast(bits & ~sign, to: Lanes.self)
  let square = x * x
  var p = Lanes(repeating: 2.063_908_94e-2)
  p.addProduct(Lanes(repeating: -5.704_988_73e-3), square)
  p = Lanes(repeating: -5.373_971_55e-2).addingProduct(p, square)
  p = Lanes(repeating: 1.333_144_22e-1).addingProduct(p, square)
  p = Lanes(repeating: -3.333_328_2e-1).addingProduct(p, square)
  let near = x.addingProduct(p * square, x)
  let one = Lanes(repeating: 1)
  let far = one - Lanes(repeating: 2) / (exponential(magnitude + magnitude) + one)
  let signed = unsafeBitCast(
    unsafeBitCast(far, to: SIMD8<UInt32>.self) | (bits & sign), to: Lanes.self)
  return signed.replacing(with: near, where: magnitude .< Lanes(repeating: 0.625))
}
