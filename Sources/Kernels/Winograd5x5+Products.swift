// The products of F(2×2, 5×5) at one point, for any multiple of eight channels: twenty-four columns by four rows, and
// what is left one register by eight. Each sum is one chain in the order of the inner dimension.

/// C ← A·B for tiles × columns, columns a multiple of eight: four tiles by twenty-four columns, or eight by eight.
func multiplyPlane(
  _ a: FloatPointer, stride: Int, _ b: FloatPointer, into c: MutableFloatPointer, tiles: Int,
  inner: Int, columns: Int
) {
  var column = 0
  while column + 24 <= columns {
    var tile = 0
    while tile < tiles {
      let row0 = a + tile * stride
      let row1 = a + min(tile + 1, tiles - 1) * stride
      let row2 = a + min(tile + 2, tiles - 1) * stride
      let row3 = a + min(tile + 3, tiles - 1) * stride
      var (sum0, sum1) = (TwentyFourLanes(), TwentyFourLanes())
      var (sum2, sum3) = (TwentyFourLanes(), TwentyFourLanes())
      var right = b + column
      for k in 0..<inner {
        let factors = TwentyFourLanes(right)
        sum0.addProduct(row0[k], factors)
        sum1.addProduct(row1[k], factors)
        sum2.addProduct(row2[k], factors)
        sum3.addProduct(row3[k], factors)
        right += columns
      }
      let target = c + column
      sum0.store(to: target + tile * columns)
      sum1.store(to: target + min(tile + 1, tiles - 1) * columns)
      sum2.store(to: target + min(tile + 2, tiles - 1) * columns)
      sum3.store(to: target + min(tile + 3, tiles - 1) * columns)
      tile += 4
    }
    column += 24
  }
  while column < columns {
    var tile = 0
    while tile < tiles {
      let last = tiles - 1
      let row0 = a + tile * stride
      let row1 = a + min(tile + 1, last) * stride
      let row2 = a + min(tile + 2, last) * stride
      let row3 = a + min(tile + 3, last) * stride
      let row4 = a + min(tile + 4, last) * stride
      let row5 = a + min(tile + 5, last) * stride
      let row6 = a + min(tile + 6, last) * stride
      let row7 = a + min(tile + 7, last) * stride
      var (sum0, sum1, sum2, sum3) = (Lanes(), Lanes(), Lanes(), Lanes())
      var (sum4, sum5, sum6, sum7) = (Lanes(), Lanes(), Lanes(), Lanes())
      var right = b + column
      for k in 0..<inner {
        let factor = load(right)
        sum0.addProduct(Lanes(repeating: row0[k]), factor)
        sum1.addProduct(Lanes(repeating: row1[k]), factor)
        sum2.addProduct(Lanes(repeating: row2[k]), factor)
        sum3.addProduct(Lanes(repeating: row3[k]), factor)
        sum4.addProduct(Lanes(repeating: row4[k]), factor)
        sum5.addProduct(Lanes(repeating: row5[k]), factor)
        sum6.addProduct(Lanes(repeating: row6[k]), factor)
        sum7.addProduct(Lanes(repeating: row7[k]), factor)
        right += columns
      }
      let target = c + column
      store(sum0, to: target + tile * columns)
      store(sum1, to: target + min(tile + 1, last) * columns)
      store(sum2, to: target + min(tile + 2, last) * columns)
      store(sum3, to: target + min(tile + 3, last) * columns)
      store(sum4, to: target + min(tile + 4, last) * columns)
      store(sum5, to: target + min(tile + 5, last) * columns)
      store(sum6, to: target + min(tile + 6, last) * columns)
      store(sum7, to: target + min(tile + 7, last) * columns)
      tile += 8
    }
    column += 8
  }
}

/// sums[r, c] += Σₜ a[t, r]·b[t, c], rows and columns multiples of eight.
func addPlaneProducts(
  _ a: FloatPointer, rows: Int, _ b: FloatPointer, columns: Int, to sums: MutableFloatPointer,
  count: Int
) {
  var column = 0
  while column + 24 <= columns {
    for row in Swift.stride(from: 0, to: rows, by: 4) {
      let target = sums + row * columns + column
      var (sum0, sum1) = (TwentyFourLanes(target), TwentyFourLanes(target + columns))
      var sum2 = TwentyFourLanes(target + 2 * columns)
      var sum3 = TwentyFourLanes(target + 3 * columns)
      var left = a + row
      var right = b + column
      for _ in 0..<count {
        let factors = TwentyFourLanes(right)
        sum0.addProduct(left[0], factors)
        sum1.addProduct(left[1], factors)
        sum2.addProduct(left[2], factors)
        sum3.addProduct(left[3], factors)
        left += rows
        right += columns
      }
      sum0.store(to: target)
      sum1.store(to: target + columns)
      sum2.store(to: target + 2 * columns)
      sum3.store(to: target + 3 * columns)
    }
    column += 24
  }
  while column < columns {
    for row in Swift.stride(from: 0, to: rows, by: 8) {
      let target = sums + row * columns + column
      var (sum0, sum1) = (load(target), load(target + columns))
      var (sum2, sum3) = (load(target + 2 * columns), load(target + 3 * columns))
      var (sum4, sum5) = (load(target + 4 * columns), load(target + 5 * columns))
      var (sum6, sum7) = (load(target + 6 * columns), load(target + 7 * columns))
      var left = a + row
      var right = b + column
      for _ in 0..<count {
        let factor = load(right)
        sum0.addProduct(Lanes(repeating: left[0]), factor)
        sum1.addProduct(Lanes(repeating: left[1]), factor)
        sum2.addProduct(Lanes(repeating: left[2]), factor)
        sum3.addProduct(Lanes(repeating: left[3]), factor)
        sum4.addProduct(Lanes(repeating: left[4]), factor)
        sum5.addProduct(Lanes(repeating: left[5]), factor)
        sum6.addProduct(Lanes(repeating: left[6]), factor)
        sum7.addProduct(Lanes(repeating: left[7]), factor)
        left += rows
        right += columns
      }
      store(sum0, to: target)
      store(sum1, to: target + columns)
      store(sum2, to: target + 2 * columns)
      store(sum3, to: target + 3 * columns)
      store(sum4, to: target + 4 * columns)
      store(sum5, to: target + 5 * columns)
      store(sum6, to: target + 6 * columns)
      store(sum7, to: target + 7 * columns)
    }
    column += 8
  }
}
