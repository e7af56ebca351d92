// The two products that convolutions are made of, for sixteen columns: a few rows times a panel, and sums of outer products.
// Six rows fill twelve registers with sums, which hides the latency of a fused multiply-add; each sum is one chain in the order of k.

/// Six rows of a product: `c[i, j] ← Σₖ a[i, k] · panel[k, j]` for sixteen columns `j`.
///
/// - Parameters:
///   - step: floats from one row of `a` to the next; `k` runs along a row.
///   - panel: `[inner, 16]`.
///   - target: the first of six rows of sixteen, `columns` floats apart.
@inline(__always)
func multiplySixRows(
  _ a: FloatPointer, step: Int, _ panel: FloatPointer, inner: Int, into target: MutableFloatPointer,
  columns: Int
) {
  let row1 = a + step
  let row2 = row1 + step
  let row3 = row2 + step
  let row4 = row3 + step
  let row5 = row4 + step
  var (sum0, sum1, sum2) = (SixteenLanes(), SixteenLanes(), SixteenLanes())
  var (sum3, sum4, sum5) = (SixteenLanes(), SixteenLanes(), SixteenLanes())
  var right = panel
  for k in 0..<inner {
    let factors = SixteenLanes(right)
    sum0.addProduct(a[k], factors)
    sum1.addProduct(row1[k], factors)
    sum2.addProduct(row2[k], factors)
    sum3.addProduct(row3[k], factors)
    sum4.addProduct(row4[k], factors)
    sum5.addProduct(row5[k], factors)
    right += 16
  }
  var place = target
  sum0.store(to: place)
  place += columns
  sum1.store(to: place)
  place += columns
  sum2.store(to: place)
  place += columns
  sum3.store(to: place)
  place += columns
  sum4.store(to: place)
  place += columns
  sum5.store(to: place)
}

/// One row of the same product, in the same order.
@inline(__always)
func multiplyRow(
  _ a: FloatPointer, _ panel: FloatPointer, inner: Int, into target: MutableFloatPointer
) {
  var sum = SixteenLanes()
  var right = panel
  for k in 0..<inner {
    sum.addProduct(a[k], SixteenLanes(right))
    right += 16
  }
  sum.store(to: target)
}

/// Outer products summed: `tile[i, j] += Σₜ a[t, i] · b[t, j]` for sixteen rows `i` and sixteen columns `j`.
///
/// - Parameters:
///   - a: the first of `count` groups of sixteen, `aStep` floats apart; likewise `b`.
///   - tile: `[16, 16]`.
@inline(__always)
func addOuterProducts(
  _ a: FloatPointer, step aStep: Int, _ b: FloatPointer, step bStep: Int, count: Int,
  to tile: MutableFloatPointer
) {
  addSixRows(a, aStep, b, bStep, count, to: tile)
  addFiveRows(a + 6, aStep, b, bStep, count, to: tile + 96)
  addFiveRows(a + 11, aStep, b, bStep, count, to: tile + 176)
}

@inline(__always)
private func addSixRows(
  _ a: FloatPointer, _ aStep: Int, _ b: FloatPointer, _ bStep: Int, _ count: Int,
  to tile: MutableFloatPointer
) {
  var (sum0, sum1, sum2) = (SixteenLanes(tile), SixteenLanes(tile + 16), SixteenLanes(tile + 32))
  var (sum3, sum4) = (SixteenLanes(tile + 48), SixteenLanes(tile + 64))
  var sum5 = SixteenLanes(tile + 80)
  var left = a
  var right = b
  for _ in 0..<count {
    let factors = SixteenLanes(right)
    sum0.addProduct(left[0], factors)
    sum1.addProduct(left[1], factors)
    sum2.addProduct(left[2], factors)
    sum3.addProduct(left[3], factors)
    sum4.addProduct(left[4], factors)
    sum5.addProduct(left[5], factors)
    left += aStep
    right += bStep
  }
  sum0.store(to: tile)
  sum1.store(to: tile + 16)
  sum2.store(to: tile + 32)
  sum3.store(to: tile + 48)
  sum4.store(to: tile + 64)
  sum5.store(to: tile + 80)
}

@inline(__always)
private func addFiveRows(
  _ a: FloatPointer, _ aStep: Int, _ b: FloatPointer, _ bStep: Int, _ count: Int,
  to tile: MutableFloatPointer
) {
  var (sum0, sum1, sum2) = (SixteenLanes(tile), SixteenLanes(tile + 16), SixteenLanes(tile + 32))
  var (sum3, sum4) = (SixteenLanes(tile + 48), SixteenLanes(tile + 64))
  var left = a
  var right = b
  for _ in 0..<count {
    let factors = SixteenLanes(right)
    sum0.addProduct(left[0], factors)
    sum1.addProduct(left[1], factors)
    sum2.addProduct(left[2], factors)
    sum3.addProduct(left[3], factors)
    sum4.addProduct(left[4], factors)
    left += aStep
    right += bStep
  }
  sum0.store(to: tile)
  sum1.store(to: tile + 16)
  sum2.store(to: tile + 32)
  sum3.store(to: tile + 48)
  sum4.store(to: tile + 64)
}
