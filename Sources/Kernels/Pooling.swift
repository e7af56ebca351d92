// Maximum pooling over activations [N, H, W, C], with the winning cell remembered for the backward pass.
// Windows of 2 × 2 with stride 2 have a path of their own; all others take that of `Pooling+Windows.swift`.

/// The sizes of a pooling layer; incomplete windows at the right and bottom are left out.
public struct PoolingGeometry: Hashable, Sendable {
  /// Images in a batch.
  public var batch: Int
  /// Rows of an input image.
  public var height: Int
  /// Columns of an input image.
  public var width: Int
  /// Channels of input and output.
  public var channels: Int
  /// Rows and columns of a window.
  public var window: Int
  /// Pixels from one window to the next.
  public var stride: Int
  /// Pixels by which windows may reach over every side of the image.
  public var padding: Int

  /// The geometry with these sizes.
  ///
  /// - Precondition: all are positive, the padding is at most half of a window, the window has at most 256 cells and fits the image
  ///   with its padding.
  public init(
    batch: Int, height: Int, width: Int, channels: Int, window: Int, stride: Int, padding: Int = 0
  ) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && channels > 0 && window > 0 && stride > 0,
      "PoolingGeometry: sizes must be positive")
    precondition(
      (0...window / 2).contains(padding), "PoolingGeometry: padding \(padding), window \(window)")
    precondition(
      window <= min(min(height, width) + 2 * padding, 16),
      "PoolingGeometry: window \(window) on \(height) × \(width), at most 16")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  /// Rows of an output image.
  public var outputHeight: Int { (height + 2 * padding - window) / stride + 1 }
  /// Columns of an output image.
  public var outputWidth: Int { (width + 2 * padding - window) / stride + 1 }
  /// Elements of a whole input batch.
  public var inputCount: Int { batch * height * width * channels }
  /// Elements of a whole output batch.
  public var outputCount: Int { batch * outputHeight * outputWidth * channels }

  var imagesPerTask: Int { max(1, 2 * elementsPerTask / (height * width * channels)) }
}

/// The largest value of each window, and which of its cells that was.
///
/// - Parameters:
///   - input: `[batch, height, width, channels]`.
///   - output: `[batch, outputHeight, outputWidth, channels]`.
///   - choices: like `output`: row · window + column of the winner in its window; the first of equals wins, and a cell outside of
///     the image never does.
/// - Precondition: the spans have these sizes.
public func maximumPoolingForward(
  _ input: Span<Float>, output: inout MutableSpan<Float>, choices: inout MutableSpan<UInt8>,
  geometry: PoolingGeometry, workers: Workers
) {
  requireCount(input.count, geometry.inputCount, "maximumPoolingForward", "input")
  requireCount(output.count, geometry.outputCount, "maximumPoolingForward", "output")
  requireCount(choices.count, geometry.outputCount, "maximumPoolingForward", "choices")
  let x = input.pointer
  let y = output.mutablePointer
  let choice = choices.mutablePointer
  let size = geometry.imagesPerTask
  let isPairwise = geometry.window == 2 && geometry.stride == 2 && geometry.padding == 0
  workers.run(ceilingDivision(geometry.batch, size)) { task, _ in
    let images = task * size..<min(geometry.batch, (task + 1) * size)
    if isPairwise {
      poolPairs(x, y, choice, images, geometry)
    } else {
      poolWindows(x, y, choice, images, geometry)
    }
  }
}

/// The gradient of `maximumPoolingForward`: each output's gradient goes to the cell that won.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, channels]`.
///   - choices: what the forward pass wrote.
///   - inputGradient: `[batch, height, width, channels]`, overwritten.
/// - Precondition: the spans have these sizes.
public func maximumPoolingBackward(
  _ outputGradient: Span<Float>, choices: Span<UInt8>, inputGradient: inout MutableSpan<Float>,
  geometry: PoolingGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "maximumPoolingBackward", "outputGradient")
  requireCount(choices.count, geometry.outputCount, "maximumPoolingBackward", "choices")
  requireCount(inputGradient.count, geometry.inputCount, "maximumPoolingBackward", "inputGradient")
  let dy = outputGradient.pointer
  let choice = choices.pointer
  let dx = inputGradient.mutablePointer
  let size = geometry.imagesPerTask
  let coversAll =
    geometry.window == 2 && geometry.stride == 2 && geometry.padding == 0
    && geometry.height % 2 == 0 && geometry.width % 2 == 0
  workers.run(ceilingDivision(geometry.batch, size)) { task, _ in
    let images = task * size..<min(geometry.batch, (task + 1) * size)
    if coversAll {
      spreadPairs(dy, choice, dx, images, geometry)
    } else {
      spreadWindows(dy, choice, dx, images, geometry)
    }
  }
}

