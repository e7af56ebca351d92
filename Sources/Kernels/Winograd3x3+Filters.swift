// Filters [K, C, 3, 3] of Winograd's method F(4×4, 3×3) at its 36 points, and their gradients back again.
// Sixteen filters (or, for the data gradient, sixteen channels) are transformed at once and lie together.

/// Which way filters are read: their outputs in sixteens, or their inputs, turned by 180°.
struct WinogradFilters {
  /// Sums and columns of the product with the transformed filters.
  let inner: Int
  let columns: Int
  /// Floats from a filter to the next in the sum, and to the next column.
  private let innerStep: Int
  private let columnStep: Int
  private let isTurned: Bool

  /// Filters for the forward pass, or for the gradient of the input.
  init(inputChannels: Int, outputChannels: Int, forInputGradient isTurned: Bool) {
    self.isTurned = isTurned
    inner = isTurned ? outputChannels : inputChannels
    columns = isTurned ? inputChannels : outputChannels
    innerStep = isTurned ? inputChannels * 9 : 9
    columnStep = isTurned ? 9 : inputChannels * 9
  }

  /// Blocks of sixteen columns.
  var blockCount: Int { columns / 16 }

  /// Floats from one point to the next of some transformed blocks; sixteen more keep them off the same cache lines.
  func plane(blocks: Int) -> Int { inner * blocks * 16 + 16 }

  /// G g Gᵀ of one block of sixteen columns, into `[inner][16]` at each of 36 points, `plane` floats apart.
  func transform(
    block: Int, of weights: FloatPointer, into points: MutableFloatPointer, plane: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 9 * 16 + 18 * 8) { memory in
      guard let taps = memory.baseAddress else { return }
      let lines = taps + 9 * 16
      for k in 0..<inner {
        let source = weights + block &* 16 &* columnStep + k &* innerStep
        for column in 0..<16 {
          let filter = source + column &* columnStep
          for tap in 0..<9 { taps[tap &* 16 &+ column] = filter[isTurned ? 8 &- tap : tap] }
        }
        let target = points + k &* 16
        for half in 0..<2 {
          for x in 0..<3 {
            let tap = taps + (x &* 16 &+ half &* 8)
            let column = transformedFilter((load(tap), load(tap + 48), load(tap + 96)))
            storeSix(column, lines + x &* 8, 24)
          }
          var place = target + half &* 8
          for y in 0..<6 {
            let line = lines + y &* 24
            let values = transformedFilter((load(line), load(line + 8), load(line + 16)))
            storeSix(values, place, plane)
            place += 6 &* plane
          }
        }
      }
    }
  }

  /// Gᵀ u G of sixteen inputs by sixteen outputs, written or added to their gradients in `[K, C, 3, 3]`.
  ///
  /// - Parameters:
  ///   - points: `[16, 16]` (input, output) at the first of 36 points, `plane` floats apart.
  ///   - gradients: the gradient of the first of the sixteen outputs for the first input.
  static func transpose(
    _ points: FloatPointer, plane: Int, into gradients: MutableFloatPointer, inputChannels: Int,
    accumulate: Bool
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * 9 * 16 + 18 * 8) { memory in
      guard let taps = memory.baseAddress else { return }
      let lines = taps + 16 * 9 * 16
      for place in stride(from: 0, to: 256, by: 8) {
        for x in 0..<6 {
          let column = transposedFilter(loadSix(points + place + x &* plane, 6 &* plane))
          store(column.0, to: lines + x &* 8)
          store(column.1, to: lines + 48 + x &* 8)
          store(column.2, to: lines + 96 + x &* 8)
        }
        // Input and half of the outputs.
        let input = place &>> 4
        let target = taps + (input &* 144 &+ (place & 8))
        for y in 0..<3 {
          let line = transposedFilter(loadSix(lines + y &* 48, 8))
          store(line.0, to: target + y &* 48)
          store(line.1, to: target + (y &* 48 &+ 16))
          store(line.2, to: target + (y &* 48 &+ 32))
        }
      }
      for output in 0..<16 {
        let target = gradients + output &* inputChannels &* 9
        if accumulate {
          for i in 0..<144 { target[i] += taps[i &* 16 &+ output] }
        } else {
          for i in 0..<144 { target[i] = taps[i &* 16 &+ output] }
        }
      }
    }
  }
}

private typealias Three = (Lanes, Lanes, Lanes)

// G·g
@inline(__always)
private func transformedFilter(_ g: Three) -> Six<Lanes> {
  let even1 = g.0 + g.2
  let even2 = g.0.addingProduct(g.2, constant(4))
  let odd2 = g.1 + g.1
  let sixth: Lanes = constant(-1 / 6)
  let part: Lanes = constant(1 / 24)
  return (
    g.0 * constant(0.25), (even1 + g.1) * sixth, (even1 - g.1) * sixth, (even2 + odd2) * part,
    (even2 - odd2) * part, g.2
  )
}

// Gᵀ·u
@inline(__always)
private func transposedFilter(_ u: Six<Lanes>) -> Three {
  let sixth: Lanes = constant(-1 / 6)
  let part: Lanes = constant(1 / 24)
  let sum1 = (u.1 + u.2) * sixth
  let sum2 = (u.3 + u.4) * part
  let difference1 = (u.1 - u.2) * sixth
  let difference2 = (u.3 - u.4) * part
  return (
    sum1.addingProduct(u.0, constant(0.25)) + sum2,
    difference1.addingProduct(difference2, constant(2)),
    (sum1 + u.5).addingProduct(sum2, constant(4))
  )
}
