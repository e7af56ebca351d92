// From 8-bit pixels to network inputs: (pixel / 255 − mean) / deviation, in Float. Statistics come from the images a
// run learns from, and are sums of whole numbers, so they do not depend on the order of the images.

import Tensors

/// How pixels become inputs: x = (p / 255 − mean) / deviation, with one mean and deviation for all values of an image, one per
/// channel, or one per pixel and channel.
public struct Normalization: Hashable, Sendable, Codable {
  /// 1, C or H · W · C numbers, which repeat along an image's values.
  public let mean: [Double]
  /// As many numbers as `mean`, each positive.
  public let standardDeviation: [Double]
  /// For means that repeat within an image, the input of every pixel value: `256` entries for each mean; else empty.
  let table: [Float]
  /// `mean` and `standardDeviation` as they enter the arithmetic.
  let means, deviations: [Float]

  /// The largest number of means for which inputs are looked up instead of computed.
  static let tableLimit = 16

  /// A normalization with given numbers.
  ///
  /// - Precondition: both arrays have the same count, which is not zero; means are finite, deviations finite and positive.
  public static func fixed(mean: [Double], standardDeviation: [Double]) -> Normalization {
    Normalization(mean: mean, standardDeviation: standardDeviation)
  }

  /// Inputs are p / 255.
  public static let none = Normalization(mean: [0], standardDeviation: [1])

  /// The mean and the (population) standard deviation of every channel, over the images at `indices`. A constant channel keeps
  /// the deviation 1.
  ///
  /// - Precondition: the images are in memory, there is at least one index, and all are valid.
  public static func perChannel(of set: ImageSet, at indices: [Int]) -> Normalization {
    let (sums, squares, count) = sums(of: set, at: indices, groupCount: set.imageShape[2])
    let mean = sums.map { Double($0) / (255 * Double(count)) }
    let deviation = sums.indices.map { channel -> Double in
      // n·Σp² − (Σp)² is exact in 128 bits; the variance of p / 255 is that over (255 n)².
      let (sum, square) = (UInt128(sums[channel]), UInt128(squares[channel]))
      let scaledVariance = UInt128(count) * square - sum * sum
      return scaledVariance == 0
        ? 1 : Double(scaledVariance).squareRoot() / (255 * Double(count))
    }
    return Normalization(mean: mean, standardDeviation: deviation)
  }

  /// The mean of every pixel and channel over the images at `indices`; the deviation is 1.
  ///
  /// - Precondition: the images are in memory, there is at least one index, and all are valid.
  public static func meanImage(of set: ImageSet, at indices: [Int]) -> Normalization {
    let imageSize = set.imageShape.elementCount
    let (sums, _, count) = sums(of: set, at: indices, groupCount: imageSize)
    return Normalization(
      mean: sums.map { Double($0) / (255 * Double(count)) },
      standardDeviation: [Double](repeating: 1, count: imageSize))
  }

  private init(mean: [Double], standardDeviation: [Double]) {
    precondition(
      !mean.isEmpty && mean.count == standardDeviation.count,
      "a normalization needs as many means as deviations, not \(mean.count) and \(standardDeviation.count)"
    )
    precondition(
      mean.allSatisfy { $0.isFinite }
        && standardDeviation.allSatisfy { $0.isFinite && Float($0) > 0 },
      "means must be finite and deviations positive")
    self.mean = mean
    self.standardDeviation = standardDeviation
    let means = mean.map { Float($0) }
    let deviations = standardDeviation.map { Float($0) }
    self.means = means
    self.deviations = deviations
    table =
      means.count > Self.tableLimit
      ? []
      : means.indices.flatMap { index in
        (0..<256).map { (Float($0) / 255 - means[index]) / deviations[index] }
      }
  }

  /// Sums and sums of squares of the pixels whose places agree modulo `groupCount`, and how many there are in each.
  private static func sums(
    of set: ImageSet, at indices: [Int], groupCount: Int
  ) -> (sums: [UInt64], squares: [UInt64], count: Int) {
    precondition(!indices.isEmpty, "statistics need at least one image")
    precondition(set.files == nil, "\(set.name) is not in memory; see ‘statisticsSample’")
    let imageSize = set.imageShape.elementCount
    var sums = [UInt64](repeating: 0, count: groupCount)
    var squares = [UInt64](repeating: 0, count: groupCount)
    for index in indices {
      precondition(
        set.labels.indices.contains(index), "\(set.name) has \(set.count) images, none at \(index)")
      var place = index * imageSize
      for _ in 0..<imageSize / max(groupCount, 1) {
        for group in 0..<groupCount {
          let pixel = UInt64(set.pixels[place])
          sums[group] += pixel
          squares[group] += pixel * pixel
          place += 1
        }
      }
    }
    return (sums, squares, indices.count * (imageSize / max(groupCount, 1)))
  }

  private enum CodingKeys: String, CodingKey {
    case mean
    case standardDeviation = "standard-deviation"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let mean = try container.decode([Double].self, forKey: .mean)
    let deviation = try container.decode([Double].self, forKey: .standardDeviation)
    guard !mean.isEmpty, mean.count == deviation.count, mean.allSatisfy({ $0.isFinite }),
      deviation.allSatisfy({ $0.isFinite && Float($0) > 0 })
    else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "expected as many finite means as positive deviations, found \(mean.count) and \(deviation.count)"
        ))
    }
    self.init(mean: mean, standardDeviation: deviation)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(standardDeviation, forKey: .standardDeviation)
  }

  public static func == (left: Normalization, right: Normalization) -> Bool {
    left.mean == right.mean && left.standardDeviation == right.standardDeviation
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(mean)
    hasher.combine(standardDeviation)
  }
}
