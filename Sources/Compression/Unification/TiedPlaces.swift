// Which elements of a tensor move together when a compressed network is trained on: those of a unified block up to their signs,
// those on one level. And the places of the blocks of one kind (micro-structured-unification, section 2, freezing of tags).

public import Kernels
import Tensors

/// Groups of elements that are one number, up to signs that stay.
public struct TiedPlaces: Hashable, Sendable {
  /// The row-major indices of all tied elements, group members in no particular order.
  public private(set) var places: [Int] = []
  /// For each of them its sign, 1 or −1: the element is sign · number.
  public private(set) var signs: [Float] = []
  /// For each of them its group.
  public private(set) var groups: [Int32] = []
  /// The number of groups.
  public let groupCount: Int

  mutating func append(_ place: Int, isNegative: Bool, group: Int) {
    places.append(place)
    signs.append(isNegative ? -1 : 1)
    groups.append(Int32(truncatingIfNeeded: group))
  }
}

extension CompressedTensor {
  /// The elements that share a number: those of each unified block, or those on each level of a codebook; nil if none do.
  ///
  /// Kept elements belong to a group only where a codebook ties them to others.
  public var tiedPlaces: TiedPlaces? {
    switch values {
    case .float32, .float16, .fixedPoint: return nil
    case .codebook(let values):
      var result = TiedPlaces(groupCount: values.levels.count)
      for (place, code) in zip(places, values.codes) {
        result.append(place, isNegative: false, group: Int(code))
      }
      return result
    case .unified(let values): return values.tiedPlaces
    }
  }
}

extension CompressedTensor {
  /// The same groups, those in runs of neighbours apart: what has to be fast.
  public var tiles: (tiles: TiedTiles, rest: TiedPlaces?)? {
    guard case .unified(let values) = values, case .float32 = values.numbers,
      let found = values.tiles
    else { return nil }
    return (found.tiles, values.tiedPlaces(skipping: found.blocks))
  }
}

extension UnifiedValues {
  /// The unified blocks whose rows are runs of a multiple of four neighbours, or four of which lie side by side; nil if there are none.
  fileprivate var tiles: (tiles: TiedTiles, blocks: Set<Int>)? {
    let (_, second, third) = partition.offsets
    guard partition.block.rank == 2,
      third.indices.dropLast().allSatisfy({ third[$0 + 1] == third[$0] + 1 })
    else { return nil }
    let (height, width) = (partition.block[0], partition.block[1])
    let isLanewise = width == 1
    guard isLanewise || width % 4 == 0 else { return nil }
    let step = isLanewise ? 4 : 1
    let counts = partition.blockCounts
    let firstSigns = signOffsets
    var tiles = TiedTiles(
      runLength: max(4, width), runCount: height, isLanewise: isLanewise)
    var blocks: Set<Int> = []
    for row in 0..<second.count / height {
      for column in stride(from: 0, to: third.count / width - step + 1, by: step) {
        let tile = row * counts.2 + column..<row * counts.2 + column + step
        guard tile.allSatisfy({ tags[$0] == .unify }) else { continue }
        blocks.formUnion(tile)
        for y in 0..<height {
          let negative = tile.flatMap { block in
            (0..<width).map { signs?[firstSigns[block] + y * width + $0] == true }
          }
          tiles.append(
            runFrom: second[row * height + y] + third[column * width], areNegative: negative)
        }
      }
    }
    return blocks.isEmpty ? nil : (tiles, blocks)
  }

  /// `[blocks]`: where the signs of each unified block begin.
  private var signOffsets: [Int] {
    let sizes = partition.sizes
    var next = 0
    return tags.indices.map { block in
      defer { if tags[block] == .unify { next += Int(sizes[block]) } }
      return next
    }
  }

  fileprivate var tiedPlaces: TiedPlaces? { tiedPlaces(skipping: []) }

  fileprivate func tiedPlaces(skipping skipped: Set<Int>) -> TiedPlaces? {
    var codes: [UInt8]?
    var groupCount = count(.unify)
    if case .codebook(let levels) = numbers {
      codes = levels.codes
      groupCount = levels.levels.count
    }
    guard groupCount > 0 else { return nil }
    var result = TiedPlaces(groupCount: groupCount)
    var cursor = BlockCursor(partition)
    var (number, sign, group) = (0, 0, 0)
    for block in tags.indices where tags[block] != .prune {
      cursor.move(to: block)
      for t in 0..<cursor.count {
        if tags[block] == .unify {
          if skipped.contains(block) { continue }
          result.append(
            cursor.places[t], isNegative: signs?[sign + t] == true,
            group: codes.map { Int($0[number]) } ?? group)
        } else if let codes {
          result.append(cursor.places[t], isNegative: false, group: Int(codes[number + t]))
        }
      }
      if tags[block] == .unify {
        sign += cursor.count
        group += 1
        number += 1
      } else {
        number += cursor.count
      }
    }
    return result.places.isEmpty ? nil : result
  }

  /// The row-major indices of the elements of all blocks with a tag, in the order of the blocks.
  public func places(tagged tag: BlockTag) -> [Int] {
    var result: [Int] = []
    var cursor = BlockCursor(partition)
    for block in tags.indices where tags[block] == tag {
      cursor.move(to: block)
      result.append(contentsOf: cursor.places.prefix(cursor.count))
    }
    return result
  }
}
