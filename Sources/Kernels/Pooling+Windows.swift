// Maximum pooling by windows of any size, stride and padding, eight channels at a time.
// A window is cut to the part inside the image, so that cells outside of it are neither read nor chosen.

extension PoolingGeometry {
  /// One window: the output pixel it belongs to, the input pixel of its first cell (which may lie outside), and the cells inside.
  struct Window {
    var output: Int
    var corner: Int
    var rows: Range<Int>
    var columns: Range<Int>
  }

  /// Calls `body` for each window of the images, in order.
  @inline(__always)
  func forEachWindow(_ images: Range<Int>, _ body: (Window) -> Void) {
    var output = images.lowerBound * outputHeight * outputWidth
    for n in images {
      for row in 0..<outputHeight {
        let top = row * stride - padding
        let rows = max(0, -top)..<min(window, height - top)
        for column in 0..<outputWidth {
          let left = column * stride - padding
          let columns = max(0, -left)..<min(window, width - left)
          let corner = (n * height + top) * width + left
          body(Window(output: output, corner: corner, rows: rows, columns: columns))
          output += 1
        }
      }
    }
  }
}

/// The largest value of each window and the cell it was found in.
func poolWindows(
  _ x: FloatPointer, _ y: MutableFloatPointer, _ choice: UnsafeMutablePointer<UInt8>,
  _ images: Range<Int>, _ geometry: PoolingGeometry
) {
  let channels = geometry.channels
  let rowSize = geometry.width * channels
  geometry.forEachWindow(images) { window in
    let (out, which) = (y + window.output * channels, choice + window.output * channels)
    let first = window.rows.lowerBound * geometry.window + window.columns.lowerBound
    let source = x + geometry.element(first, of: window)
    let (rowCount, columnCount) = (window.rows.count, window.columns.count)
    var i = 0
    while i < channels && channels >= 8 {
      // The last register may overlap the one before: the same values are written again.
      let c = min(i, channels &- 8)
      var best = load(source + c)
      var winner = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: first))
      var rowCell = winner
      var rowStart = source + c
      for _ in 0..<rowCount {
        var cell = rowCell
        var place = rowStart
        for _ in 0..<columnCount {
          let value = load(place)
          let wins = value .> best
          best.replace(with: value, where: wins)
          winner.replace(with: cell, where: wins)
          cell &+= SIMD8(repeating: 1)
          place += channels
        }
        rowCell &+= SIMD8(repeating: Int32(truncatingIfNeeded: geometry.window))
        rowStart += rowSize
      }
      store(best, to: out + c)
      storeBytes(winner, to: which + c)
      i &+= 8
    }
    while i < channels {
      var best = source[i]
      var winner = first
      for row in 0..<rowCount {
        for column in 0..<columnCount {
          let value = source[row * rowSize + column * channels + i]
          if value > best {
            best = value
            winner = first + row * geometry.window + column
          }
        }
      }
      out[i] = best
      which[i] = UInt8(truncatingIfNeeded: winner)
      i &+= 1
    }
  }
}

/// Adds each output's gradient to the cell that won.
func spreadWindows(
  _ dy: FloatPointer, _ choice: UnsafePointer<UInt8>, _ dx: MutableFloatPointer,
  _ images: Range<Int>, _ geometry: PoolingGeometry
) {
  let channels = geometry.channels
  let imageSize = geometry.height * geometry.width * channels
  (dx + images.lowerBound * imageSize).update(repeating: 0, count: images.count * imageSize)
  geometry.forEachWindow(images) { window in
    let (slope, which) = (dy + window.output * channels, choice + window.output * channels)
    for c in 0..<channels {
      let cell = Int(which[c])
      let (row, column) = cell.quotientAndRemainder(dividingBy: geometry.window)
      precondition(
        window.rows.contains(row) && window.columns.contains(column),
        "maximumPoolingBackward: choice \(cell) in window")
      dx[geometry.element(cell, of: window) + c] += slope[c]
    }
  }
}

extension PoolingGeometry {
  /// The first element of a window's cell.
  @inline(__always)
  fileprivate func element(_ cell: Int, of place: Window) -> Int {
    (place.corner &+ cell / window &* width &+ cell % window) &* channels
  }
}

// Eight numbers below 256 as bytes: the library's conversion of vectors goes lane by lane.
@inline(__always)
private func storeBytes(_ numbers: SIMD8<Int32>, to bytes: UnsafeMutablePointer<UInt8>) {
  let pairs = unsafeBitCast(numbers, to: SIMD4<UInt64>.self)
  let two = (pairs | pairs &>> 24) & 0xFFFF
  let all = two[0] | two[1] << 16 | two[2] << 32 | two[3] << 48
  UnsafeMutableRawPointer(bytes).storeBytes(of: all, as: UInt64.self)
}
