// The transforms of Winograd's method F(2×2, 5×5), for tiles of images [H, W, C] without a border.
// Each gradient's transform is the exact transpose of the forward pass's; channels are filled up with zeros to whole registers.

// MARK: Transforms of one line

// B·v
@inline(__always)
private func transposedInput(_ v: Six<Lanes>) -> Six<Lanes> {
  let sum1 = v.1 + v.2
  let sum2 = v.3 + v.4
  let difference1 = v.1 - v.2
  let difference2 = v.3 - v.4
  let four: Lanes = constant(4)
  return (
    v.0 * four,
    (v.5 * four).addingProduct(difference1, constant(-4)).addingProduct(difference2, constant(-2)),
    (v.0 * constant(-5)).addingProduct(sum1, constant(-4)) - sum2,
    difference1.addingProduct(difference2, constant(2)).addingProduct(v.5, constant(-5)),
    v.0 + sum1 + sum2,
    v.5
  )
}

// Aᵀ·m
@inline(__always)
private func transformedOutput(_ m: Six<Lanes>) -> (Lanes, Lanes) {
  (
    m.0 + (m.1 + m.2) + (m.3 + m.4),
    (m.1 - m.2 + m.5).addingProduct(m.3 - m.4, constant(2))
  )
}

// A·y
@inline(__always)
private func transposedOutput(_ y0: Lanes, _ y1: Lanes) -> Six<Lanes> {
  (
    y0, y0 + y1, y0 - y1, y0.addingProduct(y1, constant(2)), y0.addingProduct(y1, constant(-2)), y1
  )
}

// G·g
@inline(__always)
private func transformedFilter(_ g: (Lanes, Lanes, Lanes, Lanes, Lanes)) -> Six<Lanes> {
  let even1 = g.0 + g.2 + g.4
  let odd1 = g.1 + g.3
  let even2 = g.0.addingProduct(g.2, constant(4)).addingProduct(g.4, constant(16))
  let odd2 = (g.1 + g.1).addingProduct(g.3, constant(8))
  let sixth: Lanes = constant(-1 / 6)
  let part: Lanes = constant(1 / 24)
  return (
    g.0 * constant(0.25), (even1 + odd1) * sixth, (even1 - odd1) * sixth, (even2 + odd2) * part,
    (even2 - odd2) * part, g.4
  )
}

// Gᵀ·u
@inline(__always)
private func transposedFilter(_ u: Six<Lanes>) -> (Lanes, Lanes, Lanes, Lanes, Lanes) {
  let sixth: Lanes = constant(-1 / 6)
  let part: Lanes = constant(1 / 24)
  let sum1 = (u.1 + u.2) * sixth
  let difference1 = (u.1 - u.2) * sixth
  let sum2 = (u.3 + u.4) * part
  let difference2 = (u.3 - u.4) * part
  return (
    sum1.addingProduct(u.0, constant(0.25)) + sum2,
    difference1.addingProduct(difference2, constant(2)),
    sum1.addingProduct(sum2, constant(4)),
    difference1.addingProduct(difference2, constant(8)),
    (sum1 + u.5).addingProduct(sum2, constant(16))
  )
}

@inline(__always)
private func addSix(_ v: Six<Lanes>, _ p: MutableFloatPointer, _ step: Int) {
  store(load(p) + v.0, to: p)
  store(load(p + step) + v.1, to: p + step)
  store(load(p + 2 * step) + v.2, to: p + 2 * step)
  store(load(p + 3 * step) + v.3, to: p + 3 * step)
  store(load(p + 4 * step) + v.4, to: p + 4 * step)
  store(load(p + 5 * step) + v.5, to: p + 5 * step)
}

// Eight channels, of which only the first `count` matter: the others may be the next pixel's, but
// nothing is read at or behind `end`.
@inline(__always)
private func load(_ pointer: FloatPointer, _ count: Int, before end: FloatPointer) -> Lanes {
  count >= 8 || pointer + 8 <= end ? load(pointer) : load(pointer, count: count)
}

