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
  /// Which of four neighbours are negative, the first in bit 0; run after run.
  private(set) var signs: [UInt8] = []
  /// The end of the last run.
  private(set) var end = 0

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
    for first in stride(from: 0, to: runLength, by: 4) {
      signs.append((0..<4).reduce(0) { $0 | (areNegative[first + $1] ? 1 << UInt8($1) : 0) })
    }
    end = max(end, start + runLength)
  }
}

/// Replaces the gradient of every element of the tiles by its sign times the mean of sign · gradient over its group, so that the
/// magnitudes in a group stay equal to the last bit.
///
/// Sums run in Float over four lanes, then (0 + 2) + (1 + 3). Tiles are shared among the workers; none writes what another reads.
///
/// - Precondition: the runs lie inside the gradient.
///
/// Source: micro-structured-unification, section 2 (reading 2).
public func averageTied(
  _ gradient: inout MutableSpan<Float>, over tiles: TiedTiles, workers: Workers
) {
  precondition(tiles.end <= gradient.count, "a run ends at \(tiles.end) of \(gradient.count)")
  let g = gradient.mutablePointer
  let size = 1024
  workers.run((tiles.count + size - 1) / size) { slice, _ in
    let range = slice * size..<min((slice + 1) * size, tiles.count)
    if tiles.runLength == 4 && tiles.runCount == 4 {
      averageSquares(g, tiles, range)
    } else {
      averageRuns(g, tiles, range)
    }
  }
}

/// Tiles of any form.
private func averageRuns(_ g: MutableFloatPointer, _ tiles: TiedTiles, _ range: Range<Int>) {
  let size = Float(tiles.isLanewise ? tiles.runCount : tiles.runCount * tiles.runLength)
  let (runCount, vectorCount) = (tiles.runCount, tiles.runLength / 4)
  tiles.starts.withUnsafeBufferPointer { starts in
    tiles.signs.withUnsafeBufferPointer { signs in
      for tile in range {
        let first = tile * runCount
        var sums = SIMD4<Float>()
        for run in first..<first + runCount {
          let start = Int(starts[run])
          for vector in 0..<vectorCount {
            sums += flipped(
              fourLanes(g + start + 4 * vector), fourSigns(signs[run * vectorCount + vector]))
          }
        }
        let mean =
          tiles.isLanewise
          ? sums / size : SIMD4(repeating: ((sums.x + sums.z) + (sums.y + sums.w)) / size)
        for run in first..<first + runCount {
          let start = Int(starts[run])
          for vector in 0..<vectorCount {
            store(
              flipped(mean, fourSigns(signs[run * vectorCount + vector])),
              at: g + start + 4 * vector)
          }
        }
      }
    }
  }
}

/// Tiles of four runs of four, whose signs stay in registers; the same bits as `averageRuns`.
private func averageSquares(_ g: MutableFloatPointer, _ tiles: TiedTiles, _ range: Range<Int>) {
  let size: Float = tiles.isLanewise ? 4 : 16
  let isLanewise = tiles.isLanewise
  tiles.starts.withUnsafeBufferPointer { starts in
    tiles.signs.withUnsafeBufferPointer { signs in
      for tile in range {
        let first = 4 * tile
        let (a, b) = (g + Int(starts[first]), g + Int(starts[first + 1]))
        let (c, d) = (g + Int(starts[first + 2]), g + Int(starts[first + 3]))
        let (p, q) = (fourSigns(signs[first]), fourSigns(signs[first + 1]))
        let (r, s) = (fourSigns(signs[first + 2]), fourSigns(signs[first + 3]))
        var sums = SIMD4<Float>()
        sums += flipped(fourLanes(a), p)
        sums += flipped(fourLanes(b), q)
        sums += flipped(fourLanes(c), r)
        sums += flipped(fourLanes(d), s)
        let mean =
          isLanewise
          ? sums / size : SIMD4(repeating: ((sums.x + sums.z) + (sums.y + sums.w)) / size)
        store(flipped(mean, p), at: a)
        store(flipped(mean, q), at: b)
        store(flipped(mean, r), at: c)
        store(flipped(mean, s), at: d)
      }
    }
  }
}

@inline(__always)
private func fourLanes(_ pointer: MutableFloatPointer) -> SIMD4<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always)
private func store(_ lanes: SIMD4<Float>, at pointer: MutableFloatPointer) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: SIMD4<Float>.self)
}

/// The sign bits of four neighbours.
@inline(__always)
private func fourSigns(_ bits: UInt8) -> SIMD4<UInt32> {
  (SIMD4<UInt32>(repeating: UInt32(bits)) &<< SIMD4<UInt32>(31, 30, 29, 28))
    & SIMD4<UInt32>(repeating: 0x8000_0000)
}

@inline(__always)
private func flipped(_ lanes: SIMD4<Float>, _ signs: SIMD4<UInt32>) -> SIMD4<Float> {
  unsafeBitCast(unsafeBitCast(lanes, to: SIMD4<UInt32>.self) ^ signs, to: SIMD4<Float>.self)
}
