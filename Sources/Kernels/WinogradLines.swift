// What Winograd's methods F(2×2, 5×5) and F(4×4, 3×3) share: tiles of 6 × 6, the points 0, ±1, ±2, ∞, and Bᵀ d B.
// Eight channels are transformed at once, one line of a tile after the other.

/// A line of a tile, or its values at the six points, for eight channels.
typealias Six = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

/// The same number in all lanes.
@inline(__always)
func constant(_ value: Float) -> Lanes { Lanes(repeating: value) }

/// Bᵀ·d: a line of inputs at the six points.
@inline(__always)
func transformedInput(_ d: Six) -> Six {
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
func loadSix(_ first: FloatPointer, _ step: Int) -> Six {
  let second = first + step
  let third = second + step
  let fourth = third + step
  let fifth = fourth + step
  return (load(first), load(second), load(third), load(fourth), load(fifth), load(fifth + step))
}

/// Writes six registers `step` floats apart.
@inline(__always)
func storeSix(_ values: Six, _ first: MutableFloatPointer, _ step: Int) {
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
