// Which images a run learns from, which it validates on, and in which order an epoch visits them.

public import Reproducibility

/// A division of a set's images into those to learn from and those to validate on.
public struct Split: Hashable, Sendable, Codable {
  /// Indices to learn from, ascending.
  public let training: [Int]
  /// Indices to validate on, ascending.
  public let validation: [Int]

  /// - Precondition: the indices are not negative and none occurs twice.
  public init(training: [Int], validation: [Int]) {
    let all = (training + validation).sorted()
    precondition((all.first ?? 0) >= 0, "a split cannot contain index \(all.first ?? 0)")
    for index in all.indices.dropFirst() {
      precondition(all[index] != all[index - 1], "index \(all[index]) occurs twice in the split")
    }
    self.training = training.sorted()
    self.validation = validation.sorted()
  }

  /// A random choice of `validationCount` out of `count` images for validation; the rest is for training.
  ///
  /// - Precondition: `validationCount` is between 0 and `count`.
  public static func random(count: Int, validationCount: Int, seed: Seed) -> Split {
    precondition(
      (0...max(count, 0)).contains(validationCount),
      "cannot set \(validationCount) of \(count) images apart")
    var stream = RandomStream(seed)
    let order = stream.permutation(count)
    return Split(
      training: Array(order[validationCount...]), validation: Array(order[..<validationCount]))
  }

  private enum CodingKeys: String, CodingKey { case training, validation }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let training = try container.decode([Int].self, forKey: .training)
    let validation = try container.decode([Int].self, forKey: .validation)
    let all = training + validation
    guard all.allSatisfy({ $0 >= 0 }), Set(all).count == all.count else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "a split needs indices that are not negative and occur once"))
    }
    self.init(training: training, validation: validation)
  }
}

/// The order in which an epoch visits the images it learns from.
public enum EpochOrder {
  /// The indices of `split` in the order of epoch `epoch`: a pure function of the three arguments.
  public static func indices(of split: [Int], epoch: Int, seed: Seed) -> [Int] {
    var stream = RandomStream(seed.child(epoch))
    return stream.permutation(split.count).map { split[$0] }
  }
}
