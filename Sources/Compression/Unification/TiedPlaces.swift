// Which elements of a tensor move together when a compressed network is trained on: those of a unified block up to their signs,
// those on one level. And the places of the blocks of one kind (micro-structured-unification, section 2, freezing of tags).

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

extension UnifiedValues {
  fileprivate var tiedPlaces: TiedPlaces? {
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
    return result
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
