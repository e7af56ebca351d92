// Gradients of elements that are one number up to their signs: each becomes its sign times the mean of sign · gradient. Elements
// that lie in runs of neighbours are done four at a time.

/// Groups of elements in runs of neighbours, all of one form.
public struct TiedTiles: Hashable, Sendable {
  /// Elements per run, a multiple of four.
  public let runLength: Int
  /// Runs per tile.
  public let runCount: Int
  /// Whether the four lanes of a tile, which then has runs of four, are four groups; else a tile is one group.
  public let isLanewise: Bool
  /// Where each run begins.
  private(set) var starts: [UInt32] = []
  /// The sign bit of each element, run after run.
  private(set) var signs: [UInt32] = []

  /// No tiles yet.
  ///
  /// - Precondition: runs have a multiple of four elements, lanewise ones four.
  public init(runLength: Int, runCount: Int, isLanewise: Bool) {
    precondition(
      runLength > 0 && runLength % 4 == 0 && runCount > 0 && (!isLanewise || runLength == 4),
      "runs of \(runLength) elements are no tiles")
    self.runLength = runLength
    self.runCount = runCount
    self.isLanewise = isLanewise
  }

  /// The number of tiles.
  public var count: Int { starts.count / runCount }

  /// Adds a run; a tile is complete after `runCount` of them.
  ///
  /// - Precondition: there is one sign per element.
  public mutating func append(runFrom start: Int, areNegative: [Bool]) {
    precondition(areNegative.count == runLength, "\(areNegative.count) signs for a run")
    starts.append(UInt32(start))
    signs += areNegative.map { $0 ? 0x8000_0000 : 0 }
  }
}

/// Replaces the gradient of every element of the tiles by its sign times the mean of sign · gradient over its group, so that the
/// magnitudes in a group stay equal to the last bit.
///
/// Sums run in Float over four lanes, then (0 + 2) + (1 + 3).
///
/// - Precondition: the runs lie inside the gradient.
///
/// Source: micro-structured-unification, section 2 (reading 2).
public func averageTied(_ gradient: inout MutableSpan<Float>, over tiles: TiedTiles) {
  let g = gradient.mutablePointer
  let last = tiles.starts.max().map { Int($0) + tiles.runLength } ?? 0
  precondition(last <= gradient.count, "a run ends at \(last) of \(gradient.count)")
  let size = Float(tiles.isLanewise ? tiles.runCount : tiles.runCount * tiles.runLength)
  let (runCount, vectorCount) = (tiles.runCount, tiles.runLength / 4)
  tiles.starts.withUnsafeBufferPointer { starts in
    tiles.signs.withUnsafeBufferPointer { signs in
      for tile in 0..<tiles.count {
        let first = tile * runCount
        var sums = SIMD4<Float>()
        var sign = first * vectorCount * 4
        for run in first..<first + runCount {
          let start = Int(starts[run])
          for vector in 0..<vectorCount {
            sums += flipped(fourLanes(g + start + 4 * vector), fourSigns(signs, sign))
            sign += 4
          }
        }
        let mean =
          tiles.isLanewise
          ? sums / size : SIMD4(repeating: ((sums.x + sums.z) + (sums.y + sums.w)) / size)
        sign = first * vectorCount * 4
        for run in first..<first + runCount {
          let start = Int(starts[run])
          for vector in 0..<vectorCount {
            UnsafeMutableRawPointer(g + start + 4 * vector).storeBytes(
              of: flipped(mean, fourSigns(signs, sign)), as: SIMD4<Float>.self)
            sign += 4
          }
        }
      }
    }
  }
}

@inline(__always)
private func fourLanes(_ pointer: MutableFloatPointer) -> SIMD4<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always)
private func fourSigns(_ signs: UnsafeBufferPointer<UInt32>, _ index: Int) -> SIMD4<UInt32> {
  UnsafeRawPointer(signs.baseAddress.unsafelyUnwrapped + index)
    .loadUnaligned(as: SIMD4<UInt32>.self)
}

@inline(__always)
private func flipped(_ lanes: SIMD4<Float>, _ signs: SIMD4<UInt32>) -> SIMD4<Float> {
  unsafeBitCast(unsafeBitCast(lanes, to: SIMD4<UInt32>.self) ^ signs, to: SIMD4<Float>.self)
}
