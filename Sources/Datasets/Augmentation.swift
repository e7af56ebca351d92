// How training images are varied: a window and a mirror image drawn for every image and epoch from named random streams, so
// that neither the order of the images, nor the size of a batch, nor a restart changes what an epoch shows.

public import Reproducibility

/// The random variation of training images; evaluation never uses it.
///
/// A window beyond the border shows black pixels, because the padding is done on the pixels, before the normalization: the
/// order of the recipe that the published numbers on CIFAR were made with (padded random crop, mirror image, then the
/// normalization). The original residual networks padded after the mean image was subtracted (He, Zhang, Ren and Sun 2016,
/// section 4.2), which shows the mean image's colour there instead.
public struct Augmentation: Defaulted {
  /// Which part of an image in a file is seen in training.
  public enum Window: String, Codable, Hashable, Sendable, CaseIterable {
    /// A window at a random place of the image resized as for evaluation.
    case random
    /// A window of random area and aspect ratio, resized: 8 to 100 % of the area, height to width 3:4 to 4:3.
    ///
    /// Source: Szegedy et al. 2015, section 6.
    case randomResized = "random-resized"
  }

  /// Black pixels on every side before a window of the image's own size is cut at a random place; 0 for no window. For images
  /// in memory.
  public var crop = 0
  /// Whether every other image, at random, is mirrored left to right.
  public var flip = false
  /// The part of the image that is seen; nil for the centre, as in evaluation. For images in files.
  public var window: Window?

  public init() {}

  public init(crop: Int = 0, flip: Bool = false, window: Window? = nil) {
    self.crop = crop
    self.flip = flip
    self.window = window
  }
}

/// What an epoch does to its training images: a pure function of its seed and the image's index in the set.
public struct ImageVariation: Hashable, Sendable {
  /// How images are varied.
  public let augmentation: Augmentation
  /// The seed of the epoch.
  public let seed: Seed

  /// The variation in epoch `epoch` of a run whose images are varied by `seed`.
  public init(_ augmentation: Augmentation, epoch: Int, seed: Seed) {
    self.augmentation = augmentation
    self.seed = seed.child(epoch)
  }

  /// The random numbers that place the window of the image at `index`.
  func windowStream(at index: Int) -> RandomStream {
    RandomStream(seed.child(index).child("window"))
  }

  /// Whether the image at `index` is mirrored.
  func isMirrored(at index: Int) -> Bool {
    guard augmentation.flip else { return false }
    var stream = RandomStream(seed.child(index).child("mirror"))
    return stream.integer(below: 2) == 1
  }

  /// Where the window of the image at `index` begins, relative to the image's top left corner; −`crop` to `crop`.
  func offset(at index: Int) -> (row: Int, column: Int) {
    guard augmentation.crop > 0 else { return (0, 0) }
    var stream = windowStream(at: index)
    let places = 2 * augmentation.crop + 1
    let row = stream.integer(below: places) - augmentation.crop
    let column = stream.integer(below: places) - augmentation.crop
    return (row, column)
  }
}

/// Writes the window of an image that begins at (`row`, `column`), mirrored if asked; outside the image it is black.
///
/// - Parameters:
///   - source: `[H, W, C]`.
///   - target: `[H, W, C]`.
/// - Precondition: both have `height · width · channels` values.
func copyWindow(
  of source: Span<UInt8>, into target: inout MutableSpan<UInt8>, height: Int, width: Int,
  channels: Int, row: Int, column: Int, mirrored: Bool
) {
  let size = height * width * channels
  precondition(
    source.count == size && target.count == size,
    "copyWindow: \(source.count) and \(target.count) values for \(size)")
  for y in 0..<height {
    let sourceRow = y + row
    let isInside = sourceRow >= 0 && sourceRow < height
    for x in 0..<width {
      let sourceColumn = (mirrored ? width - 1 - x : x) + column
      let start = (y * width + x) * channels
      guard isInside, sourceColumn >= 0, sourceColumn < width else {
        for channel in 0..<channels { target[start + channel] = 0 }
        continue
      }
      let place = (sourceRow * width + sourceColumn) * channels
      for channel in 0..<channels { target[start + channel] = source[place + channel] }
    }
  }
}