private func poolPairs(
  _ x: FloatPointer, _ y: MutableFloatPointer, _ choice: UnsafeMutablePointer<UInt8>,
  _ images: Range<Int>, _ geometry: PoolingGeometry
) {
  let channels = geometry.channels
  let rowSize = geometry.width * channels
  let rows = geometry.outputHeight
  let columns = geometry.outputWidth
  for n in images {
    for row in 0..<rows {
      let top = x + (n * geometry.height + 2 * row) * rowSize
      let target = (n * rows + row) * columns * channels
      for column in 0..<columns {
        let a = top + 2 * column * channels
        let b = a + channels
        let c = a + rowSize
        let d = c + channels
        let out = y + target + column * channels
        let which = choice + target + column * channels
        for i in 0..<channels {
          var best = a[i]
          var winner: UInt8 = 0
          if b[i] > best {
            best = b[i]
            winner = 1
          }
          if c[i] > best {
            best = c[i]
            winner = 2
          }
          if d[i] > best {
            best = d[i]
            winner = 3
          }
          out[i] = best
          which[i] = winner
        }
      }
    }
  }
}

private func spreadPairs(
  _ dy: FloatPointer, _ choice: UnsafePointer<UInt8>, _ dx: MutableFloatPointer,
  _ images: Range<Int>, _ geometry: PoolingGeometry
) {
  let channels = geometry.channels
  let rowSize = geometry.width * channels
  let rows = geometry.outputHeight
  let columns = geometry.outputWidth
  for n in images {
    for row in 0..<rows {
      let top = dx + (n * geometry.height + 2 * row) * rowSize
      let source = (n * rows + row) * columns * channels
      for column in 0..<columns {
        let a = top + 2 * column * channels
        let b = a + channels
        let c = a + rowSize
        let d = c + channels
        let gradient = dy + source + column * channels
        let which = choice + source + column * channels
        var i = 0
        while i < channels && channels >= 8 {
          // The last register may overlap the one before: the same values are written again.
          let first = min(i, channels - 8)
          let g = load(gradient + first)
          let winner = eightBytes(which + first)
          store(masked(g, winner, 0), to: a + first)
          store(masked(g, winner, 1), to: b + first)
          store(masked(g, winner, 2), to: c + first)
          store(masked(g, winner, 3), to: d + first)
          i += 8
        }
        while i < channels {
          let g = gradient[i]
          let winner = which[i]
          a[i] = winner == 0 ? g : 0
          b[i] = winner == 1 ? g : 0
          c[i] = winner == 2 ? g : 0
          d[i] = winner == 3 ? g : 0
          i += 1
        }
      }
    }
  }
}

// Eight bytes, each widened to 32 bits: the library's conversion of vectors goes lane by lane.
@inline(__always)
func eightBytes(_ bytes: UnsafePointer<UInt8>) -> SIMD8<Int32> {
  let low = UnsafeRawPointer(bytes).loadUnaligned(as: Int32.self)
  let high = UnsafeRawPointer(bytes + 4).loadUnaligned(as: Int32.self)
  let pairs = SIMD8<Int32>(
    lowHalf: SIMD4(repeating: low), highHalf: SIMD4(repeating: high))
  return (pairs &>> SIMD8(0, 8, 16, 24, 0, 8, 16, 24)) & SIMD8(repeating: 255)
}

// The lanes whose winner is `cell`, zero elsewhere: one less than zero is the only negative number.
@inline(__always)
func masked(_ lanes: Lanes, _ winner: SIMD8<Int32>, _ cell: Int32) -> Lanes {
  let mask = ((winner ^ SIMD8(repeating: cell)) &- SIMD8(repeating: 1)) &>> SIMD8(repeating: 31)
  return unsafeBitCast(unsafeBitCast(lanes, to: SIMD8<Int32>.self) & mask, to: Lanes.self)
}
