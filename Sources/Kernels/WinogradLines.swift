// What Winograd's methods F(2×2, 5×5) and F(4×4, 3×3) share: tiles of 6 × 6, the points 0, ±1, ±2, ∞, and Bᵀ d B.
// A register of channels is transformed at once, one line of a tile after the other.

/// A line of a tile, or its values at the six points, for a register of channels.
typealias Six<Register> = (Register, Register, Register, Register, Register, Register)

/// The same number in all lanes.
@inline(__always)
func constant<Register: SIMD>(_ value: Float) -> Register where Register.Scalar == Float {
  Register(repeating: value)
}

/// Bᵀ·d: a line of inputs at the six points.
@inline(__always)
func transformedInput<Register: SIMD>(_ d: Six<Register>) -> Six<Register>
where Register.Scalar == Float {
  let low = d.4.addingProduct(d.2, constant(-4))
  let odd = d.3.addingProduct(d.1, constant(-4))
  let high = d.4 - d.2
  let difference = d.3 - d.1
  let twice = difference + difference
  return (
    d.4.addingProduct(d.2, constant(-5)).addingProduct(d.0, constant(4)),
    low + odd, low - odd,
    high + twice, high - twice,
    d.5.addingProduct(d.3, constant(-5)).addingProduct(d.1, constant(4))
  )
}

/// Six registers that lie `step` floats apart.
@inline(__always)
func loadSix<Register: SIMD>(
  _ first: FloatPointer, _ step: Int, as kind: Register.Type
) -> Six<Register> where Register.Scalar == Float {
  let second = first + step
  let third = second + step
  let fourth = third + step
  let fifth = fourth + step
  return (
    load(first, as: kind), load(second, as: kind), load(third, as: kind), load(fourth, as: kind),
    load(fifth, as: kind), load(fifth + step, as: kind)
  )
}

/// Six registers of eight lanes that lie `step` floats apart.
@inline(__always)
func loadSix(_ first: FloatPointer, _ step: Int) -> Six<Lanes> {
  loadSix(first, step, as: Lanes.self)
}

/// Writes six registers `step` floats apart.
@inline(__always)
func storeSix<Register: SIMD>(_ values: Six<Register>, _ first: MutableFloatPointer, _ step: Int)
where Register.Scalar == Float {
  let second = first + step
  let third = second + step
  let fourth = third + step
  let fifth = fourth + step
  store(values.0, to: first)
  store(values.1, to: second)
  store(values.2, to: third)
  store(values.3, to: fourth)
  store(values.4, to: fifth)
  store(values.5, to: fifth + step)
}