// MARK: Transforms of tiles

extension Winograd5x5 {
  /// Copies an image, filling its channels up with zeros.
  private func fillUp(_ image: FloatPointer, into padded: MutableFloatPointer) {
    let channels = geometry.inputChannels
    for pixel in 0..<geometry.height * geometry.width {
      let source = image + pixel * channels
      let target = padded + pixel * inputs
      var c = 0
      while c + 8 <= channels {
        store(load(source + c), to: target + c)
        c += 8
      }
      if c < channels { store(load(source + c, count: channels - c), to: target + c) }
    }
  }

  /// Bᵀ d B of every tile of `count` images, one plane of tiles for each point.
  func transformInputs(
    _ images: FloatPointer, count: Int, into planes: MutableFloatPointer,
    padded: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 36 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      let row = geometry.width * inputs
      for image in 0..<count {
        fillUp(images + image * geometry.imageSize, into: padded)
        for tile in 0..<tilesPerImage {
          let corner = padded + tile / tilesPerRow * 2 * row + tile % tilesPerRow * 2 * inputs
          let target = planes + (image * tilesPerImage + tile) * inputs
          for c in stride(from: 0, to: inputs, by: 8) {
            for y in 0..<6 {
              storeSix(
                transformedInput(loadSix(corner + y * row + c, inputs)), lines + y * 8, 48)
            }
            for x in 0..<6 {
              storeSix(
                transformedInput(loadSix(lines + x * 48, 8)), target + c + x * inputPlane,
                6 * inputPlane)
            }
          }
        }
      }
    }
  }

  /// Aᵀ m A of every tile, plus a bias, into `count` output images.
  func transformOutputs(
    _ planes: FloatPointer, count: Int, bias: FloatPointer, into images: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 12 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      let channels = geometry.outputChannels
      let row = geometry.outputWidth * channels
      for tile in 0..<count * tilesPerImage {
        let place = tile % tilesPerImage
        let corner =
          images + tile / tilesPerImage * geometry.outputSize
          + place / tilesPerRow * 2 * row + place % tilesPerRow * 2 * channels
        let source = planes + tile * outputs
        for c in stride(from: 0, to: outputs, by: 8) {
          for x in 0..<6 {
            let pair = transformedOutput(
              loadSix(source + c + x * outputPlane, 6 * outputPlane))
            store(pair.0, to: lines + x * 8)
            store(pair.1, to: lines + 48 + x * 8)
          }
          let top = transformedOutput(loadSix(lines, 8))
          let bottom = transformedOutput(loadSix(lines + 48, 8))
          let shift = load(bias + c)
          let target = corner + c
          if c + 8 <= channels {
            store(top.0 + shift, to: target)
            store(top.1 + shift, to: target + channels)
            store(bottom.0 + shift, to: target + row)
            store(bottom.1 + shift, to: target + row + channels)
          } else {
            let rest = channels - c
            store(top.0 + shift, to: target, count: rest)
            store(top.1 + shift, to: target + channels, count: rest)
            store(bottom.0 + shift, to: target + row, count: rest)
            store(bottom.1 + shift, to: target + row + channels, count: rest)
          }
        }
      }
    }
  }

  /// A dy Aᵀ of every tile of `count` images of output gradients; what the channels beyond the last
  /// one hold is undefined.
  func transposeOutputs(
    _ gradients: FloatPointer, count: Int, into planes: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 12 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      let channels = geometry.outputChannels
      let row = geometry.outputWidth * channels
      let end = gradients + count * geometry.outputSize
      for tile in 0..<count * tilesPerImage {
        let place = tile % tilesPerImage
        let corner =
          gradients + tile / tilesPerImage * geometry.outputSize
          + place / tilesPerRow * 2 * row + place % tilesPerRow * 2 * channels
        let target = planes + tile * outputs
        for c in stride(from: 0, to: outputs, by: 8) {
          let source = corner + c
          for y in 0..<2 {
            let left = source + y * row
            let right = left + channels
            let values = transposedOutput(
              load(left, channels - c, before: end), load(right, channels - c, before: end))
            storeSix(values, lines + y * 8, 16)
          }
          for x in 0..<6 {
            storeSix(
              transposedOutput(load(lines + x * 16), load(lines + x * 16 + 8)),
              target + c + x * outputPlane, 6 * outputPlane)
          }
        }
      }
    }
  }

  /// B v Bᵀ of every tile, added where tiles overlap, into `count` images of input gradients.
  func transposeInputs(
    _ planes: FloatPointer, count: Int, into gradients: MutableFloatPointer,
    padded: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 36 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      let row = geometry.width * inputs
      let channels = geometry.inputChannels
      for image in 0..<count {
        padded.update(repeating: 0, count: imageCount)
        for tile in 0..<tilesPerImage {
          let corner = padded + tile / tilesPerRow * 2 * row + tile % tilesPerRow * 2 * inputs
          let source = planes + (image * tilesPerImage + tile) * inputs
          for c in stride(from: 0, to: inputs, by: 8) {
            for x in 0..<6 {
              storeSix(
                transposedInput(loadSix(source + c + x * inputPlane, 6 * inputPlane)),
                lines + x * 8, 48)
            }
            for y in 0..<6 {
              addSix(
                transposedInput(loadSix(lines + y * 48, 8)), corner + y * row + c, inputs)
            }
          }
        }
        for pixel in 0..<geometry.height * geometry.width {
          let source = padded + pixel * inputs
          let target = gradients + image * geometry.imageSize + pixel * channels
          var c = 0
          while c + 8 <= channels {
            store(load(source + c), to: target + c)
            c += 8
          }
          if c < channels { store(load(source + c), to: target + c, count: channels - c) }
        }
      }
    }
  }

  /// G g Gᵀ of all filters: `[point][rows][columns]`, with `columns` a multiple of eight.
  ///
  /// - Parameter ordered: `[25][rows][columns]`.
  static func transformFilters(
    _ ordered: FloatPointer, rows: Int, columns: Int, into points: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 30 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      let plane = rows * columns
      for place in stride(from: 0, to: plane, by: 8) {
        for s in 0..<5 {
          let source = ordered + place + s * plane
          let column = transformedFilter(
            (
              load(source), load(source + 5 * plane), load(source + 10 * plane),
              load(source + 15 * plane), load(source + 20 * plane)
            ))
          storeSix(column, lines + s * 8, 40)
        }
        for y in 0..<6 {
          let line = lines + y * 40
          let values = transformedFilter(
            (load(line), load(line + 8), load(line + 16), load(line + 24), load(line + 32)))
          storeSix(values, points + place + 6 * y * plane, plane)
        }
      }
    }
  }

  /// Gᵀ u G of all filter gradients `[point][plane]` into `[25][plane]`.
  static func transposeFilters(
    _ points: FloatPointer, plane: Int, into ordered: MutableFloatPointer
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 30 * 8) { memory in
      guard let lines = memory.baseAddress else { return }
      for place in stride(from: 0, to: plane, by: 8) {
        for x in 0..<6 {
          let column = transposedFilter(loadSix(points + place + x * plane, 6 * plane))
          store(column.0, to: lines + x * 8)
          store(column.1, to: lines + 48 + x * 8)
          store(column.2, to: lines + 96 + x * 8)
          store(column.3, to: lines + 144 + x * 8)
          store(column.4, to: lines + 192 + x * 8)
        }
        for r in 0..<5 {
          let values = transposedFilter(loadSix(lines + r * 48, 8))
          let target = ordered + place + 5 * r * plane
          store(values.0, to: target)
          store(values.1, to: target + plane)
          store(values.2, to: target + 2 * plane)
          store(values.3, to: target + 3 * plane)
          store(values.4, to: target + 4 * plane)
        }
      }
    }
  }
}
